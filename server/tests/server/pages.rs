//! The web application's files, and the headers of every answer.

use http_body_util::Full;
use hyper::StatusCode;

use crate::harness::{Answer, Place, Server};

async fn get_with(server: &Server, path: &str, name: &str, value: &str) -> Answer {
    let request = server.request("GET", path).header(name, value);
    server
        .send(request.body(Full::default()).expect("a good request"))
        .await
}

#[tokio::test]
async fn every_answer_is_fenced_in() {
    let place = Place::new();
    let server = place.start().await;
    for path in ["/", "/healthz", "/api/v1/me", "/no/such.file"] {
        let answer = server.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"),
            "{path}: {policy}"
        );
        assert!(
            !policy.contains("unsafe-inline") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
    }
}

#[tokio::test]
async fn data_is_not_kept_by_caches() {
    let place = Place::new();
    let server = place.start().await;
    assert_eq!(server.get("/api/v1/me").await.header("cache-control"), "no-store");
}

/// A clone that was never built has no application inside; then the server says what to do, and the rest of these
/// tests has nothing to look at.
async fn is_built(server: &Server) -> bool {
    let answer = server.get("/").await;
    if answer.status == StatusCode::SERVICE_UNAVAILABLE {
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(text.contains("cargo xtask build"), "{text}");
        return false;
    }
    assert_eq!(answer.status, StatusCode::OK);
    true
}

#[tokio::test]
async fn a_page_is_asked_for_again_only_when_it_changed() {
    let place = Place::new();
    let server = place.start().await;
    if !is_built(&server).await {
        return;
    }
    let page = server.get("/plans/whatever").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "no-cache");
    let tag = page.header("etag").to_owned();
    let same = get_with(&server, "/", "if-none-match", &tag).await;
    assert_eq!((same.status, same.body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(
        get_with(&server, "/", "if-none-match", "\"other\"").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_page_can_ask_whether_it_is_of_the_servers_build() {
    let place = Place::new();
    let server = place.start().await;
    let build = server.get("/api/v1/build").await.json();
    assert_eq!(build["protocol"], protocol::PROTOCOL);
    if !is_built(&server).await {
        assert_eq!(build["page"], serde_json::Value::Null);
        return;
    }
    let script = build["page"].as_str().unwrap_or_default().to_owned();
    assert!(script.starts_with("/assets/boot-"), "{script}");
    assert_eq!(server.get(&script).await.status, StatusCode::OK);
    server.stop().await;
}

#[tokio::test]
async fn files_named_by_their_content_are_kept_for_ever_and_sent_compressed() {
    let place = Place::new();
    let server = place.start().await;
    if !is_built(&server).await {
        return;
    }
    let page = server.get("/").await;
    let html = String::from_utf8_lossy(&page.body).into_owned();
    let start = html.find("/assets/").expect("the page loads its files");
    let path: String = html[start..].chars().take_while(|letter| *letter != '"').collect();
    let plain = server.get(&path).await;
    assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(plain.header("content-encoding"), "");
    let brotli = get_with(&server, &path, "accept-encoding", "gzip, br").await;
    assert_eq!(
        (brotli.header("content-encoding"), brotli.header("vary")),
        ("br", "accept-encoding")
    );
    assert_eq!(brotli.header("content-type"), plain.header("content-type"));
    assert!(brotli.body.len() < plain.body.len());
    assert_ne!(brotli.header("etag"), plain.header("etag"));
    // The compressed files have no address of their own.
    assert_eq!(
        server.get(&format!("{path}.br")).await.problem(),
        (404, "not-found".to_owned())
    );
}

#[tokio::test]
async fn what_is_not_there_is_said_in_the_right_form() {
    let place = Place::new();
    let server = place.start().await;
    for path in ["/assets/none.js", "/assets/none", "/assets/", "/api/v1/none"] {
        assert_eq!(
            server.get(path).await.problem(),
            (404, "not-found".to_owned()),
            "{path}"
        );
    }
    let post = server
        .request("POST", "/plans")
        .body(Full::default())
        .expect("a good request");
    assert_eq!(server.send(post).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn every_refusal_below_api_is_a_problem() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let wrong_method = [
        ("GET", "/api/v1/sign-in".to_owned()),
        ("DELETE", "/api/v1/me".to_owned()),
        ("PUT", format!("/api/v1/plans/{plan}")),
        ("GET", "/control/link".to_owned()),
        ("POST", "/healthz".to_owned()),
    ];
    for (method, path) in wrong_method {
        let answer = ada.send(method, &path, &serde_json::json!({})).await;
        assert_eq!(answer.problem(), (405, "method-not-allowed".to_owned()), "{path}");
        assert!(!answer.header("allow").is_empty(), "{path}");
    }
    let no_socket = ada.get(&format!("/api/v1/plans/{plan}/sync")).await;
    assert_eq!(no_socket.problem(), (400, "bad-request".to_owned()));
    for path in ["/api", "/api/", "/api/v1", "/control"] {
        assert_eq!(
            server.get(path).await.problem(),
            (404, "not-found".to_owned()),
            "{path}"
        );
    }
}
