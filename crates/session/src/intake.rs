//! What comes from the stream: in order, once each, gathered into batches.
//!
//! Own changes come back as an acknowledgement alone, or within the entries of a group that others have a part in; both
//! count. So the stream is gap-free when every position is either an entry or acknowledged.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::{ChangeHash, Seq};

use crate::limits::{GATHER_BYTES_MAX, GATHER_ENTRIES_MAX};

/// Most acknowledgements ahead of the entries before them that are kept; a server never needs so many.
const AHEAD_MAX: usize = 100_000;

/// Something before this entry is missing: the connection is of no more use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gap;

/// A change that was received and is not applied yet.
#[derive(Debug, Clone)]
pub(crate) struct Gathered {
    pub(crate) seq: Seq,
    pub(crate) hash: ChangeHash,
    pub(crate) bytes: Bytes,
}

#[derive(Debug, Default)]
pub(crate) struct Intake {
    received: Seq,
    applied: Seq,
    /// Own changes at positions before which something has not come yet.
    acknowledged_ahead: BTreeMap<Seq, Bytes>,
    gathered: Vec<Gathered>,
    gathered_bytes: usize,
}

impl Intake {
    /// A document that holds everything up to `seq`.
    pub(crate) fn at(seq: Seq) -> Self {
        Self {
            received: seq,
            applied: seq,
            ..Self::default()
        }
    }

    /// The last position before which nothing is missing.
    pub(crate) const fn received(&self) -> Seq {
        self.received
    }

    /// The last position up to which the replica has everything: the base of edits made now.
    pub(crate) const fn applied(&self) -> Seq {
        self.applied
    }

    /// An entry came. Whether it is new.
    pub(crate) fn entry(&mut self, seq: Seq) -> Result<bool, Gap> {
        if seq <= self.received {
            return Ok(false);
        }
        if seq != self.received.next() {
            return Err(Gap);
        }
        self.advance();
        Ok(true)
    }

    /// An own change, which the replica has, is at this position.
    pub(crate) fn acknowledged(&mut self, seq: Seq, bytes: Bytes) -> Result<(), Gap> {
        if seq > self.received {
            if self.acknowledged_ahead.len() >= AHEAD_MAX {
                return Err(Gap);
            }
            self.acknowledged_ahead.insert(seq, bytes);
        }
        if self.acknowledged_ahead.remove(&self.received.next()).is_some() {
            self.advance();
        }
        Ok(())
    }

    /// Whether own changes are known to be at positions before which something has not come yet.
    pub(crate) fn is_acknowledged_ahead(&self) -> bool {
        !self.acknowledged_ahead.is_empty()
    }

    /// Own changes after a position that are known to be there, while others before them have not come yet.
    pub(crate) fn acknowledged_after(&self, seq: Seq) -> impl Iterator<Item = &Bytes> {
        self.acknowledged_ahead.range(seq.next()..).map(|(_, bytes)| bytes)
    }

    fn advance(&mut self) {
        self.received = self.received.next();
        while self.acknowledged_ahead.remove(&self.received.next()).is_some() {
            self.received = self.received.next();
        }
        if self.gathered.is_empty() {
            self.applied = self.received;
        }
    }

    /// Keeps the change of an entry that was new. The entry's position counts as received, but not as applied.
    pub(crate) fn gather(&mut self, before: Seq, change: Gathered) {
        if self.gathered.is_empty() {
            self.applied = before;
        }
        self.gathered_bytes += change.bytes.len();
        self.gathered.push(change);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.gathered.is_empty()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.gathered.len() >= GATHER_ENTRIES_MAX || self.gathered_bytes >= GATHER_BYTES_MAX
    }

    /// What was received and is not applied yet.
    pub(crate) fn gathered(&self) -> impl Iterator<Item = &Gathered> {
        self.gathered.iter()
    }

    /// Takes what was gathered; once it is applied, everything received is.
    pub(crate) fn take(&mut self) -> Vec<Gathered> {
        self.applied = self.received;
        self.gathered_bytes = 0;
        std::mem::take(&mut self.gathered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change() -> Gathered {
        Gathered {
            seq: Seq(2),
            hash: ChangeHash([0; 32]),
            bytes: Bytes::new(),
        }
    }

    #[test]
    fn acknowledgements_and_entries_together_leave_no_gap() {
        let mut intake = Intake::at(Seq(4));
        // A mixed group: 5 and 7 are mine, acknowledged first; then the entries 5, 6, 7 come.
        assert_eq!(intake.acknowledged(Seq(5), Bytes::new()), Ok(()));
        assert_eq!(intake.acknowledged(Seq(7), Bytes::new()), Ok(()));
        assert_eq!(intake.received(), Seq(5));
        assert_eq!(intake.entry(Seq(5)), Ok(false));
        assert_eq!(intake.entry(Seq(6)), Ok(true));
        assert_eq!(intake.entry(Seq(7)), Ok(false));
        assert_eq!(intake.entry(Seq(9)), Err(Gap));
        assert_eq!(intake.received(), Seq(7));
    }

    #[test]
    fn what_is_gathered_is_received_but_not_applied() {
        let mut intake = Intake::at(Seq(1));
        assert_eq!(intake.entry(Seq(2)), Ok(true));
        intake.gather(Seq(1), change());
        assert_eq!(intake.acknowledged(Seq(3), Bytes::new()), Ok(()));
        assert_eq!((intake.received(), intake.applied()), (Seq(3), Seq(1)));
        assert_eq!(intake.take().len(), 1);
        assert_eq!(intake.applied(), Seq(3));
    }
}
