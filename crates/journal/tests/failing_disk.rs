//! A disk that fails or is slow: what is acknowledged, what is refused, what can still be read.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use domain::Seq;
use journal::contract::{append, check_stream, read_all, record, stream};
use journal::testing::{MemoryDisk, SimulatedDisk, Trouble};
use journal::{
    Append, AppendError, Journal, NewRecord, Options, ReadError, SegmentJournal, SteppedJournal, Tail, verify_on,
};

fn open(disk: &MemoryDisk) -> SegmentJournal {
    open_with(
        disk,
        Options {
            segment_bytes: 0,
            append_bytes_max: 2000,
            ..Options::default()
        },
    )
}

fn open_with(disk: &MemoryDisk, options: Options) -> SegmentJournal {
    SegmentJournal::open_on(Arc::new(disk.clone()), options).expect("opens")
}

async fn count(journal: &SegmentJournal) -> usize {
    let records = read_all(journal, stream(1), 1000).await.expect("reads");
    check_stream(stream(1), &records);
    records.len()
}

/// Polls each append once, so that all are in the queue, in order.
async fn begin<F: Future<Output = T>, T>(futures: Vec<F>) -> Vec<std::pin::Pin<Box<F>>> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    poll_fn(|context| {
        assert!(
            futures
                .iter_mut()
                .all(|future| future.as_mut().poll(context).is_pending()),
            "nothing is done yet"
        );
        Poll::Ready(())
    })
    .await;
    futures
}

#[tokio::test]
async fn nothing_is_acknowledged_or_visible_before_it_is_durable() {
    let disk = MemoryDisk::default();
    let journal = open(&disk);
    disk.set_faults(|faults| faults.sync_waits = true);
    let syncs = disk.syncs();
    let mut tail = journal.tail(stream(1), Seq(1));
    let appends = begin(vec![journal.append(append(stream(1), &["a"]))]).await;
    let tails = begin(vec![tail.next()]).await;
    disk.wait_for(|counts| counts.syncs > syncs);
    assert_eq!(journal.head(stream(1)), None);
    assert_eq!(count(&journal).await, 0);
    assert_eq!(journal.streams(), vec![]);
    let tails = begin(tails).await;
    let appends = begin(appends).await;
    disk.set_faults(|faults| faults.sync_waits = false);
    for append in appends {
        append.await.expect("appends");
    }
    for tail in tails {
        assert_eq!(tail.await.expect("reads").len(), 1);
    }
}

#[tokio::test]
async fn what_waits_is_written_as_one_frame() {
    let disk = MemoryDisk::default();
    let options = Options {
        segment_bytes: 1 << 20,
        ..Options::default()
    };
    let journal = open_with(&disk, options);
    disk.set_faults(|faults| faults.sync_waits = true);
    let syncs = disk.syncs();
    let first = begin(vec![journal.append(append(stream(1), &["first"]))]).await;
    disk.wait_for(|counts| counts.syncs > syncs);
    let words: Vec<String> = (0..500).map(|number| format!("{number}")).collect();
    let rest = begin(
        words
            .iter()
            .map(|words| journal.append(append(stream(1), &[words])))
            .collect(),
    )
    .await;
    disk.set_faults(|faults| faults.sync_waits = false);
    for append in first.into_iter().chain(rest) {
        append.await.expect("appends");
    }
    assert_eq!(disk.syncs(), syncs + 2);
    let summary = verify_on(&disk).expect("verifies");
    assert_eq!((summary.frames, summary.records), (2, 501));
}

