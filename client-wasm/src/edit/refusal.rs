//! An editor whose field was closed to me while I typed: it says so at once, keeps what I typed for copying, and makes
//! no edit of it.

use leptos::prelude::*;

use super::FieldAt;
use super::note::copy_text;
use crate::erased::{effect, memo};
use crate::store::PlanStore;
use crate::words;

/// Why the field of an open editor is closed to me, as long as it is.
pub(super) fn closed(store: PlanStore, at: &FieldAt) -> Memo<Option<String>> {
    let at = at.clone();
    memo(move |_| at.why_not(store))
}

/// Does something once the field is closed to me, and not in the middle of what closed it.
pub(super) fn once_closed(why: Memo<Option<String>>, then: impl Fn(String) + Copy + 'static) {
    effect(move || {
        if let Some(why) = why.get() {
            set_timeout(move || then(why.clone()), std::time::Duration::ZERO);
        }
    });
}

/// What is said at the editor: why, that the text stays, and a button that copies it.
#[component]
pub(super) fn Refusal(
    #[prop(into)] why: Signal<Option<String>>,
    /// What was typed.
    text: Callback<(), String>,
) -> impl IntoView {
    move || {
        why.get().map(|why| {
            view! {
                <span class="refusal" role="alert">
                    <b>{why}"."</b>
                    " "
                    {words::TYPED_STAYS}
                    <button
                        type="button"
                        class="btn small"
                        // The editor keeps the keyboard, and with it what was typed.
                        on:mousedown=|event| event.prevent_default()
                        on:click=move |_| copy_text(&text.run(()))
                    >
                        {words::COPY}
                    </button>
                </span>
            }
        })
    }
}
