//! Who is what in a plan.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::event::Reply;
use domain::{PersonId, PlanId, Right, Role, Stage, TimestampMs};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workspace::{Command, Invitation, PersonRecord, PlanRecord};

use super::rights;
use crate::app::App;
use crate::auth::Caller;
use crate::body::Body;
use crate::openapi::problems::{Conflict, Unprocessable};
use crate::openapi::{MemberPath, PlanPath, shapes};
use crate::problem::ApiError;

/// Who takes part in a plan, and as what.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Members)]
pub(super) struct Roster {
    /// Where the plan stands.
    #[schema(value_type = shapes::Stage)]
    stage: Stage,
    /// What the one who asks is in it.
    #[schema(value_type = shapes::Role)]
    you: Role,
    /// What everyone of the workspace is in it who is not named; null: it is for its members only.
    #[schema(value_type = Option<shapes::Role>, required)]
    everyone: Option<Role>,
    /// Who is named, by name.
    members: Vec<Member>,
    /// Who was invited, for those who may invite; others see none.
    invitations: Vec<Invited>,
}

/// A person with a role.
#[derive(Debug, Serialize, ToSchema)]
struct Member {
    /// Who.
    #[schema(value_type = Uuid)]
    person: PersonId,
    /// Their name.
    name: String,
    /// Their address.
    email: String,
    /// What they are.
    #[schema(value_type = shapes::Role)]
    role: Role,
    /// Where that comes from.
    via: Via,
    /// Whether they can sign in; who cannot, has no part for now.
    active: bool,
    /// Whether they see the plans that they are named in, and no other.
    guest: bool,
}

/// Where a role comes from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Via {
    /// It was given to the person.
    Member,
    /// They manage the team that the plan is assigned to.
    Team,
}

/// Somebody who was asked to take part.
#[derive(Debug, Serialize, ToSchema)]
struct Invited {
    /// Who.
    #[schema(value_type = Uuid)]
    person: PersonId,
    /// Their name.
    name: String,
    /// Their address.
    email: String,
    /// What they will be.
    #[schema(value_type = shapes::Role)]
    role: Role,
    /// Words to them.
    note: String,
    /// By whom.
    #[schema(value_type = Uuid)]
    by: PersonId,
    /// When, in milliseconds since 1970.
    #[schema(value_type = i64)]
    at: TimestampMs,
    /// What they answered; null: nothing yet.
    #[schema(value_type = Option<shapes::Reply>, required)]
    reply: Option<Reply>,
    /// Their words.
    reply_note: Option<String>,
}

/// A role to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Give {
    /// Which.
    #[schema(value_type = shapes::Role)]
    role: Role,
}

/// What everyone is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Everyone {
    /// What: seller, political, expert or observer; null: the plan is for its members only.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(value_type = Option<shapes::Role>, required)]
    role: Option<Role>,
}

#[utoipa::path(
    get,
    path = "/plans/{plan}/members",
    operation_id = "listMembers",
    tag = "members",
    summary = "Who is what in a plan, and who is invited",
    params(PlanPath),
    responses((status = 200, description = "Members.", body = Roster, example = json!({
        "stage": "pre_work", "you": "client_executive", "everyone": null,
        "members": [{
            "person": "019ab0c2-6f00-7000-8000-00000000000a", "name": "Ada", "email": "ada@example.com",
            "role": "client_executive", "via": "member", "active": true, "guest": false
        }],
        "invitations": [{
            "person": "019ab0c2-6f00-7000-8000-00000000000b", "name": "Bob", "email": "bob@example.com", "role": "seller",
            "note": "Will you take part?", "by": "019ab0c2-6f00-7000-8000-00000000000a", "at": 1_795_305_600_000_i64,
            "reply": null, "reply_note": null
        }]
    })))
)]
/// `GET /api/v1/plans/{plan}/members`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
) -> Result<Json<Roster>, ApiError> {
    let Path(plan) = plan?;
    let state = app.directory.state();
    let standing = caller.standing_in(&state, plan).ok_or(ApiError::NotFound("plan"))?;
    let record = state.plan(plan).ok_or(ApiError::NotFound("plan"))?;
    let invitations = if caller.may(&state, plan, Right::ManageMembers) {
        invited(&state, record)
    } else {
        Vec::new()
    };
    Ok(Json(Roster {
        stage: standing.stage,
        you: standing.role,
        everyone: record.everyone,
        members: members(&state, plan, record),
        invitations,
    }))
}

