//! A websocket: its frames into the room, the room's frames out, within limits of size, time and number.

use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use bytes::Bytes;
use domain::PlanId;
use protocol::{
    Bye, ClientFrame, FRAME_BYTES_MAX, Hello, PROTOCOL, PeerId, decode_client, hello_protocol, submitted_count,
};
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};

use crate::app::App;
use crate::auth::Caller;
use crate::fairness::{Kind, Place};
use crate::openapi::PlanPath;
use crate::problem::ApiError;
use crate::rooms::{Input, Inputs};
use crate::socket::{Message, Outbox, ReadError, Socket, Source, Upgrade};

/// How long a connection may take to say Hello.
const HELLO_TIME: Duration = Duration::from_secs(15);
/// A ping goes out so often: proxies close what is silent for a minute.
const PING_EVERY: Duration = Duration::from_secs(25);
/// A connection that has said nothing for so long is gone: three pings without an answer.
const SILENCE_TIME: Duration = Duration::from_secs(80);
/// How long the last word may take to be taken.
const LAST_WORD_TIME: Duration = Duration::from_secs(30);
/// How long a socket stays open after the last word, so that the other side can read it: one that is closed while the
/// other side still writes is reset, and what was said last is lost with it.
const LINGER_TIME: Duration = Duration::from_secs(1);
/// How long a connection stays, at most, until it is asked whether its session or token is over.
const ASK_AGAIN: Duration = Duration::from_hours(1);
/// How often a connection that met a room just leaving asks for the next one.
const JOINS_MAX: usize = 5;

