//! JSON as edits. Whether they are allowed is the room's to say; what can be seen to be wrong is said here, in words.

use std::collections::BTreeMap;

use domain::schema::{Field, Kind};
use domain::{Author, Cell, Denied, ItemId, ParagraphId, Part, PersonId, Scalar, Schema, SectionId};
use plan::{Edit, Table, rank_between};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;
use workspace::State;

use super::read::is_deleted;

/// The field by which a section's items are in their order.
const RANK: &str = "rank";
/// Most paragraphs, links or choices of one field in one request.
const LIST_MAX: usize = 500;

/// The value does not fit the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// By the schema.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// By its form.
    #[error("'{0}' is given as {1}")]
    Form(String, &'static str),
    /// It names a paragraph that is not there.
    #[error("this field has no paragraph {0}: leave the id out to begin one")]
    NoParagraph(Uuid),
    /// It links to an item that is not there.
    #[error("'{label}' takes an item of {sections}, and {target} is none of this plan, or is deleted")]
    NoTarget {
        /// The field's name on screen.
        label: String,
        /// Where its targets live.
        sections: String,
        /// What was named.
        target: ItemId,
    },
    /// It names a person who is not there.
    #[error("'{0}' takes a person of this workspace, and {1} is none")]
    NoPerson(String, PersonId),
}

/// A link to another item.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    target: ItemId,
    strength: Option<i64>,
    note: Option<String>,
}

/// A paragraph.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paragraph {
    id: Option<Uuid>,
    text: String,
    /// As it was read; the order is that of the list.
    #[serde(rename = "rank")]
    _rank: Option<String>,
}

/// Where and for whom something is written.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The section.
    pub section: SectionId,
    /// The item.
    pub item: ItemId,
    /// Who writes.
    pub person: PersonId,
}

/// What is there when something is written.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// What can be written.
    pub schema: &'a Schema,
    /// The plan's content.
    pub table: &'a Table,
    /// The people who can be named.
    pub people: &'a State,
}

/// The edits that make an item with these fields, at the end of its section's list unless they say where.
pub fn edits_for_new(
    view: View<'_>,
    target: Target,
    fields: &BTreeMap<String, Value>,
    new_id: &dyn Fn(u32) -> Uuid,
) -> Result<Vec<Edit>, Unfit> {
    let rank = rank_between(view.table.last_rank(target.section).as_deref(), None);
    let has_rank = fields.get(RANK).is_some_and(|rank| !rank.is_null());
    let first = (!has_rank).then(|| (RANK.to_owned(), Scalar::Str(rank)));
    let mut edits = vec![Edit::MakeItem {
        section: target.section,
        item: target.item,
        fields: first.into_iter().collect(),
    }];
    let fields = fields.iter().filter(|(key, _)| has_rank || *key != RANK);
    for (nth, (key, value)) in fields.enumerate() {
        // Each field's paragraphs have ids of their own; the item's is the first of all.
        let from = u32::try_from(nth + 1).unwrap_or(u32::MAX) << 16;
        let new_id = |paragraph: u32| new_id(from.saturating_add(paragraph));
        edits.extend(edits_for_field(view, target, key, value, &new_id)?);
    }
    Ok(edits)
}

/// The edits after which a field says this. `new_id` gives the id of the n-th new paragraph.
pub fn edits_for_field(
    view: View<'_>,
    target: Target,
    key: &str,
    value: &Value,
    new_id: &dyn Fn(u32) -> Uuid,
) -> Result<Vec<Edit>, Unfit> {
    let View { schema, table, .. } = view;
    let section = schema.section(target.section);
    let field = section.and_then(|section| section.field(key));
    let field = field.ok_or_else(|| Denied::UnknownField(key.to_owned()))?;
    let writer = Writer { table, target, field };
    let edits = match field.part() {
        Part::Fields => writer.scalar(Cell::field(target.section, target.item, key), value)?,
        Part::Own => writer.scalar(Cell::own(target.section, target.item, target.person, key), value)?,
        Part::Links => writer.links(value)?,
        Part::Prose => writer.prose(value, new_id)?,
    };
    // Who may write everything shows what nobody may write: that is the value's fault, not the person's.
    let author = Author::executive(target.person);
    for edit in &edits {
        match edit {
            Edit::Put { cell, value } => {
                schema.check_scalar(author, cell, Some(value))?;
                check_named(view, field, cell, value)?;
            }
            Edit::Clear { cell } => schema.check_scalar(author, cell, None)?,
            Edit::MakeItem { .. } | Edit::MakeParagraph { .. } | Edit::Splice { .. } => {}
        }
    }
    Ok(edits)
}

