//! The words of the journal: streams, keys, records, and what an append asks and gets.

use std::fmt;

use bytes::Bytes;
use domain::{PlanId, Seq, TimestampMs};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A stream of the journal: one per plan, with the plan's id, and one for the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StreamId(pub Uuid);

impl StreamId {
    /// The workspace's own stream: people, plans, tokens. No plan has the nil id.
    pub const WORKSPACE: Self = Self(Uuid::nil());
}

impl From<PlanId> for StreamId {
    fn from(plan: PlanId) -> Self {
        Self(plan.0)
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names an entry for ever: appending a key that is already in the stream is a no-op that answers its old place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub [u8; 32]);

/// The running hash of a stream up to and including an entry: BLAKE3 over the hash before it and the entry's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainHash(pub [u8; 32]);

impl ChainHash {
    /// Before the first entry of a stream.
    pub const START: Self = Self([0; 32]);

    /// The hash after an entry.
    ///
    /// The stream is part of what is hashed: without it, two streams with equal entries would have equal chains, and
    /// one could be passed off as the other.
    #[must_use]
    pub fn next(self, stream: StreamId, seq: Seq, at: TimestampMs, key: &Key, payload: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0);
        hasher.update(stream.0.as_bytes());
        hasher.update(&seq.0.to_le_bytes());
        hasher.update(&at.0.to_le_bytes());
        hasher.update(&key.0);
        hasher.update(payload);
        Self(*hasher.finalize().as_bytes())
    }
}

macro_rules! hex_text {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }
    };
}

hex_text!(Key);
hex_text!(ChainHash);

/// An entry to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecord {
    /// The entry's name; a second append of it changes nothing.
    pub key: Key,
    /// The caller's now. What is stored is never earlier than the stream's last entry.
    pub at: TimestampMs,
    /// The entry, opaque to the journal.
    pub payload: Bytes,
}

/// An entry as the journal holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Its place in the stream.
    pub seq: Seq,
    /// When it was accepted; never earlier than the entry before it.
    pub at: TimestampMs,
    /// Its name.
    pub key: Key,
    /// The entry, opaque to the journal.
    pub payload: Bytes,
    /// The stream's hash up to and including this entry.
    pub chain: ChainHash,
}

/// Entries for one stream: all of them become durable, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// The stream to append to; it begins with its first entry.
    pub stream: StreamId,
    /// The fence: if given, the stream's last entry must be this one ([`Seq::ZERO`]: the stream must be empty). An
    /// append that adds nothing, because every key is there already, is answered whatever the fence says.
    pub expect: Option<Seq>,
    /// The entries, in order.
    pub records: Vec<NewRecord>,
}

/// Where the entries of an append are, in the order they were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// One for each entry of the append.
    pub records: Vec<Placed>,
}

/// Where one entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Its place in the stream.
    pub seq: Seq,
    /// Its time as stored.
    pub at: TimestampMs,
    /// The key was there before, and this append did not add it.
    pub duplicate: bool,
}

/// The end of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The last entry's place.
    pub seq: Seq,
    /// The last entry's time.
    pub at: TimestampMs,
    /// The stream's hash up to its last entry.
    pub chain: ChainHash,
}

impl Head {
    /// Before the first entry of a stream.
    pub(crate) const NONE: Self = Self {
        seq: Seq::ZERO,
        at: TimestampMs(i64::MIN),
        chain: ChainHash::START,
    };
}

impl From<&Record> for Head {
    fn from(record: &Record) -> Self {
        Self {
            seq: record.seq,
            at: record.at,
            chain: record.chain,
        }
    }
}
