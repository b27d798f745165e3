//! A field's value as it is drawn, in a list or in a form, by the field's kind. It follows the plan by itself.

use std::str::FromStr;

use domain::value::parse_day;
use domain::{Cell, Field, ItemId, Kind, Money, PersonId, Scalar, SectionId};
use leptos::prelude::*;

use super::directory::{Directory, UNTITLED};
use super::field_at::home_currency;
use super::look::{chip, choice_chip, color, dots, hidden_chip, named_face};
use super::read::is_many;
use super::{FieldAt, gap, show};
use crate::erased::memo;
use crate::format::{day, money};
use crate::store::{PlanStore, use_store};
use crate::views::{Face, tone_class};
use crate::words;

/// Where a value is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a list: short, figures aligned, the currency only where it is not the plan's own.
    List,
    /// In a form: in words.
    Form,
}

/// Days before which a coming date is shown as near.
const NEAR_DAYS: i64 = 14;

/// Draws the field's value.
pub(crate) fn field_view(at: &FieldAt, place: Place) -> AnyView {
    let store = use_store();
    if at.field.own {
        return own_view(store, at, place);
    }
    if is_many(&at.field.kind) {
        return links_view(store, at, place);
    }
    let cell = store.cell(&at.seat(store.you()));
    let at = at.clone();
    // Only the value: a peer's step or a saved edit must not draw it again.
    let value = memo(move |_| cell.with(|cell| cell.value.clone()));
    (move || match value.get() {
        Some(value) => one(store, &at, &value, place),
        None => nothing(store, &at, place),
    })
    .into_any()
}

/// In place of a value: why it cannot be read, or that it is missing.
fn nothing(store: PlanStore, at: &FieldAt, place: Place) -> AnyView {
    match store.hidden(at.section, at.item, &at.field) {
        Some(hidden) => hidden_chip(hidden),
        None => empty(at.section, &at.field, place),
    }
}

/// One value.
pub(crate) fn one(store: PlanStore, at: &FieldAt, value: &Scalar, place: Place) -> AnyView {
    let field = &at.field;
    match (&field.kind, value) {
        (Kind::Choice(_), Scalar::Str(key)) => choice_chip(field, key),
        (Kind::Money, Scalar::Str(text)) => match Money::from_str(text) {
            Ok(money) if place == Place::List && money.currency == home_currency(store) => {
                money::figure(money).into_any()
            }
            Ok(money) => money::full(money).into_any(),
            Err(_) => text.clone().into_any(),
        },
        (Kind::Date, Scalar::Str(text)) => date(store, at, text, place),
        (Kind::Whole { from: 1, to: 3, .. }, Scalar::Int(number)) => dots(*number).into_any(),
        (Kind::Flag, Scalar::Bool(yes)) => show::yes_or_no(*yes).into_any(),
        (Kind::Seller, Scalar::Str(id)) => match PersonId::from_str(id) {
            Ok(person) if place == Place::Form => named_face(store, person),
            Ok(person) => view! { <Face person /> }.into_any(),
            Err(_) => id.clone().into_any(),
        },
        (Kind::Item(to), Scalar::Str(id)) => item_chip(store, to, id, None),
        _ => show::words(field, value, &store).into_any(),
    }
}

fn empty(section: SectionId, field: &Field, place: Place) -> AnyView {
    match gap::of(section, field) {
        Some((words, tone)) => chip(tone_class(tone), words.to_owned()),
        None if place == Place::Form => view! { <span class="faint">"–"</span> }.into_any(),
        None => ().into_any(),
    }
}

fn date(store: PlanStore, at: &FieldAt, text: &str, place: Place) -> AnyView {
    let Some(date) = parse_day(text) else {
        return text.to_owned().into_any();
    };
    let written = match place {
        Place::List => text.to_owned(),
        Place::Form => day::long(date),
    };
    let ahead = (date - store.today()).num_days();
    let (class, title) = match ahead {
        _ if !is_open(store, at) => ("", ""),
        ..0 => ("late", words::DAY_PAST),
        0..=NEAR_DAYS => ("near", words::DAY_SOON),
        _ => ("", ""),
    };
    view! { <span class=class title=title>{written}</span> }.into_any()
}

/// Whether a date of the item still asks for something: the item is not done, won or lost.
fn is_open(store: PlanStore, at: &FieldAt) -> bool {
    let (field, closed): (_, &[&str]) = match (at.section, at.field.key.as_ref()) {
        (SectionId::Actions, "due") => ("status", &["done", "cancelled", "deferred"]),
        (SectionId::Opportunities, "close") => ("stage", &["won", "lost", "deferred"]),
        (SectionId::Validation, "due") => ("result", &["confirmed", "corrected", "rejected"]),
        (SectionId::Landscape, "contract_end") => return true,
        _ => return false,
    };
    let state = store.cell(&Cell::field(at.section, at.item, field)).get().value;
    let state = state.as_ref().and_then(Scalar::as_str).unwrap_or_default();
    !closed.contains(&state)
}

