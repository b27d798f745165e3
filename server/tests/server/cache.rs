//! The read models are a cache: whatever happens to them, they come back from the journal, the same.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use domain::{Cell, PlanId, Scalar, SectionId};
use interlock_server::config::Config;
use journal::{Options, SegmentJournal};
use serde_json::Value;
use workspace::Command;

use crate::harness::{Place, Server, action, item, put};

/// Everything that is served from the cache.
async fn everything(server: &Server, plan: PlanId) -> [Value; 3] {
    let ada = server.sign_in("ada@example.com").await;
    [
        ada.get("/api/v1/plans").await.json(),
        ada.get(&format!("/api/v1/plans/{plan}/history?limit=500")).await.json(),
        ada.get(&format!("/api/v1/plans/{plan}/reports/actions")).await.json(),
    ]
}

async fn write_some(server: &Server) -> PlanId {
    let (_, plan) = server.ada_with_a_plan().await;
    for n in 1..=20 {
        server
            .edit(plan, "ada@example.com", action(n, &format!("Action {n}"), "2026-11-20"))
            .await;
        server
            .edit(
                plan,
                "ada@example.com",
                vec![put(SectionId::Actions, n, "due", "2026-12-24")],
            )
            .await;
    }
    plan
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the test makes its folder");
    for entry in fs::read_dir(from).expect("the folder is there") {
        let entry = entry.expect("the folder can be read");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a file has a type").is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("the file can be copied");
        }
    }
}

#[tokio::test]
async fn a_cache_that_is_deleted_comes_back_equal() {
    let place = Place::new();
    let server = place.start().await;
    let plan = write_some(&server).await;
    let before = everything(&server, plan).await;
    server.stop().await;

    let kept = place.start().await;
    assert_eq!(everything(&kept, plan).await, before);
    assert_eq!(kept.app.metrics.refolds.get(), 0, "a cache that is whole is used");
    kept.stop().await;

    fs::remove_dir_all(place.data().join("cache")).expect("the cache is there");
    let rebuilt = place.start().await;
    assert_eq!(everything(&rebuilt, plan).await, before);
    assert_eq!(rebuilt.app.metrics.refolds.get(), 1);
    rebuilt.stop().await;
}

#[tokio::test]
async fn a_cache_that_is_damaged_comes_back_equal() {
    let place = Place::new();
    let server = place.start().await;
    let plan = write_some(&server).await;
    let before = everything(&server, plan).await;
    server.stop().await;
    for entry in fs::read_dir(place.data().join("cache")).expect("the cache is there") {
        let path = entry.expect("the folder can be read").path();
        if path.is_file() {
            let bytes = fs::read(&path).expect("the file can be read");
            let damaged: Vec<u8> = bytes.iter().map(|byte| byte ^ 0x5a).collect();
            fs::write(&path, damaged).expect("the file can be written");
        }
    }
    let rebuilt = place.start().await;
    assert_eq!(everything(&rebuilt, plan).await, before);
    rebuilt.stop().await;
}

#[tokio::test]
async fn a_cache_of_another_version_comes_back_equal() {
    let place = Place::new();
    let server = place.start().await;
    let plan = write_some(&server).await;
    let before = everything(&server, plan).await;
    server.stop().await;
    let older = sled::open(place.data().join("cache")).expect("the cache is there");
    let was = older.insert(b"version", b"layout 0").expect("it can be written");
    assert!(was.is_some(), "the version stands there");
    drop(older);
    let rebuilt = place.start().await;
    assert_eq!(everything(&rebuilt, plan).await, before);
    assert_eq!(rebuilt.app.metrics.cache_rebuilds.get(), 1);
    rebuilt.stop().await;
}

#[tokio::test]
async fn without_a_place_for_the_cache_lists_and_reports_go_on() {
    let place = Place::new();
    let journal = SegmentJournal::open(&place.data(), Options::default()).expect("a new journal opens");
    // Nothing can be written below a file, as nothing can on a full disk.
    let folder = tempfile::tempdir().expect("a folder for the test");
    std::fs::write(folder.path().join("cache"), "").expect("the test can write its file");
    let server = place.start_on_with(Config::new(folder.path()), Arc::new(journal)).await;
    let plan = write_some(&server).await;
    let [plans, _, actions] = everything(&server, plan).await;
    assert_eq!(plans[0]["items"]["actions"], 20);
    assert_eq!(actions["rows"].as_array().map(Vec::len), Some(20));
    let rebuilds = server.app.metrics.cache_rebuilds.get();
    server
        .edit(plan, "ada@example.com", action(21, "One more", "2026-11-20"))
        .await;
    let [plans, ..] = everything(&server, plan).await;
    assert_eq!(plans[0]["items"]["actions"], 21);
    assert!(rebuilds <= 6, "the cache was tried {rebuilds} times");
    server.stop().await;
}

