//! Text to values: what a person types or pastes into a field, by the field's kind. What cannot be taken says why.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::schema::LINE_CHARS_MAX;
use domain::{Field, Kind, Scalar, SectionId};
use iso_currency::Currency;

use super::directory::Directory;
use crate::format::{day, money};
use crate::store::initials;
use crate::words;

/// Most names that one text may list.
const LISTED_MAX: usize = 200;

/// What the field is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// One value, or none.
    One(Option<Scalar>),
    /// Several, by the key of each: the whole set.
    Many(BTreeMap<String, Scalar>),
}

/// What reading needs to know besides the field.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    /// Names of people and items.
    pub(crate) names: &'a dyn Directory,
    /// The person's day.
    pub(crate) today: NaiveDate,
    /// The currency of an amount that has none.
    pub(crate) home: Currency,
}

impl Reader<'_> {
    /// Reads a text for a field. Empty text is an empty field.
    pub(crate) fn read(&self, field: &Field, text: &str) -> Result<Wanted, String> {
        let text = text.trim();
        if is_many(&field.kind) {
            return self.many(field, text).map(Wanted::Many);
        }
        if text.is_empty() {
            return Ok(Wanted::One(None));
        }
        self.one(field, text).map(|value| Wanted::One(Some(value)))
    }

    fn one(&self, field: &Field, text: &str) -> Result<Scalar, String> {
        match &field.kind {
            Kind::Line => line(text),
            Kind::Money => money::read(text, self.home).map(|money| Scalar::Str(money.to_string())),
            Kind::Date => day::read(text, self.today).map(|day| Scalar::Str(day.to_string())),
            Kind::Whole { from, to, unit } => whole(text, *from, *to, unit),
            Kind::Flag => flag(text),
            Kind::Choice(_) | Kind::Seller | Kind::Item(_) => self.pick(field, text).map(Scalar::Str),
            Kind::Choices(_) | Kind::Sellers | Kind::Items { .. } | Kind::Prose | Kind::Rank => {
                Err(format!("'{}' is not written in one cell", field.label))
            }
        }
    }

    fn many(&self, field: &Field, text: &str) -> Result<BTreeMap<String, Scalar>, String> {
        let strength = matches!(field.kind, Kind::Items { strength: true, .. });
        let mut wanted = BTreeMap::new();
        for word in self.listed(field, text) {
            let (name, number) = if strength { strength_of(word) } else { (word, None) };
            let key = self.pick(field, name)?;
            let value = if strength {
                Scalar::Int(number.unwrap_or(STRENGTH_USUAL))
            } else {
                Scalar::Bool(true)
            };
            wanted.insert(key, value);
        }
        Ok(wanted)
    }

    /// Splits a list: by semicolons and lines; by commas only where the pieces are all names, because names have
    /// commas too.
    fn listed<'t>(&self, field: &Field, text: &'t str) -> Vec<&'t str> {
        let split = |marks: &[char]| -> Vec<&'t str> {
            text.split(marks)
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .take(LISTED_MAX)
                .collect()
        };
        let pieces = split(&[';', '\n']);
        let by_comma = split(&[',', ';', '\n']);
        let known = |words: &[&str]| words.iter().all(|word| self.pick(field, strength_of(word).0).is_ok());
        if by_comma.len() > pieces.len() && !known(&pieces) && known(&by_comma) {
            return by_comma;
        }
        pieces
    }

    /// The key of the choice, person or item that the text names.
    pub(crate) fn pick(&self, field: &Field, text: &str) -> Result<String, String> {
        let options = options(field, self.names);
        let found = matching(&options, text);
        match found[..] {
            [only] => Ok(only.key.clone()),
            [] => Err(unknown(field, text, &options)),
            [first, second, ..] => Err(format!(
                "'{text}' could be {} or {}: type more",
                first.label, second.label
            )),
        }
    }
}

/// The strength of a link whose strength nobody said.
pub(crate) const STRENGTH_USUAL: i64 = 2;

/// Whether the field holds several values, each under a key of its own.
pub(crate) const fn is_many(kind: &Kind) -> bool {
    matches!(kind, Kind::Choices(_) | Kind::Sellers | Kind::Items { .. })
}

