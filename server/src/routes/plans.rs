//! The plans of the workspace: list, make, rename, put away, bring back.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::{PersonId, PlanId, SectionId, Seq, TimestampMs};
use journal::Journal;
use serde::{Deserialize, Serialize};
use workspace::{Command, PlanRecord};

use crate::app::App;
use crate::auth::Caller;
use crate::body::Body;
use crate::problem::ApiError;
use crate::secret;

/// A plan, as the list shows it.
#[derive(Debug, Serialize)]
pub(super) struct PlanView {
    id: PlanId,
    name: String,
    archived: bool,
    created_at: TimestampMs,
    created_by: PersonId,
    last_change: Option<LastChangeView>,
    items: BTreeMap<SectionId, usize>,
    open_actions: usize,
    overdue_actions: usize,
    open_amount: BTreeMap<&'static str, i64>,
    seq: Seq,
}

#[derive(Debug, Serialize)]
struct LastChangeView {
    at: TimestampMs,
    by: PersonId,
}

/// A new plan.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Create {
    name: String,
}

/// A change of a plan's own record.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    name: Option<String>,
    archived: Option<bool>,
}

/// `GET /api/v1/plans`: all of them, archived ones too.
pub(super) async fn list(State(app): State<Arc<App>>, _: Caller) -> Json<Vec<PlanView>> {
    let state = app.directory.state();
    Json(
        state
            .plans()
            .iter()
            .map(|(id, record)| view(&app, *id, record))
            .collect(),
    )
}

/// `POST /api/v1/plans`
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(create): Body<Create>,
) -> Result<(StatusCode, Json<PlanView>), ApiError> {
    let plan = PlanId(secret::new_uuid(app.clock.now()));
    let command = Command::CreatePlan {
        plan,
        name: create.name,
        by: caller.person,
        copied_from: None,
    };
    app.directory.run(caller.person, command).await?;
    one(&app, plan).map(|view| (StatusCode::CREATED, Json(view)))
}

/// `PATCH /api/v1/plans/{plan}`
pub(super) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
    Body(change): Body<Change>,
) -> Result<Json<PlanView>, ApiError> {
    let Path(plan) = plan?;
    let by = caller.person;
    // Bringing back comes before renaming, and renaming before putting away: an archived plan is not renamed.
    if change.archived == Some(false) {
        app.directory.run(by, Command::RestorePlan { plan, by }).await?;
    }
    if let Some(name) = change.name {
        app.directory.run(by, Command::RenamePlan { plan, name, by }).await?;
    }
    if change.archived == Some(true) {
        app.directory.run(by, Command::ArchivePlan { plan, by }).await?;
    }
    one(&app, plan).map(Json)
}

fn one(app: &App, plan: PlanId) -> Result<PlanView, ApiError> {
    let state = app.directory.state();
    let record = state.plan(plan).ok_or(ApiError::NotFound("plan"))?;
    Ok(view(app, plan, record))
}

fn view(app: &App, plan: PlanId, record: &PlanRecord) -> PlanView {
    let head = app.journal.head(plan.into());
    PlanView {
        id: plan,
        name: record.name.clone(),
        archived: record.archived,
        created_at: record.created_at,
        created_by: record.created_by,
        last_change: None,
        items: BTreeMap::new(),
        open_actions: 0,
        overdue_actions: 0,
        open_amount: BTreeMap::new(),
        seq: head.map_or(Seq::ZERO, |head| head.seq),
    }
}
