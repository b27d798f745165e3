//! The one thread that writes. It takes all that waits as one group, writes it as one frame, makes it durable with one
//! fdatasync, and only then lets anybody see it or know of it.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use domain::{Seq, TimestampMs};
use tokio::sync::{mpsc, oneshot};

use super::allocate::Allocator;
use super::disk::{DiskFile, DiskLock, is_full, write_full, write_zeros};
use super::foresight::{Foreseen, is_foreseen};
use super::format::{Checksum, FrameBuilder, SEGMENT_HEADER_BYTES};
use super::index::Place;
use super::mark::{Mark, MarkFile};
use super::recover::Recovered;
use super::shared::Shared;
use crate::append_bytes;
use crate::error::AppendError;
use crate::sequence::{Sequenced, sequence};
use crate::types::{Append, Committed, Head, Key, Record, StreamId};

/// At most so many appends make a group.
const GROUP_APPENDS_MAX: usize = 1024;
/// A group is closed before it grows beyond this (one larger append is a group of its own): 1 MiB takes the disk about
/// as long as the fdatasync itself, so more would add waiting and save little.
const GROUP_BYTES_MAX: usize = 1 << 20;
/// While edits come without a pause, the mark is written once for so many frames.
const MARK_FRAMES: u64 = 64;

/// An append in the queue.
pub(crate) struct Request {
    pub(crate) append: Append,
    pub(crate) foreseen: Option<Foreseen>,
    pub(crate) waiting: Waiting,
    pub(crate) reply: oneshot::Sender<Result<Committed, AppendError>>,
}

/// The bytes of an append while it waits.
pub(crate) struct Waiting {
    shared: Arc<Shared>,
    bytes: usize,
}

impl Waiting {
    /// Lets an append wait, if the journal takes edits, it is not too long, and the queue holds no more than
    /// `queue_bytes_max` with it.
    pub(crate) fn admit(
        shared: &Arc<Shared>,
        append: &Append,
        append_bytes_max: usize,
        queue_bytes_max: usize,
    ) -> Result<Self, AppendError> {
        if shared.is_poisoned() {
            return Err(AppendError::Poisoned);
        }
        let bytes = append_bytes(append);
        if bytes > append_bytes_max {
            return Err(AppendError::TooLarge {
                bytes,
                max: append_bytes_max,
            });
        }
        Self::add(shared, bytes, queue_bytes_max).ok_or(AppendError::QueueFull)
    }

