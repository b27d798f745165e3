//! Makes checkpoints: looks at the ends of all streams, compares them with what is signed, signs what has moved.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::{Seq, TimestampMs, WorkspaceEvent};
use journal::{ChainHash, Head, Journal, Record, SegmentJournal, StreamId};
use protocol::Body;
use tokio::sync::{Mutex, watch};

use super::form::{Checkpoint, MARKS_MAX, Mark, Statement};
use super::key::SigningKey;
use super::log::Log;
use super::signed::{Last, Signed};
use super::{CheckpointError, CheckpointHash, checkpoints_dir};
use crate::clock::Clock;

/// How much of the workspace's stream is read at once, in bytes.
const READ_BYTES: usize = 64 << 10;

/// The checkpoints of the journal that this process has open.
#[derive(Clone)]
pub struct Checkpoints {
    inner: Arc<Inner>,
}

struct Inner {
    dir: PathBuf,
    journal: Arc<SegmentJournal>,
    clock: Clock,
    /// None before the first look, and after a failure.
    open: Mutex<Option<Open>>,
    /// The number of the last one.
    made: watch::Sender<u64>,
}

/// The files, open.
struct Open {
    key: SigningKey,
    log: Log,
    signed: Signed,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The new ones: none where nothing has happened since the last.
    pub new: Vec<Checkpoint>,
    /// The last of all.
    pub last: Option<Checkpoint>,
}

impl Checkpoints {
    /// Of a data folder and the journal in it. Nothing is read before the first look.
    pub fn new(data: &Path, journal: Arc<SegmentJournal>, clock: Clock) -> Self {
        let inner = Inner {
            dir: checkpoints_dir(data),
            journal,
            clock,
            open: Mutex::new(None),
            made: watch::channel(0).0,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Signs what has happened since the last checkpoint. Once it begins it ends, even if the caller has gone.
    pub async fn make(&self) -> Result<Made, CheckpointError> {
        let inner = Arc::clone(&self.inner);
        let task = tokio::spawn(async move { inner.make().await });
        task.await.unwrap_or(Err(CheckpointError::Stopped))
    }

    /// The last of all.
    pub async fn last(&self) -> Result<Option<Last>, CheckpointError> {
        let mut open = self.inner.open.lock().await;
        let opened = self.inner.opened(&mut open).await?;
        Ok(opened.signed.last())
    }

    /// The number of the last one that this process knows of; wakes when there is a new one.
    pub fn made(&self) -> watch::Receiver<u64> {
        self.inner.made.subscribe()
    }

    /// Where the files are.
    pub fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// Makes one every so often until the server stops, the first when the last is as old.
    pub async fn run(self, every: Duration, mut stopping: watch::Receiver<bool>) {
        let mut wait = match self.last().await {
            Ok(last) => last.map_or(Duration::ZERO, |last| rest(last.at, self.inner.clock.now(), every)),
            Err(_) => Duration::ZERO,
        };
        while tokio::time::timeout(wait, stopping.wait_for(|stopping| *stopping))
            .await
            .is_err()
        {
            match self.make().await {
                Ok(made) => made.new.iter().for_each(|checkpoint| {
                    tracing::info!(number = checkpoint.statement.number, hash = %checkpoint.hash, "a checkpoint was signed");
                }),
                Err(error) => tracing::error!(%error, "there is no checkpoint"),
            }
            wait = every;
        }
    }
}

/// How long until the next one.
fn rest(last: TimestampMs, now: TimestampMs, every: Duration) -> Duration {
    let age = u64::try_from(now.0.saturating_sub(last.0)).unwrap_or_default();
    every.saturating_sub(Duration::from_millis(age))
}

impl Inner {
    async fn opened<'a>(&self, open: &'a mut Option<Open>) -> Result<&'a mut Open, CheckpointError> {
        if open.is_none() {
            let dir = self.dir.clone();
            let new = blocking(move || {
                let (log, signed) = Log::open(&dir)?;
                let key = SigningKey::of_folder(&dir)?;
                Ok(Open { key, log, signed })
            });
            let new = new.await?;
            self.made.send_replace(new.signed.next_number() - 1);
            *open = Some(new);
        }
        open.as_mut().ok_or(CheckpointError::Stopped)
    }

