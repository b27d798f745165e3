//! Websockets without a task for each side: a room writes straight into the sockets of its peers.
//!
//! A frame of a server carries no mask, so what goes to a hundred people is the same bytes, head and all: it is framed
//! once, and each socket costs the room one call to the system. Only what a socket does not take at once waits in its
//! [`Outbox`], and only then is there a task that writes. Reading is the connection's own task ([`Source`]), which holds no
//! buffer while nothing comes.
//!
//! With a library's websocket in between, a task to read and one to write, a delivered edit cost three times as much and
//! an idle connection four times the memory: ARCHITECTURE.md has the figures.

mod frames;
mod read;
mod upgrade;
mod write;

pub use frames::{Chunk, Message};
pub use read::{ReadError, Source};
pub use upgrade::{Socket, Upgrade};
pub use write::Outbox;
