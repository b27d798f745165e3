//! What the hand does in a list: move, select, edit, make, clear, delete, arrange.

use domain::{Cell, ItemId, Kind, Scalar};
use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use plan::Edit;
use wasm_bindgen::JsCast;

use super::arrange::neighbours;
use super::block::Spot;
use super::keys::{Command, Key, Step, command, led};
use super::state::{Editing, GridState};
use crate::browser;
use crate::edit::Done;
use crate::edit::note::decide;
use crate::ui;
use crate::words;

/// How many rows a page key steps over.
const PAGE_ROWS: usize = 15;
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

/// Says why rows may not be made, moved or put away here, if they may not.
fn says_no_row(state: GridState) -> bool {
    let why = untrack(|| state.why_no_row());
    let is_closed = why.is_some();
    if let Some(why) = why {
        ui::toast_once(why);
    }
    is_closed
}

/// Whether a column other than the title's is written in words: figures and days have no N in them.
fn takes_words(state: GridState, column: usize) -> bool {
    let words = |field: &domain::Field| !matches!(field.kind, Kind::Money | Kind::Date | Kind::Whole { .. });
    column > 0
        && state
            .columns
            .with_value(|columns| columns.get(column).is_some_and(words))
}

/// Moves the hand; the block's other corner stays when it `extends`.
fn go(state: GridState, step: Step, extends: bool) -> bool {
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

fn select_all(state: GridState) {
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
pub(super) fn focused(state: GridState, spot: Spot) {
    if state.hand.get_untracked() != Some(spot) {
        state.hand.set(Some(spot));
    }
}

/// The mouse went down on a cell.
pub(super) fn press(state: GridState, spot: Spot, event: &MouseEvent) {
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
pub(super) fn drag_over(state: GridState, spot: Spot, event: &MouseEvent) {
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

/// Begins to edit a cell.
pub(super) fn edit(state: GridState, spot: Spot, typed: Option<String>) {
    state.anchor.set(None);
    state.hand.set(Some(spot));
    if state.at(spot).is_some_and(|at| at.says_why_not(state.store)) {
        return;
    }
    state.editing.set(Some(Editing { spot, typed }));
}

/// An editor is done: the hand goes on.
pub(super) fn done(state: GridState, spot: Spot, done: Done) {
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
fn clear(state: GridState) {
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
pub(super) fn open_columns(state: GridState, columns: std::ops::RangeInclusive<usize>) -> Vec<usize> {
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
fn fill_down(state: GridState) {
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

/// Makes a new item behind the one under the hand and begins its title.
pub(super) fn new_item(state: GridState) {
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
pub(super) fn new_item_if_there(state: GridState) {
    if state.hand.try_get_untracked().is_some() {
        new_item(state);
    }
}

/// Opens an item in the drawer.
pub(super) fn open(state: GridState, item: ItemId) {
    crate::drawer::wish_focus();
    state.ui.open(state.section, item);
    // Open already at this item: only the keyboard goes there.
    state.ui.open_item.notify();
}

/// Moves a row by some places.
fn move_row(state: GridState, item: ItemId, by: isize) {
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
pub(super) fn drop_on(state: GridState, target: ItemId) {
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

/// The hand goes to a cell that is about to be drawn; the list may be gone by then.
fn go_to(state: GridState, spot: Option<Spot>) {
    if state.hand.try_set(spot).is_none() {
        state.focused.set(true);
        browser::after_paint(move || state.focus_hand());
    }
}

/// Deletes the block's rows, with a way back.
fn delete_rows(state: GridState) {
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
