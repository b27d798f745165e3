//! What takes an own change back: a value where it is still mine, the characters that I typed where they still are,
//! what I deleted where it stood. What others wrote stays.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use automerge::ExpandedChange;
use automerge::legacy::{ObjectId, Op};
use domain::{ActorId, Cell, ItemId, Scalar, SectionId};

use super::Replica;
use super::mend::{Removed, mend};
use super::objects::{OpRef, op_of};
use super::read::actor_id;
use super::write::Writer;
use crate::edit::EditError;

/// What takes one change, or several of a burst, back.
#[derive(Debug, Clone, Default)]
pub struct Inverse {
    /// In the order of the edits; taken back from the end.
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    Value {
        cell: Cell,
        /// As it stood in the document: what is personal sealed.
        was: Option<Scalar>,
        /// The operation that won before my write.
        before: Option<OpRef>,
        /// The operation that won after my write; None when I cleared the cell.
        mine: Option<OpRef>,
    },
    Item {
        section: SectionId,
        item: ItemId,
        actor: ActorId,
    },
    Paragraph {
        cell: Cell,
    },
    Text {
        cell: Cell,
        /// The text that was written into: should another one stand there now, this step is void, for Automerge panics
        /// when asked for an element in another text.
        text: OpRef,
        /// The characters that I typed.
        inserted: BTreeSet<OpRef>,
        /// The text that I deleted.
        removed: Option<Removed>,
        /// Of the characters that I typed, those that stood before: their former names to their new ones.
        restored: BTreeMap<OpRef, OpRef>,
    },
}

/// Why an own change cannot be taken back. Nothing of it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UndoError {
    /// Someone has written there since.
    #[error("this has been changed since")]
    ChangedSince {
        /// Where.
        cell: Cell,
        /// Who; None when the cell was emptied, which leaves no name.
        by: Option<ActorId>,
    },
    /// The edits that would take it back cannot be made.
    #[error(transparent)]
    Edit(#[from] EditError),
}

impl Inverse {
    /// Whether there is nothing to take back.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The cells that it writes; of an item that goes, its `deleted`.
    pub fn cells(&self) -> impl Iterator<Item = Cell> {
        self.steps.iter().map(|step| match step {
            Step::Value { cell, .. } | Step::Paragraph { cell } | Step::Text { cell, .. } => cell.clone(),
            Step::Item { section, item, .. } => Cell::field(*section, *item, "deleted"),
        })
    }

    /// Takes a later change into the same step of undo.
    pub fn merge(&mut self, later: Self) {
        for step in later.steps {
            self.push(step);
        }
    }

    /// Another own change was taken back: where the value that this one wrote stood under what was `undone`, it now
    /// stands by an operation of the change that was `made` for it; so do the characters that came back.
    pub fn rename(&mut self, undone: &Self, made: &Self) {
        self.rename_values(undone, made);
        for names in made.steps.iter().filter_map(Step::restored) {
            self.rename_chars(names);
        }
    }

    fn rename_chars(&mut self, names: &BTreeMap<OpRef, OpRef>) {
        for step in &mut self.steps {
            if let Step::Text { inserted, removed, .. } = step {
                if inserted.iter().any(|op| names.contains_key(op)) {
                    *inserted = inserted.iter().map(|op| names.get(op).unwrap_or(op).clone()).collect();
                }
                if let Some(removed) = removed {
                    removed.rename(names);
                }
            }
        }
    }

    fn rename_values(&mut self, undone: &Self, made: &Self) {
        for step in &mut self.steps {
            if let Step::Value { cell, mine, .. } = step
                && let (Some((before, _)), Some((_, now))) = (undone.ops_at(cell), made.ops_at(cell))
                && mine == before
            {
                mine.clone_from(now);
            }
        }
    }

    /// The operations that won at a cell before and after.
    fn ops_at(&self, at: &Cell) -> Option<(&Option<OpRef>, &Option<OpRef>)> {
        self.steps.iter().find_map(|step| match step {
            Step::Value { cell, before, mine, .. } if cell == at => Some((before, mine)),
            _ => None,
        })
    }

    /// Of several writes of one cell only the first value before and the last operation after count.
    fn push(&mut self, step: Step) {
        if let Step::Value { cell, mine, .. } = &step {
            for earlier in &mut self.steps {
                match earlier {
                    Step::Value { cell: of, mine: op, .. } if of == cell => {
                        op.clone_from(mine);
                        return;
                    }
                    _ => {}
                }
            }
        }
        self.steps.push(step);
    }

    /// Whether everything that would be taken back is still mine.
    pub(super) fn check(&self, replica: &Replica) -> Result<(), UndoError> {
        for step in &self.steps {
            match step {
                Step::Value { cell, mine, .. } => {
                    let now = replica.winning_op(cell);
                    if now != *mine {
                        let by = now.and_then(|(_, actor)| actor_id(&actor));
                        return Err(UndoError::ChangedSince { cell: cell.clone(), by });
                    }
                }
                Step::Item { section, item, actor } => {
                    if let Some((cell, by)) = written_by_another(replica, *section, *item, *actor) {
                        return Err(UndoError::ChangedSince { cell, by: Some(by) });
                    }
                }
                Step::Paragraph { .. } | Step::Text { .. } => {}
            }
        }
        Ok(())
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) -> Result<(), EditError> {
        let mut mended = BTreeSet::new();
        for step in self.steps.iter().rev() {
            match step {
                Step::Value { cell, was, .. } => {
                    let was = was.as_ref().map(|was| writer.words(cell, was)).transpose()?;
                    writer.set(cell, was.as_ref())?;
                }
                Step::Item { section, item, .. } => {
                    writer.set(&Cell::field(*section, *item, "deleted"), Some(&Scalar::Bool(true)))?;
                }
                Step::Paragraph { cell } => {
                    if writer.text(cell)?.is_empty() {
                        writer.set(&cell.with_suffix("deleted"), Some(&Scalar::Bool(true)))?;
                    }
                }
                // All that was done to a text goes at once: one after the other, what was typed and deleted would come
                // back and go again.
                Step::Text { cell, text, .. } if mended.insert(text) => self.write_text(writer, cell, text)?,
                Step::Text { .. } => {}
            }
        }
        Ok(())
    }

