//! What the server has said is saved, written down as it is heard: a line that is there is a promise that was made.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::Context as _;
use domain::ChangeHash;

/// Where the lines go, if anywhere.
#[derive(Debug, Clone)]
pub(crate) struct Acks {
    file: Option<Arc<Mutex<File>>>,
    start: Instant,
}

/// What was heard of a change.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Heard {
    /// An own one is on the server's disk.
    Acknowledged,
    /// Somebody else's was shown.
    Seen,
}

impl Acks {
    pub(crate) fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let open = |path: &Path| {
            let file = OpenOptions::new().append(true).create(true).open(path);
            file.with_context(|| format!("cannot write to {}", path.display()))
        };
        let file = path.map(open).transpose()?.map(|file| Arc::new(Mutex::new(file)));
        Ok(Self {
            file,
            start: Instant::now(),
        })
    }

    /// Writes lines with one call to the system and no buffer, so that a killed process loses none.
    pub(crate) fn write(&self, heard: &[(Heard, ChangeHash)]) -> anyhow::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        if heard.is_empty() {
            return Ok(());
        }
        let nanoseconds = self.start.elapsed().as_nanos();
        let mut lines = String::new();
        for (heard, hash) in heard {
            let word = match heard {
                Heard::Acknowledged => "ACK",
                Heard::Seen => "SEEN",
            };
            // Writing into memory does not fail.
            let _ = writeln!(lines, "{word} {hash} {nanoseconds}");
        }
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(lines.as_bytes())
            .context("cannot write what was acknowledged")
    }
}
