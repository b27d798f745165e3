//! The person who asks.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::PersonId;
use serde::{Deserialize, Serialize};
use workspace::Command;

use crate::app::App;
use crate::auth::Caller;
use crate::body::Body;
use crate::problem::ApiError;

/// The person who asks, as the pages need them.
#[derive(Debug, Serialize)]
pub(super) struct Me {
    id: PersonId,
    name: String,
    email: String,
    administrator: bool,
    time_zone: &'static str,
}

/// What a person may change about themselves.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rename {
    name: String,
}

/// `GET /api/v1/me`
pub(super) async fn show(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Me>, ApiError> {
    me(&app, caller).map(Json)
}

/// `PATCH /api/v1/me`
pub(super) async fn rename(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(rename): Body<Rename>,
) -> Result<Json<Me>, ApiError> {
    app.fairness.command(caller.person)?;
    let command = Command::RenamePerson {
        person: caller.person,
        name: rename.name,
    };
    app.directory.run(caller.person, command).await?;
    me(&app, caller).map(Json)
}

fn me(app: &App, caller: Caller) -> Result<Me, ApiError> {
    let state = app.directory.state();
    let person = state.person(caller.person).ok_or(ApiError::SignedOut)?;
    Ok(Me {
        id: caller.person,
        name: person.name.clone(),
        email: person.email.clone(),
        administrator: person.administrator,
        time_zone: app.config.time_zone.name(),
    })
}
