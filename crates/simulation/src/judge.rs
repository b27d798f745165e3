//! Whether what enters a room is what its author may write at that moment, and whether what is refused is not: asked of
//! the edits as people made them, beside the guard, which asks it of the operations.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use domain::{ActorId, Author, Cell, ChangeHash, Denied, PlanId, Right, Schema};
use plan::Edit;
use protocol::{Bye, ClientFrame, PeerId, PeerPresence, Reason, Rejected, ServerFrame};
use relay::Access;

use crate::coverage::Seen;
use crate::world::World;

/// What was made, and what the server made of it.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    /// What each change is made of.
    edits: BTreeMap<ChangeHash, Vec<Edit>>,
    /// Changes that a room has taken.
    admitted: BTreeSet<(PlanId, ChangeHash)>,
    /// Changes that a room has refused because of what they write.
    denied: BTreeSet<ChangeHash>,
    /// Actors of whom a room has refused something for good.
    refused: BTreeSet<ActorId>,
    /// Whose the changes under judgement are.
    actors: BTreeMap<ChangeHash, ActorId>,
    /// Refusals of the frame under judgement, which the audit has not heard of yet.
    unheard: u32,
}

impl Judge {
    /// A page has made a change.
    pub(crate) fn note(&mut self, hash: ChangeHash, edits: Vec<Edit>) {
        self.edits.insert(hash, edits);
    }

    /// The server itself has made one.
    pub(crate) fn note_own(&mut self, plan: PlanId, hash: ChangeHash) {
        self.admitted.insert((plan, hash));
    }

    /// The server was refused an edit of its own; the audit is told of those who have a part in the plan.
    pub(crate) fn note_unheard(&mut self, unheard: bool) {
        self.unheard += u32::from(unheard);
    }

    /// Whether a room has refused the change because of what it writes.
    pub(crate) fn is_denied(&self, hash: &ChangeHash) -> bool {
        self.denied.contains(hash)
    }

    /// Whether a room has taken the change.
    pub(crate) fn is_admitted(&self, plan: PlanId, hash: &ChangeHash) -> bool {
        self.admitted.contains(&(plan, *hash))
    }

    /// Whether a page has written a cell of a plan.
    pub(crate) fn has_written(&self, plan: PlanId, cell: &Cell) -> bool {
        let of_plan = self.admitted.iter().filter(|(of, _)| *of == plan);
        let mut edits = of_plan.filter_map(|(_, hash)| self.edits.get(hash)).flatten();
        edits.any(|edit| edit.cells().contains(cell))
    }

    /// A room has refused a change.
    fn on_reject(&mut self, schema: &Schema, author: Author, rejected: &Rejected) {
        let hash = rejected.hash;
        let edits = self.edits.get(&hash).map(Vec::as_slice).unwrap_or_default();
        let actor = self.actors.get(&hash).copied();
        let was_refused = actor.is_some_and(|actor| self.refused.contains(&actor));
        match &rejected.reason {
            Reason::Denied(why) => {
                let allowed = permits(schema, author, edits);
                assert!(
                    allowed.is_err(),
                    "{author:?} may write {edits:?} and was refused: {why}"
                );
            }
            // The page makes it again with the right key, unless its author may not write there at all.
            Reason::Sealed(_) if permits(schema, author, edits).is_ok() => {
                self.unheard += 1;
                self.refused.extend(actor);
                return;
            }
            Reason::Sealed(_) => {}
            Reason::Unavailable(_) => return,
            // The room forgets whom it has refused after a while, and sees a gap then.
            Reason::AfterRejected | Reason::Inconsistent(_) => {
                assert!(was_refused, "nothing of {actor:?} was refused: {}", rejected.reason);
                return;
            }
            Reason::Malformed(why) => panic!("an honest change is none: {why}"),
        }
        self.unheard += 1;
        self.denied.insert(hash);
        self.refused.extend(actor);
    }
}

/// Whether somebody may make these edits.
pub(crate) fn permits(schema: &Schema, author: Author, edits: &[Edit]) -> Result<(), Denied> {
    let scalar = |cell: &Cell, value| schema.check_scalar(author, cell, value);
    edits.iter().try_for_each(|edit| match edit {
        Edit::MakeItem { section, item, fields } => {
            schema.check_item(author, *section)?;
            let mut fields = fields.iter();
            fields.try_for_each(|(field, value)| scalar(&Cell::field(*section, *item, field), Some(value)))
        }
        Edit::Put { cell, value } => scalar(cell, Some(value)),
        Edit::Clear { cell } => scalar(cell, None),
        Edit::MakeParagraph { cell, .. } | Edit::Splice { cell, .. } => schema.check_paragraph(author, cell),
    })
}

