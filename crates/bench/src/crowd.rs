//! A crowd: many light clients in one plan of a real server, all in one thread.
//!
//! A client with its document costs ten times what the server spends on it, and on two cores it is the client that would
//! be measured. Here the clients share one table, which is fed with what any of them receives; edits are authored from
//! it, as true changes that the server admits, and receivers only cut frames and count what is in them. A frame that
//! comes to many is decoded once.

mod count;

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use domain::{ActorId, Cell, PlanId, Schema, SectionId, Seq, TimestampMs};
use protocol::{ClientFrame, Place, Submitted};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::timeout;
use uuid::Uuid;

pub(crate) use self::count::{Counts, Known, on_frame};
use crate::edits;
use crate::wire::{Hand, Wire};

/// How long the clients may take to open the plan, or to get what is still under way.
const WAIT: Duration = Duration::from_secs(30);
/// Items that are made in each section before anyone edits: a plan of people has some dozens.
const ITEMS: usize = 40;
/// How often an edit that changes nothing is drawn again.
const DRAWS_MAX: usize = 20;

/// The clients.
pub(crate) struct Crowd {
    known: Rc<RefCell<Known>>,
    changed: Rc<Notify>,
    hands: Vec<Hand>,
    readers: Vec<AbortHandle>,
    actors: Vec<ActorId>,
    schema: Arc<Schema>,
    random: ChaCha8Rng,
}

impl Crowd {
    /// Opens a plan with so many clients; the tokens are dealt out in turn. Must run inside a `LocalSet`.
    pub(crate) async fn open(
        address: SocketAddr,
        plan: PlanId,
        tokens: &[String],
        clients: usize,
        seed: u64,
    ) -> anyhow::Result<Self> {
        let known = Rc::new(RefCell::new(Known::new(clients)));
        let changed = Rc::new(Notify::new());
        let (mut hands, mut readers) = (Vec::new(), Vec::new());
        for (number, token) in (0..clients).zip(tokens.iter().cycle()) {
            let mut wire = Wire::greet(address, plan, token, Seq::ZERO).await?;
            hands.push(wire.hand());
            let (known, changed) = (Rc::clone(&known), Rc::clone(&changed));
            let reader = tokio::task::spawn_local(async move {
                let lost = loop {
                    match wire.next().await {
                        Ok(Some(frame)) => {
                            if let Err(error) = on_frame(&mut known.borrow_mut(), number, &frame) {
                                break format!("{error:#}");
                            }
                            changed.notify_waiters();
                        }
                        Ok(None) => break "the server closed a connection".to_owned(),
                        Err(error) => break format!("{error:#}"),
                    }
                };
                known.borrow_mut().lost.get_or_insert(lost);
                changed.notify_waiters();
            });
            readers.push(reader.abort_handle());
        }
        let mut crowd = Self {
            known,
            changed,
            hands,
            readers,
            actors: (0..clients).map(|_| ActorId(*Uuid::now_v7().as_bytes())).collect(),
            schema: Arc::new(Schema::standard()),
            random: ChaCha8Rng::seed_from_u64(seed),
        };
        crowd.until("everyone has the plan", Known::all_are_online).await?;
        crowd.make_items().await?;
        Ok(crowd)
    }

    /// What has been counted since the last call.
    pub(crate) fn take_counts(&mut self) -> Counts {
        self.known.borrow_mut().take_counts()
    }

    /// Edits at these moments, and waits until everyone has everything. Between, those who point at cells do so.
    ///
    /// Several writers each wait for their last edit to come back before the next, because their table is the one of all. A
    /// single one does not: the table runs ahead with it, as a client's document does.
    pub(crate) async fn edit(
        &mut self,
        edits: &[(Duration, usize)],
        places: &[(Duration, usize)],
        record: bool,
    ) -> anyhow::Result<()> {
        let begin = Instant::now();
        let writer = edits.first().map(|(_, client)| *client);
        let is_alone = edits.iter().all(|(_, client)| Some(*client) == writer);
        self.known.borrow_mut().begin(begin, record, is_alone);
        let (mut edits, mut places) = (edits.iter().peekable(), places.iter().peekable());
        loop {
            let is_edit = match (edits.peek(), places.peek()) {
                (Some((edit, _)), Some((place, _))) => edit <= place,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (None, None) => break,
            };
            let next = if is_edit { edits.next() } else { places.next() };
            let (at, client) = *next.context("one of them was peeked at")?;
            // The edit's moment in the schedule: a load is so many edits a second, not as many as can be.
            tokio::time::sleep_until((begin + at).into()).await;
            if is_edit {
                self.edit_once(client).await?;
            } else {
                self.point(client).await?;
            }
        }
        // Who lacks something after this is counted as missing.
        let settled = self.until("everyone has everything", Known::all_have_all).await;
        self.fail_if_lost()?;
        if let Err(error) = settled {
            eprintln!("{error:#}");
        }
        Ok(())
    }

