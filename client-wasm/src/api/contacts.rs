//! What is personal about the customer's people: made unreadable for good, or reported.

use domain::{ItemId, PersonId, PlanId, Seal, TimestampMs};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ApiError, get, send};

/// What of a contact is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErasedPart {
    /// Everything personal.
    Contact,
    /// What was noted about their personality.
    Personality,
}

impl ErasedPart {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Personality => "personality",
        }
    }
}

/// A key that was destroyed, and what was sealed with it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Erasure {
    /// Of which contact.
    pub(crate) item: ItemId,
    /// Which of the keys.
    pub(crate) seal: Seal,
    /// When.
    pub(crate) at: TimestampMs,
    /// By whom.
    pub(crate) by: PersonId,
}

#[derive(Deserialize)]
struct Erasures {
    erasures: Vec<Erasure>,
}

/// What was erased in a plan.
pub(crate) async fn erasures(plan: PlanId) -> Result<Vec<Erasure>, ApiError> {
    let answer: Erasures = get(&format!("/plans/{plan}/erasures")).await?;
    Ok(answer.erasures)
}

/// Makes it unreadable for good.
pub(crate) async fn erase(plan: PlanId, item: ItemId, part: ErasedPart) -> Result<(), ApiError> {
    let path = format!("/plans/{plan}/contacts/{item}/erase");
    send("POST", &path, &json!({ "part": part.as_str() })).await.map(drop)
}

/// All that is held about a contact, for who asks for it by right.
pub(crate) async fn held(plan: PlanId, item: ItemId) -> Result<Value, ApiError> {
    get(&format!("/plans/{plan}/contacts/{item}/held")).await
}