    /// Counts an append among what waits, unless that would be too much.
    fn add(shared: &Arc<Shared>, bytes: usize, max: usize) -> Option<Self> {
        let before = shared.waiting_bytes.fetch_add(bytes, Ordering::AcqRel);
        let waiting = Self {
            shared: Arc::clone(shared),
            bytes,
        };
        (before == 0 || before.saturating_add(bytes) <= max).then_some(waiting)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.shared.waiting_bytes.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

/// Starts the writer. It ends when the queue is closed and empty.
pub(crate) fn spawn(recovered: Recovered, queue: mpsc::Receiver<Request>) -> io::Result<JoinHandle<()>> {
    let writer = Writer::new(recovered);
    std::thread::Builder::new()
        .name("journal-writer".to_owned())
        .spawn(move || writer.run(queue))
}

pub(super) struct Writer {
    shared: Arc<Shared>,
    allocator: Allocator,
    mark: MarkFile,
    builder: FrameBuilder,
    file: Arc<dyn DiskFile>,
    segment: u32,
    segment_bytes: u64,
    new_segment_bytes: u64,
    offset: u64,
    number: u64,
    checksum: Checksum,
    group_bytes_max: usize,
    /// Held until the writer has ended.
    _lock: DiskLock,
}

impl Writer {
    pub(super) fn new(recovered: Recovered) -> Self {
        let Recovered {
            lock,
            shared,
            allocator,
            mark,
            key,
            file,
            end,
            options,
        } = recovered;
        Self {
            shared,
            allocator,
            mark,
            builder: FrameBuilder::new(key),
            // A length that cannot be asked for is found out at the first write, which then makes a new segment.
            segment_bytes: file.len().unwrap_or(0),
            file,
            segment: end.segment,
            new_segment_bytes: options.segment_bytes,
            offset: end.offset,
            number: end.number,
            checksum: end.checksum,
            group_bytes_max: GROUP_BYTES_MAX.min(options.append_bytes_max),
            _lock: lock,
        }
    }

    fn run(mut self, mut queue: mpsc::Receiver<Request>) {
        let ending = Ending(Arc::clone(&self.shared));
        let mut waiting: Vec<Request> = Vec::new();
        while queue.blocking_recv_many(&mut waiting, GROUP_APPENDS_MAX) > 0 {
            self.take(std::mem::take(&mut waiting));
            self.mark_durable(queue.is_empty());
        }
        self.finish();
        drop(ending);
    }

    /// Commits what waits, in groups.
    pub(super) fn take(&mut self, waiting: Vec<Request>) {
        let mut requests = waiting.into_iter().peekable();
        while requests.peek().is_some() {
            self.commit(take_group(&mut requests, self.group_bytes_max));
        }
    }

    /// Writes the mark, when it is time or nothing else is to be done.
    pub(super) fn mark_durable(&mut self, idle: bool) {
        let behind = self.number.saturating_sub(self.mark.written());
        if behind >= MARK_FRAMES || (behind > 0 && idle) {
            self.write_mark();
        }
    }

    /// Commits a group and answers its appends.
    fn commit(&mut self, requests: Vec<Request>) {
        let mut group = Group::default();
        let mut answers = Vec::with_capacity(requests.len());
        let mut queued = Vec::with_capacity(requests.len());
        for request in requests {
            let stream = is_foreseen(&request.append).then_some(request.append.stream);
            let answer = group.add(&self.shared, request.append, request.foreseen);
            queued.extend(stream.map(|stream| (stream, answer.missed)));
            answers.push((request.reply, answer));
            drop(request.waiting);
        }
        let written = if group.records.is_empty() {
            Ok(())
        } else {
            let written = self.write(&group.records);
            self.shared.note_space(!matches!(written, Err(AppendError::Full)));
            written
        };
        let failed = written.is_err();
        let queued = queued.into_iter().map(|(stream, missed)| (stream, missed || failed));
        self.shared.foresight.done(queued);
        for (reply, answer) in answers {
            let result = match &written {
                Err(error) if answer.needs_group => Err(error.clone()),
                _ => answer.result,
            };
            // Whoever asked may have gone; the entries are there all the same.
            let _ = reply.send(result);
        }
    }

    /// Makes records durable, then visible.
    fn write(&mut self, records: &[Record]) -> Result<(), AppendError> {
        if self.shared.is_poisoned() {
            return Err(AppendError::Poisoned);
        }
        self.builder.clear();
        let starts: Vec<u32> = records.iter().map(|record| self.builder.push(record)).collect();
        let frame_bytes = self.builder.frame_bytes() as u64;
        if self.segment_bytes.saturating_sub(self.offset) < frame_bytes {
            self.next_segment()?;
        }
        let (frame, checksum) = self.builder.seal(self.number + 1, self.checksum);
        if let Err(error) = write_full(&*self.file, frame, self.offset) {
            return Err(self.take_back(frame_bytes, &error));
        }
        if let Err(error) = self.file.sync_data() {
            self.shared.poison(&format!("fdatasync failed: {error}"));
            return Err(AppendError::Poisoned);
        }
        let frame_offset = u32::try_from(self.offset).expect("a segment has at most SEGMENT_BYTES_MAX");
        self.publish(records, &starts, frame_offset);
        self.offset += frame_bytes;
        self.number += 1;
        self.checksum = checksum;
        if self.offset > self.segment_bytes / 2 {
            self.allocator.prepare(self.segment + 1);
        }
        Ok(())
    }

    fn publish(&self, records: &[Record], starts: &[u32], frame_offset: u32) {
        let mut lasts: BTreeMap<StreamId, Seq> = BTreeMap::new();
        let mut index = self.shared.index_mut();
        for (record, start) in records.iter().zip(starts) {
            let bytes = super::format::RECORD_HEADER_BYTES + record.payload.len();
            let bytes = u32::try_from(bytes).expect("a record has at most APPEND_BYTES_MAX");
            index.push(
                record,
                Place {
                    segment: self.segment,
                    offset: frame_offset + start,
                    bytes,
                },
            );
            lasts.insert(record.stream, record.seq);
        }
        drop(index);
        for (stream, last) in lasts {
            self.shared.live.publish(stream, last);
        }
    }

    /// Goes on in the next segment.
    fn next_segment(&mut self) -> Result<(), AppendError> {
        match self.allocator.take(self.segment + 1) {
            Ok(file) => {
                self.segment_bytes = file.len().unwrap_or(self.new_segment_bytes);
                self.shared.keep_open(self.segment + 1, Arc::clone(&file));
                self.file = file;
                self.segment += 1;
                self.offset = SEGMENT_HEADER_BYTES;
                Ok(())
            }
            Err(error) if is_full(&error) => {
                tracing::warn!(%error, "no space for a new segment: edits are refused until there is");
                Err(AppendError::Full)
            }
            Err(error) => {
                self.shared
                    .poison(&format!("making segment {} failed: {error}", self.segment + 1));
                Err(AppendError::Poisoned)
            }
        }
    }

    /// After a write that failed: puts back the zeros that were there, durably, so that nothing of the frame is left
    /// for the next one to be mixed with. (On a file system that copies on write, even a write into a zero-filled file
    /// can find the disk full.)
    fn take_back(&self, frame_bytes: u64, error: &io::Error) -> AppendError {
        let zeros = write_zeros(&*self.file, self.offset, self.offset + frame_bytes);
        match zeros.and_then(|()| self.file.sync_data()) {
            Ok(()) if is_full(error) => AppendError::Full,
            _ => {
                self.shared.poison(&format!("writing failed: {error}"));
                AppendError::Poisoned
            }
        }
    }

    fn write_mark(&mut self) {
        if let Err(error) = self.mark.write(Mark {
            number: self.number,
            checksum: self.checksum,
        }) {
            tracing::warn!(%error, "the mark of what is durable could not be written; it may lag behind");
        }
    }

    pub(super) fn finish(mut self) {
        if self.number > self.mark.written() {
            self.write_mark();
        }
        if let Err(error) = self.mark.sync() {
            tracing::warn!(%error, "the mark of what is durable could not be synced; it may lag behind");
        }
        self.allocator.finish();
    }
}

/// However the writer ends, nobody goes on waiting for it.
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.poison("the writer has panicked");
        }
        self.0.live.close();
    }
}

