//! Goes through all frames of a folder, in order, and tells a torn end from damage.
//!
//! The writer begins a frame only when the one before it is durable. So at most the last frame can be incomplete, in
//! whatever order its sectors reached the disk; the walk ends before it and says how far its remains reach. Everything
//! else that is not a valid frame in its place is damage, and is named.
//!
//! The walk also works while a server writes to the folder. What looks bad at one moment may be a frame that is being
//! written at that moment: so before it says "damage", it looks at the place again, and what was complete by the time
//! the reason for the verdict was seen is complete then.

use std::io;
use std::sync::Arc;

use super::disk::{Access, Disk};
use super::format::{
    ALIGN_BYTES, Checksum, FRAME_BYTES_MAX, FRAME_HEADER_BYTES, FrameHeader, HeaderError, JournalId,
    SEGMENT_HEADER_BYTES, SegmentHeader, SumKey, decode_record, used_bytes,
};
use super::window::Window;
use super::{segment_name, segment_number};
use crate::error::{Damage, OpenError};
use crate::types::Record;

/// A frame's place and contents.
pub(crate) struct Frame<'w> {
    pub(crate) segment: u32,
    pub(crate) segment_bytes: u64,
    pub(crate) offset: u64,
    pub(crate) number: u64,
    pub(crate) checksum: Checksum,
    pub(crate) bytes: &'w [u8],
    records: u32,
}

/// A record and its place.
pub(crate) struct Placed {
    pub(crate) record: Record,
    pub(crate) offset: u64,
    pub(crate) bytes: usize,
}

/// Where the journal ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) segment: u32,
    pub(crate) offset: u64,
    /// The last frame's number, 0 if there is none.
    pub(crate) number: u64,
    pub(crate) checksum: Checksum,
    /// How many bytes the last frame has that ends at the offset; 0 if the segment has none.
    pub(crate) last_bytes: usize,
    /// How far the remains of an incomplete frame reach, if there are any.
    pub(crate) torn_to: Option<u64>,
    /// The next segment, made but not used yet.
    pub(crate) spare: Option<u32>,
}

/// A segment that is being read.
struct Segment {
    number: u32,
    bytes: u64,
    window: Window,
}

impl Segment {
    fn damage(&self, offset: u64, what: impl Into<String>) -> Damage {
        Damage {
            file: segment_name(self.number),
            offset,
            what: what.into(),
        }
    }
}

/// What is at a place where a frame may be.
enum Look {
    /// The next frame.
    Frame(FrameHeader),
    /// A whole header in its place, but not the frame that belongs to it.
    HeaderOnly(FrameHeader),
    /// No frame of this journal.
    Nothing,
    /// A frame that is whole, and not the next one.
    Misplaced(FrameHeader),
}

/// What follows a place where no frame is.
#[derive(Clone, Copy)]
enum Ahead {
    /// Nothing, or the remains of a frame up to a place.
    End { torn_to: Option<u64>, spare: Option<u32> },
    /// The next segment is in use.
    NextSegment,
}

/// The walk; see the module.
pub(crate) struct Walk<'d> {
    disk: &'d dyn Disk,
    segments: Vec<u32>,
    current: Segment,
    id: JournalId,
    key: SumKey,
    offset: u64,
    number: u64,
    checksum: Checksum,
    last_bytes: usize,
    torn_to: Option<u64>,
    spare: Option<u32>,
    ended: bool,
}

impl<'d> Walk<'d> {
    /// Begins at the first frame; `None`: there is no segment.
    pub(crate) fn begin(disk: &'d dyn Disk) -> Result<Option<Self>, OpenError> {
        let segments = list_segments(disk)?;
        let Some(first) = segments.first() else { return Ok(None) };
        let (current, id) = open_segment(disk, *first)?;
        Ok(Some(Self {
            disk,
            segments,
            current,
            id,
            key: SumKey::of(id),
            offset: SEGMENT_HEADER_BYTES,
            number: 0,
            checksum: Checksum::START,
            last_bytes: 0,
            torn_to: None,
            spare: None,
            ended: false,
        }))
    }

    /// The journal's id.
    pub(crate) fn id(&self) -> JournalId {
        self.id
    }

    /// What the header of the current segment says.
    pub(crate) fn segment_header(&self) -> SegmentHeader {
        SegmentHeader {
            segment: self.current.number,
            file_bytes: self.current.bytes,
            id: self.id,
        }
    }

    /// All segments that were there at the beginning.
    pub(crate) fn segments(&self) -> &[u32] {
        &self.segments
    }

    /// Where the journal ends, once `next` has said that there is no more; until then, how far the walk has come.
    pub(crate) fn end(&self) -> End {
        End {
            segment: self.current.number,
            offset: self.offset,
            number: self.number,
            checksum: self.checksum,
            last_bytes: self.last_bytes,
            torn_to: self.torn_to,
            spare: self.spare,
        }
    }

