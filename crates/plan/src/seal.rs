//! Sealing and opening what is personal about a contact.
//!
//! A sealed value is `sealed:2:` and base64url of the key's generation, a nonce and XChaCha20-Poly1305's ciphertext, with
//! the cell's path as associated data: it opens nowhere but in its own cell. The words are padded, because the length of a
//! choice would tell which one it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::seal::{ERASED, ItemKey, Key, KeyId, KeyName, SEALED_PREFIX, SEALED_PREFIX_1, Seal, WITHHELD, is_sealed};
use domain::{ActorId, Cell, Delta, Fact, ItemId, Scalar, Schema, SectionId, TimestampMs};
use sha2::{Digest, Sha256};

use crate::edit::Edit;

/// Words are padded to a multiple of so many bytes.
const PAD_BYTES: usize = 32;
/// Bytes of a key's generation.
const GENERATION_BYTES: usize = 4;
/// Bytes of a nonce.
const NONCE_BYTES: usize = 24;
/// Longest sealed value that is looked into, in bytes: a paragraph of 2,000 characters takes 11,000.
const SEALED_BYTES_MAX: usize = 16 * 1024;

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

/// Why a sealed value cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// The reader does not have the key, or it is not the value's.
    Withheld,
    /// The key was destroyed.
    Erased,
}

impl Hidden {
    /// The word that stands in place of the value.
    pub const fn marker(self) -> &'static str {
        match self {
            Self::Withheld => WITHHELD,
            Self::Erased => ERASED,
        }
    }
}

/// A value as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// The words.
    Plain(Scalar),
    /// Sealed, and it stays so.
    Hidden(Hidden),
}

impl Opened {
    /// The words, if they can be read.
    pub fn plain(self) -> Option<Scalar> {
        match self {
            Self::Plain(value) => Some(value),
            Self::Hidden(_) => None,
        }
    }
}

/// Why a value cannot be sealed, or why a sealed one is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// What is personal is taken sealed only.
    #[error("'{0}' is personal: it is only taken sealed")]
    Plain(String),
    /// Nobody has given a key for it.
    #[error("there is no key for this contact here")]
    NoKey,
    /// The contact was erased, with all of its keys.
    #[error("this contact was erased: what is personal about them is not written any more")]
    Erased,
    /// Only what was noted about the contact's personality was erased.
    #[error("what was noted about the personality of this contact was erased: it is not written any more")]
    PersonalityErased,
    /// A text from before contacts were sealed.
    #[error("this paragraph was written before contacts were sealed: copy it into a new one, then remove it")]
    Old,
    /// It was sealed with another key, for another cell, or is damaged.
    #[error("this value was sealed with another key or for another place")]
    Broken,
}

/// Makes keys out of bytes that nobody can foresee.
#[derive(Clone)]
pub struct KeyMaker {
    seed: [u8; 32],
}

impl KeyMaker {
    /// From random bytes.
    pub const fn new(seed: [u8; 32]) -> Self {
        Self { seed }
    }

    /// The next key. Whoever looks into the maker later does not find it.
    pub fn make(&mut self, (item, seal): KeyName, generation: u32) -> ItemKey {
        let derive = |what: &[u8]| -> [u8; 32] {
            let hash = Sha256::new().chain_update(what).chain_update(self.seed);
            hash.chain_update(item.0.as_bytes())
                .chain_update(seal.as_str())
                .finalize()
                .into()
        };
        let key = Key(derive(b"interlock item key 1"));
        self.seed = derive(b"interlock next seed 1");
        ItemKey {
            item,
            seal,
            generation,
            key,
        }
    }
}

impl std::fmt::Debug for KeyMaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyMaker(..)")
    }
}

/// What tells one seal from the next, so that a nonce is never used for other words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Salt {
    pub(crate) actor: ActorId,
    pub(crate) at: TimestampMs,
    /// The place in the change.
    pub(crate) number: usize,
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

fn has_prefix(value: &Scalar) -> bool {
    value.as_str().is_some_and(is_sealed)
}

