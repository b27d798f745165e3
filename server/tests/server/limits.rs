//! What is too much is refused at the edge.

use std::time::Duration;

use domain::{ActorId, Seq, TimestampMs};
use futures_util::FutureExt;
use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use http_body_util::Full;
use hyper::StatusCode;
use interlock_server::config::Config;
use plan::Replica;
use protocol::{ClientFrame, ServerFrame, Submitted};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::harness::{PATIENCE, Place, action, item};
use crate::secrets::plan_with_secrets;
use crate::socket::{hear, say, welcomed};

#[tokio::test]
async fn a_body_that_is_too_long_or_no_json_is_refused() {
    let place = Place::new();
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    let long = ada
        .send("POST", "/api/v1/plans", &json!({ "name": "x".repeat(70_000) }))
        .await;
    assert_eq!(long.problem(), (413, "too-large".to_owned()));
    let unknown = ada
        .send("POST", "/api/v1/plans", &json!({ "name": "x", "colour": "red" }))
        .await;
    assert_eq!(unknown.problem(), (400, "bad-request".to_owned()));
    let request = server.request("POST", "/api/v1/plans").header("cookie", &ada.cookie);
    let no_json = server
        .send(request.body(Full::from("name=x")).expect("a good request"))
        .await;
    assert_eq!(
        no_json.problem(),
        (400, "bad-request".to_owned()),
        "a form of another site has no JSON type"
    );
}

