//! Short messages at the foot of the page.

use leptos::ev::FocusEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::browser;
use crate::erased::For;
use crate::ui::{self, Toast};
use crate::words;

/// What takes the keyboard when a message's button has gone, and what had it before has, too.
const AFTER_TOAST: [&str; 2] = ["[role=grid] td[tabindex=\"0\"]", "#page"];

/// The messages that stand now; read aloud as they come. Their buttons go away with their use: the keyboard goes back
/// to where it came from.
#[component]
pub(crate) fn Toasts() -> impl IntoView {
    let toasts = ui::toasts();
    let came_from = StoredValue::new_local(None::<HtmlElement>);
    let entered = move |event: FocusEvent| {
        let from = event
            .related_target()
            .and_then(|from| from.dyn_into::<HtmlElement>().ok());
        let outside = from.filter(|from| from.closest(".toasts").is_ok_and(|inside| inside.is_none()));
        if outside.is_some() {
            came_from.set_value(outside);
        }
    };
    let message = move |toast: Toast| {
        let Toast { id, text, undo } = toast;
        let close = move || {
            ui::dismiss_toast(id);
            go_back(came_from.try_get_value().flatten());
        };
        let take_back = undo.map(|undo| {
            let take_back = move |_| {
                undo();
                close();
            };
            view! {
                <button type="button" class="btn quiet" on:click=take_back>
                    {words::UNDO}
                </button>
            }
        });
        view! {
            <li class="toast">
                <span>{text}</span>
                {take_back}
                <button type="button" class="btn quiet" aria-label=words::DISMISS on:click=move |_| close()>
                    "✕"
                </button>
            </li>
        }
    };
    view! {
        <div class="toasts" role="status" aria-live="polite" on:focusin=entered>
            <ul class="plain-list">
                <For each=move || toasts.get() key=|toast| toast.id children=message />
            </ul>
        </div>
    }
}

/// Gives the keyboard back, unless what the button did has given it to something already.
fn go_back(came_from: Option<HtmlElement>) {
    browser::after_paint(move || {
        if !browser::is_focus_lost() {
            return;
        }
        match came_from.filter(|element| element.is_connected()) {
            // Fails only for an element that is not in the document.
            Some(element) => drop(element.focus()),
            None => browser::focus_first(&AFTER_TOAST),
        }
    });
}
