//! The API's document.

use std::sync::LazyLock;

use axum::http::{HeaderName, header};
use bytes::Bytes;

/// Made once: it is the same for everyone, and holds no secret.
static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
    let document = super::api_document();
    serde_json::to_vec(&document)
        .expect("a document of text and numbers is JSON")
        .into()
});

#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "getDocument",
    tag = "server",
    summary = "This document",
    security(()),
    responses((status = 200, description = "This document, OpenAPI 3.1.", body = serde_json::Value,
        content_type = "application/json", example = json!({ "openapi": "3.1.0" })))
)]
/// `GET /api/v1/openapi.json`
pub(super) async fn show() -> ([(HeaderName, &'static str); 1], Bytes) {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.clone())
}