#[tokio::test]
async fn a_head_that_is_too_long_ends_the_connection() {
    let place = Place::new();
    let server = place.start().await;
    let mut stream = TcpStream::connect(&server.address).await.expect("the server listens");
    let head = format!("GET / HTTP/1.1\r\nhost: x\r\ncookie: {}\r\n\r\n", "x".repeat(100_000));
    // It may be closed before all of it is written.
    let _ = stream.write_all(head.as_bytes()).await;
    let mut answer = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .expect("the connection ends");
    if read.is_ok() && !answer.is_empty() {
        assert!(
            answer.starts_with(b"HTTP/1.1 431"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
}

#[tokio::test]
async fn a_connection_beyond_the_limit_waits_for_its_turn() {
    let place = Place::new();
    let mut config = Config::new(place.data());
    config.connections_max = 1;
    let server = place.start_with(config).await;
    let mut first = TcpStream::connect(&server.address).await.expect("the server listens");
    first
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .expect("it takes a request");
    let mut byte = [0];
    timeout(PATIENCE, first.read_exact(&mut byte))
        .await
        .expect("it answers")
        .expect("it answers");

    let second = server.get("/healthz");
    tokio::pin!(second);
    let early = timeout(std::time::Duration::from_millis(100), &mut second).await;
    assert!(early.is_err(), "the only place is taken");
    drop(first);
    let answer = timeout(PATIENCE, second).await.expect("its turn comes");
    assert_eq!(answer.status, StatusCode::OK);
}

/// Without an account: as many as there are places say nothing, half of a head, or nothing more after an answer.
#[tokio::test]
async fn who_asks_for_nothing_makes_way_when_no_place_is_left_and_who_is_being_answered_stays() {
    /// Far less than an idle connection may stand otherwise.
    const SOON: Duration = Duration::from_secs(10);
    const GET: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\n";
    const POST: &str = "POST /api/v1/sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
        content-length: 2\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n";
    let place = Place::new();
    let mut config = Config::new(place.data());
    config.connections_max = 4;
    let server = place.start_with(config).await;
    let open = async |said: &str| {
        let mut stream = TcpStream::connect(&server.address).await.expect("the server listens");
        stream.write_all(said.as_bytes()).await.expect("it takes what is said");
        stream
    };
    let silent = open("").await;
    let half = open(GET).await;
    let mut idle = open(&format!("{GET}\r\n")).await;
    let mut slow = open(POST).await;
    for answered in [&mut idle, &mut slow] {
        let mut byte = [0];
        let read = timeout(PATIENCE, answered.read_exact(&mut byte)).await;
        read.expect("it answers").expect("it answers");
    }
    let answer = timeout(SOON, server.get("/healthz"))
        .await
        .expect("there is place soon");
    assert_eq!(answer.status, StatusCode::OK);
    for mut gone in [silent, half, idle] {
        let mut rest = Vec::new();
        let read = timeout(SOON, gone.read_to_end(&mut rest)).await;
        // An end, or a reset.
        let _ = read.expect("it made way");
    }
    slow.write_all(b"{}").await.expect("it is still there");
    let mut answer = Vec::new();
    let read = timeout(PATIENCE, slow.read_to_end(&mut answer)).await;
    read.expect("it answers").expect("it answers");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.contains("HTTP/1.1 400"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_says_it_is_huge_is_refused_before_it_comes() {
    let place = Place::new();
    let server = place.start().await;
    let mut stream = TcpStream::connect(&server.address).await.expect("the server listens");
    let head = "POST /api/v1/sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
        content-length: 10000000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("it takes the head");
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .expect("the connection ends without the body")
        .expect("it answers");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("too-large"), "{answer}");
}

#[tokio::test]
async fn who_makes_plans_without_end_is_told_to_wait_and_others_make_theirs() {
    let place = Place::new();
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    let mut made = 0;
    let refused = loop {
        let answer = ada.send("POST", "/api/v1/plans", &json!({ "name": "Another" })).await;
        if answer.status != StatusCode::CREATED {
            break answer;
        }
        made += 1;
        assert!(made < 1_000, "there is a limit");
    };
    assert!(made >= 200, "{made}: an honest burst");
    assert_eq!(refused.problem(), (429, "too-fast".to_owned()));
    let why = refused.json()["detail"].as_str().unwrap_or_default().to_owned();
    assert!(
        why.contains("too many new plans in a short time: try again in"),
        "{why}"
    );
    assert!(
        refused
            .header("retry-after")
            .parse::<u64>()
            .is_ok_and(|wait| wait <= 30)
    );
    server.sign_in("bob@example.com").await.make_plan("Bob's own").await;
    server.stop().await;
}

/// Reads that are work: each takes a turn of the person's, and while theirs are all taken another's go on.
#[tokio::test]
async fn long_reads_of_one_person_wait_for_each_other_and_anothers_for_none_of_them() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = plan_with_secrets(&server).await;
    let bob = server.sign_in("bob@example.com").await;
    let at = format!("/api/v1/plans/{plan}");
    let role = json!({ "role": "seller" });
    let member = format!("{at}/members/{}", server.person("bob@example.com"));
    assert!(ada.send("PUT", &member, &role).await.status.is_success());
    let all = {
        let turn = || server.app.fairness.read_turn(server.person("ada@example.com"));
        let mut going_on = Vec::new();
        while let Some(turn) = turn().now_or_never() {
            going_on.push(turn.expect("a turn"));
            assert!(going_on.len() < 4, "less than the server does at once");
        }
        let mut waiting: FuturesUnordered<_> = FuturesUnordered::new();
        while turn().now_or_never().is_none() {
            waiting.push(turn());
            assert!(waiting.next().now_or_never().is_none(), "they wait");
            assert!(waiting.len() < 1_000, "so many may wait, and no more");
        }
        (going_on, waiting)
    };
    let title = json!({ "section": "people", "item": item(7).to_string(), "part": "fields", "key": "title" });
    let restore = json!({ "seq": 3, "cell": title });
    let reads = [
        "history?text=numbat&words=true".to_owned(),
        "as-of?seq=2".to_owned(),
        "changes?from_seq=0".to_owned(),
        "timeline".to_owned(),
        "reports/actions".to_owned(),
        format!("contacts/{}/held", item(7)),
    ];
    let mut refused = vec![ada.send("POST", &format!("{at}/restore"), &restore).await];
    for read in &reads {
        refused.push(ada.get(&format!("{at}/{read}")).await);
    }
    for answer in refused {
        assert_eq!(answer.problem(), (429, "too-fast".to_owned()));
        assert_eq!(answer.header("retry-after"), "1");
    }
    for read in &reads[..5] {
        let answer = timeout(PATIENCE, bob.get(&format!("{at}/{read}"))).await;
        assert_eq!(answer.expect("at once").status, StatusCode::OK, "{read}");
    }
    drop(all);
    let history = format!("{at}/history?text=numbat");
    let many = join_all((0..60).map(|_| ada.get(&history)));
    let answers = timeout(PATIENCE, many).await.expect("each in its turn");
    let taken = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
    assert!(taken >= 30, "{taken}: an honest burst");
    assert!(
        answers
            .iter()
            .all(|answer| [200, 429].contains(&answer.status.as_u16()))
    );
    server.stop().await;
}

#[tokio::test]
async fn who_floods_from_many_connections_is_slowed_down_and_others_are_not() {
    // Each below what one connection may send at once; together more than a person may.
    const CONNECTIONS: usize = 7;
    const FRAMES: usize = 900;
    let place = Place::new();
    let server = place.start().await;
    let (_, plan) = server.ada_with_a_plan().await;
    server.sign_in("bob@example.com").await;
    let (hers, his) = (
        server.token("ada@example.com").await,
        server.token("bob@example.com").await,
    );
    let mut flood = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut socket = welcomed(&server.address, &hers, plan).await;
        flood.push(tokio::spawn(async move {
            for _ in 0..FRAMES {
                say(&mut socket, &ClientFrame::Submit(vec![])).await;
            }
            socket
        }));
    }
    let paced = async {
        while server.app.metrics.paced.get() == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, paced).await.expect("she is slowed down");

    let mut socket = welcomed(&server.address, &his, plan).await;
    let mut replica = Replica::new(ActorId([8; 16]));
    let edits = action(1, "In time", "2026-11-20");
    let own = replica
        .edit(TimestampMs(0), &edits)
        .expect("good edits")
        .expect("a change");
    let change = Submitted {
        base: Seq(1),
        bytes: own.bytes,
    };
    let began = std::time::Instant::now();
    say(&mut socket, &ClientFrame::Submit(vec![change])).await;
    // Among so many a room gathers what comes within a moment.
    place.pass(1_000);
    loop {
        match hear(&mut socket).await {
            Some(ServerFrame::Ack(_)) => break,
            Some(
                ServerFrame::Entries(_)
                | ServerFrame::Presence(_)
                | ServerFrame::People { .. }
                | ServerFrame::Generation(_),
            ) => {}
            other => panic!("refused: {other:?}"),
        }
    }
    let took = began.elapsed();
    assert!(took < Duration::from_secs(2), "his edit took {took:?}");
    for one in flood {
        one.await.expect("she is refused nothing");
    }
    server.stop().await;
}
