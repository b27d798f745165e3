//! The bytes on disk: segment headers, frames, records. Pure functions; golden bytes below.
//!
//! A segment is a file of fixed length: a header of [`SEGMENT_HEADER_BYTES`], then frames at multiples of
//! [`ALIGN_BYTES`], then zeros. All numbers are little-endian.
//!
//! ```text
//! segment header   magic 16 | version u32 | segment u32 | file length u64 | journal id 32 | crc32 u32 | zeros
//! frame            magic 4 | body length u32 | number u64 | records u32 | previous frame's checksum 16
//!                  | checksum 16 | header check 4 | body: records | zeros up to a multiple of 8
//! record           payload length u32 | crc32 u32 | stream 16 | seq u64 | at i64 | key 32 | chain 32 | payload
//! ```
//!
//! A frame's checksum is keyed BLAKE3 cut to 128 bits, and not a CRC, for two reasons. Recovery looks for a valid frame
//! behind a bad one, and refuses to start if there is one: with a CRC, somebody could send an edit whose payload is
//! a valid frame, and the next torn write would look like damage. The key comes from the journal's random id, which
//! no client learns. And a frame names the one before it by this checksum, so the whole file hangs together by
//! something that does not collide by accident. The header check (same key, 32 bits) says that the length can be
//! trusted even if the body did not arrive whole.
//!
//! A record's CRC is there for reads of single records, which do not see the whole frame.

use bytes::Bytes;
use domain::{Seq, TimestampMs};
use uuid::Uuid;

use crate::types::{ChainHash, Key, Record, StreamId};

/// What this program writes, and the newest it reads.
pub(crate) const FORMAT_VERSION: u32 = 1;
/// Frames begin here in every segment: one page, so that the header shares none with a frame.
pub(crate) const SEGMENT_HEADER_BYTES: u64 = 4096;
/// Frames begin at multiples of this.
pub(crate) const ALIGN_BYTES: u64 = 8;
/// Before a frame's records.
pub(crate) const FRAME_HEADER_BYTES: usize = 56;
/// Before a record's payload.
pub(crate) const RECORD_HEADER_BYTES: usize = 104;
/// No frame is longer: what is not zero further behind the journal's end is no torn frame.
pub(crate) const FRAME_BYTES_MAX: usize = 16 << 20;

const SEGMENT_MAGIC: [u8; 16] = *b"interlock log\r\n\0";
const FRAME_MAGIC: [u8; 4] = [0xf7, b'I', b'L', 0x1f];
/// How much of the frame header the checksum covers: all before it.
const CHECKSUMMED_BYTES: usize = 36;
const CHECKSUM_END: usize = 52;

/// Reads fixed-size fields one after the other.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*field)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }
}

/// The random name of a journal; all its segments carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JournalId(pub(crate) [u8; 32]);

/// The key of a journal's checksums.
#[derive(Clone, Copy)]
pub(crate) struct SumKey([u8; 32]);

impl SumKey {
    pub(crate) fn of(id: JournalId) -> Self {
        Self(blake3::derive_key("Interlock 2026-11 journal frame checksum", &id.0))
    }

    fn sum<const N: usize>(&self, parts: [&[u8]; N]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        for part in parts {
            hasher.update(part);
        }
        hasher.finalize()
    }

    /// The checksum of what a frame's parts are together.
    fn frame<const N: usize>(&self, parts: [&[u8]; N]) -> Checksum {
        let hash = self.sum(parts);
        Checksum(*hash.as_bytes().first_chunk().expect("a BLAKE3 hash has 32 bytes"))
    }

    fn header(&self, header: &[u8]) -> [u8; 4] {
        *self
            .sum([header])
            .as_bytes()
            .first_chunk()
            .expect("a BLAKE3 hash has 32 bytes")
    }
}

/// A frame's checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Checksum(pub(crate) [u8; 16]);

impl Checksum {
    /// What the first frame names as the one before it.
    pub(crate) const START: Self = Self([0; 16]);
}

/// What a segment says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) segment: u32,
    pub(crate) file_bytes: u64,
    pub(crate) id: JournalId,
}

/// Why a segment header is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HeaderError {
    Newer(u32),
    Bad(&'static str),
}

