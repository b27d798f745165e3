//! All addresses, one file for each resource.

mod control;
mod health;
mod history;
mod me;
mod people;
mod plans;
mod reports;
mod sign_in;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get, patch, post};

use crate::app::App;
use crate::body::{BODY_BYTES_MAX, guard_length};
use crate::problem::ApiError;
use crate::{assets, auth, ws};

pub use control::{LinkRequest, OneLine, PlanLine, TokenRequest, create_token, issue_link, plan_lines};

/// The whole server as a router.
pub fn router(app: Arc<App>) -> Router {
    let api = Router::new()
        .route("/build", get(health::build))
        .route("/sign-in", post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/me", get(me::show).patch(me::rename))
        .route("/people", get(people::list))
        .route("/plans", get(plans::list).post(plans::create))
        .route("/plans/{plan}", patch(plans::change))
        .route("/plans/{plan}/duplicate", post(plans::duplicate))
        .route("/plans/{plan}/history", get(history::list))
        .route("/plans/{plan}/reports/actions", get(reports::actions))
        .route("/plans/{plan}/sync", any(ws::sync));
    let control = Router::new()
        .route("/link", post(control::link))
        .route("/token", post(control::token))
        .route("/plans", get(control::plans));
    Router::new()
        .nest("/api/v1", api)
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
