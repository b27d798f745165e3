//! Reports on a plan.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use chrono::NaiveDate;
use domain::{ItemId, PersonId, PlanId, Seq, TimestampMs};
use reports::{Action, ActionState, Slip};
use serde::Serialize;

use crate::app::App;
use crate::auth::Caller;
use crate::problem::ApiError;
use crate::read_models::Models;

/// The action tracker.
#[derive(Debug, Serialize)]
pub(super) struct ActionsReport {
    as_of_seq: Seq,
    today: NaiveDate,
    rows: Vec<ActionRow>,
}

#[derive(Debug, Serialize)]
struct ActionRow {
    item: ItemId,
    title: Option<String>,
    owner: Option<String>,
    due: Option<String>,
    status: Option<String>,
    state: ActionState,
    result: Option<String>,
    targets: BTreeSet<String>,
    done_at: Option<TimestampMs>,
    done_by: Option<PersonId>,
    slipped: Vec<Slip>,
    committed: bool,
}

/// `GET /api/v1/plans/{plan}/reports/actions`
pub(super) async fn actions(
    State(app): State<Arc<App>>,
    _: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
) -> Result<Json<ActionsReport>, ApiError> {
    let Path(plan) = plan?;
    if !app.has_plan(plan) {
        return Err(ApiError::NotFound("plan"));
    }
    let today = app.clock.today(app.config.time_zone);
    Ok(Json(app.models.look(plan, |models| report(models, today)).await))
}

fn report(models: &Models, today: NaiveDate) -> ActionsReport {
    let rows = models
        .actions
        .state()
        .actions()
        .map(|(item, action)| row(item, action, today));
    ActionsReport {
        as_of_seq: models.cursor(),
        today,
        rows: rows.collect(),
    }
}

fn row(item: ItemId, action: &Action, today: NaiveDate) -> ActionRow {
    ActionRow {
        item,
        title: action.title.clone(),
        owner: action.owner.clone(),
        due: action.due.clone(),
        status: action.status.clone(),
        state: action.state(today),
        result: action.result.clone(),
        targets: action.targets.clone(),
        done_at: action.done_at,
        done_by: action.done_by,
        slipped: action.slipped.clone(),
        committed: action.committed(),
    }
}
