//! The head of a section's page: its name, how much there is, what is missing; and the page of an empty section.

use domain::{Field, Kind, SectionId};
use leptos::prelude::*;

use super::filter::EMPTY;
use super::state::GridState;
use super::{act, data};
use crate::edit::gap;
use crate::erased::{Show, memo};
use crate::pages::SectionSummary;
use crate::views::{ReadOnly, tone_class};
use crate::words;

/// The head.
#[component]
pub(super) fn GridHead(state: GridState) -> impl IntoView {
    let schema = state.store.schema();
    let section = schema.section(state.section);
    let title = section.map(|section| section.title.to_string()).unwrap_or_default();
    let purpose = section.map(|section| section.purpose.to_string()).unwrap_or_default();
    let fields = state.columns();
    let gaps = fields
        .iter()
        .filter(|field| is_told(state.section, field))
        .cloned()
        .map(|field| view! { <GapChip state field /> })
        .collect_view();
    let is_empty = memo(move |_| state.all.with(Vec::is_empty));
    view! {
        <div class="head">
            <h1 title=purpose>{title}</h1>
            <SectionSummary section=state.section />
            {gaps}
            <ReadOnly section=state.section />
            <span class="grow"></span>
            <Show when=move || !is_empty.get()>
                <button
                    class="btn filter-button"
                    aria-expanded=move || if state.filtering.get() { "true" } else { "false" }
                    on:click=move |_| state.filtering.update(|open| *open = !*open)
                >
                    {words::FILTER}
                </button>
                <Show when=move || state.why_no_row().is_none()>
                    <button class="btn go" on:click=move |_| act::new_item(state)>
                        {words::NEW}
                        " "
                        <span class="key" aria-hidden="true">"N"</span>
                    </button>
                </Show>
            </Show>
        </div>
    }
}

/// Whether the gap of a column is told here: what the interlock lacks, the summary tells already.
fn is_told(section: SectionId, field: &Field) -> bool {
    !matches!(field.kind, Kind::Items { .. }) && gap::of(section, field).is_some()
}

/// "2 without a next step": a click shows those.
#[component]
fn GapChip(state: GridState, field: Field) -> impl IntoView {
    let missing = gap::of(state.section, &field);
    let key = field.key.to_string();
    let count = memo(move |_| {
        state.changed.track();
        state
            .all
            .with(|items| data::empty_count(state.store, state.section, items, &field))
    });
    move || {
        let (words, tone) = missing?;
        let count = count.get();
        if count == 0 {
            return None;
        }
        let key = key.clone();
        Some(view! {
            <button
                class=format!("chip {}", tone_class(tone))
                title=words::SHOW_THESE
                on:click=move |_| state.set_filter(|filter| filter.toggle(&key, EMPTY))
            >
                {gap::counted(count, words)}
            </button>
        })
    }
}

/// The page of a section with nothing in it: what belongs here, why, and the first entry.
#[component]
pub(super) fn EmptySection(state: GridState) -> impl IntoView {
    let schema = state.store.schema();
    let section = schema.section(state.section);
    let purpose = section.map(|section| section.purpose.to_string()).unwrap_or_default();
    let one = section.map(|section| section.one.to_string()).unwrap_or_default();
    view! {
        <div class="card empty">
            <p>{purpose}</p>
            // The past that the server gives has nothing at all of what is withheld.
            <Show when=move || state.store.withholds(state.section)>
                <p class="muted">{words::why_hidden(plan::Hidden::Withheld)}</p>
            </Show>
            <Show when=move || state.why_no_row().is_none()>
                <button class="btn go" on:click=move |_| act::new_item(state)>
                    {words::add_first(&one)}
                </button>
            </Show>
        </div>
    }
}
