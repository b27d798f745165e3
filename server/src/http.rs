//! The listener: accepts connections up to a limit, gives each its limits, and ends them in order.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::app::App;
use crate::crowd::{Answer, Attention};
use crate::impatient::Impatient;

/// Longest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Most headers of a request.
const HEADERS_MAX: usize = 100;
/// How long a request's head may take to arrive; also how long a connection may stand idle between requests. While no place
/// is free it is much less: see [`crate::crowd`].
const HEAD_TIME: Duration = Duration::from_secs(30);
/// How long an answer may wait for the other side to take more of it. Longer than a websocket's own time, which says
/// good-bye first.
const TAKE_TIME: Duration = Duration::from_secs(40);
/// How long open requests may go on once the server stops.
const DRAIN_TIME: Duration = Duration::from_secs(10);
/// Rest after the system could not accept a connection (out of file handles, say), instead of spinning.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Serves until the app stops; returns when the connections have ended or their time is up.
///
/// # Panics
/// Never: nobody closes the semaphore.
pub async fn serve(app: Arc<App>, listener: TcpListener, router: Router) {
    let places = Arc::new(Semaphore::new(app.config.connections_max));
    let mut stopping = app.stopping();
    let crowded = watch::channel(false).0;
    loop {
        let place = tokio::select! {
            place = a_place(&places, &crowded) => place,
            () = stopped(&mut stopping) => break,
        };
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_REST).await;
                    continue;
                }
            },
            () = stopped(&mut stopping) => break,
        };
        let (router, stopping, crowded) = (router.clone(), app.stopping(), crowded.subscribe());
        tokio::spawn(async move {
            let attention = Attention::new();
            let connection = connection(stream, router, attention.clone());
            tokio::select! {
                ended = run(connection, stopping) => {
                    // Errors here are the client's: a connection reset, a head that is no HTTP.
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection ended");
                    }
                }
                () = attention.is_in_the_way(crowded) => tracing::debug!("an idle connection made way for another"),
            }
            drop(place);
        });
    }
    drop(listener);
    // All places free: all connections have ended. Websockets are no requests any more: their rooms end them.
    let all = u32::try_from(app.config.connections_max).unwrap_or(u32::MAX);
    if tokio::time::timeout(DRAIN_TIME, places.acquire_many(all))
        .await
        .is_err()
    {
        tracing::warn!("requests were still open when the time to stop was over");
    }
}

/// A place for a connection. While all are taken, further connections wait in the system's own queue, and those that are idle
/// make way.
async fn a_place(places: &Arc<Semaphore>, crowded: &watch::Sender<bool>) -> OwnedSemaphorePermit {
    if let Ok(place) = Arc::clone(places).try_acquire_owned() {
        return place;
    }
    crowded.send_replace(true);
    let place = Arc::clone(places).acquire_owned().await;
    crowded.send_replace(false);
    place.expect("the semaphore is never closed")
}

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error says that the app is gone, which is the same.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

type Connection = http1::UpgradeableConnection<TokioIo<Impatient<TcpStream>>, Attentive>;

/// The router, and whether it is asked something.
struct Attentive {
    router: TowerToHyperService<Router>,
    attention: Attention,
}

impl Service<Request<Incoming>> for Attentive {
    type Response = Response<Answer<Body>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let asked = self.attention.asked();
        let answering = self.router.call(request);
        Box::pin(async move { Ok(answering.await?.map(|body| Answer::new(body, asked))) })
    }
}

/// Runs a connection to its end; when the server stops, it answers the request it is at and no more.
async fn run(connection: Connection, mut stopping: watch::Receiver<bool>) -> Result<(), hyper::Error> {
    let mut connection = pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = stopped(&mut stopping) => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}

fn connection(stream: TcpStream, router: Router, attention: Attention) -> Connection {
    // Small frames go at once: an edit is a few hundred bytes.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection without nodelay");
    }
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(
            TokioIo::new(Impatient::new(stream, TAKE_TIME, attention.clone())),
            Attentive {
                router: TowerToHyperService::new(router),
                attention,
            },
        )
        .with_upgrades()
}
