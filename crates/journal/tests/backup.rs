//! A copy of a journal, made while it is written to.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use journal::contract::{append, check_stream, read_all, stream};
use journal::testing::{MemoryDisk, SimulatedDisk, Trouble};
use journal::{
    BackupError, Disk as _, Journal, OpenError, Options, SegmentJournal, backup, backup_on, verify, verify_on,
};

const WRITERS: usize = 3;
const BACKUPS: usize = 8;

fn options() -> Options {
    Options {
        segment_bytes: 0,
        append_bytes_max: 16 << 10,
        identity: Some([4; 32]),
        ..Options::default()
    }
}

/// Enough of a journal on a disk that it has several segments.
async fn fill(disk: &MemoryDisk, entries: usize) {
    let journal = SegmentJournal::open_on(Arc::new(disk.clone()), options()).expect("opens");
    for number in 0..entries {
        let words = format!("{number} {}", "x".repeat(number * 97 % 1500));
        journal.append(append(stream(1), &[&words])).await.expect("appends");
    }
    journal.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_made_while_people_write_has_all_that_was_acknowledged_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("journal");
    let journal = Arc::new(SegmentJournal::open(&source, options()).expect("opens"));
    let acknowledged: Arc<[AtomicUsize; WRITERS]> = Arc::default();
    let copied = Arc::new(AtomicUsize::new(0));
    let mut writers = tokio::task::JoinSet::new();
    for of in 0..WRITERS {
        let (journal, acknowledged, copied) = (Arc::clone(&journal), Arc::clone(&acknowledged), Arc::clone(&copied));
        writers.spawn(async move {
            let mut number = 0;
            while copied.load(Ordering::Acquire) < BACKUPS {
                let words = format!("{number} {}", "x".repeat(number * 97 % 1500));
                journal
                    .append(append(stream(of as u128), &[&words]))
                    .await
                    .expect("appends");
                number += 1;
                acknowledged[of].store(number, Ordering::Release);
            }
        });
    }
    for number in 0..BACKUPS {
        let to = folder.path().join(format!("copy {number}"));
        let least: Vec<usize> = acknowledged.iter().map(|count| count.load(Ordering::Acquire)).collect();
        let from = source.clone();
        let copying = tokio::task::spawn_blocking(move || backup(&from, &to).map(|summary| (to, summary)));
        let (to, summary) = copying.await.expect("no panic").expect("copies");
        assert_eq!(verify(&to).expect("the copy is whole"), summary);
        check_copy(&to, &least).await;
        copied.store(number + 1, Ordering::Release);
    }
    writers.join_all().await;
}

/// The copy opens, has so many entries of each stream, and goes on.
async fn check_copy(to: &Path, least: &[usize]) {
    let copy = SegmentJournal::open(to, options()).expect("the copy opens");
    for (of, least) in least.iter().enumerate() {
        let records = read_all(&copy, stream(of as u128), 1 << 20).await.expect("reads");
        check_stream(stream(of as u128), &records);
        assert!(
            records.len() >= *least,
            "{} of {least} entries are in the copy",
            records.len()
        );
    }
    copy.append(append(stream(0), &["after the disaster"]))
        .await
        .expect("appends");
    copy.close().await;
    verify(to).expect("it is whole afterwards");
}

#[tokio::test]
async fn a_copy_of_a_closed_journal_is_equal_and_opens_as_the_same_journal() {
    let (from, to) = (MemoryDisk::default(), MemoryDisk::default());
    fill(&from, 80).await;
    let summary = backup_on(&from, &to).expect("copies");
    assert!(summary.segments > 2, "{summary:?}");
    let original = verify_on(&from).expect("verifies");
    assert_eq!((summary.frames, summary.records), (original.frames, original.records));
    assert_eq!(summary.streams, original.streams);
    for segment in 1..=summary.segments {
        let name = format!("{segment:010}.segment");
        assert!(to.bytes(&name) == from.bytes(&name), "{name} differs");
    }
}

#[test]
fn a_copy_of_a_journal_without_entries_is_the_same_journal() {
    let (from, to) = (MemoryDisk::default(), MemoryDisk::default());
    drop(SegmentJournal::open_on(Arc::new(from.clone()), options()).expect("opens"));
    assert_eq!(backup_on(&from, &to).expect("copies").frames, 0);
    let first = "0000000001.segment";
    assert!(to.bytes(first).is_some() && to.bytes(first) == from.bytes(first));
    let (nothing, to) = (MemoryDisk::default(), MemoryDisk::default());
    assert_eq!(backup_on(&nothing, &to).expect("copies").segments, 0);
}

#[tokio::test]
async fn a_copy_never_falls_over_something_that_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("journal"), folder.path().join("copy"));
    drop(SegmentJournal::open(&from, options()).expect("opens"));
    backup(&from, &to).expect("copies");
    let error = backup(&from, &to).expect_err("there is a copy already");
    assert!(matches!(&error, BackupError::NotEmpty { dir } if *dir == to), "{error}");
    let error = backup(&folder.path().join("nothing"), &folder.path().join("second")).expect_err("no journal");
    assert!(matches!(error, BackupError::Source(OpenError::Io { .. })), "{error}");
}

#[tokio::test]
async fn a_damaged_journal_is_not_copied_in_silence() {
    let (from, to) = (MemoryDisk::default(), MemoryDisk::default());
    fill(&from, 20).await;
    let mut bytes = from.bytes("0000000001.segment").expect("the segment");
    bytes[5000] ^= 1;
    from.put("0000000001.segment", bytes);
    let error = backup_on(&from, &to).expect_err("it is damaged");
    assert!(matches!(error, BackupError::Source(OpenError::Damaged(_))), "{error}");
    assert!(
        matches!(verify_on(&to), Err(OpenError::Damaged(_))),
        "what there is of a copy says so"
    );
}

/// Whatever becomes of a copy that is interrupted, by a power cut or an error, it is not taken for a whole one.
#[tokio::test]
async fn a_copy_that_was_interrupted_does_not_open() {
    let from = MemoryDisk::default();
    fill(&from, 60).await;
    let whole = verify_on(&from).expect("verifies").streams;
    let (mut refused, mut finished) = (0, 0);
    for seed in 0..60 {
        let to = SimulatedDisk::new(seed);
        to.set_image_chance(0.2);
        if seed % 3 == 0 {
            to.set_trouble(Some(Trouble::SyncFails), usize::try_from(seed / 3).expect("small"));
        }
        let done = backup_on(&from, &to);
        let mut images = to.take_images();
        images.push(to.take_image());
        let last = images.len() - 1;
        for (number, image) in images.iter().enumerate() {
            let disk = SimulatedDisk::from_image(image, seed);
            match verify_on(&disk) {
                Ok(there) if there.streams == whole => finished += 1,
                // The folder itself may be empty still: that nobody takes for a copy.
                Ok(there) => {
                    let names = disk.list().expect("lists");
                    let begun = names.iter().any(|name| name.ends_with(".segment"));
                    assert!(!begun && there.records == 0, "seed {seed}, image {number}: {there:?}");
                }
                Err(OpenError::Damaged(_)) => refused += 1,
                Err(error) => panic!("seed {seed}, image {number}: {error}"),
            }
            assert!(
                done.is_err() || number < last || finished > 0,
                "seed {seed}: a finished copy is whole"
            );
        }
    }
    assert!(
        refused > 100 && finished > 40,
        "{refused} were refused, {finished} were whole"
    );
}
