//! What stands otherwise today than it stood at a moment of the past, field by field, with the edits that put it back.
//! Pure: both states are given.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use domain::schema::Section;
use domain::{Cell, Field, ItemId, ParagraphId, Part, PersonId, Scalar};
use plan::Edit;

use super::splices::{Splice, together, units};
use super::words;
use crate::api::past::Piece;
use crate::edit::directory::Directory;
use crate::edit::show;
use domain::text_diff::{text_splices, utf16_units};

/// The values of one item by their place.
pub(super) type Stands = BTreeMap<(Part, String), Scalar>;

/// A field that stands otherwise than it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    /// The field's key; `deleted` for the item itself.
    pub(super) key: String,
    /// What it is called.
    pub(super) label: String,
    /// What stands there today, in words; nothing where it is empty.
    pub(super) now: Option<String>,
    /// What stood there then.
    pub(super) then: Option<String>,
    /// Of a text: what would be taken out and put in.
    pub(super) diff: Vec<Piece>,
    /// What puts it back.
    pub(super) edits: Vec<Edit>,
}

/// One item, then and now.
pub(super) struct Pair<'a> {
    /// Where it is.
    pub(super) section: &'a Section,
    /// Which.
    pub(super) item: ItemId,
    /// Who puts it back: of what belongs to a person only their own.
    pub(super) you: PersonId,
    /// What stood.
    pub(super) then: &'a Stands,
    /// What stands, with the texts of its paragraphs.
    pub(super) now: &'a Stands,
    /// Who and what has which name.
    pub(super) names: &'a dyn Directory,
}