impl SegmentHeader {
    const USED_BYTES: usize = 68;

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::USED_BYTES);
        bytes.extend(SEGMENT_MAGIC);
        bytes.extend(FORMAT_VERSION.to_le_bytes());
        bytes.extend(self.segment.to_le_bytes());
        bytes.extend(self.file_bytes.to_le_bytes());
        bytes.extend(self.id.0);
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    /// Reads the first [`SEGMENT_HEADER_BYTES`] of a segment.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, HeaderError> {
        let short = || HeaderError::Bad("the file is shorter than a segment's header");
        let (used, rest) = bytes.split_at_checked(Self::USED_BYTES).ok_or_else(short)?;
        let mut fields = Fields(used);
        if fields.take() != Some(SEGMENT_MAGIC) {
            return Err(HeaderError::Bad("this is not the beginning of a journal segment"));
        }
        let version = fields.u32().ok_or_else(short)?;
        if version > FORMAT_VERSION {
            return Err(HeaderError::Newer(version));
        }
        let segment = fields.u32().ok_or_else(short)?;
        let file_bytes = fields.u64().ok_or_else(short)?;
        let id = JournalId(fields.take().ok_or_else(short)?);
        let crc = fields.u32().ok_or_else(short)?;
        let covered = used.get(..Self::USED_BYTES - 4).ok_or_else(short)?;
        if version != FORMAT_VERSION || crc != crc32fast::hash(covered) || used_bytes(rest) > 0 {
            return Err(HeaderError::Bad("the segment's header does not match its checksum"));
        }
        Ok(Self {
            segment,
            file_bytes,
            id,
        })
    }
}

/// The header of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) body_bytes: u32,
    pub(crate) number: u64,
    pub(crate) records: u32,
    pub(crate) previous: Checksum,
    pub(crate) checksum: Checksum,
}

impl FrameHeader {
    /// Reads a header if there is one, whole, written by this journal.
    pub(crate) fn decode(key: &SumKey, bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        if fields.take() != Some(FRAME_MAGIC) {
            return None;
        }
        let header = Self {
            body_bytes: fields.u32()?,
            number: fields.u64()?,
            records: fields.u32()?,
            previous: Checksum(fields.take()?),
            checksum: Checksum(fields.take()?),
        };
        let known = fields.take::<4>()? == key.header(bytes.get(..CHECKSUM_END)?);
        (known && header.frame_bytes() <= FRAME_BYTES_MAX).then_some(header)
    }

    /// Whether a header may begin with these bytes: a cheap look before `decode`.
    pub(crate) fn may_begin(bytes: &[u8]) -> bool {
        bytes.starts_with(&FRAME_MAGIC)
    }

    /// The frame's length, header and padding included.
    pub(crate) fn frame_bytes(&self) -> usize {
        padded(FRAME_HEADER_BYTES.saturating_add(self.body_bytes as usize))
    }

    /// Whether the whole frame is as it was written.
    pub(crate) fn matches(&self, key: &SumKey, frame: &[u8]) -> bool {
        let end = FRAME_HEADER_BYTES + self.body_bytes as usize;
        let (Some(header), Some(body), Some(padding)) = (
            frame.get(..CHECKSUMMED_BYTES),
            frame.get(FRAME_HEADER_BYTES..end),
            frame.get(end..self.frame_bytes()),
        ) else {
            return false;
        };
        key.frame([header, body]) == self.checksum && padding.iter().all(|byte| *byte == 0)
    }
}

/// Where the zeros begin that a piece of a file ends with. Whole blocks of zeros are compared and not looked through:
/// most of a segment is such blocks, and opening reads all of it.
pub(crate) fn used_bytes(bytes: &[u8]) -> usize {
    const BLOCK_BYTES: usize = 512;
    let mut used = bytes.len();
    for block in bytes.rchunks(BLOCK_BYTES) {
        if [0; BLOCK_BYTES].get(..block.len()) != Some(block) {
            return block.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1) + (used - block.len());
        }
        used -= block.len();
    }
    0
}

fn padded(bytes: usize) -> usize {
    bytes.next_multiple_of(usize::try_from(ALIGN_BYTES).unwrap_or(1))
}

