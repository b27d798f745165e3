//! Keyrings: which keys of a plan's contacts somebody has, what they seal and open with them, and what was destroyed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::seal::{ItemKey, Key, KeyId, KeyName, Seal};
use domain::{Cell, Delta, Fact, ItemId, Scalar, Schema, SectionId};

use super::value::{Salt, Sealed, has_prefix, sealed};
use super::{Hidden, Opened, SealError};
use crate::edit::Edit;

/// The keys of a plan's contacts, as far as somebody has them, and what is sealed with which. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    schema: Option<Arc<Schema>>,
    /// The plan's, as far as it is known: what is written is sealed with keys of no earlier one.
    generation: u32,
    held: Arc<Held>,
}

#[derive(Debug, Clone, Default)]
struct Held {
    keys: BTreeMap<KeyId, Key>,
    /// What was destroyed: no key of it is ever here.
    erased: BTreeSet<KeyName>,
}

impl Keyring {
    /// A ring without keys.
    pub fn new(schema: Arc<Schema>) -> Self {
        Self {
            schema: Some(schema),
            ..Self::default()
        }
    }

    /// What is sealed, as the schema says; nothing without one.
    pub fn schema(&self) -> Option<&Arc<Schema>> {
        self.schema.as_ref()
    }

    /// The plan's generation, as far as it is known.
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// The plan has come to this generation.
    pub const fn set_generation(&mut self, generation: u32) {
        self.generation = generation;
    }

    /// The same for somebody who may not read what is personal. What was erased is known to be.
    #[must_use]
    pub fn without_keys(&self) -> Self {
        Self {
            schema: self.schema.clone(),
            generation: 0,
            held: Arc::new(Held {
                keys: BTreeMap::new(),
                erased: self.held.erased.clone(),
            }),
        }
    }

    /// Takes a key in. One that is there, or was destroyed, stays as it is: then the answer is false.
    pub fn add(&mut self, key: &ItemKey) -> bool {
        if self.is_erased(key.name()) || self.held.keys.contains_key(&key.id()) {
            return false;
        }
        Arc::make_mut(&mut self.held).keys.insert(key.id(), key.key);
        true
    }

    /// Takes a key in, in place of another one that is not as good. What was destroyed stays so.
    pub fn replace(&mut self, key: &ItemKey) {
        if !self.is_erased(key.name()) {
            Arc::make_mut(&mut self.held).keys.insert(key.id(), key.key);
        }
    }

    /// Lets a key go that nothing is sealed with.
    pub fn forget(&mut self, id: KeyId) {
        if self.held.keys.contains_key(&id) {
            Arc::make_mut(&mut self.held).keys.remove(&id);
        }
    }

    /// Destroys all keys that belong to this, whether any were here or not.
    pub fn erase(&mut self, name: KeyName) {
        let gone: Vec<KeyId> = self.all_of(name).map(|key| key.id()).collect();
        let held = Arc::make_mut(&mut self.held);
        for id in gone {
            held.keys.remove(&id);
        }
        held.erased.insert(name);
    }

    /// The newest key that belongs to this, if one is here.
    pub fn get(&self, name: KeyName) -> Option<ItemKey> {
        self.all_of(name).next_back()
    }

    /// All keys that belong to this.
    pub fn all_of(&self, (item, seal): KeyName) -> impl DoubleEndedIterator<Item = ItemKey> {
        let all = self.held.keys.range((item, seal, 0)..=(item, seal, u32::MAX));
        all.map(item_key)
    }

    /// A key, if it is here.
    pub fn find(&self, id: KeyId) -> Option<ItemKey> {
        self.held.keys.get_key_value(&id).map(item_key)
    }

    /// Whether a key that belongs to this is here, or all were destroyed.
    pub fn knows(&self, name: KeyName) -> bool {
        self.get(name).is_some() || self.is_erased(name)
    }

    /// Whether the keys that belong to this were destroyed.
    pub fn is_erased(&self, name: KeyName) -> bool {
        self.held.erased.contains(&name)
    }

