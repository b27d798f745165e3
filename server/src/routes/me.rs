//! The person who asks.

use std::sync::Arc;

use axum::Json;
use domain::event::Scope;
use domain::{PersonId, TimestampMs};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workspace::{Command, State};

use super::rights;
use crate::app::App;
use crate::auth::Caller;
use crate::body::Body;
use crate::openapi::problems::Unprocessable;
use crate::problem::ApiError;

/// How long somebody is told what happened while they were shut out, from when they are in again: 30 days, in milliseconds.
const NOTICE_TIME_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// Most of these sentences.
const NOTICES_MAX: usize = 50;

/// The person who asks, as the pages need them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Me {
    /// Their id.
    #[schema(value_type = Uuid)]
    id: PersonId,
    /// Their name.
    name: String,
    /// Their address.
    email: String,
    /// Whether they run the workspace.
    administrator: bool,
    /// Whether they see only the plans that they are named in, and make none.
    guest: bool,
    /// The workspace's time zone: says what "today" means.
    time_zone: &'static str,
    /// What happened to plans of theirs while they could not sign in, in sentences, for some days after; for a session alone.
    notices: Vec<String>,
}

/// What a person may change about themselves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rename {
    /// The new name.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
}

#[utoipa::path(
    get,
    path = "/me",
    operation_id = "getMe",
    tag = "session",
    summary = "The person who asks",
    responses((status = 200, description = "The person who asks.", body = Me, example = json!({
        "id": "019ab0c2-6f00-7000-8000-00000000000a", "name": "Ada", "email": "ada@example.com", "administrator": false,
        "guest": false, "time_zone": "Europe/Berlin", "notices": []
    })))
)]
/// `GET /api/v1/me`
pub(super) async fn show(
    axum::extract::State(app): axum::extract::State<Arc<App>>,
    caller: Caller,
) -> Result<Json<Me>, ApiError> {
    me(&app, caller).map(Json)
}

#[utoipa::path(
    patch,
    path = "/me",
    operation_id = "renameMe",
    tag = "session",
    summary = "Change one's own name",
    request_body(content = Rename, example = json!({ "name": "Ada L." })),
    responses(
        (status = 200, description = "Changed.", body = Me, example = json!({
            "id": "019ab0c2-6f00-7000-8000-00000000000a", "name": "Ada L.", "email": "ada@example.com",
            "administrator": false, "guest": false, "time_zone": "Europe/Berlin", "notices": []
        })),
        (status = 422, response = Unprocessable),
    )
)]
/// `PATCH /api/v1/me`
pub(super) async fn rename(
    axum::extract::State(app): axum::extract::State<Arc<App>>,
    caller: Caller,
    Body(rename): Body<Rename>,
) -> Result<Json<Me>, ApiError> {
    let command = Command::RenamePerson {
        person: caller.person,
        name: rename.name,
    };
    rights::command(&app, &caller, Scope::Manage, command).await?;
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
        guest: person.guest,
        time_zone: app.config.time_zone.name(),
        notices: notices(&state, &caller, app.clock.now()),
    })
}

/// Whose plans were given another owner while they were shut out is told so, rather than left to find it.
fn notices(state: &State, caller: &Caller, now: TimestampMs) -> Vec<String> {
    let away = state.person(caller.person).and_then(|person| person.away);
    let is_back = away.is_some_and(|(_, back)| now.0.saturating_sub(back.0) < NOTICE_TIME_MS);
    if !is_back || caller.session.is_none() {
        return Vec::new();
    }
    let name = |person| state.name_of(person).unwrap_or("the server");
    let told = state.named_while_away(caller.person).into_iter();
    let told = told.filter_map(|named| {
        let plan = &state.plan(named.plan)?.name;
        let (by, person) = (name(named.by), name(named.person));
        Some(format!(
            "While you were shut out of this workspace, {by} made {person} client executive of \u{201c}{plan}\u{201d}. You are that, too."
        ))
    });
    told.take(NOTICES_MAX).collect()
}
