//! The plan as it was, what changed between two moments, and its history with filters.

use domain::{Cell, ItemId, ParagraphId, PlanId, Role, Scalar, SectionId};
use plan::Edit;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Answer, Browser, Place, Server, action, item, put};

const ADA: &str = "ada@example.com";

async fn ask(who: &Browser<'_>, plan: PlanId, rest: &str) -> Value {
    let answer = who.get(&format!("/api/v1/plans/{plan}/{rest}")).await;
    assert_eq!(answer.status, 200, "{rest}: {answer:?}");
    answer.json()
}

fn note(n: u128) -> Cell {
    let paragraph = ParagraphId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0077));
    Cell::paragraph(SectionId::Actions, item(n), "notes", paragraph)
}

fn splice(n: u128, at: u32, delete: u32, insert: &str) -> Edit {
    Edit::Splice {
        cell: note(n),
        at,
        delete,
        insert: insert.to_owned(),
    }
}

fn delete(n: u128) -> Edit {
    Edit::Put {
        cell: Cell::field(SectionId::Actions, item(n), "deleted"),
        value: Scalar::Bool(true),
    }
}

/// A plan with a little history: entry 1 is the genesis.
async fn history_of_a_week(place: &Place, server: &Server, plan: PlanId) {
    const DAY: i64 = 24 * 3_600_000;
    let steps: Vec<Vec<Edit>> = vec![
        action(1, "Call the CIO", "2026-12-10"),
        action(2, "Send the paper", "2026-12-24"),
        vec![
            Edit::MakeParagraph {
                cell: note(1),
                text: "The old yard is full.".to_owned(),
            },
            put(SectionId::Actions, 1, "status", "in_progress"),
        ],
        vec![splice(1, 4, 3, "new")],
        vec![
            put(SectionId::Actions, 1, "due", "2027-01-05"),
            put(SectionId::Actions, 1, "status", "done"),
        ],
        vec![delete(2)],
    ];
    for edits in steps {
        place.pass(DAY);
        server.edit(plan, ADA, edits).await;
    }
}

/// Ada gives somebody a part in her plan.
async fn give(server: &Server, plan: PlanId, email: &str, role: Role) {
    let by = server.person(ADA);
    let person = server.person(email);
    let give = workspace::Command::GiveRole { plan, person, role, by };
    server.app.directory.run(by, give).await.expect("Ada may give roles");
}

fn titles(as_of: &Value) -> Vec<&str> {
    let items = as_of["items"].as_array().expect("a plan has items");
    let alive = items
        .iter()
        .filter(|item| item["section"] == "actions" && item["fields"]["deleted"] != true);
    alive.filter_map(|item| item["fields"]["title"].as_str()).collect()
}

#[tokio::test]
async fn a_plan_is_shown_as_it_was_at_any_entry_and_time() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    history_of_a_week(&place, &server, plan).await;

    let now = ask(&ada, plan, "as-of").await;
    assert_eq!(
        (&now["seq"], &now["head"], &now["name"]),
        (&json!(7), &json!(7), &json!("Sonnenberg"))
    );
    assert_eq!(titles(&now), ["Call the CIO"]);

    let then = ask(&ada, plan, "as-of?seq=4&section=actions").await;
    assert_eq!(titles(&then), ["Call the CIO", "Send the paper"]);
    let first = &then["items"][0];
    assert_eq!(
        first["fields"],
        json!({ "title": "Call the CIO", "due": "2026-12-10", "status": "in_progress" })
    );
    assert_eq!(first["prose"][note(1).key], "The old yard is full.");
    assert_eq!(
        (&first["made"]["seq"], &first["changed"]["seq"]),
        (&json!(2), &json!(4))
    );

    let at = then["at"].as_i64().expect("an entry has a time");
    for (asked, seq) in [(at, 4), (at + 1, 4), (at - 1, 3), (0, 0), (i64::MAX, 7)] {
        assert_eq!(
            ask(&ada, plan, &format!("as-of?at={asked}")).await["seq"],
            seq,
            "as of {asked}"
        );
    }
    assert_eq!(ask(&ada, plan, "as-of?seq=0").await["items"], json!([]));

    let base = format!("/api/v1/plans/{plan}/as-of");
    assert_eq!(
        ada.get(&format!("{base}?seq=8")).await.problem(),
        (400, "bad-request".to_owned())
    );
    assert_eq!(
        ada.get(&format!("{base}?seq=1&at=5")).await.problem(),
        (400, "bad-request".to_owned())
    );
    let none = format!("/api/v1/plans/{}/as-of", ItemId::SINGLE);
    assert_eq!(ada.get(&none).await.problem(), (404, "not-found".to_owned()));
    server.stop().await;
}