#[tokio::test]
async fn a_hash_worked_out_from_another_past_is_not_taken() {
    let disk = MemoryDisk::default();
    let options = Options {
        segment_bytes: 1 << 20,
        ..Options::default()
    };
    let journal = open_with(&disk, options);
    journal.append(append(stream(1), &["known"])).await.expect("appends");
    disk.set_faults(|faults| faults.sync_waits = true);
    let syncs = disk.syncs();
    let first = begin(vec![journal.append(append(stream(2), &["being written"]))]).await;
    disk.wait_for(|counts| counts.syncs > syncs);
    // Whoever appends the last one takes the repeat for a new entry; its place is taken by one that is too long to be
    // hashed ahead.
    let long = "long ".repeat(2000);
    let words = ["known", long.as_str(), "the last one"];
    let rest = begin(
        words
            .iter()
            .map(|words| journal.append(append(stream(1), &[words])))
            .collect(),
    )
    .await;
    disk.set_faults(|faults| faults.sync_waits = false);
    for append in first.into_iter().chain(rest) {
        append.await.expect("appends");
    }
    assert_eq!(count(&journal).await, 3);
    verify_on(&disk).expect("the chain is whole");
}

#[tokio::test]
async fn a_failed_fsync_stops_edits_for_good_but_not_reading() {
    let disk = MemoryDisk::default();
    let journal = open(&disk);
    journal.append(append(stream(1), &["kept"])).await.expect("appends");
    disk.set_faults(|faults| faults.sync_fails = true);
    assert_eq!(
        journal.append(append(stream(1), &["in doubt"])).await,
        Err(AppendError::Poisoned)
    );
    assert!(journal.is_poisoned());
    disk.set_faults(|faults| faults.sync_fails = false);
    let syncs = disk.syncs();
    assert_eq!(
        journal.append(append(stream(1), &["later"])).await,
        Err(AppendError::Poisoned)
    );
    assert_eq!(disk.syncs(), syncs, "a failed fsync is not tried again");
    assert_eq!(count(&journal).await, 1);
    journal.close().await;
    // The entry in doubt was written, as it happens; it was not acknowledged, and may be there or not.
    let journal = open(&disk);
    assert!((1..=2).contains(&count(&journal).await));
    journal
        .append(append(stream(1), &["after a restart"]))
        .await
        .expect("appends");
}

#[tokio::test]
async fn all_that_wait_hear_of_a_failed_fsync() {
    let disk = MemoryDisk::default();
    let journal = open(&disk);
    disk.set_faults(|faults| faults.sync_waits = true);
    let syncs = disk.syncs();
    let mut appends = begin(vec![journal.append(append(stream(1), &["being written"]))]).await;
    disk.wait_for(|counts| counts.syncs > syncs);
    let words: Vec<String> = (0..20).map(|number| format!("{number}")).collect();
    appends.extend(
        begin(
            words
                .iter()
                .map(|words| journal.append(append(stream(1), &[words])))
                .collect(),
        )
        .await,
    );
    disk.set_faults(|faults| {
        faults.sync_waits = false;
        faults.sync_fails = true;
    });
    for append in appends {
        assert_eq!(append.await, Err(AppendError::Poisoned));
    }
    assert_eq!(disk.syncs(), syncs + 1, "nothing more is written after a failed fsync");
    assert_eq!(journal.head(stream(1)), None);
}

#[tokio::test]
async fn a_full_disk_refuses_edits_until_there_is_space() {
    let disk = MemoryDisk::default();
    let journal = open(&disk);
    disk.set_faults(|faults| faults.full = true);
    let text = "x".repeat(500);
    let mut saved = 0;
    let refused = loop {
        match journal.append(append(stream(1), &[&format!("{saved}{text}")])).await {
            Ok(_) => saved += 1,
            Err(error) => break error,
        }
        assert!(saved < 100, "a disk without space takes no end of edits");
    };
    assert_eq!(refused, AppendError::Full);
    assert!(journal.is_full());
    assert_eq!(count(&journal).await, saved);
    // What is there already needs no space.
    let again = journal
        .append(append(stream(1), &[&format!("0{text}")]))
        .await
        .expect("a repeat");
    assert!(again.records.iter().all(|placed| placed.duplicate));
    assert!(journal.is_full(), "a repeat says nothing of the space");
    assert_eq!(
        journal.append(append(stream(1), &[&text])).await,
        Err(AppendError::Full)
    );
    disk.set_faults(|faults| faults.full = false);
    for number in 0..10 {
        journal
            .append(append(stream(1), &[&format!("later {number}{text}")]))
            .await
            .expect("there is space again");
    }
    assert!(!journal.is_full());
    journal.close().await;
    assert_eq!(count(&open(&disk)).await, saved + 10);
}

