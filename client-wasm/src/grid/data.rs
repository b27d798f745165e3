//! What sorting, filtering and counting look at in a row.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use domain::value::parse_day;
use domain::{Cell, Field, ItemId, Kind, Money, Scalar, SectionId};
use iso_currency::Currency;

use super::arrange::{Sort, SortKey, sorted};
use super::filter::{Filter, FilterRow};
use crate::edit::read::is_many;
use crate::edit::{FieldAt, show};
use crate::erased::sort_by;
use crate::store::PlanStore;

/// One row, read once.
struct RowData<'a> {
    store: PlanStore,
    section: SectionId,
    item: ItemId,
    columns: &'a [Field],
}

impl RowData<'_> {
    fn at(&self, field: &Field) -> FieldAt {
        FieldAt {
            section: self.section,
            item: self.item,
            field: std::sync::Arc::new(field.clone()),
        }
    }
}

impl FilterRow for RowData<'_> {
    fn words(&self) -> String {
        let words: Vec<String> = self
            .columns
            .iter()
            .map(|field| self.at(field).text(self.store))
            .collect();
        words.join("\n").to_lowercase()
    }

    fn keys(&self, field: &str) -> Vec<String> {
        let Some(field) = self.columns.iter().find(|column| column.key == field) else {
            return Vec::new();
        };
        if is_many(&field.kind) {
            let links = self.store.peek_links(self.section, self.item, &field.key);
            return links.into_iter().map(|(target, _)| target).collect();
        }
        let value = self.at(field).value(self.store);
        value.map(|value| value.to_string()).into_iter().collect()
    }
}

/// The rows that a filter takes, in the order of a sort.
pub(super) fn arranged(
    store: PlanStore,
    section: SectionId,
    columns: &[Field],
    items: &[ItemId],
    filter: &Filter,
    sort: Option<&Sort>,
) -> Vec<ItemId> {
    let taken: Vec<ItemId> = items
        .iter()
        .copied()
        .filter(|item| {
            filter.takes(&RowData {
                store,
                section,
                item: *item,
                columns,
            })
        })
        .collect();
    let by = sort.and_then(|sort| Some((sort, columns.iter().find(|field| field.key == sort.field)?)));
    let Some((sort, field)) = by else { return taken };
    let keyed = taken
        .into_iter()
        .map(|item| (item, sort_key(store, section, item, field)))
        .collect();
    sorted(keyed, sort.descending)
}

fn sort_key(store: PlanStore, section: SectionId, item: ItemId, field: &Field) -> SortKey {
    let at = FieldAt {
        section,
        item,
        field: std::sync::Arc::new(field.clone()),
    };
    if is_many(&field.kind) {
        let text = at.text(store).to_lowercase();
        return if text.is_empty() {
            SortKey::Empty
        } else {
            SortKey::Words(text)
        };
    }
    let Some(value) = at.value(store) else {
        return SortKey::Empty;
    };
    match (&field.kind, &value) {
        (Kind::Choice(choices), Scalar::Str(key)) => choices
            .iter()
            .position(|choice| choice.key == key.as_str())
            .and_then(|place| i128::try_from(place).ok())
            .map_or(SortKey::Empty, SortKey::Number),
        // Amounts of several currencies stand by currency first: one rate a day is nothing to sort by.
        (Kind::Money, Scalar::Str(text)) => Money::from_str(text).map_or(SortKey::Empty, |money| {
            SortKey::Number(i128::from(money.minor) * 100 / 10_i128.pow(Money::exponent(money.currency)))
        }),
        (_, Scalar::Int(number)) => SortKey::Number(i128::from(*number)),
        (_, Scalar::Bool(yes)) => SortKey::Number(i128::from(*yes)),
        (Kind::Date, Scalar::Str(text)) if parse_day(text).is_some() => SortKey::Words(text.clone()),
        _ => SortKey::Words(show::plain(field, &value, &store).to_lowercase()),
    }
}

/// The sums of a column of amounts, by currency.
pub(super) fn sums(store: PlanStore, section: SectionId, items: &[ItemId], field: &str) -> Vec<Money> {
    let mut sums: BTreeMap<String, (Currency, i64)> = BTreeMap::new();
    for item in items {
        let value = store.peek_value(&Cell::field(section, *item, field));
        let money = value.as_ref().and_then(Scalar::as_str).map(Money::from_str);
        if let Some(Ok(money)) = money {
            let code = money.currency.code().to_owned();
            let sum = sums.entry(code).or_insert((money.currency, 0));
            sum.1 = sum.1.saturating_add(money.minor);
        }
    }
    sums.into_values()
        .map(|(currency, minor)| Money { minor, currency })
        .collect()
}

/// How many of these items have nothing in a field.
pub(super) fn empty_count(store: PlanStore, section: SectionId, items: &[ItemId], field: &Field) -> usize {
    items
        .iter()
        .filter(|item| {
            if is_many(&field.kind) {
                store.peek_links(section, **item, &field.key).is_empty()
            } else {
                store.peek_value(&Cell::field(section, **item, &field.key)).is_none()
            }
        })
        .count()
}

/// What is chosen in a column by these rows: the choices of a filter, with their labels.
pub(super) fn choices_of(
    store: PlanStore,
    section: SectionId,
    items: &[ItemId],
    field: &Field,
) -> Vec<(String, String)> {
    if let Kind::Choice(choices) | Kind::Choices(choices) = &field.kind {
        let of_choice = |choice: &domain::Choice| (choice.key.to_string(), choice.label.to_string());
        return choices.iter().map(of_choice).collect();
    }
    let used: BTreeSet<String> = items
        .iter()
        .flat_map(|item| {
            let row = RowData {
                store,
                section,
                item: *item,
                columns: std::slice::from_ref(field),
            };
            row.keys(&field.key)
        })
        .collect();
    let mut named: Vec<(String, String)> = used
        .into_iter()
        .map(|key| {
            let label = key_label(store, field, &key);
            (key, label)
        })
        .collect();
    sort_by(&mut named, |a, b| a.1.cmp(&b.1));
    named
}

/// What a key of a filter is called.
pub(super) fn key_label(store: PlanStore, field: &Field, key: &str) -> String {
    if is_many(&field.kind) {
        show::target(field, key, &store)
    } else {
        show::plain(field, &Scalar::Str(key.to_owned()), &store)
    }
}
