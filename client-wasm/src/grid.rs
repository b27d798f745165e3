//! A section as a list: rows of items, columns of the schema, one hand with the keyboard.

#![allow(
    clippy::large_types_passed_by_value,
    reason = "the list's state is a set of handles that closures take by copy; in release builds it is half as large"
)]

mod act;
mod arrange;
mod block;
mod cell;
mod clip;
mod columns;
mod data;
mod filter;
mod filter_bar;
mod footer;
mod head;
mod keys;
mod row;
mod state;
mod table;
mod tsv;

use std::cell::Cell;

use domain::SectionId;
use leptos::prelude::*;

use crate::erased::{Show, memo};
use crate::store::use_store;
use crate::ui::use_ui;
use crate::words;
use state::GridState;

thread_local! {
    // Whether the next list begins with a new row: a button of another page asked for one.
    static NEW_ROW: Cell<bool> = const { Cell::new(false) };
}

/// The next list that opens begins with a new row.
pub(crate) fn wish_new_row() {
    NEW_ROW.set(true);
}

/// The page of a section with many items: its head, its filter, its list.
#[component]
pub(crate) fn Grid(section: SectionId) -> impl IntoView {
    let store = use_store();
    let state = GridState::new(store, use_ui(), section);
    state.follow();
    let keys = window_event_listener(leptos::ev::keydown, move |event| act::page_key(state, &event));
    on_cleanup(move || keys.remove());
    if NEW_ROW.replace(false) {
        crate::browser::after_paint(move || act::new_item_if_there(state));
    }
    let all = store.items(section);
    let is_empty = memo(move |_| all.with(Vec::is_empty));
    view! {
        <head::GridHead state />
        <Show
            when=move || !is_empty.get()
            fallback=move || view! { <head::EmptySection state /> }
        >
            <filter_bar::FilterBar state />
            <table::GridTable state />
            <p class="grid-keys faint small">
                {move || if state.why_no_row().is_some() { words::READ_HINT } else { words::LIST_HINT }}
            </p>
        </Show>
    }
}