fn sealed(ItemKey { generation, key, .. }: &ItemKey, cell: &Cell, words: &Scalar, salt: Salt) -> Scalar {
    let (path, words) = (cell.to_string(), padded(words));
    let nonce = nonce(key, &path, &words, salt);
    let payload = Payload {
        msg: &words,
        aad: path.as_bytes(),
    };
    let closed = XChaCha20Poly1305::new(&key.0.into())
        .encrypt(&XNonce::from(nonce), payload)
        .expect("a value is far shorter than the cipher's limit");
    let bytes = [&generation.to_be_bytes()[..], &nonce, &closed].concat();
    Scalar::Str(format!("{SEALED_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// A number that is used for these words only. Not drawn, because a core has no randomness of its own: a keyed hash that
/// nobody without the key can tell from a drawn one.
fn nonce(key: &Key, path: &str, words: &[u8], salt: Salt) -> [u8; NONCE_BYTES] {
    let mut hash = Sha256::new();
    hash.update(b"interlock seal nonce 1");
    hash.update(key.0);
    hash.update(salt.actor.0);
    hash.update(salt.at.0.to_be_bytes());
    hash.update((salt.number as u64).to_be_bytes());
    hash.update((path.len() as u64).to_be_bytes());
    hash.update(path.as_bytes());
    hash.update(words);
    let hash: [u8; 32] = hash.finalize().into();
    let mut nonce = [0; NONCE_BYTES];
    nonce.copy_from_slice(&hash[..NONCE_BYTES]);
    nonce
}

/// A sealed value, taken apart.
struct Sealed {
    generation: u32,
    nonce: [u8; NONCE_BYTES],
    closed: Vec<u8>,
}

impl Sealed {
    fn read(value: &Scalar) -> Option<Self> {
        let text = value.as_str()?;
        let (text, has_generation) = match text.strip_prefix(SEALED_PREFIX) {
            Some(text) => (text, true),
            None => (text.strip_prefix(SEALED_PREFIX_1)?, false),
        };
        if text.len() > SEALED_BYTES_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (generation, rest) = bytes.split_at_checked(if has_generation { GENERATION_BYTES } else { 0 })?;
        let (nonce, closed) = rest.split_at_checked(NONCE_BYTES)?;
        Some(Self {
            generation: generation.try_into().map_or(0, u32::from_be_bytes),
            nonce: nonce.try_into().ok()?,
            closed: closed.to_vec(),
        })
    }

    fn open(&self, key: &Key, cell: &Cell) -> Option<Scalar> {
        let path = cell.to_string();
        let payload = Payload {
            msg: &self.closed,
            aad: path.as_bytes(),
        };
        let opened = XChaCha20Poly1305::new(&key.0.into())
            .decrypt(&XNonce::from(self.nonce), payload)
            .ok()?;
        read_padded(&opened)
    }
}

/// A letter for the kind, the value, an end mark, zeros.
fn padded(words: &Scalar) -> Vec<u8> {
    let mut bytes = match words {
        Scalar::Str(text) => [b"s", text.as_bytes()].concat(),
        Scalar::Int(number) => format!("i{number}").into_bytes(),
        Scalar::Bool(yes) => format!("b{}", u8::from(*yes)).into_bytes(),
    };
    bytes.push(1);
    bytes.resize(bytes.len().next_multiple_of(PAD_BYTES), 0);
    bytes
}

fn read_padded(bytes: &[u8]) -> Option<Scalar> {
    let end = bytes.iter().rposition(|byte| *byte != 0)?;
    let (kind, words) = bytes[..end].split_first()?;
    let words = std::str::from_utf8(words).ok().filter(|_| bytes[end] == 1)?;
    match (kind, words) {
        (b's', text) => Some(Scalar::Str(text.to_owned())),
        (b'i', number) => number.parse().ok().map(Scalar::Int),
        (b'b', "0") => Some(Scalar::Bool(false)),
        (b'b', "1") => Some(Scalar::Bool(true)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
