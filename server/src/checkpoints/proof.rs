//! Whether a journal continues what was signed, told with the public key alone.
//!
//! Reads the folder's own checkpoints and those that were published, takes only what the key has signed, and looks for
//! each signed end of a stream in the journal. A past that was written anew has other hashes there, whoever computed its
//! chain; one that was cut has no entry there; checkpoints that were exchanged are not those that were published.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

use domain::{Seq, TimestampMs};
use journal::{ChainHash, OpenError, Record, StreamId};
use serde::Serialize;

use super::form::Checkpoint;
use super::key::PublicKey;
use super::log::read_lines;
use super::signed::{Broken, Signed};
use super::{CheckpointError, LOG_FILE, checkpoints_dir};
use crate::app::journal_dir;

/// Findings that are told; where a past was written anew, each of its streams is one.
const FINDINGS_MAX: usize = 100;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// Whether the journal continues what was signed.
    pub ok: bool,
    /// How many checkpoints the key has signed.
    pub checkpoints: u64,
    /// How many of them came from the file of published ones. 0: only the folder itself vouches for them.
    pub published: u64,
    /// The last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<LastLine>,
    /// How many entries of the journal are signed.
    pub signed_entries: u64,
    /// How many have come since.
    pub unsigned_entries: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// The last checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastLine {
    /// Its number.
    pub number: u64,
    /// When it was made.
    pub at: TimestampMs,
    /// Its name.
    pub hash: String,
}

/// Something that is not as it was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The checkpoint that shows it.
    pub checkpoint: u64,
    /// What is wrong, in a word for programs.
    pub kind: Kind,
    /// What is wrong, for people.
    pub what: String,
    /// In which stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamId>,
    /// The first entry that may be another one: those before it are as they were signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_entry: Option<Seq>,
    /// The entry whose signed hash is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_entry: Option<Seq>,
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Nothing was signed by this key.
    NothingSigned,
    /// A checkpoint of another key, or with a signature that is not the key's.
    NotSigned,
    /// Two checkpoints of one number, both signed.
    TwoPasts,
    /// A checkpoint is not there.
    Missing,
    /// Checkpoints do not follow on each other.
    Broken,
    /// Entries are not those that were signed.
    Rewritten,
    /// Entries that were signed are not there.
    Cut,
}

/// Why nothing could be told.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// A file of checkpoints cannot be read.
    #[error(transparent)]
    Checkpoints(#[from] CheckpointError),
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] OpenError),
}

/// Looks. The journal's own consistency is not looked at here: `journal::verify` is for that.
pub fn prove(data: &Path, key: &PublicKey, published: Option<&Path>) -> Result<Proof, ProofError> {
    // First the checkpoints, then the journal: a server that is running writes them in the other order.
    let mut given = Given::default();
    let own = checkpoints_dir(data).join(LOG_FILE);
    if own.exists() {
        given.read(&own, key, false)?;
    }
    if let Some(file) = published {
        given.read(file, key, true)?;
    }
    let mut walk = Walk::new(given.marks());
    journal::dump(&journal_dir(data), None, |record| {
        walk.take(&record);
        ControlFlow::Continue(())
    })?;
    let continuity = given.continuity();
    let findings = given.findings.iter().cloned().chain(continuity).chain(walk.findings());
    let findings: Vec<Finding> = findings.take(FINDINGS_MAX).collect();
    let last = given.by_number.values().next_back().map(|checkpoint| LastLine {
        number: checkpoint.statement.number,
        at: checkpoint.statement.at,
        hash: checkpoint.hash.to_string(),
    });
    Ok(Proof {
        ok: findings.is_empty(),
        checkpoints: given.by_number.len() as u64,
        published: given.published.len() as u64,
        last,
        signed_entries: walk.sum(|stream| stream.matched),
        unsigned_entries: walk.sum(|stream| stream.head) - walk.sum(|stream| stream.head.min(stream.signed)),
        findings,
    })
}

/// What the key has signed, by number.
#[derive(Default)]
struct Given {
    by_number: BTreeMap<u64, Checkpoint>,
    /// Which of them others have seen.
    published: BTreeSet<u64>,
    findings: Vec<Finding>,
}

impl Given {
    /// Takes in a file. Only what the key has signed is kept: nobody else can fill the memory.
    fn read(&mut self, file: &Path, key: &PublicKey, published: bool) -> Result<(), CheckpointError> {
        for checkpoint in read_lines(file, !published)? {
            let checkpoint = checkpoint?;
            if checkpoint.is_signed_by(key) {
                self.add(checkpoint, published);
            } else {
                let why = not_signed(&checkpoint, key, file);
                self.find(Kind::NotSigned, checkpoint.statement.number, why);
            }
        }
        Ok(())
    }

    fn add(&mut self, checkpoint: Checkpoint, published: bool) {
        let number = checkpoint.statement.number;
        if published {
            self.published.insert(number);
        }
        let Some(known) = self.by_number.get(&number) else {
            self.by_number.insert(number, checkpoint);
            return;
        };
        if known.hash == checkpoint.hash {
            return;
        }
        let (here, there) = (known.hash, checkpoint.hash);
        let what = format!(
            "there are two checkpoints {number}, both signed: {here} and {there}; the folder's is not the published one, or \
             another past was signed"
        );
        self.find(Kind::TwoPasts, number, what);
        if published {
            // What others have seen counts.
            self.by_number.insert(number, checkpoint);
        }
    }

