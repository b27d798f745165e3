//! Writing edits into a transaction, and noting what takes each of them back.

use std::collections::BTreeMap;

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{AutomergeError, ChangeHash, ObjId, ObjType, ReadDoc, ScalarValue};
use domain::schema::PARAGRAPH_CHARS_MAX;
use domain::{ActorId, Cell, ItemId, Part, Scalar, SectionId, TimestampMs};

use super::inverse::Draft;
use super::mend::Removed;
use super::objects::{ItemMaps, Objects, OpRef};
use super::read::winner_with_op;
use crate::edit::{Edit, EditError, byte_at, spliced};
use crate::precheck::TIME_MS_MAX;
use crate::seal::{Keyring, Salt, SealError};

/// An open transaction. Dropped without [`Writer::commit`], it leaves no trace.
pub(super) struct Writer<'a> {
    tx: Transaction<'a>,
    objects: &'a Objects,
    keyring: &'a Keyring,
    actor: ActorId,
    now: TimestampMs,
    new_items: BTreeMap<(SectionId, ItemId), ItemMaps>,
    new_texts: BTreeMap<Cell, ObjId>,
    draft: Draft,
    edits: Vec<Edit>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        tx: Transaction<'a>,
        objects: &'a Objects,
        keyring: &'a Keyring,
        actor: ActorId,
        now: TimestampMs,
    ) -> Self {
        Self {
            tx,
            objects,
            keyring,
            actor,
            now,
            new_items: BTreeMap::new(),
            new_texts: BTreeMap::new(),
            draft: Draft::default(),
            edits: Vec::new(),
        }
    }

    /// Commits; None when nothing was written.
    pub(super) fn commit(self, now: TimestampMs) -> Option<(ChangeHash, Draft, Vec<Edit>)> {
        let time = now.0.clamp(0, TIME_MS_MAX);
        let (hash, _) = self.tx.commit_with(CommitOptions::default().with_time(time));
        hash.map(|hash| (hash, self.draft, self.edits))
    }

    pub(super) fn edit(&mut self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::MakeItem { section, item, fields } => self.make_item(*section, *item, fields),
            Edit::Put { cell, value } => self.set(cell, Some(value)),
            Edit::Clear { cell } => self.set(cell, None),
            Edit::MakeParagraph { cell, text } => self.make_paragraph(cell, text),
            Edit::Splice {
                cell,
                at,
                delete,
                insert,
            } => self.splice(cell, *at, *delete, insert),
        }
    }

    fn make_item(
        &mut self,
        section: SectionId,
        item: ItemId,
        first_fields: &[(String, Scalar)],
    ) -> Result<(), EditError> {
        if self.maps(section, item).is_some() {
            return Err(EditError::ItemExists(section, item));
        }
        self.keyring.check_item(section, item)?;
        let parent = self.objects.section(section).ok_or(EditError::NotReady)?;
        let fields = self.tx.put_object(parent, item.to_string(), ObjType::Map)?;
        let mut made = Part::MAPS
            .into_iter()
            .filter_map(Part::map_key)
            .map(|key| self.tx.put_object(&fields, key, ObjType::Map))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter();
        let mut next = || made.next().expect("a part for each of the three maps");
        let (links, own, prose) = (next(), next(), next());
        for (field, words) in first_fields {
            let cell = Cell::field(section, item, field);
            let value = self.keyring.close(&cell, words, self.salt())?;
            self.tx.put(&fields, field.as_str(), to_automerge(&value))?;
        }
        let maps = ItemMaps {
            fields,
            links,
            own,
            prose,
        };
        self.new_items.insert((section, item), maps);
        self.draft.made_item(section, item);
        self.edits.push(Edit::MakeItem {
            section,
            item,
            fields: first_fields.to_vec(),
        });
        Ok(())
    }

    fn salt(&self) -> Salt {
        Salt {
            actor: self.actor,
            at: self.now,
            number: self.tx.pending_ops(),
        }
    }

    /// The words of what stood in a cell.
    pub(super) fn words(&self, cell: &Cell, was: &Scalar) -> Result<Scalar, EditError> {
        Ok(self.keyring.words(cell, was)?)
    }

    /// Writes or empties a cell.
    pub(super) fn set(&mut self, cell: &Cell, value: Option<&Scalar>) -> Result<(), EditError> {
        if cell.part == Part::Prose && self.text_of(cell).is_ok() {
            return Err(SealError::Old.into());
        }
        let map = self.map_of(cell)?.clone();
        let was = winner_with_op(&self.tx, &map, &cell.key);
        let pending = self.tx.pending_ops();
        let there = was.as_ref().map(|(there, _)| there);
        let stored = value.map(|words| self.keyring.close_over(cell, there, words, self.salt()));
        match stored.transpose()?.as_ref() {
            Some(value) => self.tx.put(&map, cell.key.as_str(), to_automerge(value))?,
            None if was.is_some() => self.tx.delete(&map, cell.key.as_str())?,
            None => {}
        }
        if self.tx.pending_ops() > pending {
            self.draft.set(cell, was);
            self.edits.push(match value.cloned() {
                Some(value) => Edit::Put {
                    cell: cell.clone(),
                    value,
                },
                None => Edit::Clear { cell: cell.clone() },
            });
        }
        Ok(())
    }

    fn make_paragraph(&mut self, cell: &Cell, text: &str) -> Result<(), EditError> {
        if self.text_of(cell).is_ok() {
            return Err(EditError::ParagraphExists(cell.clone()));
        }
        if cell.part != Part::Prose {
            return Err(EditError::NoParagraph(cell.clone()));
        }
        if self.keyring.seal_of(cell).is_some() {
            return match self.sealed_text(cell)? {
                Some(_) => Err(EditError::ParagraphExists(cell.clone())),
                None => self.set(cell, Some(&text.into())),
            };
        }
        let map = self.map_of(cell)?.clone();
        let object = self.tx.put_object(&map, cell.key.as_str(), ObjType::Text)?;
        self.new_texts.insert(cell.clone(), object);
        self.draft.made_paragraph(cell);
        self.edits.push(Edit::MakeParagraph {
            cell: cell.clone(),
            text: String::new(),
        });
        if text.is_empty() {
            Ok(())
        } else {
            self.splice(cell, 0, 0, text)
        }
    }

    /// Replaces a span of a paragraph.
    pub(super) fn splice(&mut self, cell: &Cell, at: u32, delete: u32, insert: &str) -> Result<(), EditError> {
        if self.keyring.seal_of(cell).is_some() {
            if self.text_of(cell).is_ok() {
                return Err(SealError::Old.into());
            }
            let text = self.sealed_text(cell)?;
            let text = text.ok_or_else(|| EditError::NoParagraph(cell.clone()))?;
            let new = Scalar::Str(spliced(&text, at, delete, insert)?);
            return self.set(cell, Some(&new));
        }
        self.replace(cell, at, delete, insert, Vec::new())
    }

    /// Inserts text that stood in the paragraph before, its characters by these names.
    pub(super) fn restore(&mut self, cell: &Cell, at: u32, text: &str, names: Vec<OpRef>) -> Result<(), EditError> {
        self.replace(cell, at, 0, text, names)
    }

    fn replace(&mut self, cell: &Cell, at: u32, delete: u32, insert: &str, names: Vec<OpRef>) -> Result<(), EditError> {
        let object = self.text_of(cell)?.clone();
        let text = self.tx.text(&object)?;
        let end = at.saturating_add(delete);
        let out_of_text = || EditError::OutOfText {
            at,
            end,
            len: u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX),
        };
        let from = byte_at(&text, at).ok_or_else(out_of_text)?;
        let removed = &text[from..byte_at(&text, end).ok_or_else(out_of_text)?];
        let chars = text.chars().count() - removed.chars().count() + insert.chars().count();
        if chars > PARAGRAPH_CHARS_MAX {
            return Err(EditError::TooLong {
                max: PARAGRAPH_CHARS_MAX,
            });
        }
        if removed.is_empty() && insert.is_empty() {
            return Ok(());
        }
        let place = usize::try_from(at).map_err(|_| out_of_text())?;
        let len = usize::try_from(delete).map_err(|_| out_of_text())?;
        let gone = isize::try_from(delete).map_err(|_| out_of_text())?;
        let removed = Removed::of(&self.tx, &object, place, len)?;
        self.tx.splice_text(&object, place, gone, insert)?;
        self.draft.spliced(cell, removed, insert, names);
        self.edits.push(Edit::Splice {
            cell: cell.clone(),
            at,
            delete,
            insert: insert.to_owned(),
        });
        Ok(())
    }

    /// The words of a sealed paragraph, if there is one.
    fn sealed_text(&self, cell: &Cell) -> Result<Option<String>, EditError> {
        let Some((value, _)) = winner_with_op(&self.tx, self.map_of(cell)?, &cell.key) else {
            return Ok(None);
        };
        let words = self.words(cell, &value)?;
        Ok(words.as_str().map(str::to_owned))
    }

    pub(super) fn text(&self, cell: &Cell) -> Result<String, EditError> {
        Ok(self.tx.text(self.text_of(cell)?)?)
    }

    pub(super) fn tx(&self) -> &Transaction<'a> {
        &self.tx
    }

    pub(super) fn text_of(&self, cell: &Cell) -> Result<&ObjId, EditError> {
        self.new_texts
            .get(cell)
            .or_else(|| self.objects.text(cell))
            .ok_or_else(|| EditError::NoParagraph(cell.clone()))
    }

    fn maps(&self, section: SectionId, item: ItemId) -> Option<&ItemMaps> {
        self.new_items
            .get(&(section, item))
            .or_else(|| self.objects.item(section, item))
    }

    fn map_of(&self, cell: &Cell) -> Result<&ObjId, EditError> {
        self.maps(cell.section, cell.item)
            .map(|maps| maps.part(cell.part))
            .ok_or(EditError::NoItem(cell.section, cell.item))
    }
}

impl From<AutomergeError> for EditError {
    fn from(error: AutomergeError) -> Self {
        Self::Document(error.to_string())
    }
}

fn to_automerge(value: &Scalar) -> ScalarValue {
    match value {
        Scalar::Str(text) => ScalarValue::Str(text.as_str().into()),
        Scalar::Int(number) => ScalarValue::Int(*number),
        Scalar::Bool(yes) => ScalarValue::Boolean(*yes),
    }
}
