//! Values in the words of account planning: what a sentence about a plan says.

use std::str::FromStr;

use chrono::Datelike;
use domain::schema::Field;
use domain::seal::{ERASED, WITHHELD, is_sealed};
use domain::value::parse_day;
use domain::{Cell, ItemId, Kind, Money, Part, PersonId, Scalar, SectionId};

/// How long a value is told in a sentence, in characters.
const VALUE_CHARS_MAX: usize = 120;
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// What ids are called.
pub trait Names {
    /// A person's name.
    fn person(&self, person: PersonId) -> Option<String>;
    /// An item's title.
    fn item(&self, item: ItemId) -> Option<String>;
}

/// What one item of a section is called in a sentence, and several.
pub const fn noun(section: SectionId) -> (&'static str, &'static str) {
    match section {
        SectionId::Profile => ("profile", "profiles"),
        SectionId::Initiatives => ("initiative", "initiatives"),
        SectionId::Drivers => ("driver", "drivers"),
        SectionId::Opportunities => ("opportunity", "opportunities"),
        SectionId::People => ("contact", "contacts"),
        SectionId::Actions => ("action", "actions"),
        SectionId::Landscape => ("system", "systems"),
        SectionId::Objectives => ("objective", "objectives"),
        SectionId::Strategies => ("strategy", "strategies"),
        SectionId::Validation => ("validation", "validations"),
        SectionId::Calls => ("pre-work call", "pre-work calls"),
        SectionId::Workshop => ("workshop", "workshops"),
        SectionId::Agenda => ("agenda item", "agenda items"),
        SectionId::Decisions => ("decision", "decisions"),
    }
}

/// So many items of a section: "3 opportunities".
pub fn counted(count: usize, section: SectionId) -> String {
    let (one, many) = noun(section);
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    }
}

/// What a sentence says in place of a value that is not what it says: it was erased, or is not for the reader.
fn hidden(value: &str) -> Option<&'static str> {
    match value {
        ERASED => Some("erased"),
        WITHHELD => Some("withheld"),
        sealed if is_sealed(sealed) => Some("withheld"),
        _ => None,
    }
}

/// What a sentence calls an item with this title.
pub fn titled(title: &str) -> &str {
    match hidden(title) {
        Some("erased") => "an erased contact",
        Some(_) => "a contact whose name is withheld",
        None => title,
    }
}

/// A value as a sentence says it.
pub fn value(field: &Field, value: &Scalar, names: &dyn Names) -> String {
    if let Some(words) = value.as_str().and_then(hidden) {
        return words.to_owned();
    }
    let words = match (&field.kind, value) {
        (Kind::Choice(_) | Kind::Choices(_), Scalar::Str(key)) => choice(field, key),
        (Kind::Money, Scalar::Str(text)) => Money::from_str(text).map_or_else(|_| text.clone(), money),
        (Kind::Date, Scalar::Str(text)) => day(text),
        (Kind::Seller, Scalar::Str(id)) => person(id, names),
        (Kind::Item(_), Scalar::Str(id)) => item(id, names),
        (Kind::Whole { unit, .. }, Scalar::Int(number)) if !unit.is_empty() => format!("{number} {unit}"),
        (_, Scalar::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        (_, Scalar::Str(text)) if field.key == "commitment" => committed_to(text),
        (_, other) => other.to_string(),
    };
    shortened(&words)
}

/// What a link's key points to.
pub fn target(field: &Field, target: &str, names: &dyn Names) -> String {
    match &field.kind {
        Kind::Choices(_) => choice(field, target),
        Kind::Sellers => person(target, names),
        Kind::Items { .. } => item(target, names),
        _ => target.to_owned(),
    }
}

fn choice(field: &Field, key: &str) -> String {
    field.choice(key).map_or(key, |choice| &choice.label).to_owned()
}

fn person(id: &str, names: &dyn Names) -> String {
    let name = PersonId::from_str(id).ok().and_then(|id| names.person(id));
    name.unwrap_or_else(|| "someone".to_owned())
}

fn item(id: &str, names: &dyn Names) -> String {
    let title = ItemId::from_str(id).ok().and_then(|id| names.item(id));
    title.map_or_else(
        || "an item without a name".to_owned(),
        |title| titled(&title).to_owned(),
    )
}

/// The day that an owner said yes to: who they are stands before it as an id.
fn committed_to(commitment: &str) -> String {
    let due = commitment.split_once(' ').map_or("-", |(_, due)| due);
    if due == "-" { "no date".to_owned() } else { day(due) }
}

/// A day: `26 Feb 2027`.
pub fn day(text: &str) -> String {
    let day = parse_day(text).and_then(|day| Some((day, MONTHS.get(day.month0() as usize)?)));
    day.map_or_else(
        || text.to_owned(),
        |(day, month)| format!("{} {month} {}", day.day(), day.year()),
    )
}

/// An amount: `510,000 EUR`, `12.50 EUR`.
fn money(money: Money) -> String {
    let unit = 10_u128.pow(Money::exponent(money.currency));
    let minor = u128::from(money.minor.unsigned_abs());
    let digits = (minor / unit).to_string();
    let mut whole = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            whole.push(',');
        }
        whole.push(digit);
    }
    let minus = if money.minor < 0 { "-" } else { "" };
    let (rest, width) = (minor % unit, Money::exponent(money.currency) as usize);
    let cents = if rest == 0 {
        String::new()
    } else {
        format!(".{rest:0width$}")
    };
    format!("{minus}{whole}{cents} {}", money.currency.code())
}