    /// The next frame, or `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Frame<'_>>, OpenError> {
        while !self.ended {
            let mut look = self.look()?;
            if !matches!(look, Look::Frame(_)) {
                let ahead = self.ahead(&look);
                self.current.window.forget();
                look = self.look()?;
                if !matches!(look, Look::Frame(_)) {
                    self.go_on(ahead?)?;
                }
            }
            if let Look::Frame(header) = look {
                return Ok(Some(self.take(&header)));
            }
        }
        Ok(None)
    }

    fn io(&self) -> impl FnOnce(io::Error) -> OpenError + use<> {
        OpenError::io(format!("reading {}", segment_name(self.current.number)))
    }

    /// What is at the current place.
    fn look(&mut self) -> Result<Look, OpenError> {
        let (key, offset, error) = (self.key, self.offset, self.io());
        let look = look_at(&key, &mut self.current.window, offset).map_err(error)?;
        Ok(match look {
            Look::Frame(header) if header.number != self.number + 1 || header.previous != self.checksum => {
                Look::Misplaced(header)
            }
            look => look,
        })
    }

    /// Steps over a frame that `look` found.
    fn take(&mut self, header: &FrameHeader) -> Frame<'_> {
        let offset = self.offset;
        self.offset += header.frame_bytes() as u64;
        self.number = header.number;
        self.checksum = header.checksum;
        self.last_bytes = header.frame_bytes();
        Frame {
            segment: self.current.number,
            segment_bytes: self.current.bytes,
            offset,
            number: header.number,
            checksum: header.checksum,
            bytes: self
                .current
                .window
                .slice(offset, FRAME_HEADER_BYTES + header.body_bytes as usize),
            records: header.records,
        }
    }

    fn go_on(&mut self, ahead: Ahead) -> Result<(), OpenError> {
        match ahead {
            Ahead::End { torn_to, spare } => {
                self.torn_to = torn_to;
                self.spare = spare;
                self.ended = true;
            }
            Ahead::NextSegment => {
                self.current = self.open_next(self.current.number + 1)?;
                self.offset = SEGMENT_HEADER_BYTES;
                self.last_bytes = 0;
            }
        }
        Ok(())
    }

    fn open_next(&self, number: u32) -> Result<Segment, OpenError> {
        let (segment, id) = open_segment(self.disk, number)?;
        if id != self.id {
            return Err(segment.damage(0, "this segment belongs to another journal").into());
        }
        Ok(segment)
    }

    /// Judges what follows the current place, where no frame is.
    fn ahead(&self, look: &Look) -> Result<Ahead, OpenError> {
        let here = |what: String| OpenError::from(self.current.damage(self.offset, what));
        if let Look::Misplaced(header) = look {
            let next = self.number + 1;
            return Err(here(if header.number == next {
                format!("frame {next} stands here, but it follows another frame than the one before it")
            } else {
                format!("frame {} stands here, where {next} belongs", header.number)
            }));
        }
        let rest = self.rest(&self.current, self.offset)?;
        if let Some(valid) = rest.frame {
            return Err(here(format!(
                "frame {} is damaged; a valid frame follows at byte {valid}",
                self.number + 1
            )));
        }
        let longest = match look {
            Look::HeaderOnly(header) => header.frame_bytes(),
            _ => FRAME_BYTES_MAX,
        };
        if rest.end.is_some_and(|end| end > self.offset + longest as u64) {
            return Err(here(format!(
                "frame {} is damaged: its remains are longer than a frame",
                self.number + 1
            )));
        }
        self.following_segments(rest.end)
    }

    fn following_segments(&self, torn_to: Option<u64>) -> Result<Ahead, OpenError> {
        let number = self.current.number;
        let mut later = self.segments.iter().copied().filter(|segment| *segment > number);
        let Some(next) = later.next() else {
            return Ok(Ahead::End { torn_to, spare: None });
        };
        let segment = self.open_next(next)?;
        let used = self.rest(&segment, SEGMENT_HEADER_BYTES)?.end.is_some();
        match (used, torn_to, later.next()) {
            (true, None, _) => Ok(Ahead::NextSegment),
            (false, _, None) => Ok(Ahead::End {
                torn_to,
                spare: Some(next),
            }),
            (true, Some(_), _) => {
                let what = format!(
                    "frame {} is damaged; {} is in use already",
                    self.number + 1,
                    segment_name(next)
                );
                Err(self.current.damage(self.offset, what).into())
            }
            (false, _, Some(later)) => {
                let what = format!("this segment has no frame, but {} exists", segment_name(later));
                Err(segment.damage(SEGMENT_HEADER_BYTES, what).into())
            }
        }
    }

    /// What is in a segment from a place on, read afresh.
    fn rest(&self, segment: &Segment, from: u64) -> Result<Rest, OpenError> {
        let error = OpenError::io(format!("reading {}", segment_name(segment.number)));
        let mut window = Window::new(Arc::clone(segment.window.file()), segment.bytes);
        Rest::find(&self.key, &mut window, from, segment.bytes).map_err(error)
    }
}

