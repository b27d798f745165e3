//! What a cell has to say besides its value: that my edit was refused, that a text could not be read, that someone
//! wrote at the same time. Each with what can be done about it.

use domain::{Cell, PersonId, Scalar};
use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use plan::Edit;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::directory::Directory;
use super::read::is_many;
use super::unread::{Unread, Unreads};
use super::{FieldAt, show};
use crate::browser;
use crate::erased::memo;
use crate::store::{CellState, PlanStore, links_seat, use_store};
use crate::words;

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
    kept_note(at.seat(store.you()), unread)
}

/// A text that was not taken, kept at the cell of a value or of a paragraph.
pub(crate) fn kept_note(seat: Cell, unread: Unread) -> impl IntoView + use<> {
    let unreads = Unreads::expect();
    let text = unread.text.clone();
    view! {
        <div class="note-card bad" role="note">
            <p><b>{words::NOT_TAKEN}</b>{unread.why}</p>
            <p class="note-text">{unread.text}</p>
            <span class="note-do">
                <button class="btn small" on:click=move |_| copy_text(&text)>{words::COPY}</button>
                <button class="btn small quiet" on:click=move |event| and_back(&event, || unreads.drop(&seat))>
                    {words::DROP_IT}
                </button>
            </span>
        </div>
    }
}

fn rejected_note(store: PlanStore, at: &FieldAt, state: &CellState) -> Option<impl IntoView + use<>> {
    let CellState::Rejected(index) = *state else {
        return None;
    };
    let edit = store.rejected().with(|all| all.get(index).cloned())?;
    let mine = meant(store, at, &edit.edits);
    let is_closed = at.why_not(store).is_some();
    let text = mine.clone().unwrap_or_default();
    Some(view! {
        <div class="note-card bad" role="note">
            <p><b>{words::NOT_SAVED}</b>{edit.reason.to_string()}</p>
            {mine.map(|mine| view! { <p class="note-text">{mine}</p> })}
            <span class="note-do">
                <button class="btn small" on:click=move |_| copy_text(&text)>{words::COPY}</button>
                {(!is_closed)
                    .then(|| {
                        view! {
                            <button class="btn small" on:click=move |event| and_back(&event, || store.retry(index))>
                                {words::RETRY}
                            </button>
                        }
                    })}
                <button class="btn small quiet" on:click=move |event| and_back(&event, || store.dismiss(index))>
                    {words::DROP_IT}
                </button>
            </span>
        </div>
    })
}

/// What edits meant to write into a field, in words.
fn meant(store: PlanStore, at: &FieldAt, edits: &[Edit]) -> Option<String> {
    if is_many(&at.field.kind) {
        let seat = at.seat(store.you());
        let of_field = |cell: &Cell| links_seat(cell).is_some_and(|of| of == seat);
        let links: Vec<(String, Scalar)> = edits
            .iter()
            .filter_map(|edit| match edit {
                Edit::Put { cell, value } if of_field(cell) => {
                    let (_, target) = cell.key.split_once(':')?;
                    Some((target.to_owned(), value.clone()))
                }
                _ => None,
            })
            .collect();
        let gone = edits
            .iter()
            .any(|edit| matches!(edit, Edit::Clear { cell } if of_field(cell)));
        if links.is_empty() {
            return gone.then(|| words::FEWER_LINKS.to_owned());
        }
        return Some(show::links(&at.field, &links, &store));
    }
    let seat = at.seat(store.you());
    edits.iter().find_map(|edit| match edit {
        Edit::Put { cell, value } if *cell == seat => Some(show::words(&at.field, value, &store)),
        Edit::Clear { cell } if *cell == seat => Some(words::NOTHING.to_owned()),
        _ => None,
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
    let button = move |word: String, title: String, key: Option<&'static str>, value: Scalar| {
        let seat = seat.clone();
        let press = move |event: MouseEvent| {
            and_back(&event, || {
                store.edit(vec![put(&seat, &value)]);
            });
        };
        view! {
            <button class="btn small" title=title aria-keyshortcuts=key on:click=press>
                {word}
                {key.map(|key| view! { <kbd aria-hidden="true">{key}</kbd> })}
            </button>
        }
        .into_any()
    };
    let is_closed = at.why_not(store).is_some();
    let keep = value.cloned().filter(|_| !is_closed).map(|value| {
        let said = words::keep(&show::words(&at.field, &value, &store));
        button(said.clone(), said, Some(words::KEEP_KEY), value)
    });
    let others: Vec<_> = also
        .iter()
        .enumerate()
        .map(|(index, (value, person))| {
            let name = person.map_or_else(|| words::SOMEONE.to_owned(), |person| store.person_name(person));
            let said = show::words(&at.field, value, &store);
            let key = (index == 0).then_some(words::TAKE_KEY);
            let take = (!is_closed).then(|| button(words::TAKE.to_owned(), words::take(&said), key, value.clone()));
            view! {
                <span class="note-do">
                    <span class="chip warn">{words::also_wrote(first_name(&name), &said)}</span>
                    {take}
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

fn put(cell: &Cell, value: &Scalar) -> Edit {
    Edit::Put {
        cell: cell.clone(),
        value: value.clone(),
    }
}

/// Decides by a key: takes what another also wrote (the first of several), or keeps what stands. Answers whether there
/// was anything to decide.
pub(crate) fn decide(store: PlanStore, at: &FieldAt, takes: bool) -> bool {
    let seat = at.seat(store.you());
    let cell = store.peek_cell(&seat);
    let Some((other, _)) = cell.also.into_iter().next() else {
        return false;
    };
    if at.says_why_not(store) {
        return true;
    }
    let value = if takes { Some(other) } else { cell.value };
    value.is_some_and(|value| store.edit(vec![put(&seat, &value)]))
}

/// Which way a key decides: true takes. By the key's place, because Alt writes other letters on some keyboards.
pub(crate) fn deciding(event: &KeyboardEvent) -> Option<bool> {
    match (event.alt_key(), event.code().as_str()) {
        (true, "KeyT") => Some(true),
        (true, "KeyK") => Some(false),
        _ => None,
    }
}

/// Does what a button of a note is for. The note goes away with its button: the cell gets the keyboard back.
fn and_back(event: &MouseEvent, act: impl FnOnce()) {
    let button = event
        .current_target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    let cell = button.and_then(|button| {
        let notes = button.closest("td, .v-notes").ok().flatten()?;
        if notes.tag_name() == "TD" {
            Some(notes)
        } else {
            notes.previous_element_sibling()
        }
    });
    act();
    request_animation_frame(move || {
        if let Some(cell) = cell.and_then(|cell| cell.dyn_into::<HtmlElement>().ok())
            && browser::is_focus_lost()
        {
            // Fails only for an element that is not in the document.
            let _ = cell.focus();
        }
    });
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
            Ok(_) => crate::ui::toast(words::COPIED),
            Err(_) => crate::ui::toast(words::NO_CLIPBOARD),
        }
    });
}
