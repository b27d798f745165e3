//! What happened on a simulated disk, a line for each, to be read by a person.

use std::fmt;

use super::names::FileId;

/// One operation.
#[derive(Debug, Clone)]
pub(super) enum Op {
    Create(FileId, String, usize),
    Rename(String, String),
    Remove(String),
    SyncNames { failed: bool },
    Write(FileId, u64, Vec<u8>),
    Sync { file: FileId, failed: bool },
    Note(String),
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = |failed: &bool| if *failed { " FAILED" } else { "" };
        match self {
            Self::Create(file, name, bytes) => write!(f, "create {name} as file {file} with {bytes} zeros"),
            Self::Rename(from, to) => write!(f, "rename {from} to {to}"),
            Self::Remove(name) => write!(f, "remove {name}"),
            Self::SyncNames { failed } => write!(f, "sync the names{}", outcome(failed)),
            Self::Sync { file, failed } => write!(f, "sync file {file}{}", outcome(failed)),
            Self::Note(words) => write!(f, "# {words}"),
            Self::Write(file, offset, bytes) => {
                write!(f, "write file {file} at {offset}, {} bytes: ", bytes.len())?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}
