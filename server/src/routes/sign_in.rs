//! Signing in with a link, and out.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::PersonId;
use serde::Deserialize;
use workspace::Command;

use crate::app::App;
use crate::auth::{Caller, clear_cookie, set_cookie};
use crate::body::Body;
use crate::problem::ApiError;
use crate::secret;

/// A link's secret. It is not part of an address that servers see or log: it stands behind the `#`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    secret: String,
}

/// `POST /api/v1/sign-in`: uses the link up and opens a session.
pub(super) async fn sign_in(State(app): State<Arc<App>>, Body(request): Body<SignIn>) -> Result<Response, ApiError> {
    let (cookie, session) = secret::new_secret();
    let link = secret::digest(&request.secret);
    let person = app
        .directory
        .state()
        .link(&link, app.clock.now())
        .map_or(PersonId::SERVER, |link| link.person);
    app.directory.run(person, Command::SignIn { link, session }).await?;
    Ok((
        StatusCode::NO_CONTENT,
        [(header::SET_COOKIE, set_cookie(&app, &cookie))],
    )
        .into_response())
}

/// `POST /api/v1/sign-out`: ends the session.
pub(super) async fn sign_out(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, ApiError> {
    if let Some(session) = caller.session {
        app.directory.run(caller.person, Command::SignOut { session }).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, clear_cookie(&app))]).into_response())
}
