//! Who owes a plan, until when, and whose managers look after it.

use domain::{PersonId, PlanId};
use serde::Deserialize;
use serde_json::json;

use super::{ApiError, get, send};

/// Who owes a plan.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Assignment {
    /// Who.
    pub(crate) to: PersonId,
    /// The team whose managers read it.
    #[serde(default)]
    pub(crate) team: Option<String>,
    /// Until when, as an ISO day.
    #[serde(default)]
    pub(crate) due: Option<String>,
}

/// A plan, as those see it who run the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ManagedPlan {
    /// Which.
    pub(crate) id: PlanId,
    /// Its name.
    pub(crate) name: String,
    /// Whether it was put away.
    #[serde(default)]
    pub(crate) archived: bool,
    /// Its client executives who can sign in.
    #[serde(default)]
    pub(crate) executives: Vec<PersonId>,
    /// Who owes it.
    #[serde(default)]
    pub(crate) assignment: Option<Assignment>,
}

/// Who owes a plan; None: nobody.
pub(crate) async fn assignment(plan: PlanId) -> Result<Option<Assignment>, ApiError> {
    get(&path(plan)).await
}

/// Says who owes a plan.
pub(crate) async fn assign(plan: PlanId, to: &Assignment) -> Result<(), ApiError> {
    let body = json!({ "to": to.to, "team": to.team, "due": to.due });
    send("PUT", &path(plan), &body).await.map(drop)
}

/// Says that nobody owes a plan.
pub(crate) async fn unassign(plan: PlanId) -> Result<(), ApiError> {
    send("DELETE", &path(plan), &json!({})).await.map(drop)
}

/// All plans, for administrators.
pub(crate) async fn all_plans() -> Result<Vec<ManagedPlan>, ApiError> {
    get("/administration/plans").await
}

fn path(plan: PlanId) -> String {
    format!("/plans/{plan}/assignment")
}
