//! Snapshots: the document off the hot path, and the files that a plan is opened from.
//!
//! A background worker gives a [`Keeper`] what the journal has, in order; it applies the changes in batches (one by one
//! would cost 0.24 ms each at 1,000 changes of history and 1.8 ms at 200,000) and now and then hands out
//! [`SnapshotFiles`], checked by reading them back. A snapshot is a cache of the journal: one that does not match its
//! hashes is ignored and made anew.
//!
//! Files are the shell's. In a folder of the plan, it writes the two files of [`Manifest::document_name`] and
//! [`Manifest::resume_name`] under names ending in `.tmp`, forces them to disk, renames them, does the same with the
//! manifest as [`MANIFEST_NAME`], and forces the folder. The manifest alone says what the snapshot is: whatever happens
//! in between, it names two whole files, and what [`Manifest::is_stale`] may be deleted.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use domain::{ActorId, PersonId, Seq, TimestampMs};
use serde::{Deserialize, Serialize};

use crate::replica::{Replica, ReplicaError};
use crate::table::{Table, TableError};

/// The manifest's name in the plan's folder.
pub const MANIFEST_NAME: &str = "snapshot";

/// Changes that are applied to the document at once.
const BATCH_CHANGES_MAX: usize = 1_000;
/// Bytes of changes after which they are applied, however few they are.
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// First line of a manifest. A newer program writes another one, and an older then rebuilds.
const MANIFEST_FORMAT: &str = "interlock snapshot 2";
/// First byte of a resume file.
const RESUME_FORMAT: u8 = 1;
/// The keeper's document is never edited.
const KEEPER: ActorId = ActorId(*b"interlock-keeper");

/// Why a snapshot could not be made or used. Build it anew from the journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// The entries do not follow each other.
    #[error("entry {found} came where {expected} was due")]
    Gap {
        /// The next one.
        expected: Seq,
        /// The one that came.
        found: Seq,
    },
    /// A change from the journal does not fit what came before it.
    #[error("the change at {seq} does not fit: {why}")]
    Change {
        /// Which.
        seq: Seq,
        /// What is wrong.
        why: String,
    },
    /// The document does not take changes, or its bytes cannot be read.
    #[error(transparent)]
    Document(#[from] ReplicaError),
    /// The table's bytes cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Read back, it is not what was written.
    #[error("the snapshot does not match: {0}")]
    Mismatch(&'static str),
}

/// What a room needs to open without reading the plan's whole history.
#[derive(Debug)]
pub struct Resume {
    /// The table as of its last entry.
    pub table: Table,
    /// That entry's time.
    pub last_at: TimestampMs,
    /// Who owns which actor.
    pub owners: BTreeMap<ActorId, PersonId>,
}

#[derive(Serialize, Deserialize)]
struct StoredResume {
    last: Seq,
    last_at: TimestampMs,
    owners: BTreeMap<ActorId, PersonId>,
    table: Bytes,
}

impl StoredResume {
    fn bytes(&self) -> Bytes {
        let bytes = postcard::to_extend(self, vec![RESUME_FORMAT]);
        bytes
            .expect("our own types serialise, and memory takes all of it")
            .into()
    }
}

impl Default for Resume {
    fn default() -> Self {
        Self::new()
    }
}

impl Resume {
    /// Before the first entry.
    pub fn new() -> Self {
        Self {
            table: Table::new(),
            last_at: TimestampMs(0),
            owners: BTreeMap::new(),
        }
    }

    /// Takes the next change of the journal: what was admitted once is not judged again, but it must fit.
    pub fn replay(&mut self, entry: &JournalChange) -> Result<(), SnapshotError> {
        let JournalChange {
            seq,
            at,
            author,
            base,
            bytes,
        } = entry;
        let misfit = |why: String| SnapshotError::Change { seq: *seq, why };
        self.expect(*seq)?;
        let change = crate::precheck(bytes, &crate::Limits::of_journal())
            .and_then(|checked| crate::decode(&checked))
            .map_err(|why| misfit(why.to_string()))?;
        self.table
            .replay(*seq, *base, &change)
            .map_err(|why| misfit(why.to_string()))?;
        self.owners.entry(change.actor).or_insert(*author);
        self.last_at = self.last_at.max(*at);
        Ok(())
    }

    /// Passes over an entry that is no change.
    pub fn skip(&mut self, seq: Seq, at: TimestampMs) -> Result<(), SnapshotError> {
        self.expect(seq)?;
        self.table.skip(seq);
        self.last_at = self.last_at.max(at);
        Ok(())
    }

    fn expect(&self, found: Seq) -> Result<(), SnapshotError> {
        let expected = self.table.last().next();
        if found == expected {
            Ok(())
        } else {
            Err(SnapshotError::Gap { expected, found })
        }
    }

    /// The bytes of the resume file.
    pub fn save(&self) -> Bytes {
        let stored = StoredResume {
            last: self.table.last(),
            last_at: self.last_at,
            owners: self.owners.clone(),
            table: self.table.save().into(),
        };
        stored.bytes()
    }

    /// Reads a resume file whose hash was compared.
    pub fn load(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let Some((&RESUME_FORMAT, rest)) = bytes.split_first() else {
            return Err(SnapshotError::Mismatch("the resume file is of another version"));
        };
        let Ok((stored, [])) = postcard::take_from_bytes::<StoredResume>(rest) else {
            return Err(SnapshotError::Mismatch("the resume file cannot be read"));
        };
        let table = Table::load(&stored.table)?;
        if table.last() != stored.last {
            return Err(SnapshotError::Mismatch("the table ends elsewhere"));
        }
        Ok(Self {
            table,
            last_at: stored.last_at,
            owners: stored.owners,
        })
    }
}

/// A change as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalChange {
    /// Its position.
    pub seq: Seq,
    /// Its time.
    pub at: TimestampMs,
    /// Who made it.
    pub author: PersonId,
    /// What its author had applied.
    pub base: Seq,
    /// The change.
    pub bytes: Bytes,
}

