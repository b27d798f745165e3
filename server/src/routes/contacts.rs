//! What is held about one of the customer's people: reported to who asks by right, and erased for good.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use domain::event::ErasedPart;
use domain::{Fact, ItemId, PersonId, PlanId, Right, SectionId, TimestampMs};
use plan::Table;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use workspace::Command;

use super::item_at::{reads, unreadable};
use super::reader::in_turn;
use super::rights;
use crate::app::App;
use crate::auth::Caller;
use crate::body::Body;
use crate::content::{self, ItemView};
use crate::held::{Known, Line, facts_of, mentions};
use crate::keys::{Erasure, names_of};
use crate::openapi::PlanPath;
use crate::openapi::problems::{Conflict, TooFast, Unprocessable};
use crate::problem::ApiError;

/// The section of the customer's people.
const SECTION: SectionId = SectionId::People;

/// A contact of a plan.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "only the document reads it")]
pub(super) struct ContactPath {
    /// The plan's id.
    #[param(example = "019ab0c2-6f00-7000-8000-000000000001")]
    plan: Uuid,
    /// The contact's id: an item of the section `people`.
    #[param(example = "019ab0c2-6f00-7000-8000-000000000003")]
    item: Uuid,
}

/// What is to be erased.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Erase {
    /// Everything personal, or the notes on their personality alone.
    #[schema(value_type = Part)]
    part: ErasedPart,
}

/// How much of a contact.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only the document reads it")]
pub(super) enum Part {
    /// Everything personal, their name too.
    Contact,
    /// The notes on their personality.
    Personality,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Erased {
    /// How much.
    #[schema(value_type = Part)]
    part: ErasedPart,
    /// Words that were written before contacts were sealed stand in the history and cannot be erased.
    plain_left: bool,
}

/// What a report is about, and who took it when.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct About {
    /// What the contact is called now.
    #[schema(required)]
    contact: Option<String>,
    /// The plan.
    #[schema(value_type = Uuid)]
    plan: PlanId,
    /// What the plan is called.
    plan_name: String,
    /// When it was taken, in milliseconds since 1970.
    #[schema(value_type = i64)]
    taken_at: TimestampMs,
    /// By whom.
    #[schema(value_type = Uuid)]
    taken_by: PersonId,
}

/// All that is held about a contact.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Held {
    /// Whom it is about, from which plan.
    about: About,
    /// What stands in the plan now.
    now: ItemView,
    /// Where else the plan speaks of them: links and fields of other items, by their paths.
    mentions: Vec<String>,
    /// All that was ever written about them, oldest first.
    history: Vec<Line>,
    /// What was erased.
    erasures: Vec<Erasure>,
    /// What the colleagues are called whose ids stand above.
    names: BTreeMap<String, String>,
}

/// What was erased in a plan.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Erasures {
    /// Each key that was destroyed: whose, of which part, when, by whom.
    erasures: Vec<Erasure>,
}

/// That the caller may erase in the plan. To who may not read it, it is not there.
fn allowed(app: &App, caller: &Caller, plan: PlanId) -> Result<(), ApiError> {
    let state = app.directory.state();
    let may = || {
        caller.standing_in(&state, plan).ok_or(ApiError::NotFound("plan"))?;
        rights::in_scope(&state, caller, plan, Right::ErasePersonal)?;
        let may = caller.may(&state, plan, Right::ErasePersonal);
        let refused = workspace::Refused::NotAllowed(Right::ErasePersonal);
        may.then_some(()).ok_or(ApiError::Refused(refused))
    };
    rights::noted(app, caller, plan, may())
}

async fn is_contact(app: &App, plan: PlanId, item: ItemId) -> Result<(), ApiError> {
    let look = move |table: &Table| content::has_item(table, SECTION, item);
    let there = app.rooms.look(plan, look).await.ok_or_else(unreadable)?;
    there.then_some(()).ok_or(ApiError::NotFound("contact"))
}

#[utoipa::path(
    post,
    path = "/plans/{plan}/contacts/{item}/erase",
    operation_id = "eraseContact",
    tag = "contacts",
    summary = "Erase what is personal about a contact",
    description = "Destroys the keys under which it stands: in the plan, its history, snapshots and later backups it is \
        unreadable from then on, for everybody and for good. The audit says that it was done, by whom.",
    params(ContactPath),
    request_body(content = Erase, example = json!({ "part": "personality" })),
    responses(
        (status = 200, description = "Erased, now or before.", body = Erased, example = json!({ "part": "personality", "plain_left": false })),
        (status = 409, response = Conflict),
        (status = 422, response = Unprocessable),
    )
)]
/// `POST /api/v1/plans/{plan}/contacts/{item}/erase`
pub(super) async fn erase(
    State(app): State<Arc<App>>,
    caller: Caller,
    path: Result<Path<(PlanId, ItemId)>, PathRejection>,
    Body(wanted): Body<Erase>,
) -> Result<Json<Erased>, ApiError> {
    let Path((plan, item)) = path?;
    reads(&app, &caller, plan)?;
    let (part, by) = (wanted.part, caller.person);
    is_contact(&app, plan, item).await?;
    // The word first: should the deed fail, or the server be killed in between, it is done at the next start.
    let command = Command::EraseContact { plan, item, part, by };
    rights::command_in(&app, &caller, plan, Right::ErasePersonal, command).await?;
    let names: Vec<_> = names_of(item, part).collect();
    let (keys, now, gone) = (app.keys.clone(), app.clock.now(), names.clone());
    let erasing = tokio::task::spawn_blocking(move || keys.erase(plan, &gone, now, by));
    let erased = erasing.await.map_err(|error| error.to_string());
    if let Err(why) = erased.and_then(|erased| erased.map_err(|error| error.to_string())) {
        tracing::error!(%plan, %item, why, "a contact's keys could not be destroyed");
        return Err(ApiError::Unavailable(
            "it could not be erased now: try again; it is done when the server starts again at the latest".to_owned(),
        ));
    }
    app.rooms.erased(plan, names).await;
    let facts = facts_of(&app, plan, item).await?;
    let plain_left = facts.iter().any(|fact| crate::held::is_plain(&app.schema, fact, part));
    Ok(Json(Erased { part, plain_left }))
}

