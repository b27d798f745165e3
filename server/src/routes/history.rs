//! What happened in a plan.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use domain::{Cell, ItemId, PersonId, PlanId, SectionId, Seq, TimestampMs};
use serde::Deserialize;
use utoipa::IntoParams;

use super::reader::{Reader, in_turn, reader};
use crate::app::App;
use crate::auth::Caller;
use crate::openapi::problems::TooFast;
use crate::openapi::{PlanPath, shapes};
use crate::problem::ApiError;
use crate::read_models::{Cursor, HistoryPage, HistoryQuery, Kind, PAGE_FACTS_MAX};

/// Lines of a page unless asked otherwise.
const LIMIT_DEFAULT: usize = 50;
/// Longest words that are looked for, in characters.
const TEXT_CHARS_MAX: usize = 200;

/// Which part of the history.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Of this section.
    #[param(value_type = Option<String>, example = "actions")]
    section: Option<SectionId>,
    /// Of this item; needs the section.
    #[param(value_type = Option<Uuid>)]
    item: Option<ItemId>,
    /// Of this cell, as `section/item/key`, or `section/item/part/key` in an item's links, own or prose.
    cell: Option<String>,
    /// Of this field, in whichever item.
    #[param(example = "stage")]
    field: Option<String>,
    /// By this person.
    #[param(value_type = Option<Uuid>)]
    person: Option<PersonId>,
    /// Only edits, or only control events (roles, stage, name); both if not said.
    #[param(value_type = Option<String>, example = "edits")]
    kind: Option<Kind>,
    /// Where these words occur, upper and lower case alike: in values, in what lines say, in the titles of items, in what
    /// was changed of a text.
    #[param(max_length = 200)]
    text: Option<String>,
    /// Not before this time, in milliseconds since 1970.
    #[param(value_type = Option<i64>)]
    from: Option<TimestampMs>,
    /// Before this time.
    #[param(value_type = Option<i64>)]
    to: Option<TimestampMs>,
    /// Whether each edit is told in words, with what its item was called then, and a text's difference.
    words: Option<bool>,
    /// The `cursor` of the page before, to read on; what is asked for is said again beside it.
    #[param(example = "700.44")]
    cursor: Option<String>,
    /// Only edits, older than this entry: another way to read on.
    #[param(value_type = Option<u64>)]
    before: Option<Seq>,
    /// How many, 50 if not said, at most 500.
    limit: Option<usize>,
}

#[utoipa::path(
    get,
    path = "/plans/{plan}/history",
    operation_id = "listHistory",
    tag = "history",
    summary = "What happened in a plan, newest first",
    params(PlanPath, Asked),
    responses((status = 200, description = "A page of it.", body = shapes::HistoryPage, example = json!({
        "facts": [{
            "seq": 7, "at": 1_795_305_700_000_i64, "claimed": 1_795_305_699_000_i64, "author": "019ab0c2-6f00-7000-8000-00000000000a",
            "cell": { "section": "actions", "item": "019ab0c2-6f00-7000-8000-000000000002", "part": "fields", "key": "title" },
            "delta": { "Set": { "old": null, "new": { "Str": "Call the CIO" }, "also": [] } }
        }],
        "control": [{
            "seq": 45, "at": 1_795_305_650_000_i64, "author": "019ab0c2-6f00-7000-8000-00000000000a", "author_name": "Ada",
            "event": "stage_set", "words": "set the stage to Workshop"
        }],
        "people": { "019ab0c2-6f00-7000-8000-00000000000a": "Ada" },
        "next": null, "cursor": null
    })), (status = 429, response = TooFast))
)]
/// `GET /api/v1/plans/{plan}/history`, newest first.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<HistoryPage>, ApiError> {
    let (Path(plan), Query(asked)) = (plan?, asked?);
    reader(&app, &caller, plan)?;
    let query = query(plan, asked)?;
    let read = async move |app: Arc<App>, reader: Reader| Ok(app.models.history(query, reader.telling).await?);
    in_turn(&app, caller, plan, read).await.map(Json)
}

fn query(plan: PlanId, asked: Asked) -> Result<HistoryQuery, ApiError> {
    let bad = |why: &str| Err(ApiError::BadRequest(why.to_owned()));
    if asked.item.is_some() && asked.section.is_none() {
        return bad("an item is asked for together with its section");
    }
    let text = asked
        .text
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.chars().count() > TEXT_CHARS_MAX) {
        return bad("the words that are looked for are too many");
    }
    let (cursor, kind) = match (asked.cursor, asked.before) {
        (Some(_), Some(_)) => return bad("pages go on with 'cursor' or with 'before', not both"),
        (Some(cursor), None) => {
            let cursor = cursor.parse::<Cursor>();
            (
                cursor.map_err(|error| ApiError::BadRequest(error.to_string()))?,
                asked.kind,
            )
        }
        (None, Some(edits)) => (
            Cursor {
                edits,
                ..Cursor::NEWEST
            },
            Some(Kind::Edits),
        ),
        (None, None) => (Cursor::NEWEST, asked.kind),
    };
    let cell = asked.cell.as_deref().map(str::parse::<Cell>);
    if let Some(Err(error)) = cell {
        return bad(&error.to_string());
    }
    Ok(HistoryQuery {
        plan,
        section: asked.section,
        item: asked.item,
        cell: asked.cell,
        field: asked.field,
        person: asked.person,
        kind,
        text,
        from: asked.from,
        to: asked.to,
        words: asked.words.unwrap_or(false),
        cursor,
        limit: asked.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, PAGE_FACTS_MAX),
    })
}