impl Pair<'_> {
    /// What stands otherwise: first whether the item is there, then its fields in their order.
    pub(super) fn differences(&self) -> Vec<Difference> {
        let fields = self.section.fields.iter().filter(|field| !is_of_no_use(field));
        let fields = fields.filter_map(|field| self.difference(field));
        self.is_there().into_iter().chain(fields).collect()
    }

    fn cell(&self, part: Part, key: &str) -> Cell {
        Cell {
            section: self.section.id,
            item: self.item,
            part,
            key: key.to_owned(),
        }
    }

    fn is_there(&self) -> Option<Difference> {
        let is_deleted = |state: &Stands| state.get(&(Part::Fields, "deleted".to_owned())) == Some(&Scalar::Bool(true));
        let word = |is_deleted| if is_deleted { words::IS_DELETED } else { words::IS_THERE };
        let (then, now) = (is_deleted(self.then), is_deleted(self.now));
        (then != now).then(|| Difference {
            key: "deleted".to_owned(),
            label: self.section.one.to_string(),
            now: Some(word(now).to_owned()),
            then: Some(word(then).to_owned()),
            diff: Vec::new(),
            edits: vec![self.put(Part::Fields, "deleted", then.then_some(&Scalar::Bool(true)))],
        })
    }

    fn difference(&self, field: &Field) -> Option<Difference> {
        let difference = match field.part() {
            Part::Fields => self.single(field, Part::Fields, &field.key),
            Part::Own => self.single(field, Part::Own, &format!("{}:{}", self.you, field.key)),
            Part::Links => Some(self.links(field)),
            Part::Prose => Some(self.prose(field)),
        };
        difference.filter(|difference| !difference.edits.is_empty())
    }

    fn put(&self, part: Part, key: &str, value: Option<&Scalar>) -> Edit {
        let cell = self.cell(part, key);
        match value {
            Some(value) => Edit::Put {
                cell,
                value: value.clone(),
            },
            None => Edit::Clear { cell },
        }
    }

    fn single(&self, field: &Field, part: Part, key: &str) -> Option<Difference> {
        let place = (part, key.to_owned());
        let (then, now) = (self.then.get(&place), self.now.get(&place));
        if then == now || then.is_some_and(is_hidden) {
            return None;
        }
        let word = |value: Option<&Scalar>| value.map(|value| show::words(field, value, self.names));
        Some(Difference {
            key: field.key.to_string(),
            label: field.label.to_string(),
            now: word(now),
            then: word(then),
            diff: Vec::new(),
            edits: vec![self.put(part, key, then)],
        })
    }

    fn links(&self, field: &Field) -> Difference {
        let prefix = format!("{}:", field.key);
        let of = |state: &Stands| -> BTreeMap<String, Scalar> {
            let links = state
                .iter()
                .filter(|((part, key), _)| *part == Part::Links && key.starts_with(&prefix));
            links.map(|((_, key), value)| (key.clone(), value.clone())).collect()
        };
        let (then, now) = (of(self.then), of(self.now));
        let keys: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
        let edits = keys
            .into_iter()
            .filter(|key| then.get(*key) != now.get(*key))
            .map(|key| self.put(Part::Links, key, then.get(key)))
            .collect();
        let word = |links: &BTreeMap<String, Scalar>| {
            let targets: Vec<(String, Scalar)> = links
                .iter()
                .filter_map(|(key, value)| Some((key.strip_prefix(&prefix)?.to_owned(), value.clone())))
                .filter(|(target, _)| !target.contains(':'))
                .collect();
            (!targets.is_empty()).then(|| show::links(field, &targets, self.names))
        };
        Difference {
            key: field.key.to_string(),
            label: field.label.to_string(),
            now: word(&now),
            then: word(&then),
            diff: Vec::new(),
            edits,
        }
    }

    fn prose(&self, field: &Field) -> Difference {
        let (then, now) = (paragraphs(self.then, &field.key), paragraphs(self.now, &field.key));
        let edits = self.prose_edits(field.sealed.is_some(), &then, &now);
        let text = |all: &[Paragraph]| {
            let shown: Vec<&str> = all.iter().filter(|one| !one.is_gone).map(|one| one.text).collect();
            shown.join("\n\n")
        };
        let (then, now) = (text(&then), text(&now));
        let changes = text_splices(&now, &then);
        let changes: Vec<Splice> = changes
            .iter()
            .map(|change| Splice::new(change.at, &change.gone, &change.come))
            .collect();
        let filled = |text: String| (!text.is_empty()).then_some(text);
        Difference {
            key: field.key.to_string(),
            label: field.label.to_string(),
            diff: together(&changes, Some(&units(&then))),
            now: filled(now),
            then: filled(then),
            edits,
        }
    }

    /// What makes the paragraphs of today those of then: each as it was, those made since taken away.
    fn prose_edits(&self, is_sealed: bool, then: &[Paragraph<'_>], now: &[Paragraph<'_>]) -> Vec<Edit> {
        let mut edits = Vec::new();
        for paragraph in then.iter().filter(|one| !one.is_gone) {
            // Nothing is ever taken out of a document for good: a paragraph that was there is there.
            let Some(today) = now.iter().find(|one| one.key == paragraph.key) else {
                continue;
            };
            if today.is_gone {
                edits.push(self.put(Part::Prose, &format!("{}:deleted", paragraph.key), None));
            }
            let cell = self.cell(Part::Prose, paragraph.key);
            if !is_sealed {
                edits.extend(Edit::rewrite(&cell, today.text, paragraph.text));
            } else if today.text != paragraph.text {
                // One value, whatever of it differs.
                edits.push(Edit::Splice {
                    cell,
                    at: 0,
                    delete: utf16_units(today.text),
                    insert: paragraph.text.to_owned(),
                });
            }
        }
        for paragraph in now.iter().filter(|one| !one.is_gone) {
            if !then.iter().any(|one| one.key == paragraph.key && !one.is_gone) {
                let gone = Scalar::Bool(true);
                edits.push(self.put(Part::Prose, &format!("{}:deleted", paragraph.key), Some(&gone)));
            }
        }
        edits
    }
}

