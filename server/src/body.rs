//! Reading a request's JSON body, with limits on its length and its time.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::auth::Caller;
use crate::problem::ApiError;

/// Longest JSON body, in bytes. The websocket has a limit of its own.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);

/// A JSON body. Whoever was signed in at the request's head still is when its last byte has come.
#[derive(Debug, Clone, Copy)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        let (mut head, body) = request.into_parts();
        // Some addresses are for nobody in particular: there is nothing to lose there.
        let caller = Caller::from_request_parts(&mut head, app).await.ok();
        let request = Request::from_parts(head, body);
        let reading = tokio::time::timeout(BODY_TIME, Json::<T>::from_request(request, app));
        let Json(value) = reading.await.map_err(|_| ApiError::TooSlow)??;
        if caller.is_some_and(|caller| !caller.is_current(app)) {
            return Err(ApiError::SignedOut);
        }
        Ok(Self(value))
    }
}

/// Refuses a request that says that it is too long, before any of it is read. The connection ends with the answer: what
/// comes is not the next request.
pub async fn guard_length(request: Request, next: Next) -> Response {
    let said = request.headers().get(header::CONTENT_LENGTH);
    let len = said.and_then(|len| len.to_str().ok()?.parse::<u64>().ok());
    if len.is_some_and(|len| usize::try_from(len).map_or(true, |len| len > BODY_BYTES_MAX)) {
        return ([(header::CONNECTION, "close")], ApiError::TooLarge).into_response();
    }
    next.run(request).await
}
