//! Other systems that are told what happens: by whom, what became of it, and trying again.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::event::Scope;
use domain::ids::WebhookId;
use domain::{PersonId, PlanId, Right, TimestampMs};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use workspace::{Command, Webhook};

use super::rights;
use crate::app::App;
use crate::auth::Caller;
use crate::body::Body;
use crate::openapi::problems::{Conflict, NotFound, Unprocessable};
use crate::problem::ApiError;
use crate::secret;
use crate::webhooks::{Delivery, EventKind};

/// A webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(super) struct WebhookView {
    /// Its id.
    #[schema(value_type = Uuid)]
    id: WebhookId,
    /// Where it is told.
    url: String,
    /// What happens in these plans; null: what happens anywhere.
    #[schema(value_type = Option<Vec<Uuid>>, required)]
    plans: Option<Vec<PlanId>>,
    /// Of what it is told.
    kinds: Vec<String>,
    /// Who made it: it is told only what they may know.
    #[schema(value_type = Uuid)]
    by: PersonId,
    /// Since when, in milliseconds since 1970.
    #[schema(value_type = i64)]
    since: TimestampMs,
}

/// A new webhook.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewWebhook {
    /// Where it is told: https, and no inside address.
    #[schema(max_length = 2000)]
    url: String,
    /// What happens in these plans, whose members the one who asks manages; null: what happens anywhere, for administrators.
    #[schema(value_type = Option<Vec<Uuid>>)]
    plans: Option<Vec<PlanId>>,
    /// Of what it is told.
    #[schema(min_items = 1)]
    kinds: Vec<EventKind>,
}

/// A new webhook with its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MadeWebhook {
    /// The webhook.
    webhook: WebhookView,
    /// What its requests are signed with. It is told once.
    secret: String,
}

/// A webhook's address.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "only the document reads it")]
pub(super) struct WebhookPath {
    /// The webhook's id.
    #[param(example = "019ab0c2-6f00-7000-8000-0000000000b1")]
    webhook: Uuid,
}

/// A delivery's address.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "only the document reads it")]
pub(super) struct DeliveryPath {
    /// The webhook's id.
    #[param(example = "019ab0c2-6f00-7000-8000-0000000000b1")]
    webhook: Uuid,
    /// The delivery's id.
    #[param(example = "019ab0c2-6f00-7000-8000-0000000000d1")]
    delivery: Uuid,
}

#[utoipa::path(
    get,
    path = "/webhooks",
    operation_id = "listWebhooks",
    tag = "webhooks",
    summary = "One's own webhooks; all of them for administrators",
    responses((status = 200, description = "Webhooks.", body = Vec<WebhookView>, example = json!([{
        "id": "019ab0c2-6f00-7000-8000-0000000000b1", "url": "https://hooks.example/interlock", "plans": null,
        "kinds": ["plan.edited"], "by": "019ab0c2-6f00-7000-8000-00000000000a", "since": 1_795_305_600_000_i64
    }])))
)]
/// `GET /api/v1/webhooks`
pub(super) async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Vec<WebhookView>>, ApiError> {
    let state = app.directory.state();
    rights::in_scope_of_all(&state, &caller, Scope::Manage)?;
    let all = state.is_administrator(caller.person);
    let seen = state
        .webhooks()
        .iter()
        .filter(|(_, webhook)| all || webhook.by == caller.person);
    Ok(Json(seen.map(|(id, webhook)| view(*id, webhook)).collect()))
}

