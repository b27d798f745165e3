//! A websocket: its frames into the room, the room's frames out, within limits of size, time and number.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use bytes::Bytes;
use domain::PlanId;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use protocol::{
    Bye, ClientFrame, FRAME_BYTES_MAX, Hello, PROTOCOL, PeerId, ServerFrame, decode_client, encode_server,
    hello_protocol, submitted_count,
};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::tungstenite::Error as WsError;

use crate::app::App;
use crate::auth::Caller;
use crate::fairness::{Kind, Place};
use crate::problem::ApiError;
use crate::rooms::{Input, Inputs, ToSocket};

/// How long a connection may take to say Hello.
const HELLO_TIME: Duration = Duration::from_secs(15);
/// A ping goes out so often: proxies close what is silent for a minute.
const PING_EVERY: Duration = Duration::from_secs(25);
/// A connection that has said nothing for so long is gone: three pings without an answer.
const SILENCE_TIME: Duration = Duration::from_secs(80);
/// How long the other side may take to accept what is written.
const WRITE_TIME: Duration = Duration::from_secs(30);
/// How long a socket whose frames were wrong stays open, so that the other side can read why.
const LINGER_TIME: Duration = Duration::from_secs(1);
/// Buffers of a socket, in bytes: most frames are small, and there are many sockets.
const BUFFER_BYTES: usize = 4 * 1024;
/// Frames that are written before the socket is flushed.
const BATCH_FRAMES: usize = 64;
/// How often a connection that met a room just leaving asks for the next one.
const JOINS_MAX: usize = 5;

type Sink = SplitSink<WebSocket, Message>;
type Source = SplitStream<WebSocket>;

/// `WS /api/v1/plans/{plan}/sync`
pub async fn sync(
    State(app): State<Arc<App>>,
    caller: Result<Caller, ApiError>,
    plan: Result<Path<PlanId>, PathRejection>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let Path(plan) = plan?;
    let caller = match caller.and_then(|caller| admit(&app, caller)) {
        Ok(caller) => Ok(caller),
        // A page cannot read the status of a refused websocket: it is told inside.
        Err(ApiError::SignedOut) if headers.contains_key(header::ORIGIN) => Err(Bye::SignedOut),
        Err(ApiError::TooManyOpen) if headers.contains_key(header::ORIGIN) => Err(Bye::TooManyOpen),
        Err(error) => return Err(error),
    };
    let upgrade = upgrade?;
    let place = Arc::clone(&app.websockets).try_acquire_owned();
    let place = place.map_err(|_| ApiError::Unavailable("too many connections: try again shortly".to_owned()))?;
    let upgrade = upgrade
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES);
    Ok(upgrade.on_upgrade(move |socket| async move {
        app.metrics.websockets.inc();
        match caller {
            Ok(visitor) => serve(&app, &visitor, plan, socket).await,
            Err(bye) => refuse(socket, bye).await,
        }
        app.metrics.websockets.dec();
        drop(place);
    }))
}

/// Somebody who may connect, with their share of the server.
struct Visitor {
    caller: Caller,
    share: Place,
}

fn admit(app: &App, caller: Caller) -> Result<Visitor, ApiError> {
    let kind = if caller.session.is_some() {
        Kind::Page
    } else {
        Kind::Program
    };
    let share = app.fairness.connect(caller.person, kind).ok_or(ApiError::TooManyOpen)?;
    Ok(Visitor { caller, share })
}

async fn refuse(socket: WebSocket, bye: Bye) {
    let (mut sink, _) = socket.split();
    say_bye(&mut sink, bye).await;
}

