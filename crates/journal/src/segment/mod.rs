//! The journal on disk: a folder of segments, one writer, many readers.
//!
//! - `disk`: what is needed of a disk, as a trait, and the real one
//! - `format`: the bytes of segments, frames and records
//! - `walk`: all frames in order; tells a torn end from damage
//! - `recover`: opening a folder: walk, index, cut what was torn
//! - `foresight`: hashes ahead of the writer
//! - `index`: where every record is, in memory
//! - `shared`: reading records
//! - `writer`: the one thread that writes; groups what waits into one frame and one fdatasync
//! - `allocate`: makes the next segment before it is needed
//! - `mark`: the mark of what is known to be durable
//! - `check`: `verify` and `dump`
//! - `backup`: a checked copy, while a server writes or not
//! - `stepped`: the same without threads, for simulations

pub(crate) mod allocate;
pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod disk;
pub(crate) mod foresight;
pub(crate) mod format;
#[cfg(test)]
mod golden;
pub(crate) mod index;
pub(crate) mod mark;
pub(crate) mod recover;
pub(crate) mod shared;
#[cfg(feature = "testing")]
pub(crate) mod stepped;
pub(crate) mod walk;
pub(crate) mod window;
pub(crate) mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use domain::Seq;
use tokio::sync::{mpsc, oneshot};

use self::disk::{Disk, FsDisk};
use self::shared::Shared;
use self::writer::{Request, Waiting};
use crate::api::{Journal, Tail};
use crate::error::{AppendError, OpenError, ReadError};
use crate::live::Follower;
use crate::types::{Append, Committed, Head, Record, StreamId};
use crate::{APPEND_BYTES_MAX, TAIL_BATCH_BYTES};

/// No segment is longer: places in one are kept in 32 bits.
const SEGMENT_BYTES_MAX: u64 = 2 << 30;
const _: () = assert!(format::FRAME_HEADER_BYTES + APPEND_BYTES_MAX + 8 <= format::FRAME_BYTES_MAX);

/// What a segment's file is called.
pub(crate) fn segment_name(number: u32) -> String {
    format!("{number:010}.segment")
}

/// The number of a segment, if the file is one.
pub(crate) fn segment_number(name: &str) -> Option<u32> {
    let number = name.strip_suffix(".segment")?.parse().ok()?;
    (segment_name(number) == name).then_some(number)
}

/// How a [`SegmentJournal`] works. The defaults are right for a server.
#[derive(Debug, Clone)]
pub struct Options {
    /// The length of new segments; raised to what the longest append needs.
    pub segment_bytes: u64,
    /// The most one append may take, framing included; at most [`APPEND_BYTES_MAX`].
    pub append_bytes_max: usize,
    /// How many appends may wait for the writer.
    pub queue_appends_max: usize,
    /// How many bytes of appends may wait for the writer; one append is taken even if it is larger.
    pub queue_bytes_max: usize,
    /// The id of a journal that is made new; random if not given (a seeded test gives it).
    pub identity: Option<[u8; 32]>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 64 << 20,
            append_bytes_max: APPEND_BYTES_MAX,
            queue_appends_max: 8192,
            queue_bytes_max: 64 << 20,
            identity: None,
        }
    }
}

impl Options {
    /// The options with what does not fit together put right.
    fn checked(mut self) -> Self {
        self.append_bytes_max = self.append_bytes_max.min(APPEND_BYTES_MAX);
        self.queue_appends_max = self.queue_appends_max.max(1);
        let least = format::SEGMENT_HEADER_BYTES + self.frame_bytes_max();
        self.segment_bytes = self.segment_bytes.clamp(least, SEGMENT_BYTES_MAX);
        self
    }

    /// The longest frame that is written with these options.
    fn frame_bytes_max(&self) -> u64 {
        (format::FRAME_HEADER_BYTES + self.append_bytes_max.next_multiple_of(8)) as u64
    }
}

/// A journal in a folder.
///
/// One process has it open at a time. Dropping it, like [`SegmentJournal::close`], waits until what is queued is durable.
pub struct SegmentJournal {
    shared: Arc<Shared>,
    append_bytes_max: usize,
    queue_bytes_max: usize,
    running: Mutex<Option<Running>>,
}

/// The writer, while the journal is open.
struct Running {
    queue: mpsc::Sender<Request>,
    thread: JoinHandle<()>,
}

