//! The plans of the workspace: list, make, copy, rename, put away, bring back.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::NaiveDate;
use domain::event::Scope;
use domain::{PersonId, PlanId, Right, Role, SectionId, Seq, Stage, TimestampMs};
use reports::LastChange;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workspace::{Command, PlanRecord, Refused};

use super::rights;
use crate::app::App;
use crate::auth::Caller;
use crate::body::Body;
use crate::copy;
use crate::idempotency::IdempotencyKey;
use crate::openapi::problems::{Conflict, Unprocessable};
use crate::openapi::{PlanPath, shapes};
use crate::problem::ApiError;
use crate::read_models::Models;
use crate::secret;

/// A plan, as the list shows it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Plan)]
pub(super) struct PlanView {
    /// Its id.
    #[schema(value_type = Uuid)]
    id: PlanId,
    /// Its name.
    name: String,
    /// Whether it is put away.
    archived: bool,
    /// When it was made, in milliseconds since 1970.
    #[schema(value_type = i64)]
    created_at: TimestampMs,
    /// By whom.
    #[schema(value_type = Uuid)]
    created_by: PersonId,
    /// The plan whose content it began with.
    #[schema(value_type = Option<Uuid>, required)]
    copied_from: Option<PlanId>,
    /// Where it stands.
    #[schema(value_type = shapes::Stage)]
    stage: Stage,
    /// What the one who asks is in it.
    #[schema(value_type = shapes::Role)]
    role: Role,
    /// What everyone of the workspace is in it; null: it is for its members only.
    #[schema(value_type = Option<shapes::Role>, required)]
    everyone: Option<Role>,
    #[serde(flatten)]
    content: ContentView,
}

/// What is in it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanContent)]
struct ContentView {
    /// Who changed it last, and when.
    #[schema(value_type = Option<shapes::LastChange>, required)]
    last_change: Option<LastChange>,
    /// How many items each section has, deleted ones aside.
    #[schema(value_type = BTreeMap<String, u64>)]
    items: BTreeMap<SectionId, usize>,
    /// Actions that are neither done, deferred nor cancelled.
    open_actions: usize,
    /// Those of them that are past their day.
    overdue_actions: usize,
    /// Open opportunities, in minor units of each currency.
    #[schema(value_type = BTreeMap<String, i64>)]
    open_amount: BTreeMap<&'static str, i64>,
    /// The last entry in these figures.
    #[schema(value_type = u64)]
    seq: Seq,
}

/// A new plan.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPlan)]
pub(super) struct Create {
    /// Its name.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// What everyone of the workspace is in it; not said: it is for its members only.
    #[schema(value_type = Option<shapes::Role>)]
    everyone: Option<Role>,
}

/// A change of a plan's own record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlanChange)]
pub(super) struct Change {
    /// A new name.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// Put away, or brought back.
    archived: Option<bool>,
}

#[utoipa::path(
    get,
    path = "/plans",
    operation_id = "listPlans",
    tag = "plans",
    summary = "Plans, archived ones too",
    responses((status = 200, description = "Plans.", body = Vec<PlanView>, example = json!([{
        "id": "019ab0c2-6f00-7000-8000-000000000001", "name": "Sonnenberg", "archived": false, "created_at": 1_795_305_600_000_i64,
        "created_by": "019ab0c2-6f00-7000-8000-00000000000a", "copied_from": null,
        "stage": "pre_work", "role": "client_executive", "everyone": null,
        "last_change": { "at": 1_795_305_700_000_i64, "by": "019ab0c2-6f00-7000-8000-00000000000a" },
        "items": { "actions": 2 }, "open_actions": 2, "overdue_actions": 1, "open_amount": { "EUR": 51_000_000 }, "seq": 7
    }])))
)]
/// `GET /api/v1/plans`: those that the caller may read, archived ones too.
pub(super) async fn list(State(app): State<Arc<App>>, caller: Caller) -> Json<Vec<PlanView>> {
    let state = app.directory.state();
    let readable: Vec<_> = state
        .plans()
        .iter()
        .filter_map(|(id, record)| Some((*id, record, caller.standing_in(&state, *id)?.role)))
        .collect();
    let ids: Vec<PlanId> = readable.iter().map(|(id, ..)| *id).collect();
    let today = app.clock.today(app.config.time_zone);
    let contents = app.models.look_all(&ids, |models| content(models, today)).await;
    let views = readable
        .into_iter()
        .zip(contents)
        .map(|((id, record, role), content)| view(id, record, role, content));
    Json(views.collect())
}

