//! Opening a plan: the snapshot in parts, if there is one, then what came after it.
//!
//! A plan that is fetched anew (the first time, in another epoch, or after a fault) is built beside the old one, which
//! the page goes on showing. A client that is far behind in the same past gets a snapshot too, which replaces what it
//! had at once: own waiting changes fit on it.

use std::mem;

use bytes::Bytes;
use domain::{ChangeHash, Seq, TimestampMs};
use plan::{Replica, ReplicaError, Touched, Watch};
use protocol::SnapshotInfo;

use crate::intake::Intake;
use crate::limits::SNAPSHOT_BYTES_MAX;
use crate::outbox::Log;
use crate::session::{Phase, Session};
use crate::types::{Connection, Event};

/// A plan on its way.
#[derive(Debug)]
pub(crate) struct Opening {
    /// The stream's last entry when the server said Welcome.
    head: Seq,
    /// The snapshot, until it is complete.
    snapshot: Option<Assembly>,
    renews: bool,
    /// The new document, when it is built beside the old one.
    replica: Option<Replica>,
}

#[derive(Debug)]
struct Assembly {
    info: SnapshotInfo,
    bytes: Vec<u8>,
}

impl Opening {
    pub(crate) fn new(head: Seq, snapshot: Option<SnapshotInfo>, renews: bool) -> Result<Self, String> {
        if let Some(info) = &snapshot
            && (info.len > SNAPSHOT_BYTES_MAX || info.seq > head)
        {
            return Err(format!("a snapshot of {} bytes at {}", info.len, info.seq));
        }
        Ok(Self {
            head,
            snapshot: snapshot.map(|info| Assembly {
                info,
                bytes: Vec::new(),
            }),
            renews,
            replica: None,
        })
    }

    /// Whether the document is built anew, beside the old one.
    pub(crate) const fn renews(&self) -> bool {
        self.renews
    }

    /// The plan that takes the place of the one that the page shows.
    pub(crate) const fn replica_mut(&mut self) -> Option<&mut Replica> {
        self.replica.as_mut()
    }

    /// Whether own changes must wait: for being made anew, or for the snapshot under them.
    pub(crate) const fn holds_edits(&self) -> bool {
        self.renews || self.snapshot.is_some()
    }
}

impl Session {
    /// The last entry that the server need not send again.
    pub(crate) fn have(&self) -> Seq {
        if self.replica.is_none() || self.distrusted {
            Seq::ZERO
        } else {
            self.intake.received()
        }
    }

    pub(crate) fn open(&mut self, now: TimestampMs, mut opening: Opening, epoch: u32) {
        self.epoch = epoch;
        if opening.renews {
            self.distrusted = true;
            self.intake = Intake::default();
            self.guard_anew(Watch::default());
            if opening.snapshot.is_none() {
                opening.replica = Some(self.with_keys(Replica::new(self.actor)));
            }
        }
        self.opening = Some(opening);
        self.expect_word(now);
        self.finish_opening(now);
    }

    pub(crate) fn awaits_snapshot(&self) -> bool {
        self.opening.as_ref().is_some_and(|opening| opening.snapshot.is_some())
    }

    pub(crate) fn on_snapshot(&mut self, now: TimestampMs, offset: u64, part: &Bytes) {
        let assembly = self.opening.as_mut().and_then(|opening| opening.snapshot.as_mut());
        let Some(Assembly { info, bytes }) = assembly else {
            return self.fail(now, "a snapshot that was not announced".to_owned());
        };
        let length = |len: usize| u64::try_from(len).unwrap_or(u64::MAX);
        let (at, end) = (length(bytes.len()), length(bytes.len() + part.len()));
        if offset != at || end > info.len || part.is_empty() {
            return self.fail(now, "a part of the snapshot out of order".to_owned());
        }
        bytes.extend_from_slice(part);
        if end == info.len {
            let (seq, bytes) = (info.seq, mem::take(bytes));
            if let Err(error) = self.take_snapshot(seq, &bytes) {
                self.distrusted = true;
                self.failed_to_open(&error.to_string());
                return self.fail(now, error.to_string());
            }
        }
        self.expect_word(now);
        self.finish_opening(now);
    }

