//! All addresses, one file for each resource.

mod administration;
mod as_of;
mod assignments;
mod audit;
mod changes;
mod contacts;
mod control;
mod document;
mod etag;
mod fields;
mod health;
mod history;
mod invitations;
mod item_at;
mod items;
mod me;
mod members;
mod page;
mod people;
mod plans;
mod reader;
mod reports;
mod restore;
mod rights;
mod sections;
mod sign_in;
mod stage;
mod teams;
mod tokens;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::body::{BODY_BYTES_MAX, guard_length};
use crate::idempotency::Keyed;
use crate::problem::ApiError;
use crate::{assets, auth, idempotency, openapi, ws};

pub use control::{
    LinkRequest, OneLine, PlanLine, TokenRequest, create_token, issue_link, last_checkpoint, plan_lines,
};

/// The API with its document. Everything is registered by `routes!`: what is served is described.
fn api() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(openapi::begin())
        .routes(routes!(document::show))
        .routes(routes!(health::build))
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(sign_in::sign_out))
        .routes(routes!(me::show, me::rename))
        .routes(routes!(people::list))
        .routes(routes!(plans::list, plans::create))
        .routes(routes!(plans::show, plans::change))
        .routes(routes!(plans::duplicate))
        .routes(routes!(stage::set))
        .routes(routes!(members::list))
        .routes(routes!(members::give, members::take))
        .routes(routes!(members::set_everyone))
        .routes(routes!(invitations::invite))
        .routes(routes!(invitations::withdraw))
        .routes(routes!(invitations::list))
        .routes(routes!(invitations::answer))
        .routes(routes!(assignments::show, assignments::assign, assignments::unassign))
        .routes(routes!(teams::list, teams::make))
        .routes(routes!(teams::rename, teams::remove))
        .routes(routes!(teams::set_member, teams::remove_member))
        .routes(routes!(tokens::list, tokens::make))
        .routes(routes!(tokens::revoke))
        .routes(routes!(administration::people, administration::add))
        .routes(routes!(administration::change, administration::remove))
        .routes(routes!(administration::plans))
        .routes(routes!(tokens::all))
        .routes(routes!(sections::list))
        .routes(routes!(sections::show))
        .routes(routes!(items::list, items::create))
        .routes(routes!(items::show, items::change, items::delete))
        .routes(routes!(fields::show, fields::put, fields::empty))
        .routes(routes!(history::list))
        .routes(routes!(as_of::show))
        .routes(routes!(changes::between))
        .routes(routes!(changes::timeline))
        .routes(routes!(restore::post))
        .routes(routes!(contacts::erase))
        .routes(routes!(contacts::held))
        .routes(routes!(contacts::erasures))
        .routes(routes!(reports::actions))
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::show, webhooks::delete))
        .routes(routes!(webhooks::ping))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(webhooks::retry))
        .routes(routes!(audit::workspace))
        .routes(routes!(audit::of_plan))
        .routes(routes!(ws::sync))
}

/// The API's document.
pub fn api_document() -> OpenApi {
    let mut document = api().into_openapi();
    openapi::finish(&mut document);
    document
}

/// The whole server as a router.
pub fn router(app: Arc<App>) -> Router {
    let (api, document) = api().split_for_parts();
    let keyed = Arc::new(Keyed::in_document(&document));
    let api = api.layer(from_fn_with_state(keyed, idempotency::guard_key));
    let control = Router::new()
        .route("/link", post(control::link))
        .route("/token", post(control::token))
        .route("/checkpoint", post(control::checkpoint))
        .route("/plans", get(control::plans));
    Router::new()
        .nest(openapi::BASE, api)
        .nest("/control", control)
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .fallback(assets::serve)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(Arc::clone(&app), auth::guard_origin))
        .layer(from_fn(guard_length))
        .layer(from_fn(assets::fence))
        .with_state(app)
}