/// The beginning of a text, where it is long.
pub fn shortened(text: &str) -> String {
    let text = text.trim();
    if text.chars().count() <= VALUE_CHARS_MAX {
        return text.to_owned();
    }
    let short: String = text.chars().take(VALUE_CHARS_MAX).collect();
    format!("{}…", short.trim_end())
}

/// What became of a value, in words: "Amount rose from 5 EUR to 7 EUR". `None`: nothing that people see.
pub fn change(
    field: &Field,
    cell: &Cell,
    old: Option<&Scalar>,
    new: Option<&Scalar>,
    names: &dyn Names,
) -> Option<String> {
    if old == new {
        return None;
    }
    match cell.part {
        Part::Fields => Some(scalar_change(field, &field.label, old, new, names)),
        Part::Own => {
            let (who, _) = cell.key.split_once(':')?;
            let words = scalar_change(field, &field.label, old, new, names);
            Some(format!("{words}, as {} sees it", person(who, names)))
        }
        Part::Links => link_change(field, cell, old, new, names),
        Part::Prose => None,
    }
}

/// What became of a value that is called so.
pub fn scalar_change(
    field: &Field,
    label: &str,
    old: Option<&Scalar>,
    new: Option<&Scalar>,
    names: &dyn Names,
) -> String {
    let say = |scalar: &Scalar| value(field, scalar, names);
    match (old, new) {
        (Some(old), Some(new)) => format!("{label} {} from {} to {}", verb(field, old, new), say(old), say(new)),
        (None, Some(new)) => format!("{label} is now {}", say(new)),
        (Some(old), None) => format!("{label} was emptied (it was {})", say(old)),
        (None, None) => format!("{label} is empty"),
    }
}

fn verb(field: &Field, old: &Scalar, new: &Scalar) -> &'static str {
    let rose = match (&field.kind, old, new) {
        (Kind::Money, Scalar::Str(old), Scalar::Str(new)) => {
            let money = |text: &str| Money::from_str(text).ok();
            match (money(old), money(new)) {
                (Some(old), Some(new)) if old.currency == new.currency => Some(new.minor > old.minor),
                _ => None,
            }
        }
        (Kind::Whole { .. }, Scalar::Int(old), Scalar::Int(new)) => Some(new > old),
        (Kind::Date, Scalar::Str(_), Scalar::Str(_)) => return "moved",
        _ => None,
    };
    match rose {
        Some(true) => "rose",
        Some(false) => "fell",
        None => "went",
    }
}

fn link_change(
    field: &Field,
    cell: &Cell,
    old: Option<&Scalar>,
    new: Option<&Scalar>,
    names: &dyn Names,
) -> Option<String> {
    let mut keys = cell.key.split(':').skip(1);
    let to = target(field, keys.next()?, names);
    let label = &field.label;
    if keys.next().is_some() {
        let note = new.and_then(Scalar::as_str);
        return Some(match note.map(|note| (hidden(note), shortened(note))) {
            Some((Some(hidden), _)) => format!("{label}: the note at {to} is {hidden}"),
            Some((None, note)) => format!("{label}: the note at {to} is now \u{201c}{note}\u{201d}"),
            None => format!("{label}: the note at {to} was emptied"),
        });
    }
    Some(match (old, new) {
        (Some(Scalar::Int(old)), Some(Scalar::Int(new))) => format!("{label}: {to} went from strength {old} to {new}"),
        (_, Some(Scalar::Int(new))) => format!("{label}: {to} was added (strength {new})"),
        (_, Some(_)) => format!("{label}: {to} was added"),
        (_, None) => format!("{label}: {to} was taken away"),
    })
}