    /// One edit of one client, made on all that anyone has received.
    async fn edit_once(&mut self, client: usize) -> anyhow::Result<()> {
        let actor = *self.actors.get(client).context("a client of this crowd")?;
        // A client's next change counts on from its last one, which must be in the table.
        self.until("an edit comes back", |known| known.has_own(client)).await?;
        let made = Instant::now();
        for _ in 0..DRAWS_MAX {
            let edits = edits::next(&self.known.borrow().table, &self.schema, &mut self.random);
            if self.submit(client, actor, made, &edits).await? {
                return Ok(());
            }
        }
        bail!("no edit that changes something was found")
    }

    /// Makes a change of edits and sends it. False: they change nothing.
    async fn submit(
        &mut self,
        client: usize,
        actor: ActorId,
        made: Instant,
        edits: &[plan::Edit],
    ) -> anyhow::Result<bool> {
        let authored = self.known.borrow().table.author(actor, now(), edits);
        // An edit that does not fit (a paragraph that is full) is drawn again.
        let Ok(Some(authored)) = authored else { return Ok(false) };
        let submitted = Submitted {
            base: authored.base,
            bytes: authored.bytes,
        };
        let submitted = self.known.borrow_mut().made(authored.hash, made, client, submitted)?;
        let hand = self.hands.get(client).context("a client of this crowd")?;
        hand.send(&ClientFrame::Submit(vec![submitted])).await?;
        Ok(true)
    }

    /// A client points at another cell.
    async fn point(&mut self, client: usize) -> anyhow::Result<()> {
        let section = SectionId::Opportunities;
        let items: Vec<_> = self.known.borrow().table.items(section).collect();
        let item = *items
            .get(self.random.random_range(0..items.len().max(1)))
            .context("the plan has items")?;
        let field = ["title", "amount", "stage", "close_date"][self.random.random_range(0..4)];
        let place = Place {
            cell: Some(Cell::field(section, item, field)),
            draft: None,
            caret: None,
        };
        let hand = self.hands.get(client).context("a client of this crowd")?;
        hand.send(&ClientFrame::Presence(place)).await
    }

    async fn make_items(&mut self) -> anyhow::Result<()> {
        let actor = *self.actors.first().context("a crowd of at least one")?;
        for section in edits::SECTIONS {
            let edits: Vec<_> = (0..ITEMS)
                .map(|_| edits::make_item(section, &mut self.random))
                .collect();
            self.submit(0, actor, Instant::now(), &edits).await?;
            self.until("the items are there", Known::all_have_all).await?;
        }
        Ok(())
    }

    fn fail_if_lost(&self) -> anyhow::Result<()> {
        let known = self.known.borrow();
        if let Some(lost) = &known.lost {
            bail!("a connection was lost: {lost}");
        }
        if let Some(rejected) = known.rejected.first() {
            bail!("an edit was refused: {rejected}");
        }
        Ok(())
    }

    async fn until(&self, what: &str, holds: impl Fn(&Known) -> bool) -> anyhow::Result<()> {
        let wait = async {
            loop {
                let changed = self.changed.notified();
                let mut changed = std::pin::pin!(changed);
                changed.as_mut().enable();
                if holds(&self.known.borrow()) || self.fail_if_lost().is_err() {
                    return;
                }
                changed.await;
            }
        };
        let waited = timeout(WAIT, wait).await;
        self.fail_if_lost()?;
        waited.with_context(|| format!("waited {WAIT:?} until {what}"))
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.readers.iter().for_each(AbortHandle::abort);
    }
}

/// Runs what needs one thread and its local tasks.
pub(crate) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, work)
}

fn now() -> TimestampMs {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    TimestampMs(i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX))
}
