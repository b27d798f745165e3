//! The rules of this code base that a machine can check. Each has its reason beside it.

mod dependencies;
mod functions;
mod invariants;
mod sources;
mod texts;
