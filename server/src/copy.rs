//! Copying a plan's content into a new plan: edits of the person who asks, through the same admission as any other.
//!
//! Items keep their ids, so links between them stay right: the copy is another document. Left behind: deleted items,
//! and what belongs to other people (their ratings, votes, commitments), because only they can say it.

use domain::{ActorId, Cell, Part, PersonId, PlanId, Scalar, SectionId};
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

/// Copies what is in `source` into `target`, which is new; returns when it is on disk.
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
        rooms.submit(target, person, actor, some.to_vec()).await?;
    }
    Ok(())
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
