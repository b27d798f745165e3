//! Asking people to take part in a plan, and their answers.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use domain::event::{Reply, Scope};
use domain::{PersonId, PlanId, Right, Role, TimestampMs};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workspace::Command;

use super::page::{Page, Part};
use super::rights;
use crate::app::App;
use crate::auth::Caller;
use crate::body::Body;
use crate::openapi::problems::{Conflict, Unprocessable};
use crate::openapi::{MemberPath, PlanPath, shapes};
use crate::problem::ApiError;
use crate::secret;

/// Whom to ask.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Invite {
    /// Their address. Who is new is added to the workspace as a guest.
    #[schema(max_length = 254)]
    email: String,
    /// Their name, should they be new; taken from the address when left out.
    #[serde(default)]
    #[schema(max_length = 120)]
    name: String,
    /// What they will be.
    #[schema(value_type = shapes::Role)]
    role: Role,
    /// Words to them.
    #[serde(default)]
    #[schema(max_length = 2000)]
    note: String,
}

/// An invitation of the one who asks.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Open {
    /// To which plan.
    #[schema(value_type = Uuid)]
    plan: PlanId,
    /// Its name.
    plan_name: String,
    /// What they will be.
    #[schema(value_type = shapes::Role)]
    role: Role,
    /// Words to them.
    note: String,
    /// By whom.
    #[schema(value_type = Uuid)]
    by: PersonId,
    /// Their name.
    by_name: String,
    /// When, in milliseconds since 1970.
    #[schema(value_type = i64)]
    at: TimestampMs,
}

/// An answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    /// `accepted` or `declined`.
    #[schema(value_type = shapes::Reply)]
    reply: Reply,
    /// Words.
    #[serde(default)]
    #[schema(max_length = 2000)]
    note: String,
}

#[utoipa::path(
    post,
    path = "/plans/{plan}/invitations",
    operation_id = "invite",
    tag = "members",
    summary = "Ask a person to take part in a plan",
    params(PlanPath),
    request_body(content = Invite, example = json!({
        "email": "bob@example.com", "name": "Bob", "role": "seller", "note": "Will you take part?"
    })),
    responses(
        (status = 204, description = "Asked."),
        (status = 409, response = Conflict),
        (status = 422, response = Unprocessable),
    )
)]
/// `POST /api/v1/plans/{plan}/invitations`
pub(super) async fn invite(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
    Body(invite): Body<Invite>,
) -> Result<StatusCode, ApiError> {
    let Path(plan) = plan?;
    let command = Command::Invite {
        plan,
        email: invite.email,
        name: invite.name,
        newcomer: PersonId(secret::new_uuid(app.clock.now())),
        role: invite.role,
        note: invite.note,
        by: caller.person,
    };
    rights::done_in(&app, &caller, plan, Right::ManageMembers, command).await
}

#[utoipa::path(
    delete,
    path = "/plans/{plan}/invitations/{person}",
    operation_id = "withdrawInvitation",
    tag = "members",
    summary = "Take back an invitation that was not accepted",
    params(MemberPath),
    responses((status = 204, description = "Taken back."))
)]
/// `DELETE /api/v1/plans/{plan}/invitations/{person}`
pub(super) async fn withdraw(
    State(app): State<Arc<App>>,
    caller: Caller,
    at: Result<Path<(PlanId, PersonId)>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path((plan, person)) = at?;
    let by = caller.person;
    let command = Command::WithdrawInvitation { plan, person, by };
    rights::done_in(&app, &caller, plan, Right::ManageMembers, command).await
}

#[utoipa::path(
    get,
    path = "/invitations",
    operation_id = "listInvitations",
    tag = "members",
    summary = "The invitations that the one who asks has not answered",
    description = "`after` names the plan.",
    params(Part),
    responses((status = 200, description = "Invitations, oldest first.", body = Vec<Open>,
        headers(("Link" = String, description = "The address of the next page, with `rel=\"next\"`, if there is one.")), example = json!([{
        "plan": "019ab0c2-6f00-7000-8000-000000000001", "plan_name": "Sonnenberg", "role": "seller",
        "note": "Will you take part?", "by": "019ab0c2-6f00-7000-8000-00000000000a", "by_name": "Ada", "at": 1_795_305_600_000_i64
    }])))
)]
/// `GET /api/v1/invitations`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Page<Open>, ApiError> {
    let Query(part) = part?;
    let state = app.directory.state();
    rights::in_scope_of_all(&state, &caller, Scope::Read)?;
    let mut open: Vec<Open> = state
        .plans()
        .iter()
        .filter(|(_, record)| !record.archived)
        .filter_map(|(plan, record)| {
            let invitation = record.invitations.get(&caller.person)?;
            let by_name = state.person(invitation.by).map(|person| person.name.clone());
            let is_open = invitation.answer.is_none() && workspace::invitation_holds(&state, *plan, invitation);
            is_open.then(|| Open {
                plan: *plan,
                plan_name: record.name.clone(),
                role: invitation.role,
                note: invitation.note.clone(),
                by: invitation.by,
                by_name: by_name.unwrap_or_default(),
                at: invitation.at,
            })
        })
        .collect();
    open.sort_by_key(|open| (open.at, open.plan));
    part.of("/invitations", open, |open| open.plan.0)
}

#[utoipa::path(
    post,
    path = "/invitations/{plan}",
    operation_id = "answerInvitation",
    tag = "members",
    summary = "Answer an invitation",
    params(PlanPath),
    request_body(content = Answer, example = json!({ "reply": "accepted", "note": "With pleasure." })),
    responses(
        (status = 204, description = "Answered."),
        (status = 409, response = Conflict),
        (status = 422, response = Unprocessable),
    )
)]
/// `POST /api/v1/invitations/{plan}`
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
    Body(answer): Body<Answer>,
) -> Result<StatusCode, ApiError> {
    let Path(plan) = plan?;
    let command = Command::AnswerInvitation {
        plan,
        person: caller.person,
        reply: answer.reply,
        note: answer.note,
        by: caller.person,
    };
    rights::done_in(&app, &caller, plan, Right::ManageMembers, command).await
}