impl Frame<'_> {
    /// The frame's records.
    pub(crate) fn records(&self) -> Result<Vec<Placed>, Damage> {
        let damage = |at: usize| Damage {
            file: segment_name(self.segment),
            offset: self.offset + at as u64,
            what: "a record does not match its checksum inside a frame that does".to_owned(),
        };
        let mut records = Vec::new();
        let mut start = FRAME_HEADER_BYTES;
        while start < self.bytes.len() {
            let rest = self.bytes.get(start..).unwrap_or_default();
            let (record, bytes) = decode_record(rest).ok_or_else(|| damage(start))?;
            records.push(Placed {
                record,
                offset: self.offset + start as u64,
                bytes,
            });
            start += bytes;
        }
        if records.len() != self.records as usize {
            return Err(damage(start));
        }
        Ok(records)
    }
}

/// What was found from a place in a segment to its end.
struct Rest {
    /// The end of the last byte that is not zero.
    end: Option<u64>,
    /// The first valid frame behind the place.
    frame: Option<u64>,
}

impl Rest {
    fn find(key: &SumKey, window: &mut Window, from: u64, to: u64) -> io::Result<Self> {
        let mut rest = Self { end: None, frame: None };
        let mut offset = from;
        while offset < to {
            let piece = window.get(offset, REST_PIECE_BYTES)?;
            if piece.is_empty() {
                break;
            }
            let (piece_bytes, used) = (piece.len() as u64, used_bytes(piece));
            let candidates = frame_candidates(piece.get(..used).unwrap_or(piece), offset);
            if used > 0 {
                rest.end = Some(offset + used as u64);
            }
            for candidate in candidates.into_iter().filter(|candidate| *candidate > from) {
                if rest.frame.is_none() && matches!(look_at(key, window, candidate)?, Look::Frame(_)) {
                    rest.frame = Some(candidate);
                }
            }
            offset += piece_bytes;
        }
        Ok(rest)
    }
}

/// The rest of a segment is looked at in pieces of this size, a multiple of `ALIGN_BYTES`.
const REST_PIECE_BYTES: usize = 256 << 10;

/// The aligned places in a piece where a frame may begin.
fn frame_candidates(piece: &[u8], offset: u64) -> Vec<u64> {
    let aligned = piece
        .chunks(8)
        .enumerate()
        .filter(|(_, chunk)| FrameHeader::may_begin(chunk));
    aligned.map(|(index, _)| offset + index as u64 * ALIGN_BYTES).collect()
}

/// What is at a place, whatever frame belongs there.
fn look_at(key: &SumKey, window: &mut Window, offset: u64) -> io::Result<Look> {
    let Some(header) = FrameHeader::decode(key, window.get(offset, FRAME_HEADER_BYTES)?) else {
        return Ok(Look::Nothing);
    };
    let whole = header.matches(key, window.get(offset, header.frame_bytes())?);
    Ok(if whole {
        Look::Frame(header)
    } else {
        Look::HeaderOnly(header)
    })
}

/// The numbers of the segments in a folder, which are gap-free from 1.
pub(crate) fn list_segments(disk: &dyn Disk) -> Result<Vec<u32>, OpenError> {
    let names = disk.list().map_err(OpenError::io("listing the journal's folder"))?;
    let mut segments: Vec<u32> = names.iter().filter_map(|name| segment_number(name)).collect();
    segments.sort_unstable();
    for (expected, found) in (1..).zip(&segments) {
        if expected != *found {
            let what = format!("the segment is missing, but {} is there", segment_name(*found));
            return Err(Damage {
                file: segment_name(expected),
                offset: 0,
                what,
            }
            .into());
        }
    }
    Ok(segments)
}

fn open_segment(disk: &dyn Disk, number: u32) -> Result<(Segment, JournalId), OpenError> {
    let name = segment_name(number);
    let error = || OpenError::io(format!("reading {name}"));
    let file = disk.open(&name, Access::Read).map_err(error())?;
    let bytes = file.len().map_err(error())?;
    let mut segment = Segment {
        number,
        bytes,
        window: Window::new(file, bytes),
    };
    let header_bytes = usize::try_from(SEGMENT_HEADER_BYTES).unwrap_or(usize::MAX);
    let header = SegmentHeader::decode(segment.window.get(0, header_bytes).map_err(error())?);
    match header {
        Err(HeaderError::Newer(found)) => Err(OpenError::NewerFormat {
            file: name,
            found,
            known: super::format::FORMAT_VERSION,
        }),
        Err(HeaderError::Bad(what)) => Err(segment.damage(0, what).into()),
        Ok(header) if header.segment != number => Err(segment
            .damage(0, format!("it says that it is segment {}", header.segment))
            .into()),
        Ok(header) if header.file_bytes != bytes => {
            let what = format!("the file has {bytes} bytes and was made with {}", header.file_bytes);
            Err(segment.damage(bytes.min(header.file_bytes), what).into())
        }
        Ok(header) => Ok((segment, header.id)),
    }
}