#[utoipa::path(
    get,
    path = "/plans/{plan}/contacts/{item}/held",
    operation_id = "heldAboutContact",
    tag = "contacts",
    summary = "All that is held about a contact",
    description = "For a person who asks what is held about them: what stands in the plan, what ever stood there, where else \
        the plan speaks of them, what was erased. The audit says that it was taken.",
    params(ContactPath),
    responses((status = 200, description = "All of it.", body = Held, example = json!({
        "about": {
            "contact": "H. Brandt", "plan": "019ab0c2-6f00-7000-8000-000000000001", "plan_name": "Meridian Freight",
            "taken_at": 1_795_305_800_000_i64, "taken_by": "019ab0c2-6f00-7000-8000-00000000000a"
        },
        "now": {
            "id": "019ab0c2-6f00-7000-8000-000000000003", "section": "people", "deleted": false,
            "fields": { "title": "H. Brandt" }, "also": {}, "withheld": [], "erased": []
        },
        "mentions": ["opportunities/019ab0c2-6f00-7000-8000-000000000002/champion"],
        "history": [{
            "seq": 4, "at": 1_795_305_600_000_i64, "by": "019ab0c2-6f00-7000-8000-00000000000a",
            "cell": "people/019ab0c2-6f00-7000-8000-000000000003/title", "old": null, "new": "H. Brandt",
            "words": "Name set to H. Brandt"
        }],
        "erasures": [],
        "names": { "019ab0c2-6f00-7000-8000-00000000000a": "Mara Keller" }
    })), (status = 429, response = TooFast))
)]
/// `GET /api/v1/plans/{plan}/contacts/{item}/held`
pub(super) async fn held(
    State(app): State<Arc<App>>,
    caller: Caller,
    path: Result<Path<(PlanId, ItemId)>, PathRejection>,
) -> Result<Json<Held>, ApiError> {
    let Path((plan, item)) = path?;
    reads(&app, &caller, plan)?;
    allowed(&app, &caller, plan)?;
    is_contact(&app, plan, item).await?;
    let read = async move |app: Arc<App>, _| report(&app, &caller, plan, item).await;
    in_turn(&app, caller, plan, read).await.map(Json)
}

/// It, and the note that it was taken.
async fn report(app: &App, caller: &Caller, plan: PlanId, item: ItemId) -> Result<Held, ApiError> {
    let lens = reads(app, caller, plan)?;
    allowed(app, caller, plan)?;
    let command = Command::NoteExport {
        plan: Some(plan),
        what: format!("held about contact {item}"),
        by: caller.person,
    };
    app.directory.run(caller.person, command).await?;
    let state = app.directory.state();
    let known = Known::of(state.people().iter().map(|(id, person)| (*id, person.name.clone())));
    let plan_name = state.plan(plan).map(|record| record.name.clone()).unwrap_or_default();
    let (schema, ring) = (Arc::clone(&app.schema), lens.keyring.clone());
    let look = move |table: &Table| {
        let now = content::item_view(table, &schema, &lens, SECTION, item);
        (now, mentions(table, item))
    };
    let (now, mentions) = app.rooms.look(plan, look).await.ok_or_else(unreadable)?;
    let history = facts_of(app, plan, item).await?;
    let opened = history.into_iter().map(|mut fact: Fact| {
        ring.open_fact(&mut fact);
        Line::of(&app.schema, fact, &known)
    });
    let mut held = Held {
        about: About {
            contact: now.fields.get("title").and_then(Value::as_str).map(str::to_owned),
            plan,
            plan_name,
            taken_at: app.clock.now(),
            taken_by: caller.person,
        },
        now,
        mentions,
        history: opened.collect(),
        erasures: erased_in(app, plan)?,
        names: BTreeMap::new(),
    };
    held.erasures.retain(|erasure| erasure.item == item);
    let text = serde_json::to_string(&held).unwrap_or_default();
    held.names = known.occurring_in(&text);
    Ok(held)
}

#[utoipa::path(
    get,
    path = "/plans/{plan}/erasures",
    operation_id = "listErasures",
    tag = "contacts",
    summary = "What was erased in a plan",
    params(PlanPath),
    responses((status = 200, description = "All of it.", body = Erasures, example = json!({
        "erasures": [{
            "item": "019ab0c2-6f00-7000-8000-000000000003", "seal": "personality", "at": 1_795_305_700_000_i64,
            "by": "019ab0c2-6f00-7000-8000-00000000000a"
        }]
    })))
)]
/// `GET /api/v1/plans/{plan}/erasures`
pub(super) async fn erasures(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
) -> Result<Json<Erasures>, ApiError> {
    let Path(plan) = plan?;
    reads(&app, &caller, plan)?;
    let erasures = erased_in(&app, plan)?;
    Ok(Json(Erasures { erasures }))
}

fn erased_in(app: &App, plan: PlanId) -> Result<Vec<Erasure>, ApiError> {
    app.keys.erasures(plan).map_err(|error| {
        tracing::error!(%plan, %error, "the key store cannot be read");
        unreadable()
    })
}
