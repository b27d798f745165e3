//! Who owes a plan, until when, and whose managers look after it.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::ids::TeamId;
use domain::{PersonId, PlanId, Right, TimestampMs};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workspace::{Assignment, Command};

use super::rights;
use crate::app::App;
use crate::auth::Caller;
use crate::body::Body;
use crate::openapi::PlanPath;
use crate::openapi::problems::{Conflict, Unprocessable};
use crate::problem::ApiError;

/// Who owes a plan.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AssignmentView {
    /// Who.
    #[schema(value_type = Uuid)]
    to: PersonId,
    /// The team whose managers read it.
    #[schema(value_type = Option<Uuid>, required)]
    team: Option<TeamId>,
    /// Until when, as an ISO day.
    #[schema(required)]
    due: Option<String>,
    /// By whom.
    #[schema(value_type = Uuid)]
    by: PersonId,
    /// When it was said, in milliseconds since 1970.
    #[schema(value_type = i64)]
    at: TimestampMs,
}

/// Who is to owe it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Assign {
    /// Who: a person who reads the plan.
    #[schema(value_type = Uuid)]
    to: PersonId,
    /// The team whose managers read it.
    #[schema(value_type = Option<Uuid>)]
    team: Option<TeamId>,
    /// Until when, as an ISO day.
    due: Option<String>,
}

#[utoipa::path(
    get,
    path = "/plans/{plan}/assignment",
    operation_id = "readAssignment",
    tag = "plans",
    summary = "Who owes a plan; null: nobody",
    params(PlanPath),
    responses((status = 200, description = "Who.", body = Option<AssignmentView>, example = json!({
        "to": "019ab0c2-6f00-7000-8000-00000000000a", "team": null, "due": "2026-12-24",
        "by": "019ab0c2-6f00-7000-8000-00000000000b", "at": 1_795_305_600_000_i64
    })))
)]
/// `GET /api/v1/plans/{plan}/assignment`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
) -> Result<Json<Option<AssignmentView>>, ApiError> {
    let Path(plan) = plan?;
    let state = app.directory.state();
    let reads = caller.standing_in(&state, plan).is_some();
    if !reads && rights::administrator(&state, &caller).is_err() {
        return Err(ApiError::NotFound("plan"));
    }
    let record = state.plan(plan).ok_or(ApiError::NotFound("plan"))?;
    Ok(Json(record.assignment.as_ref().map(view)))
}

pub(super) fn view(assignment: &Assignment) -> AssignmentView {
    AssignmentView {
        to: assignment.to,
        team: assignment.team,
        due: assignment.due.clone(),
        by: assignment.by,
        at: assignment.at,
    }
}

#[utoipa::path(
    put,
    path = "/plans/{plan}/assignment",
    operation_id = "assignPlan",
    tag = "plans",
    summary = "Say who owes a plan, until when, and whose managers look after it",
    params(PlanPath),
    request_body(content = Assign, example = json!({
        "to": "019ab0c2-6f00-7000-8000-00000000000a", "team": null, "due": "2026-12-24"
    })),
    responses(
        (status = 204, description = "Said."),
        (status = 409, response = Conflict),
        (status = 422, response = Unprocessable),
    )
)]
/// `PUT /api/v1/plans/{plan}/assignment`
pub(super) async fn assign(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
    Body(assign): Body<Assign>,
) -> Result<StatusCode, ApiError> {
    let Path(plan) = plan?;
    let command = Command::AssignPlan {
        plan,
        to: assign.to,
        team: assign.team,
        due: assign.due,
        by: caller.person,
    };
    rights::done_in(&app, &caller, plan, Right::ManageMembers, command).await
}

#[utoipa::path(
    delete,
    path = "/plans/{plan}/assignment",
    operation_id = "unassignPlan",
    tag = "plans",
    summary = "Say that nobody owes a plan any more",
    params(PlanPath),
    responses((status = 204, description = "Said."))
)]
/// `DELETE /api/v1/plans/{plan}/assignment`
pub(super) async fn unassign(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path(plan) = plan?;
    let by = caller.person;
    let command = Command::UnassignPlan { plan, by };
    rights::done_in(&app, &caller, plan, Right::ManageMembers, command).await
}
