//! Authoring a change from the table alone: what Automerge itself would write, byte for byte, without a document.
//!
//! So a write over HTTP, an import or a copy of a plan loads no document.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::schema::PARAGRAPH_CHARS_MAX;
use domain::{ActorId, Cell, ChangeHash, ItemId, Part, Scalar, SectionId, Seq, TimestampMs};

use super::Table;
use super::keys::Held;
use super::stream::{Past, Stream};
use super::texts::units;
use crate::change::{Action, Content, Object, Op, OpName, Place, encode};
use crate::edit::{Edit, EditError, spliced};
use crate::precheck::{Limits, TIME_MS_MAX};
use crate::seal::{Keyring, Salt, SealError};

/// A change made from the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authored {
    /// The change.
    pub bytes: Bytes,
    /// Its hash.
    pub hash: ChangeHash,
    /// The position that it follows.
    pub base: Seq,
}

impl Table {
    /// Makes a change of these edits on top of everything that the table knows. Nothing, if they change nothing.
    ///
    /// The change still has to be admitted: the schema and the limits are asked there.
    pub fn author(&self, actor: ActorId, now: TimestampMs, edits: &[Edit]) -> Result<Option<Authored>, EditError> {
        self.author_sealed(&Keyring::default(), actor, now, edits)
    }

    /// The same, with what is personal sealed.
    pub fn author_sealed(
        &self,
        keyring: &Keyring,
        actor: ActorId,
        now: TimestampMs,
        edits: &[Edit],
    ) -> Result<Option<Authored>, EditError> {
        let past = Past {
            base: Stream::number(self.stream.changes.len()),
            actor: self.stream.actor(&actor),
        };
        let start_op = self.stream.start_op(past).ok_or(EditError::TooMany(edits.len()))?;
        let mut draft = Draft::new(self, keyring, actor, now, start_op);
        for edit in edits {
            draft.edit(edit)?;
            if draft.ops.len() as u64 > Limits::default().ops_max {
                return Err(EditError::TooMany(edits.len()));
            }
        }
        if draft.ops.is_empty() {
            return Ok(None);
        }
        let (bytes, hash) = encode(&Content {
            actor,
            seq: self.owner_changes(&actor) + 1,
            start_op,
            time: now.0.clamp(0, TIME_MS_MAX),
            deps: self.stream.deps(past),
            ops: draft.ops,
        });
        let base = self.last();
        Ok(Some(Authored { bytes, hash, base }))
    }

    /// What made the map or text at a key, and its number's bearer.
    fn made_at(&self, map: u32, key: &str) -> Option<(OpName, &Held)> {
        let live = &self.keys.key(self.keys.find(map, key)?).live;
        let object = live.iter().find(|(_, held)| !matches!(held, Held::Value(_)));
        object.map(|(op, held)| (self.stream.name(*op), held))
    }

    fn section_object(&self, section: SectionId) -> Option<OpName> {
        self.made_at(super::keys::ROOT, section.as_str()).map(|(name, _)| name)
    }

    fn item_objects(&self, section: SectionId, item: ItemId) -> Option<ItemObjects> {
        let (fields, _) = self.made_at(self.keys.section(section)?, &item.to_string())?;
        let map = self.keys.part(section, item, Part::Fields)?;
        let mut objects = ItemObjects {
            fields,
            parts: [fields; 3],
        };
        for (object, part) in objects.parts.iter_mut().zip(Part::MAPS) {
            *object = self.made_at(map, part.map_key()?)?.0;
        }
        Some(objects)
    }

    fn live_values(&self, cell: &Cell) -> Vec<(OpName, Scalar)> {
        let live = self.keys.of_cell(cell).map_or(&[][..], |key| &self.keys.key(key).live);
        let mut values: Vec<_> = live
            .iter()
            .filter_map(|(op, held)| match held {
                Held::Value(value) => Some((self.stream.name(*op), value.clone())),
                Held::Map(_) | Held::Text(_) => None,
            })
            .collect();
        values.sort_unstable();
        values
    }

    fn draft_text(&self, cell: &Cell) -> Option<DraftText> {
        let map = self.keys.part(cell.section, cell.item, cell.part)?;
        let (object, Held::Text(text)) = self.made_at(map, &cell.key)? else {
            return None;
        };
        let elements = &self.texts[*text as usize].elements;
        let alive = elements.iter().filter(|element| !element.deleted);
        Some(DraftText {
            object,
            chars: alive
                .map(|element| (self.stream.name(element.op), element.char))
                .collect(),
        })
    }
}

/// The maps of an item, by what made them.
#[derive(Debug, Clone, Copy)]
struct ItemObjects {
    fields: OpName,
    /// In the order of [`Part::MAPS`].
    parts: [OpName; 3],
}

