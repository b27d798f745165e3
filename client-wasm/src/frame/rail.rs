//! The rail: the six sections numbered as in the method, then the rest, each with how complete it is.

use domain::completeness::Score;
use domain::{Schema, SectionId};
use leptos::prelude::*;

use super::StageChip;
use crate::erased::{memo, sort_by_key};
use crate::reading;
use crate::route::{Page, PlanPlace, Route};
use crate::router::Link;
use crate::store::use_store;
use crate::ui::use_ui;
use crate::views::Meter;
use crate::words;

/// What lies beyond the six sections.
const BEYOND: [SectionId; 4] = [
    SectionId::Landscape,
    SectionId::Objectives,
    SectionId::Strategies,
    SectionId::Validation,
];
/// What the team does together.
const TOGETHER: [SectionId; 4] = [
    SectionId::Calls,
    SectionId::Workshop,
    SectionId::Agenda,
    SectionId::Decisions,
];
/// The interlock's number in the method.
const INTERLOCK: u8 = 4;

/// The rail beside a plan's page.
#[component]
pub(crate) fn Rail() -> impl IntoView {
    let store = use_store();
    let ui = use_ui();
    let schema = store.schema();
    view! {
        <nav class="rail" class:open=move || ui.rail_open.get() aria-label=words::SECTIONS>
            // Where the bar has no room for it.
            <StageChip />
            <Entry page=Page::Overview title=words::OVERVIEW />
            {section_entry(&schema, SectionId::Profile)}
            {numbered(&schema)}
            <h3>{words::BEYOND}</h3>
            {BEYOND.map(|section| section_entry(&schema, section)).collect_view()}
            <h3>{words::TOGETHER}</h3>
            {TOGETHER.map(|section| section_entry(&schema, section)).collect_view()}
            <Entry page=Page::History title=words::HISTORY />
            <Entry page=Page::Team title=words::TEAM />
        </nav>
    }
}

/// The numbered sections, with the interlock, which is no section of the document, at its place.
fn numbered(schema: &Schema) -> Vec<AnyView> {
    let store = use_store();
    let mut entries: Vec<(u8, AnyView)> = schema
        .sections
        .iter()
        .filter_map(|section| Some((section.number?, section_entry(schema, section.id))))
        .collect();
    let interlock = reading::interlock(store);
    let complete = memo(move |_| Some(interlock.with(crate::gaps::Interlock::score)));
    let entry = view! { <Entry page=Page::Interlock title=words::INTERLOCK number=INTERLOCK score=complete /> };
    entries.push((INTERLOCK, entry.into_any()));
    sort_by_key(&mut entries, |(number, _)| *number);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

fn section_entry(schema: &Schema, section: SectionId) -> AnyView {
    let known = schema.section(section);
    let title = known.map_or_else(|| section.to_string(), |known| known.title.to_string());
    let number = known.and_then(|known| known.number).unwrap_or_default();
    let score = reading::section_score(use_store(), section);
    view! { <Entry page=Page::Section(section) title number score /> }.into_any()
}

#[component]
fn Entry(
    page: Page,
    #[prop(into)] title: String,
    /// In the method; 0 for none.
    #[prop(optional)]
    number: u8,
    #[prop(into, optional)] score: Signal<Option<Score>>,
) -> impl IntoView {
    let store = use_store();
    let ui = use_ui();
    let plan = store.plan();
    // The tracker is another view of the actions: the rail shows where it belongs.
    let is_here = memo(move |_| match ui.page.get() {
        Page::Tracker => page == Page::Section(SectionId::Actions),
        here => page == here,
    });
    let to = Route::Plan {
        plan,
        place: PlanPlace::of(page),
    };
    view! {
        <Link to class=Signal::derive(move || if is_here.get() { "on".to_owned() } else { String::new() }) current=is_here>
            <span class="n">{(number > 0).then_some(number)}</span>
            <b>{title}</b>
            {move || {
                score
                    .get()
                    .map(|now| view! { <Meter score=Signal::derive(move || score.get().unwrap_or(now)) /> })
            }}
        </Link>
    }
}