/// The next appends that go together: at least one, and no more bytes than allowed.
fn take_group(requests: &mut std::iter::Peekable<std::vec::IntoIter<Request>>, bytes_max: usize) -> Vec<Request> {
    let mut group: Vec<Request> = requests.next().into_iter().collect();
    let mut bytes: usize = group.iter().map(|request| request.waiting.bytes).sum();
    while let Some(request) = requests.next_if(|request| bytes + request.waiting.bytes <= bytes_max) {
        bytes += request.waiting.bytes;
        group.push(request);
    }
    group
}

/// Appends that become durable together. Later ones see the earlier ones, though nobody else does yet.
#[derive(Default)]
struct Group {
    streams: BTreeMap<StreamId, Pending>,
    records: Vec<Record>,
}

/// What a group adds to a stream.
struct Pending {
    head: Head,
    keys: HashMap<Key, (Seq, TimestampMs)>,
}

/// What an append gets.
struct Answer {
    result: Result<Committed, AppendError>,
    /// It is true only if the group becomes durable.
    needs_group: bool,
    /// What was foreseen did not come to pass.
    missed: bool,
}

impl Group {
    fn add(&mut self, shared: &Shared, append: Append, foreseen: Option<Foreseen>) -> Answer {
        let stream = append.stream;
        let pending = self.streams.get(&stream);
        let touched = pending.is_some();
        let head = pending
            .map(|pending| pending.head)
            .or_else(|| shared.index().head(stream));
        let sequenced = sequence(append, head, foreseen, |key| {
            match pending.and_then(|pending| pending.keys.get(key)) {
                Some(place) => Ok(Some(*place)),
                None => find(shared, stream, key),
            }
        });
        let last = sequenced.as_ref().ok().and_then(|sequenced| sequenced.records.last());
        let missed = foreseen.is_some_and(|foreseen| last.is_none_or(|last| last.chain != foreseen.chain));
        let result = sequenced.map(|sequenced| self.take(stream, sequenced));
        let adds = matches!(&result, Ok(committed) if committed.records.iter().any(|placed| !placed.duplicate));
        Answer {
            result,
            needs_group: touched || adds,
            missed,
        }
    }

    fn take(&mut self, stream: StreamId, sequenced: Sequenced) -> Committed {
        for record in &sequenced.records {
            let head = Head::from(record);
            let pending = self.streams.entry(stream).or_insert_with(|| Pending {
                head,
                keys: HashMap::new(),
            });
            pending.head = head;
            pending.keys.insert(record.key, (record.seq, record.at));
        }
        self.records.extend(sequenced.records);
        sequenced.committed
    }
}

/// Where a key is on disk. A journal that cannot be read must not be written: it could get an entry twice.
fn find(shared: &Shared, stream: StreamId, key: &Key) -> Result<Option<(Seq, TimestampMs)>, AppendError> {
    shared.find(stream, key).map_err(|error| {
        shared.poison(&format!("an entry could not be read: {error}"));
        AppendError::Poisoned
    })
}
