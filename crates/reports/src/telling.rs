//! One fact of a plan's history in words.

use domain::{Delta, Fact, Part, Scalar, Schema};

use crate::words::{self, Names};

/// What a fact says, in words that follow its item's name: "Stage went from Qualify to Propose". `None`: nothing that
/// people see, such as an item's place among others.
pub fn fact_words(schema: &Schema, fact: &Fact, names: &dyn Names) -> Option<String> {
    let cell = &fact.cell;
    match &fact.delta {
        Delta::ItemMade => Some(format!("{} added", words::noun(cell.section).0)),
        Delta::ParagraphMade => None,
        Delta::Text { old, new, .. } => {
            let label = &schema.field_of(cell)?.label;
            let (gone, came) = (words::shortened(old), words::shortened(new));
            Some(match (gone.is_empty(), came.is_empty()) {
                (true, true) => return None,
                (true, false) => format!("{label}: \u{201c}{came}\u{201d} added"),
                (false, true) => format!("{label}: \u{201c}{gone}\u{201d} removed"),
                (false, false) => format!("{label}: \u{201c}{gone}\u{201d} became \u{201c}{came}\u{201d}"),
            })
        }
        Delta::Set { old, new, .. } if old == new => None,
        Delta::Set { new, .. } if cell.part == Part::Fields && cell.key == "deleted" => {
            let what = if is_yes(new.as_ref()) {
                "deleted"
            } else {
                "brought back"
            };
            Some(format!("{} {what}", words::noun(cell.section).0))
        }
        Delta::Set { .. } if cell.part == Part::Fields && cell.key == "rank" => None,
        Delta::Set { old, new, .. } => {
            let field = schema.field_of(cell)?;
            if cell.part != Part::Prose {
                return words::change(field, cell, old.as_ref(), new.as_ref(), names);
            }
            let what = match cell.key.split(':').nth(2) {
                Some("deleted") if is_yes(new.as_ref()) => "a paragraph was deleted",
                Some("deleted") => "a paragraph was brought back",
                Some(_) => return None,
                // Kept under seal: its words are one value.
                None => "a paragraph changed",
            };
            Some(format!("{}: {what}", field.label))
        }
    }
}

fn is_yes(value: Option<&Scalar>) -> bool {
    value == Some(&Scalar::Bool(true))
}
