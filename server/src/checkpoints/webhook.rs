//! The address that an operator gave for checkpoints: each is sent there as the body of a POST.

use std::time::Duration;

use bytes::Bytes;
use domain::PersonId;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::{Method, Request, Uri, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use workspace::Command;

use super::publish::Sender;
use crate::directory::Directory;

/// How long a try may take, from the name's resolution to the answer's head.
const TRY_TIME: Duration = Duration::from_secs(30);

/// Sends checkpoints to an address, and notes in the workspace's stream which it has.
pub struct Webhook {
    url: Uri,
    directory: Directory,
}

impl Webhook {
    /// To an address that was checked with the settings.
    pub const fn new(url: Uri, directory: Directory) -> Self {
        Self { url, directory }
    }
}

impl Sender for Webhook {
    async fn send(&self, line: Bytes) -> Result<(), String> {
        let trying = post(&self.url, line);
        tokio::time::timeout(TRY_TIME, trying)
            .await
            .unwrap_or_else(|_| Err("it does not answer".to_owned()))
    }

    async fn sent(&self, number: u64, hash: [u8; 32]) {
        let to = self.url.host().unwrap_or_default().to_owned();
        let note = Command::NoteCheckpoint { number, hash, to };
        if let Err(error) = self.directory.run(PersonId::SERVER, note).await {
            tracing::warn!(number, %error, "that a checkpoint was published could not be noted");
        }
    }
}

/// Sends a body; returns when the other side has said that it has it.
async fn post(url: &Uri, body: Bytes) -> Result<(), String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let host = url.host().ok_or("the address has no host")?;
    if url.scheme_str() != Some("http") {
        return Err("only http:// is spoken here: put a proxy with TLS between".to_owned());
    }
    let stream = TcpStream::connect((host, url.port_u16().unwrap_or(80))).await;
    let stream = stream.map_err(|error| said(&error))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| said(&error))?;
    let request = Request::builder()
        .method(Method::POST)
        .uri(url.path_and_query().map_or("/", |path| path.as_str()))
        .header(
            header::HOST,
            url.authority().map_or(host, |authority| authority.as_str()),
        )
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(body))
        .map_err(|error| said(&error))?;
    let asking = async {
        let answer = sender.send_request(request).await.map_err(|error| said(&error))?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(format!("it answered {}", answer.status()))
        }
    };
    tokio::select! {
        answered = asking => answered,
        ended = connection => Err(ended.map_or_else(|error| said(&error), |()| "it hung up".to_owned())),
    }
}