async fn serve(app: &Arc<App>, visitor: &Visitor, plan: PlanId, socket: WebSocket) {
    let (mut sink, mut source) = socket.split();
    let hello = match timeout(HELLO_TIME, read_hello(&mut source)).await {
        Ok(Ok(Some(hello))) => hello,
        Ok(Ok(None)) => return,
        Ok(Err(bye)) => return say_bye(&mut sink, bye).await,
        Err(_) => return say_bye(&mut sink, Bye::BadFrame("no Hello came".to_owned())).await,
    };
    let is_open = app.directory.state().plan(plan).is_some_and(|plan| !plan.archived);
    if !is_open || hello.plan != plan {
        return say_bye(&mut sink, Bye::NoSuchPlan).await;
    }
    let Some(joined) = join(app, visitor.caller, plan, &hello).await else {
        return say_bye(&mut sink, Bye::Fault).await;
    };
    let (peer, inputs) = (joined.peer, joined.inputs.clone());
    let (mut end, ended) = oneshot::channel();
    let writer = tokio::spawn(write(sink, joined, ended));
    let bye = read(app, visitor, source, peer, &inputs, &mut end).await;
    // The room may have ended; then it knows nothing of this peer any more. The writer may have ended first.
    let _ = inputs.send(Input::Leave { peer }).await;
    let lingers = matches!(bye, Some(Bye::BadFrame(_)));
    let _ = end.send(bye);
    // A writer that panicked has nothing left to say.
    let _ = writer.await;
    if lingers {
        // A socket that is closed while the other side still writes is reset, and what was said last is lost with it.
        tokio::time::sleep(LINGER_TIME).await;
    }
}

async fn read_hello(source: &mut Source) -> Result<Option<Hello>, Bye> {
    loop {
        match source.next().await {
            Some(Ok(Message::Binary(bytes))) => {
                // Before anything else is read: of another version it may say more than this server knows.
                if hello_protocol(&bytes).is_some_and(|version| version != PROTOCOL) {
                    return Err(Bye::OtherProtocol { server: PROTOCOL });
                }
                return match decode_client(&bytes) {
                    Ok(ClientFrame::Hello(hello)) => Ok(Some(hello)),
                    Ok(_) => Err(Bye::BadFrame("the first frame is Hello".to_owned())),
                    Err(error) => Err(Bye::BadFrame(error.to_string())),
                };
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Text(_))) => return Err(Bye::BadFrame("frames are binary".to_owned())),
            Some(Err(error)) => return too_long(error).map_or(Ok(None), Err),
            Some(Ok(Message::Close(_))) | None => return Ok(None),
        }
    }
}

/// A connection that is in a room.
struct Joined {
    peer: PeerId,
    inputs: Inputs,
    /// What the room said first.
    first: ToSocket,
    outbox: mpsc::UnboundedReceiver<ToSocket>,
}

/// Joins the plan's room. A room that was just leaving drops the Join: then the next one is asked.
async fn join(app: &App, caller: Caller, plan: PlanId, hello: &Hello) -> Option<Joined> {
    for _ in 0..JOINS_MAX {
        let peer = app.rooms.next_peer();
        let inputs = app.rooms.inputs(plan);
        let (socket, mut outbox) = mpsc::unbounded_channel();
        let join = Input::Join {
            peer,
            person: caller.person,
            hello: hello.clone(),
            socket,
        };
        if inputs.send(join).await.is_err() {
            continue;
        }
        // The first thing a room says is Welcome or Bye. Nothing at all: it was leaving.
        if let Some(first) = outbox.recv().await {
            return Some(Joined {
                peer,
                inputs,
                first,
                outbox,
            });
        }
    }
    None
}

