//! What can go wrong, for whom, and what to do about it.

use std::io;
use std::path::PathBuf;

use domain::Seq;

use crate::segment::disk::is_full;

/// Why entries were not appended. Nothing of the append is visible after any of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Somebody else has appended since: read from there and decide anew.
    #[error("the stream's last entry is {last}, not the expected one: read on from there and try again")]
    Fenced {
        /// The stream's last entry.
        last: Seq,
    },
    /// The disk is full. Reading goes on; appending works again when there is space.
    #[error("no space left on the data folder's disk: free some; nothing that was saved is lost")]
    Full,
    /// A write did not reach the disk for sure, and trying again could lie about it.
    #[error("the disk failed to store an edit: no more are taken; check the disk, then restart the server")]
    Poisoned,
    /// The append is larger than the journal takes at once: split it.
    #[error("{bytes} bytes are too many for one append (at most {max}): split it")]
    TooLarge {
        /// What it would take, framing included.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// Too much is waiting to be written: slow down and try again.
    #[error("too many edits are waiting for the disk: try again shortly")]
    QueueFull,
    /// The journal was closed.
    #[error("the journal is closed: the server is shutting down")]
    Closed,
}

/// Why entries could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The operating system refused.
    #[error("cannot read the journal file {file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The bytes on disk are not what was written.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The journal was closed; a tail has delivered everything there was.
    #[error("the journal is closed: the server is shutting down")]
    Closed,
}

/// The journal's files do not hold what was written to them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the journal is damaged in {file} at byte {offset}: {what}; restore the data folder from a backup")]
pub struct Damage {
    /// The file, by its name in the journal's folder.
    pub file: String,
    /// Where in it.
    pub offset: u64,
    /// What is wrong there.
    pub what: String,
}

/// Why a journal's folder could not be opened (or checked, or listed).
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("the journal in {dir} is in use by {}: stop that server first, or choose another data folder", holder(*pid))]
    Locked {
        /// The journal's folder.
        dir: PathBuf,
        /// The other process, if it said who it is.
        pid: Option<u32>,
    },
    /// It was written by a newer release.
    #[error("{file} has journal format {found}, and this program knows formats up to {known}: use a newer release")]
    NewerFormat {
        /// The file.
        file: String,
        /// Its format version.
        found: u32,
        /// The newest version this program reads.
        known: u32,
    },
    /// The bytes on disk are not what was written.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The folder is not this program's to use.
    #[error(
        "the system does not let this program use the journal's folder ({what}: {source}): \
         give the folder to the user who runs it, on a disk that can be written to"
    )]
    Forbidden {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// The disk is full.
    #[error(
        "no space left on the data folder's disk ({what}): free some and start again; nothing that was saved is lost"
    )]
    Full {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// The operating system refused.
    #[error("cannot open the journal: {what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
}

impl OpenError {
    /// Names what was tried when the system refused.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::Forbidden { what, source },
            _ if is_full(&source) => Self::Full { what, source },
            _ => Self::Io { what, source },
        }
    }
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is something in the folder it was to be put in.
    #[error("{dir} is not empty: give a new folder for each backup")]
    NotEmpty {
        /// That folder.
        dir: PathBuf,
    },
    /// The journal cannot be read, or what is read is damaged.
    #[error("the journal cannot be copied: {0}")]
    Source(#[source] OpenError),
    /// The copy cannot be written.
    #[error("the copy cannot be written: {0}")]
    Target(#[source] OpenError),
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}
