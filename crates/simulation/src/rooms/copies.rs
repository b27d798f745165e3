//! Copies of plans: what is in one becomes edits of a new one, through the same admission as any other.

use std::collections::VecDeque;

use domain::{ActorId, ChangeHash, ItemId, Part, PersonId, PlanId, Scalar, SectionId};
use plan::{Edit, Keyring, Table};
use protocol::Reason;
use relay::SubmitError;

use super::{Input, RoomShell};
use crate::coverage::Seen;
use crate::judge::permits;
use crate::world::World;

/// Edits of one change of a copy.
const COPY_EDITS: usize = 12;

/// A plan being copied: one change after the other.
#[derive(Debug)]
pub(crate) struct Copy {
    pub(crate) target: PlanId,
    person: PersonId,
    actor: ActorId,
    rest: VecDeque<Vec<Edit>>,
    /// All that is to stand in the copy.
    all: Vec<Edit>,
    waits_for: Option<ChangeHash>,
}

impl World {
    /// Somebody copies a plan: what is in it becomes edits of a new one, in several changes.
    pub(crate) fn copy_plan(&mut self, source: PlanId, target: PlanId, person: PersonId) {
        let Some(room) = self.shell(source).and_then(RoomShell::begun) else {
            return;
        };
        let all = content(room.table(), room.keyring(), person);
        let rest = all.chunks(COPY_EDITS).map(<[Edit]>::to_vec).collect();
        let number = self.plans.iter().position(|plan| *plan == target).unwrap_or_default();
        let mut actor = [0xcc; 16];
        actor[0] = u8::try_from(number).expect("few plans");
        let copy = Copy {
            target,
            person,
            actor: ActorId(actor),
            rest,
            all,
            waits_for: None,
        };
        if let Some(server) = &mut self.server {
            server.copies.push(copy);
        }
        self.give(target, Input::Copy);
    }

    pub(super) fn copied(&mut self, plan: PlanId, saved: &[domain::ChangeHash]) {
        let Some(server) = &mut self.server else { return };
        let copy = server.copies.iter().find(|copy| copy.target == plan);
        if copy
            .and_then(|copy| copy.waits_for)
            .is_some_and(|hash| saved.contains(&hash))
        {
            self.copy_on(plan);
        }
    }

    /// The next change of a copy; after the last, the copy has all of it.
    pub(super) fn copy_on(&mut self, plan: PlanId) {
        let now = self.server_now();
        let Some(server) = &mut self.server else { return };
        let Some(at) = server.copies.iter().position(|copy| copy.target == plan) else {
            return;
        };
        let Some(room) = server.rooms.get_mut(&plan).and_then(RoomShell::begun) else {
            return;
        };
        let copy = &mut server.copies[at];
        while let Some(edits) = copy.rest.pop_front() {
            let made = room.submit_as(now, copy.person, copy.actor, &edits);
            match made {
                Ok(None) => {}
                Ok(Some(hash)) => {
                    copy.waits_for = Some(hash);
                    self.judge.note_own(plan, hash);
                    self.drain_room(plan);
                    return;
                }
                Err(SubmitError::Refused(Reason::Denied(why))) => {
                    // It stays incomplete, and whoever asked is told.
                    let (schema, person) = (&self.config.server_schema, copy.person);
                    let author = server.rooms.get(&plan).and_then(|shell| shell.access().author(person));
                    let may = author.is_some_and(|author| permits(schema, author, &edits).is_ok());
                    assert!(!may, "what one plan holds, another takes: {why}");
                    server.copies.remove(at);
                    self.judge.note_unheard(author.is_some());
                    self.drain_room(plan);
                    return;
                }
                Err(error) => panic!("what one plan holds, another takes: {error}"),
            }
        }
        for edit in &copy.all {
            if let Edit::Put { cell, value } = edit {
                let opened = |there| room.keyring().open(cell, &there).plain();
                let mut there = room.table().values(cell).into_iter().filter_map(opened);
                // Who opened it before it was complete may have written something else.
                let is_there = there.any(|there| there == *value) || self.judge.has_written(plan, cell);
                assert!(is_there, "the copy lacks {cell}");
            }
        }
        server.copies.remove(at);
        self.coverage.one(Seen::Copies);
    }
}

/// What is in a plan, as edits; deleted items and what belongs to other people stay behind.
fn content(table: &Table, keyring: &Keyring, person: PersonId) -> Vec<Edit> {
    let mut edits = Vec::new();
    let own = format!("{person}:");
    for section in SectionId::ALL {
        let items: Vec<ItemId> = table.items(section).collect();
        for item in items {
            let cells = table.cells(section, item);
            let deleted = |(cell, value): &(domain::Cell, Scalar)| {
                cell.part == Part::Fields && cell.key == "deleted" && *value == Scalar::Bool(true)
            };
            if cells.iter().any(deleted) {
                continue;
            }
            if !section.is_single() {
                let fields = Vec::new();
                edits.push(Edit::MakeItem { section, item, fields });
            }
            for cell in table.paragraphs(section, item) {
                let text = table.text(&cell).unwrap_or_default();
                edits.push(Edit::MakeParagraph { cell, text });
            }
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
