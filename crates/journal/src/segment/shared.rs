//! What the writer and all readers share: the index, the open files, who waits, and whether edits are still taken.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use domain::{Seq, TimestampMs};

use super::disk::{Access, Disk, DiskFile, read_full};
use super::foresight::Foresight;
use super::format::decode_record;
use super::index::{Index, Place};
use super::segment_name;
use crate::error::{Damage, ReadError};
use crate::live::Live;
use crate::types::{Key, Record, StreamId};

/// At most so many segments are held open for reading; others are opened again when wanted.
pub(crate) const OPEN_SEGMENTS_MAX: usize = 64;
/// Records nearer to each other than this are read in one go, what is between them included: reading 4 KiB more is
/// cheaper than another call.
const READ_GAP_BYTES: u64 = 4 << 10;
/// An append that found no space is remembered for so long: edits that wait are sent again within seconds.
const FULL_TIME: Duration = Duration::from_secs(30);
/// At most so much is read in one go.
const READ_SPAN_BYTES: u64 = 1 << 20;

/// See the module.
pub(crate) struct Shared {
    disk: Arc<dyn Disk>,
    index: RwLock<Index>,
    files: Mutex<BTreeMap<u32, Arc<dyn DiskFile>>>,
    pub(crate) live: Arc<Live>,
    pub(crate) foresight: Foresight,
    poisoned: AtomicBool,
    /// When an append last found no space; none: one that followed did.
    full_at: Mutex<Option<Instant>>,
    pub(crate) waiting_bytes: AtomicUsize,
}

impl Shared {
    pub(crate) fn new(disk: Arc<dyn Disk>, index: Index) -> Self {
        Self {
            disk,
            index: RwLock::new(index),
            files: Mutex::default(),
            live: Live::new(),
            foresight: Foresight::default(),
            poisoned: AtomicBool::new(false),
            full_at: Mutex::default(),
            waiting_bytes: AtomicUsize::new(0),
        }
    }

