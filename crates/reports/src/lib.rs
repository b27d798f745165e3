//! Read models: pure folds of facts. What a list, a report or a history shows comes from here, never from a document.
//!
//! A [`Projection`] is a serialisable state that takes one fact after the other; [`Folded`] keeps it together with the
//! position it was folded up to. Folding everything anew gives what live folding gave: a test holds it.

mod actions;
mod changes;
mod control;
mod history;
mod projection;
mod state;
mod summary;
mod telling;
pub mod words;

pub use actions::{Action, ActionState, ActionTracker, DUE_SOON_DAYS, Slip};
pub use changes::{Changes, FIELDS_MAX, FieldChange, ItemChanges, ItemLine, Plain, SectionChanges, changes};
pub use control::{ControlLine, Then, control_line, control_plan, is_for_inviters};
pub use domain::text_diff::{DiffPiece, text_diff};
pub use history::{HistoryKey, ItemKey};
pub use projection::{Folded, Projection, StateError};
pub use state::{Held, ItemState, PlanState, Stamp, byte_at, text_before};
pub use summary::{LastChange, PlanSummary};
pub use telling::fact_words;

#[cfg(test)]
mod tests;
