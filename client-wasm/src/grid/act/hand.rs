//! Where the hand is: moved by keys, put by the mouse, with a block behind it.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::browser;
use crate::grid::block::Spot;
use crate::grid::keys::{Step, led};
use crate::grid::state::GridState;

/// How many rows a page key steps over.
const PAGE_ROWS: usize = 15;

/// Moves the hand; the block's other corner stays when it `extends`.
pub(super) fn go(state: GridState, step: Step, extends: bool) -> bool {
    let Some(hand) = state.hand.get_untracked() else {
        return false;
    };
    let columns = state.columns.with_value(|columns| columns.len());
    let next = state.rows.with_untracked(|rows| {
        let row = rows.iter().position(|row| *row == hand.item).unwrap_or(0);
        let (row, column) = led((row, hand.column), step, rows.len(), columns, PAGE_ROWS);
        Some(Spot {
            item: *rows.get(row)?,
            column,
        })
    });
    let Some(next) = next else { return false };
    if extends {
        if state.anchor.with_untracked(Option::is_none) {
            state.anchor.set(Some(hand));
        }
    } else {
        state.anchor.set(None);
    }
    state.hand.set(Some(next));
    state.focus_hand();
    next != hand
}

pub(super) fn select_all(state: GridState) {
    let last_column = state.columns.with_value(|columns| columns.len()).saturating_sub(1);
    let ends = state.rows.with_untracked(|rows| Some((*rows.first()?, *rows.last()?)));
    if let Some((first, last)) = ends {
        state.anchor.set(Some(Spot {
            item: last,
            column: last_column,
        }));
        state.hand.set(Some(Spot { item: first, column: 0 }));
        state.focus_hand();
    }
}

/// A cell got the keyboard, by whatever way.
pub(in crate::grid) fn focused(state: GridState, spot: Spot) {
    if state.hand.get_untracked() != Some(spot) {
        state.hand.set(Some(spot));
    }
}

/// The mouse went down on a cell.
pub(in crate::grid) fn press(state: GridState, spot: Spot, event: &MouseEvent) {
    if event.button() != 0 || on_control(event) {
        return;
    }
    // The cell takes the keyboard itself: no text is selected by a drag over cells.
    event.prevent_default();
    if event.shift_key() {
        let hand = state.hand.get_untracked();
        if state.anchor.with_untracked(Option::is_none) {
            state.anchor.set(hand);
        }
    } else {
        state.anchor.set(None);
    }
    state.hand.set(Some(spot));
    if let Some(cell) = state.element(spot) {
        let _ = cell.focus();
    }
}

/// Whether the mouse is on something in the cell that has a use of its own.
fn on_control(event: &MouseEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| {
        target
            .closest("button, input, .note-card")
            .is_ok_and(|found| found.is_some())
    })
}

/// The mouse came over a cell; with its button down it selects.
pub(in crate::grid) fn drag_over(state: GridState, spot: Spot, event: &MouseEvent) {
    let pressed = event.buttons() & 1 == 1;
    let free = state.editing.with_untracked(Option::is_none) && state.dragged.with_untracked(Option::is_none);
    let Some(hand) = state.hand.get_untracked().filter(|_| pressed && free) else {
        return;
    };
    if state.focused.get_untracked() && hand != spot {
        if state.anchor.with_untracked(Option::is_none) {
            state.anchor.set(Some(hand));
        }
        state.hand.set(Some(spot));
    }
}

/// The hand goes to a cell that is about to be drawn; the list may be gone by then.
pub(super) fn go_to(state: GridState, spot: Option<Spot>) {
    if state.hand.try_set(spot).is_none() {
        state.focused.set(true);
        browser::after_paint(move || state.focus_hand());
    }
}
