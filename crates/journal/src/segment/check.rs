//! `verify` and `dump`: reading a folder without changing it, whether a server is running on it or not.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use serde::Serialize;

use super::disk::{Disk, FsDisk};
use super::format::FORMAT_VERSION;
use super::mark::Mark;
use super::recover::{check_end, check_mark};
use super::segment_name;
use super::walk::{Frame, Placed, Walk};
use crate::error::{Damage, OpenError};
use crate::types::{ChainHash, Head, Record, StreamId};

/// What a whole journal holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The format version of its files.
    pub format: u32,
    /// How many segments it has.
    pub segments: usize,
    /// How many commit groups.
    pub frames: u64,
    /// How many entries.
    pub records: u64,
    /// How many bytes the entries' payloads have.
    pub payload_bytes: u64,
    /// The last frame known to be durable when it was written down last.
    pub durable_frame: Option<u64>,
    /// The remains of a frame at the end that was never acknowledged (or is being written right now).
    pub unfinished_bytes: u64,
    /// The streams, by id.
    pub streams: Vec<StreamSummary>,
}

/// What a stream holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StreamSummary {
    /// Its id.
    pub stream: StreamId,
    /// How many entries it has: the last one's number.
    pub records: u64,
    /// The last entry's time, in milliseconds since 1970.
    pub last_at_ms: i64,
    /// Its hash up to the last entry, in hex.
    pub chain: String,
}

/// Checks every frame, every record and every chain of the journal in a folder.
pub fn verify(dir: &Path) -> Result<Summary, OpenError> {
    verify_on(&open(dir)?)
}

/// Gives every entry of the journal in a folder, or every one of a stream, in the order in which they were committed.
pub fn dump(
    dir: &Path,
    stream: Option<StreamId>,
    each: impl FnMut(Record) -> ControlFlow<()>,
) -> Result<(), OpenError> {
    dump_on(&open(dir)?, stream, each)
}

fn open(dir: &Path) -> Result<FsDisk, OpenError> {
    FsDisk::existing(dir).map_err(OpenError::io(format!("reading the folder {}", dir.display())))
}

/// [`verify`] on any disk.
pub fn verify_on(disk: &dyn Disk) -> Result<Summary, OpenError> {
    check_all(disk, |_| Ok(()))
}