fn members(state: &workspace::State, plan: PlanId, record: &PlanRecord) -> Vec<Member> {
    let named = state.access(plan).map(|access| access.roles).unwrap_or_default();
    let all = record.members.keys().chain(named.keys());
    let ids: std::collections::BTreeSet<PersonId> = all.copied().collect();
    let member = |id: PersonId| {
        let person = state.person(id)?;
        let own = record.members.get(&id).map(|member| member.role);
        let role = named.get(&id).copied().or(own)?;
        Some(Member {
            person: id,
            name: person.name.clone(),
            email: person.email.clone(),
            role,
            via: if own == Some(role) { Via::Member } else { Via::Team },
            active: person.active,
            guest: person.guest,
        })
    };
    let mut members: Vec<Member> = ids.into_iter().filter_map(member).collect();
    members.sort_by_cached_key(|member| (member.name.to_lowercase(), member.person));
    members
}

fn invited(state: &workspace::State, record: &PlanRecord) -> Vec<Invited> {
    let one = |(id, invitation): (&PersonId, &Invitation)| {
        let PersonRecord { name, email, .. } = state.person(*id)?;
        let answer = invitation.answer.as_ref();
        Some(Invited {
            person: *id,
            name: name.clone(),
            email: email.clone(),
            role: invitation.role,
            note: invitation.note.clone(),
            by: invitation.by,
            at: invitation.at,
            reply: answer.map(|answer| answer.reply),
            reply_note: answer.map(|answer| answer.note.clone()),
        })
    };
    record.invitations.iter().filter_map(one).collect()
}

#[utoipa::path(
    put,
    path = "/plans/{plan}/members/{person}",
    operation_id = "giveRole",
    tag = "members",
    summary = "Give a person a role in a plan, in place of the one they have",
    description = "It counts at once, on pages that are open too. Nobody gives more than they have; a plan whose client \
                   executives are all gone is given one by an administrator.",
    params(MemberPath),
    request_body(content = Give, example = json!({ "role": "seller" })),
    responses(
        (status = 204, description = "Given."),
        (status = 409, response = Conflict),
        (status = 422, response = Unprocessable),
    )
)]
/// `PUT /api/v1/plans/{plan}/members/{person}`
pub(super) async fn give(
    State(app): State<Arc<App>>,
    caller: Caller,
    at: Result<Path<(PlanId, PersonId)>, PathRejection>,
    Body(give): Body<Give>,
) -> Result<StatusCode, ApiError> {
    let Path((plan, person)) = at?;
    let command = Command::GiveRole {
        plan,
        person,
        role: give.role,
        by: caller.person,
    };
    rights::done_in(&app, &caller, plan, Right::ManageMembers, command).await
}

#[utoipa::path(
    delete,
    path = "/plans/{plan}/members/{person}",
    operation_id = "takeRole",
    tag = "members",
    summary = "Take a person's role in a plan, or lay down one's own",
    description = "It counts at once: pages of theirs that are open are sent away, unless they have a part in the plan otherwise.",
    params(MemberPath),
    responses(
        (status = 204, description = "Taken."),
        (status = 409, response = Conflict),
        (status = 422, response = Unprocessable),
    )
)]
/// `DELETE /api/v1/plans/{plan}/members/{person}`
pub(super) async fn take(
    State(app): State<Arc<App>>,
    caller: Caller,
    at: Result<Path<(PlanId, PersonId)>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path((plan, person)) = at?;
    let by = caller.person;
    let command = Command::TakeRole { plan, person, by };
    rights::done_in(&app, &caller, plan, Right::ManageMembers, command).await
}

#[utoipa::path(
    put,
    path = "/plans/{plan}/everyone",
    operation_id = "setEveryone",
    tag = "members",
    summary = "Say what everyone of the workspace is in a plan",
    params(PlanPath),
    request_body(content = Everyone, example = json!({ "role": "observer" })),
    responses((status = 204, description = "Said."), (status = 422, response = Unprocessable))
)]
/// `PUT /api/v1/plans/{plan}/everyone`
pub(super) async fn set_everyone(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
    Body(everyone): Body<Everyone>,
) -> Result<StatusCode, ApiError> {
    let Path(plan) = plan?;
    let command = Command::SetAccess {
        plan,
        everyone: everyone.role,
        by: caller.person,
    };
    rights::done_in(&app, &caller, plan, Right::ManageMembers, command).await
}
