//! Plans that come and go in memory, and a disk that fails.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::{Cell, Scalar, SectionId};
use hyper::StatusCode;
use interlock_server::config::Config;
use journal::{Access, Disk, DiskFile, DiskLock, FsDisk, LockError, Options, SegmentJournal};
use serde_json::json;

use crate::harness::{PATIENCE, Place, action, item, put};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edits_meet_a_room_even_if_rooms_leave_all_the_time() {
    const WRITERS: u128 = 8;
    const EDITS: u128 = 25;
    let place = Place::new();
    let mut config = Config::new(place.data());
    config.room_idle_time = Duration::ZERO;
    let server = Arc::new(place.start_with(config).await);
    let (_, plan) = server.ada_with_a_plan().await;
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let email = format!("writer{writer}@example.com");
        server.link(&email).await;
        let server = Arc::clone(&server);
        writers.push(tokio::spawn(async move {
            for n in 0..EDITS {
                let edits = action(1 + writer * EDITS + n, &format!("{writer}-{n}"), "2026-11-20");
                server.edit(plan, &email, edits).await;
            }
        }));
    }
    for writer in writers {
        writer.await.expect("every edit is taken");
    }
    let count = server
        .app
        .rooms
        .look(plan, |table| table.items(SectionId::Actions).count())
        .await;
    assert_eq!(count, usize::try_from(WRITERS * EDITS).ok());
    assert_eq!(server.app.metrics.room_failures.get(), 0);
}

#[tokio::test]
async fn a_room_that_nobody_needs_leaves_whatever_happens_in_the_workspace() {
    let place = Place::new();
    let mut config = Config::new(place.data());
    config.room_idle_time = Duration::from_millis(200);
    let server = place.start_with(config).await;
    let (ada, plan) = server.ada_with_a_plan().await;
    server
        .edit(plan, "ada@example.com", action(1, "Call the CIO", "2026-11-20"))
        .await;
    assert_eq!(server.app.metrics.rooms.get(), 1);
    let busy = async {
        let mut names = 0;
        while server.app.metrics.rooms.get() > 0 {
            names += 1;
            let answer = ada
                .send("PATCH", "/api/v1/me", &json!({ "name": format!("Ada {names}") }))
                .await;
            assert_eq!(answer.status, StatusCode::OK);
        }
    };
    tokio::time::timeout(PATIENCE, busy).await.expect("the room leaves");
    server.stop().await;
}

/// A disk whose fsync fails, or which has no space for another segment, from some moment on.
struct FailingDisk {
    disk: FsDisk,
    fails: Arc<AtomicBool>,
    full: Arc<AtomicBool>,
}

struct FailingFile {
    file: Arc<dyn DiskFile>,
    fails: Arc<AtomicBool>,
}

impl FailingDisk {
    fn file(&self, file: Arc<dyn DiskFile>) -> Arc<dyn DiskFile> {
        Arc::new(FailingFile {
            file,
            fails: Arc::clone(&self.fails),
        })
    }
}

impl Disk for FailingDisk {
    fn lock(&self) -> Result<DiskLock, LockError> {
        self.disk.lock()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list()
    }

    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn DiskFile>> {
        self.disk.open(name, access).map(|file| self.file(file))
    }

    fn create_zeroed(&self, name: &str, bytes: u64) -> io::Result<Arc<dyn DiskFile>> {
        if self.full.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.disk.create_zeroed(name, bytes).map(|file| self.file(file))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }

    fn sync_dir(&self) -> io::Result<()> {
        self.disk.sync_dir()
    }
}

impl DiskFile for FailingFile {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.file.write_at(bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(io::Error::other("the disk of this test fails"));
        }
        self.file.sync_data()
    }
}

#[tokio::test]
async fn after_the_disk_failed_edits_are_refused_with_the_reason_and_reading_goes_on() {
    let place = Place::new();
    let fails = Arc::new(AtomicBool::new(false));
    std::fs::create_dir_all(place.data()).expect("the test makes its folder");
    let disk = FsDisk::create(&place.data().join("journal")).expect("the folder is made");
    let disk = FailingDisk {
        disk,
        fails: Arc::clone(&fails),
        full: Arc::default(),
    };
    let journal = SegmentJournal::open_on(Arc::new(disk), Options::default()).expect("the journal opens");
    let server = place.start_on(Arc::new(journal)).await;
    let (ada, plan) = server.ada_with_a_plan().await;
    server
        .edit(plan, "ada@example.com", action(1, "Saved", "2026-11-20"))
        .await;

    fails.store(true, Ordering::SeqCst);
    let person = server.person("ada@example.com");
    let lost = vec![put(SectionId::Actions, 1, "title", "Never saved")];
    let refused = server
        .app
        .rooms
        .submit(plan, person, domain::ActorId([9; 16]), lost)
        .await;
    assert!(refused.is_err(), "{refused:?}");
    // The room that follows knows why.
    let lost = vec![put(SectionId::Actions, 1, "title", "Never saved")];
    let rooms = &server.app.rooms;
    let refused = rooms.submit(plan, person, domain::ActorId([9; 16]), lost).await;
    let why = refused.expect_err("it cannot be saved").to_string();
    assert!(
        why.contains("the disk failed to store an edit") && why.contains("restart the server"),
        "{why}"
    );
    let answer = ada.send("POST", "/api/v1/plans", &json!({ "name": "Another" })).await;
    assert_eq!(answer.problem(), (503, "unavailable".to_owned()));
    let ready = server.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(String::from_utf8_lossy(&server.get("/metrics").await.body).contains("interlock_journal_poisoned 1"));

    assert_eq!(ada.get("/api/v1/plans").await.status, StatusCode::OK);
    let title = Cell::field(SectionId::Actions, item(1), "title");
    let seen = server.app.rooms.look(plan, move |table| table.value(&title)).await;
    assert_eq!(seen, Some(Some(Scalar::from("Saved"))), "what was refused is not shown");
}

#[tokio::test]
async fn a_full_disk_is_told_to_whoever_asks_whether_edits_are_taken() {
    let place = Place::new();
    let full = Arc::new(AtomicBool::new(false));
    std::fs::create_dir_all(place.data()).expect("the test makes its folder");
    let disk = FailingDisk {
        disk: FsDisk::create(&place.data().join("journal")).expect("the folder is made"),
        fails: Arc::default(),
        full: Arc::clone(&full),
    };
    // As short as segments can be: two of them are soon full.
    let options = Options {
        segment_bytes: 0,
        append_bytes_max: 32 << 10,
        ..Options::default()
    };
    let journal = SegmentJournal::open_on(Arc::new(disk), options).expect("the journal opens");
    let server = place.start_on(Arc::new(journal)).await;
    let ada = server.sign_in("ada@example.com").await;
    full.store(true, Ordering::SeqCst);
    let mut names = 0;
    let refused = loop {
        let name = format!("{names:0>120}");
        let answer = ada.send("PATCH", "/api/v1/me", &json!({ "name": name })).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        names += 1;
        assert!(names < 1_000, "a disk without space takes no end of names");
    };
    assert_eq!(refused.problem(), (503, "unavailable".to_owned()));
    let ready = server.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        String::from_utf8_lossy(&ready.body).contains("the disk is full"),
        "{ready:?}"
    );
    assert!(String::from_utf8_lossy(&server.get("/metrics").await.body).contains("interlock_journal_full 1"));

    full.store(false, Ordering::SeqCst);
    ada.make_plan("There is space again").await;
    assert_eq!(server.get("/readyz").await.status, StatusCode::OK);
    server.stop().await;
}