/// What only keeps order is not put back, and nobody's yes is given by a button.
fn is_of_no_use(field: &Field) -> bool {
    matches!(field.key.as_ref(), "rank" | "deleted" | "commitment")
}

struct Paragraph<'a> {
    key: &'a str,
    rank: Option<&'a str>,
    text: &'a str,
    is_gone: bool,
}

/// The paragraphs of a field in their order, those that were taken away too; what may not be read is left out.
fn paragraphs<'a>(state: &'a Stands, field: &str) -> Vec<Paragraph<'a>> {
    let scalar = |key: &str, suffix: &str| state.get(&(Part::Prose, format!("{key}:{suffix}")));
    let mut all: Vec<Paragraph<'_>> = state
        .iter()
        .filter(|((part, _), text)| *part == Part::Prose && !is_hidden(text))
        .filter_map(|((_, key), text)| {
            ParagraphId::from_str(key.strip_prefix(field)?.strip_prefix(':')?).ok()?;
            Some(Paragraph {
                key,
                rank: scalar(key, "rank").and_then(Scalar::as_str),
                text: text.as_str()?,
                is_gone: scalar(key, "deleted") == Some(&Scalar::Bool(true)),
            })
        })
        .collect();
    crate::erased::sort_by_key(&mut all, |one| (one.rank.map(str::to_owned), one.key.to_owned()));
    all
}

/// What stands for a sealed value that is not told begins so.
const SEALED: &str = "sealed:";