#[tokio::test]
async fn what_changed_between_two_moments_is_told_in_words() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    history_of_a_week(&place, &server, plan).await;
    ada.send(
        "PATCH",
        &format!("/api/v1/plans/{plan}"),
        &json!({ "name": "Sonnenberg 2027" }),
    )
    .await;

    let all = ask(&ada, plan, "changes?from_seq=0").await;
    assert_eq!(all["summary"], json!(["1 action added"]));
    let week = ask(&ada, plan, "changes?from_seq=4").await;
    assert_eq!(
        week["summary"],
        json!(["1 action deleted", "1 action done", "1 action changed"])
    );
    let actions = &week["sections"][0];
    assert_eq!(
        actions["deleted"],
        json!([{ "item": item(2), "title": "Send the paper" }])
    );
    let words: Vec<&Value> = actions["changed"][0]["fields"]
        .as_array()
        .expect("fields")
        .iter()
        .map(|field| &field["words"])
        .collect();
    assert_eq!(
        words,
        [
            &json!("Due moved from 10 Dec 2026 to 5 Jan 2027"),
            &json!("Status went from In progress to Done"),
            &json!("Notes: 1 word added, 1 removed"),
        ]
    );
    assert_eq!(
        actions["changed"][0]["fields"][2]["diff"],
        json!([
            { "same": "The " }, { "gone": "old" }, { "new": "new" }, { "same": " yard is full." }
        ])
    );
    assert_eq!(
        week["control"][0]["words"],
        "renamed the plan to \u{201c}Sonnenberg 2027\u{201d}"
    );
    let none = ask(&ada, plan, "changes?from_seq=4&to_seq=4").await;
    assert_eq!(
        (&none["summary"], &none["sections"], &none["control"]),
        (&json!([]), &json!([]), &json!([]))
    );
    let base = format!("/api/v1/plans/{plan}/changes");
    assert_eq!(ada.get(&base).await.problem(), (400, "bad-request".to_owned()));
    server.stop().await;
}

#[tokio::test]
async fn a_history_is_filtered_and_searched() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    history_of_a_week(&place, &server, plan).await;
    let bob = server.sign_in("bob@example.com").await;
    give(&server, plan, "bob@example.com", Role::Seller).await;
    server
        .edit(
            plan,
            "bob@example.com",
            vec![put(SectionId::Actions, 1, "result", "He agreed")],
        )
        .await;
    drop(bob);

    let count = async |rest: &str| {
        let page = ask(&ada, plan, &format!("history?limit=500&{rest}")).await;
        (
            page["facts"].as_array().map_or(0, Vec::len),
            page["control"].as_array().map_or(0, Vec::len),
        )
    };
    let bob = server.person("bob@example.com");
    for (asked, found) in [
        ("kind=control&text=made+the+plan", (0, 1)),
        ("field=status", (2, 0)),
        (&format!("person={bob}"), (1, 0)),
        (&format!("section=actions&item={}&field=due", item(1)), (2, 0)),
        ("text=agreed", (1, 0)),
        ("text=In+Progress", (2, 0)),
        // Typed over one of three letters, found as a word.
        ("text=new%20yard", (1, 0)),
        ("text=nowhere", (0, 0)),
        ("text=sonnenberg", (0, 1)),
    ] {
        assert_eq!(count(asked).await, found, "{asked}");
    }
    let day = ask(&ada, plan, "as-of?seq=6").await["at"].as_i64().expect("a time");
    assert_eq!(count(&format!("from={day}&to={}", day + 1)).await, (2, 0));

    let told = ask(&ada, plan, "history?words=true&field=notes").await;
    let line = &told["facts"][0];
    assert_eq!((&line["seq"], &line["title"]), (&json!(5), &json!("Call the CIO")));
    assert_eq!(line["words"], "Notes: \u{201c}old\u{201d} became \u{201c}new\u{201d}");
    assert_eq!(line["diff"][1], json!({ "gone": "old" }));
    server.stop().await;
}

#[tokio::test]
async fn a_cell_that_is_none_is_refused_with_how_to_write_one() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    server.edit(plan, ADA, action(1, "Call the CIO", "2026-12-10")).await;
    for wrong in ["notes", "actions", "x/y/z"] {
        let answer = ada.get(&format!("/api/v1/plans/{plan}/history?cell={wrong}")).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.json().to_string().contains("section/item/key"), "{answer:?}");
    }
    let due = ask(&ada, plan, &format!("history?cell=actions/{}/due", item(1))).await;
    assert_eq!(due["facts"].as_array().map(Vec::len), Some(1));
}

