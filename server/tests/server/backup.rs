//! A backup of a folder that a server is writing to, and a server on what it gives.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::{SectionId, Seq};
use serde_json::Value;

use crate::harness::{Place, action, put};
use crate::program::{interlock, text};
use crate::socket::{connect, hear_welcome, hello};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_busy_folder_has_all_that_was_saved_when_it_began() {
    let place = Place::new();
    let server = Arc::new(place.start().await);
    let (_, plan) = server.ada_with_a_plan().await;
    server.edit(plan, "ada@example.com", action(1, "0", "2026-11-20")).await;
    let saved = Arc::new(AtomicU64::new(0));
    let writer = {
        let (server, saved) = (Arc::clone(&server), Arc::clone(&saved));
        tokio::spawn(async move {
            for n in 1_u64.. {
                let edits = vec![put(SectionId::Actions, 1, "title", &n.to_string())];
                server.edit(plan, "ada@example.com", edits).await;
                saved.store(n, Ordering::SeqCst);
            }
        })
    };
    let mut backups: Vec<(PathBuf, u64)> = Vec::new();
    for n in 0..5 {
        let (data, to) = (place.data(), place.data().join(format!("backup-{n}")));
        let before = saved.load(Ordering::SeqCst);
        let arguments = ["backup", "--to", &to.display().to_string()];
        let output = tokio::task::block_in_place(|| interlock(&arguments, &data));
        assert!(
            output.status.success(),
            "{}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
        let summary: Value = serde_json::from_slice(&output.stdout).expect("the summary is JSON");
        assert_eq!(summary["ok"], true);
        backups.push((to, before));
    }
    writer.abort();
    assert!(saved.load(Ordering::SeqCst) > 0, "it was busy");

    let (to, before) = backups.pop().expect("there are five");
    let restored = Place::at(to);
    let server = restored.start().await;
    let ada = server.sign_in("ada@example.com").await;
    let actions = ada.get(&format!("/api/v1/plans/{plan}/reports/actions")).await.json();
    let title = actions["rows"][0]["title"].as_str().unwrap_or_default().to_owned();
    let title: u64 = title.parse().expect("a number");
    assert!(title >= before, "{title} of {before}");
    server
        .edit(plan, "ada@example.com", action(2, "And on it goes", "2026-11-20"))
        .await;
    // A page that was open all the time may have seen what is gone, however far it says it is.
    let cookie = [("cookie", ada.cookie.as_str())];
    let mut page = connect(&server, plan, &cookie).await.expect("she is let in");
    hello(&mut page, plan, Seq(1)).await;
    assert_ne!(hear_welcome(&mut page).await.epoch, 0, "it fetches the plan anew");
    server.stop().await;
}

#[test]
fn a_backup_is_made_into_a_new_folder_alone() {
    let place = Place::new();
    let output = interlock(&["link", "ada@example.com"], &place.data());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let to = place.data().display().to_string();
    let output = interlock(&["backup", "--to", &to], &place.data());
    assert!(!output.status.success());
    assert!(
        text(&output.stderr).contains("is not empty"),
        "{}",
        text(&output.stderr)
    );
}
