//! `ETag` and `If-Match`: what somebody changed meanwhile is not written over.

use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::problem::ApiError;

/// An answer with its tag.
pub(super) type Tagged<T> = ([(HeaderName, HeaderValue); 1], Json<T>);

/// With its tag.
pub(super) fn tagged<T>(tag: &str, body: T) -> Tagged<T> {
    let tag = HeaderValue::from_str(tag).unwrap_or(HeaderValue::from_static("\"\""));
    ([(header::ETAG, tag)], Json(body))
}

/// What `If-Match` says, if it is there.
pub(super) fn if_match(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::IF_MATCH)?;
    // What is no text matches nothing.
    Some(value.to_str().unwrap_or_default().to_owned())
}

/// Whether something is as the request says, if it says so. `If-Match` is a list of tags, or a star for whatever is there.
pub(super) fn is_match(wanted: Option<&str>, tag: &str) -> bool {
    let names_it = |wanted: &str| {
        let mut tags = wanted.split(',').map(str::trim);
        tags.any(|wanted| wanted == "*" || wanted == tag)
    };
    wanted.is_none_or(names_it)
}

/// Refuses what is not so any more.
pub(super) fn check_match(wanted: Option<&str>, tag: &str) -> Result<(), ApiError> {
    is_match(wanted, tag).then_some(()).ok_or(ApiError::Changed)
}