#[tokio::test]
async fn a_cache_that_is_ahead_of_the_journal_is_thrown_away() {
    let place = Place::new();
    let server = place.start().await;
    let plan = write_some(&server).await;
    let before = everything(&server, plan).await;
    server.stop().await;
    // A backup of the journal, which is put back after more was written.
    let (journal, backup) = (place.data().join("journal"), place.data().join("backup"));
    copy_folder(&journal, &backup);
    let server = place.start().await;
    server
        .edit(plan, "ada@example.com", action(99, "Of the lost days", "2026-11-20"))
        .await;
    everything(&server, plan).await;
    server.stop().await;
    fs::remove_dir_all(&journal).expect("the journal is there");
    fs::rename(&backup, &journal).expect("the backup takes its place");

    let rebuilt = place.start().await;
    assert_eq!(everything(&rebuilt, plan).await, before);
    assert!(rebuilt.app.metrics.cache_rebuilds.get() >= 1);
    rebuilt.stop().await;
}

/// Enough entries for a snapshot; it is taken in the background.
pub(crate) async fn write_until_a_snapshot(server: &Server, plan: PlanId, word: &str) {
    let mut last = 0;
    while server.app.metrics.snapshots.get() == 0 {
        assert!(last < 2_000, "no snapshot was taken");
        let title = format!("{word} {last}");
        let edits = vec![put(SectionId::Actions, 1, "title", &title)];
        server.edit(plan, "ada@example.com", edits).await;
        last += 1;
    }
}

#[tokio::test]
async fn a_snapshot_of_another_journal_is_not_taken_over() {
    let (one, other) = (Place::new(), Place::new());
    let server = one.start().await;
    let plan = write_some(&server).await;
    write_until_a_snapshot(&server, plan, "Of one").await;
    server.stop().await;

    // The same plan, by its id, with other entries, and more of them.
    let server = other.start().await;
    server.sign_in("ada@example.com").await;
    let by = server.person("ada@example.com");
    let create = Command::CreatePlan {
        plan,
        name: "Sonnenberg".to_owned(),
        by,
        copied_from: None,
        everyone: None,
    };
    server.app.directory.run(by, create).await.expect("the plan is made");
    for n in 1..=20 {
        server
            .edit(plan, "ada@example.com", action(n, &format!("Other {n}"), "2026-11-20"))
            .await;
    }
    write_until_a_snapshot(&server, plan, "Of the other").await;
    for n in 0..300 {
        let edits = vec![put(SectionId::Actions, 1, "title", &format!("Of the other, later {n}"))];
        server.edit(plan, "ada@example.com", edits).await;
    }
    let before = everything(&server, plan).await;
    server.stop().await;

    let (from, to) = (one.data().join("snapshots"), other.data().join("snapshots"));
    fs::remove_dir_all(&to).expect("the snapshot is there");
    copy_folder(&from, &to);
    fs::remove_dir_all(other.data().join("cache")).expect("the cache is there");
    let again = other.start().await;
    assert_eq!(everything(&again, plan).await, before);
    let title = Cell::field(SectionId::Actions, item(1), "title");
    let seen = again.app.rooms.look(plan, move |table| table.value(&title)).await;
    assert_eq!(seen.flatten(), Some(Scalar::from("Of the other, later 299")));
    assert_eq!(again.app.metrics.room_failures.get(), 0);
    again.stop().await;
}

#[tokio::test]
async fn a_snapshot_that_is_damaged_is_not_used() {
    let place = Place::new();
    let server = place.start().await;
    let plan = write_some(&server).await;
    write_until_a_snapshot(&server, plan, "Title").await;
    let before = everything(&server, plan).await;
    server.stop().await;
    let folder = place.data().join("snapshots").join(plan.to_string());
    for entry in fs::read_dir(&folder).expect("the snapshot is there") {
        let path = entry.expect("the folder can be read").path();
        if path.extension().is_some() {
            let mut bytes = fs::read(&path).expect("the file can be read");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(&path, bytes).expect("the file can be written");
        }
    }
    let again = place.start().await;
    again
        .edit(
            plan,
            "ada@example.com",
            vec![put(SectionId::Actions, 1, "title", "Title")],
        )
        .await;
    let after = everything(&again, plan).await;
    assert_eq!(
        after[2]["rows"].as_array().map(Vec::len),
        before[2]["rows"].as_array().map(Vec::len)
    );
    assert_eq!(again.app.metrics.room_failures.get(), 0);
    again.stop().await;
}
