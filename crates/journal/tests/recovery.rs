//! What a crash or a bad disk leaves, and what opening makes of it: cut the last frame if it is torn, refuse everything
//! else, and never lose what was acknowledged.

use std::sync::Arc;

use bytes::Bytes;
use domain::{Seq, TimestampMs};
use journal::contract::{append, check_stream, read_all, stream};
use journal::testing::MemoryDisk;
use journal::{Append, Damage, Journal, Key, NewRecord, OpenError, Options, Record, SegmentJournal, verify_on};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const FIRST: &str = "0000000001.segment";
const SECOND: &str = "0000000002.segment";
const MARK: &str = "durable";
/// Where frames begin in a segment.
const HEADER_BYTES: usize = 4096;

fn options() -> Options {
    Options {
        segment_bytes: 0,
        append_bytes_max: 2000,
        identity: Some([3; 32]),
        ..Options::default()
    }
}

fn open(disk: &MemoryDisk) -> Result<SegmentJournal, OpenError> {
    SegmentJournal::open_on(Arc::new(disk.clone()), options())
}

/// A journal with these appends, one frame each, as it is on disk after each of them; the first image is empty.
async fn images(appends: &[&[&str]]) -> Vec<MemoryDisk> {
    let disk = MemoryDisk::default();
    let mut images = Vec::new();
    open(&disk).expect("opens").close().await;
    images.push(disk.copy());
    for words in appends {
        let journal = open(&disk).expect("opens");
        journal.append(append(stream(1), words)).await.expect("appends");
        journal.close().await;
        images.push(disk.copy());
    }
    images
}

/// Where a file's contents end: the place behind the last byte that is not zero, at the next frame's alignment.
fn end_of(disk: &MemoryDisk, file: &str) -> usize {
    let bytes = disk.bytes(file).expect("the file");
    bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1)
        .next_multiple_of(8)
}

fn set(disk: &MemoryDisk, file: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = disk.bytes(file).expect("the file");
    change(&mut bytes);
    disk.put(file, bytes);
}

fn damage(opened: Result<SegmentJournal, OpenError>) -> Damage {
    match opened.map(|_| ()) {
        Err(OpenError::Damaged(damage)) => damage,
        other => panic!("damage was not seen: {other:?}"),
    }
}

/// Opening refuses with the damage that `verify` names too, at this place.
fn check_damage(disk: &MemoryDisk, file: &str, offset: usize, what: &str) {
    let found = damage(open(disk));
    assert_eq!((found.file.as_str(), found.offset), (file, offset as u64), "{found}");
    assert!(found.what.contains(what), "{found}");
    match verify_on(disk) {
        Err(OpenError::Damaged(verified)) => assert_eq!(verified, found),
        other => panic!("verify did not see {found}: {other:?}"),
    }
}

async fn words(journal: &SegmentJournal) -> Vec<String> {
    let records: Vec<Record> = read_all(journal, stream(1), 1000).await.expect("reads");
    check_stream(stream(1), &records);
    records
        .iter()
        .map(|record| String::from_utf8_lossy(&record.payload).into_owned())
        .collect()
}

/// Opening finds these entries, can go on, and finds all of it the next time.
async fn check_opens_with(disk: &MemoryDisk, expected: &[&str]) {
    verify_on(disk).expect("verifies");
    let journal = open(disk).expect("opens");
    assert_eq!(words(&journal).await, expected);
    journal
        .append(append(stream(1), &["after the crash"]))
        .await
        .expect("appends");
    journal.close().await;
    let summary = verify_on(disk).expect("verifies");
    assert_eq!(
        (summary.records, summary.unfinished_bytes),
        (expected.len() as u64 + 1, 0)
    );
    let journal = open(disk).expect("opens again");
    assert_eq!(words(&journal).await, [expected, &["after the crash"]].concat());
}

/// The image before the last append with the segment of the one after it: a crash before anything was acknowledged.
fn crash(images: &[MemoryDisk], change: impl FnOnce(&mut [u8], usize)) -> (MemoryDisk, bool) {
    let [.., before, after] = images else {
        panic!("two images")
    };
    let (start, end) = (end_of(before, FIRST), end_of(after, FIRST));
    let disk = before.copy();
    let whole = after.bytes(FIRST).expect("the segment");
    let mut bytes = whole.clone();
    change(bytes.get_mut(start..end).expect("the last frame"), end - start);
    let complete = bytes == whole;
    disk.put(FIRST, bytes);
    (disk, complete)
}

