//! Links, sessions, tokens.

use http_body_util::Full;
use hyper::StatusCode;
use hyper::header::AUTHORIZATION;
use interlock_server::config::Config;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::harness::{PATIENCE, Place};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn a_link_signs_in_once() {
    let place = Place::new();
    let server = place.start().await;
    let link = server.link("Ada@Example.com").await;
    let first = server.use_link(&link).await;
    assert_eq!(first.status, StatusCode::NO_CONTENT);
    let cookie = first.header("set-cookie");
    for word in ["interlock_session=", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    assert!(
        !cookie.contains("Secure"),
        "plain http: a secure cookie would never come back: {cookie}"
    );
    assert_eq!(server.use_link(&link).await.problem(), (410, "link-gone".to_owned()));
    assert_eq!(
        server.use_link("never-was").await.problem(),
        (410, "link-gone".to_owned())
    );
}

#[tokio::test]
async fn a_link_lapses_and_a_session_too() {
    let place = Place::new();
    let server = place.start().await;
    let late = server.link("ada@example.com").await;
    place.pass(DAY_MS);
    assert_eq!(server.use_link(&late).await.problem(), (410, "link-gone".to_owned()));

    let ada = server.sign_in("ada@example.com").await;
    place.pass(29 * DAY_MS);
    assert_eq!(ada.get("/api/v1/me").await.status, StatusCode::OK);
    place.pass(DAY_MS);
    assert_eq!(ada.get("/api/v1/me").await.problem(), (401, "signed-out".to_owned()));
}

#[tokio::test]
async fn a_request_that_is_complete_after_the_sign_out_is_of_nobody() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let bob = server.sign_in("bob@example.com").await;
    let body = json!({ "fields": { "title": "Late" } }).to_string();
    let items = format!("/api/v1/plans/{plan}/sections/actions/items");
    let mut stream = TcpStream::connect(&server.address).await.expect("the server listens");
    let head = format!(
        "POST {items} HTTP/1.1\r\nhost: {}\r\ncookie: {}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n",
        server.address,
        ada.cookie,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("it takes the head");
    // It asks for the body once it knows who asks.
    let mut go_on = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    timeout(PATIENCE, stream.read_exact(&mut go_on))
        .await
        .expect("it answers")
        .expect("it answers");
    assert!(
        go_on.starts_with(b"HTTP/1.1 100"),
        "{}",
        String::from_utf8_lossy(&go_on)
    );
    let out = ada.send("POST", "/api/v1/sign-out", &json!(null)).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    stream.write_all(body.as_bytes()).await.expect("it takes the body");
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .expect("it answers")
        .expect("it answers");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert_eq!(bob.get(&items).await.json()["items"], json!([]));
    server.stop().await;
}

#[tokio::test]
async fn nobody_is_told_anything_before_they_sign_in() {
    let place = Place::new();
    let server = place.start().await;
    let (_, plan) = server.ada_with_a_plan().await;
    for path in [
        "/api/v1/me".to_owned(),
        "/api/v1/people".to_owned(),
        "/api/v1/plans".to_owned(),
        format!("/api/v1/plans/{plan}/history"),
        format!("/api/v1/plans/{plan}/reports/actions"),
    ] {
        assert_eq!(
            server.get(&path).await.problem(),
            (401, "signed-out".to_owned()),
            "{path}"
        );
    }
    assert_eq!(
        server.get("/control/plans").await.problem(),
        (403, "not-owner".to_owned())
    );
}

#[tokio::test]
async fn signing_out_ends_the_session_everywhere() {
    let place = Place::new();
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    let out = ada.send("POST", "/api/v1/sign-out", &json!({})).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(ada.get("/api/v1/me").await.problem(), (401, "signed-out".to_owned()));
}

#[tokio::test]
async fn the_first_person_is_the_administrator_and_may_change_their_name() {
    let place = Place::new();
    let server = place.start().await;
    let ada = server.sign_in("ada.lovelace@example.com").await;
    let me = ada.get("/api/v1/me").await.json();
    assert_eq!(
        (&me["name"], &me["administrator"]),
        (&json!("Ada Lovelace"), &json!(true))
    );
    let renamed = ada
        .send("PATCH", "/api/v1/me", &json!({ "name": "Countess" }))
        .await
        .json();
    assert_eq!(renamed["name"], "Countess");
    let refused = ada.send("PATCH", "/api/v1/me", &json!({ "name": "a\nb" })).await;
    assert_eq!(refused.problem(), (422, "refused".to_owned()));
    let bob = server.sign_in("bob@example.com").await;
    assert_eq!(bob.get("/api/v1/me").await.json()["administrator"], false);
    let people = ada.get("/api/v1/people").await.json();
    let names: Vec<&str> = people
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert_eq!(names, ["Bob", "Countess"], "by name");
}

#[tokio::test]
async fn a_token_acts_for_its_person() {
    let place = Place::new();
    let server = place.start().await;
    server.sign_in("ada@example.com").await;
    let token = server.token("ada@example.com").await;
    let ask = |token: String| {
        let request = server
            .request("GET", "/api/v1/me")
            .header(AUTHORIZATION, format!("Bearer {token}"));
        server.send(request.body(Full::default()).expect("a good request"))
    };
    assert_eq!(ask(token.clone()).await.json()["email"], "ada@example.com");
    assert_eq!(ask(format!("{token}x")).await.problem(), (401, "signed-out".to_owned()));
}

#[tokio::test]
async fn a_public_https_address_makes_cookies_secure_and_links_public() {
    let place = Place::new();
    let mut config = Config::new(place.data());
    config.public_url = Some("https://plans.example.com".to_owned());
    let server = place.start_with(config).await;
    assert_eq!(server.app.address(), "https://plans.example.com");
    let answer = server.use_link(&server.link("ada@example.com").await).await;
    assert!(answer.header("set-cookie").contains("; Secure"));
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing() {
    let place = Place::new();
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    let rename = |origin: String| {
        let request = server
            .request("PATCH", "/api/v1/me")
            .header("cookie", &ada.cookie)
            .header("origin", origin);
        let request = request.header("content-type", "application/json");
        server.send(request.body(Full::from(r#"{"name":"Eve"}"#)).expect("a good request"))
    };
    for origin in ["http://evil.example", "null", "https://127.0.0.1"] {
        assert_eq!(
            rename(origin.to_owned()).await.problem(),
            (403, "foreign-origin".to_owned()),
            "{origin}"
        );
    }
    assert_eq!(
        rename(format!("http://{}", server.address)).await.status,
        StatusCode::OK
    );
}

/// Whoever tries a thousand links fills no journal, and does not go unseen.
#[tokio::test]
async fn sign_ins_that_fail_are_one_line_of_the_audit() {
    let place = Place::new();
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    for n in 0..30 {
        let refused = server.use_link(&format!("guess {n}")).await;
        assert_eq!(refused.problem(), (410, "link-gone".to_owned()));
    }
    let cookie = ada.cookie.clone();
    server.stop().await;
    let server = place.start().await;
    let ada = server.browser(cookie);
    let told = ada.get("/api/v1/audit?kind=sign_ins_failed").await;
    let lines: Vec<Value> = std::str::from_utf8(&told.body)
        .expect("text")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(
        lines[0]["words"],
        "30 times somebody tried a sign-in link that is not good"
    );
    let issued = ada.get("/api/v1/audit?kind=link_issued").await;
    let issued = String::from_utf8_lossy(&issued.body).into_owned();
    assert!(
        issued.contains("issued a sign-in link for Ada on the command line"),
        "{issued}"
    );
    server.stop().await;
}
