//! The mark of what is known to be durable: a small file beside the segments.
//!
//! Without it, a last frame that was acknowledged and has rotted since would look like one that was being written when
//! the power went, and would be cut. The mark is written after the frame it names is durable, when nobody waits, and
//! not synced while the journal runs: it may lag behind, never lead. It has two slots in two sectors: one holds a mark
//! that is durable and stays until the other was synced, so that there is a whole one whatever happens.

use std::io;
use std::sync::Arc;

use super::disk::{Access, Disk, DiskFile, read_full, write_full};
use super::format::Checksum;

/// The file's name.
pub(crate) const MARK_FILE: &str = "durable";
const SLOT_STRIDE_BYTES: u64 = 4096;
const SLOT_BYTES: usize = 32;
const SLOTS: u64 = 2;
const MAGIC: [u8; 4] = *b"ILDM";

/// The last frame known to be durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) number: u64,
    pub(crate) checksum: Checksum,
}

impl Mark {
    /// Stands in a backup until all of it is there: no journal has so many frames, so none of it is taken for whole.
    pub(crate) const UNFINISHED: Self = Self {
        number: u64::MAX,
        checksum: Checksum::START,
    };

    pub(crate) fn encode(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SLOT_BYTES);
        bytes.extend(MAGIC);
        bytes.extend(self.number.to_le_bytes());
        bytes.extend(self.checksum.0);
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (covered, rest) = bytes.split_at_checked(SLOT_BYTES - 4)?;
        let known = covered.starts_with(&MAGIC) && rest.first_chunk() == Some(&crc32fast::hash(covered).to_le_bytes());
        let number = u64::from_le_bytes(*covered.get(4..)?.first_chunk()?);
        let checksum = Checksum(*covered.get(12..)?.first_chunk()?);
        known.then_some(Self { number, checksum })
    }

    /// The mark in a folder, if there is a readable one. A damaged mark is no mark: it proves nothing about the journal.
    pub(crate) fn load(disk: &dyn Disk) -> io::Result<Option<Self>> {
        let file = match disk.open(MARK_FILE, Access::Read) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut newest: Option<Self> = None;
        for slot in 0..SLOTS {
            let mut bytes = [0; SLOT_BYTES];
            let read = read_full(&*file, &mut bytes, slot * SLOT_STRIDE_BYTES)?;
            let mark = bytes.get(..read).and_then(Self::decode);
            newest = newest.into_iter().chain(mark).max_by_key(|mark| mark.number);
        }
        Ok(newest)
    }
}

/// Writes the mark.
pub(crate) struct MarkFile {
    file: Arc<dyn DiskFile>,
    slot: u64,
    written: u64,
}

impl MarkFile {
    /// Opens the file in a folder, or makes it.
    pub(crate) fn open(disk: &dyn Disk) -> io::Result<Self> {
        let file = match disk.open(MARK_FILE, Access::Write) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let file = disk.create_zeroed(MARK_FILE, SLOTS * SLOT_STRIDE_BYTES)?;
                // Or the first mark that is synced could go with the file's name.
                disk.sync_dir()?;
                file
            }
            file => file?,
        };
        let mut bytes = [0; SLOT_BYTES];
        read_full(&*file, &mut bytes, 0)?;
        let first = Mark::decode(&bytes);
        let newest = Mark::load(disk)?;
        let mut mark = Self {
            file,
            slot: u64::from(first.is_none() || first != newest),
            written: 0,
        };
        if let Some(newest) = newest {
            // It may be in the system's cache only, even after a sync that failed: written again, then synced.
            mark.write(newest)?;
            mark.sync()?;
        }
        Ok(mark)
    }

    /// The number of the frame that was marked last.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Writes a mark, without waiting for the disk.
    pub(crate) fn write(&mut self, mark: Mark) -> io::Result<()> {
        write_full(&*self.file, &mark.encode(), self.slot * SLOT_STRIDE_BYTES)?;
        self.written = mark.number;
        Ok(())
    }

    /// Makes the mark durable; the next goes into the other slot.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        self.slot = (self.slot + 1) % SLOTS;
        Ok(())
    }
}
