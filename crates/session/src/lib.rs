//! The client's core: a replica of one plan, the edits that are not saved yet, the connection, rejected edits, undo.
//! No I/O, no clock, no randomness of its own; native and wasm alike.
//!
//! The contract: give one input (`handle_*`, or a verb such as [`Session::edit`]), then take outputs with
//! [`Session::poll_output`] until it gives [`Output::Timeout`] or nothing. The timeout comes last and replaces the one
//! before.
//!
//! An edit is in one of three states: _waiting_ (made here, not known to be on the server's disk), _saved_, _rejected_.
//! Nothing leaves the first state except by the server's word.

mod backoff;
mod check;
mod directory;
mod edits;
mod frames;
mod intake;
mod keys;
mod limits;
mod opening;
mod outbox;
mod presence;
mod recovery;
mod safe;
mod session;
mod timers;
mod types;
mod undo;

pub use outbox::Own;
pub use session::Session;
pub use types::{CellState, Config, Connection, Event, Output, RejectedEdit, UndoOutcome};
