//! The websocket: who gets in, what they are told, and how it ends.

use bytes::Bytes;
use domain::{PlanId, Seq};
use futures_util::{SinkExt, StreamExt};
use protocol::{Bye, ClientFrame, Hello, PROTOCOL, ServerFrame, decode_server};
use serde_json::json;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::harness::{PATIENCE, Place, action};
use crate::socket::{Socket, connect, enter, hear, hear_bye, hear_entries, hear_welcome, hello, say};

#[tokio::test]
async fn a_person_who_comes_late_gets_everything_and_then_what_is_new() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    server
        .edit(plan, "ada@example.com", action(1, "One", "2026-11-20"))
        .await;
    let mut socket = connect(&server, plan, &[("cookie", &ada.cookie)])
        .await
        .expect("she is let in");
    hello(&mut socket, plan, Seq::ZERO).await;
    let welcome = hear_welcome(&mut socket).await;
    assert_eq!((welcome.you, welcome.head), (server.person("ada@example.com"), Seq(2)));
    assert_eq!(hear_entries(&mut socket, 2).await, [1, 2]);
    server
        .edit(plan, "ada@example.com", action(2, "Two", "2026-11-20"))
        .await;
    assert_eq!(hear_entries(&mut socket, 3).await, [3]);

    // A program with a token, which has some already.
    let token = format!("Bearer {}", server.token("ada@example.com").await);
    let mut second = connect(&server, plan, &[("authorization", &token)])
        .await
        .expect("it is let in");
    hello(&mut second, plan, Seq(1)).await;
    hear_welcome(&mut second).await;
    assert_eq!(hear_entries(&mut second, 3).await, [2, 3]);
}

#[tokio::test]
async fn strangers_and_pages_of_other_sites_are_not_let_in() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let status = |result: Result<Socket, Error>| match result {
        Err(Error::Http(response)) => response.status().as_u16(),
        other => panic!("refused over HTTP, not {:?}", other.map(|_| "let in")),
    };
    assert_eq!(status(connect(&server, plan, &[]).await), 401);
    let evil = [("cookie", ada.cookie.as_str()), ("origin", "http://evil.example")];
    assert_eq!(status(connect(&server, plan, &evil).await), 403);

    // A page of our own that is signed out cannot read a status: it is told inside.
    let origin = format!("http://{}", server.address);
    let mut page = connect(&server, plan, &[("origin", &origin)])
        .await
        .expect("upgraded to be told");
    assert_eq!(hear_bye(&mut page).await, Bye::SignedOut);
}

#[tokio::test]
async fn a_plan_that_is_not_there_or_archived_is_not_opened() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let cookie = [("cookie", ada.cookie.as_str())];
    let none: PlanId = "01a203aa-1da3-74db-b222-c83a5d4fe3c9".parse().expect("an id");
    let mut socket = connect(&server, none, &cookie).await.expect("upgraded to be told");
    hello(&mut socket, none, Seq::ZERO).await;
    assert_eq!(hear_bye(&mut socket).await, Bye::NoSuchPlan);

    let mut open = enter(&ada, plan).await;
    let path = format!("/api/v1/plans/{plan}");
    ada.send("PATCH", &path, &json!({ "archived": true })).await;
    assert_eq!(
        hear_bye(&mut open).await,
        Bye::NoSuchPlan,
        "those who are in it are told"
    );
    let mut late = connect(&server, plan, &cookie).await.expect("upgraded to be told");
    hello(&mut late, plan, Seq::ZERO).await;
    assert_eq!(hear_bye(&mut late).await, Bye::NoSuchPlan);
    ada.send("PATCH", &path, &json!({ "archived": false })).await;
    drop(enter(&ada, plan).await);
}

#[tokio::test]
async fn signing_out_closes_the_open_pages() {
    let place = Place::new();
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    let bob = server.sign_in("bob@example.com").await;
    let plan = ada.make_plan("Sonnenberg").await;
    let mut hers = enter(&ada, plan).await;
    let mut his = enter(&bob, plan).await;
    ada.send("POST", "/api/v1/sign-out", &json!({})).await;
    assert_eq!(hear_bye(&mut hers).await, Bye::SignedOut);
    server
        .edit(plan, "bob@example.com", action(1, "Still here", "2026-11-20"))
        .await;
    assert_eq!(hear_entries(&mut his, 2).await, [1, 2], "his page goes on");
}

