//! History and time travel: what changed, who did it, and the plan as it was on any day.
//!
//! A part of the program of its own (see `lazy`): the browser loads it when a page first needs it. What every plan's page
//! needs of it is small: the words, the difference of texts, and the seam in `store::past`, by which all views read the
//! past instead of the present.

#![allow(
    clippy::large_types_passed_by_value,
    reason = "the way through the past is a set of handles that closures take by copy; in release builds it is half as large"
)]

mod bouts;
mod changes;
mod confirm;
mod erasures;
mod filter;
mod filter_bar;
mod page;
mod restore;
mod scale;
mod since;
pub(crate) mod splices;
mod times;
mod track;
mod travel;
pub(crate) mod words;

pub(crate) use page::HistoryPage;
pub(crate) use since::Since;
pub(crate) use times::Times;