/// Whoever may not read what is personal sees that there is a contact, in the past as in the present.
#[tokio::test]
async fn an_observers_past_has_the_contacts_and_says_what_is_withheld() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let contact = Edit::MakeItem {
        section: SectionId::People,
        item: item(7),
        fields: vec![("title".to_owned(), "H. Brandt".into())],
    };
    server.edit(plan, ADA, vec![contact]).await;
    let ben = server.sign_in("ben@example.com").await;
    give(&server, plan, "ben@example.com", Role::Observer).await;

    let title = |as_of: &Value| as_of["items"][0]["fields"]["title"].clone();
    assert_eq!(title(&ask(&ada, plan, "as-of?section=people").await), "H. Brandt");
    let past = ask(&ben, plan, "as-of?section=people").await;
    assert_eq!(title(&past), domain::seal::WITHHELD, "{past:#}");
    let asked = "history?section=people&words=true";
    let (mine, theirs) = (ask(&ada, plan, asked).await, ask(&ben, plan, asked).await);
    let lines = |told: &Value| told["facts"].as_array().map(Vec::len);
    assert_eq!(lines(&mine), lines(&theirs));
    let changes = ask(&ben, plan, "changes?from_seq=1").await;
    assert!(changes.to_string().contains(&item(7).to_string()), "{changes:#}");
    for told in [past, theirs, changes] {
        assert!(!told.to_string().contains("Brandt"), "{told:#}");
    }
}

#[tokio::test]
async fn pages_of_a_history_hold_every_line_once() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    history_of_a_week(&place, &server, plan).await;
    for name in ["One", "Two", "Three"] {
        ada.send("PATCH", &format!("/api/v1/plans/{plan}"), &json!({ "name": name }))
            .await;
        place.pass(60_000);
        server
            .edit(plan, ADA, vec![put(SectionId::Actions, 1, "result", name)])
            .await;
    }
    let whole = ask(&ada, plan, "history?limit=500").await;
    let lines = |page: &Value, key: &str| page[key].as_array().cloned().unwrap_or_default();
    assert_eq!(whole["cursor"], Value::Null);
    let renames = lines(&whole, "control");
    let renames = renames.iter().filter(|line| line["event"] == "plan_renamed");
    assert_eq!(renames.count(), 3);

    let (mut facts, mut control, mut cursor, mut pages) = (Vec::new(), Vec::new(), String::new(), 0);
    loop {
        let page = ask(&ada, plan, &format!("history?limit=2{cursor}")).await;
        facts.extend(lines(&page, "facts"));
        control.extend(lines(&page, "control"));
        pages += 1;
        assert!(pages < 50, "the pages come to an end");
        let Some(next) = page["cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!((facts, control), (lines(&whole, "facts"), lines(&whole, "control")));
    let odd = ada.get(&format!("/api/v1/plans/{plan}/history?cursor=7")).await;
    assert_eq!(odd.problem(), (400, "bad-request".to_owned()));
    server.stop().await;
}

#[tokio::test]
async fn a_timeline_counts_every_edit_once() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    history_of_a_week(&place, &server, plan).await;
    for count in [1, 6, 200] {
        let timeline = ask(&ada, plan, &format!("timeline?buckets={count}")).await;
        let buckets = timeline["buckets"].as_array().expect("it has buckets");
        assert_eq!(buckets.len(), count);
        let edits: u64 = buckets.iter().filter_map(|bucket| bucket["edits"].as_u64()).sum();
        assert_eq!((edits, &buckets[count - 1]["seq"]), (7, &json!(7)));
        assert_eq!(buckets[0]["from"], timeline["first_at"]);
    }
    server.stop().await;
}

async fn bring_back(who: &Browser<'_>, plan: PlanId, body: &Value) -> Answer {
    who.send("POST", &format!("/api/v1/plans/{plan}/restore"), body).await
}

async fn first_action(who: &Browser<'_>, plan: PlanId) -> Value {
    ask(who, plan, "as-of?section=actions").await["items"][0].clone()
}

