//! The plans of the workspace: list, make, copy, rename, put away, bring back.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::NaiveDate;
use domain::{PersonId, PlanId, SectionId, Seq, TimestampMs};
use reports::LastChange;
use serde::{Deserialize, Serialize};
use workspace::{Command, PlanRecord};

use crate::app::App;
use crate::auth::Caller;
use crate::body::Body;
use crate::copy;
use crate::problem::ApiError;
use crate::read_models::Models;
use crate::secret;

/// A plan, as the list shows it.
#[derive(Debug, Serialize)]
pub(super) struct PlanView {
    id: PlanId,
    name: String,
    archived: bool,
    created_at: TimestampMs,
    created_by: PersonId,
    copied_from: Option<PlanId>,
    #[serde(flatten)]
    content: ContentView,
}

/// What is in it.
#[derive(Debug, Serialize)]
struct ContentView {
    last_change: Option<LastChange>,
    items: BTreeMap<SectionId, usize>,
    open_actions: usize,
    overdue_actions: usize,
    open_amount: BTreeMap<&'static str, i64>,
    seq: Seq,
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
    let ids: Vec<PlanId> = state.plans().keys().copied().collect();
    let today = app.clock.today(app.config.time_zone);
    let contents = app.models.look_all(&ids, |models| content(models, today)).await;
    let views = state
        .plans()
        .iter()
        .zip(contents)
        .map(|((id, record), content)| view(*id, record, content));
    Json(views.collect())
}

/// `POST /api/v1/plans`
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(create): Body<Create>,
) -> Result<(StatusCode, Json<PlanView>), ApiError> {
    let plan = make(&app, caller.person, create.name, None).await?;
    one(&app, plan).await.map(|view| (StatusCode::CREATED, Json(view)))
}

/// `POST /api/v1/plans/{plan}/duplicate`: a new plan with this one's content.
pub(super) async fn duplicate(
    State(app): State<Arc<App>>,
    caller: Caller,
    source: Result<Path<PlanId>, PathRejection>,
    Body(create): Body<Create>,
) -> Result<(StatusCode, Json<PlanView>), ApiError> {
    let Path(source) = source?;
    if !app.has_plan(source) {
        return Err(ApiError::NotFound("plan"));
    }
    let turn = app.fairness.copy_turn(caller.person).await;
    let plan = make(&app, caller.person, create.name, Some(source)).await?;
    if let Err(error) = copy::content(&app.rooms, source, plan, caller.person).await {
        // Half a copy must not pass for a plan.
        let by = caller.person;
        app.directory.run(by, Command::ArchivePlan { plan, by }).await?;
        return Err(ApiError::Unavailable(error.to_string()));
    }
    drop(turn);
    one(&app, plan).await.map(|view| (StatusCode::CREATED, Json(view)))
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
    app.fairness.command(by)?;
    // A name that is refused must not leave the plan brought back.
    if let Some(name) = &change.name {
        workspace::check_name(name).map_err(ApiError::Refused)?;
    }
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
    one(&app, plan).await.map(Json)
}

async fn make(app: &App, by: PersonId, name: String, copied_from: Option<PlanId>) -> Result<PlanId, ApiError> {
    app.fairness.make_plan(by)?;
    let plan = PlanId(secret::new_uuid(app.clock.now()));
    app.directory
        .run(
            by,
            Command::CreatePlan {
                plan,
                name,
                by,
                copied_from,
            },
        )
        .await?;
    // Its room writes the first entry when somebody comes.
    Ok(plan)
}

async fn one(app: &App, plan: PlanId) -> Result<PlanView, ApiError> {
    let state = app.directory.state();
    let record = state.plan(plan).ok_or(ApiError::NotFound("plan"))?;
    let today = app.clock.today(app.config.time_zone);
    let content = app.models.look(plan, |models| content(models, today)).await;
    Ok(view(plan, record, content))
}

fn content(models: &Models, today: NaiveDate) -> ContentView {
    let summary = models.summary.state();
    ContentView {
        last_change: summary.last_change(),
        items: summary.counts(),
        open_actions: summary.open_actions(),
        overdue_actions: summary.overdue_actions(today),
        open_amount: summary.open_amount(),
        seq: models.cursor(),
    }
}

fn view(plan: PlanId, record: &PlanRecord, content: ContentView) -> PlanView {
    PlanView {
        id: plan,
        name: record.name.clone(),
        archived: record.archived,
        created_at: record.created_at,
        created_by: record.created_by,
        copied_from: record.copied_from,
        content,
    }
}
