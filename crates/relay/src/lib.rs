//! The server core of live editing, without I/O: one [`Room`] for each plan that is open.
//!
//! A room takes one input (a `handle_*` verb), then the shell drains [`Room::poll_output`] until there is nothing left.
//! Every drain ends with [`Output::Timeout`] when the room wants to be woken later.
//!
//! What it holds: nothing is acknowledged or shown to others before the journal has it on disk; entries reach every peer
//! in order, without a gap or a repeat; no queue grows without bound; bytes from a client cannot panic it. It leaves to
//! the shell: sockets, files, the clock, and dropping the room after [`Output::Failed`].

mod access;
mod admission;
mod arrivals;
mod catch_up;
mod commit;
mod keys;
mod limits;
mod output;
mod peers;
mod presence;
mod refused;
mod room;
mod submit;

pub use access::{Access, Visitor};
pub use admission::{SubmitError, check_edit};
pub use catch_up::entries_frames;
pub use keys::keyring_frames;
pub use limits::{DIRECTORY_PER_FRAME_MAX, Limits};
pub use output::{NewEntry, Output};
pub use room::{APPEND_FAILED, Room, RoomInit, Unavailable};
