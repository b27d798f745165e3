//! Everyone in the workspace.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::PersonId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::Caller;

/// A person of the workspace.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Person {
    /// Their id.
    #[schema(value_type = Uuid)]
    id: PersonId,
    /// Their name.
    name: String,
    /// Their address.
    email: String,
}

#[utoipa::path(
    get,
    path = "/people",
    operation_id = "listPeople",
    tag = "people",
    summary = "People, by name",
    responses((status = 200, description = "People.", body = Vec<Person>, example = json!([
        { "id": "019ab0c2-6f00-7000-8000-00000000000a", "name": "Ada", "email": "ada@example.com" }
    ])))
)]
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