fn links_view(store: PlanStore, at: &FieldAt, place: Place) -> AnyView {
    let links = store.links(at.section, at.item, &at.field.key);
    let at = at.clone();
    (move || {
        let links = links.get();
        if links.is_empty() {
            return nothing(store, &at, place);
        }
        let chips: Vec<AnyView> = links
            .iter()
            .map(|(target, value)| link_chip(store, &at.field, target, value))
            .collect();
        view! { <span class="chips">{chips}</span> }.into_any()
    })
    .into_any()
}

fn link_chip(store: PlanStore, field: &Field, target: &str, value: &Scalar) -> AnyView {
    match &field.kind {
        Kind::Items { to, .. } => item_chip(store, to, target, value.as_int()),
        Kind::Sellers => match PersonId::from_str(target) {
            Ok(person) => view! { <Face person /> }.into_any(),
            Err(_) => target.to_owned().into_any(),
        },
        _ => choice_chip(field, target),
    }
}

/// An item as a chip with its title, which follows the item, and its strength.
pub(crate) fn item_chip(store: PlanStore, to: &[SectionId], id: &str, strength: Option<i64>) -> AnyView {
    let found = ItemId::from_str(id)
        .ok()
        .and_then(|item| Some((store.peek_section_of(item)?, item)));
    let Some((section, item)) = found else {
        // The past that the server gives has nothing at all of what is withheld.
        if to.iter().any(|section| store.withholds(*section)) {
            return hidden_chip(plan::Hidden::Withheld);
        }
        return view! { <span class="chip plain faint">{words::GONE}</span> }.into_any();
    };
    let title = title_signal(store, section, item);
    let deleted = store.cell(&Cell::field(section, item, "deleted"));
    let is_deleted = move || deleted.with(|cell| cell.value == Some(Scalar::Bool(true)));
    view! {
        <span class="chip plain link" class:struck=is_deleted title=move || title.get()>
            <span class="chip-text">{move || title.get()}</span>
            {strength.map(|strength| view! { <span class="strength" title=words::strength_of_three(strength)>{strength}</span> })}
        </span>
    }
    .into_any()
}

/// The title of an item, or what an item without one is called.
pub(crate) fn title_signal(store: PlanStore, section: SectionId, item: ItemId) -> Signal<String> {
    let cell = store.cell(&Cell::field(section, item, "title"));
    memo(move |_| {
        cell.with(|cell| match (&cell.value, cell.hidden) {
            (Some(Scalar::Str(title)), _) if !title.trim().is_empty() => title.clone(),
            (_, Some(hidden)) => store.hidden_title(section, item, hidden),
            _ => UNTITLED.to_owned(),
        })
    })
    .into()
}

/// What each of us says: mine as in any other field, the others' beside it with their faces.
fn own_view(store: PlanStore, at: &FieldAt, place: Place) -> AnyView {
    let own = store.own(at.section, at.item, &at.field.key);
    let at = at.clone();
    (move || {
        let you = store.you();
        let all = own.get();
        let mine = all
            .iter()
            .find(|(person, _)| *person == you)
            .map(|(_, value)| value.clone());
        let others: Vec<AnyView> = all
            .iter()
            .filter(|(person, _)| *person != you)
            .map(|(person, value)| other_view(store, &at, *person, value, mine.as_ref(), place))
            .collect();
        let mine = match &mine {
            Some(value) => one(store, &at, value, place),
            None if others.is_empty() => nothing(store, &at, place),
            None => ().into_any(),
        };
        // Two dates of a last contact are no disagreement; two stances are.
        let is_view = matches!(at.field.kind, Kind::Choice(_)) && place == Place::Form;
        let differ = is_view.then(|| differ_note(&all));
        view! { <span class="chips">{mine}{others}{differ}</span> }.into_any()
    })
    .into_any()
}

/// Two views of the same thing are worth a word: nobody's is wrong, and both stay.
fn differ_note(all: &[(PersonId, Scalar)]) -> Option<AnyView> {
    let differs = all.windows(2).any(|pair| pair[0].1 != pair[1].1);
    let words = words::seen_differently(all.len());
    differs.then(|| view! { <span class="chip warn">{words}</span> }.into_any())
}

fn other_view(
    store: PlanStore,
    at: &FieldAt,
    person: PersonId,
    value: &Scalar,
    mine: Option<&Scalar>,
    place: Place,
) -> AnyView {
    let name = store.person_name(person);
    let said = show::words(&at.field, value, &store);
    let tone = value
        .as_str()
        .and_then(|key| at.field.choice(key))
        .map_or("plain", |choice| tone_class(choice.tone));
    let differs = mine.is_some_and(|mine| mine != value);
    let title = format!("{name}: {said}");
    let said_by = title.clone();
    let letters = crate::store::initials(&name);
    let face = format!("face s {}", color(store, person));
    match place {
        // A small face with the tone's dot: the word is on hover and to screen readers.
        Place::List => view! {
            <span class="view-of" class:differs=differs title=title>
                <span class=face aria-hidden="true">{letters}</span>
                <span class=format!("tone-dot {tone}") aria-hidden="true"></span>
                <span class="sr">{said_by}</span>
            </span>
        }
        .into_any(),
        Place::Form => view! {
            <span class="view-of" class:differs=differs title=name>
                <span class=face aria-hidden="true">{letters}</span>
                <span class=format!("chip {tone}")>{said}</span>
            </span>
        }
        .into_any(),
    }
}
