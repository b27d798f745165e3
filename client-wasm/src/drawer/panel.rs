//! What the drawer shows of one item.

use domain::{Cell, ItemId, SectionId};
use leptos::prelude::*;
use plan::Edit;

use super::actions::Actions;
use super::pointing::PointingHere;
use crate::edit::form::FieldRow;
use crate::edit::note::copy_text;
use crate::edit::{FieldAt, ItemForm};
use crate::erased::{Show, memo};
use crate::history::words as past;
use crate::lazy::{LazyHistory, LazyMore};
use crate::route::{Page, PlanPlace};
use crate::store::{PlanStore, use_store};
use crate::ui::use_ui;
use crate::words;

/// One item.
#[component]
pub(super) fn Panel(section: SectionId, item: ItemId, close: Callback<()>, is_deleted: Memo<bool>) -> impl IntoView {
    let (store, ui) = (use_store(), use_ui());
    let schema = store.schema();
    let one = schema
        .section(section)
        .map(|section| section.one.to_string())
        .unwrap_or_default();
    let items = store.items(section);
    let place = move || {
        let place = items.with(|items| items.iter().position(|other| *other == item));
        place.map_or_else(|| one.clone(), |place| format!("{one} {}", place + 1))
    };
    let is_closed = memo(move |_| store.why_not(section, "deleted").is_some());
    let title = FieldAt::new(store, section, item, "title");
    let bring_back = move |_| {
        store.edit(vec![Edit::Clear {
            cell: Cell::field(section, item, "deleted"),
        }]);
    };
    view! {
        <div class="head drawer-head">
            <span class="chip plain">{place}</span>
            <span class="grow"></span>
            <button class="btn quiet small" on:click=move |_| ui.show_history(section, item, None)>
                {past::ITEM_HISTORY}
            </button>
            <button class="btn quiet small" on:click=move |_| copy_link(store, section, item)>{words::COPY_LINK}</button>
            <Show when=move || !is_deleted.get() && !is_closed.get()>
                <button
                    class="btn quiet small"
                    on:click=move |_| {
                        store.delete_item(section, item);
                        close.run(());
                    }
                >
                    {words::DELETE}
                </button>
            </Show>
            <button class="btn quiet small" aria-label=words::CLOSE title="Escape" on:click=move |_| close.run(())>"✕"</button>
        </div>
        <Show when=move || is_deleted.get()>
            <div class="note-card warn" role="note">
                <p>{words::WAS_DELETED}</p>
                <Show when=move || !is_closed.get()>
                    <span class="note-do">
                        <button class="btn small" on:click=bring_back>{words::BRING_BACK}</button>
                    </span>
                </Show>
            </div>
        </Show>
        <Show when=move || is_closed.get()>
            <p class="small faint">{move || store.why_not(section, "deleted")}</p>
        </Show>
        {title.filter(|_| !section.is_single()).map(|at| view! { <div class="kv drawer-title"><FieldRow at /></div> })}
        <Show when=move || store.is_past()>
            <LazyHistory view=move |views| (views.since)(section, item) />
        </Show>
        <ItemForm section item />
        <PointingHere section item />
        <Actions section item />
        <LazyMore view=move |views| (views.personal)(section, item) />
        <LazyMore view=move |views| (views.changed)(section, item) silent=true />
    }
}

/// Copies the address that opens this item.
fn copy_link(store: PlanStore, section: SectionId, item: ItemId) {
    let place = PlanPlace {
        page: Page::Section(section),
        item: Some((section, item)),
        at: store.peek_past().map(|past| past.seq),
        ..PlanPlace::default()
    };
    let origin = web_sys::window().and_then(|window| window.location().origin().ok());
    copy_text(&format!(
        "{}{}",
        origin.unwrap_or_default(),
        place.address(store.plan())
    ));
}
