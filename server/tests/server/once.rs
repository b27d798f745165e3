//! What is asked for with an `Idempotency-Key` is done once, whatever happens in between.

use std::fs;
use std::path::Path;

use domain::{PlanId, SectionId};
use hyper::StatusCode;
use interlock_server::copy;
use protocol::ServerFrame;
use serde_json::{Value, json};

use crate::harness::{Browser, PATIENCE, Place, action, ask_at, ask_once, items_in, plan_of, put};
use crate::program::{Process, interlock, text};
use crate::socket::{hear, welcomed};

#[tokio::test]
async fn what_is_asked_for_with_a_key_is_done_once_also_over_a_restart() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let items = items_in(plan, "actions");
    let key = ("idempotency-key", "one");
    let call = json!({ "fields": { "title": "Call", "notes": [{ "text": "Once" }] } });
    let first = ada.send_with("POST", &items, key, &call).await;
    assert_eq!(first.status, StatusCode::CREATED, "{first:?}");
    let again = ada.send_with("POST", &items, key, &call).await;
    assert_eq!((again.status, again.json()), (StatusCode::CREATED, first.json()));
    let other = ada
        .send_with("POST", &items, key, &json!({ "fields": { "title": "Write" } }))
        .await;
    assert_eq!(other.problem(), (422, "key-reused".to_owned()));
    let cookie = ada.cookie.clone();
    server.stop().await;

    let server = place.start().await;
    let ada = server.browser(cookie);
    let again = ada.send_with("POST", &items, key, &call).await;
    assert_eq!((again.status, again.json()), (StatusCode::CREATED, first.json()));
    assert_eq!(ada.get(&items).await.json()["items"].as_array().map(Vec::len), Some(1));
    // A key that is a day old is forgotten.
    place.pass(25 * 60 * 60 * 1000);
    let later = ada.send_with("POST", &items, key, &call).await;
    assert_ne!(later.json()["id"], first.json()["id"]);
    server.stop().await;
}