    pub(crate) fn index(&self) -> RwLockReadGuard<'_, Index> {
        // The only panic under this lock is the index's own assertion, which comes before it changes anything.
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn index_mut(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes no more edits, for good.
    pub(crate) fn poison(&self, why: &str) {
        if !self.poisoned.swap(true, Ordering::AcqRel) {
            tracing::error!(
                why,
                "the journal takes no more edits: check the disk, then restart the server"
            );
        }
    }

    pub(crate) fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::Acquire)
    }

    /// Remembers whether a group found space.
    pub(crate) fn note_space(&self, found: bool) {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        *full_at = (!found).then(Instant::now);
    }

    pub(crate) fn is_full(&self) -> bool {
        let full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        full_at.is_some_and(|at| at.elapsed() < FULL_TIME)
    }

    /// Reads a stream; see [`crate::Journal::read`]. May wait for the disk.
    pub(crate) fn read(&self, stream: StreamId, from: Seq, max_bytes: usize) -> Result<Vec<Record>, ReadError> {
        let places = self.index().places(stream, from, max_bytes);
        let mut records = Vec::with_capacity(places.len());
        let mut seq = from.max(Seq(1));
        let mut rest = places.as_slice();
        while !rest.is_empty() {
            let (run, later) = rest.split_at(run_length(rest));
            self.read_run(run, |place, record| {
                if record.stream != stream || record.seq != seq {
                    return Err(damaged(
                        place,
                        format!("another record stands where {stream} has its {seq}"),
                    ));
                }
                seq = seq.next();
                records.push(record);
                Ok(())
            })?;
            rest = later;
        }
        Ok(records)
    }

    /// Where a stream has a key. May wait for the disk, if it does.
    pub(crate) fn find(&self, stream: StreamId, key: &Key) -> Result<Option<(Seq, TimestampMs)>, ReadError> {
        // Not held while reading: reading takes as long as the disk takes.
        let candidates = self.index().candidates(stream, key);
        for (seq, place) in candidates {
            let mut found = None;
            self.read_run(&[place], |_, record| {
                found = (record.key == *key).then_some((seq, record.at));
                Ok(())
            })?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Reads records that stand near each other in one segment.
    fn read_run(
        &self,
        run: &[Place],
        mut each: impl FnMut(&Place, Record) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            return Ok(());
        };
        let start = u64::from(first.offset);
        let span = usize::try_from(last.end().saturating_sub(start)).unwrap_or(usize::MAX);
        let mut buffer = vec![0; span];
        let io = |source| ReadError::Io {
            file: segment_name(first.segment),
            source,
        };
        let file = self.file(first.segment).map_err(io)?;
        let read = read_full(&*file, &mut buffer, start).map_err(io)?;
        buffer.truncate(read);
        for place in run {
            let skip = place.offset.saturating_sub(first.offset) as usize;
            let bytes = buffer
                .get(skip..)
                .and_then(|rest| rest.get(..place.bytes as usize))
                .unwrap_or_default();
            let record = decode_record(bytes).filter(|(_, length)| *length == place.bytes as usize);
            let (record, _) =
                record.ok_or_else(|| damaged(place, "the record here does not match its checksum".to_owned()))?;
            each(place, record)?;
        }
        Ok(())
    }

    /// A segment, opened for reading. The newest are opened before they are needed, so that a server that has no file
    /// handle left can still say whether an entry is there.
    pub(crate) fn file(&self, segment: u32) -> io::Result<Arc<dyn DiskFile>> {
        if let Some(file) = self.files().get(&segment) {
            return Ok(Arc::clone(file));
        }
        let file = self.disk.open(&segment_name(segment), Access::Read)?;
        self.keep_open(segment, Arc::clone(&file));
        Ok(file)
    }

    /// Gives the readers a segment that is open already.
    pub(crate) fn keep_open(&self, segment: u32, file: Arc<dyn DiskFile>) {
        let mut files = self.files();
        files.insert(segment, file);
        if files.len() > OPEN_SEGMENTS_MAX {
            files.pop_first();
        }
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<u32, Arc<dyn DiskFile>>> {
        // Nothing that can panic runs under this lock.
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn damaged(place: &Place, what: String) -> ReadError {
    Damage {
        file: segment_name(place.segment),
        offset: place.offset.into(),
        what,
    }
    .into()
}

/// How many of the places can be read in one go; at least one.
fn run_length(places: &[Place]) -> usize {
    let Some(first) = places.first() else { return 0 };
    let near = places.windows(2).take_while(|pair| match pair {
        [one, two] => {
            let gap = u64::from(two.offset).checked_sub(one.end());
            let span = two.end().saturating_sub(u64::from(first.offset));
            one.segment == two.segment && gap.is_some_and(|gap| gap <= READ_GAP_BYTES) && span <= READ_SPAN_BYTES
        }
        _ => false,
    });
    1 + near.count()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::segment::format::{FrameBuilder, JournalId, RECORD_HEADER_BYTES, SumKey};
    use crate::testing::MemoryDisk;
    use crate::types::ChainHash;

    #[test]
    fn a_key_with_the_fingerprint_of_another_is_not_taken_for_it() {
        let record = |key: u8| Record {
            stream: StreamId::WORKSPACE,
            seq: Seq(1),
            at: TimestampMs(5),
            key: Key([key; 32]),
            payload: Bytes::new(),
            chain: ChainHash::START,
        };
        let mut builder = FrameBuilder::new(SumKey::of(JournalId([0; 32])));
        let offset = builder.push(&record(1));
        let disk = MemoryDisk::default();
        disk.put(
            &segment_name(1),
            builder.seal(1, super::super::format::Checksum::START).0.to_vec(),
        );
        let bytes = u32::try_from(RECORD_HEADER_BYTES).expect("small");
        let place = Place {
            segment: 1,
            offset,
            bytes,
        };
        let found = |indexed: u8, wanted: u8| {
            // Indexed under another key than the one on disk: to the index, that is what a collision looks like.
            let mut index = Index::default();
            index.push(&record(indexed), place);
            let shared = Shared::new(Arc::new(disk.clone()), index);
            shared.find(StreamId::WORKSPACE, &Key([wanted; 32])).expect("reads")
        };
        assert_eq!(found(1, 1), Some((Seq(1), TimestampMs(5))));
        assert_eq!(found(2, 2), None);
    }
}
