//! A real server process on a data folder of its own, and people with tokens in it.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail};
use domain::{PersonId, PlanId};

use crate::machine;
use crate::process::Process;

/// What the server prints before its address, once it takes connections.
const LISTENING: &str = "listening on http://";
/// Where the server's log goes, in its data folder's parent: shown when it does not start.
const LOG: &str = "server.log";

/// A running server; it is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    data: PathBuf,
    address: SocketAddr,
}

impl Server {
    /// Starts one in a folder, on a free port. What was there before is opened again.
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Self> {
        let data = folder.join("data");
        let log_path = folder.join(LOG);
        let log = File::options().append(true).create(true).open(&log_path)?;
        let mut command = Command::new(program()?);
        command.arg("serve").arg("--data").arg(&data);
        command.args(["--listen", "127.0.0.1:0"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().context("could not start interlock")?;
        let output = child.stdout.take().context("the server's output is a pipe")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line
            .trim()
            .strip_prefix(LISTENING)
            .and_then(|address| address.parse().ok());
        let Some(address) = address else {
            let _ = child.kill(); // it may have ended by itself
            let _ = child.wait();
            let said = std::fs::read_to_string(&log_path).unwrap_or_default();
            bail!(
                "the server did not start: {}",
                said.lines().last().unwrap_or("it says nothing")
            );
        };
        Ok(Self { child, data, address })
    }

    /// Kills it, and starts it again on the same folder.
    pub(crate) fn kill_and_start(self) -> anyhow::Result<Self> {
        let folder = self.data.parent().context("the data folder has a parent")?.to_owned();
        drop(self);
        Self::start(&folder)
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn process(&self) -> Process {
        Process::new(self.child.id())
    }

    /// Tokens of so many different people, who are made if they are not there.
    pub(crate) fn people(&self, count: usize) -> anyhow::Result<Vec<String>> {
        let person = |number: usize| {
            let email = format!("bench-{number}@example.com");
            self.command(&["link", &email])?;
            self.command(&["token", "create", "bench", "--as", &email])
        };
        (0..count).map(person).collect()
    }

    /// A new plan, and whose it is.
    pub(crate) fn plan(&self, token: &str, name: &str) -> anyhow::Result<(PlanId, PersonId)> {
        // Its crowds are everyone of the workspace.
        let body = serde_json::json!({ "name": name, "everyone": "seller" }).to_string();
        let answer = self.post("/api/v1/plans", token, &body)?;
        let answer: serde_json::Value = serde_json::from_str(&answer).context("the server's answer is no JSON")?;
        let id = |name: &str| answer[name].as_str().context("the server's answer lacks an id");
        Ok((id("id")?.parse()?, id("created_by")?.parse()?))
    }

    /// A command of the server's program on its data folder; answers with the line it prints.
    fn command(&self, words: &[&str]) -> anyhow::Result<String> {
        let mut command = Command::new(program()?);
        command.args(words).arg("--data").arg(&self.data);
        let output = command.output().context("could not start interlock")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("`interlock {}` failed: {}", words.join(" "), said.trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn post(&self, path: &str, token: &str, body: &str) -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("the answer has no head")?;
        let status = head.split(' ').nth(1).unwrap_or("");
        if !status.starts_with('2') {
            bail!("the server answered {status}: {body}");
        }
        Ok(body.to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill(); // an error means that it has ended already
        let _ = self.child.wait();
    }
}

/// The server's program, of the same build as this one.
fn program() -> anyhow::Result<PathBuf> {
    let path = machine::beside_the_program()?.join("interlock");
    if !path.is_file() {
        bail!("{} is not there: `cargo xtask build` makes it", path.display());
    }
    Ok(path)
}