/// The document says where a key is taken; elsewhere nothing would be done once by it.
#[tokio::test]
async fn a_key_is_refused_where_none_is_taken() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let key = ("idempotency-key", "one");
    let south = json!({ "name": "South" });
    for _ in 0..2 {
        let made = ada.send_with("POST", "/api/v1/teams", key, &south).await;
        assert_eq!(made.problem(), (400, "bad-request".to_owned()));
        assert!(String::from_utf8_lossy(&made.body).contains("no Idempotency-Key is taken here"));
    }
    assert_eq!(ada.get("/api/v1/teams").await.json(), json!([]));
    assert_eq!(
        ada.send("POST", "/api/v1/teams", &south).await.status,
        StatusCode::CREATED
    );

    let document = server.get("/api/v1/openapi.json").await.json();
    for (path, operations) in document["paths"].as_object().expect("it has paths") {
        for method in ["post", "put", "patch", "delete"] {
            let Some(operation) = operations.get(method) else {
                continue;
            };
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let mut named = parameters.filter(|parameter| parameter["name"] == "Idempotency-Key");
            let takes = named.next().is_some();
            let path = path
                .replace("{plan}", &plan.to_string())
                .replace("{section}", "actions");
            let path = format!("/api/v1{}", path.replace(['{', '}'], ""));
            let answer = ada
                .send_with(&method.to_uppercase(), &path, key, &json!({ "no": "thing" }))
                .await;
            let refused = String::from_utf8_lossy(&answer.body).contains("no Idempotency-Key is taken here");
            assert_eq!(refused, !takes, "{method} {path}: {answer:?}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn what_was_refused_may_be_asked_for_anew_with_the_same_key() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let items = items_in(plan, "actions");
    let key = ("idempotency-key", "one");
    let wrong = ada
        .send_with("POST", &items, key, &json!({ "fields": { "due": "soon" } }))
        .await;
    assert_eq!(wrong.problem(), (422, "refused".to_owned()));
    let right = ada
        .send_with("POST", &items, key, &json!({ "fields": { "due": "2026-12-24" } }))
        .await;
    assert_eq!(right.status, StatusCode::CREATED, "{right:?}");
    server.stop().await;
}

/// Rounds of a change, a kill, and the change again.
const ROUNDS: u64 = 6;

/// What is noted of the only key that was used says, from now on, that it was not done: as it is on disk before the answer.
/// Answers with whether it was so.
fn was_cut_off(data: &Path, key_files: &mut Vec<std::path::PathBuf>) -> bool {
    let all = fs::read_dir(data.join("idempotency")).expect("keys are kept");
    let all = all.map(|entry| entry.expect("it is there").path());
    let new: Vec<_> = all
        .filter(|path| path.extension().is_none() && !key_files.contains(path))
        .collect();
    assert_eq!(new.len(), 1, "one key was used");
    let mut note = fs::read(&new[0]).expect("it is read");
    let done = note.last_mut().expect("it says something");
    let was_done = std::mem::take(done) == 1;
    fs::write(&new[0], &note).expect("it is written");
    key_files.extend(new);
    !was_done
}

fn run(arguments: &[&str], data: &Path) -> String {
    let output = tokio::task::block_in_place(|| interlock(arguments, data));
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// A change, the server killed as soon as somebody sees it, another's change, and the first one asked for again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_a_crash_cut_off_from_its_answer_is_not_written_a_second_time() {
    let place = Place::new();
    let data = place.data();
    let mut server = Process::start(&data);
    let mut tokens = Vec::new();
    for email in ["ada@example.com", "bob@example.com"] {
        run(&["link", email], &data);
        tokens.push(run(&["token", "create", "test", "--as", email], &data));
    }
    let (ada, bob) = (tokens[0].clone(), tokens[1].clone());
    let new = json!({ "name": "Sonnenberg", "everyone": "seller" });
    let plan = plan_of(&ask_at(&server.address, "POST", "/api/v1/plans", &ada, &new).await);
    let made = ask_at(&server.address, "POST", &items_in(plan, "actions"), &ada, &json!({})).await;
    let path = made.header("location").to_owned();
    let (mut key_files, mut cut_off) = (Vec::new(), 0);
    for round in 0..ROUNDS {
        let (key, title) = (format!("key {round}"), format!("Ada {round}"));
        let change = json!({ "fields": { "title": title, "notes": [{ "text": title }] } });
        let record = ask_at(
            &server.address,
            "GET",
            &format!("/api/v1/plans/{plan}"),
            &ada,
            &json!({}),
        )
        .await;
        let before = record.json()["seq"].as_u64().expect("a plan has a last entry");
        let mut seen = welcomed(&server.address, &bob, plan).await;
        let asking = {
            let (address, path, ada) = (server.address.clone(), path.clone(), ada.clone());
            let (key, change) = (key.clone(), change.clone());
            tokio::spawn(async move { ask_once(&address, "PATCH", &path, (&ada, &key), &change).await })
        };
        let is_new = |frame: &ServerFrame| matches!(frame, ServerFrame::Entries(new) if new.iter().any(|entry| entry.seq.0 > before));
        while !hear(&mut seen).await.is_some_and(|frame| is_new(&frame)) {}
        server.kill();
        drop(asking.await);
        cut_off += u32::from(was_cut_off(&data, &mut key_files));

        server = Process::start(&data);
        let bobs = json!({ "fields": { "title": "Bob" } });
        let other = ask_at(&server.address, "PATCH", &path, &bob, &bobs).await;
        assert_eq!(other.status, StatusCode::OK, "{other:?}");
        for _ in 0..2 {
            let again = ask_once(&server.address, "PATCH", &path, (&ada, &key), &change).await;
            let again = again.expect("the server answers");
            assert_eq!(again.status, StatusCode::OK, "{again:?}");
            let fields = &again.json()["fields"];
            assert_eq!(fields["title"], "Bob", "what another wrote since stays");
            assert_eq!(fields["notes"].as_array().map(Vec::len), Some(1), "{fields}");
        }
        let history = format!("/api/v1/plans/{plan}/history?limit=500");
        let facts = ask_at(&server.address, "GET", &history, &ada, &json!({})).await.json();
        let of_title = |fact: &&Value| fact["delta"]["Set"]["new"]["Str"] == title.as_str();
        let times = facts["facts"]
            .as_array()
            .map(|facts| facts.iter().filter(of_title).count());
        assert_eq!(times, Some(1), "{title} was written once");
    }
    eprintln!("{cut_off} of {ROUNDS} were cut off between the journal and the note that it is done");
}

/// Each key finds its own change, and one that changed nothing finds none.
#[tokio::test]
async fn no_other_change_is_taken_for_that_of_a_key() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let made = ada.send("POST", &items_in(plan, "actions"), &json!({})).await;
    let (path, cookie) = (made.header("location").to_owned(), ada.cookie.clone());
    let (key, change) = (("idempotency-key", "one"), json!({ "fields": { "title": "Call" } }));
    // Nothing is to be changed: so there is no entry of it.
    let empty = json!({ "fields": {} });
    assert_eq!(
        ada.send_with("PATCH", &path, ("idempotency-key", "none"), &empty)
            .await
            .status,
        200
    );
    assert_eq!(ada.send_with("PATCH", &path, key, &change).await.status, 200);
    server.stop().await;
    for entry in fs::read_dir(place.data().join("idempotency")).expect("keys are kept") {
        let path = entry.expect("it is there").path();
        let mut note = fs::read(&path).expect("it is read");
        *note.last_mut().expect("it says something") = 0;
        fs::write(&path, note).expect("it is written");
    }
    let server = place.start().await;
    let ada = server.browser(cookie);
    let other = json!({ "fields": { "title": "Write" } });
    assert_eq!(ada.send("PATCH", &path, &other).await.status, 200);
    let again = ada.send_with("PATCH", &path, ("idempotency-key", "none"), &empty).await;
    assert_eq!(again.json()["fields"]["title"], "Write", "{again:?}");
    let again = ada.send_with("PATCH", &path, key, &change).await;
    assert_eq!(again.json()["fields"]["title"], "Write", "{again:?}");
    // Another key is another change.
    let anew = ada.send_with("PATCH", &path, ("idempotency-key", "two"), &change).await;
    assert_eq!(anew.json()["fields"]["title"], "Call", "{anew:?}");
    server.stop().await;
}

async fn titles(ada: &Browser<'_>, plan: PlanId) -> Vec<String> {
    let items = ada.get(&items_in(plan, "actions")).await.json()["items"].clone();
    let title = |item: &Value| item["fields"]["title"].as_str().unwrap_or_default().to_owned();
    items.as_array().expect("a page has items").iter().map(title).collect()
}

#[tokio::test]
async fn a_copy_that_is_asked_for_with_a_key_is_made_once() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    server
        .edit(plan, "ada@example.com", action(1, "Call", "2026-11-20"))
        .await;
    let (path, key) = (format!("/api/v1/plans/{plan}/duplicate"), ("idempotency-key", "one"));
    let named = json!({ "name": "Copy" });
    let first = plan_of(&ada.send_with("POST", &path, key, &named).await);
    // What was changed in it since stays.
    let renamed = vec![put(SectionId::Actions, 1, "title", "Write")];
    server.edit(first, "ada@example.com", renamed).await;
    let again = ada.send_with("POST", &path, key, &named).await;
    assert_eq!(plan_of(&again), first);
    assert_eq!(titles(&ada, first).await, ["Write"]);
    let other = ada.send_with("POST", &path, key, &json!({ "name": "Another" })).await;
    assert_eq!(other.problem(), (422, "key-reused".to_owned()));
    let plans = ada.get("/api/v1/plans").await.json();
    assert_eq!(plans.as_array().map(Vec::len), Some(2), "{plans}");
    let without = plan_of(&ada.send("POST", &path, &named).await);
    assert_ne!(without, first, "each request without a key makes one");
    server.stop().await;
}

#[tokio::test]
async fn what_is_missing_of_a_copy_is_copied_and_what_stands_there_stays() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    for (n, title) in [(1, "Call"), (2, "Visit"), (3, "Send")] {
        server
            .edit(plan, "ada@example.com", action(n, title, "2026-11-20"))
            .await;
    }
    let half = ada.make_plan("Half a copy").await;
    server
        .edit(half, "ada@example.com", action(2, "Visited", "2026-11-21"))
        .await;
    let ring = server.app.keys.reader(plan, true);
    let person = server.person("ada@example.com");
    for _ in 0..2 {
        let copied = copy::content(&server.app.rooms, ring.clone(), plan, half, person);
        let copied = tokio::time::timeout(PATIENCE, copied).await.expect("it ends");
        copied.expect("the rest is copied");
        assert_eq!(titles(&ada, half).await, ["Call", "Visited", "Send"]);
    }
    server.stop().await;
}
