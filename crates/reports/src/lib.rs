//! Read models: pure folds of facts. What a list, a report or a history shows comes from here, never from a document.
//!
//! A [`Projection`] is a serialisable state that takes one fact after the other; [`Folded`] keeps it together with the
//! position it was folded up to. Folding everything anew gives what live folding gave: a test holds it.

mod actions;
mod history;
mod projection;
mod summary;

pub use actions::{Action, ActionState, ActionTracker, DUE_SOON_DAYS, Slip};
pub use history::{HistoryKey, ItemKey};
pub use projection::{Folded, Projection, StateError};
pub use summary::{LastChange, PlanSummary};

#[cfg(test)]
mod tests;
