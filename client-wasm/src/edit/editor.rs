//! The editor of one field, by its kind.

use domain::Kind;
use leptos::prelude::*;

use super::FieldAt;
use super::list_editor::ListEditor;
use super::text_editor::TextEditor;
use crate::store::PlanStore;

/// An editor that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Begun {
    /// What was typed to begin.
    pub(crate) typed: Option<String>,
}

/// How an editor ended, and where the hand wants to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    /// Given up, or committed in place.
    Stay,
    /// Committed with Enter.
    Down,
    /// Committed with Shift+Enter.
    Up,
    /// Committed with Tab.
    Next,
    /// Committed with Shift+Tab.
    Previous,
    /// Committed because the focus went elsewhere.
    Left,
}

impl Done {
    /// What a key that commits means.
    pub(super) fn of_key(key: &str, shift: bool) -> Option<Self> {
        match (key, shift) {
            ("Enter", false) => Some(Self::Down),
            ("Enter", true) => Some(Self::Up),
            ("Tab", false) => Some(Self::Next),
            ("Tab", true) => Some(Self::Previous),
            _ => None,
        }
    }
}

/// Edits a field in place. It takes the focus, tells the others where I am and what I type, and says when it is done.
#[component]
pub(crate) fn FieldEditor(
    at: FieldAt,
    /// What was typed to begin: it replaces what is there.
    #[prop(into)]
    typed: Option<String>,
    on_done: Callback<Done>,
) -> impl IntoView {
    match at.field.kind {
        Kind::Choice(_)
        | Kind::Choices(_)
        | Kind::Seller
        | Kind::Sellers
        | Kind::Item(_)
        | Kind::Items { .. }
        | Kind::Flag => view! { <ListEditor at typed on_done /> }.into_any(),
        Kind::Line | Kind::Money | Kind::Date | Kind::Whole { .. } | Kind::Prose | Kind::Rank => {
            view! { <TextEditor at typed on_done /> }.into_any()
        }
    }
}

/// Tells the others that I am at this field, with what I have typed so far.
pub(super) fn say_place(store: PlanStore, at: &FieldAt, draft: Option<(String, Option<u32>)>) {
    let (draft, caret) = draft.map_or((None, None), |(text, caret)| (Some(text), caret));
    store.set_place(protocol::Place {
        cell: Some(at.seat(store.you())),
        draft,
        caret,
    });
}

/// Whether the page has the keyboard: an input that loses the focus because the person went to another window keeps
/// what it holds, and goes on when they come back.
pub(super) fn page_has_focus() -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .is_none_or(|document| document.has_focus().unwrap_or(true))
}
