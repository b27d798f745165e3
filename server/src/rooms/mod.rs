//! The plans that are open: one task each, found by id, started on demand, gone when nobody needs it.

mod documents;
mod load;
mod reception;
mod shell;
mod snapshot;
mod waits;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use domain::{ActorId, KeyName, PersonId, PlanId, Schema, Seq, TimestampMs};
use journal::SegmentJournal;
use plan::{Edit, Table};
use protocol::{FRAME_BYTES_MAX, Hello, PeerId, SnapshotInfo};
use relay::{APPEND_FAILED, Visitor};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use crate::clock::{Clock, Stamps};
use crate::denials::Denials;
use crate::directory::Directory;
use crate::keys::KeyStore;
use crate::metrics::Metrics;
use crate::read_models::ReadModels;
use crate::snapshots::Snapshots;
use crate::socket::Outbox;

/// Inputs that may wait for a room, in messages. Full: sockets are not read until there is place.
const INPUTS_MAX: usize = 1024;
/// Bytes of frames that may wait for a room: one longest frame each of sixteen connections.
const INPUT_BYTES_MAX: usize = 16 * FRAME_BYTES_MAX;
/// How often a caller tries again when it met a room that was just leaving.
const TRIES_MAX: usize = 5;
/// Edits are refused with the reason for so long after an append failed, then tried again. Milliseconds.
const RETRY_AFTER_MS: i64 = 2_000;

/// Rest before a room that failed is built anew: what failed is often the disk, and it fails again at once.
const REBUILD_REST: Duration = Duration::from_millis(300);

/// What a room's task is told.
pub enum Input {
    /// A connection said Hello.
    Join {
        /// Its number.
        peer: PeerId,
        /// Whose, and what it may.
        visitor: Visitor,
        /// What it said.
        hello: Hello,
        /// The way back.
        socket: Outbox,
        /// Told when the room has taken it in; dropped by a room that was just leaving.
        taken: oneshot::Sender<()>,
    },
    /// A frame came.
    Frame {
        /// From whom.
        peer: PeerId,
        /// The frame.
        bytes: Bytes,
        /// Its bytes among those that may wait.
        room: OwnedSemaphorePermit,
    },
    /// The socket took so many bytes.
    Drained {
        /// Whose.
        peer: PeerId,
        /// How many.
        bytes: usize,
    },
    /// The connection is gone.
    Leave {
        /// Whose.
        peer: PeerId,
    },
    /// An edit that the server makes for a person.
    Submit {
        /// For whom.
        person: PersonId,
        /// As which actor.
        actor: ActorId,
        /// The time that the change bears.
        claimed: TimestampMs,
        /// What, in view of the plan's content as it is then. None: nothing, after all.
        propose: Propose,
        /// When it is on disk.
        done: oneshot::Sender<Result<(), SubmitFailure>>,
    },
    /// A look at the plan's content. What was seen is told once all of it is on disk.
    Look(Look),
    /// A snapshot was taken, or could not be.
    Snapshot(Option<SnapshotInfo>),
    /// Keys were destroyed in the key store.
    Erased(Vec<KeyName>),
}

/// Makes edits in view of a plan's content.
pub type Propose = Box<dyn FnOnce(&Table) -> Option<Vec<Edit>> + Send>;
/// Looks at a plan's content, and gives what tells the asker.
pub type Look = Box<dyn FnOnce(&Table) -> Tell + Send>;
/// Tells an asker what was seen.
pub type Tell = Box<dyn FnOnce() + Send>;

/// The way to a room.
#[derive(Debug, Clone)]
pub struct Inputs {
    queue: mpsc::Sender<Input>,
    bytes: Arc<Semaphore>,
}

/// The room is gone: its next one is found by [`Rooms::inputs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

impl Inputs {
    /// Says something, once there is place in the queue.
    pub async fn send(&self, input: Input) -> Result<(), Gone> {
        self.queue.send(input).await.map_err(|_| Gone)
    }

