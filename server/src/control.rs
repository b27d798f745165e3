//! How the command line finds a running server: a file in the data folder that only its owner can read.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;

/// Longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// How long the server may take.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// Where the running server is, and what opens it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ControlFile {
    /// The address it really listens at, whatever its public one is.
    pub listen: String,
    /// The owner's token, new at every start.
    pub token: String,
}

fn path(data: &Path) -> PathBuf {
    data.join("server.json")
}

impl ControlFile {
    /// Writes it, readable for the owner alone from the first byte on.
    pub fn write(&self, data: &Path) -> Result<()> {
        let (path, new) = (path(data), data.join("server.json.new"));
        let text = serde_json::to_string(self)?;
        let writing = || -> std::io::Result<()> {
            // Left by a server that was killed while it wrote.
            if new.exists() {
                fs::remove_file(&new)?;
            }
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            {
                use std::os::unix::fs::OpenOptionsExt;
                options.mode(0o600);
            }
            options.open(&new)?.write_all(text.as_bytes())?;
            fs::rename(&new, &path)
        };
        writing().with_context(|| format!("cannot write {}", path.display()))
    }

    /// Reads it; none: no server runs here, or it was killed before it wrote it.
    pub fn read(data: &Path) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(path(data)).ok()?).ok()
    }

    /// Takes it away when the server stops.
    pub fn remove(data: &Path) {
        if let Err(error) = fs::remove_file(path(data)) {
            tracing::debug!(%error, "the control file was not there");
        }
    }
}

/// A running server, seen from the command line.
pub struct Running {
    file: ControlFile,
    stream: TcpStream,
}

/// The server that runs on a data folder, if one answers.
pub async fn find(data: &Path) -> Option<Running> {
    let file = ControlFile::read(data)?;
    let stream = TcpStream::connect(&file.listen).await.ok()?;
    Some(Running { file, stream })
}

impl Running {
    /// Asks one thing of it.
    pub async fn ask<T: DeserializeOwned>(self, method: Method, path: &str, body: &impl Serialize) -> Result<T> {
        let asking = self.send(method, path, serde_json::to_vec(body)?);
        tokio::time::timeout(ANSWER_TIME, asking)
            .await
            .context("the running server does not answer")?
    }

    async fn send<T: DeserializeOwned>(self, method: Method, path: &str, body: Vec<u8>) -> Result<T> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(self.stream)).await?;
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.file.listen)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.file.token))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body)))?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        let bytes = body
            .map_err(|error| anyhow!("the running server's answer broke off: {error}"))?
            .to_bytes();
        if status.is_success() {
            return Ok(serde_json::from_slice(&bytes)?);
        }
        let problem: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
        match problem.as_ref().and_then(|problem| problem["detail"].as_str()) {
            Some(detail) => bail!("{detail}"),
            None => bail!("the running server answered {status}"),
        }
    }
}