/// Checks everything, and gives each frame once it is checked.
pub(crate) fn check_all<E: From<OpenError>>(
    disk: &dyn Disk,
    mut each: impl FnMut(&Frame<'_>) -> Result<(), E>,
) -> Result<Summary, E> {
    // Before the frames: a mark that is read after them may be ahead of them while a server is writing.
    let mark = Mark::load(disk).map_err(OpenError::io("reading the mark of what is durable"))?;
    let mut summary = Summary {
        format: FORMAT_VERSION,
        segments: 0,
        frames: 0,
        records: 0,
        payload_bytes: 0,
        durable_frame: mark.map(|mark| mark.number),
        unfinished_bytes: 0,
        streams: Vec::new(),
    };
    let Some(mut walk) = Walk::begin(disk)? else {
        return match mark {
            Some(mark) if mark.number > 0 => Err(OpenError::from(missing_segments(mark)).into()),
            _ => Ok(summary),
        };
    };
    summary.segments = walk.segments().len();
    let mut heads: BTreeMap<StreamId, Head> = BTreeMap::new();
    while let Some(frame) = walk.next()? {
        check_mark(&frame, mark).map_err(OpenError::from)?;
        summary.frames = frame.number;
        for found in frame.records().map_err(OpenError::from)? {
            check_record(frame.segment, &found, &mut heads).map_err(OpenError::from)?;
            summary.records += 1;
            summary.payload_bytes += found.record.payload.len() as u64;
        }
        each(&frame)?;
    }
    let end = walk.end();
    check_end(&end, mark).map_err(OpenError::from)?;
    summary.unfinished_bytes = end.torn_to.map_or(0, |torn_to| torn_to - end.offset);
    summary.streams = heads.into_iter().map(summarise).collect();
    Ok(summary)
}

fn summarise((stream, head): (StreamId, Head)) -> StreamSummary {
    StreamSummary {
        stream,
        records: head.seq.0,
        last_at_ms: head.at.0,
        chain: head.chain.to_string(),
    }
}

pub(crate) fn missing_segments(mark: Mark) -> Damage {
    let what = format!("the segment is missing; {} frames were durable", mark.number);
    Damage {
        file: segment_name(1),
        offset: 0,
        what,
    }
}

/// Checks that a record goes on where its stream ended, in number, time and chain.
fn check_record(segment: u32, found: &Placed, heads: &mut BTreeMap<StreamId, Head>) -> Result<(), Damage> {
    let record = &found.record;
    let damage = |what: String| Damage {
        file: segment_name(segment),
        offset: found.offset,
        what,
    };
    let last = heads.get(&record.stream);
    let (seq, chain) = last.map_or((0, ChainHash::START), |head| (head.seq.0, head.chain));
    let name = format!("entry {} of stream {}", record.seq, record.stream);
    if record.seq.0 != seq + 1 {
        return Err(damage(format!("{name} follows entry {seq}")));
    }
    if last.is_some_and(|head| record.at < head.at) {
        return Err(damage(format!("{name} is earlier than the one before it")));
    }
    if record.chain != chain.next(record.stream, record.seq, record.at, &record.key, &record.payload) {
        return Err(damage(format!("{name} does not continue its stream's hash chain")));
    }
    heads.insert(record.stream, Head::from(record));
    Ok(())
}

/// [`dump`] on any disk.
pub fn dump_on(
    disk: &dyn Disk,
    stream: Option<StreamId>,
    mut each: impl FnMut(Record) -> ControlFlow<()>,
) -> Result<(), OpenError> {
    let Some(mut walk) = Walk::begin(disk)? else {
        return Ok(());
    };
    while let Some(frame) = walk.next()? {
        for found in frame.records()? {
            let wanted = stream.is_none_or(|stream| stream == found.record.stream);
            if wanted && each(found.record).is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use domain::{Seq, TimestampMs};

    use super::*;
    use crate::types::Key;

    /// Checks the second record of a stream after changing it.
    fn check(change: impl FnOnce(&mut Record)) -> Result<(), Damage> {
        let stream = StreamId::WORKSPACE;
        let next = |chain: ChainHash, seq, at| {
            let (key, payload) = (Key([7; 32]), Bytes::from_static(b"words"));
            let chain = chain.next(stream, seq, at, &key, &payload);
            Record {
                stream,
                seq,
                at,
                key,
                payload,
                chain,
            }
        };
        let first = next(ChainHash::START, Seq(1), TimestampMs(10));
        let mut second = next(first.chain, Seq(2), TimestampMs(10));
        change(&mut second);
        let mut heads = BTreeMap::new();
        check_record(
            1,
            &Placed {
                record: first,
                offset: 4152,
                bytes: 109,
            },
            &mut heads,
        )?;
        check_record(
            1,
            &Placed {
                record: second,
                offset: 4264,
                bytes: 109,
            },
            &mut heads,
        )
    }

    #[test]
    fn a_record_that_does_not_go_on_where_its_stream_ended_is_damage() {
        assert_eq!(check(|_| {}), Ok(()));
        let check_damage = |change: fn(&mut Record)| {
            let damage = check(change).expect_err("damage");
            assert_eq!((damage.file.as_str(), damage.offset), ("0000000001.segment", 4264));
        };
        check_damage(|record| record.seq = Seq(3));
        check_damage(|record| record.seq = Seq(1));
        check_damage(|record| record.at = TimestampMs(9));
        check_damage(|record| record.at = TimestampMs(11));
        check_damage(|record| record.key = Key([8; 32]));
        check_damage(|record| record.payload = Bytes::from_static(b"sword"));
        check_damage(|record| record.chain = ChainHash::START);
    }
}
