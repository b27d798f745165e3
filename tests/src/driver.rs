//! chromedriver, one process for each test.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::output::Tail;
use crate::signals;

/// How long chromedriver may take to start, on a loaded machine.
const START_LIMIT: Duration = Duration::from_secs(30);

/// How long it may take to close its browsers.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// What it prints before its port.
const STARTED: &str = "started successfully on port ";

/// A running chromedriver, in a process group of its own, with its browsers.
pub struct Driver {
    process: Child,
    address: String,
}

impl Driver {
    /// Starts chromedriver on a free port.
    pub fn start() -> anyhow::Result<Self> {
        let program = std::env::var_os("CHROMEDRIVER").map_or_else(|| PathBuf::from("chromedriver"), PathBuf::from);
        let mut process = Command::new(&program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("could not start {}; `cargo xtask setup` installs it", program.display()))?;
        let lines = Tail::default().follow(process.stdout.take().context("stdout is a pipe")?);
        let port = lines.wait_for("port from chromedriver", START_LIMIT, |line| {
            line.split_once(STARTED)
                .map(|(_, port)| port.trim().trim_end_matches('.').to_owned())
        });
        match port {
            Ok(port) => Ok(Self {
                process,
                address: format!("http://127.0.0.1:{port}"),
            }),
            Err(error) => {
                signals::kill(&mut process);
                Err(error)
            }
        }
    }

    /// Where to ask for sessions.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = Pid::from_child(&self.process);
        let _ = signals::terminate(&mut self.process, STOP_LIMIT);
        let _ = kill_process_group(group, Signal::KILL); // browsers that a failed test has left
    }
}
