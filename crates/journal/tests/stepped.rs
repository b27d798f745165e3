//! A journal that is stepped leaves on its disk what one with threads leaves there.

use std::sync::Arc;

use domain::Seq;
use journal::contract::{append, stream};
use journal::testing::MemoryDisk;
use journal::{AppendError, Journal, Options, SegmentJournal, SteppedJournal, verify_on};

fn options() -> Options {
    Options {
        segment_bytes: 0,
        append_bytes_max: 2000,
        identity: Some([7; 32]),
        ..Options::default()
    }
}

#[tokio::test]
async fn a_stepped_journal_is_the_same_journal() {
    let (threaded, stepped) = (MemoryDisk::default(), MemoryDisk::default());
    let journal = SegmentJournal::open_on(Arc::new(threaded.clone()), options()).expect("opens");
    let mut steps = SteppedJournal::open_on(Arc::new(stepped.clone()), options()).expect("opens");
    for number in 0..40 {
        let key = format!("entry {number}");
        let append = append(stream(number % 3), &[&key]);
        let answer = journal.append(append.clone()).await.expect("appends");
        assert_eq!(steps.append(vec![append]), [Ok(answer)]);
        steps.rest();
    }
    assert_eq!(journal.streams(), steps.streams());
    let read = journal.read(stream(1), Seq(2), 500).await.expect("reads");
    assert_eq!(steps.read(stream(1), Seq(2), 500).expect("reads"), read);
    journal.close().await;
    steps.close();
    let summary = |disk: &MemoryDisk| verify_on(disk).expect("is whole").streams;
    assert_eq!(summary(&threaded), summary(&stepped));
}

#[test]
fn a_stepped_journal_takes_nothing_after_a_failed_sync() {
    let disk = MemoryDisk::default();
    let mut journal = SteppedJournal::open_on(Arc::new(disk.clone()), options()).expect("opens");
    disk.set_faults(|faults| faults.sync_fails = true);
    let answers = journal.append(vec![append(stream(1), &["a"])]);
    assert_eq!(answers, [Err(AppendError::Poisoned)]);
    disk.set_faults(|faults| faults.sync_fails = false);
    let answers = journal.append(vec![append(stream(1), &["b"])]);
    assert_eq!(answers, [Err(AppendError::Poisoned)]);
    assert!(journal.is_poisoned() && journal.head(stream(1)).is_none());
}