#[tokio::test]
async fn a_write_that_finds_no_space_leaves_nothing_behind() {
    let disk = MemoryDisk::default();
    let journal = open(&disk);
    journal.append(append(stream(1), &["kept"])).await.expect("appends");
    let before = disk.bytes("0000000001.segment");
    disk.set_faults(|faults| faults.write_fails = Some(io::ErrorKind::StorageFull));
    assert_eq!(
        journal.append(append(stream(1), &["long ".repeat(100).as_str()])).await,
        Err(AppendError::Full)
    );
    assert_eq!(disk.bytes("0000000001.segment"), before);
    disk.set_faults(|faults| faults.write_fails = None);
    journal.append(append(stream(1), &["short"])).await.expect("appends");
    journal.close().await;
    assert_eq!(count(&open(&disk)).await, 2);
}

#[tokio::test]
async fn a_write_that_fails_otherwise_stops_edits() {
    let disk = MemoryDisk::default();
    let journal = open(&disk);
    journal.append(append(stream(1), &["kept"])).await.expect("appends");
    disk.set_faults(|faults| faults.write_fails = Some(io::ErrorKind::Other));
    assert_eq!(
        journal.append(append(stream(1), &["lost"])).await,
        Err(AppendError::Poisoned)
    );
    disk.set_faults(|faults| faults.write_fails = None);
    assert_eq!(
        journal.append(append(stream(1), &["later"])).await,
        Err(AppendError::Poisoned)
    );
    journal.close().await;
    assert_eq!(count(&open(&disk)).await, 1);
}

#[tokio::test]
async fn the_queue_is_bounded_in_appends_and_in_bytes() {
    let disk = MemoryDisk::default();
    let options = Options {
        queue_appends_max: 10,
        queue_bytes_max: 5000,
        ..Options::default()
    };
    let journal = open_with(
        &disk,
        Options {
            segment_bytes: 1 << 20,
            append_bytes_max: 4000,
            ..options
        },
    );
    disk.set_faults(|faults| faults.sync_waits = true);
    let syncs = disk.syncs();
    let mut waiting = begin(vec![journal.append(append(stream(1), &["being written"]))]).await;
    disk.wait_for(|counts| counts.syncs > syncs);
    let words: Vec<String> = (0..10).map(|number| format!("{number}")).collect();
    waiting.extend(
        begin(
            words
                .iter()
                .map(|words| journal.append(append(stream(1), &[words])))
                .collect(),
        )
        .await,
    );
    assert_eq!(
        journal.append(append(stream(1), &["one too many"])).await,
        Err(AppendError::QueueFull)
    );
    let large = |number: usize| {
        let payload = Bytes::from(vec![0; 3000]);
        Append {
            records: vec![NewRecord {
                payload,
                ..record(&format!("large {number}"), 0)
            }],
            ..append(stream(2), &[])
        }
    };
    assert_eq!(journal.append(large(0)).await, Err(AppendError::QueueFull));
    disk.set_faults(|faults| faults.sync_waits = false);
    for append in waiting {
        append.await.expect("appends");
    }
    disk.set_faults(|faults| faults.sync_waits = true);
    let syncs = disk.syncs();
    let mut waiting = begin(vec![journal.append(large(1))]).await;
    disk.wait_for(|counts| counts.syncs > syncs);
    waiting.extend(begin(vec![journal.append(large(2))]).await);
    assert_eq!(journal.append(large(3)).await, Err(AppendError::QueueFull));
    disk.set_faults(|faults| faults.sync_waits = false);
    for append in waiting {
        append.await.expect("appends");
    }
}

