//! Who takes part in a plan: members, roles, the stage, invitations.

use domain::{PersonId, PlanId, Role, Stage, TimestampMs};
use serde::Deserialize;
use serde_json::json;

use super::{ApiError, get, send};

/// Who takes part in a plan.
#[expect(clippy::struct_field_names, reason = "as the server says it")]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Members {
    /// The plan's stage.
    pub(crate) stage: Stage,
    /// What I am in it.
    #[serde(default)]
    pub(crate) you: Option<Role>,
    /// What everyone of the workspace is in it who has no role of their own.
    #[serde(default)]
    pub(crate) everyone: Option<Role>,
    /// Those with a role of their own, and managers of a team that the plan is assigned to.
    pub(crate) members: Vec<Member>,
    /// Those who were invited; empty for who may not invite.
    #[serde(default)]
    pub(crate) invitations: Vec<Invited>,
}

/// One who takes part.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Member {
    /// Who.
    pub(crate) person: PersonId,
    /// Their name.
    pub(crate) name: String,
    /// Their address.
    #[serde(default)]
    pub(crate) email: String,
    /// What they are.
    pub(crate) role: Role,
    /// How they came to it.
    #[serde(default)]
    pub(crate) via: Via,
    /// Whether they can sign in.
    #[serde(default = "yes")]
    pub(crate) active: bool,
}

/// How a person came to their role.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Via {
    /// They were given it.
    #[default]
    Member,
    /// As a manager of the team that the plan is assigned to.
    Team,
}

/// One who was invited.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Invited {
    /// Who.
    pub(crate) person: PersonId,
    /// Their name.
    #[serde(default)]
    pub(crate) name: String,
    /// Their address.
    #[serde(default)]
    pub(crate) email: String,
    /// What they are to be.
    pub(crate) role: Role,
    /// What was written to them.
    #[serde(default)]
    pub(crate) note: Option<String>,
    /// When.
    pub(crate) at: TimestampMs,
    /// What they said; None while they have not.
    #[serde(default)]
    pub(crate) reply: Option<Reply>,
    /// What they wrote with it.
    #[serde(default)]
    pub(crate) reply_note: Option<String>,
}

/// An answer to an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    /// They come.
    Accepted,
    /// They do not.
    Declined,
}

impl Reply {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Declined => "declined",
        }
    }
}

/// An invitation to me that I have not answered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Invitation {
    /// To which plan.
    pub(crate) plan: PlanId,
    /// Its name.
    pub(crate) plan_name: String,
    /// What I am to be.
    pub(crate) role: Role,
    /// What was written to me.
    #[serde(default)]
    pub(crate) note: Option<String>,
    /// Who invites me.
    #[serde(default)]
    pub(crate) by_name: Option<String>,
}

const fn yes() -> bool {
    true
}

/// Who takes part in a plan.
pub(crate) async fn members(plan: PlanId) -> Result<Members, ApiError> {
    get(&format!("/plans/{plan}/members")).await
}

/// Gives a person a role.
pub(crate) async fn give_role(plan: PlanId, person: PersonId, role: Role) -> Result<(), ApiError> {
    let path = format!("/plans/{plan}/members/{person}");
    send("PUT", &path, &json!({ "role": role })).await.map(drop)
}

/// Takes a person's role away.
pub(crate) async fn take_role(plan: PlanId, person: PersonId) -> Result<(), ApiError> {
    let path = format!("/plans/{plan}/members/{person}");
    send("DELETE", &path, &json!({})).await.map(drop)
}

/// Says what everyone of the workspace is in a plan.
pub(crate) async fn set_everyone(plan: PlanId, role: Option<Role>) -> Result<(), ApiError> {
    let path = format!("/plans/{plan}/everyone");
    send("PUT", &path, &json!({ "role": role })).await.map(drop)
}

/// Sets a plan's stage.
pub(crate) async fn set_stage(plan: PlanId, stage: Stage) -> Result<(), ApiError> {
    let path = format!("/plans/{plan}/stage");
    send("PUT", &path, &json!({ "stage": stage })).await.map(drop)
}

/// Invites a person by their address.
pub(crate) async fn invite(plan: PlanId, email: &str, name: &str, role: Role, note: &str) -> Result<(), ApiError> {
    let path = format!("/plans/{plan}/invitations");
    let body = json!({ "email": email, "name": name, "role": role, "note": note });
    send("POST", &path, &body).await.map(drop)
}

/// Takes an invitation back.
pub(crate) async fn withdraw(plan: PlanId, person: PersonId) -> Result<(), ApiError> {
    let path = format!("/plans/{plan}/invitations/{person}");
    send("DELETE", &path, &json!({})).await.map(drop)
}

/// The invitations to me that I have not answered.
pub(crate) async fn invitations() -> Result<Vec<Invitation>, ApiError> {
    get("/invitations").await
}

/// Answers an invitation.
pub(crate) async fn answer(plan: PlanId, reply: Reply, note: &str) -> Result<(), ApiError> {
    let body = json!({ "reply": reply.as_str(), "note": note });
    send("POST", &format!("/invitations/{plan}"), &body).await.map(drop)
}
