//! A refusal, as its author hears it and as the audit keeps it.
//!
//! The author is told in full, by the name that they used. What is kept stands in the journal for good, in each backup, and
//! after whatever is erased: it has none of the author's own words.

use domain::ChangeHash;
use plan::Refusal;
use protocol::{Reason, Rejected};

/// A change that was refused.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) rejected: Rejected,
    /// For the audit: why the author may not write it. Nothing, where it was refused for another reason.
    pub(crate) record: Option<String>,
}

impl Refused {
    /// For a reason in the server's own words.
    pub(crate) fn plainly(hash: ChangeHash, reason: Reason) -> Self {
        let record = match &reason {
            Reason::Denied(why) | Reason::Sealed(why) => Some(why.clone()),
            Reason::Malformed(_) | Reason::Inconsistent(_) | Reason::AfterRejected | Reason::Unavailable(_) => None,
        };
        Self {
            rejected: Rejected { hash, reason },
            record,
        }
    }

    /// By the guard or the policy.
    pub(crate) fn by(hash: ChangeHash, refusal: &Refusal) -> Self {
        let reason = reason_of(refusal);
        match refusal {
            Refusal::Denied(denied) => Self {
                rejected: Rejected { hash, reason },
                record: Some(denied.in_known_words()),
            },
            _ => Self::plainly(hash, reason),
        }
    }
}

/// What the author is told.
pub(crate) fn reason_of(refusal: &Refusal) -> Reason {
    match refusal {
        Refusal::Denied(denied) => Reason::Denied(denied.to_string()),
        Refusal::Sealed(error) => Reason::Sealed(error.to_string()),
        other => Reason::Inconsistent(other.to_string()),
    }
}
