//! What a room needs around it: the journal, the sockets, the clock. One input at a time, then all its outputs.

mod reading;

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::{ChangeHash, Fact, ItemKey, PlanId, Seq, TimestampMs};
use futures_util::stream::{FuturesUnordered, StreamExt};
use journal::{Append, AppendError, Committed, Journal, Key, NewRecord};
use protocol::{Bye, PeerId, Person, SnapshotInfo};
use relay::{Limits, NewEntry, Output, Room, RoomInit, Unavailable};
use tokio::sync::{mpsc, oneshot};

use super::documents::{Document, Held};
use super::load::{Loaded, load};
use super::reception::Reception;
use super::snapshot;
use super::waits::{sleep_until, until};
use super::{Failure, Input, Look, Shared, SubmitFailure, Tell};
use crate::access;
use crate::secret::random_bytes;
use crate::socket::{Chunk, Outbox};

/// Rest before those who wait for a plan that could not be read are sent away. They come again at once: without it, a plan
/// that can never be read would be read as fast as the disk can, for everyone who has it open.
const LOAD_REST: Duration = Duration::from_millis(500);
/// Snapshots whose files are held open for those who are still being sent one.
const OPEN_DOCUMENTS_MAX: usize = 4;

/// How a room's task ends. Both give the inputs back.
pub(crate) enum End {
    /// Nobody needs it.
    Idle(mpsc::Receiver<Input>),
    /// It must be built anew.
    Failed(mpsc::Receiver<Input>, String),
}

type Appending = Pin<Box<dyn Future<Output = Result<Committed, AppendError>> + Send>>;
type Loading = Pin<Box<dyn Future<Output = Piece> + Send>>;

/// What was read.
enum Piece {
    History(PeerId, Vec<protocol::Committed>),
    Document(Document),
    /// Keys of contacts are on disk, or why not.
    Keys(Result<(), String>),
}

struct Shell {
    shared: Arc<Shared>,
    plan: PlanId,
    room: Room,
    own: mpsc::WeakSender<Input>,
    peers: BTreeMap<PeerId, Seat>,
    /// Peers for whom something waits in their seats.
    to_send: Vec<PeerId>,
    /// The last frame that was framed: it goes to many.
    framed: Option<(Bytes, Chunk)>,
    /// Callers of `submit` whose change is under way.
    submitted: BTreeMap<ChangeHash, Vec<oneshot::Sender<Result<(), SubmitFailure>>>>,
    /// What was seen of the plan, for those who hear of it once all up to this entry is on disk.
    seen: VecDeque<(Seq, Tell)>,
    appending: Option<(Instant, Appending)>,
    loading: FuturesUnordered<Loading>,
    /// Keys of contacts that wait for the key store, and whether some are on their way.
    keys_to_store: VecDeque<Vec<ItemKey>>,
    storing_keys: bool,
    deadline: Option<TimestampMs>,
    /// Facts of the drain under way.
    facts: Vec<Fact>,
    documents: BTreeMap<Seq, Arc<File>>,
    /// The document in memory.
    held: Held,
    /// Who waits for a document that is being read, and from which byte on.
    wanted: Vec<(PeerId, SnapshotInfo, u64)>,
    /// The newest snapshot's entry; one is being taken.
    snapshot: (Seq, bool),
    /// Until when no snapshot is taken, and when to look again whether one is due.
    snapshot_rest: tokio::time::Instant,
    snapshot_look: Option<tokio::time::Instant>,
    failed: Option<String>,
}