/// The document and the table of one plan, as of some entry of its stream.
#[derive(Debug)]
pub struct Keeper {
    replica: Replica,
    resume: Resume,
    /// In the table, not yet in the document.
    batch: Vec<Bytes>,
    batch_bytes: usize,
}

impl Default for Keeper {
    fn default() -> Self {
        Self::new()
    }
}

impl Keeper {
    /// Before the first entry.
    pub fn new() -> Self {
        Self {
            replica: Replica::new(KEEPER),
            resume: Resume::new(),
            batch: Vec::new(),
            batch_bytes: 0,
        }
    }

    /// From a snapshot's files.
    pub fn open(manifest: &Manifest, document: &[u8], resume: &[u8]) -> Result<Self, SnapshotError> {
        if !manifest.matches(document, resume) {
            return Err(SnapshotError::Mismatch("the files are not those of the manifest"));
        }
        let replica = Replica::load(document, KEEPER)?;
        let resume = Resume::load(resume)?;
        if resume.table.last() != manifest.seq || replica.heads() != manifest.heads {
            return Err(SnapshotError::Mismatch(
                "the files are of another entry than the manifest says",
            ));
        }
        Ok(Self {
            replica,
            resume,
            batch: Vec::new(),
            batch_bytes: 0,
        })
    }

    /// The last entry taken.
    pub fn last(&self) -> Seq {
        self.resume.table.last()
    }

    /// Takes the next change of the journal. After an error, begin anew.
    pub fn push(&mut self, entry: JournalChange) -> Result<(), SnapshotError> {
        self.resume.replay(&entry)?;
        self.batch_bytes += entry.bytes.len();
        self.batch.push(entry.bytes);
        if self.batch.len() >= BATCH_CHANGES_MAX || self.batch_bytes >= BATCH_BYTES_MAX {
            self.apply()?;
        }
        Ok(())
    }

    /// Passes over an entry that is no change.
    pub fn skip(&mut self, seq: Seq, at: TimestampMs) -> Result<(), SnapshotError> {
        self.resume.skip(seq, at)
    }

    fn apply(&mut self) -> Result<(), SnapshotError> {
        let batch = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        if !batch.is_empty() {
            self.replica.apply(&batch)?;
        }
        Ok(())
    }

    /// A snapshot as of the last entry. The bytes were read back and are what they should be.
    pub fn take(&mut self) -> Result<SnapshotFiles, SnapshotError> {
        self.apply()?;
        let document = Bytes::from(self.replica.save());
        let heads = self.replica.heads();
        let reopened = Replica::load(&document, KEEPER)?;
        if reopened.heads() != heads {
            return Err(SnapshotError::Mismatch("the document has other heads when read back"));
        }
        // Read back it is also smaller in memory than after many changes.
        self.replica = reopened;
        let resume = self.resume.save();
        Resume::load(&resume)?;
        let manifest = Manifest::new(self.last(), heads, &document, &resume);
        Ok(SnapshotFiles {
            manifest,
            document,
            resume,
        })
    }

    /// The document as of the last entry.
    pub fn document(&mut self) -> Result<&Replica, SnapshotError> {
        self.apply()?;
        Ok(&self.replica)
    }
}

/// A snapshot, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotFiles {
    /// What the files are.
    pub manifest: Manifest,
    /// The document, as clients load it.
    pub document: Bytes,
    /// What a room resumes from.
    pub resume: Bytes,
}