    /// How many keys are here, and how much was destroyed.
    pub fn len(&self) -> usize {
        self.held.keys.len() + self.held.erased.len()
    }

    /// Whether it knows of no key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The keys that are here.
    pub fn keys(&self) -> impl Iterator<Item = ItemKey> {
        self.held.keys.iter().map(item_key)
    }

    /// What was destroyed.
    pub fn erased(&self) -> impl Iterator<Item = KeyName> {
        self.held.erased.iter().copied()
    }

    /// What a cell's value is sealed with.
    pub fn seal_of(&self, cell: &Cell) -> Option<Seal> {
        self.schema.as_ref()?.seal_of(cell)
    }

    /// The keys that are still to be made before these edits are, of the plan's generation: of items that they make, and of
    /// those whose keys are all of an earlier one.
    pub fn missing_for(&self, edits: &[Edit]) -> Vec<KeyName> {
        let is_missing = |edit: &Edit, name: KeyName| {
            let makes = matches!(edit, Edit::MakeItem { .. }) && !self.knows(name);
            makes || self.is_stale(name)
        };
        let of = |edit| {
            self.names_of(edit)
                .into_iter()
                .filter(move |name| is_missing(edit, *name))
        };
        let missing: BTreeSet<KeyName> = edits.iter().flat_map(of).collect();
        missing.into_iter().collect()
    }

    /// What an edit seals with.
    pub fn names_of(&self, edit: &Edit) -> Vec<KeyName> {
        match edit {
            Edit::MakeItem { section, item, .. } => self.names_for(*section, *item),
            Edit::Put { cell, .. } | Edit::MakeParagraph { cell, .. } | Edit::Splice { cell, .. } => {
                let seal = self.seal_of(cell);
                seal.map(|seal| (cell.item, seal)).into_iter().collect()
            }
            Edit::Clear { .. } => Vec::new(),
        }
    }

    /// The key that is to be made before this cell is written.
    pub fn stale_of(&self, cell: &Cell) -> Option<KeyName> {
        let name = (cell.item, self.seal_of(cell)?);
        self.is_stale(name).then_some(name)
    }

    /// Whether there are keys that belong to this, and all are of an earlier generation than the plan's.
    fn is_stale(&self, name: KeyName) -> bool {
        self.get(name).is_some_and(|newest| newest.generation < self.generation)
    }

    /// The keys that items of a section have; none for a section in which nothing is sealed.
    pub fn names_for(&self, section: SectionId, item: ItemId) -> Vec<KeyName> {
        let Some(schema) = &self.schema else { return Vec::new() };
        seals_in(schema, section).map(|seal| (item, seal)).collect()
    }

    /// A value as the holder of this ring sees it. What was written plain before contacts were sealed is plain.
    pub fn open(&self, cell: &Cell, value: &Scalar) -> Opened {
        let Some(seal) = self.seal_of(cell).filter(|_| has_prefix(value)) else {
            return Opened::Plain(value.clone());
        };
        if self.is_erased((cell.item, seal)) {
            return Opened::Hidden(Hidden::Erased);
        }
        let words = Sealed::read(value).and_then(|sealed| {
            let key = self.find((cell.item, seal, sealed.generation))?;
            sealed.open(&key.key, cell)
        });
        words.map_or(Opened::Hidden(Hidden::Withheld), Opened::Plain)
    }

    /// The same, with a marker in place of what cannot be read: for lists and files.
    pub fn open_or_mark(&self, cell: &Cell, value: &Scalar) -> Scalar {
        match self.open(cell, value) {
            Opened::Plain(value) => value,
            Opened::Hidden(hidden) => Scalar::from(hidden.marker()),
        }
    }

    /// Opens what a fact holds; what cannot be read has its marker.
    pub fn open_fact(&self, fact: &mut Fact) {
        let Fact { cell, delta, .. } = fact;
        if self.seal_of(cell).is_none() {
            return;
        }
        if let Delta::Set { old, new, also } = delta {
            for value in old.iter_mut().chain(new).chain(also) {
                *value = self.open_or_mark(cell, value);
            }
        }
    }

