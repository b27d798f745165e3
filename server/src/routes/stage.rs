//! Where a plan stands.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::{PlanId, Right, Stage};
use serde::Deserialize;
use utoipa::ToSchema;
use workspace::Command;

use super::rights;
use crate::app::App;
use crate::auth::Caller;
use crate::body::Body;
use crate::openapi::problems::Conflict;
use crate::openapi::{PlanPath, shapes};
use crate::problem::ApiError;

/// A stage to go to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetStage {
    /// Which.
    #[schema(value_type = shapes::Stage)]
    stage: Stage,
}

#[utoipa::path(
    put,
    path = "/plans/{plan}/stage",
    operation_id = "setStage",
    tag = "plans",
    summary = "Take a plan to another stage",
    description = "It decides which sections the team writes in; pages that are open are told at once.",
    params(PlanPath),
    request_body(content = SetStage, example = json!({ "stage": "workshop" })),
    responses((status = 204, description = "There."), (status = 409, response = Conflict))
)]
/// `PUT /api/v1/plans/{plan}/stage`
pub(super) async fn set(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
    Body(to): Body<SetStage>,
) -> Result<StatusCode, ApiError> {
    let Path(plan) = plan?;
    let command = Command::SetStage {
        plan,
        stage: to.stage,
        by: caller.person,
    };
    rights::done_in(&app, &caller, plan, Right::SetStage, command).await
}
