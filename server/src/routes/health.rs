//! Whether the server lives, whether it takes edits, and what it is.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use protocol::PROTOCOL;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::assets;

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: edits are taken.
pub(super) async fn ready(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    if app.journal.is_poisoned() {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "the disk failed to store an edit: no more are taken\n",
        )
    } else if app.journal.is_full() {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "the disk is full: edits are refused until there is space\n",
        )
    } else if *app.stopping().borrow() {
        (StatusCode::SERVICE_UNAVAILABLE, "the server is stopping\n")
    } else {
        (StatusCode::OK, "ready\n")
    }
}

/// What runs here.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Build {
    /// The program's version.
    version: &'static str,
    /// The version of the websocket's protocol.
    protocol: u16,
    /// The script that starts a page: a page that was started by another one is of another build.
    #[schema(required)]
    page: Option<String>,
}

#[utoipa::path(
    get,
    path = "/build",
    operation_id = "getBuild",
    tag = "server",
    summary = "What runs here",
    description = "For pages that stayed open while the server was replaced. No secret, so nobody need be signed in.",
    security(()),
    responses((status = 200, description = "What runs here.", body = Build,
        example = json!({ "version": "0.1.0", "protocol": 2, "page": "/assets/client-1f2e.js" })))
)]
/// `GET /api/v1/build`: for pages that stayed open while the server was replaced. No secret, so nobody need be signed in.
pub(super) async fn build() -> Json<Build> {
    Json(Build {
        version: env!("CARGO_PKG_VERSION"),
        protocol: PROTOCOL,
        page: assets::start_script(),
    })
}

/// `GET /metrics`: the text that Prometheus reads.
pub(super) async fn metrics(State(app): State<Arc<App>>) -> ([(HeaderName, &'static str); 1], String) {
    app.metrics.poisoned.set(i64::from(app.journal.is_poisoned()));
    app.metrics.full.set(i64::from(app.journal.is_full()));
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], app.metrics.text())
}
