//! Teams: people, and who of them manages it and so reads its plans.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use domain::PersonId;
use domain::event::Scope;
use domain::ids::TeamId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workspace::{Command, TeamRecord};

use super::page::{Page, Part};
use super::rights;
use crate::app::App;
use crate::auth::Caller;
use crate::body::Body;
use crate::openapi::problems::{Conflict, Unprocessable};
use crate::openapi::{TeamMemberPath, TeamPath};
use crate::problem::ApiError;
use crate::secret;

/// A team.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Team {
    /// Its id.
    #[schema(value_type = Uuid)]
    id: TeamId,
    /// Its name.
    name: String,
    /// Who is in it.
    members: Vec<TeamMember>,
}

/// A person in a team.
#[derive(Debug, Serialize, ToSchema)]
struct TeamMember {
    /// Who.
    #[schema(value_type = Uuid)]
    person: PersonId,
    /// Whether they manage it.
    manager: bool,
}

/// A team's name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    /// The name.
    #[schema(min_length = 1, max_length = 120)]
    name: String,
}

/// What a person is to be in a team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// Whether they manage it, and so read the plans that are assigned to it.
    manager: bool,
}

fn view(id: TeamId, record: &TeamRecord) -> Team {
    let members = record.members.iter().map(|(person, manager)| TeamMember {
        person: *person,
        manager: *manager,
    });
    Team {
        id,
        name: record.name.clone(),
        members: members.collect(),
    }
}

#[utoipa::path(
    get,
    path = "/teams",
    operation_id = "listTeams",
    tag = "people",
    summary = "Teams: those one is in, for administrators all",
    params(Part),
    responses((status = 200, description = "Teams, by name.", body = Vec<Team>,
        headers(("Link" = String, description = "The address of the next page, with `rel=\"next\"`, if there is one.")), example = json!([{
        "id": "019ab0c2-6f00-7000-8000-0000000000aa", "name": "North",
        "members": [{ "person": "019ab0c2-6f00-7000-8000-00000000000a", "manager": true }]
    }])))
)]
/// `GET /api/v1/teams`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Page<Team>, ApiError> {
    let Query(part) = part?;
    let state = app.directory.state();
    rights::in_scope_of_all(&state, &caller, Scope::Read)?;
    let all = rights::administrator(&state, &caller).is_ok();
    let shown = state
        .teams()
        .iter()
        .filter(|(_, team)| all || team.members.contains_key(&caller.person));
    let mut teams: Vec<Team> = shown.map(|(id, record)| view(*id, record)).collect();
    teams.sort_by_cached_key(|team| (team.name.to_lowercase(), team.id));
    part.of("/teams", teams, |team| team.id.0)
}

#[utoipa::path(
    post,
    path = "/teams",
    operation_id = "makeTeam",
    tag = "people",
    summary = "Make a team",
    request_body(content = Named, example = json!({ "name": "North" })),
    responses(
        (status = 201, description = "Made.", body = Team, example = json!({
            "id": "019ab0c2-6f00-7000-8000-0000000000aa", "name": "North", "members": []
        })),
        (status = 409, response = Conflict),
        (status = 422, response = Unprocessable),
    )
)]
/// `POST /api/v1/teams`
pub(super) async fn make(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(named): Body<Named>,
) -> Result<(StatusCode, Json<Team>), ApiError> {
    let team = TeamId(secret::new_uuid(app.clock.now()));
    let (name, by) = (named.name, caller.person);
    rights::command(&app, &caller, Scope::Manage, Command::MakeTeam { team, name, by }).await?;
    one(&app, team).map(|view| (StatusCode::CREATED, Json(view)))
}

#[utoipa::path(
    patch,
    path = "/teams/{team}",
    operation_id = "renameTeam",
    tag = "people",
    summary = "Rename a team",
    params(TeamPath),
    request_body(content = Named, example = json!({ "name": "North and east" })),
    responses(
        (status = 200, description = "Renamed.", body = Team, example = json!({
            "id": "019ab0c2-6f00-7000-8000-0000000000aa", "name": "North and east", "members": []
        })),
        (status = 422, response = Unprocessable),
    )
)]
/// `PATCH /api/v1/teams/{team}`
pub(super) async fn rename(
    State(app): State<Arc<App>>,
    caller: Caller,
    team: Result<Path<TeamId>, PathRejection>,
    Body(named): Body<Named>,
) -> Result<Json<Team>, ApiError> {
    let Path(team) = team?;
    let (name, by) = (named.name, caller.person);
    rights::command(&app, &caller, Scope::Manage, Command::RenameTeam { team, name, by }).await?;
    one(&app, team).map(Json)
}

fn one(app: &App, team: TeamId) -> Result<Team, ApiError> {
    let state = app.directory.state();
    let record = state.team(team).ok_or(ApiError::NotFound("team"))?;
    Ok(view(team, record))
}

#[utoipa::path(
    delete,
    path = "/teams/{team}",
    operation_id = "removeTeam",
    tag = "people",
    summary = "Do away with a team; its plans stay with their people",
    params(TeamPath),
    responses((status = 204, description = "Gone."))
)]
/// `DELETE /api/v1/teams/{team}`
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    team: Result<Path<TeamId>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path(team) = team?;
    let by = caller.person;
    rights::done(&app, &caller, Scope::Manage, Command::RemoveTeam { team, by }).await
}

#[utoipa::path(
    put,
    path = "/teams/{team}/members/{person}",
    operation_id = "setTeamMember",
    tag = "people",
    summary = "Bring a person into a team, or make them something else in it",
    params(TeamMemberPath),
    request_body(content = Place, example = json!({ "manager": true })),
    responses(
        (status = 204, description = "There."),
        (status = 409, response = Conflict),
        (status = 422, response = Unprocessable),
    )
)]
/// `PUT /api/v1/teams/{team}/members/{person}`
pub(super) async fn set_member(
    State(app): State<Arc<App>>,
    caller: Caller,
    at: Result<Path<(TeamId, PersonId)>, PathRejection>,
    Body(place): Body<Place>,
) -> Result<StatusCode, ApiError> {
    let Path((team, person)) = at?;
    let command = Command::SetTeamMember {
        team,
        person,
        manager: place.manager,
        by: caller.person,
    };
    rights::done(&app, &caller, Scope::Manage, command).await
}

#[utoipa::path(
    delete,
    path = "/teams/{team}/members/{person}",
    operation_id = "removeTeamMember",
    tag = "people",
    summary = "Take a person out of a team",
    params(TeamMemberPath),
    responses((status = 204, description = "Gone."), (status = 422, response = Unprocessable))
)]
/// `DELETE /api/v1/teams/{team}/members/{person}`
pub(super) async fn remove_member(
    State(app): State<Arc<App>>,
    caller: Caller,
    at: Result<Path<(TeamId, PersonId)>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path((team, person)) = at?;
    let by = caller.person;
    let command = Command::RemoveTeamMember { team, person, by };
    rights::done(&app, &caller, Scope::Manage, command).await
}
