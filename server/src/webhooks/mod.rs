//! Telling other systems what happens: signed requests, tried again with growing rests, with a log of what became of each.
//!
//! - `guard`: which addresses are no inside ones
//! - `sender`: one request
//! - `signature`: how a receiver knows that it is from here
//! - `events`: what is told
//! - `store`: what is kept of each webhook
//! - `worker`: one task for each webhook, which reads the journal from where it was; nothing waits in memory

mod events;
pub mod guard;
mod sender;
mod signature;
mod store;
mod worker;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::WebhookId;
use domain::{PlanId, Seq};
use journal::{Journal, SegmentJournal, StreamId};
use tokio::sync::watch;
use uuid::Uuid;

pub use events::{Event, EventKind};
pub use guard::{Allowed, Refusal};
pub use sender::{SendError, Sender};
pub use signature::{HEADER as SIGNATURE_HEADER, sign};
pub use store::{Delivery, DeliveryState, Kept, copy};

use crate::clock::Clock;
use crate::directory::Directory;
use crate::secret::random_bytes;
use store::Store;

/// Before a secret, so that a scanner finds one that leaked.
const SECRET_PREFIX: &str = "ilw_";

/// How often, and with which rests, a delivery is tried.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How often the journal is looked at.
    pub look_every: Duration,
    /// Rest after the first try that failed, doubled after each further one.
    pub rest_first: Duration,
    /// Longest rest.
    pub rest_max: Duration,
    /// Tries, then it is given up.
    pub tries_max: u32,
}

impl Default for Patience {
    /// Some five hours in all.
    fn default() -> Self {
        Self {
            look_every: Duration::from_secs(1),
            rest_first: Duration::from_secs(10),
            rest_max: Duration::from_hours(1),
            tries_max: 13,
        }
    }
}

/// What webhooks are made with.
pub struct WebhooksInit {
    /// The journal.
    pub journal: Arc<SegmentJournal>,
    /// The workspace.
    pub directory: Directory,
    /// The clock.
    pub clock: Clock,
    /// What an operator lets through.
    pub allowed: Allowed,
    /// Certificates that are trusted besides the system's.
    pub trusted: Vec<Vec<u8>>,
    /// How often it is tried.
    pub patience: Patience,
    /// Turns true when the server stops.
    pub stopping: watch::Receiver<bool>,
}

/// All webhooks.
#[derive(Clone)]
pub struct Webhooks {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) journal: Arc<SegmentJournal>,
    pub(crate) directory: Directory,
    pub(crate) clock: Clock,
    pub(crate) patience: Patience,
    pub(crate) stopping: watch::Receiver<bool>,
    pub(crate) sender: Sender,
    pub(crate) store: Store,
    kept: Mutex<BTreeMap<WebhookId, Kept>>,
    /// Wakes all workers before their time; none loses it to another.
    pub(crate) hurry: watch::Sender<u64>,
}

impl Webhooks {
    /// Opens the folder, and begins to tell.
    pub fn open(data: &Path, init: WebhooksInit) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            journal: init.journal,
            directory: init.directory,
            clock: init.clock,
            patience: init.patience,
            stopping: init.stopping,
            sender: Sender::new(init.allowed, &init.trusted),
            store: Store::open(data)?,
            kept: Mutex::default(),
            hurry: watch::channel(0).0,
        });
        tokio::spawn(worker::run(Arc::clone(&shared)));
        Ok(Self { shared })
    }

    /// What sends requests.
    pub fn sender(&self) -> &Sender {
        &self.shared.sender
    }

    /// Keeps a new webhook's secret, and that it is told what happens from now on; answers with the secret, which is told
    /// once. Comes before the event, so that there is never a webhook without a secret.
    pub fn prepare(&self, webhook: WebhookId, plans: Option<&[PlanId]>) -> io::Result<String> {
        let secret = format!("{SECRET_PREFIX}{}", URL_SAFE_NO_PAD.encode(random_bytes::<32>()));
        let heads = self.shared.journal.streams();
        let plan_of = |(stream, head): &(StreamId, journal::Head)| {
            let plan = PlanId(stream.0);
            let wanted = *stream != StreamId::WORKSPACE && plans.is_none_or(|plans| plans.contains(&plan));
            wanted.then_some((plan, head.seq))
        };
        let workspace = self.shared.journal.head(StreamId::WORKSPACE);
        let kept = Kept {
            secret: secret.clone(),
            workspace: workspace.map_or(Seq::ZERO, |head| head.seq),
            plans: heads.iter().filter_map(plan_of).collect(),
            deliveries: [].into(),
        };
        self.shared.store.write(webhook, &kept)?;
        self.shared.kept().insert(webhook, kept);
        Ok(secret)
    }

    /// Forgets a webhook's secret and log.
    pub fn forget(&self, webhook: WebhookId) {
        self.shared.kept().remove(&webhook);
        self.shared.store.remove(webhook);
    }

    /// Its last deliveries, the newest first. None: nothing is kept of it, so that it cannot be told anything.
    pub fn deliveries(&self, webhook: WebhookId) -> Option<Vec<Delivery>> {
        self.shared.load(webhook)?;
        let kept = self.shared.kept();
        Some(kept.get(&webhook)?.deliveries.iter().rev().cloned().collect())
    }

    /// Tries a delivery again. None: there is no such delivery.
    pub fn retry(&self, webhook: WebhookId, delivery: Uuid) -> Option<Delivery> {
        self.shared.load(webhook)?;
        let mut kept = self.shared.kept();
        let delivery = kept.get_mut(&webhook)?.delivery(delivery)?;
        delivery.state = DeliveryState::Pending;
        delivery.tries = 0;
        delivery.tried_at = None;
        let delivery = delivery.clone();
        drop(kept);
        self.shared.hurry.send_modify(|count| *count += 1);
        Some(delivery)
    }

    /// Sends an event that says nothing, to try whether the webhook works.
    pub fn ping(&self, webhook: WebhookId) -> Option<Delivery> {
        self.shared.load(webhook)?;
        let (at, by) = (self.shared.clock.now(), domain::PersonId::SERVER);
        let event = Event {
            kind: EventKind::Ping,
            plan: None,
            seq: Seq::ZERO,
            at,
            by,
            what: None,
        };
        let delivery = self.shared.delivery(vec![event]);
        self.shared.kept().get_mut(&webhook)?.note(delivery.clone());
        self.shared.hurry.send_modify(|count| *count += 1);
        Some(delivery)
    }
}

impl Shared {
    pub(crate) fn kept(&self) -> MutexGuard<'_, BTreeMap<WebhookId, Kept>> {
        // Nothing under this lock panics half-way through a change.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what is kept of a webhook, unless it is in memory.
    pub(crate) fn load(&self, webhook: WebhookId) -> Option<()> {
        let mut kept = self.kept();
        if let Entry::Vacant(place) = kept.entry(webhook) {
            let mut read = self.store.read(webhook)?;
            // Of a journal that was put back from a backup, what comes next is told, whatever was told before.
            let last = |stream| self.journal.head(stream).map_or(Seq::ZERO, |head| head.seq);
            read.workspace = read.workspace.min(last(StreamId::WORKSPACE));
            for (plan, told) in &mut read.plans {
                *told = (*told).min(last((*plan).into()));
            }
            place.insert(read);
        }
        Some(())
    }

    pub(crate) fn delivery(&self, events: Vec<Event>) -> Delivery {
        let at = self.clock.now();
        Delivery {
            id: crate::secret::new_uuid(at),
            at,
            state: DeliveryState::Pending,
            tries: 0,
            tried_at: None,
            answer: None,
            events,
        }
    }
}