    fn write_text(&self, writer: &mut Writer<'_>, cell: &Cell, text: &OpRef) -> Result<(), EditError> {
        let object = writer.text_of(cell)?.clone();
        if op_of(&object).as_ref() != Some(text) {
            return Ok(());
        }
        let mut typed = BTreeSet::new();
        let mut deleted = Vec::new();
        for step in self.steps.iter().rev() {
            match step {
                Step::Text {
                    text: of,
                    inserted,
                    removed,
                    ..
                } if of == text => {
                    typed.extend(inserted.iter().cloned());
                    deleted.extend(removed);
                }
                _ => {}
            }
        }
        mend(writer, cell, &object, &typed, &deleted)
    }
}

impl Step {
    fn restored(&self) -> Option<&BTreeMap<OpRef, OpRef>> {
        match self {
            Self::Text { restored, .. } if !restored.is_empty() => Some(restored),
            _ => None,
        }
    }
}

/// A cell of the item that someone else wrote.
fn written_by_another(replica: &Replica, section: SectionId, item: ItemId, actor: ActorId) -> Option<(Cell, ActorId)> {
    let cells = replica.cells(section, item).into_iter().map(|(cell, _)| cell);
    cells
        .filter_map(|cell| {
            let (_, by) = replica.stored_values(&cell).into_iter().next()?;
            Some((cell, by))
        })
        .find(|(_, by)| *by != actor)
}

/// An inverse in the making: operations have their names only after the commit.
#[derive(Debug, Default)]
pub(super) struct Draft {
    notes: Vec<Note>,
}

#[derive(Debug)]
enum Note {
    Value(Cell, Option<(Scalar, OpRef)>),
    Item(SectionId, ItemId),
    Paragraph(Cell),
    Text {
        cell: Cell,
        removed: Option<Removed>,
        /// How many characters were inserted.
        chars: usize,
        /// The names that they had when they stood before; empty when they did not.
        names: Vec<OpRef>,
    },
}

impl Draft {
    pub(super) fn made_item(&mut self, section: SectionId, item: ItemId) {
        self.notes.push(Note::Item(section, item));
    }

    pub(super) fn set(&mut self, cell: &Cell, was: Option<(Scalar, OpRef)>) {
        self.notes.push(Note::Value(cell.clone(), was));
    }

    pub(super) fn made_paragraph(&mut self, cell: &Cell) {
        self.notes.push(Note::Paragraph(cell.clone()));
    }

    pub(super) fn spliced(&mut self, cell: &Cell, removed: Option<Removed>, insert: &str, names: Vec<OpRef>) {
        self.notes.push(Note::Text {
            cell: cell.clone(),
            removed,
            chars: insert.chars().count(),
            names,
        });
    }

    /// The inverse of the change that was committed. Its inserts stand in it in the order of the edits.
    pub(super) fn finish(self, replica: &Replica, change: &ExpandedChange) -> Inverse {
        let mut typed = inserts(change);
        let mut inverse = Inverse::default();
        for note in self.notes {
            inverse.push(match note {
                Note::Value(cell, was) => {
                    let (was, before) = was.unzip();
                    Step::Value {
                        mine: replica.winning_op(&cell),
                        cell,
                        was,
                        before,
                    }
                }
                Note::Item(section, item) => Step::Item {
                    section,
                    item,
                    actor: actor_id(&change.actor_id).expect("actors here have 16 bytes"),
                },
                Note::Paragraph(cell) => Step::Paragraph { cell },
                Note::Text {
                    cell,
                    removed,
                    chars,
                    names,
                } => {
                    let Some(text) = replica.objects.text(&cell).and_then(op_of) else {
                        continue;
                    };
                    // Empty when another text stands there by now: then nothing of this step is there to take back.
                    let ops: Vec<OpRef> = typed
                        .get_mut(&text)
                        .map(|ops| ops.drain(..chars.min(ops.len())).collect())
                        .unwrap_or_default();
                    Step::Text {
                        cell,
                        text,
                        restored: names.into_iter().zip(ops.iter().cloned()).collect(),
                        inserted: ops.into_iter().collect(),
                        removed,
                    }
                }
            });
        }
        inverse
    }
}

/// The inserts of a change, by text, in order.
fn inserts(change: &ExpandedChange) -> BTreeMap<OpRef, VecDeque<OpRef>> {
    let mut typed: BTreeMap<OpRef, VecDeque<OpRef>> = BTreeMap::new();
    let numbered = (change.start_op.get()..).zip(&change.operations);
    for (counter, Op { obj, .. }) in numbered.filter(|(_, op)| op.insert) {
        if let ObjectId::Id(text) = obj {
            typed
                .entry((text.0, text.1.clone()))
                .or_default()
                .push_back((counter, change.actor_id.clone()));
        }
    }
    typed
}