#[tokio::test]
async fn a_last_frame_torn_at_any_byte_is_cut_and_the_earlier_ones_stay() {
    let images = images(&[&["one"], &["two", "three"], &["the last one"]]).await;
    let frame_bytes = end_of(&images[3], FIRST) - end_of(&images[2], FIRST);
    for cut in 0..=frame_bytes {
        // The beginning has reached the disk, or the end, or all but a part in the middle.
        for lost in [cut..usize::MAX, 0..cut, cut..cut + 20] {
            let (disk, complete) = crash(&images, |frame, len| {
                frame[lost.start.min(len)..lost.end.min(len)].fill(0);
            });
            let expected: &[&str] = if complete {
                &["one", "two", "three", "the last one"]
            } else {
                &["one", "two", "three"]
            };
            check_opens_with(&disk, expected).await;
        }
    }
}

#[tokio::test]
async fn a_large_last_frame_with_any_of_its_sectors_missing_is_cut() {
    let large = "x".repeat(1500);
    let images = images(&[&["one"], &[&large]]).await;
    for seed in 0..200 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (disk, complete) = crash(&images, |frame, _| {
            for sector in frame.chunks_mut(64) {
                if rng.random_bool(0.3) {
                    sector.fill(0);
                }
            }
        });
        let expected: &[&str] = if complete { &["one", &large] } else { &["one"] };
        println!("seed {seed}");
        check_opens_with(&disk, expected).await;
    }
}

#[tokio::test]
async fn a_torn_frame_that_was_known_durable_is_damage() {
    let images = images(&[&["one"], &["two"]]).await;
    let [.., before, after] = images.as_slice() else {
        panic!("two images")
    };
    let (disk, _) = crash(&images, |frame, len| frame[len / 2..].fill(0));
    disk.put(MARK, after.bytes(MARK).expect("the mark"));
    check_damage(&disk, FIRST, end_of(before, FIRST), "frame 2 was durable");
    // And so is one that has vanished without a trace.
    let gone = before.copy();
    gone.put(MARK, after.bytes(MARK).expect("the mark"));
    check_damage(&gone, FIRST, end_of(before, FIRST), "frame 2 was durable");
}

#[tokio::test]
async fn a_frame_that_is_not_the_one_that_was_marked_is_damage() {
    // Two pasts of equal length: the folder of one with the mark of the other.
    let one_past = images(&[&["one"], &["two"]]).await;
    let another_past = images(&[&["one"], &["TWO"]]).await;
    let disk = one_past[2].copy();
    disk.put(MARK, another_past[2].bytes(MARK).expect("the mark"));
    check_damage(
        &disk,
        FIRST,
        end_of(&one_past[1], FIRST),
        "not the one that was written here",
    );
}

#[tokio::test]
async fn any_flipped_bit_is_refused_and_named() {
    let images = images(&[&["one"], &["two", "three"], &["four"]]).await;
    let disk = images.last().expect("images");
    let end = end_of(disk, FIRST);
    // The last frame's padding is zeros up to the next multiple of 8, which `end` includes.
    for byte in 0..end {
        let flipped = disk.copy();
        set(&flipped, FIRST, |bytes| bytes[byte] ^= 1 << (byte % 8));
        match open(&flipped).map(|_| ()) {
            Err(OpenError::Damaged(damage)) => {
                assert_eq!(damage.file, FIRST);
                assert!(damage.offset <= byte as u64, "byte {byte}: {damage}");
            }
            Err(OpenError::NewerFormat { .. }) => assert!((16..20).contains(&byte), "byte {byte}"),
            other => panic!("byte {byte}: {other:?}"),
        }
        assert!(verify_on(&flipped).is_err(), "byte {byte}");
    }
}

#[tokio::test]
async fn a_bad_frame_with_a_valid_one_behind_it_is_refused_even_without_a_mark() {
    let images = images(&[&["one"], &["two"], &["three"]]).await;
    let start = end_of(&images[1], FIRST);
    for byte in start..end_of(&images[2], FIRST) {
        let disk = images[3].copy();
        disk.put(MARK, vec![0; 8192]);
        set(&disk, FIRST, |bytes| bytes[byte] ^= 0x10);
        check_damage(&disk, FIRST, start, "frame 2 is damaged");
    }
    let wiped = images[3].copy();
    wiped.put(MARK, vec![0; 8192]);
    set(&wiped, FIRST, |bytes| bytes[start..end_of(&images[2], FIRST)].fill(0));
    check_damage(&wiped, FIRST, start, "a valid frame follows");
}

