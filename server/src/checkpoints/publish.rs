//! Sends checkpoints outside, where the owner of the data folder cannot take them back.
//!
//! One request for each, in order, again until it is taken. What is still to be sent is read from the file of
//! checkpoints, so nothing queues in memory, and a receiver that is away for a week gets all of them afterwards.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;

use super::log::{Place, read_on};
use super::{CheckpointError, Checkpoints, LOG_FILE};

/// The file that says up to which checkpoint the receiver has them.
const SENT_FILE: &str = "published";
/// Rest after the first try that failed, doubled after each further one.
const REST_FIRST: Duration = Duration::from_secs(1);
/// Longest rest.
const REST_MAX: Duration = Duration::from_mins(10);

/// Sends what is made until the server stops.
pub async fn run<S: Sender>(checkpoints: Checkpoints, sender: S, mut stopping: watch::Receiver<bool>) {
    let sending = async {
        let mut rest = REST_FIRST;
        let mut made = checkpoints.made();
        // Up to here the receiver has them: what is read once is not read again at each new one.
        let mut place = Place::default();
        loop {
            made.mark_unchanged();
            match send_new(&checkpoints, &sender, &mut place).await {
                Ok(()) => {
                    rest = REST_FIRST;
                    if made.changed().await.is_err() {
                        return;
                    }
                }
                Err(why) => {
                    tracing::warn!(%why, "a checkpoint could not be published: it is tried again");
                    // Nothing tells when a receiver outside is well again: it is asked, ever more seldom.
                    tokio::time::sleep(rest).await;
                    rest = (rest * 2).min(REST_MAX);
                }
            }
        }
    };
    tokio::select! {
        () = sending => {}
        // An error says that the app is gone, which is the same.
        _ = stopping.wait_for(|stopping| *stopping) => {}
    }
}

/// Takes a checkpoint outside.
pub trait Sender: Send + Sync {
    /// Sends a line of JSON; returns when the receiver has said that it has it.
    fn send(&self, line: Bytes) -> impl Future<Output = Result<(), String>> + Send;

    /// Told after the receiver has a checkpoint.
    fn sent(&self, number: u64, hash: [u8; 32]) -> impl Future<Output = ()> + Send;
}

/// Why not all are sent.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error("checkpoint {0} was not taken: {1}")]
    Refused(u64, String),
    #[error("cannot note what was published: {0}")]
    Note(#[from] io::Error),
}

/// Sends all that the receiver does not have.
async fn send_new(checkpoints: &Checkpoints, sender: &impl Sender, place: &mut Place) -> Result<(), SendError> {
    let file = checkpoints.dir().join(LOG_FILE);
    let sent = read_sent(checkpoints.dir());
    if !file.exists() {
        return Ok(());
    }
    // Small lines of a local file: read where they are needed.
    let mut lines = read_on(&file, *place)?;
    while let Some(checkpoint) = lines.next() {
        let checkpoint = checkpoint?;
        let number = checkpoint.statement.number;
        if number <= sent {
            *place = lines.place();
            continue;
        }
        let sending = sender.send(Bytes::from(checkpoint.line())).await;
        sending.map_err(|why| SendError::Refused(number, why))?;
        write_sent(checkpoints.dir(), number)?;
        *place = lines.place();
        sender.sent(number, checkpoint.hash.0).await;
        tracing::info!(number, hash = %checkpoint.hash, "a checkpoint was published");
    }
    Ok(())
}

/// None yet, or a file that cannot be read: then all are sent again, which harms nobody.
fn read_sent(dir: &Path) -> u64 {
    let text = fs::read_to_string(dir.join(SENT_FILE)).unwrap_or_default();
    text.trim().parse().unwrap_or_default()
}

fn write_sent(dir: &Path, number: u64) -> io::Result<()> {
    let new = dir.join(format!("{SENT_FILE}.new"));
    fs::write(&new, format!("{number}\n"))?;
    fs::rename(&new, dir.join(SENT_FILE))
}