#[utoipa::path(
    post,
    path = "/webhooks",
    operation_id = "createWebhook",
    tag = "webhooks",
    summary = "Tell another system what happens",
    description = "A request holds events: that something happened, where, when and by whom, never the words; those are read \
        through this API. It is signed: `Interlock-Signature: t=SECONDS,v1=HEX`, the HMAC-SHA256 of `SECONDS.BODY` under the \
        secret. Anything but 2xx is tried again with growing rests for some five hours; redirects are not followed. Each event \
        comes at least once: `plan` and `seq` name it.",
    request_body(content = NewWebhook, example = json!({
        "url": "https://hooks.example/interlock", "plans": ["019ab0c2-6f00-7000-8000-000000000001"], "kinds": ["plan.edited"]
    })),
    responses(
        (status = 201, description = "Made.", body = MadeWebhook, example = json!({
            "webhook": {
                "id": "019ab0c2-6f00-7000-8000-0000000000b1", "url": "https://hooks.example/interlock",
                "plans": ["019ab0c2-6f00-7000-8000-000000000001"], "kinds": ["plan.edited"],
                "by": "019ab0c2-6f00-7000-8000-00000000000a", "since": 1_795_305_600_000_i64
            },
            "secret": "ilw_5m2yqJ0nM9gZ4b7T1xWvKc8dRfEhUiOpAsLzXjNtYqQ"
        })),
        (status = 404, response = NotFound),
        (status = 409, response = Conflict),
        (status = 422, response = Unprocessable),
    )
)]
/// `POST /api/v1/webhooks`
pub(super) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(new): Body<NewWebhook>,
) -> Result<(StatusCode, Json<MadeWebhook>), ApiError> {
    app.fairness.command(caller.person)?;
    let webhook = WebhookId(secret::new_uuid(app.clock.now()));
    let (url, plans) = (new.url.clone(), new.plans.clone());
    let command = Command::AddWebhook {
        webhook,
        url: new.url,
        plans: new.plans,
        kinds: new.kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
        by: caller.person,
    };
    may_make(&app, &caller, plans.as_deref(), &command)?;
    let refused = |why: crate::webhooks::Refusal| ApiError::Unfit(why.to_string());
    app.webhooks.sender().check(&url).await.map_err(refused)?;
    let prepared = app.webhooks.prepare(webhook, plans.as_deref());
    let secret = prepared.map_err(|error| ApiError::Unavailable(format!("the secret cannot be kept: {error}")))?;
    if let Err(error) = rights::command(&app, &caller, Scope::Manage, command).await {
        app.webhooks.forget(webhook);
        return Err(error);
    }
    let view = one(&app, &caller, webhook)?;
    Ok((StatusCode::CREATED, Json(MadeWebhook { webhook: view, secret })))
}

#[utoipa::path(
    get,
    path = "/webhooks/{webhook}",
    operation_id = "getWebhook",
    tag = "webhooks",
    summary = "One webhook",
    params(WebhookPath),
    responses((status = 200, description = "The webhook.", body = WebhookView, example = json!({
        "id": "019ab0c2-6f00-7000-8000-0000000000b1", "url": "https://hooks.example/interlock", "plans": null,
        "kinds": ["plan.edited"], "by": "019ab0c2-6f00-7000-8000-00000000000a", "since": 1_795_305_600_000_i64
    })))
)]
/// `GET /api/v1/webhooks/{webhook}`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    path: Result<Path<WebhookId>, PathRejection>,
) -> Result<Json<WebhookView>, ApiError> {
    let Path(webhook) = path?;
    one(&app, &caller, webhook).map(Json)
}

#[utoipa::path(
    delete,
    path = "/webhooks/{webhook}",
    operation_id = "deleteWebhook",
    tag = "webhooks",
    summary = "Tell another system no longer",
    params(WebhookPath),
    responses((status = 204, description = "Removed; its secret and log are gone."))
)]
/// `DELETE /api/v1/webhooks/{webhook}`
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    path: Result<Path<WebhookId>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path(webhook) = path?;
    one(&app, &caller, webhook)?;
    let by = caller.person;
    rights::command(&app, &caller, Scope::Manage, Command::RemoveWebhook { webhook, by }).await?;
    app.webhooks.forget(webhook);
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(
    get,
    path = "/webhooks/{webhook}/deliveries",
    operation_id = "listDeliveries",
    tag = "webhooks",
    summary = "What became of a webhook's requests",
    params(WebhookPath),
    responses((status = 200, description = "The last 100, the newest first.", body = Vec<Delivery>, example = json!([{
        "id": "019ab0c2-6f00-7000-8000-0000000000d1", "at": 1_795_305_600_000_i64, "state": "delivered", "tries": 1,
        "tried_at": 1_795_305_600_100_i64, "answer": "the answer was 200 OK",
        "events": [{
            "kind": "plan.edited", "plan": "019ab0c2-6f00-7000-8000-000000000001", "seq": 7, "at": 1_795_305_600_000_i64,
            "by": "019ab0c2-6f00-7000-8000-00000000000a", "what": null
        }]
    }])))
)]
/// `GET /api/v1/webhooks/{webhook}/deliveries`
pub(super) async fn deliveries(
    State(app): State<Arc<App>>,
    caller: Caller,
    path: Result<Path<WebhookId>, PathRejection>,
) -> Result<Json<Vec<Delivery>>, ApiError> {
    let Path(webhook) = path?;
    one(&app, &caller, webhook)?;
    let deliveries = app.webhooks.deliveries(webhook);
    deliveries.map(Json).ok_or_else(no_secret)
}

