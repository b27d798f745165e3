//! The journal in a real folder: who may see it, who may open it, and reading it while a server writes.

use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use journal::contract::{append, check_stream, read_all, stream};
use journal::testing::MemoryDisk;
use journal::{Journal, OpenError, Options, Record, SegmentJournal, dump, verify, verify_on};

fn options() -> Options {
    Options {
        segment_bytes: 0,
        append_bytes_max: 64 << 10,
        ..Options::default()
    }
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(dir)
        .expect("lists")
        .map(|entry| entry.expect("an entry").path());
    entries
        .map(|path| (path.display().to_string(), std::fs::read(&path).expect("reads")))
        .collect()
}

#[tokio::test]
async fn a_folder_that_is_in_use_says_by_whom() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("journal");
    let journal = SegmentJournal::open(&path, options()).expect("opens");
    match SegmentJournal::open(&path, options()).map(|_| ()) {
        Err(error @ OpenError::Locked { .. }) => {
            assert!(
                error.to_string().contains(&format!("process {}", std::process::id())),
                "{error}"
            );
            assert!(error.to_string().contains(&path.display().to_string()), "{error}");
        }
        other => panic!("{other:?}"),
    }
    journal.close().await;
    SegmentJournal::open(&path, options()).expect("opens once it is closed");
}

#[tokio::test]
async fn a_dropped_journal_can_be_opened_again_at_once() {
    let dir = tempfile::tempdir().expect("a folder");
    for number in 0..5 {
        let journal = SegmentJournal::open(dir.path(), options()).expect("opens");
        journal
            .append(append(stream(1), &[&format!("{number}")]))
            .await
            .expect("appends");
        drop(journal);
    }
    assert_eq!(verify(dir.path()).expect("verifies").records, 5);
}

