//! Lines of the history as they are drawn.

use domain::TimestampMs;
use leptos::prelude::*;

use super::Told;
use crate::api::past::Piece;
use crate::browser;
use crate::when;
use crate::words;

/// What was done: from what to what, or, of a text, what was taken out and put in.
#[component]
pub(crate) fn Change(
    /// The line.
    line: Told,
) -> impl IntoView {
    let Told {
        what, old, new, diff, ..
    } = line;
    if !diff.is_empty() {
        return view! { <span>{what}</span> " " <Pieces of=diff /> }.into_any();
    }
    let has_old = old.is_some();
    let is_cleared = has_old && new.is_none();
    view! {
        <span>{what}</span>
        {old.map(|old| view! { " " <del>{old}</del> })}
        {(has_old && !is_cleared).then_some(words::TO)}
        {new.map(|new| view! { " " <ins>{new}</ins> })}
        {is_cleared.then_some(words::EMPTIED)}
    }
    .into_any()
}

/// What was taken out of a text and put in, with some words around.
#[component]
pub(crate) fn Pieces(
    /// The pieces, in order.
    of: Vec<Piece>,
) -> impl IntoView {
    let one = |piece: Piece| match piece {
        Piece::Same(text) => view! { <span>{text}</span> }.into_any(),
        Piece::Gone(text) => view! { <del>{text}</del> }.into_any(),
        Piece::New(text) => view! { <ins>{text}</ins> }.into_any(),
    };
    view! { <span class="pieces">{of.into_iter().map(one).collect_view()}</span> }
}

/// When an edit was made that was sent later, after when that was.
pub(crate) fn offline_words(made: Option<TimestampMs>) -> Option<String> {
    let made = when::moment(browser::local(made?), browser::local(browser::now()));
    Some(format!(", {}", words::made_offline(&made)))
}
