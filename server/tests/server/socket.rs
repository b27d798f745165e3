//! A websocket to a server, frame by frame.

use domain::{PlanId, Seq};
use futures_util::{SinkExt, StreamExt};
use protocol::{Bye, ClientFrame, Hello, PROTOCOL, ServerFrame, Welcome, decode_server, encode_client};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::harness::{Browser, PATIENCE, Server};

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(crate) async fn connect(server: &Server, plan: PlanId, headers: &[(&'static str, &str)]) -> Result<Socket, Error> {
    connect_to(&server.address, plan, headers).await
}

/// Connects to a server at an address such as `127.0.0.1:8080`.
pub(crate) async fn connect_to(address: &str, plan: PlanId, headers: &[(&'static str, &str)]) -> Result<Socket, Error> {
    let address = format!("ws://{address}/api/v1/plans/{plan}/sync");
    let mut request = address.into_client_request().expect("a good address");
    for (name, value) in headers {
        request
            .headers_mut()
            .insert(*name, value.parse().expect("a good header"));
    }
    connect_async(request).await.map(|(socket, _)| socket)
}

pub(crate) async fn say(socket: &mut Socket, frame: &ClientFrame) {
    socket
        .send(Message::Binary(encode_client(frame)))
        .await
        .expect("the socket takes a frame");
}

pub(crate) async fn hello(socket: &mut Socket, plan: PlanId, have: Seq) {
    say(
        socket,
        &ClientFrame::Hello(Hello {
            protocol: PROTOCOL,
            plan,
            epoch: 0,
            have,
        }),
    )
    .await;
}

/// The next frame; None: the socket is closed.
pub(crate) async fn hear(socket: &mut Socket) -> Option<ServerFrame> {
    loop {
        match timeout(PATIENCE, socket.next())
            .await
            .expect("the server says something")
        {
            Some(Ok(Message::Binary(bytes))) => return Some(decode_server(&bytes).expect("a frame of the protocol")),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(_) | Err(_)) | None => return None,
        }
    }
}

pub(crate) async fn hear_bye(socket: &mut Socket) -> Bye {
    loop {
        match hear(socket).await {
            Some(ServerFrame::Bye(bye)) => {
                assert_eq!(hear(socket).await, None, "nothing comes after Bye");
                return bye;
            }
            Some(_) => {}
            None => panic!("the socket closed without a word"),
        }
    }
}

pub(crate) async fn hear_welcome(socket: &mut Socket) -> Welcome {
    match hear(socket).await {
        Some(ServerFrame::Welcome(welcome)) => welcome,
        other => panic!("a Welcome first, not {other:?}"),
    }
}

/// All entries up to `upto`, by their numbers.
pub(crate) async fn hear_entries(socket: &mut Socket, upto: u64) -> Vec<u64> {
    let mut seen = Vec::new();
    while seen.last().is_none_or(|last| *last < upto) {
        match hear(socket).await {
            Some(ServerFrame::Entries(entries)) => seen.extend(entries.iter().map(|entry| entry.seq.0)),
            Some(_) => {}
            None => panic!("closed after {seen:?}"),
        }
    }
    seen
}

/// A page of somebody who is signed in, let in and welcomed.
pub(crate) async fn enter(browser: &Browser<'_>, plan: PlanId) -> Socket {
    let mut socket = connect(browser.server, plan, &[("cookie", &browser.cookie)])
        .await
        .expect("they are let in");
    hello(&mut socket, plan, Seq::ZERO).await;
    hear_welcome(&mut socket).await;
    socket
}

/// A connection to an address that is let in and welcomed.
pub(crate) async fn welcomed(address: &str, token: &str, plan: PlanId) -> Socket {
    let bearer = format!("Bearer {token}");
    let mut socket = connect_to(address, plan, &[("authorization", &bearer)])
        .await
        .expect("it is let in");
    hello(&mut socket, plan, Seq::ZERO).await;
    hear_welcome(&mut socket).await;
    socket
}
