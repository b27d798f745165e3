//! `interlock-bench load` beside a test: what it was told is saved, as it is told it.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use crate::binaries::binary;
use crate::output::Tail;
use crate::server::Server;
use crate::signals;

/// How long the load runs if nobody ends it: longer than any test waits.
const SECONDS: u32 = 600;

/// How long the load may take to its first acknowledged edit.
const FIRST_LIMIT: Duration = Duration::from_mins(1);

/// How long it may take to end.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// Lines that wait to be read; the reader never waits, so this only smooths.
const WAITING_LINES: usize = 10_000;

/// What the load has been told by the server about one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Its own change is saved.
    Acknowledged(String),
    /// A change of another client, which the server must have saved before it showed it.
    Seen(String),
}

impl Told {
    /// The change's hash.
    pub fn hash(&self) -> &str {
        match self {
            Self::Acknowledged(hash) | Self::Seen(hash) => hash,
        }
    }

    fn read(line: &str) -> anyhow::Result<Self> {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("ACK"), Some(hash)) => Ok(Self::Acknowledged(hash.to_owned())),
            (Some("SEEN"), Some(hash)) => Ok(Self::Seen(hash.to_owned())),
            _ => bail!("the load wrote {line:?}"),
        }
    }
}

/// A running load.
pub struct Load {
    process: Child,
    lines: Receiver<String>,
    tail: Tail,
}

impl Load {
    /// Starts clients that edit a plan.
    ///
    /// The file that the load writes to is a named pipe, so that each line is an event here.
    pub fn start(
        server: &Server,
        token: &str,
        plan: &str,
        clients: u32,
        rate: u32,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let pipe = folder.join("acks");
        if !pipe.exists() {
            ensure!(Command::new("mkfifo").arg(&pipe).status()?.success(), "mkfifo failed");
        }
        let mut process = Command::new(binary("interlock-bench"))
            .args(["load", "--url", server.address(), "--token", token, "--plan", plan])
            .args([
                "--clients",
                &clients.to_string(),
                "--rate",
                &rate.to_string(),
                "--seconds",
                &SECONDS.to_string(),
            ])
            .arg("--acks")
            .arg(&pipe)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("could not start interlock-bench")?;
        let tail = Tail::default();
        tail.follow(process.stdout.take().context("stdout is a pipe")?);
        tail.follow(process.stderr.take().context("stderr is a pipe")?);
        let (sender, lines) = sync_channel(WAITING_LINES);
        std::thread::spawn(move || {
            let Ok(file) = File::open(&pipe) else { return }; // waits until the load opens it too
            for line in BufReader::new(file).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { process, lines, tail })
    }

    /// Waits for the first acknowledged change, then reads on for as long as `more` says.
    ///
    /// Not for the first line: before a client edits, it is shown all that was there already.
    pub fn read_for(&self, more: Duration) -> anyhow::Result<Vec<Told>> {
        let mut told = Vec::new();
        let first_by = Instant::now() + FIRST_LIMIT;
        while !matches!(told.last(), Some(Told::Acknowledged(_))) {
            let Ok(line) = self
                .lines
                .recv_timeout(first_by.saturating_duration_since(Instant::now()))
            else {
                bail!(
                    "nothing was acknowledged within {FIRST_LIMIT:?}; the load's last lines:\n{}",
                    self.tail.text()
                );
            };
            told.push(Told::read(&line)?);
        }
        let deadline = Instant::now() + more;
        while let Ok(line) = self
            .lines
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            told.push(Told::read(&line)?);
        }
        Ok(told)
    }

    /// Ends the load; what it was told since the last reading. A last line that is cut off says nothing.
    pub fn stop(mut self) -> Vec<Told> {
        let _ = signals::terminate(&mut self.process, STOP_LIMIT); // its server is gone: how it ends says nothing
        self.lines.iter().filter_map(|line| Told::read(&line).ok()).collect()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        signals::kill(&mut self.process);
    }
}
