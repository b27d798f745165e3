//! Making edits, taking them back, making them again.

use domain::{ActorId, Author, Cell, ChangeHash, TimestampMs};
use plan::{Edit, EditError, OwnChange, UndoError};
use protocol::Reason;

use crate::check::check;
use crate::outbox::Own;
use crate::session::Session;
use crate::types::{Event, UndoOutcome};
use crate::undo::Step;

impl Session {
    /// Makes one change, and one step of undo, of these edits. Nothing is done when one of them cannot be made; None
    /// when they change nothing. After a rejection of an earlier edit the change gets another name.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "edits are made for this one call, and callers read better"
    )]
    pub fn edit(&mut self, now: TimestampMs, edits: Vec<Edit>) -> Result<Option<ChangeHash>, EditError> {
        self.edit_as(now, &edits, false)
    }

    /// The same, for edits of a burst (typing): those that follow each other shortly are one step of undo.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "edits are made for this one call, and callers read better"
    )]
    pub fn edit_merging(&mut self, now: TimestampMs, edits: Vec<Edit>) -> Result<Option<ChangeHash>, EditError> {
        self.edit_as(now, &edits, true)
    }

    fn edit_as(&mut self, now: TimestampMs, edits: &[Edit], merging: bool) -> Result<Option<ChangeHash>, EditError> {
        self.heed_clock(now);
        let (Some(person), Some(standing)) = (self.you, self.standing) else {
            return Err(EditError::NotReady);
        };
        if self.safe_mode.is_some() {
            return Err(EditError::SafeMode);
        }
        if self.outbox.is_full() {
            return Err(EditError::TooManyUnsaved);
        }
        check(&self.config.schema, Author { person, standing }, edits)?;
        self.make_keys_for(edits);
        let replica = self.replica.as_mut().ok_or(EditError::NotReady)?;
        let Some(change) = replica.edit(now, edits)? else {
            return Ok(None);
        };
        let (hash, inverse) = (change.hash, change.inverse.clone());
        self.undo.push(now, hash, inverse, merging);
        self.made(now, change);
        Ok(Some(hash))
    }

    /// An own change was made: it waits to be saved, and goes out.
    fn made(&mut self, now: TimestampMs, change: OwnChange) {
        let cells: Vec<Cell> = change.touched.iter().cloned().collect();
        let is_first = self.outbox.is_empty();
        self.outbox.push(Own {
            hash: change.hash,
            bytes: change.bytes,
            // While a plan is fetched anew the base says nothing: the edit is made anew on it.
            base: self.intake.applied().max(self.outbox.last_base()),
            at: now,
            edits: change.edits,
            cells: change.touched,
        });
        if is_first {
            // Received, but not under this edit: the log is of everything accepted after its base.
            for entry in self.intake.gathered() {
                self.outbox.note(entry.seq, entry.hash, &entry.bytes);
            }
        }
        self.tell_touched(cells);
        self.settle(now);
    }

    /// Takes back my last edit, where what it wrote is still mine.
    pub fn undo(&mut self, now: TimestampMs) -> UndoOutcome {
        while let Some(step) = self.undo.pop_done() {
            match self.take_back(now, &step) {
                Ok(Some((cells, back))) => {
                    self.undo.push_undone(back);
                    return UndoOutcome::Done(cells);
                }
                // Nothing of it is left: the one before, then.
                Ok(None) => {}
                Err(outcome) => {
                    if matches!(outcome, UndoOutcome::Denied(_)) {
                        self.undo.push_done(step);
                    }
                    return outcome;
                }
            }
        }
        UndoOutcome::Nothing
    }

    /// Makes again what I took back last.
    pub fn redo(&mut self, now: TimestampMs) -> UndoOutcome {
        while let Some(step) = self.undo.pop_undone() {
            match self.take_back(now, &step) {
                Ok(Some((cells, back))) => {
                    self.undo.push_done(back);
                    return UndoOutcome::Done(cells);
                }
                Ok(None) => {}
                Err(outcome) => {
                    if matches!(outcome, UndoOutcome::Denied(_)) {
                        self.undo.push_undone(step);
                    }
                    return outcome;
                }
            }
        }
        UndoOutcome::Nothing
    }

    fn take_back(&mut self, now: TimestampMs, step: &Step) -> Result<Option<(Vec<Cell>, Step)>, UndoOutcome> {
        self.heed_clock(now);
        if self.safe_mode.is_some() || self.outbox.is_full() {
            return Err(UndoOutcome::Nothing);
        }
        self.make_keys_in(step.inverse().cells());
        let Some(replica) = &mut self.replica else {
            return Err(UndoOutcome::Nothing);
        };
        let inverse = step.inverse();
        if let Some((person, standing)) = self.you.zip(self.standing) {
            let author = Author { person, standing };
            let cells = &mut inverse.cells();
            let schema = &self.config.schema;
            let may = cells.try_for_each(|cell| schema.check_field(author, cell.section, cell.field_key()));
            may.map_err(UndoOutcome::Denied)?;
        }
        let change = match replica.undo(now, &inverse) {
            Ok(Some(change)) => change,
            Ok(None) | Err(UndoError::Edit(_)) => return Ok(None),
            Err(UndoError::ChangedSince { cell, by }) => {
                let by = by.and_then(|actor: ActorId| self.person_of(actor));
                return Err(UndoOutcome::ChangedSince { cell, by });
            }
        };
        self.undo.rename(&inverse, &change.inverse);
        let back = Step::one(change.hash, change.inverse.clone());
        let cells = change.touched.iter().cloned().collect();
        self.made(now, change);
        Ok(Some((cells, back)))
    }

    /// Proposes refused edits again. Those that cannot be made stay, with the reason.
    pub fn retry(&mut self, now: TimestampMs, index: usize) {
        self.heed_clock(now);
        let Some(rejected) = self.rejected.get(index) else {
            return;
        };
        let edits = rejected.edits.clone();
        match self.edit_as(now, &edits, false) {
            Ok(_) => {
                self.rejected.remove(index);
            }
            Err(error) => self.rejected[index].reason = Reason::Denied(error.to_string()),
        }
        self.tell(Event::Rejected);
        self.settle(now);
    }

    /// Lets refused edits go.
    pub fn dismiss(&mut self, index: usize) {
        if index < self.rejected.len() {
            self.rejected.remove(index);
            self.tell(Event::Rejected);
        }
    }
}
