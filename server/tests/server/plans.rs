//! Plans: made, renamed, put away, copied; their history and reports.

use domain::{Cell, PersonId, PlanId, Scalar, SectionId};
use hyper::StatusCode;
use plan::Edit;
use serde_json::{Value, json};

use crate::harness::{Browser, Place, Server, action, item, plan_of, put};

async fn listed(browser: &Browser<'_>, plan: PlanId) -> Value {
    let plans = browser.get("/api/v1/plans").await.json();
    let id = json!(plan.to_string());
    plans
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["id"] == id)
        .cloned()
        .expect("the plan is listed")
}

#[tokio::test]
async fn a_plan_is_made_renamed_put_away_and_brought_back() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let path = format!("/api/v1/plans/{plan}");
    assert_eq!(
        ada.send("PATCH", &path, &json!({ "name": "Sonnenberg AG" }))
            .await
            .json()["name"],
        "Sonnenberg AG"
    );
    assert_eq!(
        ada.send("PATCH", &path, &json!({ "archived": true })).await.json()["archived"],
        true
    );
    let refused = ada.send("PATCH", &path, &json!({ "name": "Other" })).await;
    assert_eq!(refused.problem(), (409, "archived".to_owned()));
    assert_eq!(listed(&ada, plan).await["archived"], true);
    let back = ada
        .send("PATCH", &path, &json!({ "archived": false, "name": "Back" }))
        .await
        .json();
    assert_eq!((&back["archived"], &back["name"]), (&json!(false), &json!("Back")));

    ada.send("PATCH", &path, &json!({ "archived": true })).await;
    let half = json!({ "archived": false, "name": "" });
    let refused = ada.send("PATCH", &path, &half).await;
    assert_eq!(refused.problem(), (422, "refused".to_owned()));
    assert_eq!(listed(&ada, plan).await["archived"], true, "all of it is refused");

    let none = "/api/v1/plans/01a203aa-1da3-74db-b222-c83a5d4fe3c9";
    assert_eq!(
        ada.send("PATCH", none, &json!({ "name": "x" })).await.problem(),
        (404, "not-found".to_owned())
    );
    let odd = ada
        .send("PATCH", "/api/v1/plans/not-an-id", &json!({ "name": "x" }))
        .await;
    assert_eq!(odd.problem(), (404, "not-found".to_owned()));
}

