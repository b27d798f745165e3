//! While a plan's table is read, those who open the plan are sent it already.
//!
//! What a newcomer needs is in files: the snapshot's document, and the journal after it. The table is only needed to admit
//! edits. So after a restart the first bytes of a long plan leave after a few milliseconds, not when its table is there;
//! what comes in the meantime, such as a first edit, waits for the room.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use domain::{Author, PlanId, Seq, Standing};
use futures_util::FutureExt as _;
use futures_util::future::{self, BoxFuture};
use journal::{Journal, Record};
use protocol::{Bye, FRAME_BYTES_MAX, Hello, PeerId, ServerFrame, Welcome, encode_server, encode_stored_entries};
use relay::{Access, DIRECTORY_PER_FRAME_MAX, Limits, Visitor};
use tokio::sync::mpsc;

use super::documents::Document;
use super::load::blocking;
use super::shell::{Seat, people};
use super::{Input, Shared, snapshot};
use crate::access;
use crate::socket::Chunk;

/// Inputs that may be put aside for the room.
const ASIDE_MAX: usize = 1024;
/// A snapshot may be so many entries old: what follows it is held in memory as long as the table is read.
const AGE_MAX: u64 = 5_000;
/// How much of the stream is read at once, in bytes: it becomes one frame, which is longer by its entries' numbers.
const READ_BYTES: usize = FRAME_BYTES_MAX / 4;
/// How long the first who comes is waited for before the table is read: that takes a whole core, which the connection
/// needs too.
const FIRST_TIME: Duration = Duration::from_millis(20);

/// Somebody who has the plan and waits for the room.
pub(super) struct Guest {
    pub(super) peer: PeerId,
    pub(super) visitor: Visitor,
    /// What the Welcome said that they are in the plan.
    pub(super) told: Standing,
    pub(super) seat: Seat,
}

/// What is there to be sent, and who has got it.
pub(super) struct Reception {
    shared: Arc<Shared>,
    plan: PlanId,
    pub(super) document: Arc<Document>,
    /// The stream's end: nobody writes to it before the room does.
    pub(super) head: Seq,
    /// The entries after the snapshot, which are read while its document is.
    tail: future::Shared<BoxFuture<'static, Result<Vec<Chunk>, String>>>,
    pub(super) guests: Vec<Guest>,
    /// What the room is told when it is there.
    pub(super) aside: VecDeque<Input>,
}

impl Reception {
    /// Looks what there is. None: the plan has no snapshot to begin with, and is short or has to be read whole.
    pub(super) async fn prepare(shared: &Arc<Shared>, plan: PlanId) -> Option<Self> {
        let head = shared.head(plan);
        let manifest = shared.snapshots.known(&*shared.journal, plan, head).await?;
        if head.0.saturating_sub(manifest.seq.0) > AGE_MAX {
            return None;
        }
        let tail = tokio::spawn(tail(Arc::clone(shared), plan, manifest.seq, head));
        let snapshots = shared.snapshots.clone();
        let info = snapshot::info(&manifest);
        let read = move || Some(Document::new(info, &snapshots.document(plan, &manifest)?));
        let document = blocking(read).await.ok().flatten()?;
        Some(Self {
            shared: Arc::clone(shared),
            plan,
            document: Arc::new(document),
            head,
            tail: async { tail.await.map_err(|error| error.to_string())? }
                .boxed()
                .shared(),
            guests: Vec::new(),
            aside: VecDeque::new(),
        })
    }

    /// Receives the first who comes, or what comes first; nobody may come.
    pub(super) async fn receive_first(&mut self, inputs: &mut mpsc::Receiver<Input>) {
        if let Ok(Some(input)) = tokio::time::timeout(FIRST_TIME, inputs.recv()).await {
            self.on_input(input).await;
        }
    }

