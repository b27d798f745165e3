//! The items of a section: read from the room's table, written through the same admission as any other edit.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use domain::{Cell, ItemId, PlanId, Scalar, SectionId, Seq};
use journal::Journal;
use plan::{Edit, Table};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::etag::Tagged;
use super::item_at::{ItemAt, reads, unreadable, writes};
use crate::app::App;
use crate::auth::Caller;
use crate::body::Body;
use crate::content::{self, ItemView, View, edits_for_field, edits_for_new};
use crate::idempotency::{IdempotencyKey, Seed, Turn};
use crate::openapi::problems::{Conflict, PreconditionFailed, Unprocessable};
use crate::openapi::{BASE, ItemPath, SectionPath};
use crate::problem::ApiError;

/// Items of a page unless asked otherwise.
const LIMIT_DEFAULT: usize = 50;
/// Most items of a page.
const LIMIT_MAX: usize = 200;

/// Which items.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Those behind this one: the `next` of the page before.
    #[param(value_type = Option<Uuid>)]
    after: Option<ItemId>,
    /// How many, 50 if not said, at most 200.
    #[param(minimum = 1)]
    limit: Option<usize>,
    /// Deleted ones too.
    deleted: Option<bool>,
}

/// A page of items.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ItemPage {
    /// In the order in which they were made.
    items: Vec<ItemView>,
    /// Ask again with `after` set to it; null: this was all.
    #[schema(value_type = Option<Uuid>, required)]
    next: Option<ItemId>,
}

/// A new item.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewItem {
    /// Its first fields by key, in the forms that reading gives.
    #[serde(default)]
    fields: BTreeMap<String, Value>,
}

/// A change of an item.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemChange {
    /// What fields say from now on, in the forms that reading gives; null empties one. Others stay as they are.
    #[serde(default)]
    fields: BTreeMap<String, Value>,
    /// Deleted, or brought back.
    deleted: Option<bool>,
}

#[utoipa::path(
    get,
    path = "/plans/{plan}/sections/{section}/items",
    operation_id = "listItems",
    tag = "content",
    summary = "The items of a section",
    params(SectionPath, Asked),
    responses((status = 200, description = "A page of them.", body = ItemPage, example = json!({
        "items": [{
            "id": "019ab0c2-6f00-7000-8000-000000000002", "section": "actions", "deleted": false,
            "fields": { "title": "Call the CIO", "due": "2026-11-20" }, "also": {}, "withheld": [], "erased": []
        }],
        "next": null
    })))
)]
/// `GET /api/v1/plans/{plan}/sections/{section}/items`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    path: Result<Path<(PlanId, SectionId)>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<ItemPage>, ApiError> {
    let (Path((plan, section)), Query(asked)) = (path?, asked?);
    let lens = reads(&app, &caller, plan)?;
    let limit = asked.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX);
    let deleted = asked.deleted.unwrap_or(false);
    let schema = Arc::clone(&app.schema);
    let page = move |table: &Table| {
        let items = table
            .items(section)
            .filter(|item| asked.after.is_none_or(|after| *item > after));
        let mut items = items.filter(|item| deleted || !content::is_deleted(table, section, *item));
        let some: Vec<ItemId> = items.by_ref().take(limit).collect();
        let next = items.next().and(some.last().copied());
        let view = |item: &ItemId| content::item_view(table, &schema, &lens, section, *item);
        ItemPage {
            items: some.iter().map(view).collect(),
            next,
        }
    };
    app.rooms.look(plan, page).await.map(Json).ok_or_else(unreadable)
}

#[utoipa::path(
    get,
    path = "/plans/{plan}/sections/{section}/items/{item}",
    operation_id = "getItem",
    tag = "content",
    summary = "One item",
    params(ItemPath),
    responses((status = 200, description = "The item.", body = ItemView,
        headers(("ETag" = String, description = "Names the item's state: for `If-Match`."))))
)]
/// `GET /api/v1/plans/{plan}/sections/{section}/items/{item}`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    path: Result<Path<(PlanId, SectionId, ItemId)>, PathRejection>,
) -> Result<Tagged<ItemView>, ApiError> {
    let Path(at) = path?;
    ItemAt::new(&app, &caller, at).show(content::item_view).await
}

#[utoipa::path(
    post,
    path = "/plans/{plan}/sections/{section}/items",
    operation_id = "createItem",
    tag = "content",
    summary = "Make an item",
    params(SectionPath, IdempotencyKey),
    request_body(content = NewItem, example = json!({ "fields": { "title": "Call the CIO", "due": "2026-11-20" } })),
    responses(
        (status = 201, description = "Made.", body = ItemView, headers(
            ("ETag" = String, description = "Names the item's state: for `If-Match`."),
            ("Location" = String, description = "The item's address."),
        )),
        (status = 409, response = Conflict),
        (status = 422, response = Unprocessable),
    )
)]
/// `POST /api/v1/plans/{plan}/sections/{section}/items`
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    key: IdempotencyKey,
    path: Result<Path<(PlanId, SectionId)>, PathRejection>,
    Body(new): Body<NewItem>,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1], Tagged<ItemView>), ApiError> {
    let Path((plan, section)) = path?;
    writes(&app, &caller, plan)?;
    if section.is_single() {
        return Err(ApiError::Unfit(
            "this section has exactly one item, which is there".to_owned(),
        ));
    }
    let turn = key
        .begin(&app, caller.person, ("createItem", plan, section, &new))
        .await?;
    let item = ItemId(turn.seed().uuid(0));
    let at = ItemAt::new(&app, &caller, (plan, section, item));
    if !turn.is_done() {
        let made = make(&at, &new, &turn).await;
        turn.settle(made).await?;
    }
    let path = format!("{BASE}/plans/{plan}/sections/{section}/items/{item}");
    let path = HeaderValue::from_str(&path).expect("ids and keys make a header");
    let answer = at.show(content::item_view).await?;
    Ok((StatusCode::CREATED, [(header::LOCATION, path)], answer))
}