    /// What the guard takes in a sealed cell: the words of a sealed value that opens.
    pub(crate) fn check(&self, cell: &Cell, seal: Seal, value: &Scalar) -> Result<Scalar, SealError> {
        if !has_prefix(value) {
            let field = self.schema.as_ref().and_then(|schema| schema.field_of(cell));
            let label = field.map_or_else(|| cell.key.clone(), |field| field.label.to_string());
            return Err(SealError::Plain(label));
        }
        if self.is_erased((cell.item, seal)) {
            return Err(self.why_erased(cell.item));
        }
        let sealed = Sealed::read(value).ok_or(SealError::Broken)?;
        let key = self
            .find((cell.item, seal, sealed.generation))
            .ok_or(SealError::NoKey)?;
        sealed.open(&key.key, cell).ok_or(SealError::Broken)
    }

    /// The value as the document holds it: sealed, where the cell asks for it. Words that stand there already stay as
    /// they are sealed.
    pub(crate) fn close_over(
        &self,
        cell: &Cell,
        there: Option<&Scalar>,
        words: &Scalar,
        salt: Salt,
    ) -> Result<Scalar, SealError> {
        let is_sealed = |there: &&Scalar| self.seal_of(cell).is_some() && has_prefix(there);
        match there.filter(is_sealed) {
            Some(there) if self.open(cell, there) == Opened::Plain(words.clone()) => Ok(there.clone()),
            _ => self.close(cell, words, salt),
        }
    }

    /// The words of what stood in a cell, to be written again.
    pub(crate) fn words(&self, cell: &Cell, value: &Scalar) -> Result<Scalar, SealError> {
        match self.open(cell, value) {
            Opened::Plain(words) => Ok(words),
            Opened::Hidden(Hidden::Erased) => Err(self.why_erased(cell.item)),
            Opened::Hidden(Hidden::Withheld) => Err(SealError::NoKey),
        }
    }

    /// Which part of a contact was erased, once a key of it is known to be destroyed.
    fn why_erased(&self, item: ItemId) -> SealError {
        if self.is_erased((item, Seal::Contact)) {
            SealError::Erased
        } else {
            SealError::PersonalityErased
        }
    }

    /// Whether an item may be made: its keys must be there first.
    pub(crate) fn check_item(&self, section: SectionId, item: ItemId) -> Result<(), SealError> {
        let mut names = self.names_for(section, item).into_iter();
        names.all(|name| self.knows(name)).then_some(()).ok_or(SealError::NoKey)
    }

    /// The value as the document holds it: sealed, where the cell asks for it.
    pub(crate) fn close(&self, cell: &Cell, words: &Scalar, salt: Salt) -> Result<Scalar, SealError> {
        let Some(seal) = self.seal_of(cell) else {
            return Ok(words.clone());
        };
        if self.is_erased((cell.item, seal)) {
            return Err(self.why_erased(cell.item));
        }
        // Of who may not read it any more nothing new is to be read: rather no words than words under an older key.
        let newest = self
            .get((cell.item, seal))
            .filter(|key| key.generation >= self.generation);
        newest
            .map(|key| sealed(&key, cell, words, salt))
            .ok_or(SealError::NoKey)
    }
}

fn item_key((id, key): (&KeyId, &Key)) -> ItemKey {
    let (item, seal, generation) = *id;
    ItemKey {
        item,
        seal,
        generation,
        key: *key,
    }
}

/// The seals of a section's items.
fn seals_in(schema: &Schema, section: SectionId) -> impl Iterator<Item = Seal> {
    let fields = schema.section(section).map_or(&[][..], |section| &section.fields);
    Seal::ALL
        .into_iter()
        .filter(move |seal| fields.iter().any(|field| field.sealed == Some(*seal)))
}
