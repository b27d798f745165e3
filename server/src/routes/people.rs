//! Everyone in the workspace.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::PersonId;
use serde::Serialize;

use crate::app::App;
use crate::auth::Caller;

/// A person of the workspace.
#[derive(Debug, Serialize)]
pub(super) struct Person {
    id: PersonId,
    name: String,
    email: String,
}

/// `GET /api/v1/people`, by name.
pub(super) async fn list(State(app): State<Arc<App>>, _: Caller) -> Json<Vec<Person>> {
    let state = app.directory.state();
    let mut people: Vec<Person> = state
        .people()
        .iter()
        .map(|(id, person)| Person {
            id: *id,
            name: person.name.clone(),
            email: person.email.clone(),
        })
        .collect();
    people.sort_by_cached_key(|person| (person.name.to_lowercase(), person.id));
    Json(people)
}
