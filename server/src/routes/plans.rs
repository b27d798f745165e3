//! The plans of the workspace: list, make, copy, rename, put away, bring back.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use chrono::NaiveDate;
use domain::event::Scope;
use domain::{PersonId, PlanId, Right, Role, SectionId, Seq, Stage, TimestampMs};
use reports::LastChange;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workspace::{Command, PlanRecord, Refused};

use super::etag::{Tagged, check_match, if_match, is_match, tagged};
use super::page::{Page, Part};
use super::rights;
use crate::app::App;
use crate::auth::Caller;
use crate::body::Body;
use crate::copy;
use crate::idempotency::{IdempotencyKey, Turn};
use crate::openapi::problems::{Conflict, NotFound, PreconditionFailed, Unprocessable};
use crate::openapi::{PlanPath, shapes};
use crate::problem::ApiError;
use crate::read_models::Models;

/// A plan, as the list shows it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Plan, example = json!({
    "id": "019ab0c2-6f00-7000-8000-000000000001", "name": "Sonnenberg", "archived": false, "created_at": 1_795_305_600_000_i64,
    "created_by": "019ab0c2-6f00-7000-8000-00000000000a", "copied_from": null,
    "stage": "pre_work", "role": "client_executive", "everyone": null,
    "last_change": { "at": 1_795_305_700_000_i64, "by": "019ab0c2-6f00-7000-8000-00000000000a" },
    "items": { "actions": 2 }, "open_actions": 2, "overdue_actions": 1, "open_amount": { "EUR": 51_000_000 }, "seq": 7
}))]
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
    params(Part),
    responses((status = 200, description = "Plans.", body = Vec<PlanView>,
        headers(("Link" = String, description = "The address of the next page, with `rel=\"next\"`, if there is one.")))))]
/// `GET /api/v1/plans`: those that the caller may read, archived ones too.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Page<PlanView>, ApiError> {
    let Query(part) = part?;
    let state = app.directory.state();
    let readable = state
        .plans()
        .iter()
        .filter_map(|(id, record)| Some((*id, record, caller.standing_in(&state, *id)?.role)));
    let page = part.of("/plans", readable.collect(), |(id, ..)| id.0)?;
    let ids: Vec<PlanId> = page.items().iter().map(|(id, ..)| *id).collect();
    let today = app.clock.today(app.config.time_zone);
    let mut contents = app
        .models
        .look_all(&ids, |models| content(models, today))
        .await
        .into_iter();
    let mut content = || contents.next().expect("each plan has its content");
    Ok(page.shown(|(id, record, role)| view(id, record, role, content())))
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
        (status = 201, description = "Made.", body = PlanView,
            headers(("ETag" = String, description = "Names the record's state: for `If-Match`."))),
        (status = 404, response = NotFound),
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
) -> Result<(StatusCode, Tagged<PlanView>), ApiError> {
    let turn = key.begin(&app, caller.person, ("createPlan", &create)).await?;
    let plan = PlanId(turn.seed().uuid(0));
    if !turn.is_done() {
        let made = make_once(&app, &caller, &turn, create, None).await;
        turn.settle(made).await?;
    }
    one(&app, &caller, plan).await.map(|view| (StatusCode::CREATED, view))
}

#[utoipa::path(
    post,
    path = "/plans/{plan}/duplicate",
    operation_id = "copyPlan",
    tag = "plans",
    summary = "Make a plan with another one's content",
    description = "Items keep their ids. Left behind: deleted items, and what belongs to other people.",
    params(PlanPath, IdempotencyKey),
    request_body(content = Create, example = json!({ "name": "Sonnenberg, copy" })),
    responses(
        (status = 201, description = "Made.", body = PlanView,
            headers(("ETag" = String, description = "Names the record's state: for `If-Match`."))),
        (status = 409, response = Conflict),
        (status = 422, response = Unprocessable),
    )
)]
/// `POST /api/v1/plans/{plan}/duplicate`: a new plan with this one's content.
pub(super) async fn duplicate(
    State(app): State<Arc<App>>,
    caller: Caller,
    key: IdempotencyKey,
    source: Result<Path<PlanId>, PathRejection>,
    Body(create): Body<Create>,
) -> Result<(StatusCode, Tagged<PlanView>), ApiError> {
    let Path(source) = source?;
    rights::in_scope(&app.directory.state(), &caller, source, Right::Rename)?;
    let turn = key.begin(&app, caller.person, ("copyPlan", source, &create)).await?;
    let plan = PlanId(turn.seed().uuid(0));
    if !turn.is_done() {
        let copied = copy(&app, &caller, &turn, source, create).await;
        turn.settle(copied).await?;
    }
    one(&app, &caller, plan).await.map(|view| (StatusCode::CREATED, view))
}