#[tokio::test]
async fn what_is_no_frame_ends_the_connection_with_a_reason() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let cookie = [("cookie", ada.cookie.as_str())];
    for first in [
        Message::Binary(Bytes::from_static(&[0xff; 40])),
        Message::Text("hello".into()),
    ] {
        let mut socket = connect(&server, plan, &cookie).await.expect("she is let in");
        socket.send(first).await.expect("the socket takes it");
        assert!(matches!(hear_bye(&mut socket).await, Bye::BadFrame(_)));
    }
    let mut socket = connect(&server, plan, &cookie).await.expect("she is let in");
    say(
        &mut socket,
        &ClientFrame::Hello(Hello {
            protocol: PROTOCOL + 1,
            plan,
            epoch: 0,
            have: Seq::ZERO,
        }),
    )
    .await;
    assert_eq!(hear_bye(&mut socket).await, Bye::OtherProtocol { server: PROTOCOL });
}

#[tokio::test]
async fn a_client_of_an_older_or_a_later_version_is_told_so_whatever_else_its_hello_says() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    for version in [PROTOCOL - 1, PROTOCOL + 6] {
        let mut socket = connect(&server, plan, &[("cookie", &ada.cookie)])
            .await
            .expect("she is let in");
        // Frame 0, its version, and then what nobody knows here.
        let version = u8::try_from(version).expect("a small number");
        let other = [&[0, version][..], &[0xab; 90]].concat();
        socket
            .send(Message::Binary(other.into()))
            .await
            .expect("the socket takes it");
        assert_eq!(hear_bye(&mut socket).await, Bye::OtherProtocol { server: PROTOCOL });
    }
    server.stop().await;
}

#[tokio::test]
async fn a_frame_that_is_too_long_ends_the_connection_with_its_limit() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let socket = enter(&ada, plan).await;
    let (mut sink, mut source) = socket.split();
    let long = Message::Binary(vec![0; 4 * protocol::FRAME_BYTES_MAX].into());
    // It is not read to its end: the writing ends with the connection.
    let writing = tokio::spawn(async move { sink.send(long).await });
    let bye = loop {
        let message = timeout(PATIENCE, source.next())
            .await
            .expect("the server says something");
        if let Message::Binary(bytes) = message.expect("not closed yet").expect("not closed yet")
            && let ServerFrame::Bye(bye) = decode_server(&bytes).expect("a frame of the protocol")
        {
            break bye;
        }
    };
    assert!(
        matches!(&bye, Bye::BadFrame(why) if why.contains("1048576 bytes")),
        "{bye:?}"
    );
    drop(source);
    writing.abort();
    server.stop().await;
}

#[tokio::test]
async fn a_person_with_too_many_pages_is_told_so_and_others_are_let_in() {
    let place = Place::new();
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    let bob = server.sign_in("bob@example.com").await;
    let plan = ada.make_plan("Sonnenberg").await;
    let mut open = Vec::new();
    let origin = format!("http://{}", server.address);
    let headers = [("cookie", ada.cookie.as_str()), ("origin", origin.as_str())];
    let mut refused = loop {
        let mut socket = connect(&server, plan, &headers).await.expect("upgraded, to be told");
        hello(&mut socket, plan, Seq::ZERO).await;
        match hear(&mut socket).await {
            Some(ServerFrame::Welcome(_)) => open.push(socket),
            other => break other,
        }
        assert!(open.len() <= 100, "there is a limit");
    };
    assert_eq!(refused.take(), Some(ServerFrame::Bye(Bye::TooManyOpen)));
    assert_eq!(open.len(), 100);
    drop(enter(&bob, plan).await);
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_stops_says_so_to_everyone() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let mut socket = enter(&ada, plan).await;
    let (bye, ()) = tokio::join!(hear_bye(&mut socket), server.stop());
    assert_eq!(bye, Bye::Restarting);
}

#[tokio::test]
async fn a_session_that_ran_out_ends_at_the_next_frame() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let mut socket = enter(&ada, plan).await;
    place.pass(workspace::SESSION_LIFETIME_MS);
    // It answers no ping, and goes on.
    say(&mut socket, &ClientFrame::Submit(vec![])).await;
    assert_eq!(hear_bye(&mut socket).await, Bye::SignedOut);
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_says_bye_is_let_go() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let mut socket = enter(&ada, plan).await;
    say(&mut socket, &ClientFrame::Bye).await;
    while hear(&mut socket).await.is_some() {}
    server.stop().await;
}