#[utoipa::path(
    post,
    path = "/webhooks/{webhook}/ping",
    operation_id = "pingWebhook",
    tag = "webhooks",
    summary = "Try out whether a webhook works",
    params(WebhookPath),
    responses((status = 202, description = "It is sent.", body = Delivery, example = json!({
        "id": "019ab0c2-6f00-7000-8000-0000000000d1", "at": 1_795_305_600_000_i64, "state": "pending", "tries": 0,
        "tried_at": null, "answer": null,
        "events": [{
            "kind": "ping", "plan": null, "seq": 0, "at": 1_795_305_600_000_i64,
            "by": "00000000-0000-0000-0000-000000000000", "what": null
        }]
    })))
)]
/// `POST /api/v1/webhooks/{webhook}/ping`
pub(super) async fn ping(
    State(app): State<Arc<App>>,
    caller: Caller,
    path: Result<Path<WebhookId>, PathRejection>,
) -> Result<(StatusCode, Json<Delivery>), ApiError> {
    let Path(webhook) = path?;
    one(&app, &caller, webhook)?;
    app.fairness.command(caller.person)?;
    let delivery = app.webhooks.ping(webhook).ok_or_else(no_secret)?;
    Ok((StatusCode::ACCEPTED, Json(delivery)))
}

#[utoipa::path(
    post,
    path = "/webhooks/{webhook}/deliveries/{delivery}/retry",
    operation_id = "retryDelivery",
    tag = "webhooks",
    summary = "Send a request again",
    params(DeliveryPath),
    responses((status = 202, description = "It is sent again.", body = Delivery, example = json!({
        "id": "019ab0c2-6f00-7000-8000-0000000000d1", "at": 1_795_305_600_000_i64, "state": "pending", "tries": 0,
        "tried_at": null, "answer": "the answer was 500 Internal Server Error", "events": []
    })))
)]
/// `POST /api/v1/webhooks/{webhook}/deliveries/{delivery}/retry`
pub(super) async fn retry(
    State(app): State<Arc<App>>,
    caller: Caller,
    path: Result<Path<(WebhookId, Uuid)>, PathRejection>,
) -> Result<(StatusCode, Json<Delivery>), ApiError> {
    let Path((webhook, delivery)) = path?;
    one(&app, &caller, webhook)?;
    app.fairness.command(caller.person)?;
    let delivery = app
        .webhooks
        .retry(webhook, delivery)
        .ok_or(ApiError::NotFound("delivery"))?;
    Ok((StatusCode::ACCEPTED, Json(delivery)))
}

/// That the caller may make it, also with the token they show: it is told what happens, so it must be good for reading. Asked
/// before its address is looked at: what a name leads to is not for everybody to find out.
fn may_make(app: &App, caller: &Caller, plans: Option<&[PlanId]>, command: &Command) -> Result<(), ApiError> {
    let state = app.directory.state();
    rights::in_scope_of_all(&state, caller, Scope::Manage)?;
    rights::in_scope_of_all(&state, caller, Scope::Read)?;
    for plan in plans.unwrap_or_default() {
        rights::in_scope(&state, caller, *plan, Right::Read)?;
    }
    workspace::decide(&state, app.clock.now(), command.clone())?;
    Ok(())
}

/// A webhook of the caller's own, or any for who runs the workspace.
fn one(app: &App, caller: &Caller, webhook: WebhookId) -> Result<WebhookView, ApiError> {
    let state = app.directory.state();
    rights::in_scope_of_all(&state, caller, Scope::Manage)?;
    let record = state.webhooks().get(&webhook);
    let seen = record.filter(|record| record.by == caller.person || state.is_administrator(caller.person));
    let record = seen.ok_or(ApiError::NotFound("webhook"))?;
    Ok(view(webhook, record))
}

fn view(id: WebhookId, webhook: &Webhook) -> WebhookView {
    WebhookView {
        id,
        url: webhook.url.clone(),
        plans: webhook.plans.clone(),
        kinds: webhook.kinds.clone(),
        by: webhook.by,
        since: webhook.since,
    }
}

fn no_secret() -> ApiError {
    ApiError::Unavailable("this webhook's secret is gone, so it is told nothing: remove it and make it anew".to_owned())
}
