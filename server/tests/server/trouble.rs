//! Trouble at the start: the program says what is wrong and what to do, and ends with a code that tells whether to try
//! again.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use bytes::Bytes;
use domain::{PersonId, WorkspaceEvent};
use journal::{Options, SegmentJournal};
use protocol::{Body, Entry, encode_entry};

use crate::harness::{Place, action, append_to_workspace};
use crate::program::{Process, interlock, text};

/// It may be another time: a supervisor tries again.
const PASSES: Option<i32> = Some(1);
/// It does not pass: a person must do something.
const STAYS: Option<i32> = Some(3);

/// Flags or settings are wrong.
const WRONG: Option<i32> = Some(2);

/// Demands that the server does not start, and that it says all of this.
#[track_caller]
fn refused(data: &Path, listen: &str, code: Option<i32>, said: &[&str]) {
    let output = interlock(&["serve", "--listen", listen], data);
    let why = text(&output.stderr);
    assert_eq!(output.status.code(), code, "{why}");
    for words in said {
        assert!(why.contains(words), "it should say {words:?}: {why}");
    }
}

#[test]
fn a_port_that_is_taken_is_named_with_what_to_do() {
    let place = Place::new();
    let other = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let listen = other.local_addr().expect("a listener has an address").to_string();
    let said = [
        &format!("cannot listen on {listen}"),
        "choose another port with --listen",
    ];
    refused(&place.data(), &listen, PASSES, &said);
}

#[test]
fn settings_that_cannot_be_used_end_as_wrong_flags_do() {
    let place = Place::new();
    refused(
        &place.data(),
        "127.0.0.1:80999",
        WRONG,
        &["'127.0.0.1:80999' is not an address"],
    );
    let wrong = [
        ["--time-zone", "Foo/Bar"],
        ["--public-url", "ftp:/x"],
        ["--log", "zzz==="],
        ["--config", "/nowhere/interlock.toml"],
    ];
    for [flag, value] in wrong {
        let output = interlock(&["serve", "--listen", "127.0.0.1:0", flag, value], &place.data());
        assert_eq!(output.status.code(), WRONG, "{flag} {value}: {}", text(&output.stderr));
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named_with_what_to_do() {
    let place = Place::new();
    fs::write(place.data(), "a file").expect("the test writes its file");
    let folder = place.data().display().to_string();
    let said = [
        &format!("cannot make the data folder {folder}"),
        "choose another folder with --data",
    ];
    refused(&place.data(), "127.0.0.1:0", STAYS, &said);
    // Not even the system's administrator makes a folder there.
    #[cfg(target_os = "linux")]
    refused(
        Path::new("/sys/interlock-test"),
        "127.0.0.1:0",
        PASSES,
        &["cannot make the data folder", "choose another folder with --data"],
    );
}

async fn a_small_journal(place: &Place) {
    let server = place.start().await;
    server.sign_in("ada@example.com").await.make_plan("Sonnenberg").await;
    server.stop().await;
}

#[tokio::test]
async fn a_damaged_journal_is_refused_with_file_and_place() {
    let place = Place::new();
    a_small_journal(&place).await;
    let segment = place.data().join("journal").join("0000000001.segment");
    let mut bytes = fs::read(&segment).expect("it can be read");
    // Inside the first entry, which others follow.
    bytes[150] ^= 1;
    fs::write(&segment, bytes).expect("it can be written");
    let said = [
        "damaged in 0000000001.segment at byte",
        "restore the data folder from a backup",
    ];
    refused(&place.data(), "127.0.0.1:0", STAYS, &said);
}

#[tokio::test]
async fn a_folder_of_a_newer_version_is_refused() {
    let place = Place::new();
    a_small_journal(&place).await;
    let segment = place.data().join("journal").join("0000000001.segment");
    let mut bytes = fs::read(&segment).expect("it can be read");
    // The format's version.
    bytes[16..20].copy_from_slice(&99_u32.to_le_bytes());
    fs::write(&segment, bytes).expect("it can be written");
    refused(
        &place.data(),
        "127.0.0.1:0",
        STAYS,
        &["journal format 99", "use a newer release"],
    );
}

#[tokio::test]
async fn entries_of_a_newer_version_are_refused() {
    let entry = encode_entry(&Entry {
        epoch: 0,
        author: PersonId::SERVER,
        body: Body::Workspace(WorkspaceEvent::SignedOut {
            session: domain::event::SecretDigest([0; 32]),
        }),
    });
    let mut format = entry.to_vec();
    format[0] = 2;
    // After format, epoch and author: which kind of entry; none has this number yet.
    let mut kind = entry.to_vec();
    kind[19] = 77;
    for (payload, said) in [
        (format, "format 2, written by a newer version"),
        (kind, "probably written by a newer version"),
    ] {
        let place = Place::new();
        a_small_journal(&place).await;
        let journal = SegmentJournal::open(&place.data().join("journal"), Options::default()).expect("it opens");
        append_to_workspace(&journal, 7, Bytes::from(payload)).await;
        journal.close().await;
        drop(journal);
        refused(&place.data(), "127.0.0.1:0", STAYS, &[said, "use that version"]);
    }
}

#[tokio::test]
async fn a_clock_behind_the_newest_edit_is_told_and_the_server_goes_on() {
    const TEN_YEARS_MS: i64 = 3_652 * 24 * 60 * 60 * 1000;
    let place = Place::new();
    let server = place.start().await;
    place.pass(TEN_YEARS_MS);
    let (_, plan) = server.ada_with_a_plan().await;
    server
        .edit(
            plan,
            "ada@example.com",
            action(1, "Of a clock that ran ahead", "2036-11-20"),
        )
        .await;
    // It is set right while the server runs: links, sessions and edits go on.
    place.pass(-TEN_YEARS_MS);
    let ada = server.sign_in("ada@example.com").await;
    server.sign_in("bob@example.com").await;
    assert_eq!(ada.get("/api/v1/me").await.status, hyper::StatusCode::OK);
    server
        .edit(
            plan,
            "ada@example.com",
            action(2, "Of a clock that is right", "2026-11-20"),
        )
        .await;
    let history = ada.get(&format!("/api/v1/plans/{plan}/history?limit=500")).await.json();
    let times: Vec<i64> = history["facts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|fact| fact["at"].as_i64())
        .collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
    server.stop().await;

    let log = Process::start(&place.data()).kill();
    assert!(
        log.contains("the newest edit bears a time") && log.contains("is the clock right?"),
        "{log}"
    );
}
