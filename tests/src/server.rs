//! A server process of its own for a test: started on a free port, ended gracefully or by `kill -9`.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use serde_json::Value;

use crate::binaries::binary;
use crate::output::Tail;
use crate::signals;

/// The sample's administrator.
pub const ADMINISTRATOR: &str = "admin@example.com";

/// What the server prints before its address, once it takes connections.
const LISTENING: &str = "listening on ";

/// How long a start may take: with the journal's check and the sample's making, on a loaded machine.
const START_LIMIT: Duration = Duration::from_mins(1);

/// How long a graceful stop may take.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// A running server.
pub struct Server {
    process: Child,
    address: String,
    data: PathBuf,
    tail: Tail,
}

/// One plan, as `interlock plans --json` lists it.
#[derive(Debug, Clone, Deserialize)]
pub struct Plan {
    /// The plan's id.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl Server {
    /// Starts a server on this data folder and a free port, with the sample plan when the folder is new.
    pub fn start(data: &Path) -> anyhow::Result<Self> {
        Self::start_at(data, "127.0.0.1:0")
    }

    /// Starts a server where another was before; its pages find it there.
    pub fn start_at(data: &Path, listen: &str) -> anyhow::Result<Self> {
        // Over its limit of file sizes a process is ended by a signal, unless it was told to ignore that: then writing fails
        // (see [`Server::spoil_disk`]).
        let mut command = Command::new("sh");
        command
            .args(["-c", "trap '' XFSZ && exec \"$0\" \"$@\""])
            .arg(binary("interlock"))
            .arg("serve")
            .arg("--data")
            .arg(data)
            .args(["--listen", listen, "--sample"]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = command.spawn().context("could not start interlock")?;
        let tail = Tail::default();
        tail.follow(process.stderr.take().context("stderr is a pipe")?);
        let lines = tail.follow(process.stdout.take().context("stdout is a pipe")?);
        let address = lines.wait_for("address from the server", START_LIMIT, |line| {
            line.strip_prefix(LISTENING)
                .map(|address| address.trim().trim_end_matches('/').to_owned())
        });
        match address {
            Ok(address) => Ok(Self {
                process,
                address,
                data: data.to_owned(),
                tail,
            }),
            Err(error) => {
                signals::kill(&mut process);
                Err(error)
            }
        }
    }

    /// The address, such as `http://127.0.0.1:40123`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Where it listens, such as `127.0.0.1:40123`.
    pub fn listen(&self) -> &str {
        self.address.trim_start_matches("http://")
    }

    /// The address of a page.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// A one-time sign-in address.
    pub fn link(&self, email: &str) -> anyhow::Result<String> {
        let link = interlock(&self.data, &["link", email])?;
        ensure!(link.starts_with("http"), "`interlock link` printed {link:?}");
        Ok(link)
    }

    /// A new API token.
    pub fn token(&self, name: &str, email: &str) -> anyhow::Result<String> {
        interlock(&self.data, &["token", "create", name, "--as", email])
    }

    /// The plans.
    pub fn plans(&self) -> anyhow::Result<Vec<Plan>> {
        let text = interlock(&self.data, &["plans", "--json"])?;
        read_plans(&text).with_context(|| format!("`interlock plans --json` printed {text:?}"))
    }

    /// The sample plan.
    pub fn sample(&self) -> anyhow::Result<Plan> {
        self.plans()?.into_iter().next().context("there is no sample plan")
    }

    /// Asks the server to end, and demands that it does so without an error.
    pub fn stop(mut self) -> anyhow::Result<()> {
        let status = signals::terminate(&mut self.process, STOP_LIMIT)?;
        if !status.success() {
            bail!("the server ended with {status}:\n{}", self.tail.text());
        }
        Ok(())
    }

    /// `kill -9`: the server has no chance to write anything any more.
    pub fn kill(mut self) {
        signals::kill(&mut self.process);
    }

    /// From now on every write to a file fails, as on a broken disk; reading goes on.
    pub fn spoil_disk(&self) -> anyhow::Result<()> {
        signals::forbid_writing(&self.process)
    }

    /// The server's last lines, to be shown when a test fails.
    pub fn log(&self) -> String {
        self.tail.text()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        signals::kill(&mut self.process);
        if std::thread::panicking() {
            eprintln!("the server's last lines:\n{}", self.tail.text());
        }
    }
}

/// Every entry of the data folder, as `interlock dump` prints them; whether a server runs or not.
pub fn dump(data: &Path) -> anyhow::Result<Vec<Value>> {
    let text = interlock(data, &["dump"])?;
    text.lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("`interlock dump` printed {line:?}")))
        .collect()
}

/// Checks every record and chain; an error when the folder is damaged.
pub fn verify(data: &Path) -> anyhow::Result<()> {
    interlock(data, &["verify"]).map(drop)
}

/// Runs the command line on a data folder; the output without the last line's end.
fn interlock(data: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(binary("interlock"))
        .args(arguments)
        .arg("--data")
        .arg(data)
        .stdin(Stdio::null())
        .output()
        .context("could not start interlock")?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`interlock {}` ended with {}: {error}",
            arguments.join(" "),
            output.status
        );
    }
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}

/// One array, or one object a line.
fn read_plans(text: &str) -> anyhow::Result<Vec<Plan>> {
    if text.starts_with('[') {
        return Ok(serde_json::from_str(text)?);
    }
    text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}