#[tokio::test]
async fn only_the_owner_sees_the_folder_and_its_files() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("data").join("journal");
    std::fs::create_dir_all(&path).expect("makes it");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("opens it to all");
    let journal = SegmentJournal::open(&path, options()).expect("opens");
    journal.append(append(stream(1), &["secret"])).await.expect("appends");
    let mode = |path: &Path| std::fs::metadata(path).expect("is there").permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    for entry in std::fs::read_dir(&path).expect("lists") {
        let path = entry.expect("an entry").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[tokio::test]
async fn a_newer_format_is_left_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    SegmentJournal::open(dir.path(), options())
        .expect("opens")
        .close()
        .await;
    let path = dir.path().join("0000000001.segment");
    let mut bytes = std::fs::read(&path).expect("reads");
    bytes[16] = 200;
    std::fs::write(&path, bytes).expect("writes");
    let before = files(dir.path());
    match SegmentJournal::open(dir.path(), options()).map(|_| ()) {
        Err(
            error @ OpenError::NewerFormat {
                found: 200, known: 1, ..
            },
        ) => {
            let said = error.to_string();
            assert!(
                said.contains("0000000001.segment") && said.contains("use a newer release"),
                "{said}"
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(files(dir.path()), before);
}

/// What is said of a folder must say what to do about it.
fn check_forbidden(opened: Result<SegmentJournal, OpenError>) {
    match opened.map(|_| ()) {
        Err(error @ OpenError::Forbidden { .. }) => {
            let said = error.to_string();
            assert!(said.contains("give the folder to the user who runs it"), "{said}");
        }
        other => panic!("{other:?}"),
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_made_says_what_to_do() {
    // Not even root makes a folder there.
    check_forbidden(SegmentJournal::open(Path::new("/sys/interlock-journal"), options()));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_says_what_to_do() {
    for kind in [io::ErrorKind::PermissionDenied, io::ErrorKind::ReadOnlyFilesystem] {
        let disk = MemoryDisk::default();
        let open = || SegmentJournal::open_on(Arc::new(disk.clone()), options());
        let journal = open().expect("opens");
        journal.append(append(stream(1), &["kept"])).await.expect("appends");
        journal.close().await;
        disk.set_faults(|faults| faults.write_fails = Some(kind));
        check_forbidden(open());
        disk.set_faults(|faults| faults.write_fails = None);
        assert_eq!(verify_on(&disk).expect("nothing was spoiled").records, 1);
    }
}

#[tokio::test]
async fn a_new_journal_on_a_full_disk_says_so_and_an_old_one_opens() {
    let disk = MemoryDisk::default();
    let open = || SegmentJournal::open_on(Arc::new(disk.clone()), options());
    disk.set_faults(|faults| faults.full = true);
    match open().map(|_| ()) {
        Err(error @ OpenError::Full { .. }) => assert!(error.to_string().contains("free some"), "{error}"),
        other => panic!("{other:?}"),
    }
    disk.set_faults(|faults| faults.full = false);
    let journal = open().expect("opens");
    journal.append(append(stream(1), &["kept"])).await.expect("appends");
    journal.close().await;
    disk.set_faults(|faults| faults.full = true);
    let journal = open().expect("reading goes on");
    assert_eq!(read_all(&journal, stream(1), 1000).await.expect("reads").len(), 1);
}

#[test]
fn verify_and_dump_of_no_folder_fail_and_make_none() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("nothing");
    assert!(matches!(verify(&path), Err(OpenError::Io { .. })));
    assert!(matches!(
        dump(&path, None, |_| ControlFlow::Continue(())),
        Err(OpenError::Io { .. })
    ));
    assert!(!path.exists());
    assert_eq!(
        verify(dir.path()).expect("an empty folder is an empty journal").records,
        0
    );
}

#[tokio::test]
async fn verify_and_dump_tell_what_is_there_and_change_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let journal = SegmentJournal::open(dir.path(), options()).expect("opens");
    for number in 0..10 {
        journal
            .append(append(stream(number % 2), &[&format!("{number}")]))
            .await
            .expect("appends");
    }
    let expected = read_all(&journal, stream(1), 1000).await.expect("reads");
    let heads = journal.streams();
    journal.close().await;
    let before = files(dir.path());
    let summary = verify(dir.path()).expect("verifies");
    assert_eq!(
        (summary.records, summary.payload_bytes, summary.unfinished_bytes),
        (10, 10, 0)
    );
    assert_eq!(summary.durable_frame, Some(summary.frames));
    let streams: Vec<_> = summary
        .streams
        .iter()
        .map(|of| (of.stream, of.records, of.chain.clone()))
        .collect();
    let expected_streams: Vec<_> = heads
        .iter()
        .map(|(id, head)| (*id, head.seq.0, head.chain.to_string()))
        .collect();
    assert_eq!(streams, expected_streams);
    let json = serde_json::to_value(&summary).expect("a summary is JSON");
    assert_eq!(json["streams"][1]["stream"], stream(1).to_string());
    let mut dumped: Vec<Record> = Vec::new();
    dump(dir.path(), Some(stream(1)), |record| {
        dumped.push(record);
        ControlFlow::Continue(())
    })
    .expect("dumps");
    assert_eq!(dumped, expected);
    let mut two = 0;
    dump(dir.path(), None, |_| {
        two += 1;
        if two == 2 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })
    .expect("dumps");
    assert_eq!(two, 2);
    assert_eq!(files(dir.path()), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verify_and_dump_work_while_a_server_writes() {
    const ENTRIES: u64 = 3000;
    let dir = tempfile::tempdir().expect("a folder");
    let journal = Arc::new(SegmentJournal::open(dir.path(), options()).expect("opens"));
    let done = Arc::new(AtomicBool::new(false));
    let checker = std::thread::spawn({
        let (path, done) = (dir.path().to_owned(), Arc::clone(&done));
        move || {
            let mut least = 0;
            let mut checks = 0;
            while !done.load(Ordering::Acquire) {
                let summary = verify(&path).expect("nothing is damaged");
                assert!(summary.records >= least, "{} entries after {least}", summary.records);
                least = summary.records;
                let mut dumped = Vec::new();
                dump(&path, Some(stream(1)), |record| {
                    dumped.push(record);
                    ControlFlow::Continue(())
                })
                .expect("dumps");
                check_stream(stream(1), &dumped);
                checks += 1;
            }
            checks
        }
    });
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..3_u64 {
        let journal = Arc::clone(&journal);
        writers.spawn(async move {
            for number in 0..ENTRIES / 3 {
                let text = format!(
                    "{writer} {number} {}",
                    "x".repeat(usize::try_from(number % 400).expect("small"))
                );
                journal
                    .append(append(stream(u128::from(writer)), &[&text]))
                    .await
                    .expect("appends");
            }
        });
    }
    writers.join_all().await;
    done.store(true, Ordering::Release);
    let checks = checker.join().expect("the checker found nothing wrong");
    assert!(checks > 0);
    assert_eq!(verify(dir.path()).expect("verifies").records, ENTRIES);
}
