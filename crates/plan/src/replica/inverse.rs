//! What takes an own change back: a value where it is still mine, the characters that I typed where they still are,
//! what I deleted where it stood. What others wrote stays.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use automerge::legacy::{ObjectId, Op};
use automerge::{Cursor, ExpandedChange, ObjId, ReadDoc, ScalarValueRef, ValueRef};
use domain::{ActorId, Cell, ItemId, Scalar, SectionId};

use super::Replica;
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
        /// Where text stood that I deleted, and that text.
        removed: Option<(Cursor, String)>,
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

    /// Takes a later change into the same step of undo.
    pub fn merge(&mut self, later: Self) {
        for step in later.steps {
            self.push(step);
        }
    }

    /// Another own change was taken back: where the value that this one wrote stood under what was `undone`, it now
    /// stands by an operation of the change that was `made` for it.
    pub fn rename(&mut self, undone: &Self, made: &Self) {
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
        for step in self.steps.iter().rev() {
            match step {
                Step::Value { cell, was, .. } => writer.set(cell, was.as_ref())?,
                Step::Item { section, item, .. } => {
                    writer.set(&Cell::field(*section, *item, "deleted"), Some(&Scalar::Bool(true)))?;
                }
                Step::Paragraph { cell } => {
                    if writer.text(cell)?.is_empty() {
                        writer.set(&cell.with_suffix("deleted"), Some(&Scalar::Bool(true)))?;
                    }
                }
                Step::Text {
                    cell,
                    text,
                    inserted,
                    removed,
                } => {
                    let object = writer.text_of(cell)?.clone();
                    if op_of(&object).as_ref() == Some(text) {
                        write_text(writer, cell, &object, inserted, removed.as_ref())?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// A cell of the item that someone else wrote.
fn written_by_another(replica: &Replica, section: SectionId, item: ItemId, actor: ActorId) -> Option<(Cell, ActorId)> {
    let cells = replica.cells(section, item).into_iter().map(|(cell, _)| cell);
    cells
        .filter_map(|cell| {
            let (_, by) = replica.values(&cell).into_iter().next()?;
            Some((cell, by))
        })
        .find(|(_, by)| *by != actor)
}

fn write_text(
    writer: &mut Writer<'_>,
    cell: &Cell,
    object: &ObjId,
    inserted: &BTreeSet<OpRef>,
    removed: Option<&(Cursor, String)>,
) -> Result<(), EditError> {
    // From the end, so that the places of the earlier runs stay.
    for (at, len) in runs(writer.tx(), object, inserted).into_iter().rev() {
        writer.splice(cell, at, len, "")?;
    }
    if let Some((cursor, text)) = removed {
        let at = writer.tx().get_cursor_position(object, cursor, None)?;
        writer.splice(cell, u32::try_from(at).unwrap_or(u32::MAX), 0, text)?;
    }
    Ok(())
}

/// Where those of the characters are that still stand, as runs of UTF-16 position and length.
fn runs(doc: &impl ReadDoc, text: &ObjId, chars: &BTreeSet<OpRef>) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    let mut at = 0;
    for item in doc.list_range(text, ..) {
        let width = match &item.value {
            ValueRef::Scalar(ScalarValueRef::Str(char)) => u32::try_from(char.encode_utf16().count()).unwrap_or(0),
            _ => 0,
        };
        if op_of(&item.id()).is_some_and(|op| chars.contains(&op)) {
            match runs.last_mut() {
                Some((from, len)) if *from + *len == at => *len += width,
                _ => runs.push((at, width)),
            }
        }
        at += width;
    }
    runs
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
    Text(Cell, Option<(Cursor, String)>, usize),
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

    pub(super) fn spliced(&mut self, cell: &Cell, removed: Option<(Cursor, String)>, insert: &str) {
        self.notes
            .push(Note::Text(cell.clone(), removed, insert.chars().count()));
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
                Note::Text(cell, removed, chars) => {
                    let Some(text) = replica.objects.text(&cell).and_then(op_of) else {
                        continue;
                    };
                    // Empty when another text stands there by now: then nothing of this step is there to take back.
                    let ops = typed
                        .get_mut(&text)
                        .map(|ops| ops.drain(..chars.min(ops.len())).collect());
                    Step::Text {
                        cell,
                        text,
                        inserted: ops.unwrap_or_default(),
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
