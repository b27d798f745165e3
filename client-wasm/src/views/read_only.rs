//! That a section is not mine to write in, with the reason: beside its title.

use domain::SectionId;
use leptos::prelude::*;

use crate::store::use_store;

/// Why I may only read a section; nothing where I may write.
#[component]
pub(crate) fn ReadOnly(
    /// Which.
    section: SectionId,
) -> impl IntoView {
    let store = use_store();
    move || {
        store
            .why_no_item(section)
            .map(|why| view! { <span class="chip plain read-only">{why}</span> })
    }
}