#[tokio::test]
async fn the_list_says_what_is_in_a_plan_as_soon_as_it_is_on_disk() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    assert_eq!(listed(&ada, plan).await["last_change"], Value::Null);
    server
        .edit(plan, "ada@example.com", action(1, "Call the CIO", "2026-11-20"))
        .await;
    server
        .edit(plan, "ada@example.com", action(2, "Send the paper", "2026-12-24"))
        .await;
    let section = SectionId::Opportunities;
    let deal = vec![
        Edit::MakeItem {
            section,
            item: item(3),
            fields: vec![("amount".to_owned(), Scalar::from("51000000 EUR"))],
        },
        put(section, 3, "title", "Warehouse"),
    ];
    server.edit(plan, "ada@example.com", deal).await;
    let seen = listed(&ada, plan).await;
    assert_eq!(seen["items"]["actions"], 2);
    assert_eq!(seen["items"]["opportunities"], 1);
    assert_eq!(
        (&seen["open_actions"], &seen["overdue_actions"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(seen["open_amount"], json!({ "EUR": 51_000_000 }));
    assert_eq!(seen["seq"], 4, "the genesis and three edits");
    assert_eq!(seen["last_change"]["by"], server.person("ada@example.com").to_string());
}

#[tokio::test]
async fn the_action_tracker_knows_what_is_overdue_and_what_slipped() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    server
        .edit(plan, "ada@example.com", action(1, "Call the CIO", "2026-11-20"))
        .await;
    let path = format!("/api/v1/plans/{plan}/reports/actions");
    let report = ada.get(&path).await.json();
    assert_eq!(report["today"], "2026-11-22");
    assert_eq!(
        (&report["rows"][0]["title"], &report["rows"][0]["state"]),
        (&json!("Call the CIO"), &json!("overdue"))
    );

    server
        .edit(
            plan,
            "ada@example.com",
            vec![put(SectionId::Actions, 1, "due", "2026-12-24")],
        )
        .await;
    let report = ada.get(&path).await.json();
    assert_eq!(report["rows"][0]["state"], "open");
    let slip = &report["rows"][0]["slipped"][0];
    assert_eq!(
        (&slip["from"], &slip["to"]),
        (&json!("2026-11-20"), &json!("2026-12-24"))
    );

    server
        .edit(
            plan,
            "ada@example.com",
            vec![put(SectionId::Actions, 1, "status", "done")],
        )
        .await;
    let report = ada.get(&path).await.json();
    assert_eq!(report["rows"][0]["state"], "done");
    assert_eq!(
        report["rows"][0]["done_by"],
        server.person("ada@example.com").to_string()
    );
}

#[tokio::test]
async fn a_history_is_read_backwards_page_by_page() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    server
        .edit(plan, "ada@example.com", action(1, "First", "2026-11-20"))
        .await;
    server
        .edit(plan, "ada@example.com", action(2, "Other", "2026-11-20"))
        .await;
    for n in 0..7 {
        let title = format!("Title {n}");
        server
            .edit(
                plan,
                "ada@example.com",
                vec![put(SectionId::Actions, 1, "title", &title)],
            )
            .await;
    }
    let cell = Cell::field(SectionId::Actions, item(1), "title").to_string();
    let path = format!(
        "/api/v1/plans/{plan}/history?section=actions&item={}&cell={cell}&limit=3",
        item(1)
    );
    let mut titles = Vec::new();
    let mut before: Option<u64> = None;
    // Eight titles, three a page: three pages.
    for _ in 0..3 {
        let page = match before {
            Some(before) => ada.get(&format!("{path}&before={before}")).await.json(),
            None => ada.get(&path).await.json(),
        };
        for fact in page["facts"].as_array().into_iter().flatten() {
            titles.push(
                fact["delta"]["Set"]["new"]["Str"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            );
        }
        before = page["next"].as_u64();
        if before.is_none() {
            break;
        }
    }
    let expected: Vec<String> = (0..7)
        .rev()
        .map(|n| format!("Title {n}"))
        .chain(["First".to_owned()])
        .collect();
    assert_eq!((titles, before), (expected, None));

    let all = ada.get(&format!("/api/v1/plans/{plan}/history?limit=500")).await.json();
    let seqs: Vec<u64> = all["facts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|fact| fact["seq"].as_u64())
        .collect();
    assert!(
        seqs.is_sorted_by(|a, b| a >= b) && seqs.first() == Some(&10),
        "newest first: {seqs:?}"
    );
    let item_alone = ada.get(&format!("/api/v1/plans/{plan}/history?item={}", item(1))).await;
    assert_eq!(item_alone.problem(), (400, "bad-request".to_owned()));
}

fn note_cell() -> Cell {
    Cell::paragraph(SectionId::Actions, item(1), "notes", domain::ParagraphId(item(900).0))
}

fn link_cell() -> Cell {
    Cell::link(SectionId::Actions, item(1), "targets", &item(2).to_string())
}

fn commitment_cell(person: PersonId) -> Cell {
    Cell::own(SectionId::Actions, item(1), person, "commitment")
}

/// Sixty actions, one of them deleted; of the first a link, a note, and what two people commit to.
async fn fill(server: &Server, plan: PlanId) {
    for n in 1..=60 {
        server
            .edit(plan, "ada@example.com", action(n, &format!("Action {n}"), "2026-11-20"))
            .await;
    }
    let deleted = Edit::Put {
        cell: Cell::field(SectionId::Actions, item(60), "deleted"),
        value: Scalar::Bool(true),
    };
    let link = Edit::Put {
        cell: link_cell(),
        value: Scalar::Bool(true),
    };
    let note = Edit::MakeParagraph {
        cell: note_cell(),
        text: "Grüße aus Köln 👋".to_owned(),
    };
    server.edit(plan, "ada@example.com", vec![deleted, link, note]).await;
    let own = |email: &str| Edit::Put {
        cell: commitment_cell(server.person(email)),
        value: Scalar::from("yes"),
    };
    server.edit(plan, "ada@example.com", vec![own("ada@example.com")]).await;
    server.edit(plan, "bob@example.com", vec![own("bob@example.com")]).await;
}

#[tokio::test]
async fn a_copy_has_the_content_and_a_history_of_its_own() {
    let place = Place::new();
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    server.sign_in("bob@example.com").await;
    let plan = ada.make_plan("Sonnenberg").await;
    fill(&server, plan).await;

    let answer = ada
        .send(
            "POST",
            &format!("/api/v1/plans/{plan}/duplicate"),
            &json!({ "name": "Copy" }),
        )
        .await;
    let (copy, made) = (plan_of(&answer), answer.json());
    assert_eq!(
        (&made["items"]["actions"], &made["copied_from"]),
        (&json!(59), &json!(plan.to_string()))
    );
    let (ada_id, bob_id) = (server.person("ada@example.com"), server.person("bob@example.com"));
    let seen = server.app.rooms.look(copy, move |table| {
        let own = |person| table.value(&commitment_cell(person));
        (
            table.value(&link_cell()),
            table.text(&note_cell()),
            own(ada_id),
            own(bob_id),
        )
    });
    let expected = (
        Some(Scalar::Bool(true)),
        Some("Grüße aus Köln 👋".to_owned()),
        Some(Scalar::from("yes")),
        // Only Bob can say what Bob commits to.
        None,
    );
    assert_eq!(seen.await, Some(expected));

    server
        .edit(
            copy,
            "ada@example.com",
            vec![put(SectionId::Actions, 1, "title", "Only here")],
        )
        .await;
    let source = server.app.rooms.look(plan, |table| {
        table.value(&Cell::field(SectionId::Actions, item(1), "title"))
    });
    assert_eq!(source.await.flatten(), Some(Scalar::from("Action 1")));
}

#[tokio::test]
async fn a_plans_record_that_somebody_changed_meanwhile_is_not_written_over() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let path = format!("/api/v1/plans/{plan}");
    let read = ada.get(&path).await.header("etag").to_owned();
    server
        .edit(plan, "ada@example.com", action(1, "Call", "2026-11-20"))
        .await;
    let same = ada.get(&path).await;
    assert_eq!(same.header("etag"), read, "what stands in the plan is not its record");
    let first = ada
        .send_with("PATCH", &path, ("if-match", &read), &json!({ "name": "Sonnenberg AG" }))
        .await;
    assert_eq!(first.status, StatusCode::OK, "{first:?}");
    let now = first.header("etag").to_owned();
    assert_ne!(now, read);
    let late = json!({ "name": "Mondstein", "archived": true });
    let refused = ada.send_with("PATCH", &path, ("if-match", &read), &late).await;
    assert_eq!(refused.problem(), (412, "changed".to_owned()));
    let seen = ada.get(&path).await;
    assert_eq!(
        (&seen.json()["name"], &seen.json()["archived"]),
        (&json!("Sonnenberg AG"), &json!(false))
    );
    let both = format!("{read}, {now}");
    let taken = ada.send_with("PATCH", &path, ("if-match", &both), &late).await;
    assert_eq!(
        (&taken.json()["name"], &taken.json()["archived"]),
        (&json!("Mondstein"), &json!(true))
    );
    let any = ada
        .send_with("PATCH", &path, ("if-match", "*"), &json!({ "archived": false }))
        .await;
    assert_eq!(any.json()["archived"], false, "{any:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_change_of_a_plans_record_happens_whole_or_not_at_all() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let path = format!("/api/v1/plans/{plan}");
    let archived = ada.send("PATCH", &path, &json!({ "archived": true })).await;
    assert_eq!(archived.json()["archived"], true);
    let wrong = json!({ "archived": false, "name": "x".repeat(1_000) });
    assert_eq!(
        ada.send("PATCH", &path, &wrong).await.problem(),
        (422, "refused".to_owned())
    );
    assert_eq!(ada.get(&path).await.json()["archived"], true, "it was not brought back");
    let right = json!({ "archived": false, "name": "Mondstein" });
    let seen = ada.send("PATCH", &path, &right).await.json();
    assert_eq!((&seen["name"], &seen["archived"]), (&json!("Mondstein"), &json!(false)));
    server.stop().await;
}

/// What pages of a list hold, one after the other, as their links lead.
async fn by_pages(ada: &Browser<'_>, path: &str, limit: usize) -> Vec<Value> {
    let mut all = Vec::new();
    let mut next = format!("{path}?limit={limit}");
    loop {
        let page = ada.get(&next).await;
        let items = page.json().as_array().expect("a list").clone();
        assert!(items.len() <= limit, "{page:?}");
        all.extend(items);
        let Some(link) = page.header("link").strip_suffix(">; rel=\"next\"") else {
            assert_eq!(page.header("link"), "");
            return all;
        };
        link.strip_prefix('<').expect("an address").clone_into(&mut next);
    }
}

#[tokio::test]
async fn lists_are_read_page_by_page_in_their_own_order() {
    let place = Place::new();
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    for (n, name) in ["Bo", "cy", "Al", "Di"].into_iter().enumerate() {
        ada.make_plan(name).await;
        let person = json!({ "email": format!("{n}@example.com"), "name": name });
        let added = ada.send("POST", "/api/v1/administration/people", &person).await;
        assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
        let team = ada.send("POST", "/api/v1/teams", &json!({ "name": name })).await;
        assert_eq!(team.status, StatusCode::CREATED, "{team:?}");
        place.pass(1);
    }
    for path in [
        "plans",
        "people",
        "administration/people",
        "administration/plans",
        "teams",
    ] {
        let path = format!("/api/v1/{path}");
        let whole = ada.get(&path).await.json();
        for limit in [1, 2, 3, 100] {
            assert_eq!(json!(by_pages(&ada, &path, limit).await), whole, "{path} by {limit}");
        }
        let gone = ada.get(&format!("{path}?after={}", uuid::Uuid::nil())).await;
        assert_eq!(gone.problem(), (400, "bad-request".to_owned()));
    }
    server.stop().await;
}