#[tokio::test]
async fn closing_waits_for_what_is_queued_and_ends_tails() {
    let disk = MemoryDisk::default();
    let journal = Arc::new(open(&disk));
    disk.set_faults(|faults| faults.sync_waits = true);
    let mut tail = journal.tail(stream(1), Seq(1));
    let words: Vec<String> = (0..20).map(|number| format!("{number}")).collect();
    let appends = begin(
        words
            .iter()
            .map(|words| journal.append(append(stream(1), &[words])))
            .collect(),
    )
    .await;
    let mut closing = begin(vec![journal.close()]).await;
    assert_eq!(
        journal.append(append(stream(1), &["too late"])).await,
        Err(AppendError::Closed)
    );
    disk.set_faults(|faults| faults.sync_waits = false);
    closing.pop().expect("one").await;
    for append in appends {
        append.await.expect("what was taken is durable");
    }
    let mut seen = 0;
    let end = loop {
        match tail.next().await {
            Ok(records) => seen += records.len(),
            Err(error) => break error,
        }
    };
    assert_eq!(seen, 20);
    assert!(matches!(end, ReadError::Closed), "{end:?}");
    assert_eq!(count(&open(&disk)).await, 20);
}

#[tokio::test]
async fn a_record_that_rots_while_the_journal_is_open_is_named_when_read() {
    let disk = MemoryDisk::default();
    let journal = open(&disk);
    for words in ["one", "two", "three"] {
        journal.append(append(stream(1), &[words])).await.expect("appends");
    }
    let bytes = disk.bytes("0000000001.segment").expect("the segment");
    let place = bytes.windows(3).position(|window| window == b"two").expect("the entry");
    let file = journal::Disk::open(&disk, "0000000001.segment", journal::Access::Write).expect("opens");
    file.write_at(b"owt", place as u64).expect("writes");
    let first = journal.read(stream(1), Seq(1), 0).await.expect("reads");
    assert_eq!(first.len(), 1);
    match journal.read(stream(1), Seq(2), 0).await {
        Err(ReadError::Damaged(damage)) => {
            assert_eq!(
                (damage.file.as_str(), damage.offset),
                ("0000000001.segment", place as u64 - 104)
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn space_that_came_back_before_it_was_needed_is_used() {
    let disk = MemoryDisk::default();
    let journal = open(&disk);
    disk.set_faults(|faults| faults.full = true);
    // More than half of the segment: the next one is made ahead of time, and that fails.
    journal
        .append(append(stream(1), &["x".repeat(1500).as_str()]))
        .await
        .expect("appends");
    disk.wait_for(|counts| counts.refusals > 0);
    disk.set_faults(|faults| faults.full = false);
    journal
        .append(append(stream(1), &["y".repeat(1500).as_str()]))
        .await
        .expect("there is space by now");
}

/// Nothing was ever in the segment that could not be made: a new one in its place loses nothing.
#[test]
fn a_segment_that_could_not_be_made_ahead_of_time_is_made_when_it_is_needed() {
    let disk = SimulatedDisk::new(7);
    let options = Options {
        segment_bytes: 0,
        append_bytes_max: 2000,
        ..Options::default()
    };
    let mut journal = SteppedJournal::open_on(Arc::new(disk.clone()), options).expect("opens");
    // The first sync is the append's; more than half of the segment is full then, and the second is the next one's.
    disk.set_trouble(Some(Trouble::SyncFails), 1);
    let answers = journal.append(vec![append(stream(1), &["x".repeat(1500).as_str()])]);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(disk.trouble(), None, "it came to pass");
    let answers = journal.append(vec![append(stream(1), &["y".repeat(1500).as_str()])]);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert!(!journal.is_poisoned());
}
