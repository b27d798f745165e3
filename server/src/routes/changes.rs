//! What is different in a plan between two moments, in words.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use domain::{PlanId, Seq, TimestampMs};
use reports::Changes;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::reader::{Reader, in_turn, moment, reader};
use crate::app::App;
use crate::auth::Caller;
use crate::openapi::PlanPath;
use crate::openapi::problems::TooFast;
use crate::problem::ApiError;
use crate::read_models::{AsOf, ControlView, Timeline};

/// Lengths of time on a slider's rail, unless asked otherwise.
const BUCKETS_DEFAULT: usize = 200;
/// Most of them.
const BUCKETS_MAX: usize = 1_000;

/// Between which moments.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// From after this entry; 0 is before everything.
    #[param(value_type = Option<u64>)]
    from_seq: Option<Seq>,
    /// From after the last entry that had happened at this time, in milliseconds since 1970.
    #[param(value_type = Option<i64>)]
    from_at: Option<TimestampMs>,
    /// To after this entry.
    #[param(value_type = Option<u64>)]
    to_seq: Option<Seq>,
    /// To after the last entry that had happened at this time. Without either: to now.
    #[param(value_type = Option<i64>)]
    to_at: Option<TimestampMs>,
}

/// What is different.
#[derive(Debug, Serialize)]
pub(super) struct Difference {
    plan: PlanId,
    from: Place,
    to: Place,
    #[serde(flatten)]
    changes: Changes,
    control: Vec<ControlView>,
}

#[derive(Debug, Serialize)]
struct Place {
    seq: Seq,
    at: Option<TimestampMs>,
}

#[utoipa::path(
    get,
    path = "/plans/{plan}/changes",
    operation_id = "getChangesBetween",
    tag = "history",
    summary = "What is different in a plan between two moments",
    params(PlanPath, Asked),
    responses((status = 200, description = "The difference, as data and in words.", body = serde_json::Value,
        content_type = "application/json", example = json!({
        "plan": "019ab0c2-6f00-7000-8000-000000000001",
        "from": { "seq": 5, "at": 1_795_305_600_000_i64 }, "to": { "seq": 9, "at": 1_795_305_900_000_i64 },
        "summary": ["1 opportunity added", "Crane control went from qualify to propose", "1 opportunity changed"],
        "sections": [{
            "section": "opportunities", "title": "Opportunities",
            "added": [{ "item": "019ab0c2-6f00-7000-8000-000000000002", "title": "Yard automation" }],
            "deleted": [], "restored": [],
            "changed": [{ "item": "019ab0c2-6f00-7000-8000-000000000004", "title": "Crane control", "fields": [{
                "part": "fields", "key": "stage", "field": "stage", "label": "Stage", "from": "qualify", "to": "propose",
                "words": "Stage went from Qualify to Propose"
            }] }]
        }],
        "truncated": false,
        "control": []
    })), (status = 429, response = TooFast))
)]
/// `GET /api/v1/plans/{plan}/changes`
pub(super) async fn between(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Difference>, ApiError> {
    let (Path(plan), Query(asked)) = (plan?, asked?);
    reader(&app, &caller, plan)?;
    if asked.from_seq.is_none() && asked.from_at.is_none() {
        return Err(ApiError::BadRequest(
            "say from when: 'from_seq' or 'from_at'".to_owned(),
        ));
    }
    let moments = vec![
        moment(asked.from_seq, asked.from_at, "'from_seq' or 'from_at'")?,
        moment(asked.to_seq, asked.to_at, "'to_seq' or 'to_at'")?,
    ];
    let read = async move |app: Arc<App>, reader: Reader| {
        let (telling, eyes) = (reader.telling.clone(), reader.telling.eyes);
        let look = app.models.travel(plan, moments, eyes, move |past, states| {
            let [from, to] = <[AsOf; 2]>::try_from(states).map_err(|_| "two moments are two states")?;
            let changes = reports::changes(telling.schema(), &from.state, &to.state, &|person| {
                telling.person(person)
            });
            // Before everything, the plan was not there.
            let since = asked.from_at.or(from.at).filter(|_| from.seq > Seq::ZERO);
            let until = asked
                .to_at
                .or(to.at)
                .filter(|_| asked.to_seq.is_some() || asked.to_at.is_some());
            let control = past.control(since, until, &telling)?;
            let place = |as_of: &AsOf| Place {
                seq: as_of.seq,
                at: as_of.at,
            };
            Ok(Difference {
                plan,
                from: place(&from),
                to: place(&to),
                changes,
                control,
            })
        });
        Ok(look.await?)
    };
    in_turn(&app, caller, plan, read).await.map(Json)
}

/// How finely.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Fine {
    /// In how many equal lengths of time, 200 if not said, at most 1,000.
    buckets: Option<usize>,
}

#[utoipa::path(
    get,
    path = "/plans/{plan}/timeline",
    operation_id = "getTimeline",
    tag = "history",
    summary = "When a plan was edited",
    params(PlanPath, Fine),
    responses((status = 200, description = "Edits by time, oldest first.", body = serde_json::Value,
        content_type = "application/json", example = json!({
        "first_at": 1_795_305_600_000_i64, "head": 9, "head_at": 1_795_305_900_000_i64,
        "buckets": [{ "from": 1_795_305_600_000_i64, "to": 1_795_305_900_001_i64, "seq": 9, "edits": 9 }],
        "control": []
    })), (status = 429, response = TooFast))
)]
/// `GET /api/v1/plans/{plan}/timeline`
pub(super) async fn timeline(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
    asked: Result<Query<Fine>, QueryRejection>,
) -> Result<Json<Timeline>, ApiError> {
    let (Path(plan), Query(asked)) = (plan?, asked?);
    reader(&app, &caller, plan)?;
    let count = asked.buckets.unwrap_or(BUCKETS_DEFAULT).clamp(1, BUCKETS_MAX);
    let read = async move |app: Arc<App>, reader: Reader| Ok(app.models.timeline(plan, count, reader.telling).await?);
    in_turn(&app, caller, plan, read).await.map(Json)
}
