//! The people and teams of the workspace, for its administrators.

use domain::PersonId;
use serde::Deserialize;
use serde_json::json;

use super::{ApiError, get, send};

/// A person of the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each may be so whatever the others are")]
pub(crate) struct Account {
    /// Who.
    pub(crate) id: PersonId,
    /// Their name.
    pub(crate) name: String,
    /// Their address.
    pub(crate) email: String,
    /// Whether they run the workspace.
    pub(crate) administrator: bool,
    /// Whether they see the plans that they are named in and no other.
    #[serde(default)]
    pub(crate) guest: bool,
    /// Whether they can sign in.
    pub(crate) active: bool,
    /// Whether they ever did, or a program in their name.
    #[serde(default = "yes")]
    pub(crate) came: bool,
}

const fn yes() -> bool {
    true
}

/// A team.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Team {
    /// Which.
    pub(crate) id: String,
    /// What it is called.
    pub(crate) name: String,
    /// Who is in it.
    #[serde(default)]
    pub(crate) members: Vec<TeamMember>,
}

/// One of a team.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct TeamMember {
    /// Who.
    pub(crate) person: PersonId,
    /// Whether they manage it: they read the plans that are assigned to it.
    #[serde(default)]
    pub(crate) manager: bool,
}

/// Everyone, those who can no longer sign in too.
pub(crate) async fn accounts() -> Result<Vec<Account>, ApiError> {
    get("/administration/people").await
}

/// Adds a person.
pub(crate) async fn add(email: &str, name: &str, administrator: bool) -> Result<(), ApiError> {
    let body = json!({ "email": email, "name": name, "administrator": administrator });
    send("POST", "/administration/people", &body).await.map(drop)
}

/// Makes a person an administrator, or none any more.
pub(crate) async fn set_administrator(person: PersonId, administrator: bool) -> Result<(), ApiError> {
    patch(person, &json!({ "administrator": administrator })).await
}

/// Makes a person a guest, or none any more.
pub(crate) async fn set_guest(person: PersonId, guest: bool) -> Result<(), ApiError> {
    patch(person, &json!({ "guest": guest })).await
}

/// Ends or gives back a person's way in.
pub(crate) async fn set_active(person: PersonId, active: bool) -> Result<(), ApiError> {
    patch(person, &json!({ "active": active })).await
}

/// Takes a person away who has never come.
pub(crate) async fn remove(person: PersonId) -> Result<(), ApiError> {
    let path = format!("/administration/people/{person}");
    send("DELETE", &path, &json!({})).await.map(drop)
}

async fn patch(person: PersonId, body: &serde_json::Value) -> Result<(), ApiError> {
    let path = format!("/administration/people/{person}");
    send("PATCH", &path, body).await.map(drop)
}

/// All teams.
pub(crate) async fn teams() -> Result<Vec<Team>, ApiError> {
    get("/teams").await
}

/// Makes a team.
pub(crate) async fn make_team(name: &str) -> Result<(), ApiError> {
    send("POST", "/teams", &json!({ "name": name })).await.map(drop)
}

/// Gives a team another name.
pub(crate) async fn rename_team(team: &str, name: &str) -> Result<(), ApiError> {
    let path = format!("/teams/{team}");
    send("PATCH", &path, &json!({ "name": name })).await.map(drop)
}

/// Takes a team away.
pub(crate) async fn remove_team(team: &str) -> Result<(), ApiError> {
    send("DELETE", &format!("/teams/{team}"), &json!({})).await.map(drop)
}

/// Puts a person into a team, as a manager or not.
pub(crate) async fn set_team_member(team: &str, person: PersonId, manager: bool) -> Result<(), ApiError> {
    let path = format!("/teams/{team}/members/{person}");
    send("PUT", &path, &json!({ "manager": manager })).await.map(drop)
}

/// Takes a person out of a team.
pub(crate) async fn remove_team_member(team: &str, person: PersonId) -> Result<(), ApiError> {
    let path = format!("/teams/{team}/members/{person}");
    send("DELETE", &path, &json!({})).await.map(drop)
}
