//! Who did what, over HTTP and from the files; checkpoints of the real program, and where they are sent.

use std::collections::BTreeSet;
use std::path::Path;

use domain::{Seq, WorkspaceEvent};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use interlock_server::checkpoints::{Checkpoint, Webhook, publish};
use interlock_server::refold::entry;
use journal::{Journal, Record, SegmentJournal, StreamId};
use protocol::Body;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::harness::{Answer, PATIENCE, Place, action, plan_of};
use crate::program::{interlock, text};

/// Runs the program beside the server of the test.
fn run(arguments: &[&str], data: &Path) -> std::process::Output {
    tokio::task::block_in_place(|| interlock(arguments, data))
}

fn good(arguments: &[&str], data: &Path) -> String {
    let output = run(arguments, data);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("no JSON: {error}: {line}")))
        .collect()
}

fn lines(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    json_lines(std::str::from_utf8(&answer.body).expect("text"))
}

fn kinds(lines: &[Value]) -> BTreeSet<&str> {
    lines.iter().filter_map(|line| line["kind"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_workspaces_audit_tells_who_did_what_and_that_it_was_read() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    server.token("ada@example.com").await;
    let told = lines(&ada.get("/api/v1/audit").await);
    let expected = BTreeSet::from([
        "person_added",
        "link_issued",
        "signed_in",
        "plan_created",
        "token_made",
        "exported",
    ]);
    assert!(kinds(&told).is_superset(&expected), "{:?}", kinds(&told));
    let made = told
        .iter()
        .find(|line| line["kind"] == "plan_created")
        .expect("a plan was made");
    assert_eq!(made["plan"], plan.to_string());
    assert_eq!(made["plan_name"], "Sonnenberg");
    assert_eq!(made["by_name"], "Ada");
    assert_eq!(made["time"], "2026-11-22T00:00:00.000Z");
    let only = lines(&ada.get("/api/v1/audit?kind=exported").await);
    assert_eq!(kinds(&only), BTreeSet::from(["exported"]));
    assert_eq!(only.len(), 2, "each reading is one: {only:?}");

    // The same from the files, beside the server.
    let from_files = json_lines(&good(&["audit"], &place.data()));
    assert_eq!(from_files[..told.len()], told[..]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plans_audit_has_its_content_and_no_other_plans() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let other = ada.make_plan("Mondstein").await;
    server
        .edit(plan, "ada@example.com", action(1, "Call the CIO", "2026-12-10"))
        .await;
    server
        .edit(other, "ada@example.com", action(2, "Somewhere else", "2026-12-10"))
        .await;
    let answer = ada.get(&format!("/api/v1/plans/{plan}/audit")).await;
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(
        !body.contains("Somewhere else") && !body.contains("Mondstein"),
        "{body}"
    );
    let told = lines(&answer);
    let set = told
        .iter()
        .find(|line| line["new"] == "Call the CIO")
        .expect("the title was set");
    assert_eq!((&set["kind"], &set["section"]), (&json!("set"), &json!("actions")));
    assert!(
        set["cell"].as_str().is_some_and(|cell| cell.ends_with("/title")),
        "{set}"
    );
    assert!(kinds(&told).is_superset(&BTreeSet::from(["plan_created", "item_made", "set"])));
    let times: Vec<i64> = told.iter().filter_map(|line| line["at"].as_i64()).collect();
    assert!(times.is_sorted(), "{times:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_is_not_for_everyone() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let bob = server.sign_in("bob@example.com").await;
    assert_eq!(
        bob.get("/api/v1/audit").await.problem(),
        (403, "not-allowed".to_owned())
    );
    let of_plan = format!("/api/v1/plans/{plan}/audit");
    assert_eq!(
        bob.get(&of_plan).await.problem(),
        (403, "not-allowed".to_owned()),
        "a seller reads the plan, and not its audit"
    );
    let closed = ada.send("POST", "/api/v1/plans", &json!({ "name": "Mondstein" })).await;
    let closed = format!("/api/v1/plans/{}/audit", plan_of(&closed));
    assert_eq!(
        bob.get(&closed).await.problem(),
        (404, "not-found".to_owned()),
        "as one that is not there"
    );
    assert_eq!(ada.get(&closed).await.status, StatusCode::OK);
    assert_eq!(
        server.get("/api/v1/audit").await.problem(),
        (401, "signed-out".to_owned())
    );
    assert_eq!(server.get(&of_plan).await.problem(), (401, "signed-out".to_owned()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_typed_is_no_formula_in_the_table() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let typed = "=HYPERLINK(\"https://example.com\",\"x\")";
    server
        .edit(plan, "ada@example.com", action(1, typed, "2026-12-10"))
        .await;
    let answer = ada.get(&format!("/api/v1/plans/{plan}/audit?format=csv")).await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert!(answer.header("content-disposition").contains("audit.csv"));
    let table = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(table.starts_with("\u{feff}time,at,kind,"), "{table}");
    assert!(table.contains("\"'=HYPERLINK(\"\"https"), "{table}");
    assert!(!table.contains(",=") && !table.contains(",\"="), "{table}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_beside_a_running_server_and_without_one_is_proved_with_the_public_key() {
    let place = Place::new();
    let data = place.data();
    let server = crate::program::Process::start(&data);
    let link = good(&["link", "ada@example.com"], &data);
    assert!(link.starts_with("http://"), "{link}");
    let key = good(&["public-key"], &data);
    assert!(key.starts_with("ed25519:"), "{key}");
    let first = good(&["checkpoint"], &data);
    let first = Checkpoint::read(&first).expect("a checkpoint is printed");
    assert!(first.is_signed_by(&key.parse().expect("the key is printed")));
    drop(server);

    good(&["link", "bob@example.com"], &data);
    let second = good(&["checkpoint"], &data);
    let read = Checkpoint::read(&second).expect("a checkpoint is printed");
    assert_eq!(read.statement.number, first.statement.number + 1);
    assert_eq!(read.statement.previous, first.hash);
    let file = data.join("published.jsonl");
    std::fs::write(&file, second).expect("the test can write it");
    let shown = good(
        &[
            "verify",
            "--public-key",
            &key,
            "--checkpoints",
            &file.display().to_string(),
        ],
        &data,
    );
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(
        (
            &shown["ok"],
            &shown["checkpoints"]["ok"],
            &shown["checkpoints"]["published"]
        ),
        (&json!(true), &json!(true), &json!(1))
    );
    // Another key proves nothing.
    let other = "ed25519:6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw";
    let output = run(&["verify", "--public-key", other], &data);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stdout).contains("nothing-signed"),
        "{}",
        text(&output.stdout)
    );

    // A backup is proved as the folder is.
    let copy = data.join("copy");
    good(&["backup", "--to", &copy.display().to_string()], &data);
    good(&["verify", "--public-key", &key], &copy);
}

/// A receiver that refuses the first two and then takes what comes.
async fn receiver() -> (String, mpsc::Receiver<(bool, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("a listener has an address");
    let (told, received) = mpsc::channel(64);
    tokio::spawn(async move {
        for n in 0.. {
            let Ok((stream, _)) = listener.accept().await else {
                return;
            };
            let (taken, told) = (n >= 2, told.clone());
            let answer = service_fn(move |request: Request<Incoming>| {
                let told = told.clone();
                async move {
                    let body = request.into_body().collect().await.expect("it is whole").to_bytes();
                    let body = String::from_utf8_lossy(&body).into_owned();
                    // The test has ended: nobody counts any more.
                    let _ = told.send((taken, body)).await;
                    let status = if taken {
                        StatusCode::NO_CONTENT
                    } else {
                        StatusCode::SERVICE_UNAVAILABLE
                    };
                    let mut response = Response::new(Full::<Bytes>::default());
                    *response.status_mut() = status;
                    Ok::<_, std::convert::Infallible>(response)
                }
            });
            // The sender hangs up after each.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        }
    });
    (format!("http://{address}/in"), received)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checkpoints_are_sent_in_order_again_until_they_are_taken_and_noted() {
    let place = Place::new();
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    server.app.checkpoints.make().await.expect("a checkpoint");
    ada.make_plan("Sonnenberg").await;
    server.app.checkpoints.make().await.expect("another");
    let (url, mut received) = receiver().await;
    let webhook = Webhook::new(url.parse().expect("an address"), server.app.directory.clone());
    let sending = publish::run(server.app.checkpoints.clone(), webhook, server.app.stopping());
    let sending = tokio::spawn(sending);
    let mut next = async || {
        let next = tokio::time::timeout(PATIENCE, received.recv()).await;
        let (taken, body) = next.expect("it is sent").expect("the receiver is there");
        (taken, Checkpoint::read(&body).expect("a checkpoint").statement.number)
    };
    assert_eq!(
        [next().await, next().await, next().await, next().await],
        [(false, 1), (false, 1), (true, 1), (true, 2)]
    );
    // What was made while it runs comes too; the notes of what was sent alone make no new one.
    ada.make_plan("Mondstein").await;
    server.app.checkpoints.make().await.expect("a third");
    assert_eq!(next().await, (true, 3));
    let mut changes = server.app.directory.changes();
    while published(&server.app.journal).await != [1, 2, 3] {
        let noted = tokio::time::timeout(PATIENCE, changes.changed()).await;
        noted.expect("it is noted in time").expect("the directory is there");
    }
    let made = server
        .app
        .checkpoints
        .make()
        .await
        .expect("the journal is the signed one");
    assert_eq!(made.new, [], "that something was published is nothing new");
    let told = lines(&ada.get("/api/v1/audit?kind=checkpoint_published").await);
    assert_eq!(told.len(), 3);
    assert_eq!(told[0]["words"], "published checkpoint 1 to 127.0.0.1");
    server.stop().await;
    sending.await.expect("it ends with the server");
}

/// The checkpoints of which the workspace's stream says that they were published.
async fn published(journal: &SegmentJournal) -> Vec<u64> {
    let records = journal.read(StreamId::WORKSPACE, Seq(1), usize::MAX).await;
    let records = records.expect("the journal can be read");
    let number = |record: &Record| match entry(record).expect("an entry").body {
        Body::Workspace(WorkspaceEvent::CheckpointPublished { number, .. }) => Some(number),
        _ => None,
    };
    records.iter().filter_map(number).collect()
}
