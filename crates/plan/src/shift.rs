//! Edits of a text, moved to where they mean the same in another version of it.
//!
//! A splice says where by counting units, which holds for the text that it was made in alone. Where it is made again in a
//! text that others have changed meanwhile, it moves past what they did: operational transformation of insertions and
//! deletions, as in Ellis and Gibbs, "Concurrency control in groupware systems" (1989). What both deleted is deleted once,
//! what others wrote inside of what goes stays, and where both insert at one place theirs comes first.

use std::collections::BTreeMap;

use domain::Cell;
use domain::text_diff::{text_splices, utf16_units};

use crate::edit::Edit;

/// A part of a splice. Places and lengths are in UTF-16 units.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Insert { at: u32, text: String },
    Delete { at: u32, len: u32 },
}

/// Who gives way where both insert at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tie {
    Stays,
    GivesWay,
}

/// The edits of a change as they are to be made now, each after the one before. `texts` gives a paragraph's text as the
/// change found it, and as it is now; None: it was not there, or is not.
pub fn shifted(edits: &[Edit], texts: impl Fn(&Cell) -> Option<(String, String)>) -> Vec<Edit> {
    let mut others: BTreeMap<Cell, Vec<Step>> = BTreeMap::new();
    let mut moved = Vec::new();
    for edit in edits {
        let Edit::Splice {
            cell,
            at,
            delete,
            insert,
        } = edit
        else {
            moved.push(edit.clone());
            continue;
        };
        let theirs = others
            .entry(cell.clone())
            .or_insert_with(|| texts(cell).map_or_else(Vec::new, |(found, now)| between(&found, &now)));
        if theirs.is_empty() {
            moved.push(edit.clone());
            continue;
        }
        let (mine, past) = cross(steps(*at, *delete, insert), std::mem::take(theirs));
        *theirs = past;
        moved.extend(splices(cell, mine));
    }
    moved
}

/// What makes one text of the other.
fn between(found: &str, now: &str) -> Vec<Step> {
    let splices = text_splices(found, now).into_iter();
    splices
        .flat_map(|splice| steps(splice.at, utf16_units(&splice.gone), &splice.come))
        .collect()
}

fn steps(at: u32, delete: u32, insert: &str) -> Vec<Step> {
    let gone = (delete > 0).then_some(Step::Delete { at, len: delete });
    let text = insert.to_owned();
    let come = (!insert.is_empty()).then_some(Step::Insert { at, text });
    gone.into_iter().chain(come).collect()
}

fn splices(cell: &Cell, steps: Vec<Step>) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    for step in steps {
        let (at, delete, insert) = match step {
            Step::Delete { at, len } => (at, len, String::new()),
            Step::Insert { at, text } => (at, 0, text),
        };
        // What comes in the place of what goes is one splice, as it was.
        if let Some(Edit::Splice {
            at: place, insert: of, ..
        }) = edits.last_mut()
            && *place == at
            && of.is_empty()
            && delete == 0
        {
            *of = insert;
            continue;
        }
        edits.push(Edit::Splice {
            cell: cell.clone(),
            at,
            delete,
            insert,
        });
    }
    edits
}

/// Both begin in the same text: mine as they are after theirs, and theirs after mine.
fn cross(mine: Vec<Step>, mut theirs: Vec<Step>) -> (Vec<Step>, Vec<Step>) {
    let mut moved = Vec::new();
    for step in mine {
        let mut row = vec![step];
        let mut past = Vec::new();
        for their in theirs {
            let (next, their) = match &row[..] {
                [one] => (one.after(&their, Tie::GivesWay), their.after(one, Tie::Stays)),
                _ => cross(row, vec![their]),
            };
            row = next;
            past.extend(their);
        }
        moved.extend(row);
        theirs = past;
    }
    (moved, theirs)
}

