//! One request to another system: a connection to the address that the guard has looked at, no redirects, little read.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::guard::{Allowed, Refusal, Target};

/// How long one request may take, from resolving the name to the answer's head.
const REQUEST_TIME: Duration = Duration::from_secs(15);
/// Longest head of an answer, in bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Why a request was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Nothing is sent there.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The connection failed.
    #[error("no connection: {0}")]
    Connection(String),
    /// It answered, and not with yes. Redirects are not followed.
    #[error("the answer was {0}")]
    Answer(StatusCode),
    /// It took too long.
    #[error("no answer within {} seconds", REQUEST_TIME.as_secs())]
    TooSlow,
}

/// Sends requests; cheap to clone.
#[derive(Clone)]
pub struct Sender {
    allowed: Allowed,
    tls: TlsConnector,
}

impl Sender {
    /// With the system's certificates, or the usual ones where the system has none, and these.
    pub fn new(allowed: Allowed, trusted: &[Vec<u8>]) -> Self {
        let mut roots = RootCertStore::empty();
        let (good, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if good == 0 {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        roots.add_parsable_certificates(trusted.iter().map(|certificate| certificate.as_slice().into()));
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            allowed,
            tls: TlsConnector::from(Arc::new(config)),
        }
    }

    /// Whether something could be sent there.
    pub async fn check(&self, url: &str) -> Result<(), Refusal> {
        Target::parse(url, self.allowed)?
            .resolve(self.allowed)
            .await
            .map(|_| ())
    }

    /// Posts JSON; returns when the other side has said yes.
    pub async fn post(&self, url: &str, headers: &[(&str, &str)], body: Bytes) -> Result<StatusCode, SendError> {
        let posting = timeout(REQUEST_TIME, self.try_post(url, headers, body));
        let status = posting.await.map_err(|_| SendError::TooSlow)??;
        if status.is_success() {
            Ok(status)
        } else {
            Err(SendError::Answer(status))
        }
    }

    async fn try_post(&self, url: &str, headers: &[(&str, &str)], body: Bytes) -> Result<StatusCode, SendError> {
        let target = Target::parse(url, self.allowed)?;
        let address = target.resolve(self.allowed).await?;
        let mut request = Request::post(&target.path)
            .header(HOST, target.authority())
            .header(USER_AGENT, concat!("Interlock/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body)).map_err(failed)?;
        let stream = TcpStream::connect(address).await.map_err(failed)?;
        if !target.tls {
            return exchange(stream, request).await;
        }
        let name = ServerName::try_from(target.host).map_err(failed)?;
        exchange(self.tls.connect(name, stream).await.map_err(failed)?, request).await
    }
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<StatusCode, SendError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES_MAX);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(failed)?;
    // Dropped with the answer: what else comes is not read.
    let connection = AbortOnDrop(tokio::spawn(async move { drop(connection.await) }));
    let response = sender.send_request(request).await.map_err(failed)?;
    let status = response.status();
    // One piece of the body at most, so that the other side does not see its words cut off.
    let _ = timeout(Duration::from_millis(200), response.into_body().frame()).await;
    drop(connection);
    Ok(status)
}

struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn failed(error: impl std::fmt::Display) -> SendError {
    SendError::Connection(error.to_string())
}