impl ItemObjects {
    fn part(&self, part: Part) -> OpName {
        let at = Part::MAPS.iter().position(|map| *map == part);
        at.map_or(self.fields, |at| self.parts[at])
    }
}

/// A paragraph as it is in the draft: the living characters and what inserted them.
#[derive(Debug)]
struct DraftText {
    object: OpName,
    chars: Vec<(OpName, char)>,
}

impl DraftText {
    /// The index of the character that begins at a UTF-16 position.
    fn index(&self, position: u32) -> Option<usize> {
        let mut left = position;
        for (index, (_, char)) in self.chars.iter().enumerate() {
            if left == 0 {
                return Some(index);
            }
            left = left.checked_sub(units(*char))?;
        }
        (left == 0).then_some(self.chars.len())
    }
}

/// A change under way: its operations, and the content as it is after them.
struct Draft<'t> {
    table: &'t Table,
    keyring: &'t Keyring,
    actor: ActorId,
    now: TimestampMs,
    start_op: u32,
    ops: Vec<Op>,
    items: BTreeMap<(SectionId, ItemId), ItemObjects>,
    values: BTreeMap<Cell, Vec<(OpName, Scalar)>>,
    texts: BTreeMap<Cell, DraftText>,
}

impl<'t> Draft<'t> {
    fn new(table: &'t Table, keyring: &'t Keyring, actor: ActorId, now: TimestampMs, start_op: u32) -> Self {
        Self {
            table,
            keyring,
            actor,
            now,
            start_op,
            ops: Vec::new(),
            items: BTreeMap::new(),
            values: BTreeMap::new(),
            texts: BTreeMap::new(),
        }
    }