/// Whether what is given stands for a value that is not told: it is never written back.
fn is_hidden(value: &Scalar) -> bool {
    value.as_str().is_some_and(|text| text.starts_with(SEALED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::directory::fake::{Fake, item, person};
    use domain::{Schema, SectionId};

    fn paragraph(n: u128) -> ParagraphId {
        ParagraphId(uuid::Uuid::from_u128(n))
    }

    fn stands(values: &[(Part, String, Scalar)]) -> Stands {
        let place = |(part, key, value): &(Part, String, Scalar)| ((*part, key.clone()), value.clone());
        values.iter().map(place).collect()
    }

    fn differences(then: &Stands, now: &Stands) -> Vec<Difference> {
        let schema = Schema::standard();
        let section = schema
            .section(SectionId::Opportunities)
            .expect("a section of the standard schema");
        Pair {
            section,
            item: ItemId::SINGLE,
            you: person(1),
            then,
            now,
            names: &Fake,
        }
        .differences()
    }

    fn field(key: &str, value: &str) -> (Part, String, Scalar) {
        (Part::Fields, key.to_owned(), Scalar::from(value))
    }

    #[test]
    fn a_field_goes_back_to_what_it_was_and_an_empty_one_is_emptied() {
        let then = stands(&[field("stage", "qualify"), field("rank", "80"), field("title", "Yard")]);
        let now = stands(&[
            field("stage", "propose"),
            field("rank", "90"),
            field("title", "Yard"),
            field("close", "2027-01-31"),
        ]);
        let told: Vec<_> = differences(&then, &now)
            .into_iter()
            .map(|one| (one.key, one.now, one.then, one.edits.len()))
            .collect();
        let some = |text: &str| Some(text.to_owned());
        assert!(
            told.contains(&("stage".to_owned(), some("Propose"), some("Qualify"), 1)),
            "{told:?}"
        );
        assert!(
            told.contains(&("close".to_owned(), some("31 Jan 2027"), None, 1)),
            "{told:?}"
        );
        assert_eq!(told.len(), 2, "order and what is equal are left alone: {told:?}");
    }

    #[test]
    fn an_item_that_was_deleted_since_comes_back() {
        let gone = stands(&[(Part::Fields, "deleted".to_owned(), Scalar::Bool(true))]);
        let told = differences(&Stands::new(), &gone);
        let clear = Edit::Clear {
            cell: Cell::field(SectionId::Opportunities, ItemId::SINGLE, "deleted"),
        };
        assert_eq!(
            told.iter().map(|one| one.edits.clone()).collect::<Vec<_>>(),
            [vec![clear]]
        );
    }

    #[test]
    fn links_and_ones_own_entries_go_back_and_those_of_others_stay() {
        let link = |n: u128, strength| (Part::Links, format!("supports:{}", item(n)), Scalar::Int(strength));
        let vote = |n: u128, vote| (Part::Own, format!("{}:vote", person(n)), Scalar::Int(vote));
        let then = stands(&[link(11, 3), vote(1, 1), vote(2, 1)]);
        let now = stands(&[link(11, 1), link(12, 2), vote(1, 3), vote(2, 3)]);
        let told = differences(&then, &now);
        let edits: Vec<Edit> = told.iter().flat_map(|one| one.edits.clone()).collect();
        assert!(
            edits
                .iter()
                .all(|edit| !edit.cell().key.starts_with(&person(2).to_string())),
            "{edits:?}"
        );
        let of_links = told.iter().find(|one| one.key == "supports").expect("the links differ");
        assert_eq!(of_links.edits.len(), 2);
        assert_eq!(of_links.then.as_deref(), Some("Terminal 2030 (3)"));
    }

    #[test]
    fn a_note_goes_back_word_for_word() {
        let text = |n: u128, text: &str| (Part::Prose, format!("notes:{}", paragraph(n)), Scalar::from(text));
        let mark = |n: u128, what: &str, value: Scalar| (Part::Prose, format!("notes:{}:{what}", paragraph(n)), value);
        let rank = |n: u128, rank: &str| mark(n, "rank", Scalar::from(rank));
        let then = stands(&[
            text(1, "NEW: He asks for a visit."),
            rank(1, "80"),
            text(2, "Old."),
            rank(2, "90"),
        ]);
        let now = stands(&[
            text(1, "He asks for a long visit."),
            rank(1, "80"),
            text(2, "Old."),
            rank(2, "90"),
            mark(2, "deleted", Scalar::Bool(true)),
            text(3, "New."),
            rank(3, "95"),
        ]);
        let told = differences(&then, &now);
        let [notes] = told.as_slice() else {
            panic!("one field differs: {told:?}")
        };
        assert_eq!(notes.then.as_deref(), Some("NEW: He asks for a visit.\n\nOld."));
        assert_eq!(notes.now.as_deref(), Some("He asks for a long visit.\n\nNew."));
        let cell = |key: &str| Cell {
            section: SectionId::Opportunities,
            item: ItemId::SINGLE,
            part: Part::Prose,
            key: key.to_owned(),
        };
        let splice = |at, delete, insert: &str| Edit::Splice {
            cell: cell(&format!("notes:{}", paragraph(1))),
            at,
            delete,
            insert: insert.to_owned(),
        };
        let deleted = |n: u128| cell(&format!("notes:{}:deleted", paragraph(n)));
        assert_eq!(
            notes.edits,
            [
                splice(0, 0, "NEW: "),
                splice(18, 5, ""),
                Edit::Clear { cell: deleted(2) },
                Edit::Put {
                    cell: deleted(3),
                    value: Scalar::Bool(true)
                },
            ],
            "the words that stay are not written; one paragraph comes back, one goes"
        );
        let shown = |piece: &Piece| match piece {
            Piece::Same(text) => text.clone(),
            Piece::Gone(text) => format!("[-{text}-]"),
            Piece::New(text) => format!("{{+{text}+}}"),
        };
        let diff: String = notes.diff.iter().map(shown).collect();
        assert!(diff.starts_with("{+NEW: +}He asks for a [-long -]visit."), "{diff}");
    }

    #[test]
    fn what_may_not_be_read_is_never_written_back() {
        let then = stands(&[field("title", "sealed:withheld")]);
        assert_eq!(differences(&then, &stands(&[field("title", "Yard")])), []);
    }
}
