//! One row of a list: its number, which opens and drags it, and its cells.

use domain::ItemId;
use leptos::ev::DragEvent;
use leptos::prelude::*;

use super::act;
use super::block::Spot;
use super::cell::{GridCell, editing_in};
use super::state::GridState;
use crate::edit::view::title_signal;
use crate::erased::memo;
use crate::words;

/// What the cells of a row watch: one look at the hand for a row, not for each of its cells.
#[derive(Clone, Copy)]
pub(super) struct RowMarks {
    /// The column under the hand.
    pub(super) hand: Memo<Option<usize>>,
    /// The columns in the block.
    pub(super) block: Memo<Option<(usize, usize)>>,
    /// Whether Tab enters the list here: the first row, while no row has the hand.
    pub(super) entry: Memo<bool>,
    /// The column that is edited.
    pub(super) editing: Memo<Option<(usize, Option<String>)>>,
}

impl RowMarks {
    fn of(state: GridState, item: ItemId) -> Self {
        Self {
            hand: memo(move |_| {
                let hand = state.hand.get().filter(|spot| spot.item == item);
                hand.map(|spot| spot.column)
            }),
            block: memo(move |_| state.block().and_then(|block| block.columns_in(item))),
            entry: memo(move |_| {
                let hand = state.hand.get();
                state.rows.with(|rows| {
                    let has_hand = hand.is_some_and(|hand| rows.contains(&hand.item));
                    !has_hand && rows.first() == Some(&item)
                })
            }),
            editing: editing_in(state, item),
        }
    }
}

/// A row.
#[component]
pub(super) fn GridRow(state: GridState, item: ItemId) -> impl IntoView {
    let marks = RowMarks::of(state, item);
    let place = memo(move |_| {
        let place = state.rows.with(|rows| rows.iter().position(|row| *row == item));
        place.map(|place| place + 1)
    });
    let is_open = memo(move |_| state.ui.open_item.get() == Some((state.section, item)));
    let over = RwSignal::new(false);
    let takes_drop = move || over.get() && state.dragged.get().is_some_and(|dragged| dragged != item);
    let count = state.columns.with_value(|columns| columns.len());
    let cells = (0..count)
        .filter_map(|column| {
            let spot = Spot { item, column };
            let at = state.at(spot)?;
            Some(view! { <GridCell state at spot marks /> })
        })
        .collect_view();
    view! {
        <tr
            role="row"
            aria-rowindex=move || place.get().map(|place| (place + 1).to_string())
            class:open=is_open
            class:drop=takes_drop
            on:dragover=move |event: DragEvent| {
                if state.dragged.with_untracked(Option::is_some) {
                    event.prevent_default();
                    over.set(true);
                }
            }
            on:dragleave=move |_| over.set(false)
            on:drop=move |event: DragEvent| {
                event.prevent_default();
                over.set(false);
                act::drop_on(state, item);
            }
        >
            <RowHandle state item place />
            {cells}
        </tr>
    }
}

/// The row's number: a click opens the item, and the row is dragged by it.
#[component]
fn RowHandle(state: GridState, item: ItemId, place: Memo<Option<usize>>) -> impl IntoView {
    let title = title_signal(state.store, state.section, item);
    view! {
        <th
            role="rowheader"
            scope="row"
            class="handle num"
            draggable=move || if state.why_no_row().is_none() { "true" } else { "false" }
            title=move || title.with(|title| words::row_handle(title))
            on:click=move |_| act::open(state, item)
            on:dragstart=move |_| state.dragged.set(Some(item))
            on:dragend=move |_| state.dragged.set(None)
        >
            <span aria-hidden="true">{move || place.get().map(|place| place.to_string()).unwrap_or_default()}</span>
            <span class="sr">{move || title.get()}</span>
        </th>
    }
}
