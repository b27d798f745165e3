//! Whether the server lives, and whether it takes edits.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};

use crate::app::App;

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

/// `GET /metrics`: the text that Prometheus reads.
pub(super) async fn metrics(State(app): State<Arc<App>>) -> ([(HeaderName, &'static str); 1], String) {
    app.metrics.poisoned.set(i64::from(app.journal.is_poisoned()));
    app.metrics.full.set(i64::from(app.journal.is_full()));
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], app.metrics.text())
}
