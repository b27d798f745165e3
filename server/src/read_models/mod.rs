//! Read models: what lists, reports and histories are served from. A cache of the journal, kept by one thread.
//!
//! Rooms offer the facts of what they committed; the worker folds them into its projections and the history's index in
//! sled. When an offer does not fit where the worker stands (it was dropped because the queue was full, or the server
//! was killed in between), the plan is folded from the journal instead. Whoever reads waits until what is on disk is in.

mod control;
mod history;
#[cfg(test)]
mod past_tests;
mod states;
mod store;
mod travel;
mod walk;
mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use domain::{Fact, PlanId, Seq};
use journal::{Journal, SegmentJournal, StreamId};
use reports::{ActionTracker, Folded, PlanSummary};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::timeout;

use crate::metrics::Metrics;
use crate::snapshots::Snapshots;

pub use control::ControlEvent;
pub use history::{
    ControlView, Cursor, CursorError, HistoryLine, HistoryPage, HistoryQuery, Kind, PAGE_FACTS_MAX, Telling,
};
use store::Store;
pub use travel::{AsOf, Bounds, Moment, Timeline, Took, TravelError};

/// Offers that may wait for the worker.
const OFFERS_MAX: usize = 1024;
/// How long a reader waits for facts on their way, before it asks for the plan to be folded from the journal.
const OFFER_TIME: Duration = Duration::from_millis(300);
/// How long a server that starts waits for its cache. What is opened while people come back delays all of them.
const OPENING_TIME: Duration = Duration::from_secs(2);
/// How long a reader waits for the worker to catch up, before it takes what there is.
const WAIT_TIME: Duration = Duration::from_secs(5);
/// Histories and plans of the past that are read at the same time: each may take megabytes.
const READS_AT_ONCE: usize = 4;

/// What a room offers: the facts of the entries after `from` up to `upto`.
pub(crate) struct Offer {
    pub(crate) plan: PlanId,
    pub(crate) from: Seq,
    pub(crate) upto: Seq,
    pub(crate) facts: Vec<Fact>,
}

/// The projections of one plan. All of them stand at the same entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Models {
    /// For the list of plans.
    pub summary: Folded<PlanSummary>,
    /// For the action tracker.
    pub actions: Folded<ActionTracker>,
}

impl Models {
    /// The last entry in them.
    pub fn cursor(&self) -> Seq {
        self.summary.cursor().min(self.actions.cursor())
    }

    pub(crate) fn take(&mut self, facts: &[Fact], upto: Seq) {
        self.summary.take(facts, upto);
        self.actions.take(facts, upto);
    }
}

/// The read models of all plans.
#[derive(Clone)]
pub struct ReadModels {
    shared: Arc<Shared>,
    offers: mpsc::Sender<Offer>,
}

/// What readers and the worker share.
pub(crate) struct Shared {
    pub(crate) journal: Arc<SegmentJournal>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) snapshots: Snapshots,
    /// A few kilobytes a plan: all plans fit into memory.
    pub(crate) models: RwLock<BTreeMap<PlanId, Models>>,
    pub(crate) store: RwLock<Option<Store>>,
    /// The last entry of the workspace's stream whose control events are in the store.
    pub(crate) control: RwLock<Seq>,
    /// For reading the past.
    pub(crate) turns: Arc<Semaphore>,
    /// Plans to fold from the journal.
    pub(crate) behind: Mutex<BTreeSet<PlanId>>,
    /// Wakes the worker when there is a plan to fold.
    pub(crate) wake: tokio::sync::Notify,
    /// Somebody waits for what the worker gathers.
    pub(crate) hurry: tokio::sync::Notify,
    /// The cache was opened, or cannot be.
    pub(crate) opened: watch::Sender<bool>,
    /// Counts what the worker has done.
    pub(crate) progress: watch::Sender<u64>,
    pub(crate) closing: watch::Sender<bool>,
}

