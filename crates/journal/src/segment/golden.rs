//! Golden bytes of everything that is stored. If one of these fails, the format has changed: give it a new version and
//! keep reading the old one, because data folders of this version exist.

use std::fmt::Write;

use bytes::Bytes;
use domain::{Seq, TimestampMs};
use expect_test::{Expect, expect};
use uuid::Uuid;

use super::format::{
    Checksum, FRAME_HEADER_BYTES, FrameBuilder, FrameHeader, HeaderError, JournalId, SegmentHeader, SumKey,
    decode_record,
};
use super::mark::Mark;
use crate::types::{ChainHash, Key, Record, StreamId};

const ID: JournalId = JournalId([0x1d; 32]);

fn check(bytes: &[u8], expected: &Expect) {
    let mut hex = String::new();
    for line in bytes.chunks(32) {
        for byte in line {
            write!(hex, "{byte:02x}").expect("writing to a string does not fail");
        }
        hex.push('\n');
    }
    expected.assert_eq(&hex);
}

fn records() -> [Record; 2] {
    let stream = StreamId(Uuid::from_u128(0x0193_a1c0_0000_7000_8000_0000_0000_0001));
    let record = |seq, at, last: ChainHash, payload: &'static [u8]| {
        let (seq, at, key) = (Seq(seq), TimestampMs(at), Key([0xee; 32]));
        let chain = last.next(stream, seq, at, &key, payload);
        Record {
            stream,
            seq,
            at,
            key,
            payload: Bytes::from_static(payload),
            chain,
        }
    };
    let first = record(1, 1_762_000_000_000, ChainHash::START, b"an entry");
    let second = record(2, 1_762_000_000_001, first.chain, b"another");
    [first, second]
}

fn frame() -> (Vec<u8>, Checksum) {
    let mut builder = FrameBuilder::new(SumKey::of(ID));
    let starts = records().map(|record| builder.push(&record));
    assert_eq!(starts, [56, 168]);
    let expected_bytes = builder.frame_bytes();
    let (bytes, checksum) = builder.seal(7, Checksum([0xab; 16]));
    assert_eq!(bytes.len(), expected_bytes);
    (bytes.to_vec(), checksum)
}

#[test]
fn a_segment_header_has_these_bytes() {
    let header = SegmentHeader {
        segment: 3,
        file_bytes: 64 << 20,
        id: ID,
    };
    check(
        &header.encode(),
        &expect![[r"
        696e7465726c6f636b206c6f670d0a0001000000030000000000000400000000
        1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d
        aeb7c9a1
    "]],
    );
    let mut page = header.encode();
    page.resize(4096, 0);
    assert_eq!(SegmentHeader::decode(&page), Ok(header));
}

#[test]
fn a_frame_has_these_bytes() {
    check(
        &frame().0,
        &expect![[r"
        f7494c1fdf000000070000000000000002000000abababababababababababab
        abababab63793bcdef6807fbf16a0a510054837775a8326e080000001a2ab243
        0193a1c000007000800000000000000101000000000000000054623f9a010000
        eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee
        a4f4ca43c45cc5cbebe89eca8558c27980f672a991782874bc71449c2cb4995d
        616e20656e747279070000000c4d7c680193a1c0000070008000000000000001
        02000000000000000154623f9a010000eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee
        eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee6c63d0fd249a73050f8997cf4ce9312d
        cfd76da8d06438d75ce9aba2b96c3206616e6f7468657200
    "]],
    );
}

#[test]
fn a_mark_has_these_bytes() {
    let mark = Mark {
        number: 7,
        checksum: Checksum([0xab; 16]),
    };
    check(
        &mark.encode(),
        &expect![[r"
            494c444d0700000000000000ababababababababababababababababe04f0863
        "]],
    );
    assert_eq!(Mark::decode(&mark.encode()), Some(mark));
}

#[test]
fn a_frame_reads_back_as_it_was_written() {
    let (bytes, checksum) = frame();
    let key = SumKey::of(ID);
    let header = FrameHeader::decode(&key, &bytes).expect("a header");
    assert_eq!((header.number, header.records, header.checksum), (7, 2, checksum));
    assert_eq!(header.previous, Checksum([0xab; 16]));
    assert!(header.matches(&key, &bytes));
    let body = bytes.get(FRAME_HEADER_BYTES..).expect("a body");
    let (first, length) = decode_record(body).expect("a record");
    let (second, _) = decode_record(body.get(length..).expect("more")).expect("a record");
    assert_eq!([first, second], records());
}

#[test]
fn any_flipped_bit_of_a_frame_is_seen() {
    let (bytes, _) = frame();
    let key = SumKey::of(ID);
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        *flipped.get_mut(bit / 8).expect("inside") ^= 1 << (bit % 8);
        let valid = FrameHeader::decode(&key, &flipped).is_some_and(|header| header.matches(&key, &flipped));
        assert!(!valid, "bit {bit} is not covered");
    }
}

#[test]
fn any_flipped_bit_of_a_record_or_a_mark_or_a_segment_header_is_seen() {
    let (bytes, _) = frame();
    let record = bytes
        .get(FRAME_HEADER_BYTES..FRAME_HEADER_BYTES + 112)
        .expect("the first record");
    flip_all(record, |flipped| decode_record(flipped).is_none());
    let mark = Mark {
        number: 7,
        checksum: Checksum([0xab; 16]),
    }
    .encode();
    flip_all(&mark, |flipped| Mark::decode(flipped).is_none());
    let mut header = SegmentHeader {
        segment: 3,
        file_bytes: 64 << 20,
        id: ID,
    }
    .encode();
    header.resize(4096, 0);
    flip_all(&header, |flipped| SegmentHeader::decode(flipped).is_err());
}

fn flip_all(bytes: &[u8], is_seen: impl Fn(&[u8]) -> bool) {
    assert!(!is_seen(bytes), "it is valid before a bit is flipped");
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.to_vec();
        *flipped.get_mut(bit / 8).expect("inside") ^= 1 << (bit % 8);
        assert!(is_seen(&flipped), "bit {bit} is not covered");
    }
}

#[test]
fn a_frame_of_another_journal_is_none() {
    let (bytes, _) = frame();
    assert_eq!(FrameHeader::decode(&SumKey::of(JournalId([0; 32])), &bytes), None);
}

#[test]
fn a_newer_segment_says_so() {
    let mut page = SegmentHeader {
        segment: 1,
        file_bytes: 1 << 20,
        id: ID,
    }
    .encode();
    page.resize(4096, 0);
    *page.get_mut(16).expect("the version") = 2;
    assert_eq!(SegmentHeader::decode(&page), Err(HeaderError::Newer(2)));
}

#[test]
fn shortened_bytes_are_refused_and_never_panic() {
    let (frame, _) = frame();
    let key = SumKey::of(ID);
    for length in 0..frame.len() {
        let short = frame.get(..length).expect("shorter");
        assert!(!FrameHeader::decode(&key, short).is_some_and(|header| header.matches(&key, short)));
        let record = short.get(FRAME_HEADER_BYTES..).unwrap_or_default();
        assert!(decode_record(record.get(..record.len().min(111)).unwrap_or_default()).is_none());
    }
}
