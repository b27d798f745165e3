//! What an empty page or card offers: the button that begins what is missing.

use domain::SectionId;
use leptos::prelude::*;

use crate::erased::memo;
use crate::route::Page;
use crate::store::use_store;
use crate::ui::use_ui;
use crate::{grid, words};

/// Leads to a section's list, with the first row begun where there is none.
#[component]
pub(crate) fn NextStep(
    /// Which section.
    section: SectionId,
    /// Begins a row even where there are some; this is what the button says then.
    #[prop(optional)]
    another: Option<&'static str>,
    /// Stands among others: not as the one thing to do.
    #[prop(optional)]
    quiet: bool,
) -> impl IntoView {
    let store = use_store();
    let ui = use_ui();
    let items = store.items(section);
    let is_empty = memo(move |_| items.with(Vec::is_empty));
    let schema = store.schema();
    let known = schema.section(section);
    let one = known.map(|known| known.one.to_string()).unwrap_or_default();
    let title = known.map(|known| known.title.to_string()).unwrap_or_default();
    // Nothing is begun where I may not write: then it only leads there.
    let begins = memo(move |_| store.why_no_item(section).is_none());
    let word = move || match (is_empty.get(), another) {
        _ if !begins.get() => words::to_page(&title),
        (true, _) => words::add_first(&one),
        (false, Some(another)) => another.to_owned(),
        (false, None) => words::to_page(&title),
    };
    let go = move |_| {
        if begins.get_untracked() && (is_empty.get_untracked() || another.is_some()) {
            grid::wish_new_row();
        }
        ui.turn_to(Page::Section(section));
    };
    let class = if quiet { "btn next-step" } else { "btn go" };
    view! {
        <button type="button" class=class on:click=go>
            {word}
        </button>
    }
}
