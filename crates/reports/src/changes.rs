//! What is different between two states of a plan, as data and in words. Not what happened between them: a value that
//! was changed and changed back is not different.

use std::collections::{BTreeMap, BTreeSet};

use domain::schema::{Field, Section};
use domain::text_diff::{DiffPiece, text_diff, word_counts};
use domain::{Cell, ItemId, Part, PersonId, Scalar, Schema, SectionId};
use serde::{Serialize, Serializer};

use crate::state::{Held, ItemState, PlanState};
use crate::words::{self, Names};

/// Most changed fields that are told one by one.
pub const FIELDS_MAX: usize = 2_000;
/// Most sentences of one section in the summary; what is beyond is counted.
const SENTENCES_MAX: usize = 6;

/// A value as JSON knows it: text, number, yes or no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plain(pub Scalar);

impl Serialize for Plain {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Scalar::Str(text) => serializer.serialize_str(text),
            Scalar::Int(number) => serializer.serialize_i64(*number),
            Scalar::Bool(yes) => serializer.serialize_bool(*yes),
        }
    }
}

/// What is different between two states.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// The most important of it, a sentence each.
    pub summary: Vec<String>,
    /// All of it, by section in the plan's order; sections that are the same are left out.
    pub sections: Vec<SectionChanges>,
    /// There are more changed fields than are told one by one.
    pub truncated: bool,
}

/// What is different in a section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SectionChanges {
    /// Which.
    pub section: SectionId,
    /// Its name.
    pub title: String,
    /// Items that were not there.
    pub added: Vec<ItemLine>,
    /// Items that are deleted now.
    pub deleted: Vec<ItemLine>,
    /// Items that were deleted and are back.
    pub restored: Vec<ItemLine>,
    /// Items that hold something else.
    pub changed: Vec<ItemChanges>,
}

/// An item by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemLine {
    /// Which.
    pub item: ItemId,
    /// Its title in the later state.
    pub title: Option<String>,
}

/// What is different in an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemChanges {
    /// Which.
    pub item: ItemId,
    /// Its title in the later state.
    pub title: Option<String>,
    /// Its fields that hold something else.
    pub fields: Vec<FieldChange>,
}

/// What is different in a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The cell's part.
    pub part: Part,
    /// The cell's key; the field's for text, whose paragraphs are told together.
    pub key: String,
    /// The schema's field.
    pub field: String,
    /// Its name.
    pub label: String,
    /// Whose own entry it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// What a link points to, or a choice's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The value before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Plain>,
    /// The value after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Plain>,
    /// It in words.
    pub words: String,
    /// The difference of a text, word by word; paragraphs end with a line's end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<Vec<DiffPiece>>,
}

/// What is different between two states of a plan. `person` tells a person's name.
pub fn changes(
    schema: &Schema,
    from: &PlanState,
    to: &PlanState,
    person: &dyn Fn(PersonId) -> Option<String>,
) -> Changes {
    let states = States { from, to, person };
    let mut changes = Changes::default();
    let mut room = FIELDS_MAX;
    for section in &schema.sections {
        let found = states.section(section, &mut room);
        let Found {
            lines,
            sentences,
            left_out,
        } = found;
        changes.truncated |= left_out;
        changes.summary.extend(sentences);
        changes.sections.extend(lines);
    }
    changes
}

struct States<'a> {
    from: &'a PlanState,
    to: &'a PlanState,
    person: &'a dyn Fn(PersonId) -> Option<String>,
}

impl Names for States<'_> {
    fn person(&self, person: PersonId) -> Option<String> {
        (self.person)(person)
    }

    fn item(&self, item: ItemId) -> Option<String> {
        let title = self.to.title(item).or_else(|| self.from.title(item));
        title.map(str::to_owned)
    }
}

/// What was found in a section.
struct Found {
    lines: Option<SectionChanges>,
    sentences: Vec<String>,
    left_out: bool,
}

