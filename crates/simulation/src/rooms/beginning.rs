//! How a room begins: its plan is read, who may be there is heard, and after a failure another one is built.

use std::collections::VecDeque;

use domain::{PlanId, Seq, TimestampMs};
use plan::snapshot::Resume;
use protocol::{Bye, SnapshotInfo};
use rand::RngExt;
use relay::{Access, Room, RoomInit, Unavailable};

use super::{Input, READ_MS, RoomShell, change};
use crate::coverage::Seen;
use crate::directory::people;
use crate::schedule::Event;
use crate::server::records;
use crate::world::World;

/// Rest before a room that failed is built anew.
const REBUILD_MS: i64 = 300;
/// Edits are refused with the reason for so long after an append failed.
const RETRY_AFTER_MS: i64 = 2_000;

impl World {
    /// Starts the plan's room, if it is not there.
    pub(crate) fn start_room(&mut self, plan: PlanId) {
        if self.server.is_some() && self.shell(plan).is_none() {
            self.new_room(plan, 0, None, VecDeque::new());
        }
    }

    fn new_room(&mut self, plan: PlanId, rest_ms: i64, failure: Option<Unavailable>, waiting: VecDeque<Input>) {
        self.rooms += 1;
        let number = self.rooms;
        let access = self.access(plan);
        let is_poisoned = self.server.as_ref().is_some_and(|server| server.journal.is_poisoned());
        let poisoned = is_poisoned.then(|| Unavailable {
            why: format!("{}{}", relay::APPEND_FAILED, journal::AppendError::Poisoned),
            until: None,
        });
        let mut shell = RoomShell::new(number, access, poisoned.or(failure));
        shell.waiting = waiting;
        if let Some(server) = &mut self.server {
            server.rooms.insert(plan, shell);
        }
        let at = self.now + rest_ms + self.some_ms(READ_MS);
        self.schedule.at(at, Event::Begin { plan, room: number });
    }

    /// The plan was read: from the snapshot and its tail, if there is one that can be used.
    pub(crate) fn on_begin(&mut self, plan: PlanId, number: u64) {
        if self.this_room(plan, number).is_none() {
            return;
        }
        let Some(server) = &self.server else { return };
        let records = records(&server.journal, plan);
        let head = records.last().map_or(Seq::ZERO, |record| record.seq);
        let found = self.cache.resume(plan, head);
        let (resume, manifest) = match found.map(|(manifest, resume)| (manifest, tail(resume, &records))) {
            Some((manifest, Some(resume))) => (resume, Some(manifest)),
            Some((_, None)) => panic!("a snapshot of this journal does not fit its tail"),
            None => (tail(Resume::new(), &records).expect("the journal folds"), None),
        };
        self.coverage.add(Seen::Resumed, u64::from(manifest.is_some()));
        let document = manifest.and_then(|manifest| Some((manifest.seq, self.cache.document(plan, &manifest)?)));
        let (now, epoch) = (self.server_now(), self.epoch);
        let (people, limits) = (people(self.config.people), self.config.limits.clone());
        let schema = self.config.server_schema.clone();
        let keyring = self.keys_of(plan).clone();
        let entropy = self.rng.random();
        let Some(shell) = self.shell(plan) else { return };
        let snapshot = document.map(|(seq, bytes)| {
            let len = u64::try_from(bytes.len()).expect("small");
            shell.documents.insert(seq, bytes);
            shell.snapshot.0 = seq;
            SnapshotInfo { seq, len }
        });
        let init = RoomInit {
            plan,
            schema,
            table: resume.table,
            epoch,
            last_at: resume.last_at,
            owners: resume.owners,
            snapshot,
            people,
            access: shell.access.clone(),
            keyring,
            entropy,
            unavailable: shell.failure.take(),
            limits,
        };
        shell.room = Some(Room::new(now, init));
        self.drain_room(plan);
        // Roles may have changed while the plan was read.
        self.on_access(plan, number);
        self.take_waiting(plan);
    }

    /// The room hears who may be here now.
    pub(crate) fn on_access(&mut self, plan: PlanId, number: u64) {
        let access = self.access(plan);
        let people = people(self.config.people);
        let Some(shell) = self.this_room(plan, number).filter(|shell| shell.room.is_some()) else {
            return;
        };
        shell.access = access.clone();
        self.with_room(plan, |room, now| room.handle_access(now, access));
        self.with_room(plan, |room, _| room.handle_people(people));
    }

    fn access(&self, plan: PlanId) -> Access {
        self.directory()
            .map(|directory| directory.access(plan))
            .unwrap_or_default()
    }

    /// The room has failed: those who wait come again, and another one is built from the journal.
    pub(super) fn rebuild(&mut self, plan: PlanId, why: String) {
        assert!(why.contains("an append failed"), "a room failed: {why}");
        self.coverage.one(Seen::RoomsRebuilt);
        let until = Some(TimestampMs(self.server_now().0 + RETRY_AFTER_MS));
        let Some(server) = &mut self.server else { return };
        server.copies.retain(|copy| copy.target != plan);
        let Some(shell) = server.rooms.remove(&plan) else {
            return;
        };
        let had_begun = shell.room.as_ref().is_some_and(|room| room.committed() > Seq::ZERO);
        let mut waiting = shell.waiting;
        if !had_begun {
            for input in std::mem::take(&mut waiting) {
                if let Input::Join(conn, ..) = input {
                    self.conns[conn].say_bye(Bye::Fault);
                    self.take_soon(conn);
                }
            }
        }
        self.new_room(plan, REBUILD_MS, Some(Unavailable { why, until }), waiting);
    }
}

fn tail(mut resume: Resume, records: &[journal::Record]) -> Option<Resume> {
    let last = resume.table.last();
    let rest = records.iter().skip_while(|record| record.seq <= last);
    for record in rest {
        resume.replay(&change(record)).ok()?;
    }
    Some(resume)
}
