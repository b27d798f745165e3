//! For those who run the workspace: its people, and its plans by name. What stands in a plan is not theirs to read.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use domain::event::Scope;
use domain::{PersonId, PlanId, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workspace::{Command, PersonRecord};

use super::assignments::{self, AssignmentView};
use super::page::{Page, Part};
use super::rights;
use crate::app::App;
use crate::auth::Caller;
use crate::body::Body;
use crate::openapi::PersonPath;
use crate::openapi::problems::{Conflict, Unprocessable};
use crate::problem::ApiError;
use crate::secret;

/// A person, as those see them who run the workspace.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each may be so whatever the others are")]
pub(super) struct Managed {
    /// Who.
    #[schema(value_type = Uuid)]
    id: PersonId,
    /// Their name.
    name: String,
    /// Their address.
    email: String,
    /// Whether they run the workspace.
    administrator: bool,
    /// Whether they see the plans they have a role in and no other.
    guest: bool,
    /// Whether they can sign in.
    active: bool,
    /// Whether they have ever signed in, or a program in their name: who has not can be taken away.
    came: bool,
}

/// A plan, by name.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ManagedPlan {
    /// Its id.
    #[schema(value_type = Uuid)]
    id: PlanId,
    /// Its name.
    name: String,
    /// Whether it is put away.
    archived: bool,
    /// Its client executives who can sign in; none: an administrator may name one.
    #[schema(value_type = Vec<Uuid>)]
    executives: Vec<PersonId>,
    /// Who owes it.
    #[schema(required)]
    assignment: Option<AssignmentView>,
}

/// A new person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Add {
    /// Their address.
    #[schema(max_length = 254)]
    email: String,
    /// Their name; taken from the address when left out.
    #[serde(default)]
    #[schema(max_length = 120)]
    name: String,
    /// Whether they run the workspace.
    #[serde(default)]
    administrator: bool,
}

/// What is to be different about a person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    /// Whether they run the workspace.
    administrator: Option<bool>,
    /// Whether they see the plans they have a role in and no other.
    guest: Option<bool>,
    /// Whether they can sign in. Who cannot loses sessions, links and tokens at once; histories keep their name.
    active: Option<bool>,
}

fn view(id: PersonId, record: &PersonRecord) -> Managed {
    Managed {
        id,
        name: record.name.clone(),
        email: record.email.clone(),
        administrator: record.administrator,
        guest: record.guest,
        active: record.active,
        came: record.came,
    }
}

fn one(app: &App, person: PersonId) -> Result<Managed, ApiError> {
    let state = app.directory.state();
    let record = state.person(person).ok_or(ApiError::NotFound("person"))?;
    Ok(view(person, record))
}

#[utoipa::path(
    get,
    path = "/administration/people",
    operation_id = "listAllPeople",
    tag = "people",
    summary = "Everyone in the workspace, for administrators",
    params(Part),
    responses((status = 200, description = "People, by name.", body = Vec<Managed>,
        headers(("Link" = String, description = "The address of the next page, with `rel=\"next\"`, if there is one.")), example = json!([{
        "id": "019ab0c2-6f00-7000-8000-00000000000a", "name": "Ada", "email": "ada@example.com",
        "administrator": true, "guest": false, "active": true, "came": true
    }])))
)]
/// `GET /api/v1/administration/people`
pub(super) async fn people(
    State(app): State<Arc<App>>,
    caller: Caller,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Page<Managed>, ApiError> {
    let Query(part) = part?;
    let state = app.directory.state();
    rights::administrator(&state, &caller)?;
    let mut people: Vec<Managed> = state.people().iter().map(|(id, record)| view(*id, record)).collect();
    people.sort_by_cached_key(|person| (person.name.to_lowercase(), person.id));
    part.of("/administration/people", people, |person| person.id.0)
}

#[utoipa::path(
    post,
    path = "/administration/people",
    operation_id = "addPerson",
    tag = "people",
    summary = "Add a person to the workspace",
    request_body(content = Add, example = json!({ "email": "bob@example.com", "name": "Bob", "administrator": false })),
    responses(
        (status = 201, description = "Added.", body = Managed, example = json!({
            "id": "019ab0c2-6f00-7000-8000-00000000000b", "name": "Bob", "email": "bob@example.com",
            "administrator": false, "guest": false, "active": true, "came": false
        })),
        (status = 409, response = Conflict),
        (status = 422, response = Unprocessable),
    )
)]
/// `POST /api/v1/administration/people`
pub(super) async fn add(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(add): Body<Add>,
) -> Result<(StatusCode, Json<Managed>), ApiError> {
    let person = PersonId(secret::new_uuid(app.clock.now()));
    let command = Command::AddPerson {
        person,
        email: add.email,
        name: add.name,
        administrator: add.administrator,
        by: caller.person,
    };
    rights::command(&app, &caller, Scope::Manage, command).await?;
    one(&app, person).map(|view| (StatusCode::CREATED, Json(view)))
}

