//! What happened in a plan.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use domain::{ItemId, PlanId, SectionId, Seq};
use serde::Deserialize;

use crate::app::App;
use crate::auth::Caller;
use crate::problem::ApiError;
use crate::read_models::{HistoryPage, HistoryQuery, PAGE_FACTS_MAX};

/// Facts of a page unless asked otherwise.
const LIMIT_DEFAULT: usize = 50;

/// Which part of the history.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    section: Option<SectionId>,
    item: Option<ItemId>,
    cell: Option<String>,
    before: Option<Seq>,
    limit: Option<usize>,
}

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