/// Runs a plan's room until it is idle or fails.
pub(crate) async fn run(
    shared: Arc<Shared>,
    plan: PlanId,
    mut inputs: mpsc::Receiver<Input>,
    own: mpsc::WeakSender<Input>,
    failure: Option<Failure>,
) -> End {
    let mut reception = Reception::prepare(&shared, plan).await;
    let loading = load(&shared, plan);
    let loaded = match &mut reception {
        Some(reception) => {
            reception.receive_first(&mut inputs).await;
            reception.receive_during(loading, &mut inputs).await
        }
        None => loading.await,
    };
    match loaded {
        Ok(loaded) => {
            let mut shell = Shell::new(shared, plan, own, loaded, failure);
            if let Some(reception) = reception {
                shell.take_over(reception);
            }
            shell.run(inputs).await
        }
        Err(error) => {
            // Those who are here already are sent away.
            drop(reception);
            tokio::time::sleep(LOAD_REST).await;
            refuse_waiting(inputs, &error.to_string())
        }
    }
}

/// The plan cannot be opened: those who wait are sent away, to come again later.
fn refuse_waiting(mut inputs: mpsc::Receiver<Input>, why: &str) -> End {
    tracing::error!(why, "a plan cannot be opened");
    send_away(&mut inputs);
    // Nobody waits any more: the next to come starts anew.
    End::Idle(inputs)
}

fn send_away(inputs: &mut mpsc::Receiver<Input>) {
    while let Ok(input) = inputs.try_recv() {
        if let Input::Join { socket, taken, .. } = input {
            socket.close(Some(Bye::Fault));
            // The connection may be gone already.
            let _ = taken.send(());
        }
    }
}

/// A peer's place in the room.
pub(super) struct Seat {
    outbox: Outbox,
    /// Frames of the drain under way.
    to_send: Vec<Chunk>,
}

impl Seat {
    pub(super) const fn new(outbox: Outbox) -> Self {
        Self {
            outbox,
            to_send: Vec::new(),
        }
    }

    /// Says a last word.
    pub(super) fn close(&self, bye: Bye) {
        self.outbox.close(Some(bye));
    }

    /// Sends frames that nobody counts.
    pub(super) fn send(&self, mut chunks: Vec<Chunk>) {
        self.outbox.send(&mut chunks);
    }

    /// Sends what waits here; answers with how much of it is out.
    fn flush(&mut self) -> usize {
        self.outbox.send(&mut self.to_send)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // A room that goes without a word has panicked, and its people come again. Whoever has heard a last word, or has
        // left, hears no more.
        self.outbox.close(Some(Bye::Fault));
    }
}

impl Shell {
    fn new(
        shared: Arc<Shared>,
        plan: PlanId,
        own: mpsc::WeakSender<Input>,
        loaded: Loaded,
        failure: Option<Failure>,
    ) -> Self {
        let now = shared.clock.now();
        let Loaded {
            resume,
            manifest,
            keyring,
        } = loaded;
        let mut documents = BTreeMap::new();
        // A snapshot whose document is not there is not announced to anybody.
        let manifest = manifest.and_then(|manifest| {
            let file = shared.snapshots.open_document(plan, &manifest).ok()?;
            documents.insert(manifest.seq, Arc::new(file));
            Some(manifest)
        });
        let init = RoomInit {
            plan,
            schema: Arc::clone(&shared.schema),
            table: resume.table,
            epoch: shared.epoch,
            last_at: resume.last_at,
            owners: resume.owners,
            snapshot: manifest.as_ref().map(snapshot::info),
            people: people(&shared),
            access: access::of_plan(&shared.directory.state(), plan),
            keyring,
            entropy: random_bytes(),
            unavailable: unavailable(&shared, failure),
            limits: Limits::default(),
        };
        Self {
            plan,
            room: Room::new(now, init),
            own,
            peers: BTreeMap::new(),
            to_send: Vec::new(),
            framed: None,
            submitted: BTreeMap::new(),
            seen: VecDeque::new(),
            appending: None,
            loading: FuturesUnordered::new(),
            keys_to_store: VecDeque::new(),
            storing_keys: false,
            deadline: None,
            facts: Vec::new(),
            documents,
            held: Held::default(),
            wanted: Vec::new(),
            snapshot: (manifest.map_or(Seq::ZERO, |manifest| manifest.seq), false),
            snapshot_rest: tokio::time::Instant::now(),
            snapshot_look: None,
            failed: None,
            shared,
        }
    }