/// What a cell links to is there. What stands there already may stay: somebody may have deleted its target since, and who
/// writes a list as a whole writes that link again.
fn check_named(view: View<'_>, field: &Field, cell: &Cell, value: &Scalar) -> Result<(), Unfit> {
    let named = match cell.part {
        Part::Links => cell.key.split(':').nth(1),
        Part::Fields => value.as_str(),
        Part::Own | Part::Prose => None,
    };
    let Some(named) = named.filter(|_| view.table.value(cell).as_ref() != Some(value)) else {
        return Ok(());
    };
    match &field.kind {
        Kind::Item(sections) | Kind::Items { to: sections, .. } => {
            let Ok(target) = named.parse() else { return Ok(()) };
            let is_there = |section: &SectionId| {
                view.table.has_item(*section, target) && !is_deleted(view.table, *section, target)
            };
            let link = Cell {
                key: format!("{}:{named}", field.key),
                ..cell.clone()
            };
            if sections.iter().any(is_there) || (cell.part == Part::Links && view.table.value(&link).is_some()) {
                return Ok(());
            }
            let titles = sections.iter().filter_map(|section| view.schema.section(*section));
            let titles: Vec<&str> = titles.map(|section| section.title.as_ref()).collect();
            Err(Unfit::NoTarget {
                label: field.label.to_string(),
                sections: titles.join(" or "),
                target,
            })
        }
        Kind::Seller | Kind::Sellers => match named.parse() {
            Ok(person) if view.people.person(person).is_none() => Err(Unfit::NoPerson(field.label.to_string(), person)),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

struct Writer<'t> {
    table: &'t Table,
    target: Target,
    field: &'t Field,
}

impl Writer<'_> {
    fn form<T>(&self, form: &'static str) -> Result<T, Unfit> {
        Err(Unfit::Form(self.field.label.to_string(), form))
    }

    fn scalar(&self, cell: Cell, value: &Value) -> Result<Vec<Edit>, Unfit> {
        let value = match value {
            Value::Null => return Ok(vec![Edit::Clear { cell }]),
            Value::String(text) => Scalar::Str(text.clone()),
            Value::Bool(yes) => Scalar::Bool(*yes),
            Value::Number(number) => match number.as_i64() {
                Some(number) => Scalar::Int(number),
                None => return self.form("a whole number"),
            },
            Value::Array(_) | Value::Object(_) => return self.form("one value, or null"),
        };
        Ok(vec![Edit::Put { cell, value }])
    }

    /// The cells of the field that hold something.
    fn cells(&self) -> Vec<Cell> {
        let cells = self.table.cells(self.target.section, self.target.item).into_iter();
        let of_field = |cell: &Cell| cell.part == self.field.part() && cell.field_key() == self.field.key;
        cells.map(|(cell, _)| cell).filter(of_field).collect()
    }

    fn links(&self, value: &Value) -> Result<Vec<Edit>, Unfit> {
        let wanted = self.wanted_links(value)?;
        let gone = self.cells().into_iter().filter(|cell| !wanted.contains_key(cell));
        let mut edits: Vec<Edit> = gone.map(|cell| Edit::Clear { cell }).collect();
        edits.extend(wanted.into_iter().map(|(cell, value)| Edit::Put { cell, value }));
        Ok(edits)
    }

    fn wanted_links(&self, value: &Value) -> Result<BTreeMap<Cell, Scalar>, Unfit> {
        let (section, item, key) = (self.target.section, self.target.item, self.field.key.as_ref());
        let mut wanted = BTreeMap::new();
        if value.is_null() {
            return Ok(wanted);
        }
        if let Kind::Items { strength, .. } = self.field.kind {
            let links: Vec<Link> = self.list(value, "a list of {\"target\", \"strength\", \"note\"}, or null")?;
            for link in links {
                let value = match link.strength {
                    Some(strength) => Scalar::Int(strength),
                    None if strength => Scalar::Int(1),
                    None => Scalar::Bool(true),
                };
                let target = link.target.to_string();
                wanted.insert(Cell::link(section, item, key, &target), value);
                if let Some(note) = link.note {
                    wanted.insert(Cell::link_note(section, item, key, &target), Scalar::Str(note));
                }
            }
        } else {
            let targets: Vec<String> = self.list(value, "a list of keys, or null")?;
            let cells = targets.iter().map(|target| Cell::link(section, item, key, target));
            wanted.extend(cells.map(|cell| (cell, Scalar::Bool(true))));
        }
        Ok(wanted)
    }

    fn list<T: for<'de> Deserialize<'de>>(&self, value: &Value, form: &'static str) -> Result<Vec<T>, Unfit> {
        if value.as_array().is_none_or(|list| list.len() > LIST_MAX) {
            return self.form(form);
        }
        Vec::<T>::deserialize(value).or_else(|_| self.form(form))
    }

    fn prose(&self, value: &Value, new_id: &dyn Fn(u32) -> Uuid) -> Result<Vec<Edit>, Unfit> {
        let (section, item, key) = (self.target.section, self.target.item, self.field.key.as_ref());
        let paragraphs: Vec<Paragraph> = match value {
            Value::Null => Vec::new(),
            value => self.list(value, "a list of {\"id\", \"text\"}, or null")?,
        };
        let there = self.paragraphs();
        let mut kept = Vec::new();
        let mut edits = Vec::new();
        let mut rank = None;
        let mut made = 0;
        for paragraph in paragraphs {
            let id = paragraph.id.unwrap_or_else(|| {
                made += 1;
                new_id(made)
            });
            let cell = Cell::paragraph(section, item, key, ParagraphId(id));
            match (there.contains(&cell), paragraph.id) {
                (true, _) => edits.extend(self.change(&cell, &paragraph.text)),
                (false, None) => edits.push(Edit::MakeParagraph {
                    cell: cell.clone(),
                    text: paragraph.text,
                }),
                (false, Some(id)) => return Err(Unfit::NoParagraph(id)),
            }
            let next = rank_between(rank.as_deref(), None);
            edits.push(Edit::Put {
                cell: cell.with_suffix("rank"),
                value: Scalar::Str(next.clone()),
            });
            rank = Some(next);
            let deleted = cell.with_suffix("deleted");
            if self.table.value(&deleted).is_some() {
                edits.push(Edit::Clear { cell: deleted });
            }
            kept.push(cell);
        }
        let gone = there.iter().filter(|cell| !kept.contains(cell));
        edits.extend(gone.map(|cell| Edit::Put {
            cell: cell.with_suffix("deleted"),
            value: Scalar::Bool(true),
        }));
        Ok(edits)
    }

    /// The field's paragraphs, as text or as one value.
    fn paragraphs(&self) -> Vec<Cell> {
        let texts = self.table.paragraphs(self.target.section, self.target.item).into_iter();
        let values = self.cells().into_iter().filter(|cell| cell.key.split(':').count() == 2);
        texts
            .filter(|cell| cell.field_key() == self.field.key)
            .chain(values)
            .collect()
    }

    /// Only the words that differ are replaced: two people who write in one paragraph both keep theirs.
    fn change(&self, cell: &Cell, text: &str) -> Vec<Edit> {
        let Some(old) = self.table.text(cell) else {
            return vec![Edit::Put {
                cell: cell.clone(),
                value: Scalar::Str(text.to_owned()),
            }];
        };
        Edit::rewrite(cell, &old, text)
    }
}
