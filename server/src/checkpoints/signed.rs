//! What all checkpoints together have signed: a fold of them, in order.

use std::collections::BTreeMap;

use domain::{Seq, TimestampMs};
use journal::{ChainHash, StreamId};

use super::form::{Checkpoint, CheckpointHash, Mark};
use super::key::PublicKey;

/// Stands before what the digest of all ends is made of.
const DOMAIN: &[u8] = b"interlock heads 1\n";

/// The last of the checkpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Last {
    /// Its number.
    pub number: u64,
    /// Its name.
    pub hash: CheckpointHash,
    /// When it was made.
    pub at: TimestampMs,
    /// Who signed it.
    pub key: PublicKey,
}

/// The ends of all streams, as signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signed {
    last: Option<Last>,
    heads: BTreeMap<StreamId, (Seq, ChainHash)>,
}

/// Checkpoints that do not follow on each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// One is not there.
    #[error("checkpoint {missing} is missing")]
    Missing {
        /// Which.
        missing: u64,
    },
    /// One names another one before it.
    #[error("checkpoint {number} does not continue checkpoint {}", number.saturating_sub(1))]
    OtherPrevious {
        /// Which.
        number: u64,
    },
    /// One is earlier than the one before, or takes a stream back.
    #[error("checkpoint {number} goes back behind the one before it")]
    GoesBack {
        /// Which.
        number: u64,
    },
    /// One says that all streams together are something else than what was signed.
    #[error("checkpoint {number} does not say the same as all until then together")]
    OtherHeads {
        /// Which.
        number: u64,
    },
}

impl Signed {
    /// The last of the checkpoints.
    pub const fn last(&self) -> Option<Last> {
        self.last
    }

    /// The number of the next.
    pub fn next_number(&self) -> u64 {
        self.last.map_or(1, |last| last.number + 1)
    }

    /// The ends of all streams.
    pub const fn heads(&self) -> &BTreeMap<StreamId, (Seq, ChainHash)> {
        &self.heads
    }

    /// How many entries are signed.
    pub fn entries(&self) -> u64 {
        self.heads.values().map(|(seq, _)| seq.0).sum()
    }

    /// What the next checkpoint says about all streams, if these move.
    pub fn with(&self, moved: &[Mark]) -> (u64, [u8; 32]) {
        let mut heads = self.heads.clone();
        heads.extend(moved.iter().map(|mark| (mark.stream, (mark.seq, mark.chain))));
        (heads.len() as u64, digest(&heads))
    }

    /// Takes the next one in.
    pub fn take(&mut self, checkpoint: &Checkpoint) -> Result<(), Broken> {
        let statement = &checkpoint.statement;
        let number = statement.number;
        if number != self.next_number() {
            let missing = self.next_number();
            return Err(Broken::Missing { missing });
        }
        let (previous, at) = self
            .last
            .map_or((CheckpointHash::START, TimestampMs(i64::MIN)), |last| {
                (last.hash, last.at)
            });
        if statement.previous != previous {
            return Err(Broken::OtherPrevious { number });
        }
        let goes_on = |mark: &Mark| self.heads.get(&mark.stream).is_none_or(|(seq, _)| *seq < mark.seq);
        let ordered = statement.moved.windows(2).all(|pair| pair[0].stream < pair[1].stream);
        if statement.at < at || !ordered || !statement.moved.iter().all(goes_on) {
            return Err(Broken::GoesBack { number });
        }
        let moved = statement.moved.iter().map(|mark| (mark.stream, (mark.seq, mark.chain)));
        self.heads.extend(moved);
        if (statement.streams, statement.heads) != (self.heads.len() as u64, digest(&self.heads)) {
            return Err(Broken::OtherHeads { number });
        }
        self.last = Some(Last {
            number,
            hash: checkpoint.hash,
            at: statement.at,
            key: statement.key,
        });
        Ok(())
    }
}

fn digest(heads: &BTreeMap<StreamId, (Seq, ChainHash)>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(DOMAIN);
    for (stream, (seq, chain)) in heads {
        hasher.update(stream.0.as_bytes());
        hasher.update(&seq.0.to_le_bytes());
        hasher.update(&chain.0);
    }
    *hasher.finalize().as_bytes()
}
