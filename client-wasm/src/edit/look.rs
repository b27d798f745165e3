//! The small signs that cells are made of: chips, faces, dots.

use domain::{Field, Kind, PersonId, SectionId};
use leptos::prelude::*;
use plan::Hidden;

use super::directory::Directory;
use crate::store::{PlanStore, color_of, initials};
use crate::views::tone_class;
use crate::words;

/// The class that gives a person's colour.
pub(crate) fn color_class(color: u8) -> &'static str {
    match color {
        1 => "c1",
        2 => "c2",
        3 => "c3",
        4 => "c4",
        _ => "c5",
    }
}

/// The colour of a person, by their place among all people.
pub(crate) fn color(store: PlanStore, person: PersonId) -> &'static str {
    let people = store.people().get();
    color_class(color_of(people.iter().map(|other| other.id), person))
}

/// A choice as a chip: a dot and a word.
pub(crate) fn choice_chip(field: &Field, key: &str) -> AnyView {
    match field.choice(key) {
        Some(choice) => chip(tone_class(choice.tone), choice.label.to_string()),
        None => chip("plain", key.to_owned()),
    }
}

/// A word as a chip; where there is no room its end is left out.
pub(crate) fn chip(tone: &str, word: String) -> AnyView {
    view! {
        <span class=format!("chip {tone}")>
            <span class="chip-text">{word}</span>
        </span>
    }
    .into_any()
}

/// The word in place of what is sealed and cannot be read.
pub(crate) fn hidden_chip(hidden: Hidden) -> AnyView {
    view! {
        <span class="chip plain faint" title=words::why_hidden(hidden)>
            {words::hidden(hidden)}
        </span>
    }
    .into_any()
}

/// A person as a small face with the name beside it. The initials are drawn by the style: they only repeat the name.
pub(crate) fn named_face(store: PlanStore, person: PersonId) -> AnyView {
    let name = store.person_name(person);
    view! {
        <span class="named">
            <span
                class=move || format!("face s {}", color(store, person))
                data-letters=initials(&name)
                aria-hidden="true"
            ></span>
            <span>{name.clone()}</span>
        </span>
    }
    .into_any()
}

/// Three dots for a strength of one to three.
pub(crate) fn dots(strength: i64) -> impl IntoView {
    view! {
        <span class="dots" role="img" aria-label=words::strength_of_three(strength) title=words::strength_of_three(strength)>
            {(1..=3).map(|step| view! { <i class:y=step <= strength></i> }).collect_view()}
        </span>
    }
}

/// One item of a section, as the schema calls it: "Opportunity".
pub(crate) fn section_one(store: PlanStore, section: SectionId) -> String {
    let schema = store.schema();
    schema
        .section(section)
        .map(|section| section.one.to_string())
        .unwrap_or_default()
}

/// Whether the field takes items of more than one section.
pub(crate) fn has_sections(field: &Field) -> bool {
    matches!(&field.kind, Kind::Item(to) | Kind::Items { to, .. } if to.len() > 1)
}
