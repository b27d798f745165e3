//! Short messages at the foot of the page.

use leptos::prelude::*;

use crate::erased::For;
use crate::ui::{self, Toast};
use crate::words;

/// The messages that stand now; read aloud as they come.
#[component]
pub(crate) fn Toasts() -> impl IntoView {
    let toasts = ui::toasts();
    let message = |toast: Toast| {
        let Toast { id, text, undo } = toast;
        view! {
            <li class="toast">
                <span>{text}</span>
                {undo
                    .map(|undo| {
                        let take_back = move |_| {
                            undo();
                            ui::dismiss_toast(id);
                        };
                        view! {
                            <button type="button" class="btn quiet" on:click=take_back>
                                {words::UNDO}
                            </button>
                        }
                    })}
                <button
                    type="button"
                    class="btn quiet"
                    aria-label=words::DISMISS
                    on:click=move |_| ui::dismiss_toast(id)
                >
                    "✕"
                </button>
            </li>
        }
    };
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <ul class="plain-list">
                <For each=move || toasts.get() key=|toast| toast.id children=message />
            </ul>
        </div>
    }
}