    fn edit(&mut self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::MakeItem { section, item, fields } => self.make_item(*section, *item, fields),
            Edit::Put { cell, value } => self.put(cell, value),
            Edit::Clear { cell } => self.clear(cell),
            Edit::MakeParagraph { cell, text } => self.make_paragraph(cell, text),
            Edit::Splice {
                cell,
                at,
                delete,
                insert,
            } => self.splice(cell, *at, *delete, insert),
        }
    }

    fn push(&mut self, object: OpName, place: Place, action: Action, preds: Vec<OpName>) -> OpName {
        let name = OpName {
            // Bounded: `Table::author` stops at the limit of operations, far below the counters' end.
            counter: self.start_op.saturating_add(Stream::number(self.ops.len())),
            actor: self.actor,
        };
        let insert = matches!((&place, &action), (Place::Head | Place::Element(_), Action::Put(_)));
        self.ops.push(Op {
            object: Object::Made(object),
            place,
            insert,
            action,
            preds,
        });
        name
    }

    fn make(&mut self, object: OpName, key: &str, action: Action) -> OpName {
        self.push(object, Place::Key(key.to_owned()), action, Vec::new())
    }

    fn item(&self, section: SectionId, item: ItemId) -> Option<ItemObjects> {
        let new = self.items.get(&(section, item)).copied();
        new.or_else(|| self.table.item_objects(section, item))
    }

    fn object(&self, cell: &Cell) -> Result<OpName, EditError> {
        let item = self.item(cell.section, cell.item);
        let item = item.ok_or(EditError::NoItem(cell.section, cell.item))?;
        Ok(item.part(cell.part))
    }

    fn make_item(&mut self, section: SectionId, item: ItemId, fields: &[(String, Scalar)]) -> Result<(), EditError> {
        if self.item(section, item).is_some() {
            return Err(EditError::ItemExists(section, item));
        }
        self.keyring.check_item(section, item)?;
        let parent = self.table.section_object(section).ok_or(EditError::NotReady)?;
        let map = self.make(parent, &item.to_string(), Action::MakeMap);
        let parts = Part::MAPS.map(|part| self.make(map, part.map_key().unwrap_or_default(), Action::MakeMap));
        self.items.insert((section, item), ItemObjects { fields: map, parts });
        for (field, value) in fields {
            self.put(&Cell::field(section, item, field), value)?;
        }
        Ok(())
    }

    fn take_values(&mut self, cell: &Cell) -> Vec<(OpName, Scalar)> {
        let drafted = self.values.remove(cell);
        drafted.unwrap_or_else(|| self.table.live_values(cell))
    }

    fn put(&mut self, cell: &Cell, words: &Scalar) -> Result<(), EditError> {
        let object = self.object(cell)?;
        let mut values = self.take_values(cell);
        let salt = Salt {
            actor: self.actor,
            at: self.now,
            number: self.ops.len(),
        };
        let there = values.last().map(|(_, winner)| winner);
        let value = &self.keyring.close_over(cell, there, words, salt)?;
        let place = Place::Key(cell.key.clone());
        if values.last().is_some_and(|(_, winner)| winner == value) {
            // The winner has this value already: it stays, and what stands beside it goes.
            let winner = values.split_off(values.len() - 1);
            if !values.is_empty() {
                self.push(object, place, Action::Delete, names(&values));
            }
            self.values.insert(cell.clone(), winner);
            return Ok(());
        }
        let name = self.push(object, place, Action::Put(value.clone()), names(&values));
        self.values.insert(cell.clone(), vec![(name, value.clone())]);
        Ok(())
    }

    fn clear(&mut self, cell: &Cell) -> Result<(), EditError> {
        let object = self.object(cell)?;
        let values = self.take_values(cell);
        if !values.is_empty() {
            self.push(object, Place::Key(cell.key.clone()), Action::Delete, names(&values));
        }
        self.values.insert(cell.clone(), Vec::new());
        Ok(())
    }

    fn make_paragraph(&mut self, cell: &Cell, text: &str) -> Result<(), EditError> {
        if cell.part != Part::Prose {
            return Err(EditError::NoParagraph(cell.clone()));
        }
        if self.text(cell).is_ok() || self.sealed_text(cell).is_some() {
            return Err(EditError::ParagraphExists(cell.clone()));
        }
        if self.keyring.seal_of(cell).is_some() {
            return self.put(cell, &text.into());
        }
        let map = self.object(cell)?;
        let object = self.make(map, &cell.key, Action::MakeText);
        let chars = Vec::new();
        self.texts.insert(cell.clone(), DraftText { object, chars });
        self.splice(cell, 0, 0, text)
    }

    /// The paragraph, brought into the draft.
    fn text(&mut self, cell: &Cell) -> Result<&mut DraftText, EditError> {
        if !self.texts.contains_key(cell) {
            let text = self.table.draft_text(cell);
            let text = text.ok_or_else(|| EditError::NoParagraph(cell.clone()))?;
            self.texts.insert(cell.clone(), text);
        }
        self.texts
            .get_mut(cell)
            .ok_or_else(|| EditError::NoParagraph(cell.clone()))
    }

    /// The words of a paragraph that is sealed.
    fn sealed_text(&self, cell: &Cell) -> Option<String> {
        self.keyring.seal_of(cell)?;
        let values = self.values.get(cell).cloned();
        let (_, value) = values.unwrap_or_else(|| self.table.live_values(cell)).pop()?;
        match self.keyring.open(cell, &value).plain()? {
            Scalar::Str(text) => Some(text),
            Scalar::Int(_) | Scalar::Bool(_) => None,
        }
    }

    /// Inserts come first, then deletes, as Automerge writes them.
    fn splice(&mut self, cell: &Cell, at: u32, delete: u32, insert: &str) -> Result<(), EditError> {
        if self.keyring.seal_of(cell).is_some() {
            if self.text(cell).is_ok() {
                return Err(SealError::Old.into());
            }
            let text = self.sealed_text(cell);
            let text = text.ok_or_else(|| EditError::NoParagraph(cell.clone()))?;
            return self.put(cell, &Scalar::Str(spliced(&text, at, delete, insert)?));
        }
        let text = self.text(cell)?;
        let (from, to) = span(text, at, delete)?;
        if text.chars.len() - (to - from) + insert.chars().count() > PARAGRAPH_CHARS_MAX {
            let max = PARAGRAPH_CHARS_MAX;
            return Err(EditError::TooLong { max });
        }
        let object = text.object;
        let gone: Vec<OpName> = text.chars[from..to].iter().map(|(name, _)| *name).collect();
        let before = from.checked_sub(1).map(|before| text.chars[before].0);
        let mut place = before.map_or(Place::Head, Place::Element);
        let mut new = Vec::new();
        for char in insert.chars() {
            let name = self.push(object, place, Action::Put(Scalar::Str(char.to_string())), Vec::new());
            new.push((name, char));
            place = Place::Element(name);
        }
        for name in gone {
            self.push(object, Place::Element(name), Action::Delete, vec![name]);
        }
        self.text(cell)?.chars.splice(from..to, new);
        Ok(())
    }
}

/// The characters' indexes of a span in UTF-16 units.
fn span(text: &DraftText, at: u32, delete: u32) -> Result<(usize, usize), EditError> {
    let end = at.saturating_add(delete);
    match (text.index(at), text.index(end)) {
        (Some(from), Some(to)) => Ok((from, to)),
        _ => Err(EditError::OutOfText {
            at,
            end,
            len: text.chars.iter().map(|(_, char)| units(*char)).sum(),
        }),
    }
}

fn names(values: &[(OpName, Scalar)]) -> Vec<OpName> {
    values.iter().map(|(name, _)| *name).collect()
}