impl Step {
    /// The same in the text that the other has changed; in two parts where the other inserts inside of what goes.
    fn after(&self, other: &Self, tie: Tie) -> Vec<Self> {
        match (self, other) {
            (Self::Insert { at, text }, Self::Insert { at: place, text: come }) => {
                let is_behind = place < at || (place == at && tie == Tie::GivesWay);
                let at = if is_behind { at + utf16_units(come) } else { *at };
                let text = text.clone();
                vec![Self::Insert { at, text }]
            }
            (Self::Insert { at, text }, Self::Delete { at: place, len }) => {
                let at = at - at.saturating_sub(*place).min(*len);
                let text = text.clone();
                vec![Self::Insert { at, text }]
            }
            (Self::Delete { at, len }, Self::Insert { at: place, text }) => {
                let units = utf16_units(text);
                if place <= at {
                    let at = at + units;
                    vec![Self::Delete { at, len: *len }]
                } else if *place >= at + len {
                    vec![self.clone()]
                } else {
                    let before = place - at;
                    let (at, len) = (*at, *len);
                    let first = Self::Delete { at, len: before };
                    // The first part is gone by then, and what was inserted stands in its place.
                    let rest = Self::Delete {
                        at: at + units,
                        len: len - before,
                    };
                    vec![first, rest]
                }
            }
            (Self::Delete { at, len }, Self::Delete { at: place, len: gone }) => {
                let both = (at + len).min(place + gone).saturating_sub(*at.max(place));
                let at = at - at.saturating_sub(*place).min(*gone);
                let len = len - both;
                (len > 0).then_some(Self::Delete { at, len }).into_iter().collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{ItemId, ParagraphId, SectionId};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn cell() -> Cell {
        let paragraph = ParagraphId(Uuid::from_u128(2));
        Cell::paragraph(SectionId::Opportunities, ItemId(Uuid::from_u128(1)), "risks", paragraph)
    }

    fn splice(at: u32, delete: u32, insert: &str) -> Edit {
        Edit::Splice {
            cell: cell(),
            at,
            delete,
            insert: insert.to_owned(),
        }
    }

    /// A text with these edits. Of ASCII alone: a unit is a byte.
    fn with(text: &str, edits: &[Edit]) -> String {
        let mut text = text.to_owned();
        for edit in edits {
            if let Edit::Splice { at, delete, insert, .. } = edit {
                let at = usize::try_from(*at).expect("small");
                let delete = usize::try_from(*delete).expect("small");
                text.replace_range(at..at + delete, insert);
            }
        }
        text
    }

    fn moved(edits: &[Edit], found: &str, now: &str) -> Vec<Edit> {
        shifted(edits, |_| Some((found.to_owned(), now.to_owned())))
    }

    #[test]
    fn an_edit_moves_with_the_words_around_it() {
        let edits = [splice(4, 3, "DEF")];
        let now = "much before: abc def";
        assert_eq!(with(now, &moved(&edits, "abc def", now)), "much before: abc DEF");
        assert_eq!(moved(&edits, "abc def", "abc def"), edits, "as it was");
    }

    #[test]
    fn what_others_wrote_inside_of_what_goes_stays_and_what_both_deleted_goes_once() {
        let edits = [splice(0, 7, "")];
        assert_eq!(with("abc NEW def", &moved(&edits, "abc def", "abc NEW def")), "NEW ");
        assert_eq!(with("abc", &moved(&edits, "abc def", "abc")), "");
        assert_eq!(moved(&edits, "abc def", ""), []);
    }

    #[test]
    fn where_both_insert_theirs_comes_first() {
        let edits = [splice(3, 0, "!")];
        assert_eq!(with("abc?", &moved(&edits, "abc", "abc?")), "abc?!");
    }

    #[test]
    fn edits_of_one_change_follow_each_other() {
        let edits = [splice(0, 0, "one "), splice(4, 3, "two")];
        let now = "zero abc";
        assert_eq!(with("abc", &edits), "one two");
        assert_eq!(with(now, &moved(&edits, "abc", now)), "zero one two");
    }

    proptest! {
        #[test]
        fn mine_past_theirs_is_theirs_past_mine(
            text in "[a-c]{0,8}",
            mine in prop::collection::vec((0..9_u32, 0..4_u32, "[x-z]{0,3}"), 1..4),
            theirs in prop::collection::vec((0..9_u32, 0..4_u32, "[A-C]{0,3}"), 1..4),
        ) {
            let fitted = |all: &[(u32, u32, String)]| {
                let mut now = text.clone();
                let mut fitted = Vec::new();
                for (at, delete, insert) in all {
                    let len = utf16_units(&now);
                    let at = (*at).min(len);
                    let edit = splice(at, (*delete).min(len - at), insert);
                    now = with(&now, std::slice::from_ref(&edit));
                    fitted.push(edit);
                }
                fitted
            };
            let all_steps = |edits: &[Edit]| -> Vec<Step> {
                let each = edits.iter().map(|edit| match edit {
                    Edit::Splice { at, delete, insert, .. } => steps(*at, *delete, insert),
                    _ => Vec::new(),
                });
                each.flatten().collect()
            };
            let (mine, theirs) = (fitted(&mine), fitted(&theirs));
            let (mine_past, theirs_past) = cross(all_steps(&mine), all_steps(&theirs));
            let one = with(&with(&text, &theirs), &splices(&cell(), mine_past));
            let other = with(&with(&text, &mine), &splices(&cell(), theirs_past));
            prop_assert_eq!(one, other);
        }
    }
}
