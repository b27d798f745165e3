//! What happened in a plan.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use domain::{ItemId, PlanId, SectionId, Seq};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::Caller;
use crate::openapi::{PlanPath, shapes};
use crate::problem::ApiError;
use crate::read_models::{HistoryPage, HistoryQuery, PAGE_FACTS_MAX};

/// Facts of a page unless asked otherwise.
const LIMIT_DEFAULT: usize = 50;

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
    /// Older than this entry.
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
            "seq": 7, "at": 1795305700000_i64, "claimed": 1795305699000_i64, "author": "019ab0c2-6f00-7000-8000-00000000000a",
            "cell": { "section": "actions", "item": "019ab0c2-6f00-7000-8000-000000000002", "part": "fields", "key": "title" },
            "delta": { "Set": { "old": null, "new": { "Str": "Call the CIO" }, "also": [] } }
        }],
        "next": null
    })))
)]
/// `GET /api/v1/plans/{plan}/history`, newest first.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    _: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<HistoryPage>, ApiError> {
    let (Path(plan), Query(asked)) = (plan?, asked?);
    if !app.has_plan(plan) {
        return Err(ApiError::NotFound("plan"));
    }
    if asked.item.is_some() && asked.section.is_none() {
        return Err(ApiError::BadRequest(
            "an item is asked for together with its section".to_owned(),
        ));
    }
    let limit = asked.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, PAGE_FACTS_MAX);
    let Asked {
        section,
        item,
        cell,
        before,
        ..
    } = asked;
    let query = HistoryQuery {
        plan,
        section,
        item,
        cell,
        before,
        limit,
    };
    let page = app.models.history(query).await;
    page.map(Json)
        .ok_or_else(|| ApiError::Unavailable("the history is being read again: try again shortly".to_owned()))
}
