//! Text in paragraphs, written by several people at once. Each paragraph is a text of its own; Enter is a line break
//! in it. What is typed becomes an edit after a pause, on leaving, or after three seconds at most; until then the
//! others see it as a draft.

#![allow(
    clippy::large_types_passed_by_value,
    reason = "an editor's state is a set of handles that closures take by copy; in release builds it is half as large"
)]

mod draft;
mod paragraph;

use domain::{Cell, ParagraphId};
use leptos::html;
use leptos::prelude::*;

use super::FieldAt;
use super::form::focus_holder;
use super::look::hidden_chip;
use super::refusal::closed;
use crate::browser;
use crate::erased::{For, Show, effect_after, memo};
use crate::store::use_store;
use crate::words;
use paragraph::Paragraph;

/// The paragraphs in which something is typed that is no edit yet: they stay on the page whatever happens to them in
/// the plan.
type Unsent = RwSignal<Vec<ParagraphId>>;

/// A field of prose: its paragraphs, and a way to begin another.
#[component]
pub(crate) fn ProseField(at: FieldAt) -> impl IntoView {
    let store = use_store();
    let paragraphs = store.paragraphs(at.section, at.item, &at.field.key);
    let blank = RwSignal::new(browser::new_paragraph());
    let adding = RwSignal::new(false);
    let unsent: Unsent = RwSignal::new(Vec::new());
    let refused = closed(store, &at);
    // A paragraph that is begun keeps its row while it is made: its id is there before it is.
    let rows = memo(move |before: Option<&Vec<ParagraphId>>| {
        let mut rows: Vec<ParagraphId> = paragraphs.with(|all| all.iter().map(|(id, _)| *id).collect());
        unsent.with(|unsent| keep(&mut rows, unsent, before.map(Vec::as_slice).unwrap_or_default()));
        let next = blank.get();
        let is_closed = refused.with(Option::is_some);
        if !is_closed && (rows.is_empty() || adding.get()) && !rows.contains(&next) {
            rows.push(next);
        }
        rows
    });
    let label = at.field.label.to_string();
    let help = at.field.help.to_string();
    let at = StoredValue::new(at);
    let add = move || {
        let next = blank.get_untracked();
        let cell = at.with_value(|at| Cell::paragraph(at.section, at.item, &at.field.key, next));
        if store.peek_text(&cell).is_some() {
            blank.set(browser::new_paragraph());
        }
        adding.set(true);
    };
    let field = NodeRef::<html::Div>::new();
    keep_focus(rows, field);
    view! {
        <div class="prose" role="group" aria-label=label.clone() node_ref=field>
            <h3 title=help.clone()>{label.clone()}</h3>
            <For each=move || rows.get() key=|id| *id let(id)>
                <Paragraph
                    at=at.get_value()
                    id
                    unsent
                    add=Callback::new(move |()| add())
                    grabs=Signal::derive(move || adding.get() && blank.get() == id)
                />
            </For>
            <Show when=move || refused.with(Option::is_some) && rows.with(Vec::is_empty)>
                {move || match at.with_value(|at| store.hidden(at.section, at.item, &at.field)) {
                    Some(hidden) => hidden_chip(hidden),
                    None => view! { <p class="faint">"–"</p> }.into_any(),
                }}
            </Show>
            <Show when=move || paragraphs.with(|all| !all.is_empty()) && refused.with(Option::is_none)>
                <button class="btn quiet small" title="Ctrl+Enter" on:click=move |_| add()>
                    {words::ADD_PARAGRAPH}
                </button>
            </Show>
        </div>
    }
}

/// Puts what must stay among the rows, behind the row that it stood behind.
fn keep(rows: &mut Vec<ParagraphId>, unsent: &[ParagraphId], before: &[ParagraphId]) {
    for id in unsent {
        let Some(was) = before.iter().position(|row| row == id).filter(|_| !rows.contains(id)) else {
            continue;
        };
        let behind = before[..was]
            .iter()
            .rev()
            .find_map(|above| rows.iter().position(|row| row == above));
        rows.insert(behind.map_or(0, |at| at + 1), *id);
    }
}

/// A paragraph that goes away with the focus in it leaves it in the drawer, or on the page.
fn keep_focus(rows: Memo<Vec<ParagraphId>>, field: NodeRef<html::Div>) {
    effect_after(move |before: Option<usize>| {
        let count = rows.with(Vec::len);
        if before.is_some_and(|before| count < before) {
            request_animation_frame(move || {
                if let Some(Some(field)) = field.try_get_untracked()
                    && browser::is_focus_lost()
                {
                    focus_holder(&field);
                }
            });
        }
        count
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_that_is_typed_in_stays_where_it_was() {
        let id = |number: u128| ParagraphId(uuid::Uuid::from_u128(number));
        let ids = |numbers: &[u128]| numbers.iter().copied().map(id).collect::<Vec<_>>();
        let kept = |rows: &[u128], unsent: &[u128], before: &[u128]| {
            let mut rows = ids(rows);
            keep(&mut rows, &ids(unsent), &ids(before));
            rows
        };
        assert_eq!(kept(&[1, 3], &[2], &[1, 2, 3]), ids(&[1, 2, 3]));
        assert_eq!(kept(&[3], &[1], &[1, 2, 3]), ids(&[1, 3]));
        assert_eq!(kept(&[3, 4], &[2], &[1, 2, 3]), ids(&[2, 3, 4]));
        assert_eq!(kept(&[1, 2], &[2], &[1, 2]), ids(&[1, 2]));
        assert_eq!(kept(&[], &[5], &[]), ids(&[]));
    }
}
