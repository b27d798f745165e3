//! What stands in a plan, as JSON: read from the room's table, and written as edits through the same admission as any
//! other. No document is loaded for either.

mod lens;
mod read;
mod write;

use domain::{ActorId, ItemId, PersonId, PlanId, SectionId};
use plan::Table;

pub use lens::{Lens, Shown};
pub use read::{FieldView, ItemView, field_view, is_deleted, item_view};
pub use write::{Target, Unfit, View, edits_for_field, edits_for_new};

/// The actor with which the API writes for a person: the same for ever, because actors are dear.
pub fn actor(plan: PlanId, person: PersonId) -> ActorId {
    crate::copy::server_actor(plan, person)
}

/// Names an item's state: it changes with whatever stands in the item, also with what the reader may not see.
pub fn tag(table: &Table, section: SectionId, item: ItemId) -> String {
    let mut hash = blake3::Hasher::new_derive_key("interlock item tag 1");
    let mut add = |bytes: &[u8]| {
        // Lengths first: no two states are the same bytes.
        hash.update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(bytes);
    };
    for (cell, _) in table.cells(section, item) {
        add(cell.key.as_bytes());
        for value in table.values(&cell) {
            add(format!("{value:?}").as_bytes());
        }
    }
    for cell in table.paragraphs(section, item) {
        add(cell.key.as_bytes());
        add(table.text(&cell).unwrap_or_default().as_bytes());
    }
    format!("\"{}\"", &hash.finalize().to_hex()[..32])
}

/// Whether the plan has the item, deleted or not.
pub fn has_item(table: &Table, section: SectionId, item: ItemId) -> bool {
    table.has_item(section, item)
}
