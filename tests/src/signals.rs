//! What is done to processes that this harness has started: ending them, and taking their disk away.

use std::process::{Child, ExitStatus};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

/// Asks the process to end and waits for it, at most `limit`; then it is killed and that is an error.
pub fn terminate(child: &mut Child, limit: Duration) -> anyhow::Result<ExitStatus> {
    if let Some(status) = child.try_wait()? {
        return Ok(status);
    }
    let pid = Pid::from_child(child);
    kill_process(pid, Signal::TERM).context("cannot send SIGTERM")?;
    let (ended, timer) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        // `wait` has no limit of its own: this thread kills what does not end in time, which lets `wait` return.
        let watch = scope.spawn(move || {
            let is_late = timer.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout);
            if is_late {
                let _ = kill_process(pid, Signal::KILL);
            }
            is_late
        });
        let status = child.wait()?;
        drop(ended);
        if watch.join().unwrap_or(false) {
            bail!("did not end within {limit:?} after SIGTERM");
        }
        Ok(status)
    })
}

/// `kill -9`, and waits until it is gone.
pub fn kill(child: &mut Child) {
    let _ = child.kill(); // it may have ended by itself
    let _ = child.wait();
}

/// Lets every write of the process to a file fail from now on.
pub fn forbid_writing(child: &Child) -> anyhow::Result<()> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    prlimit(Some(Pid::from_child(child)), Resource::Fsize, none).context("cannot limit the size of files")?;
    Ok(())
}
