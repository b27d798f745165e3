//! Own changes that are not known to be on the server's disk, in order; and what was accepted since the first of them
//! was made, so that after a rejection the others can be proposed again just where they were made.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use domain::{Cell, ChangeHash, Seq, TimestampMs};
use plan::{Edit, Touched};
use protocol::Submitted;

use crate::limits::{
    IN_FLIGHT_BYTES_MAX, IN_FLIGHT_CHANGES_MAX, LOG_ENTRIES_MAX, OUTBOX_BYTES_MAX, OUTBOX_CHANGES_MAX,
    SUBMIT_BYTES_MAX, SUBMIT_CHANGES_MAX,
};

/// An own change.
#[derive(Debug, Clone)]
pub struct Own {
    /// Its name.
    pub hash: ChangeHash,
    /// The change.
    pub bytes: Bytes,
    /// The last entry that was applied when it was made.
    pub base: Seq,
    /// When it was made, by this device's clock.
    pub at: TimestampMs,
    /// What it is made of.
    pub edits: Vec<Edit>,
    /// What it touches.
    pub cells: Touched,
}

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    changes: VecDeque<Own>,
    bytes: usize,
    /// How many, from the front, were sent on this connection.
    sent: usize,
    sent_bytes: usize,
    waiting: BTreeMap<Cell, usize>,
    log: Log,
}

impl Outbox {
    pub(crate) fn len(&self) -> usize {
        self.changes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.changes.len() >= OUTBOX_CHANGES_MAX || self.bytes >= OUTBOX_BYTES_MAX
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Own> {
        self.changes.iter()
    }

    pub(crate) fn front(&self) -> Option<&Own> {
        self.changes.front()
    }

    /// Whether some change was sent and is not answered.
    pub(crate) const fn awaits_answer(&self) -> bool {
        self.sent > 0
    }

    pub(crate) fn is_waiting(&self, cell: &Cell) -> bool {
        self.waiting.contains_key(cell)
    }

    pub(crate) fn push(&mut self, own: Own) {
        if self.changes.is_empty() {
            self.log.begin(own.base);
        }
        self.bytes += own.bytes.len();
        for cell in &own.cells {
            *self.waiting.entry(cell.clone()).or_insert(0) += 1;
        }
        self.changes.push_back(own);
    }

    /// Whether the change was sent on this connection and not answered.
    pub(crate) fn is_sent(&self, hash: &ChangeHash) -> bool {
        self.changes.iter().take(self.sent).any(|own| own.hash == *hash)
    }

    /// The change is on disk, at `seq`: it leaves. None: it is not here (any more). The page has everything up to `applied`.
    pub(crate) fn acknowledge(&mut self, hash: &ChangeHash, seq: Seq, applied: Seq) -> Option<Own> {
        // Acknowledgements come in order: it is the first one, or near.
        let at = self.changes.iter().position(|own| own.hash == *hash)?;
        let own = self.changes.remove(at)?;
        self.bytes -= own.bytes.len();
        if at < self.sent {
            self.sent -= 1;
            self.sent_bytes -= own.bytes.len();
        }
        for cell in &own.cells {
            if let Some(count) = self.waiting.get_mut(cell) {
                *count -= 1;
                if *count == 0 {
                    self.waiting.remove(cell);
                }
            }
        }
        self.log.accepted_own = self.log.accepted_own.max(seq);
        // Also when none waits any more: the next is made under it, with a base before it while others' are on their way.
        let base = self.changes.front().map_or(applied, |first| first.base);
        self.log.note(base, seq, own.hash, &own.bytes);
        Some(own)
    }

    /// An entry was accepted; it matters while own changes wait.
    pub(crate) fn note(&mut self, seq: Seq, hash: ChangeHash, bytes: &Bytes) {
        if let Some(first) = self.changes.front() {
            self.log.note(first.base, seq, hash, bytes);
        }
    }

    /// Entries were accepted that are not in the log.
    pub(crate) fn lose_log(&mut self) {
        self.log.incomplete = true;
    }

    /// The last base that an own change has.
    pub(crate) fn last_base(&self) -> Seq {
        self.changes.back().map(|own| own.base).unwrap_or_default()
    }

    /// A new connection: nothing is sent on it yet.
    pub(crate) const fn unsend(&mut self) {
        self.sent = 0;
        self.sent_bytes = 0;
    }

    /// The next changes to send, as many as may be under way.
    pub(crate) fn next_batch(&mut self) -> Option<Vec<Submitted>> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        while let Some(own) = self.changes.get(self.sent) {
            let len = own.bytes.len();
            let batch_full = batch.len() >= SUBMIT_CHANGES_MAX || bytes + len > SUBMIT_BYTES_MAX;
            let too_much = self.sent >= IN_FLIGHT_CHANGES_MAX || self.sent_bytes + len > IN_FLIGHT_BYTES_MAX;
            if (batch_full && !batch.is_empty()) || (too_much && self.sent > 0) {
                break;
            }
            batch.push(Submitted {
                base: own.base,
                bytes: own.bytes.clone(),
            });
            bytes += len;
            self.sent += 1;
            self.sent_bytes += len;
        }
        (!batch.is_empty()).then_some(batch)
    }

