//! Reads a file front to back in large pieces, handing out slices of any place near.

use std::io;
use std::sync::Arc;

use super::disk::{DiskFile, read_full};

/// How much is read at once.
const WINDOW_BYTES: usize = 256 << 10;

/// A piece of a file in memory.
pub(crate) struct Window {
    file: Arc<dyn DiskFile>,
    file_bytes: u64,
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    pub(crate) fn new(file: Arc<dyn DiskFile>, file_bytes: u64) -> Self {
        Self {
            file,
            file_bytes,
            start: 0,
            bytes: Vec::new(),
        }
    }

    /// The file it reads.
    pub(crate) fn file(&self) -> &Arc<dyn DiskFile> {
        &self.file
    }

    /// Drops what is in memory: the next `get` sees what is on disk now.
    pub(crate) fn forget(&mut self) {
        self.bytes.clear();
    }

    /// `len` bytes from `offset` on; fewer only where the file ends.
    pub(crate) fn get(&mut self, offset: u64, len: usize) -> io::Result<&[u8]> {
        if self.slice(offset, len).len() < len {
            let left = usize::try_from(self.file_bytes.saturating_sub(offset)).unwrap_or(usize::MAX);
            self.bytes.resize(len.max(WINDOW_BYTES).min(left), 0);
            let read = read_full(&*self.file, &mut self.bytes, offset);
            self.bytes.truncate(*read.as_ref().unwrap_or(&0));
            self.start = offset;
            read?;
        }
        Ok(self.slice(offset, len))
    }

    /// The part of what is in memory.
    pub(crate) fn slice(&self, offset: u64, len: usize) -> &[u8] {
        let skip = offset
            .checked_sub(self.start)
            .and_then(|skip| usize::try_from(skip).ok());
        let rest = skip.and_then(|skip| self.bytes.get(skip..)).unwrap_or_default();
        rest.get(..len).unwrap_or(rest)
    }
}
