//! The workspace's stream, live: its state in memory, and the one writer that decides commands.

use std::sync::{Arc, PoisonError, RwLock};

use domain::{PersonId, Seq, TimestampMs, WorkspaceEvent};
use journal::{Append, AppendError, Journal, Key, NewRecord, ReadError, SegmentJournal, StreamId};
use protocol::{Body, CodecError, Entry};
use tokio::sync::{Mutex, watch};
use workspace::{Command, Refused, State, decide};

use crate::clock::Clock;
use crate::secret::random_bytes;

/// How much of the stream is read at once, in bytes.
const READ_BYTES: usize = 1 << 20;

/// Why a command did not happen.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The workspace says no.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It is not as it was to be.
    #[error("somebody changed it meanwhile")]
    Changed,
    /// The journal did not take it.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The journal could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An entry of the stream is none of the workspace's.
    #[error("the workspace's stream cannot be read: {0}")]
    Damaged(String),
    /// The task that decides is gone.
    #[error("the server is shutting down")]
    Stopped,
}

/// People, plans, links, sessions and tokens, as of now.
#[derive(Clone)]
pub struct Directory {
    inner: Arc<Inner>,
}

struct Inner {
    journal: Arc<SegmentJournal>,
    clock: Clock,
    state: RwLock<Arc<State>>,
    /// The stream's last entry; held while a command is decided and stored.
    last: Mutex<Seq>,
    changes: watch::Sender<u64>,
}

impl Directory {
    /// Folds the stream.
    pub async fn open(journal: Arc<SegmentJournal>, clock: Clock) -> Result<Self, DirectoryError> {
        let mut state = State::default();
        let last = catch_up(&journal, &mut state, Seq::ZERO).await?;
        let inner = Inner {
            journal,
            clock,
            state: RwLock::new(Arc::new(state)),
            last: Mutex::new(last),
            changes: watch::channel(0).0,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The state now.
    pub fn state(&self) -> Arc<State> {
        Arc::clone(&self.inner.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Wakes whenever the state has changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    /// Decides a command and stores what happened. Once it begins it ends, even if the caller has gone: an entry that is
    /// stored is also in the state.
    pub async fn run(&self, author: PersonId, command: Command) -> Result<Vec<WorkspaceEvent>, DirectoryError> {
        self.run_if(author, vec![command], |_| true).await
    }

    /// Decides several commands as one, each in view of what the ones before it do, if the workspace is so that they may be
    /// decided: all of it happens or nothing, and nothing comes in between.
    pub async fn run_if(
        &self,
        author: PersonId,
        commands: Vec<Command>,
        only_if: impl FnOnce(&State) -> bool + Send + 'static,
    ) -> Result<Vec<WorkspaceEvent>, DirectoryError> {
        let inner = Arc::clone(&self.inner);
        let task = tokio::spawn(async move { inner.run(author, commands, only_if).await });
        task.await.unwrap_or(Err(DirectoryError::Stopped))
    }
}

impl Inner {
    async fn run(
        &self,
        author: PersonId,
        commands: Vec<Command>,
        only_if: impl FnOnce(&State) -> bool + Send,
    ) -> Result<Vec<WorkspaceEvent>, DirectoryError> {
        let mut last = self.last.lock().await;
        let now = self.clock.now();
        let current = Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner));
        if !only_if(&current) {
            return Err(DirectoryError::Changed);
        }
        let events = decide_all(&current, now, commands)?;
        drop(current);
        if events.is_empty() {
            return Ok(events);
        }
        let placed = self.append(*last, now, author, &events).await?;
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let state = Arc::make_mut(&mut state);
        for (event, (seq, at)) in events.iter().zip(placed) {
            state.evolve(at, event);
            *last = seq;
        }
        self.changes.send_modify(|changes| *changes += 1);
        Ok(events)
    }

    async fn append(
        &self,
        last: Seq,
        now: TimestampMs,
        author: PersonId,
        events: &[WorkspaceEvent],
    ) -> Result<Vec<(Seq, TimestampMs)>, AppendError> {
        let records = events.iter().map(|event| NewRecord {
            // Nothing ever proposes the same control event twice: its name need only be new.
            key: Key(random_bytes()),
            at: now,
            payload: protocol::encode_entry(&Entry {
                epoch: 0,
                author,
                body: Body::Workspace(event.clone()),
            }),
        });
        let append = Append {
            stream: StreamId::WORKSPACE,
            expect: Some(last),
            records: records.collect(),
        };
        let committed = self.journal.append(append).await?;
        Ok(committed.records.iter().map(|placed| (placed.seq, placed.at)).collect())
    }
}

fn decide_all(state: &State, now: TimestampMs, commands: Vec<Command>) -> Result<Vec<WorkspaceEvent>, Refused> {
    let mut commands = commands.into_iter();
    let Some(first) = commands.next() else {
        return Ok(Vec::new());
    };
    let mut events = decide(state, now, first)?;
    if commands.len() == 0 {
        return Ok(events);
    }
    let mut then = state.clone();
    for event in &events {
        then.evolve(now, event);
    }
    for command in commands {
        let more = decide(&then, now, command)?;
        for event in &more {
            then.evolve(now, event);
        }
        events.extend(more);
    }
    Ok(events)
}

async fn catch_up(journal: &SegmentJournal, state: &mut State, from: Seq) -> Result<Seq, DirectoryError> {
    let mut last = from;
    loop {
        let records = journal.read(StreamId::WORKSPACE, last.next(), READ_BYTES).await?;
        if records.is_empty() {
            return Ok(last);
        }
        for record in records {
            let entry = protocol::decode_entry(&record.payload)
                .map_err(|error| DirectoryError::Damaged(unreadable(record.seq, &error)))?;
            let Body::Workspace(event) = entry.body else {
                let why = format!("entry {} is a change of a plan", record.seq);
                return Err(DirectoryError::Damaged(why));
            };
            state.evolve(record.at, &event);
            last = record.seq;
        }
    }
}

/// The journal's checksums say that it is what was written: only who wrote it may be another.
fn unreadable(seq: Seq, error: &CodecError) -> String {
    match error {
        CodecError::NewerFormat(_) => format!("entry {seq}: {error}"),
        _ => format!("entry {seq}, probably written by a newer version of this program: use that version ({error})"),
    }
}