/// The worker's thread; waits for it to end.
pub struct Worker {
    shared: Arc<Shared>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl ReadModels {
    /// Opens the cache in a data folder; what cannot be used of it is thrown away. Plans that are behind the journal
    /// are folded in the background.
    pub fn open(
        data: &Path,
        journal: Arc<SegmentJournal>,
        snapshots: Snapshots,
        metrics: Arc<Metrics>,
    ) -> std::io::Result<(Self, Worker)> {
        let shared = Arc::new(Shared {
            journal,
            metrics,
            snapshots,
            models: RwLock::default(),
            store: RwLock::default(),
            control: RwLock::default(),
            turns: Arc::new(Semaphore::new(READS_AT_ONCE)),
            behind: Mutex::default(),
            wake: tokio::sync::Notify::new(),
            hurry: tokio::sync::Notify::new(),
            opened: watch::channel(false).0,
            progress: watch::channel(0).0,
            closing: watch::channel(false).0,
        });
        let (offers, receiver) = mpsc::channel(OFFERS_MAX);
        let thread = worker::spawn(Arc::clone(&shared), data.join("cache"), receiver)?;
        let worker = Worker {
            shared: Arc::clone(&shared),
            thread: Mutex::new(Some(thread)),
        };
        Ok((Self { shared, offers }, worker))
    }

    /// Waits until the cache is open, for a moment at most: without it everything works, and lists come later.
    pub async fn opened(&self) {
        let mut opened = self.shared.opened.subscribe();
        let _ = timeout(OPENING_TIME, opened.wait_for(|opened| *opened)).await;
    }

    /// Takes what a room committed. Never waits: what does not fit into the queue is folded from the journal later.
    pub fn offer(&self, plan: PlanId, from: Seq, upto: Seq, facts: Vec<Fact>) {
        if upto <= from {
            return;
        }
        if self
            .offers
            .try_send(Offer {
                plan,
                from,
                upto,
                facts,
            })
            .is_err()
        {
            self.shared.fold_later(plan);
        }
    }

    /// A look at a plan's models, once everything on disk is in them.
    pub async fn look<T>(&self, plan: PlanId, look: impl FnOnce(&Models) -> T) -> T {
        self.caught_up(&[plan]).await;
        let models = self.shared.models.read().unwrap_or_else(PoisonError::into_inner);
        let empty = Models::default();
        look(models.get(&plan).unwrap_or(&empty))
    }

    /// A look at the models of many plans.
    pub async fn look_all<T>(&self, plans: &[PlanId], look: impl Fn(&Models) -> T) -> Vec<T> {
        self.caught_up(plans).await;
        let models = self.shared.models.read().unwrap_or_else(PoisonError::into_inner);
        let empty = Models::default();
        plans
            .iter()
            .map(|plan| look(models.get(plan).unwrap_or(&empty)))
            .collect()
    }

    /// Waits until the plans' models have everything that was on disk when it was called.
    async fn caught_up(&self, plans: &[PlanId]) {
        let heads: Vec<(PlanId, Seq)> = plans
            .iter()
            .filter_map(|plan| Some((*plan, self.shared.journal.head((*plan).into())?.seq)))
            .collect();
        let mut progress = self.shared.progress.subscribe();
        let missing = || -> Vec<PlanId> {
            let models = self.shared.models.read().unwrap_or_else(PoisonError::into_inner);
            let is_behind = |(plan, head): &(PlanId, Seq)| models.get(plan).map_or(Seq::ZERO, Models::cursor) < *head;
            heads
                .iter()
                .filter(|plan| is_behind(plan))
                .map(|(plan, _)| *plan)
                .collect()
        };
        let mut waited = async || {
            while !missing().is_empty() {
                self.shared.hurry.notify_one();
                if progress.changed().await.is_err() {
                    return;
                }
            }
        };
        // The facts are usually on their way.
        if timeout(OFFER_TIME, waited()).await.is_ok() {
            return;
        }
        for plan in missing() {
            self.shared.fold_later(plan);
        }
        if timeout(WAIT_TIME, waited()).await.is_err() {
            tracing::warn!("read models are behind the journal: an older state is shown");
        }
    }

    /// Waits until the store has all control events that were on disk when it was called, for a while.
    async fn control_caught_up(&self) {
        let head = self
            .shared
            .journal
            .head(StreamId::WORKSPACE)
            .map_or(Seq::ZERO, |head| head.seq);
        let mut progress = self.shared.progress.subscribe();
        let waited = async {
            while self.shared.control_cursor() < head {
                self.shared.wake.notify_one();
                if progress.changed().await.is_err() {
                    return;
                }
            }
        };
        if timeout(WAIT_TIME, waited).await.is_err() {
            tracing::warn!("the index of control events is behind the journal: an older state is shown");
        }
    }
}

impl Shared {
    pub(crate) fn control_cursor(&self) -> Seq {
        *self.control.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn fold_later(&self, plan: PlanId) {
        self.behind.lock().unwrap_or_else(PoisonError::into_inner).insert(plan);
        self.wake.notify_one();
    }
}

impl Worker {
    /// Ends the worker after what it is doing, and closes the cache.
    pub async fn close(&self) {
        self.shared.closing.send_replace(true);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // Its panics were reported where they happened.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}
