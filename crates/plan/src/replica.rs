//! A plan as an Automerge document: what a client edits, and what the server's background worker keeps for snapshots.
//!
//! Plain [`Automerge`] with explicit transactions, not `AutoCommit`: nothing is ever committed silently, so every own
//! change is seen by the code that must send it. Every edit is explicit puts in one change, committed at once.

mod inverse;
mod mend;
mod objects;
mod read;
mod write;

use std::collections::{BTreeSet, VecDeque};

use automerge::{Automerge, Change};
use bytes::Bytes;
use domain::{ActorId, Cell, ChangeHash, ItemId, Seal, SectionId, TimestampMs};

pub use self::inverse::{Inverse, UndoError};
use self::objects::Objects;
use self::write::Writer;
use crate::edit::{Edit, EditError};
use crate::seal::{Hidden, Keyring};

/// Most edits in one change: a block of 1,000 rows by 20 columns pasted at once is more than a person means.
pub const EDITS_PER_CHANGE_MAX: usize = 5_000;

/// The cells that something touched. A made item is its cell with an empty key.
pub type Touched = BTreeSet<Cell>;

/// A document of a plan.
#[derive(Debug, Clone)]
pub struct Replica {
    doc: Automerge,
    objects: Objects,
    keyring: Keyring,
}

/// A change that was made here.
#[derive(Debug, Clone)]
pub struct OwnChange {
    /// Its name.
    pub hash: ChangeHash,
    /// Its bytes, uncompressed, as admission wants them.
    pub bytes: Bytes,
    /// The edits that it is made of.
    pub edits: Vec<Edit>,
    /// What it touched.
    pub touched: Touched,
    /// What takes it back.
    pub inverse: Inverse,
}

/// Bytes that cannot become part of this document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplicaError {
    /// Not a change that this program takes.
    #[error("a change that cannot be read: {0}")]
    Malformed(String),
    /// Not a document of a plan.
    #[error("a document that cannot be read: {0}")]
    Document(String),
    /// Changes that build upon others which are not here.
    #[error("changes that build upon {0} others which are not here")]
    MissingDependencies(usize),
}

impl Replica {
    /// A document with the genesis change alone.
    pub fn new(actor: ActorId) -> Self {
        let mut replica = Self::empty(actor);
        replica.begin();
        replica
    }

    fn empty(actor: ActorId) -> Self {
        let mut replica = Self {
            doc: Automerge::new(),
            objects: Objects::default(),
            keyring: Keyring::default(),
        };
        replica.set_actor(actor);
        replica
    }

    fn begin(&mut self) {
        self.apply(std::slice::from_ref(&crate::genesis().bytes))
            .expect("the genesis change is ours and fits an empty document");
    }

    /// Reads a document that [`Replica::save`] wrote.
    pub fn load(snapshot: &[u8], actor: ActorId) -> Result<Self, ReplicaError> {
        let doc = Automerge::load(snapshot).map_err(|error| ReplicaError::Document(error.to_string()))?;
        let objects = Objects::of(&doc);
        if SectionId::ALL.iter().any(|&section| objects.section(section).is_none()) {
            return Err(ReplicaError::Document("it does not have a plan's sections".to_owned()));
        }
        let keyring = Keyring::default();
        let mut replica = Self { doc, objects, keyring };
        replica.set_actor(actor);
        Ok(replica)
    }

    /// The document's bytes.
    pub fn save(&self) -> Vec<u8> {
        self.doc.save()
    }

    /// A copy that goes its own way, with the same actor.
    #[must_use]
    pub fn fork(&self) -> Self {
        self.clone()
    }

    /// Who authors the changes made from now on.
    pub fn set_actor(&mut self, actor: ActorId) {
        self.doc.set_actor(automerge::ActorId::from(&actor.0[..]));
    }

    /// What is sealed, and with which keys it is opened and sealed from now on. Without a word of it, everything is as it
    /// stands in the document.
    pub fn set_keyring(&mut self, keyring: Keyring) {
        self.keyring = keyring;
    }

    /// Whether what is sealed with this of an item was erased.
    pub fn is_erased(&self, item: ItemId, seal: Seal) -> bool {
        self.keyring.is_erased((item, seal))
    }

    /// Why a cell's value cannot be read, where one stands that is sealed.
    pub fn hidden(&self, cell: &Cell) -> Option<Hidden> {
        let value = self.stored(cell)?;
        match self.keyring.open(cell, &value) {
            crate::Opened::Hidden(hidden) => Some(hidden),
            crate::Opened::Plain(_) => None,
        }
    }

    /// The document's heads, in order, as hex: equal heads are equal documents.
    pub fn heads(&self) -> String {
        let mut heads: Vec<String> = self.doc.get_heads().iter().map(ToString::to_string).collect();
        heads.sort_unstable();
        heads.join(",")
    }

    /// How many changes it has.
    pub(crate) fn changes_len(&self) -> u64 {
        automerge::ReadDoc::stats(&self.doc).num_changes
    }

