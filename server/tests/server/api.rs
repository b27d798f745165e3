//! The API over a plan's content: read, written through the same admission as any edit.

use domain::SectionId;
use hyper::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Browser, Place, item, items_in};

/// Makes an item with these fields.
async fn make(who: &Browser<'_>, items: &str, fields: &Value) -> Value {
    let made = who.send("POST", items, &json!({ "fields": fields })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.json()
}

#[tokio::test]
async fn an_item_is_made_read_changed_and_deleted() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let items = items_in(plan, "opportunities");
    let initiative = make(&ada, &items_in(plan, "initiatives"), &json!({ "title": "Faster" })).await;
    let wanted = json!({
        "title": "Warehouse", "amount": "51000000 EUR", "probability": 40,
        "supports": [{ "target": initiative["id"], "strength": 2, "note": "half of it" }],
        "notes": [{ "text": "Grüße aus Köln 👋" }, { "text": "Second" }],
    });
    let made = ada.send("POST", &items, &json!({ "fields": wanted })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let path = made.header("location").to_owned();
    let seen = ada.get(&path).await;
    assert_eq!(seen.json(), made.json());
    assert_eq!(seen.header("etag"), made.header("etag"));
    let fields = &seen.json()["fields"];
    assert_eq!(
        (&fields["title"], &fields["probability"]),
        (&json!("Warehouse"), &json!(40))
    );
    assert_eq!(fields["supports"], wanted["supports"]);
    let notes = fields["notes"].as_array().expect("paragraphs");
    assert_eq!(
        (&notes[0]["text"], &notes[1]["text"]),
        (&wanted["notes"][0]["text"], &json!("Second"))
    );

    // The paragraph that is kept changes; the other goes; a new one comes.
    let change = json!({ "fields": {
        "amount": null,
        "notes": [{ "text": "First" }, { "id": notes[0]["id"], "text": "Grüße aus Bonn 👋" }],
    }});
    let changed = ada.send("PATCH", &path, &change).await;
    assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
    let fields = &changed.json()["fields"];
    assert_eq!(fields["amount"], Value::Null);
    let texts: Vec<&Value> = fields["notes"]
        .as_array()
        .expect("paragraphs")
        .iter()
        .map(|note| &note["text"])
        .collect();
    assert_eq!(texts, [&json!("First"), &json!("Grüße aus Bonn 👋")]);

    assert_eq!(
        ada.send("DELETE", &path, &json!({})).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(ada.get(&items).await.json()["items"], json!([]));
    assert_eq!(ada.get(&path).await.json()["deleted"], true);
    let back = ada.send("PATCH", &path, &json!({ "deleted": false })).await;
    assert_eq!(back.json()["deleted"], false, "{back:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_link_leads_to_what_is_in_the_plan_and_stays_when_that_is_deleted() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let deals = items_in(plan, "opportunities");
    let there = make(&ada, &items_in(plan, "initiatives"), &json!({ "title": "Faster" })).await;
    let elsewhere = make(&ada, &items_in(plan, "drivers"), &json!({ "title": "Costs" })).await;
    let deal = make(&ada, &deals, &json!({ "title": "Warehouse" })).await;
    let id = |item: &Value| item["id"].as_str().unwrap_or_default().to_owned();
    let supports = format!("{deals}/{}/fields/supports", id(&deal));
    let to = |target: &str| json!([{ "target": target, "strength": 2, "note": "half of it" }]);
    let nobody = item(99).to_string();
    for target in [&nobody, &id(&elsewhere), &id(&deal)] {
        let refused = ada.send("PUT", &supports, &json!({ "value": to(target) })).await;
        assert_eq!(refused.problem(), (422, "refused".to_owned()), "{target}");
        let why = refused.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert!(
            why.contains("'Supports' takes an item of Initiatives") && why.contains(target.as_str()),
            "{why}"
        );
    }
    let persons = [
        ("owner", json!(nobody)),
        ("champion", json!(nobody)),
        ("supports", to(&nobody)),
    ];
    for (field, value) in persons {
        let new = json!({ "fields": { "title": "Yard", field: value } });
        assert_eq!(ada.send("POST", &deals, &new).await.problem().0, 422, "{field}");
    }
    let linked = ada.send("PUT", &supports, &json!({ "value": to(&id(&there)) })).await;
    assert_eq!(
        (linked.status, &linked.json()["value"]),
        (StatusCode::OK, &to(&id(&there)))
    );

    // Somebody deletes the target: who writes the list again writes the link that stands there.
    let target = format!("{}/{}", items_in(plan, "initiatives"), id(&there));
    assert_eq!(
        ada.send("DELETE", &target, &json!(null)).await.status,
        StatusCode::NO_CONTENT
    );
    let mut same = to(&id(&there));
    same[0]["note"] = json!("all of it");
    let kept = ada.send("PUT", &supports, &json!({ "value": same })).await;
    assert_eq!((kept.status, &kept.json()["value"]), (StatusCode::OK, &same));
    let gone = ada.send("PUT", &supports, &json!({ "value": null })).await;
    assert_eq!(gone.status, StatusCode::OK);
    let again = ada.send("PUT", &supports, &json!({ "value": same })).await;
    assert_eq!(
        again.problem(),
        (422, "refused".to_owned()),
        "a new link to what is deleted"
    );
    server.stop().await;
}

#[tokio::test]
async fn an_item_that_is_made_without_a_rank_is_the_last_of_its_list() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let items = items_in(plan, "actions");
    let mut ranks = Vec::new();
    for title in ["First", "Second", "Third"] {
        let made = make(&ada, &items, &json!({ "title": title })).await;
        ranks.push(made["fields"]["rank"].as_str().unwrap_or_default().to_owned());
    }
    assert!(
        ranks.is_sorted() && !ranks[0].is_empty() && ranks[0] < ranks[1],
        "{ranks:?}"
    );
    // One that says where it stands stands there; behind the highest comes the next, whatever was made last.
    let high = make(&ada, &items, &json!({ "title": "High", "rank": "f0" })).await;
    assert_eq!(high["fields"]["rank"], "f0");
    let low = make(&ada, &items, &json!({ "title": "Low", "rank": "10" })).await;
    assert_eq!(low["fields"]["rank"], "10");
    let last = make(&ada, &items, &json!({ "title": "Last", "rank": null })).await;
    assert!(last["fields"]["rank"].as_str() > Some("f0"), "{last}");
    // What is deleted is in no list.
    for gone in [&high, &last] {
        let path = format!("{items}/{}", gone["id"].as_str().unwrap_or_default());
        assert_eq!(
            ada.send("DELETE", &path, &json!(null)).await.status,
            StatusCode::NO_CONTENT
        );
    }
    let next = make(&ada, &items, &json!({ "title": "Next" })).await;
    let next = next["fields"]["rank"].as_str().unwrap_or_default();
    assert!(ranks[2].as_str() < next && next < "f0", "{next}");
    server.stop().await;
}

#[tokio::test]
async fn what_somebody_changed_meanwhile_is_not_written_over() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let items = items_in(plan, "actions");
    let made = ada
        .send("POST", &items, &json!({ "fields": { "title": "Call" } }))
        .await;
    let (path, read) = (made.header("location").to_owned(), made.header("etag").to_owned());
    let field = format!("{path}/fields/title");
    let other = ada.send("PUT", &field, &json!({ "value": "Write" })).await;
    assert_eq!(
        (other.status, &other.json()["value"]),
        (StatusCode::OK, &json!("Write"))
    );
    let late = json!({ "fields": { "title": "Call again" } });
    let refused = ada.send_with("PATCH", &path, ("if-match", &read), &late).await;
    assert_eq!(refused.problem(), (412, "changed".to_owned()));
    for (method, path) in [("DELETE", &path), ("DELETE", &field)] {
        let refused = ada.send_with(method, path, ("if-match", &read), &json!({})).await;
        assert_eq!(refused.problem(), (412, "changed".to_owned()), "{method} {path}");
    }
    assert_eq!(ada.get(&field).await.json()["value"], "Write");
    let now = other.header("etag").to_owned();
    let taken = ada.send_with("PATCH", &path, ("if-match", &now), &late).await;
    assert_eq!(taken.json()["fields"]["title"], "Call again", "{taken:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_refused_edit_of_the_api_does_not_stop_the_next_one() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let items = items_in(plan, "actions");
    let made = ada
        .send("POST", &items, &json!({ "fields": { "title": "Call" } }))
        .await;
    let path = made.header("location").to_owned();
    for (field, value, status) in [
        ("nonsense", json!("x"), 422),
        ("due", json!("soon"), 422),
        ("due", json!({ "day": 1 }), 422),
        ("notes", json!([{ "id": item(3).to_string(), "text": "x" }]), 422),
        ("notes", json!([{ "text": "x".repeat(2_001) }]), 422),
    ] {
        let refused = ada.send("PATCH", &path, &json!({ "fields": { field: value } })).await;
        assert_eq!(refused.problem().0, status, "{field}: {refused:?}");
    }
    let taken = ada
        .send("PATCH", &path, &json!({ "fields": { "title": "Write" } }))
        .await;
    assert_eq!(taken.status, StatusCode::OK, "{taken:?}");
    server.stop().await;
}

#[tokio::test]
async fn items_are_read_page_by_page() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let items = items_in(plan, "actions");
    for n in 0..7 {
        let made = ada
            .send("POST", &items, &json!({ "fields": { "title": n.to_string() } }))
            .await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        place.pass(1);
    }
    let (mut titles, mut after) = (Vec::new(), String::new());
    for _ in 0..3 {
        let page = ada.get(&format!("{items}?limit=3{after}")).await.json();
        let some = page["items"].as_array().expect("a page has items").iter();
        titles.extend(some.map(|item| item["fields"]["title"].as_str().unwrap_or_default().to_owned()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(titles, ["0", "1", "2", "3", "4", "5", "6"]);
    let counted = ada.get(&format!("/api/v1/plans/{plan}/sections")).await.json();
    let section = counted
        .as_array()
        .and_then(|all| all.iter().find(|one| one["id"] == SectionId::Actions.as_str()));
    assert_eq!(section.map(|section| &section["items"]), Some(&json!(7)));
    server.stop().await;
}

#[tokio::test]
async fn any_number_can_be_asked_for() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    for asked in [
        "history?to=",
        "history?from=",
        "history?before=",
        "as-of?at=",
        "as-of?seq=",
        "timeline?buckets=",
    ] {
        for number in [i64::MIN, -1, 0, i64::MAX] {
            let answer = ada.get(&format!("/api/v1/plans/{plan}/{asked}{number}")).await;
            assert!(answer.status.as_u16() < 500, "{asked}{number}: {answer:?}");
        }
    }
    server.stop().await;
}
