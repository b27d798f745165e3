//! Opening a folder: take it, walk it, index it, cut what was torn.

use std::io;
use std::sync::Arc;

use domain::Seq;

use super::allocate::{Allocator, Background, NEW_SEGMENT_FILE, create_segment};
use super::disk::{Access, Disk, DiskFile, DiskLock, LockError, read_full, write_full, write_zeros};
use super::format::{JournalId, SEGMENT_HEADER_BYTES, SegmentHeader, SumKey};
use super::index::{Index, Place};
use super::mark::{MARK_FILE, Mark, MarkFile};
use super::shared::{OPEN_SEGMENTS_MAX, Shared};
use super::walk::{End, Frame, Walk};
use super::{Options, segment_name};
use crate::error::{Damage, OpenError};

/// A folder that is ours and ready to be written.
pub(crate) struct Recovered {
    pub(crate) lock: DiskLock,
    pub(crate) shared: Arc<Shared>,
    pub(crate) allocator: Allocator,
    pub(crate) mark: MarkFile,
    pub(crate) key: SumKey,
    /// The segment to write to.
    pub(crate) file: Arc<dyn DiskFile>,
    pub(crate) end: End,
    pub(crate) options: Options,
}

/// See the module.
pub(crate) fn recover(
    disk: Arc<dyn Disk>,
    options: Options,
    background: Arc<dyn Background>,
) -> Result<Recovered, OpenError> {
    let lock = disk.lock().map_err(|error| match error {
        LockError::Held { pid } => OpenError::Locked {
            dir: std::path::PathBuf::new(),
            pid,
        },
        LockError::Io(source) => OpenError::io("locking the folder")(source),
    })?;
    remove_unfinished_segment(&*disk)?;
    let mark = Mark::load(&*disk).map_err(OpenError::io("reading the mark of what is durable"))?;
    let mut index = Index::default();
    let (id, end) = match Walk::begin(&*disk)? {
        Some(walk) => index_all(walk, mark, &mut index)?,
        None => begin_journal(&disk, mark, &options)?,
    };
    let name = segment_name(end.segment);
    let file = disk
        .open(&name, Access::Write)
        .map_err(OpenError::io(format!("opening {name}")))?;
    make_durable(&*disk, &*file, &end, options.frame_bytes_max())?;
    let spare = open_spare(&*disk, end.spare, &options)?;
    let mark = MarkFile::open(&*disk).map_err(OpenError::io("opening the mark of what is durable"))?;
    let allocator = Allocator::new(Arc::clone(&disk), id, options.segment_bytes, spare, background);
    let shared = Arc::new(Shared::new(disk, index));
    for segment in (1..=end.segment).rev().take(OPEN_SEGMENTS_MAX) {
        let name = segment_name(segment);
        shared.file(segment).map_err(OpenError::io(format!("opening {name}")))?;
    }
    Ok(Recovered {
        lock,
        shared,
        allocator,
        mark,
        key: SumKey::of(id),
        file,
        end,
        options,
    })
}

/// Makes what was found durable, before anybody sees it or anything is written behind it.
///
/// The process before may have been killed between a write and its sync, or stopped after a sync that failed: then the
/// last frame is in the system's cache and not on the disk, and after a failed sync no further one would put it there,
/// because the system takes it for written. So it is written again. (The frames before it were durable before it was
/// begun.) So are zeros behind it, as far as a frame reaches: what is seen there may be zeros that were put back after
/// a write that failed, with remains of that write on the disk. The same holds for names, which a sync does not give up.
fn make_durable(disk: &dyn Disk, file: &dyn DiskFile, end: &End, frame_bytes_max: u64) -> Result<(), OpenError> {
    let name = segment_name(end.segment);
    disk.sync_dir()
        .map_err(OpenError::io("making the names in the journal's folder durable"))?;
    let rewrite = || {
        let mut last = vec![0; end.last_bytes];
        let start = end.offset - end.last_bytes as u64;
        let read = read_full(file, &mut last, start)?;
        write_full(file, last.get(..read).unwrap_or_default(), start)
    };
    rewrite().map_err(OpenError::io(format!("writing the last frame of {name} again")))?;
    if let Some(torn_to) = end.torn_to {
        tracing::warn!(
            file = name,
            from = end.offset,
            to = torn_to,
            "cutting an edit that was never acknowledged"
        );
    }
    let reach = end.torn_to.unwrap_or(0).max(end.offset.saturating_add(frame_bytes_max));
    write_zeros_up_to(file, end.offset, reach).map_err(OpenError::io(format!("cutting the torn end of {name}")))?;
    file.sync_data()
        .map_err(OpenError::io(format!("making the end of {name} durable")))
}

fn write_zeros_up_to(file: &dyn DiskFile, from: u64, to: u64) -> io::Result<()> {
    write_zeros(file, from, to.min(file.len()?))
}

