//! Which operations take an `Idempotency-Key`; the others refuse one.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi, PathItem, RefOr};

use super::HEADER;
use crate::openapi::BASE;
use crate::problem::ApiError;

/// The operations that take a key, as the API's document says it of them.
#[derive(Debug)]
pub struct Keyed(HashSet<(Method, String)>);

impl Keyed {
    /// Those of a document.
    pub fn in_document(document: &OpenApi) -> Self {
        let takes = |operation: &Option<Operation>| {
            let parameters = operation.iter().flat_map(|one| one.parameters.iter().flatten());
            let mut names = parameters.filter_map(|parameter| match parameter {
                RefOr::T(parameter) => Some(&parameter.name),
                RefOr::Ref(_) => None,
            });
            names.any(|name| name.eq_ignore_ascii_case(HEADER))
        };
        let of_path = |(path, item): (&String, &PathItem)| {
            let operations = [(Method::POST, &item.post), (Method::PATCH, &item.patch)];
            let taking = operations.into_iter().filter(|(_, operation)| takes(operation));
            let named = taking.map(|(method, _)| (method, format!("{BASE}{path}")));
            named.collect::<Vec<_>>()
        };
        Self(document.paths.paths.iter().flat_map(of_path).collect())
    }

    fn takes(&self, request: &Request) -> bool {
        let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        let named = path.map(|path| (request.method().clone(), path.to_owned()));
        named.is_some_and(|named| self.0.contains(&named))
    }
}

/// Refuses a key where none is taken: whoever sends one believes that what they ask for is done once, however often it comes.
pub async fn guard_key(State(keyed): State<Arc<Keyed>>, request: Request, next: Next) -> Result<Response, ApiError> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !reads && request.headers().contains_key(HEADER) && !keyed.takes(&request) {
        let why = "no Idempotency-Key is taken here, only for making and changing items, making a plan and duplicating one: \
            leave it out";
        return Err(ApiError::BadRequest(why.to_owned()));
    }
    Ok(next.run(request).await)
}
