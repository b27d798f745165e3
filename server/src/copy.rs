//! Copying a plan's content into a new plan: edits of the person who asks, through the same admission as any other.
//!
//! Items keep their ids, so links between them stay right: the copy is another document. Left behind: deleted items,
//! and what belongs to other people (their ratings, votes, commitments), because only they can say it.

use std::collections::BTreeSet;
use std::convert::Infallible;

use domain::{ActorId, Cell, ItemId, Part, PersonId, PlanId, Scalar, SectionId};
use plan::{Edit, Keyring, Table};

use crate::rooms::{Rooms, SubmitFailure};

/// Edits of one change: a large plan is copied in many small changes.
const EDITS_MAX: usize = 200;

/// Why a plan was not copied, or not in full.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The source could not be read.
    #[error("the plan cannot be read now: try again shortly")]
    Unreadable,
    /// The copy could not be written.
    #[error("the copy is not complete: {0}")]
    Submit(#[from] SubmitFailure),
}

/// Copies what is in `source` into `target`, which is new, or has a part of it from a try that was cut off; what stands
/// there already stays as it is. Returns when it is on disk.
///
/// `keyring`: what is personal about the source's contacts, as far as the person may read it. It is copied under keys of
/// the copy's own.
pub async fn content(
    rooms: &Rooms,
    keyring: Keyring,
    source: PlanId,
    target: PlanId,
    person: PersonId,
) -> Result<(), CopyError> {
    let edits = rooms
        .look(source, move |table| edits(table, &keyring, person))
        .await
        .ok_or(CopyError::Unreadable)?;
    let actor = server_actor(target, person);
    for some in edits.chunks(EDITS_MAX) {
        let some = some.to_vec();
        let missing = move |table: &Table| {
            let there: BTreeSet<(SectionId, ItemId)> = SectionId::ALL
                .into_iter()
                .flat_map(|section| table.items(section).map(move |item| (section, item)))
                .collect();
            let missing = some.iter().filter(|edit| !is_there(table, &there, edit)).cloned();
            Ok::<_, Infallible>((missing.collect(), ()))
        };
        let written = rooms.propose(target, person, actor, missing).await?;
        written.unwrap_or_else(|never| match never {});
    }
    Ok(())
}

/// Whether a plan has something where an edit would write.
fn is_there(table: &Table, items: &BTreeSet<(SectionId, ItemId)>, edit: &Edit) -> bool {
    match edit {
        Edit::MakeItem { section, item, .. } => items.contains(&(*section, *item)),
        Edit::MakeParagraph { cell, .. } | Edit::Splice { cell, .. } => table.text(cell).is_some(),
        Edit::Put { cell, .. } | Edit::Clear { cell } => table.value(cell).is_some(),
    }
}

/// The actor with which the server writes for a person: the same for ever, because actors are dear.
pub(crate) fn server_actor(plan: PlanId, person: PersonId) -> ActorId {
    let mut named = blake3::Hasher::new_derive_key("interlock server actor 2");
    named.update(plan.0.as_bytes());
    named.update(person.0.as_bytes());
    let mut whose = [0; 8];
    named.finalize_xof().fill(&mut whose);
    ActorId::of_server(whose)
}

fn edits(table: &Table, keyring: &Keyring, person: PersonId) -> Vec<Edit> {
    let mut edits = Vec::new();
    for section in SectionId::ALL {
        for item in table.items(section) {
            let cells = table.cells(section, item);
            if cells.iter().any(|(cell, value)| is_deleted(cell, value)) {
                continue;
            }
            if !section.is_single() {
                edits.push(Edit::MakeItem {
                    section,
                    item,
                    fields: Vec::new(),
                });
            }
            for paragraph in table.paragraphs(section, item) {
                let text = table.text(&paragraph).unwrap_or_default();
                edits.push(Edit::MakeParagraph { cell: paragraph, text });
            }
            let own = format!("{person}:");
            let copied = cells
                .into_iter()
                .filter(|(cell, _)| cell.part != Part::Own || cell.key.starts_with(&own));
            edits.extend(copied.filter_map(|(cell, value)| {
                let value = keyring.open(&cell, &value).plain()?;
                Some(Edit::Put { cell, value })
            }));
        }
    }
    edits
}

fn is_deleted(cell: &Cell, value: &Scalar) -> bool {
    cell.part == Part::Fields && cell.key == "deleted" && *value == Scalar::Bool(true)
}
