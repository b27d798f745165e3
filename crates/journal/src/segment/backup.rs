//! A copy of the journal, while a server writes to it or not.
//!
//! What is copied is every frame, once it was read whole and checked, up to the last one that was there when the copy
//! came to it. So a copy is the journal as it was at one moment, and no frame in it is half of one that was just being
//! written. (A copy of the bytes, front to back, could miss the beginning of such a frame and have its end, and the
//! next one behind it: that is damage.) What was acknowledged before the copy began is in it.
//!
//! Until all of it is durable, a mark in it says that it is unfinished, and it does not open.

use std::path::Path;
use std::sync::Arc;

use super::check::{Summary, check_all, verify_on};
use super::disk::{Disk, DiskFile, FsDisk, write_full};
use super::format::{Checksum, SegmentHeader};
use super::mark::{Mark, MarkFile};
use super::segment_name;
use super::walk::{Frame, Walk};
use crate::error::{BackupError, OpenError};

/// Copies the journal in a folder into a new one, and says what is in the copy.
///
/// Only this program's own files are copied: what else is in the folder is not the journal's.
pub fn backup(dir: &Path, to: &Path) -> Result<Summary, BackupError> {
    let source = FsDisk::existing(dir)
        .map_err(OpenError::io(format!("reading the folder {}", dir.display())))
        .map_err(BackupError::Source)?;
    let target = FsDisk::create(to)
        .map_err(OpenError::io(format!("making the folder {}", to.display())))
        .map_err(BackupError::Target)?;
    backup_on(&source, &target).map_err(|error| match error {
        BackupError::NotEmpty { .. } => BackupError::NotEmpty { dir: to.to_owned() },
        error => error,
    })
}

/// [`backup`] from any disk to any other.
pub fn backup_on(from: &dyn Disk, to: &dyn Disk) -> Result<Summary, BackupError> {
    let there = to.list().map_err(OpenError::io("listing the backup's folder"));
    if !there.map_err(BackupError::Target)?.is_empty() {
        let dir = std::path::PathBuf::new();
        return Err(BackupError::NotEmpty { dir });
    }
    let mut copy = Copy::begin(to).map_err(BackupError::Target)?;
    let first = Walk::begin(from).map_err(BackupError::Source)?;
    if let Some(first) = first.map(|walk| walk.segment_header()) {
        // The first segment is copied without a frame too: it says which journal this is.
        copy.segment(first).map_err(BackupError::Target)?;
        check_all(from, |frame| copy.frame(frame, first).map_err(BackupError::Target))?;
    }
    copy.finish().map_err(BackupError::Target)?;
    // What was written is read once more: a backup is looked at when it is made, or when it is too late.
    verify_on(to).map_err(BackupError::Target)
}

/// Errors that come without saying from which side come from the one that is read.
impl From<OpenError> for BackupError {
    fn from(error: OpenError) -> Self {
        Self::Source(error)
    }
}

/// A copy that is being made.
struct Copy<'d> {
    disk: &'d dyn Disk,
    mark: MarkFile,
    last: Mark,
    current: Option<(u32, Arc<dyn DiskFile>)>,
}

impl<'d> Copy<'d> {
    fn begin(disk: &'d dyn Disk) -> Result<Self, OpenError> {
        let error = || OpenError::io("marking the backup as unfinished");
        let mut mark = MarkFile::open(disk).map_err(error())?;
        mark.write(Mark::UNFINISHED).map_err(error())?;
        mark.sync().map_err(error())?;
        disk.sync_dir().map_err(error())?;
        let last = Mark {
            number: 0,
            checksum: Checksum::START,
        };
        Ok(Self {
            disk,
            mark,
            last,
            current: None,
        })
    }

    /// Goes on in a new segment.
    fn segment(&mut self, header: SegmentHeader) -> Result<(), OpenError> {
        self.sync_segment()?;
        let name = segment_name(header.segment);
        let error = || OpenError::io(format!("making {name}"));
        let file = self.disk.create_zeroed(&name, header.file_bytes).map_err(error())?;
        write_full(&*file, &header.encode(), 0).map_err(error())?;
        self.current = Some((header.segment, file));
        Ok(())
    }

    /// Adds a frame; `first`: what the header of the first segment says.
    fn frame(&mut self, frame: &Frame<'_>, first: SegmentHeader) -> Result<(), OpenError> {
        if self
            .current
            .as_ref()
            .is_none_or(|(segment, _)| *segment != frame.segment)
        {
            self.segment(SegmentHeader {
                segment: frame.segment,
                file_bytes: frame.segment_bytes,
                id: first.id,
            })?;
        }
        if let Some((segment, file)) = &self.current {
            let error = OpenError::io(format!("writing {}", segment_name(*segment)));
            write_full(&**file, frame.bytes, frame.offset).map_err(error)?;
        }
        self.last = Mark {
            number: frame.number,
            checksum: frame.checksum,
        };
        Ok(())
    }

    fn sync_segment(&self) -> Result<(), OpenError> {
        match &self.current {
            Some((segment, file)) => file
                .sync_data()
                .map_err(OpenError::io(format!("making {} durable", segment_name(*segment)))),
            None => Ok(()),
        }
    }

    /// Makes all durable, and only then takes back that it is unfinished.
    fn finish(mut self) -> Result<(), OpenError> {
        self.sync_segment()?;
        let error = || OpenError::io("marking the backup as finished");
        self.disk.sync_dir().map_err(error())?;
        // Both slots: the mark that says more holds.
        for _ in 0..2 {
            self.mark.write(self.last).map_err(error())?;
            self.mark.sync().map_err(error())?;
        }
        Ok(())
    }
}
