//! Puts text that was deleted back where it stood, in the order in which it stood, and takes typed text away.
//!
//! Automerge has no way to make a deleted character stand again: what comes back are new characters with new names. The
//! place of a deleted run is told by the characters that stood next to it; by the deleted ones only where those are gone
//! as well, since a run that came back stands beside its own remains and not in order with those of others.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{AutomergeError, Cursor, ObjId, ReadDoc, ScalarValueRef, ValueRef};
use domain::Cell;

use super::objects::{OpRef, op_of};
use super::write::Writer;
use crate::edit::EditError;

/// A run of text that was deleted, and where it stood.
#[derive(Debug, Clone)]
pub(super) struct Removed {
    chars: Vec<(OpRef, char)>,
    /// What stood before it; None at the start of the text.
    before: Option<OpRef>,
    /// What stood after it; None at the end of the text.
    after: Option<OpRef>,
    /// The place of its first character, which Automerge keeps.
    place: Cursor,
}

impl Removed {
    /// The run of this UTF-16 position and length, before it is deleted; None when it is empty.
    pub(super) fn of(doc: &impl ReadDoc, text: &ObjId, at: usize, len: usize) -> Result<Option<Self>, AutomergeError> {
        if len == 0 {
            return Ok(None);
        }
        let mut removed = Self {
            chars: Vec::new(),
            before: None,
            after: None,
            place: doc.get_cursor(text, at, None)?,
        };
        let mut here = 0;
        for (op, char) in chars(doc, text) {
            if here >= at.saturating_add(len) {
                removed.after = Some(op);
                break;
            }
            if here < at {
                removed.before = Some(op);
            } else {
                removed.chars.push((op, char));
            }
            here += char.len_utf16();
        }
        Ok(Some(removed))
    }

    /// The characters next to it came back under other names.
    pub(super) fn rename(&mut self, names: &BTreeMap<OpRef, OpRef>) {
        for next in [&mut self.before, &mut self.after].into_iter().flatten() {
            if let Some(now) = names.get(next) {
                next.clone_from(now);
            }
        }
    }
}

/// Takes away what was `inserted` and still stands, and brings back what was `removed`, given from the last to the
/// first. What was both comes neither back nor goes.
pub(super) fn mend(
    writer: &mut Writer<'_>,
    cell: &Cell,
    text: &ObjId,
    inserted: &BTreeSet<OpRef>,
    removed: &[&Removed],
) -> Result<(), EditError> {
    let mut model = Model::of(writer.tx(), text);
    for run in removed {
        model.put_back(writer.tx(), text, run)?;
    }
    // From the end, so that the earlier places stay; the deletions first, so that the text is never too long.
    for (at, len) in model.going(inserted).into_iter().rev() {
        writer.splice(cell, at, len, "")?;
    }
    for (at, chars) in model.coming(inserted).into_iter().rev() {
        let (names, text): (Vec<OpRef>, String) = chars.into_iter().unzip();
        writer.restore(cell, at, &text, names)?;
    }
    Ok(())
}

/// A text as it stands, with the characters that come back among those that stand.
struct Model {
    slots: Vec<Slot>,
}

#[derive(Debug, Clone)]
struct Slot {
    op: OpRef,
    char: char,
    stands: bool,
}

impl Model {
    fn of(doc: &impl ReadDoc, text: &ObjId) -> Self {
        let slots = chars(doc, text).map(|(op, char)| Slot { op, char, stands: true });
        Self { slots: slots.collect() }
    }

    fn put_back(&mut self, doc: &impl ReadDoc, text: &ObjId, run: &Removed) -> Result<(), AutomergeError> {
        let index_of = |op: &OpRef| self.slots.iter().position(|slot| slot.op == *op);
        let least = run.before.as_ref().map_or(Some(0), |op| Some(index_of(op)? + 1));
        let most = run.after.as_ref().map_or(Some(self.slots.len()), index_of);
        let index = match (least, most) {
            (Some(least), Some(most)) if least == most => least,
            // Others wrote there, or deleted what stood next to it.
            _ => {
                let own = self.index_at(doc.get_cursor_position(text, &run.place, None)?);
                own.max(least.unwrap_or(0)).min(most.unwrap_or(self.slots.len()))
            }
        };
        let back = run.chars.iter().map(|(op, char)| Slot {
            op: op.clone(),
            char: *char,
            stands: false,
        });
        self.slots.splice(index..index, back);
        Ok(())
    }

    /// The index of the character that stands at a UTF-16 position.
    fn index_at(&self, at: usize) -> usize {
        let mut here = 0;
        for (index, slot) in self.slots.iter().enumerate().filter(|(_, slot)| slot.stands) {
            if here >= at {
                return index;
            }
            here += slot.char.len_utf16();
        }
        self.slots.len()
    }

    /// What goes of what stands, as runs of UTF-16 position and length.
    fn going(&self, inserted: &BTreeSet<OpRef>) -> Vec<(u32, u32)> {
        let mut runs: Vec<(u32, u32)> = Vec::new();
        let mut at = 0;
        for slot in self.slots.iter().filter(|slot| slot.stands) {
            let width = width(slot.char);
            if inserted.contains(&slot.op) {
                match runs.last_mut() {
                    Some((from, len)) if *from + *len == at => *len += width,
                    _ => runs.push((at, width)),
                }
            }
            at += width;
        }
        runs
    }

    /// What comes back, as runs at their UTF-16 position in what is left of the text.
    fn coming(&self, inserted: &BTreeSet<OpRef>) -> Vec<(u32, Vec<(OpRef, char)>)> {
        let mut runs: Vec<(u32, Vec<(OpRef, char)>)> = Vec::new();
        let mut at = 0;
        for slot in self.slots.iter().filter(|slot| !inserted.contains(&slot.op)) {
            if slot.stands {
                at += width(slot.char);
                continue;
            }
            let char = (slot.op.clone(), slot.char);
            match runs.last_mut() {
                Some((from, chars)) if *from == at => chars.push(char),
                _ => runs.push((at, vec![char])),
            }
        }
        runs
    }
}

/// The characters that stand in a text, with their names.
fn chars<'a>(doc: &'a impl ReadDoc, text: &ObjId) -> impl Iterator<Item = (OpRef, char)> + 'a {
    doc.list_range(text, ..).flat_map(|item| {
        let chars: Vec<char> = match &item.value {
            ValueRef::Scalar(ScalarValueRef::Str(string)) => string.chars().collect(),
            _ => Vec::new(),
        };
        let op = op_of(&item.id());
        chars.into_iter().filter_map(move |char| Some((op.clone()?, char)))
    })
}

fn width(char: char) -> u32 {
    if u32::from(char) > 0xFFFF { 2 } else { 1 }
}