    /// The room is there: those who were received have their places in it.
    fn take_over(&mut self, reception: Reception) {
        let now = self.now();
        self.held.hold(reception.document);
        for guest in reception.guests {
            self.peers.insert(guest.peer, guest.seat);
            self.room
                .handle_arrival(now, guest.peer, guest.visitor, guest.told, reception.head);
        }
        self.drain();
        for input in reception.aside {
            self.on_input(input);
            self.drain();
        }
    }

    async fn run(mut self, mut inputs: mpsc::Receiver<Input>) -> End {
        let mut stopping = self.shared.stopping.clone();
        let mut changes = self.shared.directory.changes();
        let mut stopped = false;
        // Since when nobody needs it, and for how long still. Other people's sign-ins wake it and change nothing of that.
        let mut leave_at: Option<tokio::time::Instant> = None;
        // The plan may have been archived before this room began to listen for changes.
        self.on_directory();
        loop {
            self.drain();
            if let Some(why) = self.failed.take() {
                if !self.has_begun() {
                    send_away(&mut inputs);
                }
                return End::Failed(inputs, why);
            }
            if stopped && self.room.is_quiet() && self.appending.is_none() {
                return End::Idle(inputs);
            }
            let (congested, begun) = (self.room.is_congested(), self.has_begun());
            let idle = self.room.is_idle() && self.loading.is_empty() && !self.snapshot.1;
            leave_at = idle.then(|| leave_at.unwrap_or_else(|| tokio::time::Instant::now() + self.shared.idle_time));
            let deadline = self.deadline;
            tokio::select! {
                biased;
                result = appended(&mut self.appending) => self.on_appended(result),
                Some(piece) = self.loading.next(), if !self.loading.is_empty() => self.on_loaded(piece),
                _ = stopping.wait_for(|stopping| *stopping), if !stopped => {
                    stopped = true;
                    let now = self.now();
                    self.room.handle_shutdown(now, &Bye::Restarting);
                }
                _ = changes.changed() => self.on_directory(),
                () = sleep_until(&self.shared.clock, deadline) => {
                    self.deadline = None;
                    let now = self.now();
                    self.room.handle_timeout(now);
                }
                input = inputs.recv(), if !congested && !stopped && begun => match input {
                    Some(input) => {
                        leave_at = None;
                        self.on_input(input);
                    }
                    None => return End::Idle(inputs),
                },
                () = until(leave_at) => return End::Idle(inputs),
                () = until(self.held.until()) => self.held.let_go(),
                () = until(self.snapshot_look) => self.take_snapshot_if_due(),
            }
        }
    }

    /// The plan's first entry is on disk. Nobody is let in before: every edit has it in its past.
    fn has_begun(&self) -> bool {
        self.room.committed() > Seq::ZERO
    }

    fn now(&self) -> TimestampMs {
        self.shared.clock.now()
    }

    fn on_input(&mut self, input: Input) {
        let now = self.now();
        match input {
            Input::Join {
                peer,
                visitor,
                hello,
                socket,
                taken,
            } => {
                self.peers.insert(peer, Seat::new(socket));
                // The connection may be gone already: then it leaves at once.
                let _ = taken.send(());
                self.room.handle_join(now, peer, visitor, &hello);
            }
            Input::Frame { peer, bytes, .. } => {
                let before = self.room.rejected();
                self.room.handle_frame(now, peer, &bytes);
                self.shared.metrics.rejected.inc_by(self.room.rejected() - before);
            }
            Input::Drained { peer, bytes } => self.room.handle_drained(now, peer, bytes),
            Input::Leave { peer } => {
                self.peers.remove(&peer);
                self.room.handle_leave(now, peer);
            }
            Input::Submit {
                person,
                actor,
                claimed,
                propose,
                done,
            } => {
                let edits = propose(self.room.table()).unwrap_or_default();
                match self.room.submit_claimed(now, claimed, person, actor, &edits) {
                    Ok(Some(hash)) => self.submitted.entry(hash).or_default().push(done),
                    // The caller may have gone.
                    Ok(None) => drop(done.send(Ok(()))),
                    Err(error) => drop(done.send(Err(error.into()))),
                }
            }
            Input::Look(look) => self.look(look),
            Input::Snapshot(info) => self.on_snapshot(info),
            Input::Erased(names) => self.room.handle_erased(now, &names),
        }
    }