impl States<'_> {
    fn section(&self, section: &Section, room: &mut usize) -> Found {
        let id = section.id;
        let mut lines = SectionChanges {
            section: id,
            title: section.title.to_string(),
            added: Vec::new(),
            deleted: Vec::new(),
            restored: Vec::new(),
            changed: Vec::new(),
        };
        let mut told = Sentences::default();
        let (mut changed, mut left_out) = (0, false);
        let items: BTreeSet<ItemId> = self
            .from
            .items(id)
            .chain(self.to.items(id))
            .map(|(item, _)| item)
            .collect();
        for item in items {
            let (before, after) = (self.from.item(id, item), self.to.item(id, item));
            let line = || ItemLine {
                item,
                title: self.item(item),
            };
            let alive = |state: &&ItemState| !state.is_deleted();
            match (before.filter(alive), after.filter(alive)) {
                (None, Some(_)) if before.is_some() => lines.restored.push(line()),
                // A section's only item is there from the beginning, in every plan.
                (None, Some(_)) if !id.is_single() => lines.added.push(line()),
                (Some(_), None) => lines.deleted.push(line()),
                (before, Some(after)) => {
                    let fields = self.fields(section, item, before, after);
                    if fields.is_empty() {
                        continue;
                    }
                    changed += 1;
                    let title = self.item(item);
                    told.note(section, title.as_deref(), &fields, self);
                    left_out |= fields.len() > *room;
                    if fields.len() <= *room {
                        *room -= fields.len();
                        lines.changed.push(ItemChanges { item, title, fields });
                    }
                }
                (None, None) => {}
            }
        }
        let sentences = told.sentences(&lines, changed);
        let is_same = sentences.is_empty();
        Found {
            lines: (!is_same).then_some(lines),
            sentences,
            left_out,
        }
    }

    fn fields(
        &self,
        section: &Section,
        item: ItemId,
        before: Option<&ItemState>,
        after: &ItemState,
    ) -> Vec<FieldChange> {
        let mut fields = Vec::new();
        let empty = BTreeMap::new();
        for part in [Part::Fields, Part::Links, Part::Own] {
            let (old, new) = (before.map_or(&empty, |before| before.part(part)), after.part(part));
            if old == new {
                continue;
            }
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for key in keys {
                let cell = Cell {
                    section: section.id,
                    item,
                    part,
                    key: key.clone(),
                };
                let value = |cells: &BTreeMap<String, Held>| cells.get(key).and_then(Held::value).cloned();
                fields.extend(self.scalar(section, cell, value(old), value(new)));
            }
        }
        if before.map_or(&empty, |before| before.part(Part::Prose)) != after.part(Part::Prose) {
            let texts = section.fields.iter().filter(|field| field.part() == Part::Prose);
            fields.extend(texts.filter_map(|field| text_change(field, before, after)));
        }
        fields
    }

    fn scalar(&self, section: &Section, cell: Cell, old: Option<Scalar>, new: Option<Scalar>) -> Option<FieldChange> {
        // The order of items and whether they are there are told otherwise.
        if cell.part == Part::Fields && matches!(cell.key.as_str(), "rank" | "deleted") {
            return None;
        }
        let field = section.field(cell.field_key())?;
        let words = words::change(field, &cell, old.as_ref(), new.as_ref(), self)?;
        let nth = |n| cell.key.split(':').nth(n).map(str::to_owned);
        Some(FieldChange {
            part: cell.part,
            field: field.key.to_string(),
            label: field.label.to_string(),
            person: nth(0).filter(|_| cell.part == Part::Own),
            target: nth(1).filter(|_| cell.part == Part::Links),
            from: old.map(Plain),
            to: new.map(Plain),
            words,
            diff: None,
            key: cell.key,
        })
    }
}

