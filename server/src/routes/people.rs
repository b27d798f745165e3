//! The people of the workspace.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use domain::PersonId;
use serde::Serialize;
use utoipa::ToSchema;

use super::page::{Page, Part};
use super::rights;
use crate::app::App;
use crate::auth::Caller;
use crate::problem::ApiError;

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
    description = "Those with whom the one who asks shares a plan; for administrators everyone.",
    params(Part),
    responses((status = 200, description = "People.", body = Vec<Person>,
        headers(("Link" = String, description = "The address of the next page, with `rel=\"next\"`, if there is one.")),
        example = json!([{ "id": "019ab0c2-6f00-7000-8000-00000000000a", "name": "Ada", "email": "ada@example.com" }])))
)]
/// `GET /api/v1/people`, by name: those with whom the caller shares a plan, for administrators everyone.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Page<Person>, ApiError> {
    let Query(part) = part?;
    let state = app.directory.state();
    let shown = rights::people_shown(&state, &caller);
    let mut people: Vec<Person> = state
        .people()
        .iter()
        .filter(|(id, _)| shown.contains(id))
        .map(|(id, person)| Person {
            id: *id,
            name: person.name.clone(),
            email: person.email.clone(),
        })
        .collect();
    people.sort_by_cached_key(|person| (person.name.to_lowercase(), person.id));
    part.of("/people", people, |person| person.id.0)
}
