//! What a session is told, tells and shows.

use std::sync::Arc;

use bytes::Bytes;
use domain::{ActorId, Cell, Denied, PersonId, PlanId, Schema, Seq, TimestampMs};
use plan::Edit;
use protocol::{Bye, PeerId, Reason};

/// What a session begins with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The plan.
    pub plan: PlanId,
    /// Who authors the changes: one actor per person, device and plan, used by one session at a time. Another one
    /// begins only after a rejection.
    pub actor: ActorId,
    /// What may be written.
    pub schema: Arc<Schema>,
    /// For jitter and for new actors: must differ from every other session's.
    pub seed: u64,
    /// For the keys of the contacts that are made here: bytes that nobody can foresee.
    pub entropy: [u8; 32],
}

/// What the shell does, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Open a connection, then call [`crate::Session::handle_connected`] or [`crate::Session::handle_disconnected`].
    Connect,
    /// Drop the connection; nothing needs to be answered.
    Disconnect,
    /// Send one frame.
    Send(Bytes),
    /// Tell the page.
    Event(Event),
    /// Call [`crate::Session::handle_timeout`] at this time. The last output; replaces the one before.
    Timeout(TimestampMs),
}

/// What the page is told. Each says what to read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The plan is there (again, when it had to be fetched anew): everything may be different.
    Ready,
    /// These cells have changed. An item that was made is its cell with an empty key.
    Touched(Vec<Cell>),
    /// [`crate::Session::connection`] or [`crate::Session::unavailable`] has changed.
    Connection,
    /// So many edits are not known to be saved.
    Unsaved(usize),
    /// [`crate::Session::rejected`] has changed.
    Rejected,
    /// These peers came, moved or went.
    Presence(Vec<PeerId>),
    /// [`crate::Session::people`] or the owners of actors have changed.
    People,
    /// [`crate::Session::standing`] has changed.
    Standing,
    /// The last entry that has been applied.
    Head(Seq),
}

/// How it stands with the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    /// The first connection is being opened.
    Connecting,
    /// Connected; what happened before or meanwhile is coming.
    CatchingUp,
    /// Connected, with everything there.
    Online,
    /// Not connected.
    Offline {
        /// Since when.
        since: TimestampMs,
        /// When the next try begins, or the last one began.
        retry_at: TimestampMs,
    },
    /// The server has ended it, and trying again is of no use.
    Ended(Bye),
}

/// How it stands with a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellState {
    /// What it shows is on the server's disk.
    Saved,
    /// An edit of it is not known to be saved.
    Waiting,
    /// An edit of it was refused: the index in [`crate::Session::rejected`].
    Rejected(usize),
}

/// Edits that the server refused, or that built upon such. Nothing of them is in the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedEdit {
    /// What was meant.
    pub edits: Vec<Edit>,
    /// Why not.
    pub reason: Reason,
    /// Where.
    pub cells: Vec<Cell>,
    /// When it was made.
    pub at: TimestampMs,
}

/// What became of an undo or a redo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UndoOutcome {
    /// Done, at these cells.
    Done(Vec<Cell>),
    /// There is nothing to take back.
    Nothing,
    /// I may not write there any more: nothing was done, and it can be taken back once I may again.
    Denied(Denied),
    /// Someone has written there since: nothing was done.
    ChangedSince {
        /// Where.
        cell: Cell,
        /// Who, if it is known.
        by: Option<PersonId>,
    },
}
