//! What each operation does to the world.

use domain::{Cell, ItemId, SectionId};
use journal::testing::Trouble;
use plan::EditError;
use protocol::Place;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use session::{RejectedEdit, Session, UndoOutcome};

use crate::coverage::Seen;
use crate::edits::Editor;
use crate::ops::{Op, Verb};
use crate::world::World;

/// How far clocks jump, in milliseconds.
const JUMPS_MS: [i64; 6] = [-7_200_000, -60_000, -1_500, 1_500, 60_000, 7_200_000];
/// A device reads nothing for so long, at most.
const STALL_MS: u32 = 20_000;
/// What is to come in the middle of something waits so long for it.
const WAIT_MS: i64 = 2_000;

impl World {
    /// Time passes, and the operation happens.
    pub(crate) fn act(&mut self, op: &Op) {
        self.pass(i64::from(op.after_ms));
        let device = usize::from(op.who) % self.devices.len();
        self.trace
            .note("op", &[op.verb as u64, u64::from(op.who), u64::from(op.dice)]);
        match op.verb {
            Verb::Edit => self.edit(device, op.dice),
            Verb::Undo => self.undo(device, Session::undo),
            Verb::Redo => self.undo(device, Session::redo),
            Verb::Retry => self.retry(device),
            Verb::Dismiss => self.dismiss(device),
            Verb::Place => self.place(device, op.dice),
            Verb::Cut => self.cut(device),
            Verb::Offline => {
                self.devices[device].reachable = false;
                self.cut(device);
            }
            Verb::Online => {
                self.devices[device].reachable = true;
                self.with_session(device, Session::reconnect_now);
            }
            Verb::Stall => self.devices[device].stalled_until = self.now + i64::from(op.dice % STALL_MS),
            Verb::Open => self.open_page(device, op.dice),
            Verb::Close => self.close_page(device),
            Verb::Reload => self.reload_page(device),
            Verb::Clock => {
                self.coverage.one(Seen::ClockJumps);
                self.devices[device].clock.ahead_ms += jump(op.dice);
            }
            Verb::Crash => {
                if op.dice.is_multiple_of(2) {
                    self.pass_until(Self::is_appending);
                }
                self.crash();
            }
            Verb::Stop => self.stop(),
            Verb::ServerClock => {
                self.coverage.one(Seen::ClockJumps);
                self.server_clock.ahead_ms += jump(op.dice);
            }
            Verb::SyncFails => self.disk.set_trouble(Some(Trouble::SyncFails), op.dice as usize % 3),
            Verb::WriteFails => self.disk.set_trouble(Some(Trouble::WriteFails), op.dice as usize % 3),
            Verb::Full => {
                let for_writes = op.dice.is_multiple_of(2);
                self.disk.set_trouble(Some(Trouble::NoSpace { for_writes }), 0);
            }
            Verb::DiskWell => self.mend_disk(),
            Verb::Slow => self.slow = (self.now + 5_000, i64::from(op.dice % 1_500)),
            Verb::Snapshot => self.take_snapshot(self.plans[op.dice as usize % self.plans.len()]),
            Verb::Copy => self.want_copy(device),
            Verb::Role => self.change_role(device, op.dice),
            Verb::Stage => self.set_stage(device, op.dice),
            Verb::Backup => self.make_backup(),
            Verb::Restore => self.restore_backup(op.dice),
        }
    }

    fn edit(&mut self, device: usize, dice: u32) {
        let at = &self.devices[device];
        let Some((_, session)) = &at.session else { return };
        let Some(replica) = session.replica() else { return };
        let edits = Editor::new(replica, &self.config, at.person, device, dice).edits();
        let merging = dice.is_multiple_of(3);
        let made = self.with_edit(device, |session, now| {
            if merging {
                session.edit_merging(now, edits)
            } else {
                session.edit(now, edits)
            }
        });
        // What cannot be made is said to the person who wants it, and is no matter.
        match made {
            Some(Err(EditError::Document(why))) => panic!("a document refused an edit: {why}"),
            Some(Err(EditError::Denied(_))) => self.coverage.one(Seen::NotOffered),
            _ => {}
        }
    }