#[utoipa::path(
    get,
    path = "/plans/{plan}/sync",
    operation_id = "syncPlan",
    tag = "content",
    summary = "Live editing, over a websocket",
    description = "Speaks a protocol of its own, described in docs/protocol.md.",
    params(PlanPath),
    responses((status = 101, description = "The websocket is open."))
)]
/// `WS /api/v1/plans/{plan}/sync`
pub async fn sync(
    State(app): State<Arc<App>>,
    caller: Result<Caller, ApiError>,
    plan: Result<Path<PlanId>, PathRejection>,
    headers: HeaderMap,
    upgrade: Result<Upgrade, WebSocketUpgradeRejection>,
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
    if caller.as_ref().is_ok_and(|visitor| is_open(&app, visitor.caller, plan)) {
        // It reads what a newcomer needs while the connection is still made.
        app.rooms.inputs(plan);
    }
    Ok(upgrade.answer(FRAME_BYTES_MAX, move |socket| async move {
        app.metrics.websockets.inc();
        match caller {
            Ok(visitor) => serve(&app, &visitor, plan, socket).await,
            Err(bye) => end(socket, Some(bye)).await,
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

/// Whether there is such a plan, for this caller.
fn is_open(app: &App, caller: Caller, plan: PlanId) -> bool {
    let state = app.directory.state();
    state.plan(plan).is_some_and(|plan| !plan.archived) && caller.standing_in(&state, plan).is_some()
}

async fn serve(app: &Arc<App>, visitor: &Visitor, plan: PlanId, mut socket: Socket) {
    let hello = match timeout(HELLO_TIME, read_hello(&mut socket.source)).await {
        Ok(Ok(Some(hello))) => hello,
        Ok(Ok(None)) => return end(socket, None).await,
        Ok(Err(bye)) => return end(socket, Some(bye)).await,
        Err(_) => return end(socket, Some(Bye::BadFrame("no Hello came".to_owned()))).await,
    };
    if !is_open(app, visitor.caller, plan) || hello.plan != plan {
        return end(socket, Some(Bye::NoSuchPlan)).await;
    }
    let Some((peer, inputs)) = join(app, visitor.caller, plan, hello, &socket.outbox).await else {
        return end(socket, Some(Bye::Fault)).await;
    };
    let bye = read(app, visitor, &mut socket, peer, &inputs).await;
    // Its last word, before the room lets it go. If the room has said one, that counts.
    socket.outbox.close(bye.clone());
    // The room may have ended; then it knows nothing of this peer any more.
    let _ = inputs.send(Input::Leave { peer }).await;
    end(socket, bye).await;
}

/// Says a last word, if none was said, and waits a moment until the other side has closed.
async fn end(mut socket: Socket, bye: Option<Bye>) {
    socket.outbox.close(bye);
    // Whoever does not take it is not waited for.
    if timeout(LAST_WORD_TIME, socket.outbox.ended()).await.is_ok() {
        let _ = timeout(LINGER_TIME, socket.source.discard()).await;
    }
}

async fn read_hello(source: &mut Source) -> Result<Option<Hello>, Bye> {
    loop {
        match source.next().await {
            Ok(Some(Message::Binary(bytes))) => {
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
            Ok(Some(Message::Ping(_) | Message::Pong)) => {}
            Ok(Some(Message::Text)) => return Err(Bye::BadFrame("frames are binary".to_owned())),
            Err(error) => return too_long(&error).map_or(Ok(None), Err),
            Ok(Some(Message::Close) | None) => return Ok(None),
        }
    }
}

/// Joins the plan's room. A room that was just leaving drops the Join: then the next one is asked.
async fn join(app: &App, caller: Caller, plan: PlanId, hello: Hello, outbox: &Outbox) -> Option<(PeerId, Inputs)> {
    for _ in 0..JOINS_MAX {
        let peer = app.rooms.next_peer();
        let inputs = app.rooms.inputs(plan);
        let (taken, is_taken) = oneshot::channel();
        let join = Input::Join {
            peer,
            visitor: caller.visitor(&app.directory.state(), plan),
            hello: hello.clone(),
            socket: outbox.in_room(peer, inputs.clone()),
            taken,
        };
        if inputs.send(join).await.is_ok() && is_taken.await.is_ok() {
            return Some((peer, inputs));
        }
    }
    None
}

/// Passes frames on until the connection ends; answers with what is to be said at the end.
async fn read(
    app: &App,
    Visitor { caller, share }: &Visitor,
    Socket { source, outbox }: &mut Socket,
    peer: PeerId,
    inputs: &Inputs,
) -> Option<Bye> {
    let mut changes = app.directory.changes();
    // Signing out may have come between the request and the Hello.
    if !caller.is_current(app) {
        return Some(Bye::SignedOut);
    }
    // A session or a token runs out without an event. Where there is no end, the clock is asked again all the same.
    let time_left = || caller.time_left(app).unwrap_or(ASK_AGAIN).min(ASK_AGAIN);
    let mut runs_out = pin!(sleep(time_left()));
    let mut heard = Instant::now();
    let mut pings = interval_at(heard + PING_EVERY, PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            message = source.next() => message,
            // Somebody may have signed out, in this browser or in another.
            _ = changes.changed() => {
                if caller.is_current(app) {
                    continue;
                }
                return Some(Bye::SignedOut);
            }
            () = &mut runs_out => {
                if !caller.is_current(app) {
                    return Some(Bye::SignedOut);
                }
                runs_out.set(sleep(time_left()));
                continue;
            }
            now = pings.tick() => {
                if now.duration_since(heard) > SILENCE_TIME {
                    return None;
                }
                outbox.ping();
                continue;
            }
            // The room said Bye, or the socket is broken.
            () = outbox.ended() => return None,
        };
        heard = Instant::now();
        match message {
            Ok(Some(Message::Binary(bytes))) => {
                if let ControlFlow::Break(bye) = pass_on(app, caller, share, outbox, (peer, inputs), bytes).await {
                    return bye;
                }
            }
            // Answers to our pings come all the time, even from one who only reads.
            Ok(Some(Message::Ping(_) | Message::Pong)) => {
                if !caller.is_current(app) {
                    return Some(Bye::SignedOut);
                }
            }
            Ok(Some(Message::Text)) => return Some(Bye::BadFrame("frames are binary".to_owned())),
            Err(error) => return too_long(&error),
            Ok(Some(Message::Close) | None) => return None,
        }
    }
}

/// Gives a frame to the room, as fast as its sender may send; breaks with what is to be said at the end.
async fn pass_on(
    app: &App,
    caller: &Caller,
    share: &Place,
    outbox: &Outbox,
    (peer, inputs): (PeerId, &Inputs),
    bytes: Bytes,
) -> ControlFlow<Option<Bye>> {
    if !caller.is_current(app) {
        return ControlFlow::Break(Some(Bye::SignedOut));
    }
    let ends = bytes.len() == 1 && matches!(decode_client(&bytes), Ok(ClientFrame::Bye));
    let waited = tokio::select! {
        waited = share.pace(submitted_count(&bytes), bytes.len()) => waited,
        () = outbox.ended() => return ControlFlow::Break(None),
    };
    app.metrics.paced.inc_by(u64::from(waited));
    if inputs.send_frame(peer, bytes).await.is_err() {
        return ControlFlow::Break(Some(Bye::Fault));
    }
    // Who says Bye and stays would keep a place that no room counts.
    if ends {
        ControlFlow::Break(None)
    } else {
        ControlFlow::Continue(())
    }
}

/// What is said to a connection that cannot be read any more: something only if it sent too much at once.
fn too_long(error: &ReadError) -> Option<Bye> {
    error
        .is_too_long()
        .then(|| Bye::BadFrame(format!("a message of more than {FRAME_BYTES_MAX} bytes")))
}
