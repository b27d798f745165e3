//! What the guard answers.

use std::borrow::Cow;

use domain::{Cell, Delta, Denied, Fact, PersonId, Seq, TimestampMs};

use crate::seal::SealError;

/// What an admitted change did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// What happened, in the order of the change's operations.
    pub deltas: Vec<(Cell, Delta)>,
    /// When its author's device says it was made.
    pub claimed: TimestampMs,
}

impl Admitted {
    /// The facts, once the entry has its place and time.
    pub fn facts(self, seq: Seq, at: TimestampMs, author: PersonId) -> Vec<Fact> {
        let claimed = self.claimed;
        let fact = |(cell, delta)| Fact {
            seq,
            at,
            claimed,
            author,
            cell,
            delta,
        };
        self.deltas.into_iter().map(fact).collect()
    }
}

/// Why a change is not admitted. It has left no trace in the table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is there already: acknowledge it with that position.
    #[error("already admitted at {seq}")]
    Duplicate {
        /// Where.
        seq: Seq,
    },
    /// It does not follow from the past that it claims: a broken or lying client.
    #[error("the change does not fit the plan's history: {0}")]
    Inconsistent(Cow<'static, str>),
    /// It writes what its author may not write, or a value that does not fit.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// What is personal is not sealed as it must be.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// It would make the plan larger than allowed.
    #[error("{0}")]
    TooMany(Cow<'static, str>),
}
