//! What one fact did, in words: the field, the value before, the value after.

use domain::schema::{Field, Kind, Schema};
use domain::{Cell, Delta, Fact, Part, Scalar, value};
use plan::Hidden;

use crate::edit::directory::Directory;
use crate::edit::show;
use crate::format::day;
use crate::store::hidden_in;
use crate::words;

/// What was done, from what, to what.
type Words = (String, Option<String>, Option<String>);

/// What a fact is in words; nothing where it is not told.
pub(super) fn words_of(schema: &Schema, names: &dyn Directory, fact: &Fact) -> Option<Words> {
    let cell = &fact.cell;
    let field = schema.field_of(cell);
    match &fact.delta {
        Delta::ItemMade => Some((words::ADDED.to_owned(), None, None)),
        Delta::ParagraphMade => None,
        Delta::Text { old, new, .. } => {
            let label = field.map_or_else(|| cell.field_key().to_owned(), |field| field.label.to_string());
            // What was taken out and put in is told by pieces.
            (!old.is_empty() || !new.is_empty()).then_some((label, None, None))
        }
        Delta::Set { old, new, .. } if is_deletion(cell) => {
            let is_deleted = *new == Some(Scalar::Bool(true));
            let word = if is_deleted { words::DELETED } else { words::RESTORED };
            (old != new).then(|| (word.to_owned(), None, None))
        }
        Delta::Set { .. } if is_rank(cell) => None,
        Delta::Set { old, new, .. } => set_words(field?, cell, names, old.as_ref(), new.as_ref()),
    }
}

fn is_rank(cell: &Cell) -> bool {
    match cell.part {
        Part::Fields => cell.key == "rank",
        Part::Prose => cell.key.ends_with(":rank"),
        Part::Links | Part::Own => false,
    }
}

fn set_words(
    field: &Field,
    cell: &Cell,
    names: &dyn Directory,
    old: Option<&Scalar>,
    new: Option<&Scalar>,
) -> Option<Words> {
    let label = field.label.to_string();
    match cell.part {
        Part::Fields | Part::Own => {
            let word = |value: Option<&Scalar>| {
                value.map(|value| match value.as_str() {
                    _ if hidden_in(value).is_some() => words::without_markers(&value.to_string()),
                    Some(commitment) if field.key == "commitment" => committed_to(commitment),
                    _ => show::words(field, value, names),
                })
            };
            // Two values that cannot be read are not one and the same.
            let old = if hidden_of(None, new).is_some() { None } else { old };
            Some((label, word(old), word(new)))
        }
        Part::Links => {
            let target = cell.key.split(':').nth(1)?;
            let name = show::target(field, target, names);
            let is_note = cell.key.ends_with(":note");
            let word = |value: Option<&Scalar>| {
                value.map(|value| match value {
                    Scalar::Str(note) if is_note => format!("{name}: {note}"),
                    Scalar::Int(strength) if matches!(field.kind, Kind::Items { strength: true, .. }) => {
                        words::linked(&name, *strength)
                    }
                    _ => name.clone(),
                })
            };
            Some((label, word(old), word(new)))
        }
        Part::Prose if cell.key.split(':').count() == 2 => {
            let what = hidden_of(old, new).map(|hidden| words::paragraph_hidden(&label, hidden));
            Some((what.unwrap_or(label), None, None))
        }
        Part::Prose => {
            // The only scalar of a paragraph besides its rank: that it was taken away.
            let word = if new == Some(&Scalar::Bool(true)) {
                words::PARAGRAPH_DELETED
            } else {
                words::PARAGRAPH_RESTORED
            };
            Some((format!("{label}: {word}"), None, None))
        }
    }
}

/// The day that an owner said yes to: who they are stands before it as an id.
fn committed_to(commitment: &str) -> String {
    let due = commitment.split_once(' ').and_then(|(_, due)| value::parse_day(due));
    due.map_or_else(|| words::NO_DATE.to_owned(), day::long)
}

/// Whether an item's being there is what the cell says: each deletion and each return is told.
pub(super) fn is_deletion(cell: &Cell) -> bool {
    cell.part == Part::Fields && cell.key == "deleted"
}

/// Why the words before or after a change cannot be read.
pub(super) fn hidden_of(old: Option<&Scalar>, new: Option<&Scalar>) -> Option<Hidden> {
    new.and_then(hidden_in).or_else(|| old.and_then(hidden_in))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::directory::fake::person;

    #[test]
    fn a_commitment_is_told_by_its_day() {
        assert_eq!(
            committed_to(&value::commitment(person(1), Some("2026-11-19"))),
            "19 Nov 2026"
        );
        assert_eq!(committed_to(&value::commitment(person(1), None)), words::NO_DATE);
    }
}