    /// Passes a frame on, once there is place for its bytes.
    pub async fn send_frame(&self, peer: PeerId, bytes: Bytes) -> Result<(), Gone> {
        let len = u32::try_from(bytes.len().clamp(1, INPUT_BYTES_MAX)).map_err(|_| Gone)?;
        let room = Arc::clone(&self.bytes).acquire_many_owned(len).await;
        let room = room.map_err(|_| Gone)?;
        self.send(Input::Frame { peer, bytes, room }).await
    }
}

/// Why the server's own edit was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitFailure {
    /// The room says no.
    #[error(transparent)]
    Refused(#[from] relay::SubmitError),
    /// The room failed meanwhile.
    #[error("the server cannot save edits now: try again shortly")]
    Unavailable,
}

/// The rooms of a server.
#[derive(Clone)]
pub struct Rooms {
    shared: Arc<Shared>,
}

/// What all rooms share: what they were made with, and each other.
pub(crate) struct Shared {
    with: RoomsInit,
    /// One snapshot at a time: it is work for a whole core.
    pub(crate) snapshot_turn: Arc<Semaphore>,
    rooms: Mutex<BTreeMap<PlanId, Open>>,
    open: watch::Sender<usize>,
    next_room: AtomicU64,
    next_peer: AtomicU64,
}

struct Open {
    /// Tells one room of a plan from the next.
    number: u64,
    inputs: Inputs,
}

/// What is remembered of a room that failed, for the one that follows.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) why: String,
    pub(crate) until: TimestampMs,
}

/// What rooms are made with.
pub struct RoomsInit {
    /// The journal.
    pub journal: Arc<SegmentJournal>,
    /// The workspace.
    pub directory: Directory,
    /// The schema.
    pub schema: Arc<Schema>,
    /// The clock.
    pub clock: Clock,
    /// The times that the server's own changes bear.
    pub stamps: Arc<Stamps>,
    /// Where to count.
    pub metrics: Arc<Metrics>,
    /// Snapshot files.
    pub snapshots: Snapshots,
    /// Which life of the data folder it is.
    pub epoch: u32,
    /// Where facts go.
    pub models: ReadModels,
    /// Where refused writes go.
    pub denials: Denials,
    /// The keys of contacts.
    pub keys: KeyStore,
    /// Turns true when the server stops.
    pub stopping: watch::Receiver<bool>,
    /// A room that nobody is in leaves memory after this time.
    pub idle_time: Duration,
}