#[utoipa::path(
    post,
    path = "/plans",
    operation_id = "createPlan",
    tag = "plans",
    summary = "Make a plan",
    params(IdempotencyKey),
    request_body(content = Create, example = json!({ "name": "Sonnenberg" })),
    responses(
        (status = 201, description = "Made.", body = PlanView, example = json!({
        "id": "019ab0c2-6f00-7000-8000-000000000001", "name": "Sonnenberg", "archived": false, "created_at": 1_795_305_600_000_i64,
        "created_by": "019ab0c2-6f00-7000-8000-00000000000a", "copied_from": null,
        "stage": "pre_work", "role": "client_executive", "everyone": null,
        "last_change": { "at": 1_795_305_700_000_i64, "by": "019ab0c2-6f00-7000-8000-00000000000a" },
        "items": { "actions": 2 }, "open_actions": 2, "overdue_actions": 1, "open_amount": { "EUR": 51_000_000 }, "seq": 7
    })),
        (status = 409, response = Conflict),
        (status = 422, response = Unprocessable),
    )
)]
/// `POST /api/v1/plans`
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    key: IdempotencyKey,
    Body(create): Body<Create>,
) -> Result<(StatusCode, Json<PlanView>), ApiError> {
    let turn = key.begin(&app, caller.person, ("createPlan", &create)).await?;
    let plan = PlanId(turn.seed().uuid(0));
    let made = match make(&app, &caller, plan, create, None).await {
        // The first try got this far before it was cut off.
        Err(ApiError::Refused(Refused::PlanExists)) if turn.is_again() => Ok(()),
        made => made,
    };
    turn.settle(made).await?;
    one(&app, &caller, plan)
        .await
        .map(|view| (StatusCode::CREATED, Json(view)))
}

#[utoipa::path(
    post,
    path = "/plans/{plan}/duplicate",
    operation_id = "copyPlan",
    tag = "plans",
    summary = "Make a plan with another one's content",
    description = "Items keep their ids. Left behind: deleted items, and what belongs to other people.",
    params(PlanPath),
    request_body(content = Create, example = json!({ "name": "Sonnenberg, copy" })),
    responses(
        (status = 201, description = "Made.", body = PlanView, example = json!({
        "id": "019ab0c2-6f00-7000-8000-000000000001", "name": "Sonnenberg", "archived": false, "created_at": 1_795_305_600_000_i64,
        "created_by": "019ab0c2-6f00-7000-8000-00000000000a", "copied_from": null,
        "stage": "pre_work", "role": "client_executive", "everyone": null,
        "last_change": { "at": 1_795_305_700_000_i64, "by": "019ab0c2-6f00-7000-8000-00000000000a" },
        "items": { "actions": 2 }, "open_actions": 2, "overdue_actions": 1, "open_amount": { "EUR": 51_000_000 }, "seq": 7
    })),
        (status = 409, response = Conflict),
        (status = 422, response = Unprocessable),
    )
)]
/// `POST /api/v1/plans/{plan}/duplicate`: a new plan with this one's content.
pub(super) async fn duplicate(
    State(app): State<Arc<App>>,
    caller: Caller,
    source: Result<Path<PlanId>, PathRejection>,
    Body(create): Body<Create>,
) -> Result<(StatusCode, Json<PlanView>), ApiError> {
    let Path(source) = source?;
    rights::in_scope(&app.directory.state(), &caller, source, Right::Rename)?;
    let turn = app.fairness.copy_turn(caller.person).await;
    let plan = PlanId(secret::new_uuid(app.clock.now()));
    make(&app, &caller, plan, create, Some(source)).await?;
    let personal = caller.may(&app.directory.state(), source, Right::ReadPersonal);
    let keyring = app.keys.reader(source, personal);
    if let Err(error) = copy::content(&app.rooms, keyring, source, plan, caller.person).await {
        // Half a copy must not pass for a plan.
        let by = caller.person;
        app.directory.run(by, Command::ArchivePlan { plan, by }).await?;
        return Err(ApiError::Unavailable(error.to_string()));
    }
    drop(turn);
    one(&app, &caller, plan)
        .await
        .map(|view| (StatusCode::CREATED, Json(view)))
}