/// A journal that has filled its first segment and written to its second.
async fn two_segments() -> MemoryDisk {
    let disk = MemoryDisk::default();
    let journal = open(&disk).expect("opens");
    let text = "x".repeat(700);
    for number in 0..3 {
        journal
            .append(append(stream(1), &[&format!("{number}{text}")]))
            .await
            .expect("appends");
    }
    journal.close().await;
    assert!(end_of(&disk, SECOND) > HEADER_BYTES, "the second segment is in use");
    disk
}

#[tokio::test]
async fn damage_in_a_sealed_segment_is_refused() {
    let disk = two_segments().await;
    disk.put(MARK, vec![0; 8192]);
    let end = end_of(&disk, FIRST);
    // Its last frame: what looks like a torn end is none, because the next segment is in use.
    let torn = disk.copy();
    set(&torn, FIRST, |bytes| bytes[end - 20..end].fill(0));
    assert_eq!(damage(open(&torn)).file, FIRST);
    // The empty rest.
    let rest = disk.copy();
    set(&rest, FIRST, |bytes| *bytes.last_mut().expect("bytes") = 1);
    check_damage(&rest, FIRST, end, "frame 3 is damaged");
    // Gone without a trace: the next segment does not fit.
    let lost = disk.copy();
    let second_frame = HEADER_BYTES + (end - HEADER_BYTES) / 2;
    set(&lost, FIRST, |bytes| bytes[second_frame..].fill(0));
    check_damage(&lost, SECOND, HEADER_BYTES, "frame 3 stands here, where 2 belongs");
}

#[tokio::test]
async fn missing_foreign_or_shortened_segments_are_refused() {
    let disk = two_segments().await;
    let missing = disk.copy();
    journal::Disk::remove(&missing, FIRST).expect("removes");
    check_damage(&missing, FIRST, 0, "missing");
    let all_missing = missing.copy();
    journal::Disk::remove(&all_missing, SECOND).expect("removes");
    for name in journal::Disk::list(&all_missing).expect("lists") {
        if name.ends_with(".segment") {
            journal::Disk::remove(&all_missing, &name).expect("removes");
        }
    }
    check_damage(&all_missing, FIRST, 0, "missing");
    let short = disk.copy();
    set(&short, FIRST, |bytes| bytes.truncate(5000));
    check_damage(&short, FIRST, 5000, "was made with");
    let swapped = disk.copy();
    swapped.put(SECOND, disk.bytes(FIRST).expect("the segment"));
    check_damage(&swapped, SECOND, 0, "it says that it is segment 1");
    let foreign = disk.copy();
    let other = MemoryDisk::default();
    let journal = SegmentJournal::open_on(
        Arc::new(other.clone()),
        Options {
            identity: None,
            ..options()
        },
    );
    drop(journal.expect("opens"));
    foreign.put(FIRST, other.bytes(FIRST).expect("the segment"));
    assert_eq!(damage(open(&foreign)).file, SECOND);
}

#[tokio::test]
async fn a_crash_while_a_segment_is_made_leaves_nothing() {
    let images = images(&[&["one"]]).await;
    let disk = images[1].copy();
    disk.put("new-segment", vec![0; 100]);
    check_opens_with(&disk, &["one"]).await;
    assert_eq!(disk.bytes("new-segment"), None);
}

#[tokio::test]
async fn a_first_frame_torn_in_a_new_segment_is_cut() {
    let disk = two_segments().await;
    disk.put(MARK, vec![0; 8192]);
    set(&disk, SECOND, |bytes| bytes[HEADER_BYTES + 300..].fill(0));
    let journal = open(&disk).expect("opens");
    assert_eq!(words(&journal).await.len(), 2);
    journal
        .append(append(stream(1), &["after the crash"]))
        .await
        .expect("appends");
    journal.close().await;
    assert_eq!(words(&open(&disk).expect("opens")).await.len(), 3);
}

#[tokio::test]
async fn an_unreadable_mark_does_not_stop_a_sound_journal() {
    let images = images(&[&["one"], &["two"]]).await;
    let disk = images[2].copy();
    disk.put(MARK, vec![0xff; 8192]);
    check_opens_with(&disk, &["one", "two"]).await;
    let disk = images[2].copy();
    journal::Disk::remove(&disk, MARK).expect("removes");
    check_opens_with(&disk, &["one", "two"]).await;
}

