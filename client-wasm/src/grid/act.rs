//! What the hand does in a list: move, select, edit, make, clear, delete, arrange.

mod hand;
mod rows;
mod write;

use domain::{ItemId, Kind};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::block::Spot;
use super::keys::{Command, Key, command};
use super::state::GridState;
use crate::edit::note::decide;
pub(super) use hand::{drag_over, focused, press};
use hand::{go, select_all};
use rows::{delete_rows, move_row, says_no_row};
pub(super) use rows::{drop_on, new_item, new_item_if_there};
use write::{clear, fill_down};
pub(super) use write::{done, edit, open_columns};

/// How soon a key follows another that is part of the same typing, in milliseconds.
const TYPING_MS: f64 = 1_500.0;

/// A key went down while the list has the keyboard and nothing is edited (editors keep their keys).
pub(super) fn key(state: GridState, event: &KeyboardEvent) {
    let (name, code) = (event.key(), event.code());
    let key = Key {
        name: &name,
        code: &code,
        ctrl: event.ctrl_key() || event.meta_key(),
        shift: event.shift_key(),
        alt: event.alt_key(),
    };
    if event.is_composing() || !on_cell(event) {
        return;
    }
    if goes_on_in_vain(state, &key, event.time_stamp()) {
        event.prevent_default();
        event.stop_propagation();
        return;
    }
    let Some(command) = command(&key) else { return };
    if matches!(command, Command::Type(_) | Command::NewOrType(_)) && refuses_typing(state, event.time_stamp()) {
        event.prevent_default();
        event.stop_propagation();
        return;
    }
    // Tab at the list's end leaves it, as everywhere.
    let is_tab = name == "Tab";
    if act(state, command) || !is_tab {
        event.prevent_default();
        event.stop_propagation();
    }
}

/// Whether words are typed at a cell that takes none: said once; no letter of them is a shortcut.
fn refuses_typing(state: GridState, at_ms: f64) -> bool {
    let Some(hand) = state.hand.get_untracked() else {
        return false;
    };
    let is_refused = state.at(hand).is_some_and(|at| at.says_why_not(state.store));
    if is_refused {
        state.refused.set_value(Some((hand, at_ms)));
    }
    is_refused
}

/// Whether a key goes on with words that the cell has refused: a space in them opens nothing.
fn goes_on_in_vain(state: GridState, key: &Key<'_>, at_ms: f64) -> bool {
    let is_character = key.name.chars().count() == 1 && !key.ctrl && !key.alt;
    let refused = state.refused.get_value();
    let goes_on = is_character
        && refused.is_some_and(|(spot, last)| state.hand.get_untracked() == Some(spot) && at_ms - last < TYPING_MS);
    if goes_on {
        state.refused.update_value(|refused| {
            if let Some((_, last)) = refused {
                *last = at_ms;
            }
        });
    }
    goes_on
}

/// Whether the key went to a cell, and not to a head's button or a note's.
fn on_cell(event: &KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| target.get_attribute("role").as_deref() == Some("gridcell"))
}

/// Does it; answers whether anything was there to do.
fn act(state: GridState, command: Command) -> bool {
    let Some(hand) = state.hand.get_untracked() else {
        return false;
    };
    if writes(&command) && says_closed(state, hand, &command) {
        return true;
    }
    match command {
        Command::Go(step) => return go(state, step, false),
        Command::Extend(step) => return go(state, step, true),
        Command::Edit => edit(state, hand, None),
        Command::Type(text) => edit(state, hand, Some(text)),
        Command::Clear => clear(state),
        Command::Escape => state.anchor.set(None),
        // The letter begins a word where words stand: "negotiate", "noah", "next call".
        Command::NewOrType(letter) if takes_words(state, hand.column) => edit(state, hand, Some(letter)),
        Command::NewOrType(_) | Command::New => new_item(state),
        Command::Decide(takes) => return state.at(hand).is_some_and(|at| decide(state.store, &at, takes)),
        Command::Open => open(state, hand.item),
        Command::History => match state.at(hand) {
            Some(at) => state.ui.show_history(at.section, at.item, Some(&at.field.key)),
            None => return false,
        },
        Command::Undo => {
            state.store.undo();
        }
        Command::Redo => {
            state.store.redo();
        }
        Command::SelectAll => select_all(state),
        Command::MoveRow(by) => move_row(state, hand.item, by),
        Command::DeleteRows => delete_rows(state),
        Command::FillDown => fill_down(state),
    }
    true
}

/// Whether a command changes the plan by itself.
fn writes(command: &Command) -> bool {
    matches!(
        command,
        Command::Clear | Command::FillDown | Command::MoveRow(_) | Command::DeleteRows | Command::New
    )
}

/// Says why it may not be done here, if it may not.
fn says_closed(state: GridState, hand: Spot, command: &Command) -> bool {
    match command {
        // Of a block, what may be emptied or filled is: see there.
        Command::Clear | Command::FillDown if state.anchor.with_untracked(Option::is_some) => false,
        Command::Clear => state.at(hand).is_some_and(|at| at.says_why_not(state.store)),
        _ => says_no_row(state),
    }
}

/// Whether a column other than the title's is written in words: figures and days have no N in them.
fn takes_words(state: GridState, column: usize) -> bool {
    let words = |field: &domain::Field| !matches!(field.kind, Kind::Money | Kind::Date | Kind::Whole { .. });
    column > 0
        && state
            .columns
            .with_value(|columns| columns.get(column).is_some_and(words))
}

/// Keys while nothing on the page has the keyboard: the list is what the page is about.
pub(super) fn page_key(state: GridState, event: &KeyboardEvent) {
    // A link of the rail or a button over the list keeps the keyboard after a click; the page has it at first.
    let free = document().active_element().is_none_or(|active| {
        active.tag_name() == "BODY"
            || active.id() == "page"
            || active
                .closest(".rail, .page > .head")
                .is_ok_and(|found| found.is_some())
    });
    let plain = !event.ctrl_key() && !event.meta_key() && !event.alt_key() && !event.default_prevented();
    if !free || !plain {
        return;
    }
    match event.key().as_str() {
        "n" => new_item(state),
        "ArrowDown" | "ArrowUp" => {
            let first = state.rows.with_untracked(|rows| rows.first().copied());
            let known = state.hand.get_untracked();
            let known = known.filter(|hand| state.rows.with_untracked(|rows| rows.contains(&hand.item)));
            let Some(spot) = known.or(first.map(|item| Spot { item, column: 0 })) else {
                return;
            };
            state.hand.set(Some(spot));
            state.focus_hand();
        }
        _ => return,
    }
    event.prevent_default();
}

/// Opens an item in the drawer.
pub(super) fn open(state: GridState, item: ItemId) {
    crate::drawer::wish_focus();
    state.ui.open(state.section, item);
    // Open already at this item: only the keyboard goes there.
    state.ui.open_item.notify();
}
