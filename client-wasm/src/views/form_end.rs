//! The closing row of a form.

use leptos::prelude::*;

use crate::words;

/// A button that does what the form is for, and one that goes away.
#[component]
pub(crate) fn FormEnd(
    /// What the form does.
    word: &'static str,
    /// Whether it cannot do that now.
    #[prop(into)]
    closed: Signal<bool>,
    /// What the form is in; put off by the second button.
    open: RwSignal<bool>,
    /// Whether it cannot be taken back: first in reach is the way out then.
    #[prop(optional)]
    is_for_good: bool,
    /// Another way to end it, between the two.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let class = if is_for_good { "btn refused" } else { "btn go" };
    let does = view! {
        <button type="submit" class=class disabled=closed>
            {word}
        </button>
    };
    let cancel = view! {
        <button type="button" class="btn quiet" on:click=move |_| open.set(false)>
            {words::CANCEL}
        </button>
    };
    let between = children.map(|children| children());
    let row = if is_for_good {
        (cancel.into_any(), between, does.into_any())
    } else {
        (does.into_any(), between, cancel.into_any())
    };
    view! { <p class="buttons">{row}</p> }
}
