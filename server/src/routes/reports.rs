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
use utoipa::ToSchema;

use super::reader::{Reader, in_turn, reader};
use crate::app::App;
use crate::auth::Caller;
use crate::openapi::problems::TooFast;
use crate::openapi::{PlanPath, shapes};
use crate::problem::ApiError;
use crate::read_models::Models;

/// The action tracker.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActionsReport {
    /// The last entry in it.
    #[schema(value_type = u64)]
    as_of_seq: Seq,
    /// The day it is in the workspace's time zone.
    #[schema(value_type = String, format = Date)]
    today: NaiveDate,
    /// One row an action.
    rows: Vec<ActionRow>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ActionRow {
    /// The action.
    #[schema(value_type = Uuid)]
    item: ItemId,
    /// What is to be done.
    #[schema(required)]
    title: Option<String>,
    /// Who does it.
    #[schema(required)]
    owner: Option<String>,
    /// Until when, an ISO day.
    #[schema(required)]
    due: Option<String>,
    /// What its owner says.
    #[schema(required)]
    status: Option<String>,
    /// Where it stands today.
    #[schema(value_type = shapes::ActionState)]
    state: ActionState,
    /// What came of it.
    #[schema(required)]
    result: Option<String>,
    /// The items that it serves.
    targets: BTreeSet<String>,
    /// When it was done, in milliseconds since 1970.
    #[schema(value_type = Option<i64>, required)]
    done_at: Option<TimestampMs>,
    /// By whom.
    #[schema(value_type = Option<Uuid>, required)]
    done_by: Option<PersonId>,
    /// Moves of its day to a later one.
    #[schema(value_type = Vec<shapes::Slip>)]
    slipped: Vec<Slip>,
    /// Whether its owner has committed to this day.
    committed: bool,
}

#[utoipa::path(
    get,
    path = "/plans/{plan}/reports/actions",
    operation_id = "getActionsReport",
    tag = "reports",
    summary = "The action tracker",
    params(PlanPath),
    responses((status = 200, description = "The action tracker.", body = ActionsReport, example = json!({
        "as_of_seq": 7, "today": "2026-11-22",
        "rows": [{
            "item": "019ab0c2-6f00-7000-8000-000000000002", "title": "Call the CIO", "owner": null, "due": "2026-11-20",
            "status": null, "state": "overdue", "result": null, "targets": [], "done_at": null, "done_by": null,
            "slipped": [], "committed": false
        }]
    })), (status = 429, response = TooFast))
)]
/// `GET /api/v1/plans/{plan}/reports/actions`
pub(super) async fn actions(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
) -> Result<Json<ActionsReport>, ApiError> {
    let Path(plan) = plan?;
    reader(&app, &caller, plan)?;
    let today = app.clock.today(app.config.time_zone);
    let read = async move |app: Arc<App>, _: Reader| Ok(app.models.look(plan, |models| report(models, today)).await);
    in_turn(&app, caller, plan, read).await.map(Json)
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
