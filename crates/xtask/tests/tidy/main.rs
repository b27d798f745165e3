//! The rules of this code base that a machine can check. Each has its reason beside it.

mod dependencies;
mod flags;
mod functions;
mod invariants;
mod sources;
mod texts;