    /// Takes everything out, with what was accepted meanwhile.
    pub(crate) fn take(&mut self) -> (VecDeque<Own>, Log) {
        let taken = std::mem::take(self);
        (taken.changes, taken.log)
    }

    #[cfg(debug_assertions)]
    pub(crate) fn check_invariants(&self) {
        assert!(self.sent <= self.changes.len(), "what is sent is here");
        let bytes: usize = self.changes.iter().map(|own| own.bytes.len()).sum();
        assert_eq!(bytes, self.bytes, "bytes are counted");
        assert!(
            self.changes.iter().is_sorted_by_key(|own| own.base),
            "bases never go back"
        );
        let waiting: usize = self.waiting.values().sum();
        let cells: usize = self.changes.iter().map(|own| own.cells.len()).sum();
        assert_eq!(waiting, cells, "cells wait while changes do");
    }
}

/// What was accepted after the base of the first waiting change: others' changes, and own ones.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: BTreeMap<Seq, (ChangeHash, Bytes)>,
    accepted_own: Seq,
    incomplete: bool,
}

impl Log {
    /// Nothing is known of what was accepted: everything is made again on the plan as it is.
    pub(crate) fn unknown() -> Self {
        Self {
            incomplete: true,
            ..Self::default()
        }
    }

    /// The first own change waits, of this base. Of what was accepted after that it has what it was told.
    fn begin(&mut self, base: Seq) {
        self.forget_up_to(base);
        // What is missing of the time before is in the base.
        self.incomplete &= self.accepted_own > base;
    }

    fn forget_up_to(&mut self, base: Seq) {
        while let Some(entry) = self.entries.first_entry().filter(|entry| *entry.key() <= base) {
            entry.remove();
        }
    }

    fn note(&mut self, base: Seq, seq: Seq, hash: ChangeHash, bytes: &Bytes) {
        if seq <= base {
            return;
        }
        self.entries.insert(seq, (hash, bytes.clone()));
        self.forget_up_to(base);
        if self.entries.len() > LOG_ENTRIES_MAX {
            self.entries.clear();
            self.incomplete = true;
        }
    }

    /// Whether it has everything that was accepted meanwhile.
    pub(crate) const fn is_complete(&self) -> bool {
        !self.incomplete
    }

    /// The last own change that was accepted meanwhile: what is proposed again builds upon it.
    pub(crate) const fn accepted_own(&self) -> Seq {
        self.accepted_own
    }

    pub(crate) fn hashes(&self) -> impl Iterator<Item = ChangeHash> {
        self.entries.values().map(|(hash, _)| *hash)
    }

    /// The entries after one position up to another, in order.
    pub(crate) fn between(&self, after: Seq, until: Seq) -> Vec<Bytes> {
        let (from, until) = (after.next(), until.max(after));
        self.entries
            .range(from..=until.max(from))
            .filter(|(seq, _)| **seq <= until)
            .map(|(_, (_, bytes))| bytes.clone())
            .collect()
    }

    /// All entries.
    pub(crate) fn into_entries(self) -> impl Iterator<Item = (Seq, ChangeHash, Bytes)> {
        self.entries.into_iter().map(|(seq, (hash, bytes))| (seq, hash, bytes))
    }
}
