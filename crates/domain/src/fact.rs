//! Facts: what an admitted change did to the plan, in the words of account planning. Projections fold them.

use serde::{Deserialize, Serialize};

use crate::ids::{PersonId, Seq, TimestampMs};
use crate::place::Cell;
use crate::value::Scalar;

/// One thing that a change did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The entry that did it, in the plan's stream.
    pub seq: Seq,
    /// When the server admitted it.
    pub at: TimestampMs,
    /// When the author's device says it was made; a claim, kept for "made offline about 14:05".
    pub claimed: TimestampMs,
    /// Who did it.
    pub author: PersonId,
    /// Where.
    pub cell: Cell,
    /// What.
    pub delta: Delta,
}

/// What happened at a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delta {
    /// The item was made. The cell's key is empty.
    ItemMade,
    /// A paragraph was made, empty. The cell is the paragraph's.
    ParagraphMade,
    /// The value that all replicas show went from `old` to `new` (equal when a concurrent write lost).
    Set {
        /// The winner before.
        old: Option<Scalar>,
        /// The winner after.
        new: Option<Scalar>,
        /// Other values that were written at the same time and stand beside the winner, in the order of their op ids.
        also: Vec<Scalar>,
    },
    /// Text of a paragraph was replaced.
    Text {
        /// Where, in UTF-16 units from the paragraph's start (as the browser counts), in the text as it was just
        /// before this span.
        at: u32,
        /// What was taken out.
        old: String,
        /// What was put in.
        new: String,
    },
}