/// What a snapshot consists of: a small text file that is replaced as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The last entry in the snapshot.
    pub seq: Seq,
    /// Length of the document in bytes.
    pub document_len: u64,
    /// The document's heads.
    pub heads: String,
    /// What the shell calls the stream up to `seq`, such as its journal's running hash; it says so before it writes the
    /// files, and compares it before it trusts them. A snapshot of another journal, or of a past that a backup has undone,
    /// is told by it: its files are whole, and its number of entries may well be there.
    pub past: String,
    document_hash: blake3::Hash,
    resume_hash: blake3::Hash,
}

impl Manifest {
    fn new(seq: Seq, heads: String, document: &[u8], resume: &[u8]) -> Self {
        Self {
            seq,
            document_len: u64::try_from(document.len()).expect("a length in memory fits 64 bits"),
            heads,
            past: String::new(),
            document_hash: blake3::hash(document),
            resume_hash: blake3::hash(resume),
        }
    }

    /// The document's file.
    pub fn document_name(&self) -> String {
        format!("{:020}.document", self.seq.0)
    }

    /// The resume file.
    pub fn resume_name(&self) -> String {
        format!("{:020}.resume", self.seq.0)
    }

    /// Whether these are the files that the manifest means.
    pub fn matches(&self, document: &[u8], resume: &[u8]) -> bool {
        self.matches_document(document) && blake3::hash(resume) == self.resume_hash
    }

    /// Whether this is the document that the manifest means.
    pub fn matches_document(&self, document: &[u8]) -> bool {
        blake3::hash(document) == self.document_hash
    }

    /// Whether a file of the plan's folder belongs to an older snapshot or to one that was never finished.
    pub fn is_stale(&self, name: &str) -> bool {
        let ours = |name: &str| {
            name.strip_suffix(".document")
                .or_else(|| name.strip_suffix(".resume"))
                .is_some_and(|digits| digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit()))
        };
        if name == self.document_name() || name == self.resume_name() {
            return false;
        }
        let finished = name.strip_suffix(".tmp").unwrap_or(name);
        ours(finished) || name != finished && finished == MANIFEST_NAME
    }

    /// Reads the text that [`Manifest`] is displayed as. None: not of this version, or cut or changed.
    pub fn parse(text: &str) -> Option<Self> {
        let (body, last) = text.trim_end_matches('\n').rsplit_once('\n')?;
        let checksum = last.strip_prefix("checksum ")?;
        if blake3::hash(body.as_bytes()).to_hex().as_str() != checksum {
            return None;
        }
        let mut lines = body.lines();
        if lines.next()? != MANIFEST_FORMAT {
            return None;
        }
        let mut value = |key: &str| lines.next()?.strip_prefix(key)?.strip_prefix(' ').map(str::to_owned);
        let manifest = Self {
            seq: Seq(value("seq")?.parse().ok()?),
            document_len: value("document-len")?.parse().ok()?,
            document_hash: blake3::Hash::from_hex(value("document")?).ok()?,
            resume_hash: blake3::Hash::from_hex(value("resume")?).ok()?,
            heads: value("heads")?,
            past: value("past")?,
        };
        lines.next().is_none().then_some(manifest)
    }
}

impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = format!(
            "{MANIFEST_FORMAT}\nseq {}\ndocument-len {}\ndocument {}\nresume {}\nheads {}\npast {}",
            self.seq, self.document_len, self.document_hash, self.resume_hash, self.heads, self.past,
        );
        let checksum = blake3::hash(body.as_bytes()).to_hex();
        write!(f, "{body}\nchecksum {checksum}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            past: "cc".to_owned(),
            ..Manifest::new(Seq(42), "aa,bb".to_owned(), b"document", b"resume")
        }
    }

    #[test]
    fn a_manifest_reads_back_and_knows_its_files() {
        let manifest = manifest();
        assert_eq!(Manifest::parse(&manifest.to_string()), Some(manifest.clone()));
        assert!(manifest.matches(b"document", b"resume"));
        assert!(!manifest.matches(b"document", b"another"));
        assert!(!manifest.matches(b"another", b"resume"));
    }

    #[test]
    fn a_manifest_cut_or_changed_anywhere_is_none() {
        let text = manifest().to_string();
        for end in 0..text.len() - 1 {
            assert_eq!(Manifest::parse(&text[..end]), None, "cut at {end}");
        }
        for at in 0..text.len() - 1 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            if let Ok(changed) = String::from_utf8(bytes) {
                assert_eq!(Manifest::parse(&changed), None, "changed at {at}");
            }
        }
    }

    #[test]
    fn only_files_of_other_snapshots_are_stale() {
        let manifest = manifest();
        for name in [
            MANIFEST_NAME,
            "00000000000000000042.document",
            "00000000000000000042.resume",
            "notes.txt",
            "x.tmp",
        ] {
            assert!(!manifest.is_stale(name), "{name}");
        }
        for name in [
            "00000000000000000041.document",
            "00000000000000000043.resume",
            "00000000000000000042.document.tmp",
            "snapshot.tmp",
        ] {
            assert!(manifest.is_stale(name), "{name}");
        }
    }
}
