//! One action of the tracker: done in place, with what came of it.

use domain::{Cell, ItemId, Scalar, SectionId, value};
use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use plan::Edit;

use super::which::Which;
use crate::api::{ActionRow, ActionState};
use crate::browser;
use crate::erased::{Show, effect, memo};
use crate::format::day;
use crate::store::{PlanStore, use_store};
use crate::typing::settles;
use crate::ui::{toast_undo, use_ui};
use crate::when;
use crate::words;

/// An action: a box to tick, what it is called, what is to be said of it.
#[component]
pub(super) fn Row(row: ActionRow, today: Signal<chrono::NaiveDate>) -> impl IntoView {
    let store = use_store();
    let ui = use_ui();
    let item = row.item;
    let finishing = RwSignal::new(false);
    let is_closed = memo(move |_| store.why_not(SectionId::Actions, "status").is_some());
    let title = StoredValue::new(words::named(row.title.as_deref().unwrap_or_default()).to_owned());
    let is_done = row.state == ActionState::Done;
    let tick = move |_| {
        if is_done {
            set_status(store, item, "in_progress", None);
        } else {
            finishing.update(|on| *on = !*on);
        }
    };
    view! {
        <li class="action" class:done=is_done>
            <input
                type="checkbox"
                aria-label=title.with_value(|title| words::mark_done(title))
                prop:checked=move || is_done || finishing.get()
                disabled=is_closed
                on:change=tick
            />
            <span class="what">
                <button type="button" class="link t" on:click=move |_| ui.open(SectionId::Actions, item)>
                    {title.get_value()}
                </button>
                {row.result.clone().map(|result| view! { <span class="muted small">{result}</span> })}
                <Show when=move || finishing.get()>
                    <Finish item title=title.get_value() finishing />
                </Show>
            </span>
            <Marks row today />
        </li>
    }
}

/// What came of it, asked where the action stands.
#[component]
fn Finish(item: ItemId, title: String, finishing: RwSignal<bool>) -> impl IntoView {
    let store = use_store();
    let input = NodeRef::<html::Input>::new();
    effect(move || {
        if let Some(input) = input.get() {
            // Fails only for an element that is not in the document.
            let _ = input.focus();
        }
    });
    // Whether it is done is the person's to say: nothing is made of the words but a question.
    settles(move |_| {
        input
            .get_untracked()
            .is_none_or(|input| input.value().trim().is_empty())
    });
    let finish = move |event: SubmitEvent| {
        event.prevent_default();
        let result = input.get_untracked().map(|input| input.value()).unwrap_or_default();
        // What cannot be saved keeps its words in the form.
        if set_status(store, item, "done", Some(result.trim())) {
            // The row goes away with its form.
            browser::focus("#page");
            finishing.set(false);
        }
    };
    view! {
        <form class="finish" on:submit=finish>
            <input
                class="field"
                type="text"
                maxlength="300"
                aria-label=words::result_of(&title)
                placeholder=words::RESULT_HINT
                node_ref=input
                on:keydown=move |event| {
                    if event.key() == "Escape" {
                        finishing.set(false);
                    }
                }
            />
            <button type="submit" class="btn go">
                {words::DONE}
            </button>
        </form>
    }
}

/// Writes an action's status, and what came of it, with a message that takes both back.
/// Answers whether it did.
fn set_status(store: PlanStore, item: ItemId, status: &str, result: Option<&str>) -> bool {
    let status_cell = Cell::field(SectionId::Actions, item, "status");
    let result_cell = Cell::field(SectionId::Actions, item, "result");
    let mut edits = vec![Edit::Put {
        cell: status_cell.clone(),
        value: status.into(),
    }];
    let mut back = vec![back_to(store, status_cell)];
    if let Some(result) = result.filter(|result| !result.is_empty()) {
        back.push(back_to(store, result_cell.clone()));
        edits.push(Edit::Put {
            cell: result_cell,
            value: result.into(),
        });
    }
    let title = store.peek_title(SectionId::Actions, item);
    let is_made = store.edit(edits);
    if is_made {
        let words = if status == "done" {
            words::marked_done(&title)
        } else {
            words::marked_open(&title)
        };
        toast_undo(words, move || {
            store.edit(back.clone());
        });
    }
    is_made
}

/// The edit that writes what a cell holds now.
fn back_to(store: PlanStore, cell: Cell) -> Edit {
    match store.peek_value(&cell) {
        Some(value) => Edit::Put { cell, value },
        None => Edit::Clear { cell },
    }
}

/// What is to be said of an action: its date, that it slipped, that nobody has said yes.
#[component]
fn Marks(row: ActionRow, today: Signal<chrono::NaiveDate>) -> impl IntoView {
    let store = use_store();
    let due = row.due.as_deref().and_then(value::parse_day);
    let state = row.state;
    let date = move || {
        let today = today.get();
        match (state, due) {
            (ActionState::Done, _) => words::DONE.to_owned(),
            (ActionState::Deferred, _) => words::DEFERRED.to_owned(),
            (ActionState::Cancelled, _) => words::CANCELLED.to_owned(),
            (_, Some(due)) => when::due(due, today),
            (_, None) => words::NO_DATE.to_owned(),
        }
    };
    let class = match (state, due) {
        (ActionState::Done, _) => "chip good",
        (ActionState::Overdue, _) => "chip bad",
        (ActionState::Due, _) | (ActionState::Open, None) => "chip warn",
        (ActionState::Open, _) => "chip info",
        (ActionState::Deferred | ActionState::Cancelled, _) => "chip",
    };
    let is_open = Which::Open.takes(state);
    let is_mine = is_open && !row.committed && row.owner == Some(store.you());
    let may_commit = memo(move |_| is_mine && store.why_not(SectionId::Actions, "commitment").is_none());
    let lacks_word = is_open && !row.committed && row.owner.is_some();
    let is_unsaid = move || lacks_word && !may_commit.get();
    let (item, due_now) = (row.item, row.due.clone());
    let commit_label = words::of(words::COMMIT, &store.peek_title(SectionId::Actions, item));
    let commit = move |_| {
        // The button goes away with its use.
        browser::focus("#page");
        let you = store.you();
        store.edit(vec![Edit::Put {
            cell: Cell::own(SectionId::Actions, item, you, "commitment"),
            value: Scalar::Str(value::commitment(you, due_now.as_deref())),
        }]);
    };
    view! {
        <span class="marks">
            {slipped(&row)
                .map(|(count, how)| {
                    view! {
                        <span class="chip warn" title=how>
                            {words::slipped(count)}
                        </span>
                    }
                })}
            {move || is_unsaid().then(|| view! { <span class="chip">{words::NOT_COMMITTED}</span> })}
            <Show when=move || may_commit.get()>
                <button type="button" class="btn" aria-label=commit_label.clone() on:click=commit.clone()>
                    {words::COMMIT}
                </button>
            </Show>
            <span class=class>{date}</span>
        </span>
    }
}

/// How often the date moved, and how, in words; nothing when it never did.
fn slipped(row: &ActionRow) -> Option<(usize, String)> {
    let date = |text: &Option<String>| {
        text.as_deref()
            .and_then(value::parse_day)
            .map_or_else(|| words::NO_DATE.to_owned(), day::long)
    };
    let moves: Vec<String> = row
        .slipped
        .iter()
        .map(|slip| format!("{} {} {}", date(&slip.from), words::TO, date(&slip.to)))
        .collect();
    (!moves.is_empty()).then(|| (moves.len(), moves.join("; ")))
}