    /// What is not on disk yet may still be lost: nobody hears of it before.
    fn look(&mut self, look: Look) {
        let table = self.room.table();
        self.seen.push_back((table.last(), look(table)));
        self.tell_what_was_seen();
    }

    fn tell_what_was_seen(&mut self) {
        let committed = self.room.committed();
        while let Some((_, tell)) = self.seen.pop_front_if(|(last, _)| *last <= committed) {
            tell();
        }
    }

    fn on_directory(&mut self) {
        let now = self.now();
        let state = self.shared.directory.state();
        if state.plan(self.plan).is_none_or(|plan| plan.archived) {
            self.room.handle_shutdown(now, &Bye::NoSuchPlan);
        } else {
            // Who may be here comes first: nobody is told of people they have no part with any more.
            self.room.handle_access(now, access::of_plan(&state, self.plan));
            self.room.handle_people(people(&self.shared));
        }
    }

    fn on_appended(&mut self, (began, result): (Instant, Result<Committed, AppendError>)) {
        let now = self.now();
        match result {
            Ok(committed) => {
                self.shared
                    .metrics
                    .commit_seconds
                    .observe(began.elapsed().as_secs_f64());
                self.shared
                    .metrics
                    .committed
                    .inc_by(u64::try_from(committed.records.len()).unwrap_or(u64::MAX));
                let places: Vec<_> = committed.records.iter().map(|placed| (placed.seq, placed.at)).collect();
                let before = self.room.committed();
                self.room.handle_committed(now, &places);
                self.drain();
                self.tell_what_was_seen();
                let facts = std::mem::take(&mut self.facts);
                self.shared
                    .models
                    .offer(self.plan, before, self.room.committed(), facts);
                self.take_snapshot_if_due();
            }
            Err(error) => {
                if error == AppendError::Poisoned {
                    self.shared.metrics.poisoned.set(1);
                }
                self.room.handle_append_failed(now, &error.to_string());
            }
        }
    }

    /// Does all that the room wants, and what it wants when it hears what the sockets took at once.
    fn drain(&mut self) {
        loop {
            self.drain_outputs();
            if self.to_send.is_empty() {
                // What was sent last need not be held any longer.
                self.framed = None;
                return;
            }
            let now = self.now();
            for peer in std::mem::take(&mut self.to_send) {
                // Frames of one drain go out in one call.
                let taken = self.peers.get_mut(&peer).map_or(0, Seat::flush);
                if taken > 0 {
                    self.room.handle_drained(now, peer, taken);
                }
            }
        }
    }

    fn drain_outputs(&mut self) {
        while let Some(output) = self.room.poll_output() {
            match output {
                Output::Append { expect, entries } => self.append(expect, entries),
                Output::Send { peer, bytes } => self.send(peer, bytes),
                Output::Close { peer, bye } => {
                    if let Some(mut seat) = self.peers.remove(&peer) {
                        seat.flush();
                        seat.outbox.close(Some(bye));
                    }
                }
                Output::Load { peer, from, bytes_max } => self.load_history(peer, from, bytes_max),
                Output::LoadSnapshot { peer, info, offset, .. } => match self.held.of(info.seq) {
                    Some(document) => self.send_piece(peer, &document, offset),
                    None => self.load_document(peer, info, offset),
                },
                Output::StoreKeys(keys) => {
                    self.keys_to_store.push_back(keys);
                    self.store_next_keys();
                }
                Output::Facts(facts) => self.facts.extend(facts),
                Output::Denied { person, count, reason } => {
                    self.shared.denials.note(self.plan, person, count, reason);
                }
                Output::Saved(acked) => {
                    let done = acked
                        .iter()
                        .filter_map(|acked| self.submitted.remove(&acked.hash))
                        .flatten();
                    // Callers may have gone.
                    done.for_each(|done| drop(done.send(Ok(()))));
                }
                Output::Failed(why) => self.fail(why),
                Output::Timeout(at) => self.deadline = Some(at),
            }
        }
    }

