//! Who is connected, how far each peer has been fed, and how much is under way to it.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use domain::{Seq, TimestampMs};
use protocol::{PeerId, SnapshotInfo};

use crate::access::Visitor;
use crate::limits::Limits;
use crate::output::{Output, Outputs};

/// How a peer gets entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Feed {
    /// The snapshot is being sent.
    Snapshot {
        /// Which.
        info: SnapshotInfo,
        /// The next byte.
        offset: u64,
        /// A piece has been asked for.
        asked: bool,
    },
    /// History is sent from the journal, from this entry on.
    Behind {
        /// The next entry.
        next: Seq,
        /// A piece has been asked for.
        asked: bool,
    },
    /// Everything committed was sent: each new group is sent as it is committed.
    Live,
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) visitor: Visitor,
    /// Whether it is shown what is personal about the customer's people, as of now.
    pub(crate) reads_personal: bool,
    pub(crate) feed: Feed,
    /// Bytes sent and not yet taken by the socket.
    pub(crate) under_way_bytes: usize,
    /// This peer's changes that are not on disk yet.
    pub(crate) unsaved_changes: usize,
    pub(crate) unsaved_bytes: usize,
    pub(crate) frames: Allowance,
    /// Directory news could not be sent: all of it is due when there is room.
    pub(crate) directory_missed: bool,
    /// Peers whose place changed while there was no room to say so.
    pub(crate) presence_missed: BTreeSet<PeerId>,
}

impl Peer {
    pub(crate) fn new(visitor: Visitor, reads_personal: bool, feed: Feed, now: TimestampMs, limits: &Limits) -> Self {
        Self {
            visitor,
            reads_personal,
            feed,
            under_way_bytes: 0,
            unsaved_changes: 0,
            unsaved_bytes: 0,
            frames: Allowance::new(limits.frames_burst, now),
            directory_missed: false,
            presence_missed: BTreeSet::new(),
        }
    }

    /// Whether a frame of this length fits into the budget; an idle peer takes any.
    pub(crate) const fn has_room(&self, bytes: usize, limits: &Limits) -> bool {
        self.under_way_bytes == 0 || self.under_way_bytes.saturating_add(bytes) <= limits.send_budget_bytes
    }

    /// Whether so little is under way that the next piece should be read.
    pub(crate) const fn wants_more(&self, limits: &Limits) -> bool {
        self.under_way_bytes <= limits.send_budget_bytes / 2
    }
}

/// All connections of a room, by their number.
pub(crate) type Peers = BTreeMap<PeerId, Peer>;

/// Sends a frame to a peer and counts its bytes.
pub(crate) fn send(outputs: &mut Outputs, id: PeerId, peer: &mut Peer, bytes: &Bytes) {
    peer.under_way_bytes = peer.under_way_bytes.saturating_add(bytes.len());
    outputs.push(Output::Send {
        peer: id,
        bytes: bytes.clone(),
    });
}

/// How many frames a peer may still send now: a bucket that fills with time.
#[derive(Debug)]
pub(crate) struct Allowance {
    /// Thousandths of a frame.
    left_milli: u64,
    filled_at: TimestampMs,
}

impl Allowance {
    const FRAME_MILLI: u64 = 1_000;

    fn new(burst: u32, now: TimestampMs) -> Self {
        Self {
            left_milli: u64::from(burst) * Self::FRAME_MILLI,
            filled_at: now,
        }
    }

    /// Takes one frame out of the bucket; false when it is empty.
    pub(crate) fn take(&mut self, now: TimestampMs, limits: &Limits) -> bool {
        // A clock that goes back fills nothing.
        let elapsed_ms = u64::try_from(now.0.saturating_sub(self.filled_at.0)).unwrap_or(0);
        let filled = elapsed_ms.saturating_mul(u64::from(limits.frames_per_second));
        let full = u64::from(limits.frames_burst) * Self::FRAME_MILLI;
        self.left_milli = self.left_milli.saturating_add(filled).min(full);
        // Also back: who waited for the old time to come again would wait for years, were the clock ahead by so much.
        self.filled_at = now;
        match self.left_milli.checked_sub(Self::FRAME_MILLI) {
            Some(left) => {
                self.left_milli = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_empties_and_fills_with_time() {
        let limits = Limits {
            frames_per_second: 10,
            frames_burst: 3,
            ..Limits::default()
        };
        let mut allowance = Allowance::new(limits.frames_burst, TimestampMs(0));
        let mut take = |at| allowance.take(TimestampMs(at), &limits);
        assert!(take(0) && take(0) && take(0));
        assert!(!take(0), "the burst is used up");
        assert!(take(100), "a tenth of a second is one frame");
        assert!(!take(100));
        assert!(!take(-5_000), "a clock that goes back gives nothing");
        assert!(take(-4_900), "and goes on from there");
        assert!(!take(-4_900));
        assert!(take(60_000) && take(60_000) && take(60_000));
        assert!(!take(60_000), "a long silence is worth no more than the burst");
    }
}
