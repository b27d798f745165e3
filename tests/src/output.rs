//! Reading the lines of a child process: each as it comes, the last ones kept to show when something fails.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::bail;

/// Lines of output kept to be shown with an error.
const KEPT_LINES: usize = 40;

/// Lines that wait to be asked for; what nobody asks for is dropped.
const WAITING_LINES: usize = 1000;

/// The last lines of a process, from both of its outputs.
#[derive(Clone, Default)]
pub struct Tail(Arc<Mutex<VecDeque<String>>>);

impl Tail {
    /// Reads a pipe to its end on a thread of its own; the lines can be awaited.
    pub fn follow(&self, pipe: impl Read + Send + 'static) -> Lines {
        let (sender, receiver) = sync_channel(WAITING_LINES);
        let tail = self.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                tail.keep(&line);
                let _ = sender.try_send(line); // full, or nobody listens any more: the tail has it
            }
        });
        Lines {
            receiver,
            tail: self.clone(),
        }
    }

    fn keep(&self, line: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back(line.to_owned());
    }

    /// The last lines as one text.
    pub fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

/// The lines of one pipe as they come.
pub struct Lines {
    receiver: Receiver<String>,
    tail: Tail,
}

impl Lines {
    /// Waits for a line of which `read` makes something.
    pub fn wait_for<T>(&self, what: &str, limit: Duration, read: impl Fn(&str) -> Option<T>) -> anyhow::Result<T> {
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.receiver.recv_timeout(left) else {
                bail!("no {what} within {limit:?}; the last lines were:\n{}", self.tail.text());
            };
            if let Some(found) = read(&line) {
                return Ok(found);
            }
        }
    }
}