impl Rooms {
    /// No room is open yet.
    pub fn new(init: RoomsInit) -> Self {
        let shared = Shared {
            with: init,
            snapshot_turn: Arc::new(Semaphore::new(1)),
            rooms: Mutex::default(),
            open: watch::channel(0).0,
            next_room: AtomicU64::new(0),
            next_peer: AtomicU64::new(0),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// A number for a connection, never given twice.
    pub fn next_peer(&self) -> PeerId {
        PeerId(self.shared.next_peer.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// The way to a plan's room, which is started if it is not there. The plan must exist.
    pub fn inputs(&self, plan: PlanId) -> Inputs {
        let mut rooms = self.shared.rooms();
        if let Some(open) = rooms.get(&plan) {
            return open.inputs.clone();
        }
        let (queue, receiver) = mpsc::channel(INPUTS_MAX);
        let own = queue.downgrade();
        let inputs = Inputs {
            queue,
            bytes: Arc::new(Semaphore::new(INPUT_BYTES_MAX)),
        };
        let number = self.shared.next_room.fetch_add(1, Ordering::Relaxed);
        rooms.insert(
            plan,
            Open {
                number,
                inputs: inputs.clone(),
            },
        );
        drop(rooms);
        self.shared.open.send_modify(|open| *open += 1);
        self.shared.metrics.rooms.inc();
        tokio::spawn(supervise(Arc::clone(&self.shared), plan, number, receiver, own));
        inputs
    }

    /// Tells a plan's room, if it is open, that keys were destroyed in the key store. One that opens later reads it there.
    pub async fn erased(&self, plan: PlanId, names: Vec<KeyName>) {
        let inputs = self.shared.rooms().get(&plan).map(|open| open.inputs.clone());
        if let Some(inputs) = inputs {
            // A room that is gone has forgotten the keys.
            let _ = inputs.send(Input::Erased(names)).await;
        }
    }

    /// Makes an edit for a person; returns when it is on disk.
    pub async fn submit(
        &self,
        plan: PlanId,
        person: PersonId,
        actor: ActorId,
        edits: Vec<Edit>,
    ) -> Result<(), SubmitFailure> {
        let propose = move |_: &Table| Ok::<_, Infallible>((edits.clone(), ()));
        self.propose(plan, person, actor, propose)
            .await?
            .map_or_else(|never| match never {}, Ok)
    }

    /// Makes an edit for a person in view of the plan's content: nothing comes between what `propose` sees and the edit.
    /// Returns when it is on disk, with what `propose` gave beside the edits, or why it made none.
    pub async fn propose<T, E>(
        &self,
        plan: PlanId,
        person: PersonId,
        actor: ActorId,
        propose: impl Fn(&Table) -> Result<(Vec<Edit>, T), E> + Clone + Send + 'static,
    ) -> Result<Result<T, E>, SubmitFailure>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        let claimed = self.shared.stamps.next();
        self.propose_claimed(plan, person, actor, claimed, propose).await
    }

    /// The same; the change bears a stamp that was taken before, by which it can be found again.
    pub async fn propose_claimed<T, E>(
        &self,
        plan: PlanId,
        person: PersonId,
        actor: ActorId,
        claimed: TimestampMs,
        propose: impl Fn(&Table) -> Result<(Vec<Edit>, T), E> + Clone + Send + 'static,
    ) -> Result<Result<T, E>, SubmitFailure>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        for _ in 0..TRIES_MAX {
            let (done, answer) = oneshot::channel();
            let (tell, mut told) = oneshot::channel();
            let propose = propose.clone();
            let input = Input::Submit {
                person,
                actor,
                claimed,
                propose: Box::new(move |table| {
                    let (edits, outcome) = match propose(table) {
                        Ok((edits, beside)) => (Some(edits), Ok(beside)),
                        Err(why) => (None, Err(why)),
                    };
                    // The caller may have gone.
                    let _ = tell.send(outcome);
                    edits
                }),
                done,
            };
            if self.inputs(plan).send(input).await.is_err() {
                continue;
            }
            // Nobody answered: the room was leaving, and had not taken the edit.
            if let Ok(result) = answer.await {
                result?;
                return told.try_recv().map_err(|_| SubmitFailure::Unavailable);
            }
        }
        Err(SubmitFailure::Unavailable)
    }

    /// Looks at a plan's content, as of its last admitted change; returns when all that was seen is on disk.
    pub async fn look<T: Send + 'static>(
        &self,
        plan: PlanId,
        look: impl Fn(&Table) -> T + Clone + Send + 'static,
    ) -> Option<T> {
        for _ in 0..TRIES_MAX {
            let (done, answer) = oneshot::channel();
            let look = look.clone();
            let input = Input::Look(Box::new(move |table| {
                let seen = look(table);
                Box::new(move || {
                    // The asker may have gone.
                    let _ = done.send(seen);
                })
            }));
            if self.inputs(plan).send(input).await.is_err() {
                continue;
            }
            if let Ok(seen) = answer.await {
                return Some(seen);
            }
        }
        None
    }

    /// Waits until no room is open, at most for `time`. Rooms end when the server stops.
    pub async fn ended(&self, time: Duration) -> bool {
        let mut open = self.shared.open.subscribe();
        tokio::time::timeout(time, open.wait_for(|open| *open == 0))
            .await
            .is_ok()
    }
}

impl Deref for Shared {
    type Target = RoomsInit;