    fn find(&mut self, kind: Kind, checkpoint: u64, what: String) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding::new(kind, checkpoint, what));
        }
    }

    /// Whether they follow on each other, from the first on.
    fn continuity(&self) -> Option<Finding> {
        if self.by_number.is_empty() {
            let what = "the key has signed no checkpoint that is here: nothing is proved".to_owned();
            return Some(Finding::new(Kind::NothingSigned, 0, what));
        }
        let mut signed = Signed::default();
        let broken = self.by_number.values().find_map(|next| signed.take(next).err())?;
        let (kind, number) = match &broken {
            Broken::Missing { missing } => (Kind::Missing, *missing),
            Broken::OtherPrevious { number } | Broken::GoesBack { number } | Broken::OtherHeads { number } => {
                (Kind::Broken, *number)
            }
        };
        Some(Finding::new(kind, number, broken.to_string()))
    }

    fn marks(&self) -> Marks {
        let mut marks = Marks::new();
        // Of two for one place the published one: the folder's owner may have signed the other since.
        let is_seen = |number: &u64| self.published.contains(number);
        let seen = self.by_number.iter().filter(|(number, _)| is_seen(number));
        let unseen = self.by_number.iter().filter(|(number, _)| !is_seen(number));
        for (number, checkpoint) in seen.chain(unseen) {
            for mark in &checkpoint.statement.moved {
                let at = marks.entry(mark.stream).or_default();
                at.entry(mark.seq).or_insert((mark.chain, *number));
            }
        }
        marks
    }
}

fn not_signed(checkpoint: &Checkpoint, key: &PublicKey, file: &Path) -> String {
    let (number, of) = (checkpoint.statement.number, checkpoint.statement.key);
    let file = file.display();
    if of == *key {
        format!("checkpoint {number} in {file} bears a signature that is not the key's")
    } else {
        format!("checkpoint {number} in {file} was signed with another key, {of}")
    }
}

/// The signed ends of each stream, with the checkpoint that signs them.
type Marks = BTreeMap<StreamId, BTreeMap<Seq, (ChainHash, u64)>>;

/// Looks at every entry of the journal.
struct Walk {
    marks: Marks,
    streams: BTreeMap<StreamId, Stream>,
}

/// What was seen of a stream.
#[derive(Default)]
struct Stream {
    /// Its last entry.
    head: Seq,
    /// Its last entry that is signed.
    signed: Seq,
    /// The last signed entry that is as it was signed.
    matched: Seq,
    /// The first that is not.
    differs: Option<(Seq, u64)>,
}

impl Walk {
    fn new(marks: Marks) -> Self {
        let streams = marks.iter().map(|(stream, at)| {
            let signed = at.keys().next_back().copied().unwrap_or(Seq::ZERO);
            let seen = Stream {
                signed,
                ..Stream::default()
            };
            (*stream, seen)
        });
        Self {
            streams: streams.collect(),
            marks,
        }
    }

    fn take(&mut self, record: &Record) {
        let stream = self.streams.entry(record.stream).or_default();
        stream.head = record.seq;
        let mark = self.marks.get(&record.stream).and_then(|at| at.get(&record.seq));
        match mark {
            Some((chain, _)) if *chain == record.chain => stream.matched = record.seq,
            Some((_, number)) if stream.differs.is_none() => stream.differs = Some((record.seq, *number)),
            Some(_) | None => {}
        }
    }

    fn sum(&self, of: impl Fn(&Stream) -> Seq) -> u64 {
        self.streams.values().map(|stream| of(stream).0).sum()
    }

    fn findings(&self) -> impl Iterator<Item = Finding> {
        self.streams.iter().filter_map(|(id, stream)| {
            if let Some((seq, number)) = stream.differs {
                return Some(rewritten(*id, stream.matched.next(), seq, number));
            }
            let beyond = stream.head.next()..;
            let (seq, (_, number)) = self.marks.get(id)?.range(beyond).next()?;
            Some(cut(*id, stream.head, *seq, *number))
        })
    }
}

fn rewritten(stream: StreamId, first: Seq, last: Seq, number: u64) -> Finding {
    let what = format!(
        "{}: the entries {first} to {last} are not those that checkpoint {number} signed",
        named(stream)
    );
    Finding::new(Kind::Rewritten, number, what).at(stream, first, last)
}

fn cut(stream: StreamId, head: Seq, signed: Seq, number: u64) -> Finding {
    let ends = if head == Seq::ZERO {
        "is not there".to_owned()
    } else {
        format!("ends at entry {head}")
    };
    let what = format!(
        "{} {ends}; checkpoint {number} signed it up to entry {signed}",
        named(stream)
    );
    Finding::new(Kind::Cut, number, what).at(stream, head.next(), signed)
}

fn named(stream: StreamId) -> String {
    if stream == StreamId::WORKSPACE {
        "the workspace's stream".to_owned()
    } else {
        format!("plan {stream}")
    }
}

impl Finding {
    const fn new(kind: Kind, checkpoint: u64, what: String) -> Self {
        Self {
            checkpoint,
            kind,
            what,
            stream: None,
            first_entry: None,
            last_entry: None,
        }
    }

    const fn at(mut self, stream: StreamId, first: Seq, last: Seq) -> Self {
        self.stream = Some(stream);
        self.first_entry = Some(first);
        self.last_entry = Some(last);
        self
    }
}
