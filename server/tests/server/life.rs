//! Beginning and end: one server for each folder, nothing lost at a restart.

use hyper::StatusCode;
use interlock_server::config::Config;
use interlock_server::control::ControlFile;
use serde_json::Value;

use crate::harness::{Place, action};
use crate::program::{interlock, text};

#[tokio::test]
async fn a_second_server_on_the_folder_is_refused_and_told_why() {
    let place = Place::new();
    let server = place.start().await;
    let second = place
        .open(Config::new(place.data()))
        .await
        .err()
        .map(|error| error.to_string());
    let why = second.expect("the folder is in use");
    assert!(
        why.contains("in use") && why.contains("stop that server first"),
        "{why}"
    );
    let output = interlock(&["serve", "--listen", "127.0.0.1:0"], &place.data());
    assert!(!output.status.success());
    assert!(
        text(&output.stderr).contains("in use by process"),
        "{}",
        text(&output.stderr)
    );
    server.stop().await;
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    server
        .edit(plan, "ada@example.com", action(1, "Call the CIO", "2026-11-20"))
        .await;
    let (cookie, before) = (ada.cookie.clone(), ada.get("/api/v1/plans").await.json());
    server.stop().await;

    let server = place.start().await;
    let ada = server.browser(cookie);
    assert_eq!(
        ada.get("/api/v1/me").await.status,
        StatusCode::OK,
        "the session goes on"
    );
    assert_eq!(ada.get("/api/v1/plans").await.json(), before);
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_stops_takes_no_more_requests() {
    let place = Place::new();
    let server = place.start().await;
    assert_eq!(server.get("/readyz").await.status, StatusCode::OK);
    let address = server.address.clone();
    server.stop().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn metrics_are_text_that_a_scraper_reads() {
    let place = Place::new();
    let server = place.start().await;
    let (_, plan) = server.ada_with_a_plan().await;
    server
        .edit(plan, "ada@example.com", action(1, "Call the CIO", "2026-11-20"))
        .await;
    let metrics = server.get("/metrics").await;
    let text = String::from_utf8_lossy(&metrics.body).into_owned();
    for line in [
        "interlock_rooms 1",
        "interlock_changes_committed_total 2",
        "interlock_journal_poisoned 0",
        "# EOF",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_works_with_a_running_server() {
    let place = Place::new();
    let server = place.start().await;
    let control = ControlFile {
        listen: server.address.clone(),
        token: server.app.owner.0.clone(),
    };
    control.write(&place.data()).expect("the control file is written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(place.data().join("server.json"))
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "for its owner alone");
    }
    let link = tokio::task::block_in_place(|| interlock(&["link", "ada@example.com"], &place.data()));
    let address = text(&link.stdout);
    let secret = address
        .strip_prefix(&format!("http://{}/sign-in#", server.address))
        .expect("a link to this server");
    assert_eq!(server.use_link(secret).await.status, StatusCode::NO_CONTENT);
    server.stop().await;
}

#[tokio::test]
async fn the_command_line_works_without_a_server_and_checks_what_is_there() {
    let place = Place::new();
    let link = interlock(&["link", "ada@example.com"], &place.data());
    assert!(
        text(&link.stdout).starts_with("http://127.0.0.1:8080/sign-in#"),
        "{}",
        text(&link.stderr)
    );
    let token = interlock(&["token", "create", "bench", "--as", "ada@example.com"], &place.data());
    assert!(text(&token.stdout).starts_with("ilk_"), "{}", text(&token.stderr));
    let nobody = interlock(&["token", "create", "bench", "--as", "bob@example.com"], &place.data());
    assert!(
        !nobody.status.success() && text(&nobody.stderr).contains("bob@example.com"),
        "{}",
        text(&nobody.stderr)
    );

    let server = place.start().await;
    let (_, plan) = server.ada_with_a_plan().await;
    server
        .edit(plan, "ada@example.com", action(1, "Call the CIO", "2026-11-20"))
        .await;
    // While it runs.
    let dump = interlock(&["dump", "--plan", &plan.to_string()], &place.data());
    let lines: Vec<Value> = text(&dump.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    assert_eq!(lines.len(), 2, "{}", text(&dump.stderr));
    assert_eq!((&lines[1]["kind"], &lines[1]["seq"]), (&"change".into(), &2.into()));
    assert_eq!(lines[1]["facts"].as_array().map(Vec::len), Some(3), "{}", lines[1]);
    server.stop().await;

    let plans = interlock(&["plans", "--json"], &place.data());
    let plans: Value = serde_json::from_slice(&plans.stdout).expect("plans are JSON");
    assert_eq!(plans[0]["id"], plan.to_string());
    let verified = interlock(&["verify"], &place.data());
    assert!(verified.status.success());
    let summary: Value = serde_json::from_slice(&verified.stdout).expect("the summary is JSON");
    assert_eq!(summary["ok"], true);
}

#[tokio::test]
async fn a_damaged_journal_is_named_and_not_served() {
    let place = Place::new();
    let server = place.start().await;
    server.sign_in("ada@example.com").await.make_plan("Sonnenberg").await;
    server.stop().await;
    let journal = place.data().join("journal");
    let segment = std::fs::read_dir(&journal)
        .expect("the journal is there")
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.to_string_lossy().ends_with("1.segment"))
        .expect("the first segment is there");
    let mut bytes = std::fs::read(&segment).expect("it can be read");
    // Inside the first entry, which others follow.
    bytes[150] ^= 1;
    std::fs::write(&segment, bytes).expect("it can be written");
    let verified = interlock(&["verify"], &place.data());
    assert_eq!(verified.status.code(), Some(1));
    let summary: Value = serde_json::from_slice(&verified.stdout).expect("the summary is JSON");
    assert_eq!(summary["ok"], false);
    assert!(
        summary["file"].as_str().is_some_and(|file| file.ends_with(".segment")),
        "{summary}"
    );
    assert!(summary["offset"].is_u64(), "{summary}");
    let refused = place
        .open(Config::new(place.data()))
        .await
        .err()
        .map(|error| error.to_string());
    assert!(refused.is_some_and(|why| why.contains("damaged")));
}

#[test]
fn a_mistyped_data_folder_makes_no_new_workspace() {
    let place = Place::new();
    for command in [&["plans"][..], &["token", "create", "bench", "--as", "ada@example.com"]] {
        let output = interlock(command, &place.data());
        assert!(!output.status.success(), "{command:?}");
        let why = text(&output.stderr);
        assert!(why.contains("is this the data folder"), "{why}");
        assert!(!place.data().exists(), "{command:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_control_file_that_a_killed_server_left_is_not_believed() {
    let place = Place::new();
    let link = interlock(&["link", "ada@example.com"], &place.data());
    assert!(link.status.success(), "{}", text(&link.stderr));
    // Another server has the address by now.
    let other_place = Place::new();
    let other = other_place.start().await;
    let left = ControlFile {
        listen: other.address.clone(),
        token: "of the one that was killed".to_owned(),
    };
    left.write(&place.data()).expect("the control file is written");
    let token = tokio::task::block_in_place(|| {
        interlock(&["token", "create", "bench", "--as", "ada@example.com"], &place.data())
    });
    assert!(text(&token.stdout).starts_with("ilk_"), "{}", text(&token.stderr));
    other.stop().await;
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_in_a_folder_that_others_may_look_into_is_still_for_its_owner_alone() {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new();
    std::fs::create_dir_all(place.data()).expect("the test makes its folder");
    std::fs::set_permissions(place.data(), Permissions::from_mode(0o755)).expect("it is the test's own");
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    ada.make_plan("Sonnenberg").await;
    assert_eq!(ada.get("/api/v1/plans").await.status, StatusCode::OK);
    server.stop().await;
    for name in ["journal", "cache"] {
        let found = std::fs::metadata(place.data().join(name)).expect("it is there");
        assert_eq!(found.permissions().mode() & 0o077, 0, "{name}");
    }
}
