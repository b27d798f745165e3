//! A seeded world around the real cores: rooms, sessions, the segment journal, snapshots and read models are the ones
//! that run in production; clocks, network, disk and people are simulated, on one thread, from one seed.
//!
//! A run has three parts. For a while people edit while connections break, the server is killed, the disk fails and
//! clocks jump; what must hold at every moment is asserted at every step (`told`, `ledger`). Then the faults
//! stop, and within a bounded number of steps the world must come to rest. Then everything must be equal: all replicas,
//! the guard's tables, the read models, the snapshots, and a document that is built from the journal alone.
//!
//! What people and faults do is a list of operations, one a line ([`Script`]). A run that fails saves it; it can be
//! replayed, and shortened while it still fails.

mod acts;
mod backups;
mod cache;
mod check;
mod client;
mod config;
mod coverage;
mod directory;
mod edits;
mod judge;
mod ledger;
mod net;
mod ops;
mod roles;
mod rooms;
mod run;
mod schedule;
mod server;
mod session_shell;
mod tabs;
mod told;
mod trace;
mod world;

pub use coverage::{Coverage, Seen};
pub use ops::{Op, Script, ScriptError, Verb};
pub use run::{Failure, Outcome, replay, run, shorten};