impl World {
    /// A frame of a peer reaches its room: what it enters with, and what is refused of it.
    pub(crate) fn judge_frame(&mut self, plan: PlanId, peer: PeerId, bytes: &Bytes) {
        let changes = self.changes_in(plan, bytes);
        for (hash, actor, _) in &changes {
            self.judge.actors.insert(*hash, *actor);
        }
        let author = self.author(plan, peer);
        self.with_room(plan, |room, now| room.handle_frame(now, peer, bytes));
        for (hash, _, was_there) in changes {
            if was_there || !self.is_in_table(plan, &hash) {
                continue;
            }
            let author = author.unwrap_or_else(|| panic!("who has no part in the plan has written {hash}"));
            if let Some(edits) = self.judge.edits.get(&hash) {
                let allowed = permits(&self.config.server_schema, author, edits);
                assert_eq!(allowed, Ok(()), "{author:?} has written {edits:?}");
            } else {
                panic!("a change was admitted that nobody has made");
            }
            self.judge.admitted.insert((plan, hash));
        }
    }

    /// Who is behind a peer, as its room was told last; None: nobody who may read the plan.
    fn author(&self, plan: PlanId, peer: PeerId) -> Option<Author> {
        let shell = self.server.as_ref()?.rooms.get(&plan)?;
        let person = self.devices[self.conns[shell.conn(peer)?].device].person;
        shell.access().author(person)
    }

    /// The changes of a frame: their names, their actors, and whether the room has them already.
    fn changes_in(&self, plan: PlanId, bytes: &Bytes) -> Vec<(ChangeHash, ActorId, bool)> {
        let Ok(ClientFrame::Submit(changes)) = protocol::decode_client(bytes) else {
            return Vec::new();
        };
        let read = |bytes: &Bytes| {
            let change = plan::precheck(bytes, &plan::Limits::default()).and_then(|checked| plan::decode(&checked));
            let change = change.expect("a page sends changes");
            (change.hash, change.actor, self.is_in_table(plan, &change.hash))
        };
        changes.iter().map(|change| read(&change.bytes)).collect()
    }

    fn is_in_table(&self, plan: PlanId, hash: &ChangeHash) -> bool {
        let room = self.server.as_ref().and_then(|server| server.rooms.get(&plan));
        let table = room.and_then(crate::rooms::RoomShell::table);
        table.is_some_and(|table| table.position(hash).is_some())
    }

    /// A frame leaves a room: nobody is sent what they may not see.
    pub(crate) fn judge_sent(&mut self, plan: PlanId, peer: PeerId, frame: &ServerFrame) {
        let author = self.author(plan, peer);
        let author = author.unwrap_or_else(|| panic!("somebody without a part in the plan is sent {frame:?}"));
        let reads_personal = author.standing.role.may(Right::ReadPersonal);
        match frame {
            ServerFrame::Reject(rejected) => {
                if matches!(rejected.reason, Reason::Denied(_)) {
                    self.coverage.one(Seen::Denied);
                }
                self.judge.on_reject(&self.config.server_schema, author, rejected);
            }
            ServerFrame::Welcome(welcome) => assert_eq!(welcome.standing, author.standing, "what a page is told it is"),
            ServerFrame::Standing(standing) => assert_eq!(*standing, author.standing, "what a page is told it is"),
            ServerFrame::Keys(_) | ServerFrame::Erased(_) => {
                assert!(reads_personal, "{author:?} is sent keys");
                self.coverage.one(Seen::KeysSent);
            }
            ServerFrame::Generation(_) => assert!(reads_personal, "{author:?} is told a generation"),
            ServerFrame::Presence(news) => {
                let Some(access) = self.server.as_ref().and_then(|server| server.rooms.get(&plan)) else {
                    return;
                };
                for presence in news {
                    check_presence(&self.config.server_schema, access.access(), presence, reads_personal);
                }
            }
            _ => {}
        }
    }

    /// The audit hears of refusals: of all, and whose.
    pub(crate) fn judge_denied(&mut self, count: u32) {
        let unheard = std::mem::take(&mut self.judge.unheard);
        assert_eq!(count, unheard, "refusals that the audit hears of");
    }

    /// After all outputs of an input.
    pub(crate) fn judge_drained(&mut self, plan: PlanId) {
        assert_eq!(self.judge.unheard, 0, "refusals that the audit has not heard of");
        let Some(shell) = self.server.as_ref().and_then(|server| server.rooms.get(&plan)) else {
            return;
        };
        for conn in shell.conns() {
            let person = self.devices[self.conns[conn].device].person;
            assert!(
                shell.access().standing(person).is_some(),
                "somebody stays connected who has no part in the plan"
            );
        }
    }

    /// A room closes a connection.
    pub(crate) fn judge_close(&self, plan: PlanId, peer: PeerId, bye: &Bye) {
        let may_read = self.author(plan, peer).is_some();
        let is_shut_out = matches!(bye, Bye::NoAccess | Bye::NoSuchPlan);
        assert_ne!(may_read, is_shut_out, "{bye:?}");
    }
}

/// Nobody is seen where a reader may not look, or typing where they may not write.
fn check_presence(schema: &Schema, access: &Access, presence: &PeerPresence, reads_personal: bool) {
    let Some(place) = &presence.place else { return };
    let Some(cell) = &place.cell else { return };
    assert!(
        reads_personal || !schema.has_seals(cell.section),
        "somebody is seen at {cell} by who may not read what is personal"
    );
    if place.draft.is_some() {
        let author = access.author(presence.person);
        let may = author.is_some_and(|author| schema.check_field(author, cell.section, cell.field_key()).is_ok());
        assert!(may, "somebody is seen typing at {cell} who may not write there");
    }
}