#[utoipa::path(
    patch,
    path = "/administration/people/{person}",
    operation_id = "changePerson",
    tag = "people",
    summary = "Let a person run the workspace, make them a guest, shut them out; or the other way round",
    params(PersonPath),
    request_body(content = Change, example = json!({ "active": false })),
    responses(
        (status = 200, description = "Changed.", body = Managed, example = json!({
            "id": "019ab0c2-6f00-7000-8000-00000000000b", "name": "Bob", "email": "bob@example.com",
            "administrator": false, "guest": false, "active": false, "came": true
        })),
        (status = 409, response = Conflict),
        (status = 422, response = Unprocessable),
    )
)]
/// `PATCH /api/v1/administration/people/{person}`
pub(super) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    person: Result<Path<PersonId>, PathRejection>,
    Body(change): Body<Change>,
) -> Result<Json<Managed>, ApiError> {
    let Path(person) = person?;
    let by = caller.person;
    rights::administrator(&app.directory.state(), &caller)?;
    // In before more, and less before out: who is shut out runs nothing.
    let mut commands = Vec::new();
    if change.active == Some(true) {
        commands.push(Command::ReactivatePerson { person, by });
    }
    if let Some(guest) = change.guest {
        commands.push(Command::SetGuest { person, guest, by });
    }
    if let Some(administrator) = change.administrator {
        commands.push(Command::SetAdministrator {
            person,
            administrator,
            by,
        });
    }
    if change.active == Some(false) {
        commands.push(Command::DeactivatePerson { person, by });
    }
    for command in commands {
        rights::command(&app, &caller, Scope::Manage, command).await?;
    }
    one(&app, person).map(Json)
}

#[utoipa::path(
    delete,
    path = "/administration/people/{person}",
    operation_id = "removePerson",
    tag = "people",
    summary = "Take a person away who has never come",
    description = "With their invitations and roles. Who has signed in once is shut out instead: histories name them.",
    params(PersonPath),
    responses(
        (status = 204, description = "Gone."),
        (status = 409, response = Conflict),
        (status = 422, response = Unprocessable),
    )
)]
/// `DELETE /api/v1/administration/people/{person}`
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    person: Result<Path<PersonId>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path(person) = person?;
    let by = caller.person;
    rights::administrator(&app.directory.state(), &caller)?;
    rights::command(&app, &caller, Scope::Manage, Command::RemovePerson { person, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(
    get,
    path = "/administration/plans",
    operation_id = "listAllPlans",
    tag = "plans",
    summary = "All plans by name, for administrators: to assign them, and to name who owns one that nobody owns",
    params(Part),
    responses((status = 200, description = "Plans, by name.", body = Vec<ManagedPlan>,
        headers(("Link" = String, description = "The address of the next page, with `rel=\"next\"`, if there is one.")), example = json!([{
        "id": "019ab0c2-6f00-7000-8000-000000000001", "name": "Sonnenberg", "archived": false,
        "executives": ["019ab0c2-6f00-7000-8000-00000000000a"], "assignment": null
    }])))
)]
/// `GET /api/v1/administration/plans`
pub(super) async fn plans(
    State(app): State<Arc<App>>,
    caller: Caller,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Page<ManagedPlan>, ApiError> {
    let Query(part) = part?;
    let state = app.directory.state();
    rights::administrator(&state, &caller)?;
    let executives = |plan: &workspace::PlanRecord| -> Vec<PersonId> {
        let named = plan.members.iter();
        let named = named.filter(|(_, member)| member.role == Role::ClientExecutive);
        let ids = named.map(|(person, _)| *person);
        ids.filter(|person| state.active_person(*person).is_some()).collect()
    };
    let mut plans: Vec<ManagedPlan> = state
        .plans()
        .iter()
        .map(|(id, record)| ManagedPlan {
            id: *id,
            name: record.name.clone(),
            archived: record.archived,
            executives: executives(record),
            assignment: record.assignment.as_ref().map(assignments::view),
        })
        .collect();
    plans.sort_by_cached_key(|plan| (plan.name.to_lowercase(), plan.id));
    part.of("/administration/plans", plans, |plan| plan.id.0)
}
