//! The keys that work everywhere in a plan, and the dialog that names all of them.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::browser;
use crate::store::PlanStore;
use crate::ui::{UiState, use_ui};
use crate::views::Dialog;
use crate::words;

/// Listens for the keys that work on every page of a plan. What a field or a grid has already taken is left alone.
pub(crate) fn shortcuts(store: PlanStore, ui: UiState) {
    let listening = window_event_listener(leptos::ev::keydown, move |event| {
        if event.default_prevented() || browser::is_dialog_open() {
            return;
        }
        let command = event.ctrl_key() || event.meta_key();
        let taken = match (event.key().as_str(), command, is_typing(&event)) {
            ("/", false, false) | ("k", true, _) => {
                ui.finding.set(true);
                true
            }
            ("?", false, false) => {
                ui.keys_shown.set(true);
                true
            }
            // While typing, undo is the field's own.
            ("z", true, false) if !event.shift_key() => {
                store.undo();
                true
            }
            ("Z" | "z" | "y", true, false) => {
                store.redo();
                true
            }
            _ => false,
        };
        if taken {
            event.prevent_default();
        }
    });
    on_cleanup(move || listening.remove());
}

/// Whether the key goes into a field.
fn is_typing(event: &KeyboardEvent) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok())
        .is_some_and(|element| {
            matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") || element.is_content_editable()
        })
}

/// The dialog of keys.
#[component]
pub(crate) fn Keys() -> impl IntoView {
    let ui = use_ui();
    view! {
        <Dialog open=ui.keys_shown label=words::KEYS class="keys">
            <dl class="keys-list">
                {words::KEY_TABLE
                    .iter()
                    .map(|&(keys, what)| {
                        view! {
                            <dt>{keys.split(' ').map(|key| view! { <kbd>{key}</kbd> }).collect_view()}</dt>
                            <dd>{what}</dd>
                        }
                    })
                    .collect_view()}
            </dl>
        </Dialog>
    }
}
