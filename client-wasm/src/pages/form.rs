//! A section that has just one item, as a form: the profile, the workshop.

use domain::{ItemId, SectionId};
use leptos::prelude::*;

use crate::edit::ItemForm;
use crate::store::use_store;
use crate::views::ReadOnly;
use crate::words;

/// The page of a single item.
#[component]
pub(crate) fn FormPage(
    /// Which section.
    section: SectionId,
    /// Its item.
    item: ItemId,
) -> impl IntoView {
    let schema = use_store().schema();
    let known = schema.section(section);
    let title = known.map(|known| known.title.to_string()).unwrap_or_default();
    let purpose = known.map(|known| known.purpose.to_string()).unwrap_or_default();
    view! {
        <div class="head">
            <h1>{title}</h1>
            <span class="muted">{purpose}</span>
            <ReadOnly section />
        </div>
        <div class="card form-page">
            <h2 class="sr">{words::FIELDS}</h2>
            <ItemForm section item />
        </div>
    }
}
