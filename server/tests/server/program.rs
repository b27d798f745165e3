//! The real program as a process: what it says, how it ends, and a server of it that a test talks to.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;

/// The program, with this and no other configuration.
pub(crate) fn command(arguments: &[&str], data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_interlock"));
    command.args(arguments).arg("--data").arg(data).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("INTERLOCK_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs the program to its end.
pub(crate) fn interlock(arguments: &[&str], data: &Path) -> Output {
    command(arguments, data).output().expect("the program runs")
}

/// What was printed.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

/// A server that was started as a process.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: String,
    log: Option<JoinHandle<String>>,
}

impl Process {
    /// Starts a server on a free port and waits for its address.
    pub(crate) fn start(data: &Path) -> Self {
        Self::run(command(&["serve", "--listen", "127.0.0.1:0"], data))
    }

    /// Starts a command that ends in a server.
    pub(crate) fn run(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut stderr = child.stderr.take().expect("it is piped");
        let log = std::thread::spawn(move || {
            let mut text = Vec::new();
            // The log's end is the process's end.
            let _ = stderr.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let first = stdout.lines().next().and_then(Result::ok).unwrap_or_default();
        let Some(address) = first.strip_prefix("listening on http://").map(str::to_owned) else {
            let status = child.wait();
            panic!("no server: {first:?}, {status:?}: {}", log.join().unwrap_or_default());
        };
        Self {
            child,
            address,
            log: Some(log),
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it, and gives what it has logged.
    pub(crate) fn kill(mut self) -> String {
        self.end()
    }

    fn end(&mut self) -> String {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.log.take().and_then(|log| log.join().ok()).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let log = self.end();
        if std::thread::panicking() {
            eprintln!("the server's log:\n{log}");
        }
    }
}