#[utoipa::path(
    patch,
    path = "/plans/{plan}/sections/{section}/items/{item}",
    operation_id = "changeItem",
    tag = "content",
    summary = "Change fields of an item, delete it, bring it back",
    params(
        ItemPath,
        IdempotencyKey,
        ("If-Match" = Option<String>, Header, description = "Only if the item is as this ETag says."),
    ),
    request_body(content = ItemChange, example = json!({ "fields": { "due": "2026-12-24" } })),
    responses(
        (status = 200, description = "Changed.", body = ItemView,
            headers(("ETag" = String, description = "Names the item's state: for `If-Match`."))),
        (status = 409, response = Conflict),
        (status = 412, response = PreconditionFailed),
        (status = 422, response = Unprocessable),
    )
)]
/// `PATCH /api/v1/plans/{plan}/sections/{section}/items/{item}`
pub(super) async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    key: IdempotencyKey,
    headers: HeaderMap,
    path: Result<Path<(PlanId, SectionId, ItemId)>, PathRejection>,
    Body(change): Body<ItemChange>,
) -> Result<Tagged<ItemView>, ApiError> {
    let Path((plan, section, item)) = path?;
    writes(&app, &caller, plan)?;
    if change.deleted.is_some() && section.is_single() {
        return Err(ApiError::Unfit("the one item of this section stays".to_owned()));
    }
    let before = app.journal.head(plan.into()).map_or(Seq::ZERO, |head| head.seq);
    let asked = ("changeItem", plan, section, item, &change);
    let turn = key.begin_at(&app, caller.person, before, asked).await?;
    let at = ItemAt::new(&app, &caller, (plan, section, item));
    if !turn.is_done() {
        let changed = if at.is_written(&turn).await? {
            Ok(())
        } else {
            apply(&at, &headers, change, turn.seed()).await
        };
        turn.settle(changed).await?;
    }
    at.show(content::item_view).await
}

#[utoipa::path(
    delete,
    path = "/plans/{plan}/sections/{section}/items/{item}",
    operation_id = "deleteItem",
    tag = "content",
    summary = "Delete an item",
    description = "It stays in the history and can be brought back with a change of `deleted`.",
    params(ItemPath, ("If-Match" = Option<String>, Header, description = "Only if the item is as this ETag says.")),
    responses(
        (status = 204, description = "Deleted."),
        (status = 409, response = Conflict),
        (status = 412, response = PreconditionFailed),
        (status = 422, response = Unprocessable),
    )
)]
/// `DELETE /api/v1/plans/{plan}/sections/{section}/items/{item}`
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<(PlanId, SectionId, ItemId)>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path((plan, section, item)) = path?;
    writes(&app, &caller, plan)?;
    if section.is_single() {
        return Err(ApiError::Unfit("the one item of this section stays".to_owned()));
    }
    let edit = deletion(section, item, true);
    ItemAt::new(&app, &caller, (plan, section, item))
        .write(&headers, Seed::new(&app.stamps), move |_| Ok(vec![edit.clone()]))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn make(at: &ItemAt<'_>, new: &NewItem, turn: &Turn) -> Result<(), ApiError> {
    let (seed, target, fields) = (turn.seed(), at.target(), new.fields.clone());
    let edits = move |view: View<'_>| Ok(edits_for_new(view, target, &fields, &|nth| seed.uuid(nth))?);
    match at.make(seed, edits).await {
        // The first try got this far before it was cut off.
        Err(ApiError::ItemExists) if turn.is_again() => Ok(()),
        made => made,
    }
}

async fn apply(at: &ItemAt<'_>, headers: &HeaderMap, change: ItemChange, seed: Seed) -> Result<(), ApiError> {
    let target = at.target();
    let deleted = change
        .deleted
        .map(|deleted| deletion(target.section, target.item, deleted));
    let edits = move |view: View<'_>| {
        let mut edits = Vec::new();
        for (nth, (field, value)) in change.fields.iter().enumerate() {
            let nth = u32::try_from(nth).unwrap_or(u32::MAX) << 16;
            let new_id = |paragraph: u32| seed.uuid(nth.saturating_add(paragraph));
            edits.extend(edits_for_field(view, target, field, value, &new_id)?);
        }
        edits.extend(deleted.clone());
        Ok(edits)
    };
    at.write(headers, seed, edits).await
}

fn deletion(section: SectionId, item: ItemId, deleted: bool) -> Edit {
    Edit::Put {
        cell: Cell::field(section, item, "deleted"),
        value: Scalar::Bool(deleted),
    }
}
