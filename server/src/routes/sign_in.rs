//! Signing in with a link, and out.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::PersonId;
use serde::Deserialize;
use utoipa::ToSchema;
use workspace::{Command, Refused};

use crate::app::App;
use crate::auth::{Caller, clear_cookie, set_cookie};
use crate::body::Body;
use crate::directory::DirectoryError;
use crate::openapi::problems::{Conflict, Gone};
use crate::problem::ApiError;
use crate::secret;

/// A link's secret. It is not part of an address that servers see or log: it stands behind the `#`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    /// What stands behind the `#` of a sign-in link.
    secret: String,
}

#[utoipa::path(
    post,
    path = "/sign-in",
    operation_id = "signIn",
    tag = "session",
    summary = "Sign in with a link",
    description = "Uses the link up and opens a session. A link works once, within a day.",
    security(()),
    request_body(content = SignIn, example = json!({ "secret": "nL9m3cWJqv3GqVZ1gX2m7m5J8yJ1p4nq0W9aYx7hXkQ" })),
    responses(
        (status = 204, description = "Signed in.", headers(("Set-Cookie" = String, description = "The session's cookie."))),
        (status = 409, response = Conflict),
        (status = 410, response = Gone),
    )
)]
/// `POST /api/v1/sign-in`: uses the link up and opens a session.
pub(super) async fn sign_in(State(app): State<Arc<App>>, Body(request): Body<SignIn>) -> Result<Response, ApiError> {
    let (cookie, session) = secret::new_secret();
    let link = secret::digest(&request.secret);
    let person = app
        .directory
        .state()
        .link(&link, app.clock.now())
        .map_or(PersonId::SERVER, |link| link.person);
    let signed_in = app.directory.run(person, Command::SignIn { link, session }).await;
    if let Err(DirectoryError::Refused(Refused::LinkGone)) = &signed_in {
        app.denials.note_sign_in();
    }
    signed_in?;
    Ok((
        StatusCode::NO_CONTENT,
        [(header::SET_COOKIE, set_cookie(&app, &cookie))],
    )
        .into_response())
}

#[utoipa::path(
    post,
    path = "/sign-out",
    operation_id = "signOut",
    tag = "session",
    summary = "Sign out",
    description = "Ends the session; its open pages are closed. A token goes on.",
    responses((status = 204, description = "Signed out.", headers(("Set-Cookie" = String, description = "Takes the cookie back."))))
)]
/// `POST /api/v1/sign-out`: ends the session.
pub(super) async fn sign_out(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, ApiError> {
    if let Some(session) = caller.session {
        app.directory.run(caller.person, Command::SignOut { session }).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, clear_cookie(&app))]).into_response())
}
