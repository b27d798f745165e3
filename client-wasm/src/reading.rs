//! Figures over whole sections, read from the open plan: completeness, the interlock, open amounts.

use std::collections::BTreeMap;
use std::str::FromStr;

use domain::completeness::{self, Score};
use domain::{Cell, Field, ItemId, Money, Part, Scalar, SectionId};
use leptos::prelude::*;

use crate::gaps::{Interlock, Named, Opportunity};
use crate::store::{Key, PlanStore};
use crate::views::settled;

/// Stages in which an opportunity is not open any more.
const CLOSED_STAGES: [&str; 3] = ["won", "lost", "deferred"];

/// How complete a section is; nothing for one whose fields do not count.
pub(crate) fn section_score(store: PlanStore, section: SectionId) -> Signal<Option<Score>> {
    settled(
        move || store.track(Key::Section(section)),
        move || score_now(store, section),
    )
}

fn score_now(store: PlanStore, section: SectionId) -> Option<Score> {
    let schema = store.schema();
    let mut section = schema.section(section)?.clone();
    if store.withholds(section.id) {
        // Whether it says anything is not told either.
        section.fields.retain(|field| field.sealed.is_none());
    }
    let items = store.peek_items(section.id);
    let is_filled = |item, field: &Field| {
        is_filled(store, section.id, item, field) || store.peek_is_hidden(section.id, item, field)
    };
    let items = items
        .into_iter()
        .map(|item| completeness::item(&section, |field| is_filled(item, field)));
    completeness::section(&section, items)
}

/// Whether a field of an item says anything.
pub(crate) fn is_filled(store: PlanStore, section: SectionId, item: ItemId, field: &Field) -> bool {
    match field.part() {
        Part::Fields => match store.peek_value(&Cell::field(section, item, &field.key)) {
            Some(Scalar::Str(text)) => !text.trim().is_empty(),
            value => value.is_some(),
        },
        Part::Links => !store.peek_links(section, item, &field.key).is_empty(),
        Part::Own => !store.peek_own(section, item, &field.key).is_empty(),
        Part::Prose => store
            .peek_paragraphs(section, item, &field.key)
            .iter()
            .any(|(_, text)| !text.trim().is_empty()),
    }
}

/// The interlock as it stands, a moment after every change of it.
pub(crate) fn interlock(store: PlanStore) -> Signal<Interlock> {
    let track = move || {
        for section in [SectionId::Initiatives, SectionId::Drivers, SectionId::Opportunities] {
            store.track(Key::Section(section));
        }
    };
    settled(track, move || interlock_now(store))
}

/// The interlock as it stands.
pub(crate) fn interlock_now(store: PlanStore) -> Interlock {
    let open = |section, key: &'static str, closed: &'static [&'static str]| {
        store
            .peek_items(section)
            .into_iter()
            .filter(move |&item| !closed.contains(&text(store, section, item, key).as_str()))
    };
    let named = |section| {
        move |item| Named {
            item,
            title: store.peek_title(section, item),
        }
    };
    let initiatives: Vec<Named> = open(SectionId::Initiatives, "state", &["completed"])
        .map(named(SectionId::Initiatives))
        .collect();
    let drivers: Vec<Named> = open(SectionId::Drivers, "state", &["resolved"])
        .map(named(SectionId::Drivers))
        .collect();
    let opportunities: Vec<Opportunity> = open(SectionId::Opportunities, "stage", &CLOSED_STAGES)
        .map(|item| Opportunity {
            item,
            title: store.peek_title(SectionId::Opportunities, item),
            amount: Money::from_str(&text(store, SectionId::Opportunities, item, "amount")).ok(),
        })
        .collect();
    let links = |section, field: &'static str, items: Vec<ItemId>| -> Vec<(ItemId, ItemId, i64)> {
        let of = |item| {
            store
                .peek_links(section, item, field)
                .into_iter()
                .filter_map(move |(target, value)| Some((item, target.parse().ok()?, value.as_int().unwrap_or(1))))
        };
        items.into_iter().flat_map(of).collect()
    };
    Interlock {
        supports: links(
            SectionId::Opportunities,
            "supports",
            opportunities.iter().map(|one| one.item).collect(),
        ),
        forces: links(
            SectionId::Drivers,
            "forces",
            drivers.iter().map(|one| one.item).collect(),
        ),
        initiatives,
        opportunities,
        drivers,
    }
}

/// A field's text; empty when there is none.
pub(crate) fn text(store: PlanStore, section: SectionId, item: ItemId, field: &str) -> String {
    match store.peek_value(&Cell::field(section, item, field)) {
        Some(Scalar::Str(text)) => text,
        _ => String::new(),
    }
}

/// Amounts added up, one sum for each currency.
pub(crate) fn sums(amounts: impl IntoIterator<Item = Money>) -> Vec<Money> {
    let mut sums: BTreeMap<&'static str, Money> = BTreeMap::new();
    for amount in amounts {
        sums.entry(amount.currency.code())
            .and_modify(|sum| sum.minor = sum.minor.saturating_add(amount.minor))
            .or_insert(amount);
    }
    sums.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_different_currencies_are_not_added() {
        let money = |text: &str| Money::from_str(text).expect("money of the test");
        let sums = sums([money("100 EUR"), money("5 JPY"), money("50 EUR")]);
        assert_eq!(sums, [money("150 EUR"), money("5 JPY")]);
    }
}