impl SegmentJournal {
    /// Opens the journal in a folder, or begins one there.
    pub fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        let disk = FsDisk::create(dir).map_err(OpenError::io(format!("making the folder {}", dir.display())))?;
        Self::open_on(Arc::new(disk), options).map_err(|error| match error {
            OpenError::Locked { pid, .. } => OpenError::Locked {
                dir: dir.to_owned(),
                pid,
            },
            error => error,
        })
    }

    /// Opens the journal on a disk, or begins one there.
    pub fn open_on(disk: Arc<dyn Disk>, options: Options) -> Result<Self, OpenError> {
        let options = options.checked();
        let (append_bytes_max, queue_bytes_max) = (options.append_bytes_max, options.queue_bytes_max);
        let (queue, requests) = mpsc::channel(options.queue_appends_max);
        let recovered = recover::recover(disk, options, Arc::new(allocate::Threads))?;
        let shared = Arc::clone(&recovered.shared);
        let thread = writer::spawn(recovered, requests).map_err(OpenError::io("starting the writer's thread"))?;
        let running = Mutex::new(Some(Running { queue, thread }));
        Ok(Self {
            shared,
            append_bytes_max,
            queue_bytes_max,
            running,
        })
    }

    /// Takes no more appends, and returns when all that were taken are durable. Tails give what there is and then end
    /// with [`ReadError::Closed`].
    pub async fn close(&self) {
        if let Some(thread) = self.stop() {
            // The thread's panic was reported where it happened; there is nothing left to stop.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }

    /// Whether a failing disk has stopped the taking of edits.
    pub fn is_poisoned(&self) -> bool {
        self.shared.is_poisoned()
    }

    /// Whether edits are refused for want of space. Nobody knows before the next edit whether there is some again, so
    /// this is forgotten half a minute after the last refusal.
    pub fn is_full(&self) -> bool {
        self.shared.is_full()
    }

    fn stop(&self) -> Option<JoinHandle<()>> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        running.map(|Running { queue, thread }| {
            drop(queue);
            thread
        })
    }

    /// Puts an append into the writer's queue.
    fn enqueue(&self, append: Append) -> Result<oneshot::Receiver<Result<Committed, AppendError>>, AppendError> {
        let waiting = Waiting::admit(&self.shared, &append, self.append_bytes_max, self.queue_bytes_max)?;
        let (reply, answer) = oneshot::channel();
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = &running.as_ref().ok_or(AppendError::Closed)?.queue;
        let (stream, foresight) = (append.stream, &self.shared.foresight);
        let send = |append, foreseen| {
            let request = Request {
                append,
                foreseen,
                waiting,
                reply,
            };
            queue.try_send(request).map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => AppendError::QueueFull,
                mpsc::error::TrySendError::Closed(_) => self.gone(),
            })
        };
        foresight.queue(append, || self.shared.index().head(stream), send)?;
        Ok(answer)
    }

    /// Why the writer does not answer.
    fn gone(&self) -> AppendError {
        if self.shared.is_poisoned() {
            AppendError::Poisoned
        } else {
            AppendError::Closed
        }
    }
}

impl Drop for SegmentJournal {
    fn drop(&mut self) {
        if let Some(thread) = self.stop() {
            // As in `close`.
            let _ = thread.join();
        }
    }
}

impl Journal for SegmentJournal {
    type Tail = SegmentTail;

    async fn append(&self, append: Append) -> Result<Committed, AppendError> {
        let answer = self.enqueue(append)?;
        answer.await.unwrap_or_else(|_| Err(self.gone()))
    }

    async fn read(&self, stream: StreamId, from: Seq, max_bytes: usize) -> Result<Vec<Record>, ReadError> {
        read(&self.shared, stream, from, max_bytes).await
    }

    fn tail(&self, stream: StreamId, from: Seq) -> SegmentTail {
        let follower = self.shared.live.follow(stream);
        SegmentTail {
            shared: Arc::clone(&self.shared),
            follower,
            stream,
            next: from.max(Seq(1)),
        }
    }

    fn head(&self, stream: StreamId) -> Option<Head> {
        self.shared.index().head(stream)
    }

    fn streams(&self) -> Vec<(StreamId, Head)> {
        self.shared.index().heads()
    }
}

/// Reads off the async threads; a stream's end is seen without leaving them.
async fn read(shared: &Arc<Shared>, stream: StreamId, from: Seq, max_bytes: usize) -> Result<Vec<Record>, ReadError> {
    let there = shared.index().head(stream).is_some_and(|head| head.seq >= from);
    if !there {
        return Ok(Vec::new());
    }
    let shared = Arc::clone(shared);
    let reading = tokio::task::spawn_blocking(move || shared.read(stream, from, max_bytes));
    // The task ends early only with its runtime.
    reading.await.unwrap_or(Err(ReadError::Closed))
}

/// Follows a stream of a [`SegmentJournal`].
pub struct SegmentTail {
    shared: Arc<Shared>,
    follower: Follower,
    stream: StreamId,
    next: Seq,
}

impl Tail for SegmentTail {
    async fn next(&mut self) -> Result<Vec<Record>, ReadError> {
        loop {
            self.follower.mark_seen();
            let records = read(&self.shared, self.stream, self.next, TAIL_BATCH_BYTES).await?;
            if let Some(last) = records.last() {
                self.next = last.seq.next();
                return Ok(records);
            }
            if !self.follower.changed().await {
                return Err(ReadError::Closed);
            }
        }
    }
}
