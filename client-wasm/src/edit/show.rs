//! Values as text: what a cell copies, and what a sentence says.

use std::str::FromStr;

use domain::value::parse_day;
use domain::{Field, ItemId, Kind, Money, PersonId, Scalar};

use super::directory::Directory;
use crate::format::{day, money};

/// The value as an editor and a spreadsheet take it: it reads back as the same value.
pub(crate) fn plain(field: &Field, value: &Scalar, names: &dyn Directory) -> String {
    match (&field.kind, value) {
        (Kind::Choice(_), Scalar::Str(key)) => choice_label(field, key),
        (Kind::Money, Scalar::Str(text)) => Money::from_str(text).map_or_else(|_| text.clone(), money::full),
        (Kind::Flag, Scalar::Bool(yes)) => yes_or_no(*yes).to_owned(),
        (Kind::Seller, Scalar::Str(id)) => {
            PersonId::from_str(id).map_or_else(|_| id.clone(), |id| names.person_name(id))
        }
        (Kind::Item(to), Scalar::Str(id)) => ItemId::from_str(id)
            .ok()
            .and_then(|id| names.item_title(to, id))
            .map_or_else(|| "an item that is gone".to_owned(), |(_, title)| title),
        (_, other) => other.to_string(),
    }
}

/// The value as a sentence says it: days in words, numbers with their unit.
pub(crate) fn words(field: &Field, value: &Scalar, names: &dyn Directory) -> String {
    match (&field.kind, value) {
        (Kind::Date, Scalar::Str(text)) => parse_day(text).map_or_else(|| text.clone(), day::long),
        (Kind::Whole { unit, .. }, Scalar::Int(number)) if !unit.is_empty() => format!("{number} {unit}"),
        _ => plain(field, value, names),
    }
}

/// What a link of a field with several values points to, by the key in the document.
pub(crate) fn target(field: &Field, target: &str, names: &dyn Directory) -> String {
    match &field.kind {
        Kind::Choices(_) => choice_label(field, target),
        Kind::Sellers => PersonId::from_str(target).map_or_else(|_| target.to_owned(), |id| names.person_name(id)),
        Kind::Items { to, .. } => ItemId::from_str(target)
            .ok()
            .and_then(|id| names.item_title(to, id))
            .map_or_else(|| "an item that is gone".to_owned(), |(_, title)| title),
        _ => target.to_owned(),
    }
}

/// All links of a field in one text: `Terminal 2030 (3); Claims`.
pub(crate) fn links(field: &Field, links: &[(String, Scalar)], names: &dyn Directory) -> String {
    let strength = matches!(field.kind, Kind::Items { strength: true, .. });
    let words: Vec<String> = links
        .iter()
        .map(|(key, value)| {
            let name = target(field, key, names);
            match value {
                Scalar::Int(number) if strength => format!("{name} ({number})"),
                _ => name,
            }
        })
        .collect();
    words.join("; ")
}

/// "yes" or "no".
pub(crate) const fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

fn choice_label(field: &Field, key: &str) -> String {
    field
        .choice(key)
        .map_or_else(|| key.to_owned(), |choice| choice.label.to_string())
}

#[cfg(test)]
mod tests {
    use domain::{Schema, SectionId};

    use super::super::directory::fake::{Fake, item, person};
    use super::*;

    #[track_caller]
    fn check(section: SectionId, key: &str, value: Scalar, expected: &str) {
        let schema = Schema::standard();
        let field = schema
            .section(section)
            .and_then(|section| section.field(key))
            .expect("a field of the standard schema");
        assert_eq!(words(field, &value, &Fake), expected);
    }

    #[test]
    fn values_are_said_in_words() {
        let s = SectionId::Opportunities;
        check(s, "stage", "propose".into(), "Propose");
        check(s, "amount", "51000000 EUR".into(), "€510,000");
        check(s, "close", "2027-02-26".into(), "26 Feb 2027");
        check(s, "probability", Scalar::Int(40), "40 %");
        check(s, "owner", Scalar::Str(person(1).to_string()), "Mara Keller");
        check(s, "champion", Scalar::Str(item(21).to_string()), "H. Brandt");
        check(s, "champion", Scalar::Str(item(99).to_string()), "an item that is gone");
        check(SectionId::Actions, "joint", Scalar::Bool(true), "yes");
    }
}