    /// Receives those who come until the work is done. Whoever is here already comes first.
    pub(super) async fn receive_during<T>(
        &mut self,
        work: impl Future<Output = T>,
        inputs: &mut mpsc::Receiver<Input>,
    ) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                biased;
                Some(input) = inputs.recv(), if self.aside.len() < ASIDE_MAX => self.on_input(input).await,
                done = &mut work => return done,
            }
        }
    }

    async fn on_input(&mut self, input: Input) {
        match input {
            Input::Join {
                peer,
                visitor,
                hello,
                socket,
                taken,
            } if self.is_for(&hello) => {
                // The connection may be gone already: then it leaves at once.
                let _ = taken.send(());
                let seat = Seat::new(socket);
                let access = access::of_plan(&self.shared.directory.state(), self.plan);
                let Some(author) = access.author(visitor) else {
                    // Lost since the connection was made.
                    return seat.close(Bye::NoSuchPlan);
                };
                match self.greet(&seat, (peer, visitor), author, &access).await {
                    Ok(()) => self.guests.push(Guest {
                        peer,
                        visitor,
                        told: author.standing,
                        seat,
                    }),
                    // Without its seat it is sent away, and comes again.
                    Err(why) => tracing::error!(plan = %self.plan, why, "what follows a snapshot could not be read"),
                }
            }
            Input::Leave { peer } if self.guests.iter().any(|guest| guest.peer == peer) => {
                self.guests.retain(|guest| guest.peer != peer);
            }
            other => self.aside.push_back(other),
        }
    }

    /// Whether the room would send the snapshot.
    fn is_for(&self, hello: &Hello) -> bool {
        let limits = Limits::default();
        let has_nothing = hello.have == Seq::ZERO || hello.have > self.head || hello.epoch != self.shared.epoch;
        let is_far_behind = self.document.info.seq.0 >= hello.have.0.saturating_add(limits.snapshot_ahead_entries);
        (has_nothing || is_far_behind) && self.guests.len() < limits.peers_max
    }

    async fn greet(
        &mut self,
        seat: &Seat,
        (peer, visitor): (PeerId, Visitor),
        author: Author,
        access: &Access,
    ) -> Result<(), String> {
        let mut people = people(&self.shared);
        // Those who have written and have no part in it any more come with the room, like the actors.
        people.retain(|person| access.standing(person.id).is_some());
        people.truncate(DIRECTORY_PER_FRAME_MAX);
        let welcome = Welcome {
            protocol: protocol::PROTOCOL,
            you: author.person,
            standing: author.standing,
            peer,
            epoch: self.shared.epoch,
            head: self.head,
            now: self.shared.clock.now(),
            snapshot: Some(self.document.info.clone()),
            people,
            // They come with the room.
            actors: Vec::new(),
        };
        let mut first = vec![Chunk::uncounted(&encode_server(&ServerFrame::Welcome(welcome)))];
        if access.reads_personal(visitor) {
            let mut keyring = self.shared.keys.reader(self.plan, true);
            keyring.set_generation(access.generation);
            let keys = relay::keyring_frames(&keyring);
            first.extend(keys.iter().map(|frame| Chunk::uncounted(frame)));
        }
        // All of it at once, however slow the socket is: it is shared, and the room counts what comes after it.
        let document = self.document.frames().map(Chunk::without_count);
        seat.send(first.into_iter().chain(document).collect());
        seat.send(self.tail.clone().await?);
        Ok(())
    }
}

/// The entries after one, up to the stream's end, as they are sent.
async fn tail(shared: Arc<Shared>, plan: PlanId, after: Seq, head: Seq) -> Result<Vec<Chunk>, String> {
    let mut frames = Vec::new();
    let mut next = after.next();
    while next <= head {
        let read = shared.journal.read(plan.into(), next, READ_BYTES).await;
        let records = read.map_err(|error| error.to_string())?;
        let last = records.last().ok_or("the journal ends too early")?;
        next = last.seq.next();
        frames.push(entries_frame(&records)?);
    }
    Ok(frames)
}

/// What was read at once, as it is sent: the stored bytes.
fn entries_frame(records: &[Record]) -> Result<Chunk, String> {
    let stored: Vec<_> = records
        .iter()
        .map(|record| (record.seq, record.at, &record.payload[..]))
        .collect();
    let payload = encode_stored_entries(&stored).map_err(|error| error.to_string())?;
    Ok(Chunk::uncounted(&payload))
}