    fn deref(&self) -> &RoomsInit {
        &self.with
    }
}

impl Shared {
    fn rooms(&self) -> std::sync::MutexGuard<'_, BTreeMap<PlanId, Open>> {
        // No code that can panic runs under this lock.
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a room out of the list, unless another one has taken its place.
    fn forget(&self, plan: PlanId, number: u64) {
        let mut rooms = self.rooms();
        if rooms.get(&plan).is_some_and(|open| open.number == number) {
            rooms.remove(&plan);
        }
    }

    pub(crate) fn head(&self, plan: PlanId) -> Seq {
        use journal::Journal;
        self.journal.head(plan.into()).map_or(Seq::ZERO, |head| head.seq)
    }
}

/// Runs a plan's room, and a new one after each that fails: peers that were in it come again by themselves.
async fn supervise(
    shared: Arc<Shared>,
    plan: PlanId,
    number: u64,
    mut inputs: mpsc::Receiver<Input>,
    own: mpsc::WeakSender<Input>,
) {
    let mut failure: Option<Failure> = None;
    loop {
        let (run, own) = (Arc::clone(&shared), own.clone());
        let last = failure.take();
        // A task of its own: a panic ends it, not the supervisor. The inputs come back with it unless it panicked.
        let room = tokio::spawn(async move { shell::run(run, plan, inputs, own, last).await });
        match room.await {
            Ok(shell::End::Idle(rest)) => {
                leave(&shared, plan, number, rest).await;
                break;
            }
            Ok(shell::End::Failed(rest, why)) => {
                shared.metrics.room_failures.inc();
                tracing::error!(%plan, why, "a room failed; it is built anew from the journal");
                let until = TimestampMs(shared.clock.now().0.saturating_add(RETRY_AFTER_MS));
                // People are told the reason, in the journal's words.
                let why = why.strip_prefix(APPEND_FAILED).unwrap_or(&why).to_owned();
                failure = Some(Failure { why, until });
                inputs = rest;
                tokio::time::sleep(REBUILD_REST).await;
            }
            Err(error) => {
                // Inputs and peers are gone with the task: their sockets see it and come again.
                shared.metrics.room_failures.inc();
                tracing::error!(%plan, %error, "a room panicked; the next one is built from the journal");
                shared.forget(plan, number);
                break;
            }
        }
    }
    shared.metrics.rooms.dec();
    shared.open.send_modify(|open| *open -= 1);
}

/// Leaves the list, then drops what came in between: those who sent it see that nobody took it, and come again.
async fn leave(shared: &Shared, plan: PlanId, number: u64, mut rest: mpsc::Receiver<Input>) {
    shared.forget(plan, number);
    rest.close();
    while rest.recv().await.is_some() {}
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn what_waits_for_a_room_is_bounded_in_bytes() {
        let (queue, mut receiver) = mpsc::channel(INPUTS_MAX);
        let inputs = Inputs {
            queue,
            bytes: Arc::new(Semaphore::new(INPUT_BYTES_MAX)),
        };
        let frame = || inputs.send_frame(PeerId(1), Bytes::from(vec![0; FRAME_BYTES_MAX]));
        for _ in 0..16 {
            assert_eq!(frame().now_or_never(), Some(Ok(())));
        }
        let next = frame();
        tokio::pin!(next);
        assert_eq!(next.as_mut().now_or_never(), None, "it waits for the room");
        assert_eq!(
            inputs.send(Input::Leave { peer: PeerId(1) }).now_or_never(),
            Some(Ok(())),
            "what takes no memory does not"
        );
        drop(receiver.recv().await);
        assert_eq!(next.await, Ok(()));
        drop(receiver);
        assert_eq!(frame().await, Err(Gone));
    }
}
