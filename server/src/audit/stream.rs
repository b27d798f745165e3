//! The audit of a running server as a stream: read in pieces, written in pieces, never held as a whole.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Seq;
use futures_util::Stream;
use journal::{Journal, Record, SegmentJournal, StreamId};
use tokio::sync::mpsc;

use super::{Auditor, Format, Place, Scope};
use crate::refold::FoldError;

/// How much of a stream is read at once, in bytes.
const READ_BYTES: usize = 512 << 10;
/// Pieces that wait for a reader who is slow.
const PIECES_MAX: usize = 2;
/// How large a piece becomes, in bytes.
const PIECE_BYTES: usize = 64 << 10;
/// How long one audit may take to be read.
const AUDIT_TIME_MAX: Duration = Duration::from_mins(15);

/// What is asked for.
pub struct Audit {
    /// What makes the lines.
    pub auditor: Auditor,
    /// What it is about.
    pub scope: Scope,
    /// How they are written.
    pub format: Format,
    /// One of few places: each audit of a plan folds all of it.
    pub place: Place,
}

/// Why an audit breaks off: its reader sees that it is not whole.
#[derive(Debug, thiserror::Error)]
pub enum AuditFailed {
    /// The journal could not be read.
    #[error(transparent)]
    Read(#[from] journal::ReadError),
    /// An entry could not be read.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// The task is gone.
    #[error("the server is shutting down")]
    Stopped,
}

/// The lines, up to what is in the journal now.
pub fn lines(journal: Arc<SegmentJournal>, audit: Audit) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let (pieces, waiting) = mpsc::channel(PIECES_MAX);
    tokio::spawn(async move {
        let ended = tokio::time::timeout(AUDIT_TIME_MAX, write(&journal, audit, &pieces)).await;
        let failed = match ended {
            Ok(Ok(())) => return,
            Ok(Err(error)) => io::Error::other(error),
            Err(_) => io::Error::from(io::ErrorKind::TimedOut),
        };
        tracing::warn!(error = %failed, "an audit broke off");
        // Nobody is there to be told any more, perhaps.
        let _ = pieces.send(Err(failed)).await;
    });
    futures_util::stream::unfold(waiting, |mut waiting| async move {
        let piece = waiting.recv().await?;
        Some((piece, waiting))
    })
}

async fn write(
    journal: &Arc<SegmentJournal>,
    audit: Audit,
    pieces: &mpsc::Sender<io::Result<Bytes>>,
) -> Result<(), AuditFailed> {
    let Audit {
        mut auditor,
        scope,
        format,
        place,
    } = audit;
    let mut merged = Merged::new(journal, scope);
    let mut piece = format.head();
    loop {
        let batch = merged.next().await?;
        if batch.is_empty() {
            break;
        }
        let folding = tokio::task::spawn_blocking(move || {
            let mut text = String::new();
            for record in &batch {
                for line in auditor.take(record)? {
                    text.push_str(&format.write(&line));
                }
            }
            Ok::<_, FoldError>((auditor, text))
        });
        let text;
        (auditor, text) = folding.await.map_err(|_| AuditFailed::Stopped)??;
        piece.push_str(&text);
        if piece.len() >= PIECE_BYTES {
            for part in cut(std::mem::take(&mut piece).into()) {
                if pieces.send(Ok(part)).await.is_err() {
                    return Ok(());
                }
            }
        }
    }
    drop(place);
    if !piece.is_empty() {
        // The reader has gone: then it wants nothing.
        let _ = pieces.send(Ok(piece.into())).await;
    }
    Ok(())
}

/// Pieces of a size that a connection can wait for.
fn cut(mut text: Bytes) -> Vec<Bytes> {
    let mut parts = Vec::with_capacity(text.len() / PIECE_BYTES + 1);
    while text.len() > PIECE_BYTES {
        parts.push(text.split_to(PIECE_BYTES));
    }
    parts.push(text);
    parts
}

/// The records of the workspace's stream and perhaps a plan's, in the order of their time.
struct Merged {
    streams: Vec<Source>,
}

struct Source {
    journal: Arc<SegmentJournal>,
    stream: StreamId,
    next: Seq,
    end: Seq,
    waiting: std::collections::VecDeque<Record>,
}

impl Merged {
    fn new(journal: &Arc<SegmentJournal>, scope: Scope) -> Self {
        let streams = match scope {
            Scope::Workspace => vec![StreamId::WORKSPACE],
            Scope::Plan(plan) => vec![StreamId::WORKSPACE, plan.into()],
        };
        let source = |stream| Source {
            journal: Arc::clone(journal),
            stream,
            next: Seq(1),
            end: journal.head(stream).map_or(Seq::ZERO, |head| head.seq),
            waiting: std::collections::VecDeque::new(),
        };
        Self {
            streams: streams.into_iter().map(source).collect(),
        }
    }

    /// The next records: as many as are known to be next. Empty: all were given.
    async fn next(&mut self) -> Result<Vec<Record>, AuditFailed> {
        let mut batch = Vec::new();
        loop {
            for source in &mut self.streams {
                if !source.fill(batch.is_empty()).await? {
                    // What comes next is not known before more is read.
                    return Ok(batch);
                }
            }
            // Of two at one time the workspace's first: the first of the least.
            let first = self.streams.iter_mut().filter(|source| !source.waiting.is_empty());
            let Some(first) = first.min_by_key(|source| source.waiting.front().map(|record| record.at)) else {
                return Ok(batch);
            };
            batch.extend(first.waiting.pop_front());
        }
    }
}

impl Source {
    /// Whether it is known what comes next from it; reads on, if it may.
    async fn fill(&mut self, may_read: bool) -> Result<bool, AuditFailed> {
        if !self.waiting.is_empty() || self.next > self.end {
            return Ok(true);
        }
        if !may_read {
            return Ok(false);
        }
        let records = self.journal.read(self.stream, self.next, READ_BYTES).await?;
        self.next = records.last().map_or(self.end.next(), |last| last.seq.next());
        self.waiting
            .extend(records.into_iter().filter(|record| record.seq <= self.end));
        Ok(true)
    }
}
