//! A modal dialog: the browser's own, which keeps the focus inside and gives it back where it was.

use leptos::html;
use leptos::prelude::*;

use crate::erased::{Show, effect};

/// A modal dialog over the page.
#[component]
pub(crate) fn Dialog(
    /// Whether it is open; Escape and its button set it back.
    open: RwSignal<bool>,
    /// What it is called.
    #[prop(into)]
    label: Signal<String>,
    /// Further classes.
    #[prop(into, optional)]
    class: String,
    /// What it shows, made anew whenever it opens.
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    effect(move || {
        let Some(element) = dialog.get() else { return };
        if open.get() {
            if !element.open() {
                // Fails only when it is open already or not in the document.
                let _ = element.show_modal();
            }
        } else if element.open() {
            element.close();
        }
    });
    let children = StoredValue::new(children);
    view! {
        <dialog
            class=format!("dialog {class}")
            aria-label=move || label.get()
            node_ref=dialog
            on:close=move |_| open.set(false)
            // The shortcuts of the page below are not meant while a dialog is open.
            on:keydown=|event| event.stop_propagation()
        >
            <Show when=move || open.get()>
                <div class="head">
                    <h2>{move || label.get()}</h2>
                </div>
                {children.with_value(|children| children())}
                // Last, so that the focus begins at what the dialog is for; the style sheet puts it at the corner.
                <button
                    type="button"
                    class="btn quiet dialog-close"
                    aria-label=crate::words::CLOSE
                    on:click=move |_| open.set(false)
                >
                    "✕"
                </button>
            </Show>
        </dialog>
    }
}