    fn take_snapshot(&mut self, seq: Seq, bytes: &[u8]) -> Result<(), ReplicaError> {
        let mut replica = self.with_keys(Replica::load(bytes, self.actor)?);
        self.guard_anew(Watch::of(&replica, seq));
        let Some(opening) = &mut self.opening else {
            return Ok(());
        };
        opening.snapshot = None;
        let before = mem::replace(&mut self.intake, Intake::at(seq));
        if opening.renews {
            opening.replica = Some(replica);
            return Ok(());
        }
        // What waits may build upon own changes that are saved behind the snapshot, and have not come as entries yet.
        let saved = before.acknowledged_after(seq).cloned();
        let waiting = self.outbox.iter().map(|own| own.bytes.clone());
        let own: Vec<Bytes> = saved.chain(waiting).collect();
        replica.apply(&own)?;
        self.outbox.lose_log();
        self.replica = Some(replica);
        self.tell(Event::Ready);
        Ok(())
    }

    /// Everything that was there at Welcome is here: the plan is open.
    pub(crate) fn finish_opening(&mut self, now: TimestampMs) {
        let complete = self
            .opening
            .as_ref()
            .is_some_and(|opening| opening.snapshot.is_none() && self.intake.received() >= opening.head);
        if !complete || !self.apply_gathered(now) {
            return;
        }
        let Some(opening) = self.opening.take() else { return };
        self.phase = Phase::Live;
        self.backoff.reset();
        self.fault = None;
        self.failed_openings = 0;
        if let Some(replica) = opening.replica {
            self.distrusted = false;
            self.renew(now, replica);
        }
        self.expect_word(now);
        self.show(Connection::Online);
    }

    /// Another document takes the place of the one that the page shows.
    fn renew(&mut self, now: TimestampMs, mut replica: Replica) {
        self.undo.clear();
        self.refusal = None;
        self.find_saved(&replica);
        // What was accepted before was so in the old document.
        let (changes, _) = self.outbox.take();
        if changes.is_empty() {
            self.replica = Some(replica);
        } else {
            // What waits was made on the old document: it is made anew, by an actor that has nothing there.
            self.offer_keys_again(changes.iter().flat_map(|own| &own.edits));
            self.begin_actor();
            replica.set_actor(self.actor);
            self.propose_again(now, replica, changes, Log::unknown(), None);
        }
        self.tell(Event::Ready);
    }

    /// What waits and is in the new document is saved, though nobody could say so: the answer was lost, and a snapshot
    /// names no changes.
    fn find_saved(&mut self, replica: &Replica) {
        let waiting = self.outbox.iter().map(|own| own.hash);
        let saved: Vec<ChangeHash> = waiting.filter(|hash| replica.has_change(hash)).collect();
        let head = self.intake.applied();
        for hash in saved {
            if self.outbox.acknowledge(&hash, head, head).is_some() {
                self.note_saved();
            }
        }
    }

    /// Applies what was gathered; gives the connection up when it cannot be applied. Whether it could.
    pub(crate) fn apply_gathered(&mut self, now: TimestampMs) -> bool {
        let applied = self.apply_received();
        if !applied {
            self.break_off(now);
        }
        applied
    }

    /// The same, leaving the connection alone.
    pub(crate) fn apply_received(&mut self) -> bool {
        let gathered = self.intake.take();
        if gathered.is_empty() {
            return true;
        }
        self.last_batch = gathered.len();
        let changes: Vec<Bytes> = gathered.into_iter().map(|change| change.bytes).collect();
        let beside = self.opening.as_mut().and_then(|opening| opening.replica.as_mut());
        let is_shown = beside.is_none();
        let result = match beside.or(self.replica.as_mut()) {
            Some(replica) => replica.apply(&changes),
            None => Ok(Touched::new()),
        };
        match result {
            Ok(touched) => {
                if is_shown {
                    self.tell_touched(touched);
                }
                true
            }
            Err(error) => {
                self.distrusted = true;
                self.fault = Some(error.to_string());
                if !is_shown {
                    self.failed_to_open(&error.to_string());
                }
                false
            }
        }
    }
}
