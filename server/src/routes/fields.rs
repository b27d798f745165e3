//! One field of an item.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use domain::schema::Field;
use domain::{ItemId, PlanId, Schema, SectionId};
use plan::Table;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::etag::Tagged;
use super::item_at::{ItemAt, reads, writes};
use crate::app::App;
use crate::auth::Caller;
use crate::body::Body;
use crate::content::{self, FieldView, Lens, View, edits_for_field};
use crate::idempotency::Seed;
use crate::openapi::FieldPath;
use crate::openapi::problems::{Conflict, PreconditionFailed, Unprocessable};
use crate::problem::ApiError;

/// What a field says from now on.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewValue {
    /// In the form that reading gives; null empties the field.
    value: Value,
}

type At = (PlanId, SectionId, ItemId, String);

#[utoipa::path(
    get,
    path = "/plans/{plan}/sections/{section}/items/{item}/fields/{field}",
    operation_id = "getField",
    tag = "content",
    summary = "One field of an item",
    params(FieldPath),
    responses((status = 200, description = "The field.", body = FieldView,
        headers(("ETag" = String, description = "Names the item's state: for `If-Match`.")),
        example = json!({ "field": "amount", "value": "51000000 EUR", "also": [], "withheld": false, "erased": false })))
)]
/// `GET /api/v1/plans/{plan}/sections/{section}/items/{item}/fields/{field}`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    path: Result<Path<At>, PathRejection>,
) -> Result<Tagged<FieldView>, ApiError> {
    let Path(at) = path?;
    one(&app, &caller, at).await
}

#[utoipa::path(
    put,
    path = "/plans/{plan}/sections/{section}/items/{item}/fields/{field}",
    operation_id = "setField",
    tag = "content",
    summary = "Say what a field says",
    description = "Where each person says something of their own, it is that of the one who asks.",
    params(FieldPath, ("If-Match" = Option<String>, Header, description = "Only if the item is as this ETag says.")),
    request_body(content = NewValue, example = json!({ "value": "51000000 EUR" })),
    responses(
        (status = 200, description = "Said.", body = FieldView,
            headers(("ETag" = String, description = "Names the item's state: for `If-Match`.")),
            example = json!({ "field": "amount", "value": "51000000 EUR", "also": [], "withheld": false, "erased": false })),
        (status = 409, response = Conflict),
        (status = 412, response = PreconditionFailed),
        (status = 422, response = Unprocessable),
    )
)]
/// `PUT /api/v1/plans/{plan}/sections/{section}/items/{item}/fields/{field}`
pub(super) async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<At>, PathRejection>,
    Body(new): Body<NewValue>,
) -> Result<Tagged<FieldView>, ApiError> {
    let Path(at) = path?;
    writes(&app, &caller, at.0)?;
    write(&app, &caller, &headers, &at, new.value).await?;
    one(&app, &caller, at).await
}

#[utoipa::path(
    delete,
    path = "/plans/{plan}/sections/{section}/items/{item}/fields/{field}",
    operation_id = "emptyField",
    tag = "content",
    summary = "Empty a field",
    params(FieldPath, ("If-Match" = Option<String>, Header, description = "Only if the item is as this ETag says.")),
    responses(
        (status = 204, description = "Empty."),
        (status = 409, response = Conflict),
        (status = 412, response = PreconditionFailed),
        (status = 422, response = Unprocessable),
    )
)]
/// `DELETE /api/v1/plans/{plan}/sections/{section}/items/{item}/fields/{field}`
pub(super) async fn empty(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    path: Result<Path<At>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path(at) = path?;
    writes(&app, &caller, at.0)?;
    write(&app, &caller, &headers, &at, Value::Null).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn write(app: &App, caller: &Caller, headers: &HeaderMap, at: &At, value: Value) -> Result<(), ApiError> {
    let (plan, section, item, field) = at.clone();
    check_field(app, section, &field)?;
    let at = ItemAt::new(app, caller, (plan, section, item));
    let (seed, target) = (Seed::new(&app.stamps), at.target());
    let edits = move |view: View<'_>| Ok(edits_for_field(view, target, &field, &value, &|nth| seed.uuid(nth))?);
    at.write(headers, seed, edits).await
}

/// A field that is not there is an address that is not there.
fn check_field(app: &App, section: SectionId, key: &str) -> Result<Field, ApiError> {
    let field = app.schema.section(section).and_then(|section| section.field(key));
    field.cloned().ok_or(ApiError::NotFound("field"))
}

async fn one(app: &App, caller: &Caller, (plan, section, item, key): At) -> Result<Tagged<FieldView>, ApiError> {
    reads(app, caller, plan)?;
    let field = check_field(app, section, &key)?;
    let view = move |table: &Table, schema: &Schema, lens: &Lens, section, item| {
        content::field_view(table, schema, lens, (section, item), &field)
    };
    ItemAt::new(app, caller, (plan, section, item)).show(view).await
}