    /// Its changes, each after what it depends on. Takes nearly as long as loading the document.
    pub(crate) fn changes(&self) -> VecDeque<Bytes> {
        let changes = self.doc.get_changes(&[]);
        changes
            .iter()
            .map(|change| Bytes::copy_from_slice(change.raw_bytes()))
            .collect()
    }

    /// Applies changes as one batch, in any order that respects their dependencies; those already here do nothing.
    ///
    /// After an error the document may hold a part of them: drop it.
    pub fn apply(&mut self, changes: &[Bytes]) -> Result<Touched, ReplicaError> {
        let changes: Vec<Change> = changes.iter().map(read_change).collect::<Result<_, _>>()?;
        self.apply_read(changes)
    }

    fn apply_read(&mut self, changes: Vec<Change>) -> Result<Touched, ReplicaError> {
        self.doc
            .apply_changes(changes.iter().cloned())
            .map_err(|error| ReplicaError::Document(error.to_string()))?;
        let missing = automerge::ReadDoc::get_missing_deps(&self.doc, &[]).len();
        if missing > 0 {
            return Err(ReplicaError::MissingDependencies(missing));
        }
        let mut touched = Touched::new();
        for change in changes {
            self.objects.note(&self.doc, &change.decode(), &mut touched);
        }
        Ok(touched)
    }

    /// Whether a change is in the document.
    pub fn has_change(&self, hash: &ChangeHash) -> bool {
        automerge::ReadDoc::get_change_by_hash(&self.doc, &automerge::ChangeHash(hash.0)).is_some()
    }

    /// The document as it was without some changes and without what builds upon them; by `actor` from now on.
    ///
    /// Built anew from the other changes, which takes about as long as loading: for rejections, which are rare. (Keeping
    /// a clone from when the last of the own changes was acknowledged would cost 1.6 ms at the begin of every edit.)
    pub fn without(&self, hashes: &BTreeSet<ChangeHash>, actor: ActorId) -> Result<Self, ReplicaError> {
        let mut dropped: BTreeSet<[u8; 32]> = hashes.iter().map(|hash| hash.0).collect();
        let mut kept = Vec::new();
        for change in self.doc.get_changes(&[]) {
            let builds_on_dropped = change.deps().iter().any(|dep| dropped.contains(&dep.0));
            if builds_on_dropped || dropped.contains(&change.hash().0) {
                dropped.insert(change.hash().0);
            } else {
                kept.push(change);
            }
        }
        let mut replica = Self::empty(actor);
        replica.keyring = self.keyring.clone();
        replica.apply_read(kept)?;
        Ok(replica)
    }

    /// Makes one change of these edits. None: they change nothing.
    pub fn edit(&mut self, now: TimestampMs, edits: &[Edit]) -> Result<Option<OwnChange>, EditError> {
        if edits.len() > EDITS_PER_CHANGE_MAX {
            return Err(EditError::TooMany(edits.len()));
        }
        self.write(now, |writer| edits.iter().try_for_each(|edit| writer.edit(edit)))
    }

    /// Takes an own change back, where what it wrote still stands; text that others typed stays.
    pub fn undo(&mut self, now: TimestampMs, inverse: &Inverse) -> Result<Option<OwnChange>, UndoError> {
        inverse.check(self)?;
        let undone = self.write(now, |writer| inverse.write(writer))?;
        Ok(undone)
    }

    fn actor(&self) -> ActorId {
        read::actor_id(self.doc.get_actor()).expect("actors here have 16 bytes")
    }

    fn write(
        &mut self,
        now: TimestampMs,
        write: impl FnOnce(&mut Writer<'_>) -> Result<(), EditError>,
    ) -> Result<Option<OwnChange>, EditError> {
        let actor = self.actor();
        let mut writer = Writer::new(self.doc.transaction(), &self.objects, &self.keyring, actor, now);
        // Dropping the writer rolls its transaction back.
        write(&mut writer)?;
        let Some((hash, draft, edits)) = writer.commit(now) else {
            return Ok(None);
        };
        let change = automerge::ReadDoc::get_change_by_hash(&self.doc, &hash)
            .expect("a change that was just committed is in the document");
        let mut touched = Touched::new();
        let decoded = change.decode();
        self.objects.note(&self.doc, &decoded, &mut touched);
        Ok(Some(OwnChange {
            hash: ChangeHash(hash.0),
            bytes: Bytes::copy_from_slice(change.raw_bytes()),
            edits,
            touched,
            inverse: draft.finish(self, &decoded),
        }))
    }
}

fn read_change(bytes: &Bytes) -> Result<Change, ReplicaError> {
    let malformed = |error: String| ReplicaError::Malformed(error);
    crate::precheck(bytes, &crate::Limits::of_journal()).map_err(|error| malformed(error.to_string()))?;
    Change::from_bytes(bytes.to_vec()).map_err(|error| malformed(error.to_string()))
}
