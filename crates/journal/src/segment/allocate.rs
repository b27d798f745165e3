//! Makes segments: zero-filled, synced and named before the first frame is written into one.
//!
//! A new segment grows under a temporary name and gets its own only when all of it is durable. So whatever is named
//! like a segment has a whole header and its full length, or is damaged; there is no third case to guess about.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::disk::{Disk, DiskFile, write_full};
use super::format::{JournalId, SegmentHeader};
use super::segment_name;

/// The name under which a segment is made.
pub(crate) const NEW_SEGMENT_FILE: &str = "new-segment";

/// Makes a segment; it is durable, with its name, when this returns.
pub(crate) fn create_segment(disk: &dyn Disk, header: SegmentHeader) -> io::Result<Arc<dyn DiskFile>> {
    let made = fill(disk, header);
    if made.is_err() {
        // To give the space back; if that fails too, the next attempt or the next start replaces the file.
        let _ = disk.remove(NEW_SEGMENT_FILE);
    }
    let file = made?;
    disk.rename(NEW_SEGMENT_FILE, &segment_name(header.segment))?;
    disk.sync_dir()?;
    Ok(file)
}

fn fill(disk: &dyn Disk, header: SegmentHeader) -> io::Result<Arc<dyn DiskFile>> {
    let file = disk.create_zeroed(NEW_SEGMENT_FILE, header.file_bytes)?;
    write_full(&*file, &header.encode(), 0)?;
    file.sync_data()?;
    Ok(file)
}

/// Makes the segments of one journal, each before it is needed.
pub(crate) struct Allocator {
    disk: Arc<dyn Disk>,
    id: JournalId,
    segment_bytes: u64,
    state: State,
}

enum State {
    Idle,
    /// Made, not used yet.
    Ready(Arc<dyn DiskFile>),
    /// Being made. A thread of its own each time: one for every 64 MiB of edits is cheaper than one that waits.
    Making(JoinHandle<io::Result<Arc<dyn DiskFile>>>),
}

impl Allocator {
    /// `spare`: the next segment, if it is there already.
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        id: JournalId,
        segment_bytes: u64,
        spare: Option<Arc<dyn DiskFile>>,
    ) -> Self {
        let state = spare.map_or(State::Idle, State::Ready);
        Self {
            disk,
            id,
            segment_bytes,
            state,
        }
    }

    /// Begins to make a segment in the background, unless it is made or being made.
    pub(crate) fn prepare(&mut self, segment: u32) {
        if matches!(self.state, State::Idle) {
            let (disk, header) = (Arc::clone(&self.disk), self.header(segment));
            let make = move || create_segment(&*disk, header);
            // No thread now: the segment is made when it is needed.
            if let Ok(making) = std::thread::Builder::new()
                .name("journal-allocate".to_owned())
                .spawn(make)
            {
                self.state = State::Making(making);
            }
        }
    }

    /// The next segment, waiting until it is made.
    pub(crate) fn take(&mut self, segment: u32) -> io::Result<Arc<dyn DiskFile>> {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Ready(file) => Ok(file),
            State::Idle => create_segment(&*self.disk, self.header(segment)),
            State::Making(making) => match making.join() {
                // The disk was full when it was tried ahead of time; it may have space by now.
                Ok(Err(error)) if super::disk::is_full(&error) => create_segment(&*self.disk, self.header(segment)),
                Ok(made) => made,
                Err(_) => Err(io::Error::other("the thread that makes segments has panicked")),
            },
        }
    }

    /// Waits until nothing is being made, and goes on: for a journal that is stepped, whose disk must see one thing
    /// after the other.
    #[cfg(feature = "testing")]
    pub(crate) fn wait(&self) {
        while matches!(&self.state, State::Making(making) if !making.is_finished()) {
            std::thread::yield_now();
        }
    }

    /// Waits until nothing is being made.
    pub(crate) fn finish(self) {
        if let State::Making(making) = self.state {
            // Nobody needs it now; if it failed, the next start makes it again.
            let _ = making.join();
        }
    }

    fn header(&self, segment: u32) -> SegmentHeader {
        SegmentHeader {
            segment,
            file_bytes: self.segment_bytes,
            id: self.id,
        }
    }
}
