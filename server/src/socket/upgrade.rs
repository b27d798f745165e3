//! From a request to a socket: the handshake, after which the connection is ours alone.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::read::Source;
use super::write::Outbox;
use crate::impatient::Impatient;

/// A request for a websocket.
#[derive(Debug)]
pub struct Upgrade {
    upgrading: Option<OnUpgrade>,
    accept: HeaderValue,
}

/// Both sides of a socket.
#[derive(Debug)]
pub struct Socket {
    /// What comes.
    pub source: Source,
    /// The way out.
    pub outbox: Outbox,
}

impl<S: Send + Sync> FromRequestParts<S> for Upgrade {
    type Rejection = WebSocketUpgradeRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let upgrading = parts.extensions.get::<OnUpgrade>().cloned();
        // axum looks at the request's head. Its websocket is not used: it would keep the stream.
        drop(WebSocketUpgrade::from_request_parts(parts, state).await?);
        let key = parts.headers.get(header::SEC_WEBSOCKET_KEY);
        let accept = derive_accept_key(key.map_or(&[], HeaderValue::as_bytes));
        Ok(Self {
            upgrading,
            accept: HeaderValue::from_str(&accept).expect("base64 is a header"),
        })
    }
}

impl Upgrade {
    /// The answer; once it is out, `run` gets the socket, in a task of its own. `bytes_max`: the longest message.
    pub fn answer<R>(self, bytes_max: usize, run: impl FnOnce(Socket) -> R + Send + 'static) -> Response
    where
        R: Future<Output = ()> + Send + 'static,
    {
        if let Some(upgrading) = self.upgrading {
            tokio::spawn(async move {
                match upgrading.await {
                    Ok(upgraded) => {
                        if let Some(socket) = socket(upgraded, bytes_max) {
                            run(socket).await;
                        } else {
                            tracing::error!("a websocket came over a connection that is not the listener's");
                        }
                    }
                    // The other side has gone before the answer was out.
                    Err(error) => tracing::debug!(%error, "a websocket was not opened"),
                }
            });
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, self.accept);
        response
    }
}

fn socket(upgraded: Upgraded, bytes_max: usize) -> Option<Socket> {
    let parts = upgraded.downcast::<TokioIo<Impatient<TcpStream>>>().ok()?;
    let stream = parts.io.into_inner().into_inner();
    let (read, write) = stream.into_split();
    let outbox = Outbox::new(write);
    Some(Socket {
        source: Source::new(read, &parts.read_buf, bytes_max, outbox.clone()),
        outbox,
    })
}