/// Something that a field can hold or point to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choosable {
    /// What the document holds.
    pub(crate) key: String,
    /// What a person reads.
    pub(crate) label: String,
    /// What it is found by besides (a person's initials).
    pub(crate) alias: String,
    /// The section of an item, where the field takes items of several.
    pub(crate) section: Option<SectionId>,
}

/// Everything that a field can hold or point to, in the order in which it is offered.
pub(crate) fn options(field: &Field, names: &dyn Directory) -> Vec<Choosable> {
    match &field.kind {
        Kind::Choice(choices) | Kind::Choices(choices) => choices
            .iter()
            .map(|choice| Choosable {
                key: choice.key.to_string(),
                label: choice.label.to_string(),
                alias: choice.key.replace('_', " "),
                section: None,
            })
            .collect(),
        Kind::Seller | Kind::Sellers => names
            .people()
            .into_iter()
            .map(|(id, name)| Choosable {
                key: id.to_string(),
                alias: initials(&name),
                label: name,
                section: None,
            })
            .collect(),
        Kind::Item(to) | Kind::Items { to, .. } => to
            .iter()
            .flat_map(|section| names.items(*section).into_iter().map(move |item| (*section, item)))
            .map(|(section, (id, title))| Choosable {
                key: id.to_string(),
                label: title,
                alias: String::new(),
                section: Some(section),
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The options that a text means: those that are called just so, else those that begin so, else those that have a
/// word that begins so, else those that contain it.
pub(crate) fn matching<'o>(options: &'o [Choosable], text: &str) -> Vec<&'o Choosable> {
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return Vec::new();
    }
    let by = |test: &dyn Fn(&str) -> bool| -> Vec<&'o Choosable> {
        options
            .iter()
            .filter(|option| test(&option.label.to_lowercase()) || test(&option.alias.to_lowercase()))
            .collect()
    };
    let steps: [&dyn Fn(&str) -> bool; 4] = [
        &|label| label == text,
        &|label| label.starts_with(&text),
        &|label| label.split_whitespace().any(|word| word.starts_with(&text)),
        &|label| label.contains(&text),
    ];
    steps
        .into_iter()
        .map(by)
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

fn unknown(field: &Field, text: &str, options: &[Choosable]) -> String {
    match &field.kind {
        Kind::Seller | Kind::Sellers => format!("nobody in this workspace is called '{text}'"),
        Kind::Item(_) | Kind::Items { .. } => format!("nothing in this plan is called '{text}'"),
        _ => {
            let labels: Vec<&str> = options.iter().map(|option| option.label.as_str()).collect();
            format!("'{text}' is none of: {}", labels.join(", "))
        }
    }
}

/// Takes the strength off a name: `Terminal 2030 (3)`.
fn strength_of(word: &str) -> (&str, Option<i64>) {
    let number = |digit: &str| match digit {
        "1" => Some(1),
        "2" => Some(2),
        "3" => Some(3),
        _ => None,
    };
    let cut = word
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('))
        .and_then(|(name, digit)| Some((name.trim_end(), number(digit)?)));
    cut.map_or((word, None), |(name, number)| (name, Some(number)))
}

fn line(text: &str) -> Result<Scalar, String> {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let long = one_line.chars().count();
    if long > LINE_CHARS_MAX {
        return Err(words::line_too_long(long, LINE_CHARS_MAX));
    }
    Ok(Scalar::Str(one_line))
}

fn whole(text: &str, from: i64, to: i64, unit: &str) -> Result<Scalar, String> {
    let bare = text.strip_suffix(unit).unwrap_or(text).trim();
    match bare.parse::<i64>() {
        Ok(number) if (from..=to).contains(&number) => Ok(Scalar::Int(number)),
        _ => Err(format!("'{text}' is no whole number from {from} to {to}")),
    }
}

fn flag(text: &str) -> Result<Scalar, String> {
    match text.to_lowercase().as_str() {
        "yes" | "y" | "true" | "x" | "1" => Ok(Scalar::Bool(true)),
        "no" | "n" | "false" | "0" | "-" => Ok(Scalar::Bool(false)),
        _ => Err(format!("'{text}' is neither yes nor no")),
    }
}

#[cfg(test)]
mod tests {
    use domain::Schema;

    use super::super::directory::fake::{Fake, item, person};
    use super::super::show;
    use super::*;

    fn read(section: SectionId, key: &str, text: &str) -> Result<Wanted, String> {
        let schema = Schema::standard();
        let field = schema
            .section(section)
            .and_then(|section| section.field(key))
            .expect("a field of the standard schema");
        let reader = Reader {
            names: &Fake,
            today: NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day"),
            home: Currency::EUR,
        };
        reader.read(field, text)
    }

    #[track_caller]
    fn takes(key: &str, text: &str, expected: impl Into<Option<Scalar>>) {
        let wanted = read(SectionId::Opportunities, key, text);
        assert_eq!(wanted, Ok(Wanted::One(expected.into())), "{key}: {text}");
    }

    #[track_caller]
    fn refuses(section: SectionId, key: &str, text: &str, why: &str) {
        let error = read(section, key, text).expect_err("a text that the field cannot take");
        assert!(error.contains(why), "{error}");
    }

    #[test]
    fn one_value_is_read_by_the_fields_kind() {
        takes("title", "  Yard \t automation ", Scalar::from("Yard automation"));
        takes("title", "", None);
        takes("stage", "propose", Scalar::from("propose"));
        takes("stage", "neg", Scalar::from("negotiate"));
        takes("kind", "follow on", Scalar::from("follow_on"));
        takes("amount", "510k", Scalar::from("51000000 EUR"));
        takes("close", "26.2.", Scalar::from("2027-02-26"));
        takes("probability", "40%", Scalar::Int(40));
        takes("owner", "jo", Scalar::Str(person(2).to_string()));
        takes("owner", "MK", Scalar::Str(person(1).to_string()));
        takes("owner", "Lind", Scalar::Str(person(3).to_string()));
        takes("champion", "brandt", Scalar::Str(item(21).to_string()));
    }

    #[test]
    fn what_cannot_be_taken_says_why() {
        let s = SectionId::Opportunities;
        refuses(s, "stage", "someday", "none of: Identify, Qualify");
        refuses(s, "owner", "Mar", "could be Mara Keller or Marek Lind");
        refuses(s, "owner", "Nobody", "nobody in this workspace is called 'Nobody'");
        refuses(s, "champion", "Wulf", "nothing in this plan is called 'Wulf'");
        refuses(s, "probability", "101", "from 0 to 100");
        refuses(s, "title", &"x".repeat(301), "301 characters");
        refuses(SectionId::Actions, "joint", "perhaps", "neither yes nor no");
    }

    #[test]
    fn a_list_of_names_is_read_as_a_set() {
        let many = |text: &str| read(SectionId::Opportunities, "supports", text);
        let set = |links: &[(u128, i64)]| {
            Ok(Wanted::Many(
                links
                    .iter()
                    .map(|(id, strength)| (item(*id).to_string(), Scalar::Int(*strength)))
                    .collect(),
            ))
        };
        assert_eq!(many("Terminal 2030 (3); claims"), set(&[(11, 3), (13, 2)]));
        assert_eq!(many("Terminal 2030, Claims (1)"), set(&[(11, 2), (13, 1)]));
        assert_eq!(many("Fresh to 24 h, everywhere"), set(&[(12, 2)]));
        assert_eq!(many(""), set(&[]));
        assert!(many("Terminal 2030; Moon base").is_err());
    }

    #[test]
    fn what_is_copied_reads_back() {
        let schema = Schema::standard();
        let field = schema
            .section(SectionId::Opportunities)
            .and_then(|section| section.field("supports"))
            .expect("a field of the standard schema");
        let links = vec![
            (item(12).to_string(), Scalar::Int(3)),
            (item(11).to_string(), Scalar::Int(1)),
        ];
        let text = show::links(field, &links, &Fake);
        assert_eq!(text, "Fresh to 24 h, everywhere (3); Terminal 2030 (1)");
        let back = read(SectionId::Opportunities, "supports", &text);
        assert_eq!(back, Ok(Wanted::Many(links.into_iter().collect())));
    }
}
