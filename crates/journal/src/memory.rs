//! The journal in memory: for tests of what is above it, and for the browserless simulation. Nothing survives it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{Seq, TimestampMs};

use crate::api::{Journal, Tail};
use crate::error::{AppendError, ReadError};
use crate::live::{Follower, Live};
use crate::segment::format::RECORD_HEADER_BYTES;
use crate::sequence::sequence;
use crate::types::{Append, Committed, Head, Key, Record, StreamId};
use crate::{APPEND_BYTES_MAX, TAIL_BATCH_BYTES, append_bytes};

/// A journal that keeps everything in memory.
#[derive(Debug, Clone)]
pub struct MemoryJournal {
    streams: Arc<Mutex<BTreeMap<StreamId, Stream>>>,
    live: Arc<Live>,
}

#[derive(Debug, Default)]
struct Stream {
    records: Vec<Record>,
    keys: HashMap<Key, (Seq, TimestampMs)>,
}

impl Stream {
    fn head(&self) -> Option<Head> {
        self.records.last().map(Head::from)
    }
}

impl MemoryJournal {
    /// An empty journal.
    pub fn new() -> Self {
        Self {
            streams: Arc::default(),
            live: Live::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<StreamId, Stream>> {
        // A panic under this lock would leave at most a stream without its newest keys, and is a failed test anyway.
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append_now(&self, append: Append) -> Result<Committed, AppendError> {
        let bytes = append_bytes(&append);
        if bytes > APPEND_BYTES_MAX {
            return Err(AppendError::TooLarge {
                bytes,
                max: APPEND_BYTES_MAX,
            });
        }
        let id = append.stream;
        let mut streams = self.lock();
        let stream = streams.get(&id);
        let sequenced = sequence::<AppendError>(append, stream.and_then(Stream::head), None, |key| {
            Ok(stream.and_then(|stream| stream.keys.get(key)).copied())
        })?;
        if let Some(last) = sequenced.records.last().map(|record| record.seq) {
            let stream = streams.entry(id).or_default();
            for record in sequenced.records {
                stream.keys.insert(record.key, (record.seq, record.at));
                stream.records.push(record);
            }
            self.live.publish(id, last);
        }
        Ok(sequenced.committed)
    }

    fn read_now(&self, stream: StreamId, from: Seq, max_bytes: usize) -> Vec<Record> {
        let streams = self.lock();
        let skip = usize::try_from(from.0.saturating_sub(1)).unwrap_or(usize::MAX);
        let records = streams
            .get(&stream)
            .and_then(|stream| stream.records.get(skip..))
            .unwrap_or_default();
        let mut bytes = 0_usize;
        let fit = records.iter().take_while(|record| {
            let first = bytes == 0;
            bytes = bytes.saturating_add(RECORD_HEADER_BYTES + record.payload.len());
            first || bytes <= max_bytes
        });
        fit.cloned().collect()
    }
}

impl Default for MemoryJournal {
    fn default() -> Self {
        Self::new()
    }
}

impl Journal for MemoryJournal {
    type Tail = MemoryTail;

    async fn append(&self, append: Append) -> Result<Committed, AppendError> {
        self.append_now(append)
    }

    async fn read(&self, stream: StreamId, from: Seq, max_bytes: usize) -> Result<Vec<Record>, ReadError> {
        Ok(self.read_now(stream, from, max_bytes))
    }

    fn tail(&self, stream: StreamId, from: Seq) -> MemoryTail {
        MemoryTail {
            journal: self.clone(),
            follower: self.live.follow(stream),
            stream,
            next: from.max(Seq(1)),
        }
    }

    fn head(&self, stream: StreamId) -> Option<Head> {
        self.lock().get(&stream).and_then(Stream::head)
    }

    fn streams(&self) -> Vec<(StreamId, Head)> {
        self.lock()
            .iter()
            .filter_map(|(id, stream)| Some((*id, stream.head()?)))
            .collect()
    }
}

/// Follows a stream of a [`MemoryJournal`].
#[derive(Debug)]
pub struct MemoryTail {
    journal: MemoryJournal,
    follower: Follower,
    stream: StreamId,
    next: Seq,
}

impl Tail for MemoryTail {
    async fn next(&mut self) -> Result<Vec<Record>, ReadError> {
        loop {
            self.follower.mark_seen();
            let records = self.journal.read_now(self.stream, self.next, TAIL_BATCH_BYTES);
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
