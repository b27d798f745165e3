//! Tokens: made, listed, revoked, over.

use hyper::StatusCode;
use protocol::Bye;
use serde_json::{Value, json};

use crate::harness::{Browser, Place, ask_at};
use crate::members::done;
use crate::socket::{connect_to, hear_bye, hear_welcome, hello};

/// Makes a token as somebody who is signed in: its secret, and what it is called by.
async fn makes_token(who: &Browser<'_>, new: &Value) -> (String, String) {
    let made = who.send("POST", "/api/v1/tokens", new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let made = made.json();
    let said = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (said(&made["secret"]), said(&made["token"]["id"]))
}

#[tokio::test]
async fn a_token_is_made_shown_once_and_worthless_when_it_is_revoked() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let new = json!({ "name": "nightly", "scopes": ["read", "manage"], "plans": null, "expires": null });
    let made = ada.send("POST", "/api/v1/tokens", &new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let made = made.json();
    let secret = made["secret"].as_str().unwrap_or_default().to_owned();
    let listed = ada.get("/api/v1/tokens").await;
    assert!(
        !String::from_utf8_lossy(&listed.body).contains(&secret),
        "not shown again"
    );
    assert_eq!(listed.json(), json!([made["token"]]));
    let more = ask_at(&server.address, "POST", "/api/v1/tokens", &secret, &new).await;
    assert_eq!(
        more.problem(),
        (403, "not-allowed".to_owned()),
        "a token makes no tokens"
    );
    let bearer = format!("Bearer {secret}");
    let mut socket = connect_to(&server.address, plan, &[("authorization", &bearer)])
        .await
        .expect("it is let in");
    hello(&mut socket, plan, domain::Seq::ZERO).await;
    hear_welcome(&mut socket).await;
    let path = format!("/api/v1/tokens/{}", made["token"]["id"].as_str().unwrap_or_default());
    done(&ada.send("DELETE", &path, &json!(null)).await);
    assert_eq!(hear_bye(&mut socket).await, Bye::SignedOut);
    let after = ask_at(&server.address, "GET", "/api/v1/plans", &secret, &json!(null)).await;
    assert_eq!(after.problem(), (401, "signed-out".to_owned()));
    server.stop().await;
}

#[tokio::test]
async fn administrators_list_everybodys_tokens_and_end_them() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let bob = server.sign_in("bob@example.com").await;
    let whose = server.person("bob@example.com");
    let new = json!({ "name": "nightly", "scopes": ["read"], "plans": [plan.to_string()], "expires": null });
    let (secret, id) = makes_token(&bob, &new).await;
    let of_all = json!({ "name": "ada's", "scopes": ["read", "write"], "plans": null, "expires": null });
    makes_token(&ada, &of_all).await;
    let list = format!("/api/v1/administration/tokens?person={whose}");
    let expected = |last_used: Value| {
        json!([{
            "id": id, "person": whose.to_string(), "name": "nightly", "scopes": ["read"],
            "plans": [plan.to_string()], "made_at": server.app.clock.now().0, "expires": null, "last_used": last_used
        }])
    };
    assert_eq!(ada.get(&list).await.json(), expected(json!(null)));
    let bearer = format!("Bearer {secret}");
    let mut socket = connect_to(&server.address, plan, &[("authorization", &bearer)])
        .await
        .expect("it is let in");
    hello(&mut socket, plan, domain::Seq::ZERO).await;
    hear_welcome(&mut socket).await;
    let now = json!(server.app.clock.now().0);
    assert_eq!(ada.get(&list).await.json(), expected(now), "it was used");
    let page = ada.get("/api/v1/administration/tokens?limit=1").await;
    assert_eq!(page.json().as_array().map(Vec::len), Some(1));
    let next = page
        .header("link")
        .trim_start_matches('<')
        .split('>')
        .next()
        .unwrap_or_default()
        .to_owned();
    let rest = ada.get(&next).await;
    assert_eq!(
        (rest.json().as_array().map(Vec::len), rest.header("link")),
        (Some(1), "")
    );

    // Who runs nothing sees and ends nobody else's.
    assert_eq!(bob.get(&list).await.problem(), (403, "not-allowed".to_owned()));
    let cyd = server.sign_in("cyd@example.com").await;
    let path = format!("/api/v1/tokens/{id}");
    assert_eq!(cyd.send("DELETE", &path, &json!(null)).await.problem().0, 404);
    assert_eq!(
        ada.send("DELETE", "/api/v1/tokens/nightly", &json!(null))
            .await
            .problem()
            .0,
        404
    );
    done(&ada.send("DELETE", &path, &json!(null)).await);
    assert_eq!(hear_bye(&mut socket).await, Bye::SignedOut);
    assert_eq!(ada.get(&list).await.json(), json!([]));

    // The audit calls it by the same name: the workspace's, and that of the plan it was for.
    for audit in ["/api/v1/audit".to_owned(), format!("/api/v1/plans/{plan}/audit")] {
        for (kind, by) in [("token_made", "Bob"), ("token_revoked", "Ada")] {
            let told = ada.get(&format!("{audit}?kind={kind}&person={whose}")).await;
            let line: Value = serde_json::from_slice(&told.body).expect("one line");
            let found = (&line["token"], &line["by_name"], &line["person_name"]);
            assert_eq!(found, (&json!(id), &json!(by), &json!("Bob")), "{audit} {kind}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn the_websocket_of_a_token_closes_when_the_token_runs_out() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let soon = server.app.clock.now().0 + 1_500;
    let new = json!({ "name": "short", "scopes": ["read"], "plans": null, "expires": soon });
    let made = ada.send("POST", "/api/v1/tokens", &new).await.json();
    let bearer = format!("Bearer {}", made["secret"].as_str().unwrap_or_default());
    let mut socket = connect_to(&server.address, plan, &[("authorization", &bearer)])
        .await
        .expect("it is let in");
    hello(&mut socket, plan, domain::Seq::ZERO).await;
    hear_welcome(&mut socket).await;
    // It only listens.
    place.pass(2_000);
    assert_eq!(hear_bye(&mut socket).await, Bye::SignedOut);
    server.stop().await;
}
