//! One cell of a list.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::act;
use super::block::Spot;
use super::columns::is_figure;
use super::row::RowMarks;
use super::state::{Editing, GridState};
use crate::edit::note::{FieldNotes, has_notes};
use crate::edit::presence::PeerMarks;
use crate::edit::unread::Unreads;
use crate::edit::view::{Place, field_view};
use crate::edit::{Begun, Done, FieldAt, FieldEditor};
use crate::erased::memo;
use crate::store::CellState;

/// What a cell watches: each a small part of the list's state, so that a moved hand draws two cells and no row.
#[derive(Clone, Copy)]
struct CellMarks {
    /// Whether my edit of it is saved.
    saved: Memo<CellState>,
    /// Whether I may not write in it.
    is_closed: Memo<bool>,
    is_hand: Memo<bool>,
    is_selected: Memo<bool>,
    /// The editor, while it is edited.
    begun: Memo<Option<Begun>>,
    /// Whether a text is kept that the field could not take.
    has_unread: Memo<bool>,
    /// Whether it has anything to say besides its value.
    noted: Memo<bool>,
    /// Whether it says so now: the hand is on it.
    speaks: Memo<bool>,
}

impl CellMarks {
    fn of(state: GridState, at: &FieldAt, spot: Spot, row: RowMarks) -> Self {
        let column = spot.column;
        let seat = at.seat(state.store.you());
        let cell = state.store.cell(&seat);
        let unreads = Unreads::expect();
        let is_hand = memo(move |_| row.hand.get() == Some(column));
        let begun = memo(move |_| {
            let editing = row.editing.get().filter(|(edited, _)| *edited == column);
            editing.map(|(_, typed)| Begun { typed })
        });
        Self {
            saved: memo(move |_| cell.with(|cell| cell.state)),
            is_closed: {
                let at = at.clone();
                memo(move |_| state.is_closed(column) || at.is_hidden(state.store))
            },
            is_hand,
            is_selected: memo(move |_| row.block.get().is_some_and(|(from, to)| (from..=to).contains(&column))),
            begun,
            has_unread: memo(move |_| unreads.get(&seat).is_some()),
            noted: has_notes(state.store, at),
            speaks: memo(move |_| is_hand.get() && state.focused.get() && begun.with(Option::is_none)),
        }
    }

    fn is_rejected(self) -> bool {
        matches!(self.saved.get(), CellState::Rejected(_)) || self.has_unread.get()
    }
}

/// A cell: its value or its editor, what it has to say, who else is there.
#[component]
pub(super) fn GridCell(state: GridState, at: FieldAt, spot: Spot, marks: RowMarks) -> impl IntoView {
    let store = state.store;
    let seat = at.seat(store.you());
    let cell = store.cell(&seat);
    let row = marks;
    let marks = CellMarks::of(state, &at, spot, row);
    let class = if at.field.key == "title" { "t" } else { "" };
    let figure = is_figure(&at.field);
    let spoken = at.clone();
    let title = {
        let at = at.clone();
        // Names that are cut off show in full on hover.
        move || {
            cell.track();
            at.text(store)
        }
    };
    view! {
        <td
            role="gridcell"
            class=class
            class:num=figure
            class:sel=marks.is_hand
            class:in-block=marks.is_selected
            class:editing=move || marks.begun.with(Option::is_some)
            class:waiting=move || marks.saved.get() == CellState::Waiting
            class:rejected=move || marks.is_rejected()
            class:noted=marks.noted
            class:ro=marks.is_closed
            aria-readonly=move || marks.is_closed.get().then_some("true")
            tabindex=move || if marks.is_hand.get() || (spot.column == 0 && row.entry.get()) { "0" } else { "-1" }
            data-cell=seat.to_string()
            aria-selected=move || if marks.is_hand.get() || marks.is_selected.get() { "true" } else { "false" }
            aria-colindex=(spot.column + 2).to_string()
            title=title
            on:mousedown=move |event| act::press(state, spot, &event)
            on:mouseenter=move |event: MouseEvent| act::drag_over(state, spot, &event)
            on:dblclick=move |_| act::edit(state, spot, None)
            on:focus=move |_| act::focused(state, spot)
        >
            {content(state, at, spot, marks.begun)}
            <PeerMarks cell />
            {move || (marks.speaks.get() && marks.noted.get()).then(|| view! { <NotesFloat at=spoken.clone() /> })}
        </td>
    }
}

/// The value, or the editor while the cell is edited.
fn content(state: GridState, at: FieldAt, spot: Spot, begun: Memo<Option<Begun>>) -> impl IntoView {
    move || match begun.get() {
        Some(Begun { typed }) => {
            let on_done = Callback::new(move |done: Done| act::done(state, spot, done));
            view! { <FieldEditor at=at.clone() typed on_done /> }.into_any()
        }
        None => view! { <span class="value">{field_view(&at, Place::List)}</span> }.into_any(),
    }
}

/// What a row's cells watch of the editing: which column, and what was typed to begin.
pub(super) fn editing_in(state: GridState, item: domain::ItemId) -> Memo<Option<(usize, Option<String>)>> {
    memo(move |_| {
        state.editing.with(|editing| match editing {
            Some(Editing { spot, typed }) if spot.item == item => Some((spot.column, typed.clone())),
            _ => None,
        })
    })
}

/// What the cell under the hand has to say, beside it.
#[component]
fn NotesFloat(at: FieldAt) -> impl IntoView {
    let float = NodeRef::<leptos::html::Div>::new();
    crate::edit::float::at_cell(float);
    view! {
        <div class="notes-float" node_ref=float>
            <FieldNotes at />
        </div>
    }
}