    fn undo(&mut self, device: usize, how: impl FnOnce(&mut Session, domain::TimestampMs) -> UndoOutcome) {
        match self.with_edit(device, how) {
            Some(UndoOutcome::Done(_)) => self.coverage.one(Seen::Undone),
            Some(UndoOutcome::ChangedSince { .. }) => self.coverage.one(Seen::ChangedSince),
            Some(UndoOutcome::Denied(_)) => self.coverage.one(Seen::NotOffered),
            Some(UndoOutcome::Nothing) | None => {}
        }
    }

    fn retry(&mut self, device: usize) {
        let first = self.first_rejected(device);
        self.with_edit(device, |session, now| session.retry(now, 0));
        if self.first_rejected(device) != first {
            self.devices[device].ledger.let_go(first);
        }
    }

    fn dismiss(&mut self, device: usize) {
        let first = self.first_rejected(device);
        self.devices[device].ledger.let_go(first);
        self.with_session(device, |session, _| session.dismiss(0));
    }

    fn first_rejected(&self, device: usize) -> Option<RejectedEdit> {
        let (_, session) = self.devices[device].session.as_ref()?;
        session.rejected().first().cloned()
    }

    fn place(&mut self, device: usize, dice: u32) {
        let mut rng = ChaCha8Rng::seed_from_u64(u64::from(dice));
        let (section, key) = [
            (SectionId::Profile, "title"),
            (SectionId::People, "name"),
            (SectionId::Decisions, "title"),
        ][rng.random_range(0..3)];
        let place = Place {
            cell: Some(Cell::field(section, ItemId::SINGLE, key)),
            draft: Some("x".repeat(rng.random_range(0..40))),
            caret: None,
        };
        self.with_session(device, |session, now| session.set_place(now, place));
    }

    fn open_page(&mut self, device: usize, dice: u32) {
        if self.devices[device].session.is_none() {
            // Most of the time the first plan.
            let plan = if dice.is_multiple_of(4) { dice as usize / 4 } else { 0 };
            self.coverage.one(Seen::LateStarts);
            self.open(device, plan);
        }
    }

    /// A page is loaded anew, whatever is unsaved on it: the person was warned.
    fn reload_page(&mut self, device: usize) {
        let Some((plan, session)) = &self.devices[device].session else {
            return;
        };
        let plan = self.plans.iter().position(|known| known == plan).unwrap_or(0);
        if session.unsaved() > 0 {
            self.coverage.one(Seen::Reloads);
        }
        self.devices[device].ledger.abandon();
        self.close(device);
        self.open(device, plan);
    }

    /// Time passes until something is so, or for a while.
    pub(crate) fn pass_until(&mut self, is_so: impl Fn(&Self) -> bool) {
        let until = self.now + WAIT_MS;
        while !is_so(self) && self.step(until) {}
    }

    /// Whether a room has an append under way.
    fn is_appending(&self) -> bool {
        let server = self.server.as_ref();
        server.is_some_and(|server| server.rooms.values().any(crate::rooms::RoomShell::is_appending))
    }

    fn close_page(&mut self, device: usize) {
        let session = self.devices[device].session.as_ref();
        if session.is_some_and(|(_, session)| session.unsaved() == 0) {
            self.coverage.one(Seen::Closed);
            self.devices[device].ledger.abandon();
            self.close(device);
        }
    }

    /// The disk is well again; a server that takes no more edits because of it is started anew.
    pub(crate) fn mend_disk(&mut self) {
        self.disk.set_trouble(None, 0);
        let poisoned = self.server.as_ref().is_some_and(|server| server.journal.is_poisoned());
        if poisoned {
            self.stop();
        }
    }
}

fn jump(dice: u32) -> i64 {
    JUMPS_MS[dice as usize % JUMPS_MS.len()]
}