#[cfg(test)]
mod tests {
    use domain::Schema;

    use super::*;

    struct Fake;

    impl Names for Fake {
        fn person(&self, _: PersonId) -> Option<String> {
            Some("Ada".to_owned())
        }

        fn item(&self, _: ItemId) -> Option<String> {
            Some("Terminal 2030".to_owned())
        }
    }

    fn said(cell: &Cell, old: impl Into<Option<Scalar>>, new: impl Into<Option<Scalar>>) -> String {
        let schema = Schema::standard();
        let field = schema.field_of(cell).expect("the schema has the field");
        let (old, new) = (old.into(), new.into());
        change(field, cell, old.as_ref(), new.as_ref(), &Fake).unwrap_or_default()
    }

    fn deal(field: &str) -> Cell {
        Cell::field(SectionId::Opportunities, ItemId::SINGLE, field)
    }

    fn text(text: &str) -> Scalar {
        Scalar::from(text)
    }

    #[test]
    fn what_was_erased_or_is_not_for_the_reader_is_said_as_people_say_it() {
        let name = Cell::field(SectionId::People, ItemId::SINGLE, "title");
        assert_eq!(said(&name, None, text(ERASED)), "Name is now erased");
        assert_eq!(said(&name, text(WITHHELD), None), "Name was emptied (it was withheld)");
        let note = Cell::link_note(
            SectionId::People,
            ItemId::SINGLE,
            "influences",
            &ItemId::SINGLE.to_string(),
        );
        assert_eq!(
            said(&note, None, text(ERASED)),
            "Influences: the note at Terminal 2030 is erased"
        );
        assert_eq!(titled(ERASED), "an erased contact");
        assert_eq!(titled("Anna Keller"), "Anna Keller");
    }

    #[test]
    fn amounts_rise_days_move_and_choices_go() {
        let cases = [
            (
                said(&deal("amount"), text("51000000 EUR"), text("70000050 EUR")),
                "Amount rose from 510,000 EUR to 700,000.50 EUR",
            ),
            (
                said(&deal("amount"), text("7 JPY"), text("-1234 JPY")),
                "Amount fell from 7 JPY to -1,234 JPY",
            ),
            (
                said(&deal("amount"), text("7 JPY"), text("5 EUR")),
                "Amount went from 7 JPY to 0.05 EUR",
            ),
            (
                said(&deal("close"), text("2026-12-10"), text("2027-01-05")),
                "Close moved from 10 Dec 2026 to 5 Jan 2027",
            ),
            (
                said(&deal("stage"), text("qualify"), text("propose")),
                "Stage went from Qualify to Propose",
            ),
            (
                said(&deal("probability"), None, Scalar::Int(40)),
                "Probability is now 40 %",
            ),
            (
                said(&deal("champion"), text(&ItemId::SINGLE.to_string()), None),
                "Champion was emptied (it was Terminal 2030)",
            ),
            (said(&deal("title"), text("same"), text("same")), ""),
        ];
        for (said, expected) in cases {
            assert_eq!(said, expected);
        }
    }

    #[test]
    fn links_and_own_entries_name_whom_they_are_about() {
        let link = Cell::link(
            SectionId::Opportunities,
            ItemId::SINGLE,
            "supports",
            &ItemId::SINGLE.to_string(),
        );
        let strength = Scalar::Int;
        assert_eq!(
            said(&link, None, strength(2)),
            "Supports: Terminal 2030 was added (strength 2)"
        );
        assert_eq!(
            said(&link, strength(2), strength(3)),
            "Supports: Terminal 2030 went from strength 2 to 3"
        );
        assert_eq!(said(&link, strength(3), None), "Supports: Terminal 2030 was taken away");
        assert_eq!(
            said(&link.with_suffix("note"), None, text("why")),
            "Supports: the note at Terminal 2030 is now \u{201c}why\u{201d}"
        );
        let stance = Cell::own(SectionId::People, ItemId::SINGLE, PersonId::SERVER, "stance");
        assert_eq!(
            said(&stance, text("sceptic"), text("supporter")),
            "Stance went from Sceptic to Supporter, as Ada sees it"
        );
    }
}