#[utoipa::path(
    get,
    path = "/plans/{plan}",
    operation_id = "getPlan",
    tag = "plans",
    summary = "One plan's own record",
    params(PlanPath),
    responses((status = 200, description = "The plan.", body = PlanView, example = json!({
        "id": "019ab0c2-6f00-7000-8000-000000000001", "name": "Sonnenberg", "archived": false, "created_at": 1_795_305_600_000_i64,
        "created_by": "019ab0c2-6f00-7000-8000-00000000000a", "copied_from": null,
        "stage": "pre_work", "role": "client_executive", "everyone": null,
        "last_change": { "at": 1_795_305_700_000_i64, "by": "019ab0c2-6f00-7000-8000-00000000000a" },
        "items": { "actions": 2 }, "open_actions": 2, "overdue_actions": 1, "open_amount": { "EUR": 51_000_000 }, "seq": 7
    })))
)]
/// `GET /api/v1/plans/{plan}`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
) -> Result<Json<PlanView>, ApiError> {
    let Path(plan) = plan?;
    one(&app, &caller, plan).await.map(Json)
}

#[utoipa::path(
    patch,
    path = "/plans/{plan}",
    operation_id = "changePlan",
    tag = "plans",
    summary = "Rename a plan, put it away, bring it back",
    params(PlanPath),
    request_body(content = Change, example = json!({ "name": "Sonnenberg AG" })),
    responses(
        (status = 200, description = "Changed.", body = PlanView, example = json!({
        "id": "019ab0c2-6f00-7000-8000-000000000001", "name": "Sonnenberg", "archived": false, "created_at": 1_795_305_600_000_i64,
        "created_by": "019ab0c2-6f00-7000-8000-00000000000a", "copied_from": null,
        "stage": "pre_work", "role": "client_executive", "everyone": null,
        "last_change": { "at": 1_795_305_700_000_i64, "by": "019ab0c2-6f00-7000-8000-00000000000a" },
        "items": { "actions": 2 }, "open_actions": 2, "overdue_actions": 1, "open_amount": { "EUR": 51_000_000 }, "seq": 7
    })),
        (status = 409, response = Conflict),
        (status = 422, response = Unprocessable),
    )
)]
/// `PATCH /api/v1/plans/{plan}`
pub(super) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
    Body(change): Body<Change>,
) -> Result<Json<PlanView>, ApiError> {
    let Path(plan) = plan?;
    let by = caller.person;
    if !app.has_plan(plan) || caller.standing_in(&app.directory.state(), plan).is_none() {
        return Err(ApiError::NotFound("plan"));
    }
    // A name that is refused must not leave the plan brought back.
    if let Some(name) = &change.name {
        workspace::check_name(name).map_err(ApiError::Refused)?;
    }
    // Bringing back comes before renaming, and renaming before putting away: an archived plan is not renamed.
    if change.archived == Some(false) {
        let restore = Command::RestorePlan { plan, by };
        rights::command_in(&app, &caller, plan, Right::Archive, restore).await?;
    }
    if let Some(name) = change.name {
        let rename = Command::RenamePlan { plan, name, by };
        rights::command_in(&app, &caller, plan, Right::Rename, rename).await?;
    }
    if change.archived == Some(true) {
        let archive = Command::ArchivePlan { plan, by };
        rights::command_in(&app, &caller, plan, Right::Archive, archive).await?;
    }
    one(&app, &caller, plan).await.map(Json)
}

async fn make(
    app: &App,
    caller: &Caller,
    plan: PlanId,
    new: Create,
    copied_from: Option<PlanId>,
) -> Result<(), ApiError> {
    let by = caller.person;
    // Of a plan that is not made, the caller is told before it counts as one.
    rights::in_scope_of_all(&app.directory.state(), caller, Scope::Manage)?;
    app.fairness.make_plan(by)?;
    app.directory
        .run(
            by,
            Command::CreatePlan {
                plan,
                name: new.name,
                by,
                copied_from,
                everyone: new.everyone,
            },
        )
        .await?;
    // Its room writes the first entry when somebody comes.
    Ok(())
}

async fn one(app: &App, caller: &Caller, plan: PlanId) -> Result<PlanView, ApiError> {
    let state = app.directory.state();
    let record = state.plan(plan).ok_or(ApiError::NotFound("plan"))?;
    let standing = caller.standing_in(&state, plan).ok_or(ApiError::NotFound("plan"))?;
    let today = app.clock.today(app.config.time_zone);
    let content = app.models.look(plan, |models| content(models, today)).await;
    Ok(view(plan, record, standing.role, content))
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

fn view(plan: PlanId, record: &PlanRecord, role: Role, content: ContentView) -> PlanView {
    PlanView {
        id: plan,
        name: record.name.clone(),
        archived: record.archived,
        created_at: record.created_at,
        created_by: record.created_by,
        copied_from: record.copied_from,
        stage: record.stage,
        role,
        everyone: record.everyone,
        content,
    }
}