    async fn make(&self) -> Result<Made, CheckpointError> {
        let mut open = self.open.lock().await;
        let signed = &self.opened(&mut open).await?.signed;
        self.check_past(signed).await?;
        let mut new = Vec::new();
        loop {
            let opened = self.opened(&mut open).await?;
            let Some(statement) = self.next(opened)? else { break };
            // Also after a first one: it is published at once, and what tells of that would be signed again and again.
            if self.tells_only_of_itself(&opened.signed, &statement).await? {
                break;
            }
            // Taken out: after a failure it is read anew.
            let Some(mut opened) = open.take() else { break };
            let (opened, checkpoint) = blocking(move || {
                let checkpoint = statement.sign(&opened.key);
                opened.signed.take(&checkpoint)?;
                opened.log.append(checkpoint.clone())?;
                Ok((opened, checkpoint))
            })
            .await?;
            self.made.send_replace(checkpoint.statement.number);
            new.push(checkpoint);
            *open = Some(opened);
        }
        let last = self.opened(&mut open).await?.log.last().cloned();
        Ok(Made { new, last })
    }

    /// Never signs over another past: each stream must go on from its signed end.
    async fn check_past(&self, signed: &Signed) -> Result<(), CheckpointError> {
        for (stream, (seq, chain)) in signed.heads() {
            if self.chain_at(*stream, *seq).await? != Some(*chain) {
                return Err(CheckpointError::OtherPast {
                    stream: *stream,
                    seq: *seq,
                });
            }
        }
        Ok(())
    }

    async fn chain_at(&self, stream: StreamId, seq: Seq) -> Result<Option<ChainHash>, CheckpointError> {
        let head = self.journal.head(stream);
        if let Some(head) = head.filter(|head| head.seq <= seq) {
            return Ok((head.seq == seq).then_some(head.chain));
        }
        // At least one record, however little is asked for.
        let records = self.journal.read(stream, seq, 1).await?;
        Ok(records.first().map(|record| record.chain))
    }

    /// The next checkpoint, if anything has moved.
    fn next(&self, Open { key, signed, .. }: &Open) -> Result<Option<Statement>, CheckpointError> {
        let key = key.public();
        if let Some(last) = signed.last().filter(|last| last.key != key) {
            let (number, of) = (last.number, last.key);
            return Err(CheckpointError::OtherKey { number, of });
        }
        let is_new = |stream: &StreamId, head: &Head| signed.heads().get(stream).is_none_or(|(seq, _)| *seq < head.seq);
        let mark = |(stream, head): (StreamId, Head)| Mark {
            stream,
            seq: head.seq,
            chain: head.chain,
        };
        let streams = self.journal.streams().into_iter();
        let moved: Vec<Mark> = streams
            .filter(|(stream, head)| is_new(stream, head))
            .map(mark)
            .take(MARKS_MAX)
            .collect();
        if moved.is_empty() {
            return Ok(None);
        }
        let (streams, heads) = signed.with(&moved);
        let now = self.clock.now();
        Ok(Some(Statement {
            number: signed.next_number(),
            at: signed.last().map_or(now, |last| last.at.max(now)),
            key,
            previous: signed.last().map_or(CheckpointHash::START, |last| last.hash),
            streams,
            heads,
            moved,
        }))
    }

    /// Whether nothing has happened but that checkpoints were published: that alone makes no new one, or an idle server
    /// would go on for ever.
    async fn tells_only_of_itself(&self, signed: &Signed, next: &Statement) -> Result<bool, CheckpointError> {
        let [mark] = &next.moved[..] else { return Ok(false) };
        if mark.stream != StreamId::WORKSPACE {
            return Ok(false);
        }
        let mut last = signed.heads().get(&mark.stream).map_or(Seq::ZERO, |(seq, _)| *seq);
        while last < mark.seq {
            let records = self.journal.read(mark.stream, last.next(), READ_BYTES).await?;
            if !records.iter().all(tells_of_a_checkpoint) {
                return Ok(false);
            }
            last = records.last().map_or(mark.seq, |record| record.seq);
        }
        Ok(true)
    }
}

fn tells_of_a_checkpoint(record: &Record) -> bool {
    let entry = protocol::decode_entry(&record.payload);
    entry.is_ok_and(|entry| matches!(entry.body, Body::Workspace(WorkspaceEvent::CheckpointPublished { .. })))
}

/// Runs what waits for the disk off the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CheckpointError> + Send + 'static,
) -> Result<T, CheckpointError> {
    let task = tokio::task::spawn_blocking(work);
    task.await.unwrap_or(Err(CheckpointError::Stopped))
}
