//! The drawer beside a page: one item with everything that is known of it.

mod actions;
mod changed;
mod erase;
mod panel;
mod pointing;

use std::cell::Cell;

use domain::{ItemId, Scalar, SectionId};
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::erased::{effect_after, memo};
use crate::store::use_store;
use crate::ui::use_ui;
use crate::words;
pub(crate) use changed::Changed;
pub(crate) use erase::Personal;
use panel::Panel;

thread_local! {
    // Whether the next opening should bring the keyboard along: a list that only moves its hand keeps it.
    static WISH: Cell<bool> = const { Cell::new(false) };
}

/// The next opening takes the keyboard.
pub(crate) fn wish_focus() {
    WISH.set(true);
}

/// The drawer; it is there while an item is open.
#[component]
pub(crate) fn Drawer() -> impl IntoView {
    let store = use_store();
    let ui = use_ui();
    let aside = NodeRef::<html::Aside>::new();
    let came_from = StoredValue::new_local(None::<web_sys::HtmlElement>);
    let open = memo(move |_| ui.open_item.get().filter(|_| store.ready().get()));
    effect_after(move |was: Option<bool>| {
        let is_open = ui.open_item.get().is_some();
        let opens = is_open && was != Some(true);
        let active = document().active_element();
        let in_list = active
            .as_ref()
            .is_some_and(|active| active.closest("[role=grid]").is_ok_and(|grid| grid.is_some()));
        if opens {
            came_from.set_value(active.and_then(|active| active.dyn_into().ok()));
        }
        if is_open && (WISH.replace(false) || (opens && !in_list)) {
            request_animation_frame(move || {
                if let Some(Some(aside)) = aside.try_get_untracked() {
                    let _ = aside.focus();
                }
            });
        }
        is_open
    });
    let close = move || {
        let was = ui.open_item.get_untracked();
        ui.open_item.set(None);
        request_animation_frame(move || go_back(was, came_from.try_get_value().flatten()));
    };
    let on_keydown = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            event.stop_propagation();
            close();
        } else if event.ctrl_key() || event.meta_key() {
            let in_text = event
                .target()
                .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
                .is_some_and(|target| matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA"));
            match (event.key().as_str(), event.shift_key(), in_text) {
                ("z", false, false) => drop(store.undo()),
                ("Z" | "z", true, false) | ("y", _, false) => drop(store.redo()),
                _ => return,
            }
            event.prevent_default();
            event.stop_propagation();
        }
    };
    move || {
        open.get().map(|(section, item)| {
            let deleted = store.cell(&domain::Cell::field(section, item, "deleted"));
            let is_deleted = memo(move |_| deleted.with(|cell| cell.value == Some(Scalar::Bool(true))));
            view! {
                <aside
                    class="drawer"
                    class:deleted=is_deleted
                    node_ref=aside
                    tabindex="-1"
                    aria-label=words::ITEM
                    on:keydown=on_keydown
                >
                    <Panel section item close=Callback::new(move |()| close()) is_deleted />
                </aside>
            }
        })
    }
}

/// Gives the keyboard back: to the item's row in the list (to the cell under the hand, where that is in it), else to
/// where it came from.
fn go_back(was: Option<(SectionId, ItemId)>, came_from: Option<web_sys::HtmlElement>) {
    let find = |selector: &str| {
        let found = document().query_selector(selector).ok().flatten()?;
        found.dyn_into::<web_sys::HtmlElement>().ok()
    };
    let row = was.and_then(|(section, item)| {
        let cell = format!("[role=gridcell][data-cell^=\"{section}/{item}/\"]");
        find(&format!("{cell}[tabindex=\"0\"]")).or_else(|| find(&cell))
    });
    match row.or_else(|| came_from.filter(|element| element.is_connected())) {
        // Fails only for an element that is not in the document.
        Some(element) => drop(element.focus()),
        None => crate::browser::mend_focus(&["[role=grid] td[tabindex=\"0\"]", "#page"]),
    }
}
