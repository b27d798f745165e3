//! Makes segments: zero-filled, synced and named before the first frame is written into one.
//!
//! A new segment grows under a temporary name and gets its own only when all of it is durable. So whatever is named
//! like a segment has a whole header and its full length, or is damaged; there is no third case to guess about.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::disk::{Disk, DiskFile, write_full};
use super::format::{JournalId, SegmentHeader};
use super::segment_name;

/// The name under which a segment is made.
pub(crate) const NEW_SEGMENT_FILE: &str = "new-segment";

/// Makes a segment; it is durable, with its name, when this returns.
pub(crate) fn create_segment(disk: Arc<dyn Disk>, header: SegmentHeader) -> io::Result<Arc<dyn DiskFile>> {
    let mut new = NewSegment::new(disk, header);
    loop {
        if let Some(made) = new.step() {
            return made;
        }
    }
}

/// A segment that is being made, one thing after the other: a simulated disk sees what the writer does in between.
struct NewSegment {
    disk: Arc<dyn Disk>,
    header: SegmentHeader,
    stage: Stage,
}

/// What is to be done next, and with what.
enum Stage {
    Fill,
    WriteHeader(Arc<dyn DiskFile>),
    SyncFile(Arc<dyn DiskFile>),
    Rename(Arc<dyn DiskFile>),
    SyncName(Arc<dyn DiskFile>),
    Done,
}

impl NewSegment {
    fn new(disk: Arc<dyn Disk>, header: SegmentHeader) -> Self {
        let stage = Stage::Fill;
        Self { disk, header, stage }
    }

    /// Does the next thing; the segment, or why there is none, when all is done.
    fn step(&mut self) -> Option<io::Result<Arc<dyn DiskFile>>> {
        let named = matches!(self.stage, Stage::Rename(_) | Stage::SyncName(_));
        match self.next() {
            Ok(Some(file)) => Some(Ok(file)),
            Ok(None) => None,
            Err(error) => {
                if !named {
                    // To give the space back; if that fails too, the next attempt or the next start replaces the file.
                    let _ = self.disk.remove(NEW_SEGMENT_FILE);
                }
                Some(Err(error))
            }
        }
    }

    fn next(&mut self) -> io::Result<Option<Arc<dyn DiskFile>>> {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Fill => Stage::WriteHeader(self.disk.create_zeroed(NEW_SEGMENT_FILE, self.header.file_bytes)?),
            Stage::WriteHeader(file) => {
                write_full(&*file, &self.header.encode(), 0)?;
                Stage::SyncFile(file)
            }
            Stage::SyncFile(file) => {
                file.sync_data()?;
                Stage::Rename(file)
            }
            Stage::Rename(file) => {
                self.disk.rename(NEW_SEGMENT_FILE, &segment_name(self.header.segment))?;
                Stage::SyncName(file)
            }
            Stage::SyncName(file) => {
                self.disk.sync_dir()?;
                return Ok(Some(file));
            }
            Stage::Done => return Err(io::Error::other("a segment is made once")),
        };
        Ok(None)
    }
}

/// A piece of work in steps: does the next one at each call, and says whether there is more.
#[cfg_attr(
    not(feature = "testing"),
    expect(unreachable_pub, reason = "given by simulations only")
)]
pub type Job = Box<dyn FnMut() -> bool + Send>;
/// Waits until a job is done; `false`: it has panicked.
#[cfg_attr(
    not(feature = "testing"),
    expect(unreachable_pub, reason = "given by simulations only")
)]
pub type Finish = Box<dyn FnOnce() -> bool + Send>;

/// Does a job while the writer writes.
#[cfg_attr(
    not(feature = "testing"),
    expect(unreachable_pub, reason = "given by simulations only")
)]
pub trait Background: Send + Sync {
    /// Begins a job.
    fn start(&self, job: Job) -> io::Result<Finish>;
}

/// Each job in a thread of its own: one for every 64 MiB of edits is cheaper than one that waits.
pub(crate) struct Threads;

impl Background for Threads {
    fn start(&self, mut job: Job) -> io::Result<Finish> {
        let thread = std::thread::Builder::new().name("journal-allocate".to_owned());
        let running = thread.spawn(move || while job() {})?;
        Ok(Box::new(move || running.join().is_ok()))
    }
}

/// Makes the segments of one journal, each before it is needed.
pub(crate) struct Allocator {
    disk: Arc<dyn Disk>,
    id: JournalId,
    segment_bytes: u64,
    background: Arc<dyn Background>,
    state: State,
}

/// What a job leaves.
type Made = Arc<Mutex<Option<io::Result<Arc<dyn DiskFile>>>>>;

enum State {
    Idle,
    /// Made, not used yet.
    Ready(Arc<dyn DiskFile>),
    /// Being made.
    Making(Finish, Made),
}

impl Allocator {
    /// `spare`: the next segment, if it is there already.
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        id: JournalId,
        segment_bytes: u64,
        spare: Option<Arc<dyn DiskFile>>,
        background: Arc<dyn Background>,
    ) -> Self {
        let state = spare.map_or(State::Idle, State::Ready);
        Self {
            disk,
            id,
            segment_bytes,
            background,
            state,
        }
    }

    /// Begins to make a segment in the background, unless it is made or being made.
    pub(crate) fn prepare(&mut self, segment: u32) {
        if matches!(self.state, State::Idle) {
            let mut new = NewSegment::new(Arc::clone(&self.disk), self.header(segment));
            let made = Made::default();
            let result = Arc::clone(&made);
            let job = Box::new(move || {
                let done = new.step();
                let more = done.is_none();
                *lock(&result) = done;
                more
            });
            // If it cannot begin now, the segment is made when it is needed.
            if let Ok(finish) = self.background.start(job) {
                self.state = State::Making(finish, made);
            }
        }
    }

    /// The next segment, waiting until it is made.
    pub(crate) fn take(&mut self, segment: u32) -> io::Result<Arc<dyn DiskFile>> {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Ready(file) => Ok(file),
            State::Idle => self.create(segment),
            State::Making(finish, made) => {
                let made = finish().then(|| lock(&made).take()).flatten();
                match made {
                    Some(Ok(file)) => Ok(file),
                    // The disk was full or failed when it was tried ahead of time, and may be well by now. Nothing was ever
                    // in that file: a new one takes its place, and only if that fails too is it said.
                    Some(Err(_)) | None => self.create(segment),
                }
            }
        }
    }

    /// Waits until nothing is being made.
    pub(crate) fn finish(self) {
        if let State::Making(finish, _) = self.state {
            // Nobody needs it now; if it failed, the next start makes it again.
            finish();
        }
    }

    fn create(&self, segment: u32) -> io::Result<Arc<dyn DiskFile>> {
        create_segment(Arc::clone(&self.disk), self.header(segment))
    }

    fn header(&self, segment: u32) -> SegmentHeader {
        SegmentHeader {
            segment,
            file_bytes: self.segment_bytes,
            id: self.id,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // One assignment runs under this lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