/// Passes frames on until the connection ends; answers with what is to be said at the end.
async fn read(
    app: &App,
    Visitor { caller, share }: &Visitor,
    mut source: Source,
    peer: PeerId,
    inputs: &Inputs,
    end: &mut oneshot::Sender<Option<Bye>>,
) -> Option<Bye> {
    let mut changes = app.directory.changes();
    // Signing out may have come between the request and the Hello.
    if !caller.is_current(app) {
        return Some(Bye::SignedOut);
    }
    loop {
        let message = tokio::select! {
            message = timeout(SILENCE_TIME, source.next()) => message,
            // Somebody may have signed out, in this browser or in another.
            _ = changes.changed() => {
                if caller.is_current(app) {
                    continue;
                }
                return Some(Bye::SignedOut);
            }
            // The writer has ended: the room said Bye, or the socket is broken.
            () = end.closed() => return None,
        };
        match message {
            Ok(Some(Ok(Message::Binary(bytes)))) => {
                // A session runs out without an event, and a client may leave our pings unanswered.
                if !caller.is_current(app) {
                    return Some(Bye::SignedOut);
                }
                let ends = bytes.len() == 1 && matches!(decode_client(&bytes), Ok(ClientFrame::Bye));
                let waited = tokio::select! {
                    waited = share.pace(submitted_count(&bytes), bytes.len()) => waited,
                    () = end.closed() => return None,
                };
                app.metrics.paced.inc_by(u64::from(waited));
                if inputs.send_frame(peer, bytes).await.is_err() {
                    return Some(Bye::Fault);
                }
                // Who says Bye and stays would keep a place that no room counts.
                if ends {
                    return None;
                }
            }
            // Answers to our pings come all the time, even from one who only reads.
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {
                if !caller.is_current(app) {
                    return Some(Bye::SignedOut);
                }
            }
            Ok(Some(Ok(Message::Text(_)))) => return Some(Bye::BadFrame("frames are binary".to_owned())),
            Ok(Some(Err(error))) => return too_long(error),
            Ok(Some(Ok(Message::Close(_))) | None) | Err(_) => return None,
        }
    }
}

/// What is said to a connection that cannot be read any more: something only if it sent too much at once.
fn too_long(error: axum::Error) -> Option<Bye> {
    match error.into_inner().downcast_ref() {
        Some(WsError::Capacity(_)) => Some(Bye::BadFrame(format!("a message of more than {FRAME_BYTES_MAX} bytes"))),
        _ => None,
    }
}

/// What became of a batch.
enum Written {
    /// So many bytes of frames are out.
    Frames(usize),
    /// The last frame is out.
    Closed,
}

/// Writes what the room sends, and pings, until either side ends.
async fn write(mut sink: Sink, joined: Joined, mut ended: oneshot::Receiver<Option<Bye>>) {
    let Joined {
        peer,
        inputs,
        first,
        mut outbox,
    } = joined;
    let mut batch = vec![first];
    let mut pings = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        match timeout(WRITE_TIME, write_batch(&mut sink, &mut batch)).await {
            Ok(Ok(Written::Frames(0))) => {}
            Ok(Ok(Written::Frames(bytes))) => {
                // A room that has ended is noticed below, when its outbox is closed.
                let _ = inputs.send(Input::Drained { peer, bytes }).await;
            }
            // Said all; or the other side is gone, or takes nothing any more.
            Ok(Ok(Written::Closed) | Err(_)) | Err(_) => return,
        }
        tokio::select! {
            biased;
            bye = &mut ended => {
                if let Ok(Some(bye)) = bye {
                    say_bye(&mut sink, bye).await;
                }
                return;
            }
            count = outbox.recv_many(&mut batch, BATCH_FRAMES) => {
                if count == 0 {
                    // The room is gone without a word: it panicked. The client comes again.
                    return say_bye(&mut sink, Bye::Fault).await;
                }
            }
            _ = pings.tick() => {
                if !matches!(timeout(WRITE_TIME, sink.send(Message::Ping(Bytes::new()))).await, Ok(Ok(()))) {
                    return;
                }
            }
        }
    }
}

async fn write_batch(sink: &mut Sink, batch: &mut Vec<ToSocket>) -> Result<Written, axum::Error> {
    let mut bytes = 0;
    for what in batch.drain(..) {
        match what {
            ToSocket::Frame(frame) => {
                bytes += frame.len();
                sink.feed(Message::Binary(frame)).await?;
            }
            ToSocket::Close(bye) => {
                sink.feed(Message::Binary(encode_server(&ServerFrame::Bye(bye))))
                    .await?;
                sink.send(Message::Close(None)).await?;
                return Ok(Written::Closed);
            }
        }
    }
    if bytes > 0 {
        sink.flush().await?;
    }
    Ok(Written::Frames(bytes))
}

async fn say_bye(sink: &mut Sink, bye: Bye) {
    let mut batch = vec![ToSocket::Close(bye)];
    // The other side may be gone: then there is nobody to tell.
    let _ = timeout(WRITE_TIME, write_batch(sink, &mut batch)).await;
}