    /// Stores what comes first; the room hears of each in the order of its asking.
    fn store_next_keys(&mut self) {
        if self.storing_keys {
            return;
        }
        let Some(keys) = self.keys_to_store.pop_front() else {
            return;
        };
        self.storing_keys = true;
        let (store, plan, now) = (self.shared.keys.clone(), self.plan, self.now());
        self.loading.push(Box::pin(async move {
            let storing = tokio::task::spawn_blocking(move || store.store(plan, &keys, now));
            let stored = storing.await.map_err(|error| error.to_string());
            Piece::Keys(stored.and_then(|stored| stored.map_err(|error| error.to_string())))
        }));
    }

    fn fail(&mut self, why: String) {
        let submitted = std::mem::take(&mut self.submitted);
        for done in submitted.into_values().flatten() {
            // The caller may have gone.
            let _ = done.send(Err(SubmitFailure::Unavailable));
        }
        self.failed = Some(why);
    }

    fn send(&mut self, peer: PeerId, bytes: Bytes) {
        let Some(seat) = self.peers.get_mut(&peer) else { return };
        let is_last = |(framed, _): &&(Bytes, Chunk)| framed.as_ptr() == bytes.as_ptr() && framed.len() == bytes.len();
        let chunk = match self.framed.as_ref().filter(is_last) {
            Some((_, chunk)) => chunk.clone(),
            None => self.held.frame_of(&bytes).unwrap_or_else(|| Chunk::binary(&bytes)),
        };
        if seat.to_send.is_empty() {
            self.to_send.push(peer);
        }
        seat.to_send.push(chunk.clone());
        self.framed = Some((bytes, chunk));
    }

    fn append(&mut self, expect: Seq, entries: Vec<NewEntry>) {
        let record = |entry: NewEntry| NewRecord {
            key: Key(entry.hash.0),
            at: entry.at,
            payload: entry.payload,
        };
        let records = entries.into_iter().map(record).collect();
        let append = Append {
            stream: self.plan.into(),
            expect: Some(expect),
            records,
        };
        let journal = Arc::clone(&self.shared.journal);
        let mut future: Appending = Box::pin(async move { journal.append(append).await });
        assert!(self.appending.is_none(), "the room has one append under way at a time");
        // Asked once now, so that the disk works while frames go out.
        let asked = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        if let Poll::Ready(result) = asked {
            future = Box::pin(std::future::ready(result));
        }
        self.appending = Some((Instant::now(), future));
    }
}

async fn appended(appending: &mut Option<(Instant, Appending)>) -> (Instant, Result<Committed, AppendError>) {
    let Some((began, future)) = appending else {
        return std::future::pending().await;
    };
    let began = *began;
    let result = future.as_mut().await;
    *appending = None;
    (began, result)
}

/// Why edits cannot be saved, as far as it is known before one is tried.
fn unavailable(shared: &Shared, failure: Option<Failure>) -> Option<Unavailable> {
    if shared.journal.is_poisoned() {
        let why = journal::AppendError::Poisoned.to_string();
        return Some(Unavailable { why, until: None });
    }
    failure.map(|failure| Unavailable {
        why: failure.why,
        until: Some(failure.until),
    })
}

pub(super) fn people(shared: &Shared) -> Vec<Person> {
    let state = shared.directory.state();
    state
        .people()
        .iter()
        .map(|(id, person)| Person {
            id: *id,
            name: person.name.clone(),
        })
        .collect()
}
