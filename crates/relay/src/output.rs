//! What a room wants done.

use std::collections::VecDeque;

use bytes::Bytes;
use domain::{ChangeHash, Fact, ItemKey, PersonId, Seq, TimestampMs};
use protocol::{Acked, Bye, PeerId, SnapshotInfo};

/// What the shell does for the room, in the order in which it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Append these to the plan's stream, all or none, and answer with [`crate::Room::handle_committed`] when they are on
    /// disk. There is one append under way at a time: what comes meanwhile is the next group.
    Append {
        /// The stream's last entry, as a fence.
        expect: Seq,
        /// The entries.
        entries: Vec<NewEntry>,
    },
    /// Store these keys of contacts where no backup of the journal takes them along, and answer with
    /// [`crate::Room::handle_keys_stored`] when they are on disk. No append comes before the answer: nothing is on disk
    /// that cannot be opened.
    StoreKeys(Vec<ItemKey>),
    /// Send a frame to a peer; report what its socket took with [`crate::Room::handle_drained`].
    Send {
        /// To whom.
        peer: PeerId,
        /// One encoded frame, shared by all it goes to.
        bytes: Bytes,
    },
    /// Read history from the journal and answer with [`crate::Room::handle_history`].
    Load {
        /// For whom.
        peer: PeerId,
        /// The first entry wanted.
        from: Seq,
        /// About how much.
        bytes_max: usize,
    },
    /// Read a piece of the snapshot and answer with [`crate::Room::handle_snapshot_bytes`].
    LoadSnapshot {
        /// For whom.
        peer: PeerId,
        /// Which snapshot; it must stay readable while somebody is sent it.
        info: SnapshotInfo,
        /// Where the piece begins.
        offset: u64,
        /// The piece's length at most.
        bytes_max: usize,
    },
    /// Send this last frame and close the socket. The room has forgotten the peer.
    Close {
        /// Whom.
        peer: PeerId,
        /// Why.
        bye: Bye,
    },
    /// What committed changes did to the plan, for the projections.
    Facts(Vec<Fact>),
    /// Changes were refused because their author may not write there; for the audit.
    Denied {
        /// Whose.
        person: PersonId,
        /// How many.
        count: u32,
        /// Why the first of them was.
        reason: String,
    },
    /// Changes of [`crate::Room::submit_as`] that are on disk now.
    Saved(Vec<Acked>),
    /// The room is of no more use: drop it and build it anew from the journal. Its peers are closed already.
    Failed(String),
    /// Call [`crate::Room::handle_timeout`] at this time. The last output of a drain; replaces the one before.
    Timeout(TimestampMs),
}

/// An entry to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Its name: the journal's key.
    pub hash: ChangeHash,
    /// When it was admitted; the journal never lets it be earlier than the stream's last.
    pub at: TimestampMs,
    /// The stored bytes of the entry.
    pub payload: Bytes,
}

/// Outputs that wait to be drained.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    queue: VecDeque<Output>,
    /// The drain after the current input has not named the deadline yet.
    deadline_due: bool,
}

impl Outputs {
    pub(crate) fn push(&mut self, output: Output) {
        self.queue.push_back(output);
    }

    /// A new input begins: its drain ends with the deadline.
    pub(crate) const fn begin(&mut self) {
        self.deadline_due = true;
    }

    pub(crate) fn poll(&mut self, deadline: Option<TimestampMs>) -> Option<Output> {
        if let Some(output) = self.queue.pop_front() {
            return Some(output);
        }
        let due = std::mem::take(&mut self.deadline_due);
        deadline.filter(|_| due).map(Output::Timeout)
    }
}
