//! What a cell has to say besides its value: that my edit was refused, that a text could not be read, that someone
//! wrote at the same time. Each with what can be done about it.

use domain::{PersonId, Scalar};
use leptos::prelude::*;
use plan::Edit;

use super::directory::Directory;
use super::unread::{Unread, Unreads};
use super::{FieldAt, show};
use crate::erased::memo;
use crate::store::{CellState, PlanStore, use_store};

/// The notes of a field, one under the other; nothing where there is nothing to say.
#[component]
pub(crate) fn FieldNotes(at: FieldAt) -> impl IntoView {
    let store = use_store();
    let seat = at.seat(store.you());
    let cell = store.cell(&seat);
    let unreads = Unreads::expect();
    let notes = {
        let seat = seat.clone();
        memo(move |_| {
            let unread = unreads.get(&seat);
            cell.with(|cell| (unread, cell.state, cell.also.clone(), cell.value.clone()))
        })
    };
    let at = StoredValue::new(at);
    move || {
        let (unread, state, also, value) = notes.get();
        at.with_value(|at| {
            view! {
                {unread.map(|unread| unread_note(store, at, unread))}
                {rejected_note(store, at, &state)}
                {also_note(store, at, value.as_ref(), &also)}
            }
        })
    }
}

/// Whether a field has anything to say.
pub(crate) fn has_notes(store: PlanStore, at: &FieldAt) -> Memo<bool> {
    let seat = at.seat(store.you());
    let cell = store.cell(&seat);
    let unreads = Unreads::expect();
    memo(move |_| {
        unreads.get(&seat).is_some()
            || cell.with(|cell| matches!(cell.state, CellState::Rejected(_)) || !cell.also.is_empty())
    })
}

fn unread_note(store: PlanStore, at: &FieldAt, unread: Unread) -> impl IntoView + use<> {
    let unreads = Unreads::expect();
    let seat = at.seat(store.you());
    let text = unread.text.clone();
    view! {
        <div class="note-card bad" role="note">
            <p><b>"Not taken: "</b>{unread.why}</p>
            <p class="note-text">{unread.text}</p>
            <span class="note-do">
                <button class="btn small" on:click=move |_| copy_text(&text)>"Copy"</button>
                <button class="btn small quiet" on:click=move |_| unreads.drop(&seat)>"Drop it"</button>
            </span>
        </div>
    }
}

fn rejected_note(store: PlanStore, at: &FieldAt, state: &CellState) -> Option<impl IntoView + use<>> {
    let CellState::Rejected(index) = *state else {
        return None;
    };
    let edit = store.rejected().with(|all| all.get(index).cloned())?;
    let seat = at.seat(store.you());
    let mine = edit.edits.iter().find_map(|edit| match edit {
        Edit::Put { cell, value } if *cell == seat => Some(show::words(&at.field, value, &store)),
        Edit::Clear { cell } if *cell == seat => Some("nothing".to_owned()),
        _ => None,
    });
    let text = mine.clone().unwrap_or_default();
    Some(view! {
        <div class="note-card bad" role="note">
            <p><b>"Not saved: "</b>{edit.reason.to_string()}</p>
            {mine.map(|mine| view! { <p class="note-text">{mine}</p> })}
            <span class="note-do">
                <button class="btn small" on:click=move |_| copy_text(&text)>"Copy"</button>
                <button class="btn small" on:click=move |_| store.retry(index)>"Retry"</button>
                <button class="btn small quiet" on:click=move |_| store.dismiss(index)>"Drop it"</button>
            </span>
        </div>
    })
}

/// "Tomas also wrote €480,000": keep what stands, or take the other.
fn also_note(
    store: PlanStore,
    at: &FieldAt,
    value: Option<&Scalar>,
    also: &[(Scalar, Option<PersonId>)],
) -> Option<impl IntoView + use<>> {
    if also.is_empty() {
        return None;
    }
    let seat = at.seat(store.you());
    let decide = move |value: Scalar| {
        store.edit(vec![Edit::Put {
            cell: seat.clone(),
            value,
        }]);
    };
    let keep = value.cloned().map(|value| {
        let said = show::words(&at.field, &value, &store);
        let decide = decide.clone();
        view! {
            <button class="btn small" title=format!("Keep {said}") on:click=move |_| decide(value.clone())>
                "Keep " {said.clone()}
            </button>
        }
    });
    let others: Vec<_> = also
        .iter()
        .map(|(value, person)| {
            let name = person.map_or_else(|| "Someone".to_owned(), |person| store.person_name(person));
            let said = show::words(&at.field, value, &store);
            let value = value.clone();
            let decide = decide.clone();
            view! {
                <span class="note-do">
                    <span class="chip warn">{format!("{} also wrote {said}", first_name(&name))}</span>
                    <button class="btn small" title=format!("Take {said}") on:click=move |_| decide(value.clone())>"Take"</button>
                </span>
            }
        })
        .collect();
    Some(view! {
        <div class="note-card warn" role="note">
            {others}
            <span class="note-do">{keep}</span>
        </div>
    })
}

/// The first name of a person, as colleagues call each other.
pub(crate) fn first_name(name: &str) -> &str {
    name.split_whitespace().next().unwrap_or(name)
}

/// Puts a text on the clipboard; a browser that refuses says so.
pub(crate) fn copy_text(text: &str) {
    let Some(window) = web_sys::window() else { return };
    let promise = window.navigator().clipboard().write_text(text);
    leptos::task::spawn_local(async move {
        match wasm_bindgen_futures::JsFuture::from(promise).await {
            Ok(_) => crate::ui::toast("Copied"),
            Err(_) => crate::ui::toast("This browser does not let the page copy: select the text and copy it yourself"),
        }
    });
}