#[tokio::test]
async fn a_cell_a_field_and_an_item_come_back_as_they_were_by_a_new_edit() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    history_of_a_week(&place, &server, plan).await;

    let due = json!({ "section": "actions", "item": item(1), "part": "fields", "key": "due" });
    let answer = bring_back(&ada, plan, &json!({ "seq": 4, "cell": due })).await;
    assert_eq!(answer.json(), json!({ "cells": 1, "kept": [], "seq": 8 }), "{answer:?}");
    assert_eq!(first_action(&ada, plan).await["fields"]["due"], "2026-12-10");
    let again = bring_back(&ada, plan, &json!({ "seq": 4, "cell": due })).await;
    assert_eq!(
        again.json(),
        json!({ "cells": 0, "kept": [], "seq": 8 }),
        "it is so already"
    );

    let notes = json!({ "section": "actions", "item": item(1), "field": "notes" });
    let answer = bring_back(&ada, plan, &json!({ "seq": 4, "field": notes })).await;
    assert_eq!(answer.json()["cells"], 1, "{answer:?}");
    assert_eq!(
        first_action(&ada, plan).await["prose"][note(1).key],
        "The old yard is full."
    );
    // Before there was a note: it is deleted, as a person deletes it.
    bring_back(&ada, plan, &json!({ "seq": 3, "field": notes })).await;
    assert_eq!(
        first_action(&ada, plan).await["prose"][format!("{}:deleted", note(1).key)],
        true
    );

    // The note is back, what came later is gone; it is an edit of hers like any other.
    let answer = bring_back(
        &ada,
        plan,
        &json!({ "seq": 5, "item": { "section": "actions", "item": item(1) } }),
    )
    .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let (now, then) = (
        first_action(&ada, plan).await,
        ask(&ada, plan, "as-of?seq=5&section=actions").await,
    );
    for part in ["fields", "links", "own", "prose"] {
        assert_eq!(now[part], then["items"][0][part], "{part}");
    }
    let newest = ask(&ada, plan, "history?kind=edits&limit=1").await["facts"][0].clone();
    assert_eq!(newest["author"], json!(server.person(ADA)));

    let deleted = json!({ "seq": 6, "item": { "section": "actions", "item": item(2) } });
    assert_eq!(bring_back(&ada, plan, &deleted).await.json()["cells"], 1);
    assert_eq!(
        titles(&ask(&ada, plan, "as-of").await),
        ["Call the CIO", "Send the paper"]
    );
    server.stop().await;
}

#[tokio::test]
async fn what_others_said_of_their_own_stays_when_an_item_is_brought_back() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let bob = server.sign_in("bob@example.com").await;
    give(&server, plan, "bob@example.com", Role::Seller).await;
    let section = SectionId::Opportunities;
    let vote = |who: &str, votes: i64| Edit::Put {
        cell: Cell::own(section, item(9), server.person(who), "vote"),
        value: Scalar::Int(votes),
    };
    server
        .edit(
            plan,
            ADA,
            vec![
                Edit::MakeItem {
                    section,
                    item: item(9),
                    fields: vec![],
                },
                vote(ADA, 1),
            ],
        )
        .await;
    server
        .edit(plan, "bob@example.com", vec![vote("bob@example.com", 3)])
        .await;
    server
        .edit(plan, ADA, vec![vote(ADA, 2), put(section, 9, "title", "Yard")])
        .await;

    let before = json!({ "seq": 2, "item": { "section": section, "item": item(9) } });
    let answer = bring_back(&ada, plan, &before).await.json();
    let kept = Cell::own(section, item(9), server.person("bob@example.com"), "vote");
    assert_eq!(
        (&answer["cells"], &answer["kept"]),
        (&json!(2), &json!([kept.to_string()]))
    );
    let own = ask(&ada, plan, "as-of?section=opportunities").await["items"][0]["own"].clone();
    let votes = |who: &str| own[format!("{}:vote", server.person(who))].clone();
    assert_eq!((votes(ADA), votes("bob@example.com")), (json!(1), json!(3)));

    let alone = json!({ "seq": 2, "cell": { "section": section, "item": item(9), "part": "own", "key": kept.key } });
    assert_eq!(
        bring_back(&ada, plan, &alone).await.problem(),
        (403, "not-allowed".to_owned())
    );
    drop(bob);
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_brought_back_is_refused_with_the_reason() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    history_of_a_week(&place, &server, plan).await;
    let of = json!({ "section": "actions", "item": item(2) });
    for (body, status, code) in [
        (json!({ "seq": 2, "item": of }), 422, "refused"),
        (json!({ "seq": 99, "item": of }), 400, "bad-request"),
        (json!({ "seq": 3 }), 400, "bad-request"),
        (
            json!({ "seq": 3, "item": of, "field": { "section": "actions", "item": item(2), "field": "due" } }),
            400,
            "bad-request",
        ),
        (json!({ "item": of }), 400, "bad-request"),
    ] {
        assert_eq!(
            bring_back(&ada, plan, &body).await.problem(),
            (status, code.to_owned()),
            "{body}"
        );
    }
    ada.send("PATCH", &format!("/api/v1/plans/{plan}"), &json!({ "archived": true }))
        .await;
    let body = json!({ "seq": 6, "item": of });
    assert_eq!(
        bring_back(&ada, plan, &body).await.problem(),
        (409, "archived".to_owned())
    );
    server.stop().await;
}