#[tokio::test]
async fn a_payload_made_to_look_like_frames_does_not_turn_a_torn_end_into_damage() {
    // What an attacker could send: whole frames of a journal of their own.
    let other = MemoryDisk::default();
    let theirs = SegmentJournal::open_on(
        Arc::new(other.clone()),
        Options {
            identity: Some([9; 32]),
            ..options()
        },
    );
    let theirs = theirs.expect("opens");
    for words in ["a", "b", "c"] {
        theirs.append(append(stream(1), &[words])).await.expect("appends");
    }
    theirs.close().await;
    let frames = other.bytes(FIRST).expect("the segment")[HEADER_BYTES..end_of(&other, FIRST)].to_vec();
    for shift in 0..8 {
        let disk = MemoryDisk::default();
        let journal = open(&disk).expect("opens");
        journal.append(append(stream(1), &["one"])).await.expect("appends");
        journal.close().await;
        let before = disk.copy();
        let payload = Bytes::from([vec![b' '; shift], frames.clone()].concat());
        let record = NewRecord {
            key: Key([1; 32]),
            at: TimestampMs(0),
            payload,
        };
        let hostile = Append {
            stream: stream(1),
            expect: Some(Seq(1)),
            records: vec![record],
        };
        let journal = open(&disk).expect("opens");
        journal.append(hostile).await.expect("appends");
        journal.close().await;
        let (torn, _) = crash(&[before, disk], |frame, _| frame[..8].fill(0));
        check_opens_with(&torn, &["one"]).await;
    }
}

#[tokio::test]
async fn a_spare_segment_of_another_length_is_made_anew() {
    let disk = MemoryDisk::default();
    let journal = open(&disk).expect("opens");
    journal
        .append(append(stream(1), &[&"x".repeat(1500)]))
        .await
        .expect("appends");
    journal.close().await;
    assert!(
        disk.bytes(SECOND).is_some(),
        "the next segment is made once the first is half full"
    );
    let larger = || Options {
        append_bytes_max: 20_000,
        ..options()
    };
    let text = "y".repeat(15_000);
    for number in 0..3 {
        let journal = SegmentJournal::open_on(Arc::new(disk.clone()), larger()).expect("opens");
        journal
            .append(append(stream(1), &[&format!("{number}{text}")]))
            .await
            .expect("appends");
        journal.close().await;
    }
    assert_eq!(words(&open(&disk).expect("opens")).await.len(), 4);
}

#[tokio::test]
async fn other_files_in_the_folder_are_left_alone() {
    let images = images(&[&["one"]]).await;
    let disk = images[1].copy();
    for name in ["1.segment", "0000000009.segment~", "notes.txt", "00000000002.segment"] {
        disk.put(name, vec![1, 2, 3]);
    }
    check_opens_with(&disk, &["one"]).await;
    assert_eq!(disk.bytes("notes.txt"), Some(vec![1, 2, 3]));
}

/// Puts the frame that ends one image at the end of another, where one of the same length is.
fn splice(into: &MemoryDisk, from: &MemoryDisk, start: usize) {
    let end = end_of(into, FIRST);
    assert_eq!(end_of(from, FIRST), end, "the frames have one length");
    let frame = from.bytes(FIRST).expect("the segment")[start..end].to_vec();
    set(into, FIRST, |bytes| bytes[start..end].copy_from_slice(&frame));
}

#[tokio::test]
async fn valid_frames_that_do_not_belong_where_they_stand_are_refused() {
    // The same journal with another past: its third frame names another second one.
    let one_past = images(&[&["one"], &["two"], &["three"]]).await;
    let another_past = images(&[&["one"], &["TWO"], &["three"]]).await;
    let start = end_of(&one_past[2], FIRST);
    let spliced = one_past[3].copy();
    spliced.put(MARK, vec![0; 8192]);
    splice(&spliced, &another_past[3], start);
    check_damage(&spliced, FIRST, start, "frame 3 stands here, but it follows another");
    // The second frame a second time.
    let repeated = one_past[3].copy();
    repeated.put(MARK, vec![0; 8192]);
    let second = end_of(&one_past[1], FIRST);
    set(&repeated, FIRST, |bytes| bytes.copy_within(second..start, start));
    check_damage(&repeated, FIRST, start, "frame 2 stands here, where 3 belongs");
}

#[tokio::test]
async fn remains_behind_a_torn_frame_are_damage() {
    let images = images(&[&["one"], &["two"]]).await;
    let (start, end) = (end_of(&images[1], FIRST), end_of(&images[2], FIRST));
    let (disk, _) = crash(&images, |frame, len| frame[len - 16..].fill(0));
    check_opens_with(&disk.copy(), &["one"]).await;
    set(&disk, FIRST, |bytes| bytes[end + 100] = 1);
    check_damage(&disk, FIRST, start, "longer than a frame");
}
