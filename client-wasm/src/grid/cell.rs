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
use crate::edit::{Done, FieldAt, FieldEditor};
use crate::erased::memo;
use crate::store::CellState;

/// A cell: its value or its editor, what it has to say, who else is there.
#[component]
pub(super) fn GridCell(state: GridState, at: FieldAt, spot: Spot, marks: RowMarks) -> impl IntoView {
    let store = state.store;
    let seat = at.seat(store.you());
    let cell = store.cell(&seat);
    let saved = memo(move |_| cell.with(|cell| cell.state));
    let is_hand = memo(move |_| marks.hand.get() == Some(spot.column));
    let is_selected = memo(move |_| {
        marks
            .block
            .get()
            .is_some_and(|(from, to)| (from..=to).contains(&spot.column))
    });
    let typed = memo(move |_| {
        marks
            .editing
            .get()
            .filter(|(column, _)| *column == spot.column)
            .map(|(_, typed)| typed)
    });
    let noted = has_notes(store, &at);
    let unreads = Unreads::expect();
    let has_unread = {
        let seat = seat.clone();
        memo(move |_| unreads.get(&seat).is_some())
    };
    let speaks = memo(move |_| is_hand.get() && state.focused.get() && typed.with(Option::is_none));
    let class = if at.field.key == "title" { "t" } else { "" };
    let figure = is_figure(&at.field);
    let shown = at.clone();
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
            class:sel=is_hand
            class:in-block=is_selected
            class:editing=move || typed.with(Option::is_some)
            class:waiting=move || saved.get() == CellState::Waiting
            class:rejected=move || matches!(saved.get(), CellState::Rejected(_)) || has_unread.get()
            class:noted=noted
            tabindex=move || if is_hand.get() || (spot.column == 0 && marks.entry.get()) { "0" } else { "-1" }
            data-cell=seat.to_string()
            aria-selected=move || if is_hand.get() || is_selected.get() { "true" } else { "false" }
            aria-colindex=(spot.column + 2).to_string()
            title=title
            on:mousedown=move |event| act::press(state, spot, &event)
            on:mouseenter=move |event: MouseEvent| act::drag_over(state, spot, &event)
            on:dblclick=move |_| act::edit(state, spot, None)
            on:focus=move |_| act::focused(state, spot)
        >
            {move || match typed.get() {
                Some(typed) => {
                    let on_done = Callback::new(move |done: Done| act::done(state, spot, done));
                    view! { <FieldEditor at=at.clone() typed on_done /> }.into_any()
                }
                None => view! { <span class="value">{field_view(&shown, Place::List)}</span> }.into_any(),
            }}
            <PeerMarks cell />
            {move || (speaks.get() && noted.get()).then(|| view! { <NotesFloat at=spoken.clone() /> })}
        </td>
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