/// The next segment, if it is there already. Zeros are written where its first frame will be, for the reason that
/// [`make_durable`] has: remains there would make it look used, and the end of the one before it like damage.
///
/// One of another length was made with other options, and a frame of today might not fit: nothing is in it yet, so it
/// goes, and is made anew when it is needed.
fn open_spare(disk: &dyn Disk, spare: Option<u32>, options: &Options) -> Result<Option<Arc<dyn DiskFile>>, OpenError> {
    let Some(number) = spare else { return Ok(None) };
    let name = segment_name(number);
    let open = || {
        let file = disk.open(&name, Access::Write)?;
        if file.len()? == options.segment_bytes {
            let reach = SEGMENT_HEADER_BYTES + options.frame_bytes_max();
            write_zeros_up_to(&*file, SEGMENT_HEADER_BYTES, reach)?;
            file.sync_data()?;
            return Ok(Some(file));
        }
        disk.remove(&name)?;
        disk.sync_dir()?;
        Ok(None)
    };
    open().map_err(OpenError::io(format!("opening {name}")))
}

/// What a crash left of a segment that was being made: it has no frames.
fn remove_unfinished_segment(disk: &dyn Disk) -> Result<(), OpenError> {
    let names = disk.list().map_err(OpenError::io("listing the journal's folder"))?;
    if names.iter().any(|name| name == NEW_SEGMENT_FILE) {
        disk.remove(NEW_SEGMENT_FILE)
            .map_err(OpenError::io(format!("removing {NEW_SEGMENT_FILE}")))?;
    }
    Ok(())
}

fn begin_journal(disk: &Arc<dyn Disk>, mark: Option<Mark>, options: &Options) -> Result<(JournalId, End), OpenError> {
    if let Some(mark) = mark.filter(|mark| mark.number > 0) {
        return Err(super::check::missing_segments(mark).into());
    }
    let mut id = options.identity.unwrap_or_default();
    if options.identity.is_none() {
        let random = getrandom::fill(&mut id).map_err(std::io::Error::other);
        random.map_err(OpenError::io("asking the system for random bytes"))?;
    }
    let id = JournalId(id);
    let header = SegmentHeader {
        segment: 1,
        file_bytes: options.segment_bytes,
        id,
    };
    create_segment(Arc::clone(disk), header).map_err(OpenError::io("making the first segment"))?;
    let checksum = super::format::Checksum::START;
    let end = End {
        segment: 1,
        offset: SEGMENT_HEADER_BYTES,
        number: 0,
        checksum,
        last_bytes: 0,
        torn_to: None,
        spare: None,
    };
    Ok((id, end))
}

fn index_all(mut walk: Walk<'_>, mark: Option<Mark>, index: &mut Index) -> Result<(JournalId, End), OpenError> {
    let id = walk.id();
    while let Some(frame) = walk.next()? {
        check_mark(&frame, mark)?;
        index_frame(&frame, index)?;
    }
    let end = walk.end();
    check_end(&end, mark)?;
    Ok((id, end))
}

fn index_frame(frame: &Frame<'_>, index: &mut Index) -> Result<(), OpenError> {
    for found in frame.records()? {
        let record = &found.record;
        let damage = |what: String| Damage {
            file: segment_name(frame.segment),
            offset: found.offset,
            what,
        };
        let last = index.head(record.stream);
        let (last_seq, last_at) = last.map_or((Seq::ZERO, record.at), |head| (head.seq, head.at));
        if record.seq != last_seq.next() || record.at < last_at {
            let what = format!(
                "stream {} has entry {} after entry {last_seq}",
                record.stream, record.seq
            );
            return Err(damage(what).into());
        }
        let offset = u32::try_from(found.offset).map_err(|_| damage("a segment is too long".to_owned()))?;
        let bytes = u32::try_from(found.bytes).map_err(|_| damage("a record is too long".to_owned()))?;
        index.push(
            record,
            Place {
                segment: frame.segment,
                offset,
                bytes,
            },
        );
    }
    Ok(())
}

/// A frame that the mark names must be that frame.
pub(crate) fn check_mark(frame: &Frame<'_>, mark: Option<Mark>) -> Result<(), Damage> {
    match mark {
        Some(mark) if mark.number == frame.number && mark.checksum != frame.checksum => Err(Damage {
            file: segment_name(frame.segment),
            offset: frame.offset,
            what: format!("frame {} is not the one that was written here", frame.number),
        }),
        _ => Ok(()),
    }
}

/// Nothing that was durable may be missing at the end.
pub(crate) fn check_end(end: &End, mark: Option<Mark>) -> Result<(), Damage> {
    match mark {
        Some(mark) if mark == Mark::UNFINISHED => Err(Damage {
            file: MARK_FILE.to_owned(),
            offset: 0,
            what: "this is a backup that did not come to its end".to_owned(),
        }),
        Some(mark) if mark.number > end.number => Err(Damage {
            file: segment_name(end.segment),
            offset: end.offset,
            what: format!(
                "frame {} was durable and is gone; the last durable one was {}",
                end.number + 1,
                mark.number
            ),
        }),
        _ => Ok(()),
    }
}
