//! The list itself: its head with sorting and widths, its rows, the keyboard.

use domain::Field;
use leptos::ev::{FocusEvent, KeyboardEvent, PointerEvent};
use leptos::prelude::*;

use wasm_bindgen::JsCast;

use super::arrange::next_sort;
use super::columns::{self, HANDLE_WIDTH, WIDTH_MAX, WIDTH_MIN, WIDTH_STEP, bounded, is_figure};
use super::footer::GridFooter;
use super::row::GridRow;
use super::state::GridState;
use super::{act, clip};

use crate::erased::{For, memo};
use crate::words;

/// The table.
#[component]
pub(super) fn GridTable(state: GridState) -> impl IntoView {
    clip::listen(state);
    let fields = state.columns();
    let widths = fields.to_vec();
    let total = move || {
        let sum: u32 = widths.iter().map(|field| width(state, field)).sum();
        format!("{}px", sum + HANDLE_WIDTH)
    };
    let cols = fields
        .iter()
        .cloned()
        .map(|field| view! { <col style:width=move || format!("{}px", width(state, &field)) /> })
        .collect_view();
    let heads = fields
        .iter()
        .cloned()
        .map(|field| view! { <ColumnHead state field /> })
        .collect_view();
    let label = state
        .store
        .schema()
        .section(state.section)
        .map(|section| section.title.to_string());
    view! {
        <div class="grid-box">
            <table
                node_ref=state.table
                class="grid"
                role="grid"
                aria-label=label
                aria-multiselectable="true"
                aria-colcount=(fields.len() + 1).to_string()
                aria-rowcount=move || (state.rows.with(Vec::len) + 1).to_string()
                style:min-width=total
                on:keydown=move |event: KeyboardEvent| act::key(state, &event)
                on:focusin=move |_| state.focused.set(true)
                on:focusout=move |event: FocusEvent| left(state, &event)
            >
                <colgroup>
                    <col style:width=format!("{HANDLE_WIDTH}px") />
                    {cols}
                </colgroup>
                <thead>
                    <tr role="row" aria-rowindex="1">
                        <th role="columnheader" class="handle num" scope="col">
                            <span aria-hidden="true">"#"</span>
                            <span class="sr">{words::ROW}</span>
                        </th>
                        {heads}
                    </tr>
                </thead>
                <tbody>
                    <For each=move || state.rows.get() key=|item| *item let(item)>
                        <GridRow state item />
                    </For>
                </tbody>
                <GridFooter state />
            </table>
        </div>
    }
}

fn width(state: GridState, field: &Field) -> u32 {
    let dragged = state.widths.with(|widths| widths.get(field.key.as_ref()).copied());
    dragged.unwrap_or_else(|| columns::usual_width(field))
}

/// The keyboard went to something outside of the list: the hand lets go, and rows may take their places.
fn left(state: GridState, event: &FocusEvent) {
    if state.focused.try_get_untracked().is_none() {
        return; // the page is gone: the browser takes the focus from what it removes
    }
    let to = event
        .related_target()
        .and_then(|to| to.dyn_into::<web_sys::Node>().ok());
    let inside = match (state.table.get_untracked(), &to) {
        (Some(table), Some(to)) => table.contains(Some(to)),
        // Nothing got it: another window, or an editor that closes and hands it to its cell.
        (_, None) => true,
        (None, Some(_)) => false,
    };
    if inside {
        // Looked at again when the browser has settled: a click on nothing leaves, too.
        if to.is_none() {
            request_animation_frame(move || let_go_if_lost(state));
        }
        return;
    }
    let_go(state);
}

fn let_go(state: GridState) {
    state.focused.set(false);
    state.anchor.set(None);
    state.store.set_place(protocol::Place::default());
}

fn let_go_if_lost(state: GridState) {
    let here = document().has_focus().unwrap_or(false);
    let lost = document()
        .active_element()
        .is_none_or(|active| active.tag_name() == "BODY");
    if here && lost && state.editing.try_get_untracked() == Some(None) {
        let_go(state);
    }
}

/// A column's head: a button that sorts, and an edge that widens.
#[component]
fn ColumnHead(state: GridState, field: Field) -> impl IntoView {
    let key = field.key.to_string();
    let sorted = {
        let key = key.clone();
        memo(move |_| {
            state.sort.with(|sort| {
                sort.as_ref()
                    .filter(|sort| sort.field == key)
                    .map(|sort| sort.descending)
            })
        })
    };
    let label = field.label.to_string();
    let help = field.help.to_string();
    let figure = is_figure(&field);
    let sort_key = key.clone();
    view! {
        <th
            role="columnheader"
            scope="col"
            class:num=figure
            class:sorted=move || sorted.get().is_some()
            aria-sort=move || match sorted.get() {
                None => "none",
                Some(false) => "ascending",
                Some(true) => "descending",
            }
        >
            <button
                class="sort"
                title=help
                on:click=move |_| {
                    state.sort.update(|sort| *sort = next_sort(sort.as_ref(), &sort_key));
                    state.settle();
                }
            >
                {label.clone()}
                <span class="sort-mark" aria-hidden="true">
                    {move || match sorted.get() {
                        None => "",
                        Some(false) => " ↑",
                        Some(true) => " ↓",
                    }}
                </span>
            </button>
            <Edge state field label />
        </th>
    }
}

/// The edge of a column's head: dragged with the mouse, or moved with the arrow keys.
#[component]
fn Edge(state: GridState, field: Field, label: String) -> impl IntoView {
    let key = field.key.to_string();
    let field = StoredValue::new(field);
    let now = move || field.with_value(|field| width(state, field));
    let from = StoredValue::new(None::<(i32, u32)>);
    let set = {
        let key = key.clone();
        move |width: u32| {
            state.widths.update(|widths| {
                widths.insert(key.clone(), bounded(width));
            });
        }
    };
    let keep = move || {
        state
            .widths
            .with_untracked(|widths| columns::remember(state.store.you(), state.section, widths));
    };
    let drag = set.clone();
    let reset = move |_| {
        state.widths.update(|widths| {
            widths.remove(&key);
        });
        keep();
    };
    view! {
        <span
            class="edge"
            role="separator"
            tabindex="0"
            aria-orientation="vertical"
            aria-label=words::width_of(&label)
            aria-valuemin=WIDTH_MIN.to_string()
            aria-valuemax=WIDTH_MAX.to_string()
            aria-valuenow=move || now().to_string()
            on:dblclick=reset
            on:pointerdown=move |event: PointerEvent| {
                event.prevent_default();
                from.set_value(Some((event.client_x(), untrack(now))));
                if let Some(edge) = event.target().and_then(|edge| edge.dyn_into::<web_sys::Element>().ok()) {
                    let _ = edge.set_pointer_capture(event.pointer_id());
                }
            }
            on:pointermove=move |event: PointerEvent| {
                if let Some((x, width)) = from.get_value() {
                    drag(width.saturating_add_signed(event.client_x() - x));
                }
            }
            on:pointerup=move |_| {
                from.set_value(None);
                keep();
            }
            on:keydown=move |event: KeyboardEvent| {
                let width = untrack(now);
                match event.key().as_str() {
                    "ArrowLeft" => set(width.saturating_sub(WIDTH_STEP)),
                    "ArrowRight" => set(width + WIDTH_STEP),
                    _ => return,
                }
                event.prevent_default();
                event.stop_propagation();
                keep();
            }
        ></span>
    }
}
