//! A cell, a field or an item as it was: new edits of the person who asks, through the same admission as any other.
//!
//! What is written is decided in the plan's room, in view of what stands there then: nobody's typing comes between.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::{Author, Cell, ItemId, ParagraphId, Part, PlanId, Scalar, SectionId};
use plan::{Edit, Table};
use reports::{Held, PlanState};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::copy::server_actor;
use crate::rooms::{Rooms, SubmitFailure};
use crate::sight::{Eyes, is_sealed};

/// Cells of one change. A paragraph is a change of its own: it may be two thousand characters.
const CELLS_MAX: usize = 100;

/// What is to be as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// One cell.
    Cell(Cell),
    /// All cells of a field: its links, its paragraphs.
    Field(FieldOf),
    /// All that a person may write of an item, but its place among others.
    Item(ItemOf),
}

/// A field of an item.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldOf {
    /// The item's section.
    #[schema(value_type = String, example = "opportunities")]
    pub section: SectionId,
    /// The item.
    #[schema(value_type = Uuid)]
    pub item: ItemId,
    /// The schema's field.
    pub field: String,
}

/// An item.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemOf {
    /// Its section.
    #[schema(value_type = String, example = "opportunities")]
    pub section: SectionId,
    /// Which.
    #[schema(value_type = Uuid)]
    pub item: ItemId,
}

/// What became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restored {
    /// How many cells were written.
    pub cells: usize,
    /// What stays as it is, because the person may not write it.
    pub kept: Vec<Cell>,
}

impl Target {
    /// The item that it is about.
    pub const fn item(&self) -> (SectionId, ItemId) {
        match self {
            Self::Cell(cell) => (cell.section, cell.item),
            Self::Field(of) => (of.section, of.item),
            Self::Item(of) => (of.section, of.item),
        }
    }

    fn covers(&self, cell: &Cell) -> bool {
        match self {
            Self::Cell(wanted) => wanted == cell,
            Self::Field(of) => cell.field_key() == of.field,
            // Where it stands in the list is not what it says.
            Self::Item(_) => cell.part != Part::Fields || cell.key != "rank",
        }
    }
}

/// What the target held at the moment of a state; nothing, if its item was not there.
pub fn held_then(state: &PlanState, target: &Target) -> Option<BTreeMap<Cell, Held>> {
    let (section, item) = target.item();
    let was = state.item(section, item)?;
    let cells = was.cells().map(|(part, key, held)| {
        let key = key.to_owned();
        (
            Cell {
                section,
                item,
                part,
                key,
            },
            held.clone(),
        )
    });
    Some(cells.filter(|(cell, _)| target.covers(cell)).collect())
}

/// Writes what was held then; returns when it is on disk.
pub async fn restore(
    rooms: &Rooms,
    eyes: &Eyes,
    plan: PlanId,
    author: Author,
    target: Target,
    then: BTreeMap<Cell, Held>,
) -> Result<Restored, SubmitFailure> {
    let (target, then) = (Arc::new(target), Arc::new(then));
    let look = {
        let (target, then) = (Arc::clone(&target), Arc::clone(&then));
        move |table: &Table| cells_to_look_at(table, &target, &then)
    };
    let cells = rooms.look(plan, look).await.ok_or(SubmitFailure::Unavailable)?;
    let mut restored = Restored::default();
    for cells in in_changes(cells) {
        let (eyes, target, then) = (eyes.clone(), Arc::clone(&target), Arc::clone(&then));
        let propose = move |table: &Table| {
            let (edits, kept) = edits(table, &eyes, author, &target, &cells, &then);
            let written: BTreeSet<Cell> = edits.iter().map(Edit::cell).collect();
            Ok::<_, std::convert::Infallible>((edits, (written.len(), kept)))
        };
        let actor = server_actor(plan, author.person);
        let done = rooms.propose(plan, author.person, actor, propose).await?;
        let (written, kept) = done.unwrap_or_else(|never| match never {});
        restored.cells += written;
        restored.kept.extend(kept);
    }
    Ok(restored)
}

/// The cells that hold something now or did then.
fn cells_to_look_at(table: &Table, target: &Target, then: &BTreeMap<Cell, Held>) -> BTreeSet<Cell> {
    let (section, item) = target.item();
    let now = table.cells(section, item).into_iter().map(|(cell, _)| cell);
    let all = now.chain(table.paragraphs(section, item)).chain(then.keys().cloned());
    all.filter(|cell| target.covers(cell)).collect()
}

