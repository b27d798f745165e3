//! Lists page by page: a cursor is the last thing of the page before, and the address of the next page stands in `Link`.

use std::fmt::Display;

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::openapi::BASE;
use crate::problem::ApiError;

/// Most things of a page.
const LIMIT_MAX: usize = 200;

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Part {
    /// Those behind this one, the last of the page before.
    after: Option<Uuid>,
    /// How many, at most 200; not said: all.
    #[param(minimum = 1)]
    limit: Option<usize>,
}

/// A list, or a page of it.
#[derive(Debug)]
pub(super) struct Page<T> {
    items: Vec<T>,
    /// The address of the next page.
    next: Option<String>,
}

impl Part {
    /// Cuts the page out of a list that is in its order. `path`: where the list is; `id`: what names a thing of it.
    pub(super) fn of<T>(&self, path: &str, list: Vec<T>, id: impl Fn(&T) -> Uuid) -> Result<Page<T>, ApiError> {
        cut(path, list, (self.after, self.limit), id)
    }
}

/// The same of things that another kind of id names. `path` may have a query.
pub(super) fn cut<T, I: PartialEq + Display>(
    path: &str,
    mut list: Vec<T>,
    (after, limit): (Option<I>, Option<usize>),
    id: impl Fn(&T) -> I,
) -> Result<Page<T>, ApiError> {
    if let Some(after) = after {
        let place = list.iter().position(|item| id(item) == after);
        let place = place.ok_or_else(|| {
            ApiError::BadRequest(format!("{after} is not in this list, or not any more: begin it anew"))
        })?;
        list.drain(..=place);
    }
    let limit = limit.map_or(usize::MAX, |limit| limit.clamp(1, LIMIT_MAX));
    let more = list.len() > limit;
    list.truncate(limit);
    let seen = list.last().filter(|_| more).map(&id);
    let and = if path.contains('?') { '&' } else { '?' };
    let next = seen.map(|seen| format!("{BASE}{path}{and}limit={limit}&after={seen}"));
    Ok(Page { items: list, next })
}

impl<T> Page<T> {
    /// The things of the page, to be shown.
    pub(super) fn items(&self) -> &[T] {
        &self.items
    }

    /// The same page of what they look like.
    pub(super) fn shown<U>(self, view: impl FnMut(T) -> U) -> Page<U> {
        let items = self.items.into_iter().map(view).collect();
        Page { items, next: self.next }
    }
}

impl<T: serde::Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> axum::response::Response {
        let link = |next: String| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok();
        let link = self.next.and_then(link).map(|link| (header::LINK, link));
        (AppendHeaders(link), Json(self.items)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(after: Option<u128>, limit: Option<usize>) -> Result<(Vec<u128>, bool), ApiError> {
        let after = after.map(Uuid::from_u128);
        let page = Part { after, limit }.of("/x", vec![3, 1, 2_u128], |n| Uuid::from_u128(*n))?;
        let next = page.next.is_some();
        Ok((page.items, next))
    }

    #[test]
    fn pages_follow_each_other_in_the_lists_own_order_and_the_last_names_no_next() {
        assert_eq!(page(None, None).expect("all"), (vec![3, 1, 2], false));
        assert_eq!(page(None, Some(2)).expect("a page"), (vec![3, 1], true));
        assert_eq!(page(Some(1), Some(2)).expect("a page"), (vec![2], false));
        assert_eq!(page(Some(2), Some(2)).expect("a page"), (vec![], false));
        assert_eq!(page(None, Some(3)).expect("a page"), (vec![3, 1, 2], false));
        assert_eq!(
            page(None, Some(0)).expect("a page"),
            (vec![3], true),
            "nothing is no page"
        );
        assert!(matches!(page(Some(9), None), Err(ApiError::BadRequest(_))));
    }
}
