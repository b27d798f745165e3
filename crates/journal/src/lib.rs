//! The append-only log: the only truth of a workspace.
//!
//! A [`Journal`] holds streams of opaque entries. An append is answered when its entries are durable; each stream's
//! entries are numbered from 1 without gaps by one writer, carry a time that never goes back and a hash chain, and are
//! there for ever. What the entries mean is not known here.
//!
//! Two engines: [`SegmentJournal`] on disk, [`MemoryJournal`] for tests. The `contract` tests hold for both. [`verify`],
//! [`dump`] and [`backup`] read a folder without changing it, whether a server is running on it or not.

mod api;
#[cfg(feature = "testing")]
pub mod contract;
mod error;
mod live;
mod memory;
mod segment;
mod sequence;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod types;

pub use api::{Journal, Tail};
pub use error::{AppendError, BackupError, Damage, OpenError, ReadError};
pub use memory::{MemoryJournal, MemoryTail};
#[cfg(feature = "testing")]
pub use segment::allocate::{Background, Finish, Job};
pub use segment::backup::{backup, backup_on};
pub use segment::check::{StreamSummary, Summary, dump, dump_on, verify, verify_on};
pub use segment::disk::{Access, Disk, DiskFile, DiskLock, FsDisk, LockError};
#[cfg(feature = "testing")]
pub use segment::stepped::SteppedJournal;
pub use segment::{Options, SegmentJournal, SegmentTail};
pub use types::{Append, ChainHash, Committed, Head, Key, NewRecord, Placed, Record, StreamId};

/// The most one append may take, framing included. A single plan's largest imports stay far below.
pub const APPEND_BYTES_MAX: usize = 8 << 20;

/// How much a tail reads at once: large enough that history comes at the disk's speed, small enough to hold in memory
/// for every reader at once.
const TAIL_BATCH_BYTES: usize = 256 << 10;

/// What an append takes on disk, the frame's own framing aside.
fn append_bytes(append: &Append) -> usize {
    let record = |record: &NewRecord| segment::format::RECORD_HEADER_BYTES.saturating_add(record.payload.len());
    append.records.iter().map(record).fold(0, usize::saturating_add)
}