/// Cells by the changes in which they are written.
fn in_changes(cells: BTreeSet<Cell>) -> Vec<Vec<Cell>> {
    let (texts, scalars): (Vec<Cell>, Vec<Cell>) = cells.into_iter().partition(is_paragraph);
    let scalars = scalars.chunks(CELLS_MAX).map(<[Cell]>::to_vec);
    // Paragraphs first: where one did not exist then, its being deleted is written with it.
    texts.into_iter().map(|text| vec![text]).chain(scalars).collect()
}

fn is_paragraph(cell: &Cell) -> bool {
    cell.part == Part::Prose && cell.key.split(':').count() == 2
}

/// The edits that bring cells back, and the cells that the author may not write.
fn edits(
    table: &Table,
    eyes: &Eyes,
    author: Author,
    target: &Target,
    cells: &[Cell],
    then: &BTreeMap<Cell, Held>,
) -> (Vec<Edit>, Vec<Cell>) {
    let (mut edits, mut kept) = (Vec::new(), Vec::new());
    for cell in cells {
        let back = if is_paragraph(cell) {
            text_edits(table, eyes, cell, then.get(cell))
        } else if is_of_newer_paragraph(table, cell, then) {
            Vec::new()
        } else {
            let edit = scalar_edit(table, eyes, cell, then.get(cell).and_then(Held::value));
            edit.into_iter().collect()
        };
        // What was said then and cannot be read any more cannot be said again.
        let is_lost = |edit: &Edit| matches!(edit, Edit::Put { value, .. } if is_sealed(value));
        // One cell alone is written or refused; of several, the rest is brought back.
        let is_asked =
            |edit| matches!(target, Target::Cell(_)) || relay::check_edit(eyes.schema(), author, edit).is_ok();
        if back.iter().all(|edit| is_asked(edit) && !is_lost(edit)) {
            edits.extend(back);
        } else {
            kept.push(cell.clone());
        }
    }
    (edits, kept)
}

/// Whether a cell belongs to a paragraph that was not there then: that one is deleted as a whole.
fn is_of_newer_paragraph(table: &Table, cell: &Cell, then: &BTreeMap<Cell, Held>) -> bool {
    let Some(text) = text_of(cell) else { return false };
    let of_then = then.keys().any(|other| text_of(other).as_ref() == Some(&text));
    !of_then && !then.contains_key(&text) && table.text(&text).is_some()
}

/// The text that a paragraph's rank or deletion belongs to.
fn text_of(cell: &Cell) -> Option<Cell> {
    let mut words = cell.key.split(':');
    let (field, paragraph) = (words.next()?, words.next()?);
    words.next().filter(|_| cell.part == Part::Prose)?;
    let paragraph: ParagraphId = paragraph.parse().ok()?;
    Some(Cell::paragraph(cell.section, cell.item, field, paragraph))
}

fn scalar_edit(table: &Table, eyes: &Eyes, cell: &Cell, then: Option<&Scalar>) -> Option<Edit> {
    let now = table.values(cell);
    match then {
        Some(value) if now.len() == 1 && now.iter().all(|now| eyes.value(cell, now) == *value) => None,
        Some(value) => Some(Edit::Put {
            cell: cell.clone(),
            value: value.clone(),
        }),
        None if now.is_empty() => None,
        None => Some(Edit::Clear { cell: cell.clone() }),
    }
}

/// A paragraph's text goes from what it is to what it was, by the words in which they differ.
fn text_edits(table: &Table, eyes: &Eyes, cell: &Cell, then: Option<&Held>) -> Vec<Edit> {
    let Some(now) = table.text(cell) else {
        // Kept under seal: one value.
        let edit = scalar_edit(table, eyes, cell, then.and_then(Held::value));
        return edit.into_iter().collect();
    };
    let Some(then) = then.and_then(Held::text) else {
        let deleted = cell.with_suffix("deleted");
        let edit = scalar_edit(table, eyes, &deleted, Some(&Scalar::Bool(true)));
        return edit.into_iter().collect();
    };
    Edit::rewrite(cell, &now, then)
}
