//! Cells are written: an editor begins and is done, a block is emptied or filled.

use domain::{Cell, ItemId, Scalar};
use leptos::prelude::*;
use plan::Edit;

use super::hand::go;
use crate::edit::Done;
use crate::grid::block::Spot;
use crate::grid::keys::Step;
use crate::grid::state::{Editing, GridState};
use crate::ui;
use crate::words;

/// Begins to edit a cell.
pub(in crate::grid) fn edit(state: GridState, spot: Spot, typed: Option<String>) {
    state.anchor.set(None);
    state.hand.set(Some(spot));
    if state.at(spot).is_some_and(|at| at.says_why_not(state.store)) {
        return;
    }
    state.editing.set(Some(Editing { spot, typed }));
}

/// An editor is done: the hand goes on.
pub(in crate::grid) fn done(state: GridState, spot: Spot, done: Done) {
    // Another cell may have begun meanwhile.
    let mine = state
        .editing
        .with_untracked(|editing| editing.as_ref().is_some_and(|editing| editing.spot == spot));
    if !mine {
        return;
    }
    state.editing.set(None);
    tell_if_deleted(state, spot.item);
    let dropped = drop_fresh(state, spot, done);
    if done == Done::Left {
        return;
    }
    if dropped {
        state.focus_hand();
        return;
    }
    state.hand.set(Some(spot));
    match done {
        Done::Stay | Done::Left => state.focus_hand(),
        Done::Down => after_edit(state, Step::By { rows: 1, columns: 0 }),
        Done::Up => after_edit(state, Step::By { rows: -1, columns: 0 }),
        Done::Next => after_edit(state, Step::Next),
        Done::Previous => after_edit(state, Step::Previous),
    }
}

/// A row that another deleted while I wrote in it stays as long as I write; then it goes, and can be brought back.
fn tell_if_deleted(state: GridState, item: ItemId) {
    let cell = Cell::field(state.section, item, "deleted");
    let store = state.store;
    if store.peek_value(&cell) == Some(Scalar::Bool(true)) {
        state.settle();
        let title = store.peek_title(state.section, item);
        ui::toast_undo(words::deleted_meanwhile(&title), move || {
            store.edit(vec![Edit::Clear { cell: cell.clone() }]);
        });
    }
}

fn after_edit(state: GridState, step: Step) {
    if !go(state, step, false) {
        state.focus_hand();
    }
}

/// A new row that was given up before anything was written into it goes away again.
fn drop_fresh(state: GridState, spot: Spot, done: Done) -> bool {
    let fresh = state.fresh.get_value() == Some(spot.item);
    if !fresh {
        return false;
    }
    if done != Done::Stay {
        state.fresh.set_value(None);
        return false;
    }
    state.fresh.set_value(None);
    let title = state.store.peek_title(state.section, spot.item);
    if !title.is_empty() {
        return false;
    }
    let above = state.rows.with_untracked(|rows| {
        let at = rows.iter().position(|row| *row == spot.item)?;
        rows.get(at.checked_sub(1)?).copied()
    });
    state.store.edit(vec![Edit::Put {
        cell: Cell::field(state.section, spot.item, "deleted"),
        value: Scalar::Bool(true),
    }]);
    state.hand.set(above.map(|item| Spot { item, ..spot }));
    true
}

/// Empties the block's cells; what one could not read is forgotten there too.
pub(super) fn clear(state: GridState) {
    let Some(block) = state.block_untracked() else { return };
    let unreads = state.unreads.get_value();
    let mut edits = Vec::new();
    let columns = open_columns(state, block.from..=block.to);
    for item in &block.items {
        for &column in &columns {
            if let Some(at) = state.at(Spot { item: *item, column }) {
                if let Some(unreads) = unreads {
                    unreads.drop(&at.seat(state.store.you()));
                }
                edits.extend(at.clearing(state.store));
            }
        }
    }
    if !edits.is_empty() {
        state.store.edit(edits);
    }
}

/// Those of some columns that I may write in; says why where I may in none.
pub(in crate::grid) fn open_columns(state: GridState, columns: std::ops::RangeInclusive<usize>) -> Vec<usize> {
    let (hand, open) = untrack(|| {
        let open = columns.clone().filter(|&column| !state.is_closed(column));
        (state.hand.get(), open.collect::<Vec<_>>())
    });
    if open.is_empty()
        && let Some(hand) = hand
    {
        let column = *columns.start();
        if let Some(at) = state.at(Spot { column, ..hand }) {
            at.says_why_not(state.store);
        }
    }
    open
}

/// Fills the block's columns with what stands in its first row.
pub(super) fn fill_down(state: GridState) {
    let Some(block) = state.block_untracked() else { return };
    let Some((first, rest)) = block.items.split_first() else {
        return;
    };
    let mut edits = Vec::new();
    for column in open_columns(state, block.from..=block.to) {
        let Some(source) = state.at(Spot { item: *first, column }) else {
            continue;
        };
        let wanted = source.wanted(state.store);
        for item in rest {
            if let Some(at) = state.at(Spot { item: *item, column }) {
                edits.extend(at.edits_of(state.store, &wanted));
            }
        }
    }
    if !edits.is_empty() {
        state.store.edit(edits);
    }
}