/// Builds frames, one after the other, in one buffer.
pub(crate) struct FrameBuilder {
    key: SumKey,
    bytes: Vec<u8>,
    records: u32,
}

impl FrameBuilder {
    pub(crate) fn new(key: SumKey) -> Self {
        Self {
            key,
            bytes: vec![0; FRAME_HEADER_BYTES],
            records: 0,
        }
    }

    /// Begins a new frame.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.resize(FRAME_HEADER_BYTES, 0);
        self.records = 0;
    }

    /// Adds a record and says where in the frame it is.
    pub(crate) fn push(&mut self, record: &Record) -> u32 {
        let start = self.bytes.len();
        encode_record(record, &mut self.bytes);
        self.records += 1;
        u32::try_from(start).expect("a frame is bounded by FRAME_BYTES_MAX")
    }

    /// The length that `seal` will give the frame.
    pub(crate) fn frame_bytes(&self) -> usize {
        padded(self.bytes.len())
    }

    /// Completes the frame.
    pub(crate) fn seal(&mut self, number: u64, previous: Checksum) -> (&[u8], Checksum) {
        assert!(self.frame_bytes() <= FRAME_BYTES_MAX, "the writer bounds its groups");
        let body_bytes = u32::try_from(self.bytes.len() - FRAME_HEADER_BYTES).expect("bounded by FRAME_BYTES_MAX");
        let mut header = Vec::with_capacity(FRAME_HEADER_BYTES);
        header.extend(FRAME_MAGIC);
        header.extend(body_bytes.to_le_bytes());
        header.extend(number.to_le_bytes());
        header.extend(self.records.to_le_bytes());
        header.extend(previous.0);
        // What the checksum covers stands in one piece while it is worked out: BLAKE3 takes chunks side by side only
        // from within one input, and this is half of what the writer itself does.
        let covered = FRAME_HEADER_BYTES - CHECKSUMMED_BYTES;
        self.bytes[covered..FRAME_HEADER_BYTES].copy_from_slice(&header);
        let checksum = self.key.frame([&self.bytes[covered..]]);
        header.extend(checksum.0);
        header.extend(self.key.header(&header));
        self.bytes[..FRAME_HEADER_BYTES].copy_from_slice(&header);
        self.bytes.resize(padded(self.bytes.len()), 0);
        (&self.bytes, checksum)
    }
}

fn encode_record(record: &Record, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend(
        u32::try_from(record.payload.len())
            .expect("bounded by APPEND_BYTES_MAX")
            .to_le_bytes(),
    );
    out.extend([0; 4]);
    out.extend(record.stream.0.as_bytes());
    out.extend(record.seq.0.to_le_bytes());
    out.extend(record.at.0.to_le_bytes());
    out.extend(record.key.0);
    out.extend(record.chain.0);
    out.extend_from_slice(&record.payload);
    let crc = out.get(start..).map_or(0, record_crc);
    if let Some(place) = out.get_mut(start + 4..start + 8) {
        place.copy_from_slice(&crc.to_le_bytes());
    }
}

/// The CRC of a record's bytes, its own place taken as zero.
fn record_crc(record: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(record.get(..4).unwrap_or_default());
    hasher.update(record.get(8..).unwrap_or_default());
    hasher.finalize()
}

/// Reads the record at the beginning of `bytes` and says how long it is.
pub(crate) fn decode_record(bytes: &[u8]) -> Option<(Record, usize)> {
    let mut fields = Fields(bytes);
    let payload_bytes = usize::try_from(fields.u32()?).ok()?;
    let crc = fields.u32()?;
    let stream = StreamId(Uuid::from_bytes(fields.take()?));
    let seq = Seq(fields.u64()?);
    let at = TimestampMs(fields.take().map(i64::from_le_bytes)?);
    let key = Key(fields.take()?);
    let chain = ChainHash(fields.take()?);
    let payload = Bytes::copy_from_slice(fields.0.get(..payload_bytes)?);
    let record_bytes = RECORD_HEADER_BYTES + payload_bytes;
    let whole = crc == record_crc(bytes.get(..record_bytes)?);
    whole.then_some((
        Record {
            stream,
            seq,
            at,
            key,
            payload,
            chain,
        },
        record_bytes,
    ))
}
