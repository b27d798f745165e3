//! Signed checkpoints: what every stream of the journal was at a moment, under a key, each naming the one before.
//!
//! - `form`: a checkpoint, its bytes and its line of JSON
//! - `key`: the key it is signed with, and the public key's text
//! - `log`: the file with all of them
//! - `signed`: what all of them together have signed
//! - `maker`: makes the next one; never over a past that is not the signed one
//! - `proof`: whether a journal continues what was signed, with the public key alone
//! - `publish`: sends them outside; `webhook`: to the address that an operator gave
//!
//! A chain of hashes alone proves nothing against who can write the files: they compute it anew. What this adds and what
//! not stands in docs/audit.md.

mod form;
mod key;
mod log;
mod maker;
pub mod proof;
pub mod publish;
mod signed;
mod webhook;

use std::io;
use std::path::{Path, PathBuf};

use domain::Seq;
use journal::{AppendError, ReadError, StreamId};

pub use form::{Checkpoint, CheckpointHash, Mark, Statement, Unreadable};
pub use key::{BadPublicKey, PublicKey, SigningKey};
pub use maker::{Checkpoints, Made};
pub use signed::{Broken, Signed};
pub use webhook::Webhook;

/// Where the key and the checkpoints are in a data folder.
pub fn checkpoints_dir(data: &Path) -> PathBuf {
    data.join("checkpoints")
}

/// The file with all checkpoints, in the folder of [`checkpoints_dir`].
pub const LOG_FILE: &str = "log.jsonl";
/// The file with the key.
pub const KEY_FILE: &str = "key";

/// Why there is no checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The system refused.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file of the key holds none.
    #[error("{0} holds no key: put it back from a backup")]
    BadKey(PathBuf),
    /// The key is another one than what the checkpoints were signed with.
    #[error(
        "checkpoint {number} was signed with another key, {of}: put that key back from a backup, or move the folder \
         'checkpoints' away to begin anew"
    )]
    OtherKey {
        /// The last checkpoint.
        number: u64,
        /// Its key.
        of: PublicKey,
    },
    /// A line of the file is no checkpoint.
    #[error("line {line} of {}: {why}", file.display())]
    Line {
        /// Which file.
        file: PathBuf,
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        why: Unreadable,
    },
    /// The checkpoints do not follow on each other.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// The journal is not the one that was signed.
    #[error(
        "the journal does not continue what was signed: entry {seq} of stream {stream} is not there as it was signed; no \
         checkpoint is made over another past: see interlock verify --public-key"
    )]
    OtherPast {
        /// Which stream.
        stream: StreamId,
        /// The last entry of it that was signed.
        seq: Seq,
    },
    /// The journal could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// What was done could not be written down.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The task that makes checkpoints is gone.
    #[error("the server is shutting down")]
    Stopped,
}

impl CheckpointError {
    /// Names what was tried when the system refused.
    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

#[cfg(test)]
mod tests;
