//! Who may read and write what, through the server as it runs.

use std::path::{Path, PathBuf};

use domain::event::Scope;
use domain::{ActorId, Cell, Part, PersonId, PlanId, Role, Scalar, SectionId, Seq, TimestampMs, WorkspaceEvent};
use hyper::StatusCode;
use journal::{Journal, StreamId};
use plan::{Edit, Replica};
use protocol::{Body, Bye, ClientFrame, Reason, ServerFrame, Submitted};
use serde_json::{Value, json};
use workspace::Command;

use crate::harness::{Browser, Place, Server, action, ask_at, item, plan_of};
use crate::socket::{Socket, connect, enter, hear, hear_bye, hello, say, welcomed};

/// A plan of Ada's in which nobody else has a part.
async fn private_plan(ada: &Browser<'_>) -> PlanId {
    plan_of(&ada.send("POST", "/api/v1/plans", &json!({ "name": "Private" })).await)
}

async fn give(server: &Server, plan: PlanId, email: &str, role: Role) {
    let by = server.person("ada@example.com");
    let person = server.person(email);
    let give = Command::GiveRole { plan, person, role, by };
    server.app.directory.run(by, give).await.expect("Ada gives roles");
}

/// A change of somebody who has seen the plan's first entry alone.
fn change(actor: u8, edits: &[Edit]) -> Submitted {
    let mut replica = Replica::new(ActorId([actor; 16]));
    let made = replica.edit(TimestampMs(1_795_305_600_000), edits);
    let made = made.expect("good edits").expect("they change something");
    Submitted {
        base: Seq(1),
        bytes: made.bytes,
    }
}

/// The server's verdict on one change: saved, or why not.
async fn submit(socket: &mut Socket, change: Submitted) -> Result<(), Reason> {
    say(socket, &ClientFrame::Submit(vec![change])).await;
    loop {
        match hear(socket).await {
            Some(ServerFrame::Ack(_)) => return Ok(()),
            Some(ServerFrame::Reject(rejected)) => return Err(rejected.reason),
            Some(ServerFrame::Bye(bye)) => panic!("sent away: {bye}"),
            Some(_) => {}
            None => panic!("closed without a word"),
        }
    }
}