fn text_change(field: &Field, before: Option<&ItemState>, after: &ItemState) -> Option<FieldChange> {
    let text = |item: &ItemState| -> String {
        let paragraphs = item.paragraphs(&field.key);
        let lines: Vec<&str> = paragraphs.into_iter().map(|(_, text)| text).collect();
        lines.join("\n")
    };
    let (old, new) = (before.map(text).unwrap_or_default(), text(after));
    if old == new {
        return None;
    }
    let diff = text_diff(&old, &new);
    let (came, went) = word_counts(&diff);
    let words = |count| if count == 1 { "word" } else { "words" };
    let said = match (came, went) {
        (0, 0) => "spaces and marks changed".to_owned(),
        (came, 0) => format!("{came} {} added", words(came)),
        (0, went) => format!("{went} {} removed", words(went)),
        (came, went) => format!("{came} {} added, {went} removed", words(came)),
    };
    Some(FieldChange {
        part: Part::Prose,
        key: field.key.to_string(),
        field: field.key.to_string(),
        label: field.label.to_string(),
        person: None,
        target: None,
        from: None,
        to: None,
        words: format!("{}: {said}", field.label),
        diff: Some(diff),
    })
}

/// What the summary says of a section's changed items.
#[derive(Default)]
struct Sentences {
    /// Of what matters most.
    told: Vec<String>,
    /// Actions that were done.
    done: usize,
}

impl Sentences {
    fn note(&mut self, section: &Section, title: Option<&str>, fields: &[FieldChange], names: &dyn Names) {
        let title = title.map_or("An item without a name", words::titled);
        for change in fields {
            match (section.id, change.field.as_str()) {
                (SectionId::Actions, "status") => {
                    let done = Some(Plain(Scalar::from("done")));
                    self.done += usize::from(change.to == done);
                }
                (SectionId::Opportunities, "stage")
                | (SectionId::Initiatives | SectionId::Drivers | SectionId::Objectives, "state")
                | (SectionId::People, "stance") => self.told.extend(went(section, title, change, names)),
                (SectionId::Opportunities, "amount") => self.told.push(format!("{title}: {}", change.words)),
                _ => {}
            }
        }
    }

    fn sentences(mut self, lines: &SectionChanges, changed: usize) -> Vec<String> {
        let section = lines.section;
        let mut sentences = Vec::new();
        let kinds = [
            (&lines.added, "added"),
            (&lines.restored, "brought back"),
            (&lines.deleted, "deleted"),
        ];
        for (items, what) in kinds {
            if !items.is_empty() {
                sentences.push(format!("{} {what}", words::counted(items.len(), section)));
            }
        }
        if self.done > 0 {
            sentences.push(format!("{} done", words::counted(self.done, section)));
        }
        let more = self.told.len().saturating_sub(SENTENCES_MAX);
        self.told.truncate(SENTENCES_MAX);
        sentences.append(&mut self.told);
        if more > 0 {
            sentences.push(format!("{more} more like that among the {}", words::noun(section).1));
        }
        if changed > 0 {
            let what = if section.is_single() {
                format!("the {}", words::noun(section).0)
            } else {
                words::counted(changed, section)
            };
            sentences.push(format!("{what} changed"));
        }
        sentences
    }
}

/// "Anna Keller went from sceptic to supporter, as Ada sees it".
fn went(section: &Section, title: &str, change: &FieldChange, names: &dyn Names) -> Option<String> {
    let field = section.field(&change.field)?;
    let say = |plain: &Plain| words::value(field, &plain.0, names).to_lowercase();
    let words = match (&change.from, &change.to) {
        (Some(from), Some(to)) => format!("{title} went from {} to {}", say(from), say(to)),
        (None, Some(to)) => format!("{title} is now {}", say(to)),
        (_, None) => return None,
    };
    let who = change
        .person
        .as_ref()
        .and_then(|person| names.person(person.parse().ok()?));
    Some(who.map_or(words.clone(), |who| format!("{words}, as {who} sees it")))
}
