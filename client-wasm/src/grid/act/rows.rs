//! Rows are made, moved and put away.

use domain::{Cell, ItemId, Scalar};
use leptos::prelude::*;
use plan::Edit;

use super::hand::go_to;
use super::write::edit;
use crate::browser;
use crate::grid::arrange::neighbours;
use crate::grid::block::Spot;
use crate::grid::state::GridState;
use crate::ui;
use crate::words;

/// Makes a new item behind the one under the hand and begins its title.
pub(in crate::grid) fn new_item(state: GridState) {
    if says_no_row(state) {
        return;
    }
    let behind = state.hand.get_untracked().map(|spot| spot.item);
    let by_rank = state.store.peek_items(state.section);
    let behind = behind.filter(|item| by_rank.contains(item)).or(by_rank.last().copied());
    let next = behind
        .and_then(|item| by_rank.iter().position(|row| *row == item))
        .and_then(|at| by_rank.get(at + 1).copied());
    let rank = state.store.rank_between(state.section, behind, next);
    let item = browser::new_item();
    state.note_mine(item, behind);
    state.focused.set(true);
    let spot = Spot { item, column: 0 };
    state.hand.set(Some(spot));
    let made = state.store.edit(vec![Edit::MakeItem {
        section: state.section,
        item,
        fields: vec![("rank".to_owned(), Scalar::Str(rank))],
    }]);
    if made {
        edit(state, spot, None);
    }
}

/// The same, of a list that may be gone by now.
pub(in crate::grid) fn new_item_if_there(state: GridState) {
    if state.hand.try_get_untracked().is_some() {
        new_item(state);
    }
}

/// Moves a row by some places.
pub(super) fn move_row(state: GridState, item: ItemId, by: isize) {
    if state.sort.with_untracked(Option::is_some) {
        ui::toast(words::SORTED_NOT_MOVED);
        return;
    }
    let place = state.rows.with_untracked(|rows| neighbours(rows, item, by));
    if let Some((above, below)) = place {
        put_between(state, item, above, below);
    }
}

fn put_between(state: GridState, item: ItemId, above: Option<ItemId>, below: Option<ItemId>) {
    let rank = state.store.rank_between(state.section, above, below);
    state.store.edit(vec![Edit::Put {
        cell: Cell::field(state.section, item, "rank"),
        value: Scalar::Str(rank),
    }]);
    state.settle();
}

/// The dragged row was dropped on another: it takes that one's place.
pub(in crate::grid) fn drop_on(state: GridState, target: ItemId) {
    let Some(item) = state.dragged.get_untracked() else {
        return;
    };
    state.dragged.set(None);
    let by = state.rows.with_untracked(|rows| {
        let place = |of: ItemId| isize::try_from(rows.iter().position(|row| *row == of)?).ok();
        Some(place(target)? - place(item)?)
    });
    if let Some(by) = by {
        move_row(state, item, by);
    }
}

/// Deletes the block's rows, with a way back.
pub(super) fn delete_rows(state: GridState) {
    let Some(block) = state.block_untracked() else { return };
    let cells: Vec<Cell> = block
        .items
        .iter()
        .map(|item| Cell::field(state.section, *item, "deleted"))
        .collect();
    let below = state.rows.with_untracked(|rows| {
        let first = rows.iter().position(|row| Some(row) == block.items.first())?;
        let rest: Vec<ItemId> = rows.iter().copied().filter(|row| !block.items.contains(row)).collect();
        rest.get(first).or(rest.last()).copied()
    });
    let said = if let [only] = block.items[..] {
        words::deleted(&state.store.peek_title(state.section, only))
    } else {
        words::deleted_rows(block.items.len())
    };
    let column = state.hand.get_untracked().map_or(0, |hand| hand.column);
    let put = |cell: &Cell| Edit::Put {
        cell: cell.clone(),
        value: Scalar::Bool(true),
    };
    if state.store.edit(cells.iter().map(put).collect()) {
        state.anchor.set(None);
        state.hand.set(below.map(|item| Spot { item, column }));
        let store = state.store;
        let first = block.items.first().map(|item| Spot { item: *item, column });
        ui::toast_undo(said, move || {
            store.edit(cells.iter().map(|cell| Edit::Clear { cell: cell.clone() }).collect());
            go_to(state, first);
        });
        request_animation_frame(move || state.focus_hand());
    }
}

/// Says why rows may not be made, moved or put away here, if they may not.
pub(super) fn says_no_row(state: GridState) -> bool {
    let why = untrack(|| state.why_no_row());
    let is_closed = why.is_some();
    if let Some(why) = why {
        ui::toast_once(why);
    }
    is_closed
}
