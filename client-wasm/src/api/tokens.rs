//! API tokens: mine, and for administrators everybody's.

use domain::{PersonId, PlanId, TimestampMs};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{ApiError, get, read, send};

/// What a token lets a program do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scope {
    /// Read plans, their history and reports.
    Read,
    /// Read what is personal about the customer's people, too.
    Personal,
    /// Write in plans.
    Write,
    /// Members, invitations, stages.
    Manage,
    /// Read the audit.
    Audit,
}

impl Scope {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [Self::Read, Self::Personal, Self::Write, Self::Manage, Self::Audit];
}

/// A token, without its secret: that is shown once, when it is made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Token {
    /// Which.
    pub(crate) id: String,
    /// Whose it is, where they are everybody's.
    #[serde(default)]
    pub(crate) person: Option<PersonId>,
    /// What it was called.
    pub(crate) name: String,
    /// What it lets a program do.
    #[serde(default)]
    pub(crate) scopes: Vec<Scope>,
    /// In which plans; None for all that its person can open.
    #[serde(default)]
    pub(crate) plans: Option<Vec<PlanId>>,
    /// When it was made.
    #[serde(default)]
    pub(crate) made_at: Option<TimestampMs>,
    /// When it ends; None for never.
    #[serde(default)]
    pub(crate) expires: Option<TimestampMs>,
    /// When it was last used; None for not since the server was started.
    #[serde(default)]
    pub(crate) last_used: Option<TimestampMs>,
}

/// A token that was just made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Made {
    /// What a program signs in with.
    pub(crate) secret: String,
}

/// My tokens.
pub(crate) async fn tokens() -> Result<Vec<Token>, ApiError> {
    get("/tokens").await
}

/// Everybody's tokens.
pub(crate) async fn all() -> Result<Vec<Token>, ApiError> {
    get("/administration/tokens").await
}

/// Makes a token.
pub(crate) async fn make(
    name: &str,
    scopes: &[Scope],
    plans: Option<&[PlanId]>,
    expires: Option<TimestampMs>,
) -> Result<Made, ApiError> {
    let body = json!({ "name": name, "scopes": scopes, "plans": plans, "expires": expires });
    read(send("POST", "/tokens", &body).await?).await
}

/// Ends a token: mine, or, for administrators, anybody's.
pub(crate) async fn revoke(id: &str) -> Result<(), ApiError> {
    send("DELETE", &format!("/tokens/{id}"), &json!({})).await.map(drop)
}