/// Makes the copy, or what is still missing of it: the first try may have been cut off in the middle.
async fn copy(app: &App, caller: &Caller, turn: &Turn, source: PlanId, create: Create) -> Result<(), ApiError> {
    let waited = app.fairness.copy_turn(caller.person).await;
    let (plan, by) = (PlanId(turn.seed().uuid(0)), caller.person);
    make_once(app, caller, turn, create, Some(source)).await?;
    if app.directory.state().plan(plan).is_some_and(|made| made.archived) {
        // It was put away because it was half a copy.
        app.directory.run(by, Command::RestorePlan { plan, by }).await?;
    }
    let personal = caller.may(&app.directory.state(), source, Right::ReadPersonal);
    let keyring = app.keys.reader(source, personal);
    if let Err(error) = copy::content(&app.rooms, keyring, source, plan, by).await {
        // Half a copy must not pass for a plan.
        app.directory.run(by, Command::ArchivePlan { plan, by }).await?;
        return Err(ApiError::Unavailable(error.to_string()));
    }
    drop(waited);
    Ok(())
}

#[utoipa::path(
    get,
    path = "/plans/{plan}",
    operation_id = "getPlan",
    tag = "plans",
    summary = "One plan's own record",
    params(PlanPath),
    responses((status = 200, description = "The plan.", body = PlanView,
        headers(("ETag" = String, description = "Names the record's state: for `If-Match`."))))
)]
/// `GET /api/v1/plans/{plan}`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
) -> Result<Tagged<PlanView>, ApiError> {
    let Path(plan) = plan?;
    one(&app, &caller, plan).await
}

#[utoipa::path(
    patch,
    path = "/plans/{plan}",
    operation_id = "changePlan",
    tag = "plans",
    summary = "Rename a plan, put it away, bring it back",
    description = "All of it happens or nothing.",
    params(
        PlanPath,
        ("If-Match" = Option<String>, Header, description = "Only if the plan's record is as this ETag says."),
    ),
    request_body(content = Change, example = json!({ "name": "Sonnenberg AG" })),
    responses(
        (status = 200, description = "Changed.", body = PlanView,
            headers(("ETag" = String, description = "Names the record's state: for `If-Match`."))),
        (status = 409, response = Conflict),
        (status = 412, response = PreconditionFailed),
        (status = 422, response = Unprocessable),
    )
)]
/// `PATCH /api/v1/plans/{plan}`
pub(super) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    plan: Result<Path<PlanId>, PathRejection>,
    Body(change): Body<Change>,
) -> Result<Tagged<PlanView>, ApiError> {
    let Path(plan) = plan?;
    let (by, wanted) = (caller.person, if_match(&headers));
    let state = app.directory.state();
    let record = state.plan(plan).filter(|_| caller.standing_in(&state, plan).is_some());
    let record = record.ok_or(ApiError::NotFound("plan"))?;
    check_match(wanted.as_deref(), &tag(plan, record))?;
    // Bringing back comes before renaming, and renaming before putting away: an archived plan is not renamed.
    let mut commands = Vec::new();
    if change.archived == Some(false) {
        commands.push((Right::Archive, Command::RestorePlan { plan, by }));
    }
    if let Some(name) = change.name {
        commands.push((Right::Rename, Command::RenamePlan { plan, name, by }));
    }
    if change.archived == Some(true) {
        commands.push((Right::Archive, Command::ArchivePlan { plan, by }));
    }
    let is_so = move |state: &workspace::State| {
        let record = state.plan(plan);
        record.is_some_and(|record| is_match(wanted.as_deref(), &tag(plan, record)))
    };
    rights::commands_in(&app, &caller, plan, commands, is_so).await?;
    one(&app, &caller, plan).await
}

/// Makes the plan of a turn, unless its first try made it before it was cut off.
async fn make_once(
    app: &App,
    caller: &Caller,
    turn: &Turn,
    new: Create,
    copied_from: Option<PlanId>,
) -> Result<(), ApiError> {
    match make(app, caller, PlanId(turn.seed().uuid(0)), new, copied_from).await {
        Err(ApiError::Refused(Refused::PlanExists)) if turn.is_again() => Ok(()),
        made => made,
    }
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

async fn one(app: &App, caller: &Caller, plan: PlanId) -> Result<Tagged<PlanView>, ApiError> {
    let state = app.directory.state();
    let record = state.plan(plan).ok_or(ApiError::NotFound("plan"))?;
    let standing = caller.standing_in(&state, plan).ok_or(ApiError::NotFound("plan"))?;
    let today = app.clock.today(app.config.time_zone);
    let content = app.models.look(plan, |models| content(models, today)).await;
    Ok(tagged(&tag(plan, record), view(plan, record, standing.role, content)))
}

/// Names the state of a plan's own record, whoever looks at it; what stands in the plan has tags of its own.
fn tag(plan: PlanId, record: &PlanRecord) -> String {
    let mut hash = blake3::Hasher::new_derive_key("interlock plan tag 1");
    let state = format!("{:?}", (record.archived, record.stage, record.everyone));
    for part in [&plan.0.as_bytes()[..], state.as_bytes(), record.name.as_bytes()] {
        hash.update(part);
    }
    format!("\"{}\"", &hash.finalize().to_hex()[..32])
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