/// Refused writes as the workspace's stream has them: whose, and how many.
async fn denied(server: &Server) -> Vec<(PersonId, u32)> {
    let records = server.app.journal.read(StreamId::WORKSPACE, Seq(1), 1 << 24).await;
    let entries = records.expect("the journal is read").into_iter();
    let entries = entries.map(|record| protocol::decode_entry(&record.payload).expect("an entry"));
    entries
        .filter_map(|entry| match entry.body {
            Body::Workspace(WorkspaceEvent::WritesDenied { person, count, .. }) => Some((person, count)),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn who_has_no_part_in_a_plan_cannot_tell_it_from_one_that_is_not_there() {
    let place = Place::new();
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    let bob = server.sign_in("bob@example.com").await;
    let plan = private_plan(&ada).await;
    server
        .edit(plan, "ada@example.com", action(1, "Nobody's business", "2026-11-20"))
        .await;
    assert_eq!(bob.get("/api/v1/plans").await.json(), json!([]));
    let none = PlanId(item(77).0);
    let ways = [
        ("GET", "/history", json!(null)),
        ("GET", "/as-of", json!(null)),
        ("GET", "/changes?from_seq=0", json!(null)),
        ("GET", "/timeline", json!(null)),
        ("GET", "/reports/actions", json!(null)),
        ("GET", "/sections", json!(null)),
        ("GET", "/sections/actions/items", json!(null)),
        ("PATCH", "", json!({ "name": "Mine" })),
        ("PATCH", "", json!({ "archived": true })),
        ("PATCH", "", json!({ "name": "" })),
        ("POST", "/duplicate", json!({ "name": "Copy" })),
        ("POST", "/sections/actions/items", json!({ "fields": {} })),
    ];
    for (method, path, body) in ways {
        let ask = async |plan: PlanId| {
            let path = format!("/api/v1/plans/{plan}{path}");
            match method {
                "GET" => bob.get(&path).await,
                _ => bob.send(method, &path, &body).await,
            }
        };
        let (hidden, missing) = (ask(plan).await, ask(none).await);
        assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{method} {path}");
        assert_eq!(
            (hidden.status, &hidden.body),
            (missing.status, &missing.body),
            "{method} {path}"
        );
    }
    for plan in [plan, none] {
        let mut socket = connect(&server, plan, &[("cookie", &bob.cookie)])
            .await
            .expect("a socket");
        hello(&mut socket, plan, Seq::ZERO).await;
        assert_eq!(hear_bye(&mut socket).await, Bye::NoSuchPlan);
    }
    server.stop().await;
}

#[tokio::test]
async fn who_is_made_an_observer_writes_no_more_and_the_audit_says_so_once() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let bob = server.sign_in("bob@example.com").await;
    let mut socket = enter(&bob, plan).await;
    let make = |actor| change(actor, &action(u128::from(actor), "Call the CIO", "2026-11-20"));
    assert_eq!(submit(&mut socket, make(1)).await, Ok(()));
    give(&server, plan, "bob@example.com", Role::Observer).await;
    for actor in 2..12 {
        match submit(&mut socket, make(actor)).await {
            Err(Reason::Denied(why)) => assert!(why.contains("Observer"), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    let path = format!("/api/v1/plans/{plan}/sections/actions/items");
    let over_http = bob.send("POST", &path, &json!({ "fields": { "title": "x" } })).await;
    assert_eq!(over_http.problem(), (403, "not-allowed".to_owned()));
    assert_eq!(bob.get(&path).await.status, StatusCode::OK, "he reads on");
    let items = ada.get("/api/v1/plans").await.json()[0]["items"]["actions"].clone();
    assert_eq!(items, 1, "what was refused left nothing behind");
    // Begins again with what he is now, and leaves the audit whole.
    let who = server.person("bob@example.com");
    server.stop().await;
    let server = place.start().await;
    let noted = denied(&server).await;
    assert!(noted.len() <= 2, "gathered: {noted:?}");
    assert!(noted.iter().all(|(person, _)| *person == who));
    assert_eq!(noted.iter().map(|(_, count)| count).sum::<u32>(), 11);
    server.stop().await;
}

/// By role, by what a token was made for, and by having no part at all: whoever wants what they may not leaves one line each.
#[tokio::test]
async fn what_is_refused_over_http_stands_in_the_audit() {
    let place = Place::new();
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    let bob = server.sign_in("bob@example.com").await;
    let eve = server.sign_in("eve@example.com").await;
    let plan = private_plan(&ada).await;
    give(&server, plan, "bob@example.com", Role::Seller).await;
    let items = format!("/api/v1/plans/{plan}/sections/actions/items");
    let reads = token(&server, &[Scope::Read], None).await;
    let made = json!({ "fields": { "title": "x" } });
    let answer = ask_at(&server.address, "POST", &items, &reads, &made).await;
    assert_eq!(answer.problem().0, 403);
    assert_eq!(eve.send("POST", &items, &made).await.problem().0, 404);
    assert_eq!(bob.get(&format!("/api/v1/plans/{plan}/audit")).await.problem().0, 403);
    assert!(
        ada.get(&items).await.json()["items"]
            .as_array()
            .is_some_and(Vec::is_empty)
    );
    let people = ["ada@example.com", "eve@example.com", "bob@example.com"].map(|email| server.person(email));
    server.stop().await;
    let server = place.start().await;
    let noted = denied(&server).await;
    for person in people {
        assert_eq!(noted.iter().filter(|(who, _)| *who == person).count(), 1, "{noted:?}");
    }
    server.stop().await;
}

/// Whatever is erased, the journal and each backup keep what they have: so not what somebody made a key of.
#[tokio::test]
async fn what_a_client_makes_a_key_of_is_told_to_them_and_kept_nowhere() {
    const WORD: &str = "quollish";
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let mut socket = enter(&ada, plan).await;
    let keys = [
        (Part::Fields, WORD.to_owned()),
        (Part::Links, format!("stakeholders:{WORD}")),
        (Part::Links, format!("{WORD}:x")),
        (Part::Own, format!("{WORD}:commitment")),
        (Part::Prose, format!("notes:{WORD}")),
        (Part::Links, format!("title:{WORD}")),
    ];
    for (actor, (part, key)) in (1..).zip(keys) {
        let mut edits = action(u128::from(actor), "Call the CIO", "2026-11-20");
        let cell = Cell {
            section: SectionId::Actions,
            item: item(u128::from(actor)),
            part,
            key,
        };
        edits.push(Edit::Put {
            cell,
            value: Scalar::from("x"),
        });
        match submit(&mut socket, change(actor, &edits)).await {
            Err(Reason::Denied(why)) => assert!(why.contains(WORD), "who wrote it is told what: {why}"),
            other => panic!("{other:?}"),
        }
    }
    let items = format!("/api/v1/plans/{plan}/sections/actions/items");
    let made = ada.send("POST", &items, &json!({ "fields": { WORD: "x" } })).await;
    assert_eq!(made.problem(), (422, "refused".to_owned()));
    assert!(String::from_utf8_lossy(&made.body).contains(WORD));
    server.stop().await;
    let server = place.start().await;
    assert_eq!(denied(&server).await.iter().map(|(_, count)| count).sum::<u32>(), 6);
    server.stop().await;
    let kept = files_with(&place.data(), WORD);
    assert!(kept.is_empty(), "{kept:?}");
}

/// The files in a folder and below it in which a word stands.
fn files_with(folder: &Path, word: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder is listed");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                return files_with(&path, word);
            }
            let bytes = std::fs::read(&path).expect("a file is read");
            let there = bytes.windows(word.len()).any(|some| some == word.as_bytes());
            there.then_some(path).into_iter().collect()
        })
        .collect()
}

#[tokio::test]
async fn who_loses_their_part_is_sent_away_at_once_and_not_let_in_again() {
    let place = Place::new();
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    let bob = server.sign_in("bob@example.com").await;
    let plan = private_plan(&ada).await;
    give(&server, plan, "bob@example.com", Role::Seller).await;
    let mut socket = enter(&bob, plan).await;
    let (by, person) = (server.person("ada@example.com"), server.person("bob@example.com"));
    let take = Command::TakeRole { plan, person, by };
    server.app.directory.run(by, take).await.expect("Ada takes roles");
    assert_eq!(hear_bye(&mut socket).await, Bye::NoAccess);
    let mut again = connect(&server, plan, &[("cookie", &bob.cookie)])
        .await
        .expect("a socket");
    hello(&mut again, plan, Seq::ZERO).await;
    assert_eq!(hear_bye(&mut again).await, Bye::NoSuchPlan);
    assert_eq!(bob.get("/api/v1/plans").await.json(), json!([]));
    server.stop().await;
}

/// Makes a token for Ada.
async fn token(server: &Server, scopes: &[Scope], plans: Option<Vec<PlanId>>) -> String {
    let (secret, digest) = interlock_server::secret::new_secret();
    let person = server.person("ada@example.com");
    let make = Command::MakeToken {
        person,
        name: "test".to_owned(),
        digest,
        scopes: scopes.to_vec(),
        plans,
        expires: None,
        by: person,
    };
    server.app.directory.run(person, make).await.expect("a token is made");
    secret
}

#[tokio::test]
async fn a_token_does_what_it_was_made_for_and_nothing_else() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let other = ada.make_plan("Other").await;
    let reads = token(&server, &[Scope::Read], Some(vec![plan])).await;
    let ask = async |token: &str, method: &str, path: &str, body: Value| {
        ask_at(&server.address, method, &format!("/api/v1{path}"), token, &body).await
    };
    let list = ask(&reads, "GET", "/plans", json!(null)).await.json();
    assert_eq!(
        list.as_array().map(Vec::len),
        Some(1),
        "the plan it was made for: {list}"
    );
    let history = ask(&reads, "GET", &format!("/plans/{plan}/history"), json!(null)).await;
    assert_eq!(history.status, StatusCode::OK);
    let hidden = ask(&reads, "GET", &format!("/plans/{other}/history"), json!(null)).await;
    assert_eq!(hidden.problem().0, 404, "a plan it was not made for");
    let rename = ask(&reads, "PATCH", &format!("/plans/{plan}"), json!({ "name": "x" })).await;
    assert_eq!(rename.problem(), (403, "not-allowed".to_owned()));
    let made = ask(&reads, "POST", "/plans", json!({ "name": "x" })).await;
    assert_eq!(made.problem().0, 403);
    let write = format!("/plans/{plan}/sections/actions/items");
    let written = ask(&reads, "POST", &write, json!({ "fields": { "title": "x" } })).await;
    assert_eq!(written.problem().0, 403);

    let mut socket = welcomed(&server.address, &reads, plan).await;
    let refused = submit(&mut socket, change(3, &action(3, "By a token", "2026-11-20"))).await;
    assert!(matches!(refused, Err(Reason::Denied(_))), "{refused:?}");

    let nothing = token(&server, &[Scope::Write], None).await;
    let blind = ask(&nothing, "GET", &format!("/plans/{plan}/history"), json!(null)).await;
    assert_eq!(blind.problem().0, 404, "it may not read");
    let writes = token(&server, &[Scope::Read, Scope::Write], None).await;
    let mut socket = welcomed(&server.address, &writes, plan).await;
    let taken = submit(&mut socket, change(4, &action(4, "By a token", "2026-11-20"))).await;
    assert_eq!(taken, Ok(()));
    server.stop().await;
}

#[tokio::test]
async fn people_are_shown_to_those_who_share_a_plan_with_them() {
    let place = Place::new();
    let server = place.start().await;
    // The first person of a workspace runs it, and sees everyone.
    let ada = server.sign_in("ada@example.com").await;
    let bob = server.sign_in("bob@example.com").await;
    server.sign_in("cleo@example.com").await;
    let plan = private_plan(&ada).await;
    give(&server, plan, "bob@example.com", Role::Expert).await;
    let names = async |browser: &Browser<'_>| -> Vec<String> {
        let people = browser.get("/api/v1/people").await.json();
        let people = people.as_array().expect("a list").iter();
        people
            .map(|person| person["name"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(names(&ada).await, ["Ada", "Bob", "Cleo"]);
    assert_eq!(names(&bob).await, ["Ada", "Bob"]);
    let mut socket = connect(&server, plan, &[("cookie", &bob.cookie)])
        .await
        .expect("a socket");
    hello(&mut socket, plan, Seq::ZERO).await;
    match hear(&mut socket).await {
        Some(ServerFrame::Welcome(welcome)) => {
            assert_eq!(welcome.standing.role, Role::Expert);
            let told: Vec<&str> = welcome.people.iter().map(|person| person.name.as_str()).collect();
            assert_eq!(told.len(), 2, "{told:?}");
        }
        other => panic!("{other:?}"),
    }
    server.stop().await;
}

#[tokio::test]
async fn own_entries_are_made_by_their_owner_alone() {
    let place = Place::new();
    let server = place.start().await;
    let (_, plan) = server.ada_with_a_plan().await;
    let bob = server.sign_in("bob@example.com").await;
    let mut socket = enter(&bob, plan).await;
    let own = |email: &str| Edit::Put {
        cell: domain::Cell::own(SectionId::Actions, item(1), server.person(email), "commitment"),
        value: "yes".into(),
    };
    let made = |actor, edit| {
        let mut edits = action(u128::from(actor), "x", "2026-11-20");
        edits.push(edit);
        change(actor, &edits)
    };
    assert_eq!(submit(&mut socket, made(1, own("bob@example.com"))).await, Ok(()));
    let forged = Edit::Put {
        cell: domain::Cell::own(
            SectionId::Actions,
            item(2),
            server.person("ada@example.com"),
            "commitment",
        ),
        value: "yes".into(),
    };
    let refused = submit(&mut socket, made(2, forged)).await;
    assert!(matches!(refused, Err(Reason::Denied(_))), "{refused:?}");
    server.stop().await;
}
