//! The thread that folds: offers as they come, and whole plans from the journal where an offer does not fit.
//!
//! While the cache cannot be written (the disk is full), it folds in memory: lists and reports go on, the history waits.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use domain::{Fact, PlanId, Seq};
use journal::{Journal, StreamId};
use protocol::{Body, Entry};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use workspace::State;

use super::control::ControlEvent;
use super::store::Store;
use super::{Models, Offer, Shared};
use crate::refold::{Refold, entry};
use crate::told::told_in;

/// Offers that are taken at once, so that a busy plan's models are written once for many of its groups.
const TAKEN_MAX: usize = 256;
/// How long offers are gathered when nobody waits for what is in them. Saving the models of a plan costs as much for one
/// edit as for a hundred: written for each, they took a third of what the server spends on a busy plan.
const GATHER_TIME: Duration = Duration::from_secs(3);
/// Rest after the start, unless somebody waits for a list before: those who come back then are sent their plans, and on
/// two cores each thread that folds meanwhile kept the first bytes for three milliseconds.
const START_REST: Duration = Duration::from_secs(1);
/// How much of a stream is folded at once, in bytes.
const READ_BYTES: usize = 1 << 20;
/// Rest after the cache failed, before it is built anew; doubled with each failure that follows.
const MEND_REST: Duration = Duration::from_millis(200);
/// Longest rest. A cache that fails costs memory that sled does not give back, and a fold of every plan.
const MEND_REST_MAX: Duration = Duration::from_mins(1);
/// A cache that lasted so long was well: the rest after it is the short one again.
const WELL_TIME: Duration = Duration::from_mins(10);
/// A cache that failed is built anew only where so much is free, in bytes: on a full disk it would fail again, and what
/// is free there belongs to the journal's next segments.
const SPACE_BYTES: u64 = 256 << 20;

/// Starts the thread.
pub(crate) fn spawn(
    shared: Arc<Shared>,
    dir: PathBuf,
    mut offers: mpsc::Receiver<Offer>,
) -> io::Result<JoinHandle<()>> {
    let handle = Handle::current();
    std::thread::Builder::new()
        .name("read-models".to_owned())
        .spawn(move || {
            give_way();
            let worker = Worker {
                shared: &shared,
                handle: &handle,
                dir: &dir,
                until_state: RefCell::default(),
                workspace: RefCell::default(),
            };
            let (mut first, mut rest) = (true, MEND_REST);
            loop {
                let began = Instant::now();
                // sled panics on some damage; a fault in a projection must not end the server either.
                match catch_unwind(AssertUnwindSafe(|| worker.run(&mut offers))) {
                    Ok(Ok(())) => break,
                    Ok(Err(why)) => tracing::error!(why, "the read models failed; they are built anew"),
                    Err(_) => tracing::error!("the read models panicked; they are built anew"),
                }
                shared.opened.send_replace(true);
                if *shared.closing.borrow() {
                    break;
                }
                mend(&shared, &dir);
                if first || began.elapsed() > WELL_TIME {
                    // Most often the old cache was at fault, and a new one is well.
                    (first, rest) = (false, MEND_REST);
                    std::thread::sleep(rest);
                    continue;
                }
                loop {
                    worker.bridge(&mut offers, rest);
                    if *shared.closing.borrow() || offers.is_closed() {
                        return;
                    }
                    rest = rest.saturating_mul(2).min(MEND_REST_MAX);
                    if has_space(&dir) {
                        break;
                    }
                    tracing::warn!("there is no space for the cache: read models stay in memory");
                }
            }
        })
}

/// Makes this thread wait for those that somebody waits for: after a restart, it folds while everyone comes back.
#[cfg(target_os = "linux")]
fn give_way() {
    // Elsewhere the call is for the whole process.
    if let Err(error) = rustix::process::nice(10) {
        tracing::debug!(%error, "the read models keep their priority");
    }
}

#[cfg(not(target_os = "linux"))]
const fn give_way() {}

/// Throws the cache away.
fn mend(shared: &Shared, dir: &Path) {
    shared.metrics.cache_rebuilds.inc();
    shared.store.write().unwrap_or_else(PoisonError::into_inner).take();
    shared.models.write().unwrap_or_else(PoisonError::into_inner).clear();
    if let Err(error) = fs::remove_dir_all(dir) {
        tracing::warn!(%error, "the cache's folder could not be removed");
    }
}

/// Whether there is room for a cache where it belongs. What cannot be asked is tried.
#[cfg(unix)]
fn has_space(dir: &Path) -> bool {
    let space = dir.parent().and_then(|parent| rustix::fs::statvfs(parent).ok());
    space.is_none_or(|space| space.f_bavail.saturating_mul(space.f_frsize) >= SPACE_BYTES)
}

#[cfg(not(unix))]
const fn has_space(_: &Path) -> bool {
    true
}

struct Worker<'a> {
    shared: &'a Arc<Shared>,
    handle: &'a Handle,
    dir: &'a Path,
    /// After how many facts a state of each plan is to be saved, of plans that were written since the start.
    until_state: RefCell<BTreeMap<PlanId, u64>>,
    /// The workspace, folded up to an entry: what an event means to a plan depends on what was so then. Nothing is folded
    /// until something new happens.
    workspace: RefCell<(State, Seq)>,
}

impl Worker<'_> {
    /// Runs until the server closes.
    fn run(&self, offers: &mut mpsc::Receiver<Offer>) -> Result<(), String> {
        let store = self.open()?;
        self.rest();
        self.work(Some(&store), offers, None)?;
        store.write_out();
        self.shared.store.write().unwrap_or_else(PoisonError::into_inner).take();
        Ok(())
    }

    /// Lets those go first who come back after a start.
    fn rest(&self) {
        let mut closing = self.shared.closing.subscribe();
        self.handle.block_on(async {
            tokio::select! {
                () = self.shared.hurry.notified() => {}
                () = self.shared.wake.notified() => {}
                _ = closing.wait_for(|closing| *closing) => {}
                () = tokio::time::sleep(START_REST) => {}
            }
        });
    }

    /// Folds without a cache for a time, or until the server closes.
    fn bridge(&self, offers: &mut mpsc::Receiver<Offer>, time: Duration) {
        let until = Instant::now() + time;
        match catch_unwind(AssertUnwindSafe(|| self.work(None, offers, Some(until)))) {
            Ok(Ok(())) => return,
            Ok(Err(why)) => tracing::error!(why, "the read models failed in memory"),
            Err(_) => tracing::error!("the read models panicked in memory"),
        }
        std::thread::sleep(MEND_REST);
    }

    /// Folds what is behind and what is offered, until the server closes or the time has come.
    fn work(
        &self,
        store: Option<&Store>,
        offers: &mut mpsc::Receiver<Offer>,
        until: Option<Instant>,
    ) -> Result<(), String> {
        self.find_behind();
        let mut taken = Vec::with_capacity(TAKEN_MAX);
        let mut closing = self.shared.closing.subscribe();
        loop {
            if *closing.borrow() {
                // What is behind is found again at the next start.
                return Ok(());
            }
            let behind = {
                let mut behind = self.shared.behind.lock().unwrap_or_else(PoisonError::into_inner);
                behind.pop_first()
            };
            if let Some(plan) = behind {
                self.refold(store, plan)?;
                continue;
            }
            if let Some(store) = store {
                self.follow_workspace(store)?;
            }
            let ended = self.handle.block_on(async {
                tokio::select! {
                    biased;
                    count = offers.recv_many(&mut taken, TAKEN_MAX) => count == 0,
                    () = self.shared.wake.notified() => false,
                    _ = closing.wait_for(|closing| *closing) => true,
                    () = sleep_until(until) => true,
                }
            });
            if !taken.is_empty() && !ended {
                self.gather(offers, &mut taken, &mut closing);
            }
            self.take(store, std::mem::take(&mut taken))?;
            if ended {
                return Ok(());
            }
        }
    }

    /// Lets further offers come for a while, unless somebody waits for those that are here.
    fn gather(
        &self,
        offers: &mut mpsc::Receiver<Offer>,
        taken: &mut Vec<Offer>,
        closing: &mut tokio::sync::watch::Receiver<bool>,
    ) {
        self.handle.block_on(async {
            tokio::select! {
                () = self.shared.hurry.notified() => {}
                _ = closing.wait_for(|closing| *closing) => {}
                // Nobody reads: saving for each edit took a third of a busy plan's processor time.
                () = tokio::time::sleep(GATHER_TIME) => {}
            }
        });
        while let Ok(offer) = offers.try_recv() {
            taken.push(offer);
        }
    }

    /// Opens the cache; one that is ahead of the journal is of another past, and is thrown away.
    fn open(&self) -> Result<Store, String> {
        let (store, thrown_away) = Store::open(self.dir)?;
        if thrown_away {
            self.shared.metrics.cache_rebuilds.inc();
        }
        let saved = store.models()?;
        for (plan, models) in &saved {
            let head = self.head(*plan);
            if models.cursor() > head {
                return Err(format!(
                    "plan {plan} stands at {}, the journal at {head}",
                    models.cursor()
                ));
            }
        }
        let (control, workspace) = (store.control_cursor()?, self.workspace_head());
        if control > workspace {
            return Err(format!("control events stand at {control}, the journal at {workspace}"));
        }
        self.until_state.borrow_mut().clear();
        *self.shared.control.write().unwrap_or_else(PoisonError::into_inner) = control;
        *self.shared.models.write().unwrap_or_else(PoisonError::into_inner) = saved.into_iter().collect();
        *self.shared.store.write().unwrap_or_else(PoisonError::into_inner) = Some(store.clone());
        self.shared.opened.send_replace(true);
        Ok(store)
    }

    fn head(&self, plan: PlanId) -> Seq {
        self.shared.journal.head(plan.into()).map_or(Seq::ZERO, |head| head.seq)
    }

    fn workspace_head(&self) -> Seq {
        let head = self.shared.journal.head(StreamId::WORKSPACE);
        head.map_or(Seq::ZERO, |head| head.seq)
    }

    /// Takes in what happened to plans beside their content.
    fn follow_workspace(&self, store: &Store) -> Result<(), String> {
        let saved = self.shared.control_cursor();
        if saved >= self.workspace_head() {
            return Ok(());
        }
        let mut then = self.workspace.borrow_mut();
        let (state, last) = &mut *then;
        if *last > saved {
            // The cache was thrown away: what it is made of is folded anew.
            (*state, *last) = Default::default();
        }
        loop {
            let read = self.shared.journal.read(StreamId::WORKSPACE, last.next(), READ_BYTES);
            let records = self.handle.block_on(read).map_err(|error| error.to_string())?;
            let Some(upto) = records.last().map(|record| record.seq) else {
                break;
            };
            let mut events = Vec::new();
            for record in &records {
                // The server does not start on a stream that it cannot read.
                let Entry { author, body, .. } = entry(record).map_err(|error| error.to_string())?;
                let Body::Workspace(event) = body else { continue };
                let (seq, at) = (record.seq, record.at);
                if seq > saved {
                    let told = told_in(state, &event).into_iter();
                    events.extend(told.map(|(plan, then)| {
                        let event = event.clone();
                        let event = ControlEvent {
                            seq,
                            at,
                            author,
                            event,
                            then,
                        };
                        (plan, event)
                    }));
                }
                state.evolve(at, &event);
                *last = seq;
            }
            *last = upto;
            if upto > saved {
                store.save_control(&events, upto)?;
            }
        }
        *self.shared.control.write().unwrap_or_else(PoisonError::into_inner) = *last;
        self.shared.progress.send_modify(|progress| *progress += 1);
        Ok(())
    }

    fn find_behind(&self) {
        let models = self.shared.models.read().unwrap_or_else(PoisonError::into_inner);
        let streams = self
            .shared
            .journal
            .streams()
            .into_iter()
            .filter(|(stream, _)| *stream != StreamId::WORKSPACE);
        let behind = streams
            .map(|(stream, head)| (PlanId(stream.0), head.seq))
            .filter(|(plan, head)| models.get(plan).map_or(Seq::ZERO, Models::cursor) < *head);
        self.shared
            .behind
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(behind.map(|(plan, _)| plan));
    }

    /// Folds offers, each plan's together.
    fn take(&self, store: Option<&Store>, offers: Vec<Offer>) -> Result<(), String> {
        let mut together: Vec<Offer> = Vec::new();
        for offer in offers {
            match together
                .iter_mut()
                .find(|other| other.plan == offer.plan && other.upto == offer.from)
            {
                Some(other) => {
                    other.upto = offer.upto;
                    other.facts.extend(offer.facts);
                }
                None => together.push(offer),
            }
        }
        for Offer {
            plan,
            from,
            upto,
            facts,
        } in together
        {
            if from > self.cursor(plan) {
                // An offer before it is missing.
                self.refold(store, plan)?;
            } else {
                self.fold(store, plan, facts, upto)?;
            }
        }
        Ok(())
    }

    fn cursor(&self, plan: PlanId) -> Seq {
        let models = self.shared.models.read().unwrap_or_else(PoisonError::into_inner);
        models.get(&plan).map_or(Seq::ZERO, Models::cursor)
    }

    fn fold(&self, store: Option<&Store>, plan: PlanId, mut facts: Vec<Fact>, upto: Seq) -> Result<(), String> {
        let cursor = self.cursor(plan);
        if upto <= cursor {
            return Ok(());
        }
        facts.retain(|fact| fact.seq > cursor);
        let after = {
            let mut models = self.shared.models.write().unwrap_or_else(PoisonError::into_inner);
            let models = models.entry(plan).or_default();
            models.take(&facts, upto);
            models.clone()
        };
        if let Some(store) = store {
            store.save(plan, &facts, &after)?;
            self.save_states(store, plan, facts.len(), upto)?;
        }
        // Only now: who waits for it reads the history too.
        self.shared.progress.send_modify(|progress| *progress += 1);
        Ok(())
    }

    /// Saves states of the plan, if enough has happened since the last one.
    fn save_states(&self, store: &Store, plan: PlanId, facts: usize, upto: Seq) -> Result<(), String> {
        let mut rests = self.until_state.borrow_mut();
        // Of a plan that was not written since the start it is not known: it is looked at.
        let rest = rests.entry(plan).or_insert(0);
        *rest = rest.saturating_sub(facts as u64);
        if *rest == 0 {
            *rest = store.save_states(plan, upto)?;
        }
        Ok(())
    }

    /// Folds a plan from the journal, from where its models stand.
    fn refold(&self, store: Option<&Store>, plan: PlanId) -> Result<(), String> {
        let cursor = self.cursor(plan);
        if cursor >= self.head(plan) {
            return Ok(());
        }
        self.shared.metrics.refolds.inc();
        let mut refold = self.begin(plan, cursor);
        loop {
            let read = self.shared.journal.read(plan.into(), refold.last().next(), READ_BYTES);
            let records = self.handle.block_on(read).map_err(|error| error.to_string())?;
            let Some(last) = records.last().map(|record| record.seq) else {
                // Much work for a whole plan: a server that is killed in a moment should not have it again.
                if let Some(store) = store {
                    store.write_out();
                }
                return Ok(());
            };
            let mut facts = Vec::new();
            for record in &records {
                match refold.take(record) {
                    Ok(some) => facts.extend(some),
                    Err(error) => {
                        // To try again would go the same way for ever: this plan's reports stay where they are.
                        tracing::error!(%plan, %error, "a plan cannot be folded");
                        return Ok(());
                    }
                }
            }
            self.fold(store, plan, facts, last)?;
        }
    }

    /// The table to fold with: a snapshot's, if it is not beyond what is still wanted.
    fn begin(&self, plan: PlanId, cursor: Seq) -> Refold {
        let shared = &self.shared;
        let known = shared.snapshots.known(&*shared.journal, plan, cursor);
        let manifest = self.handle.block_on(known);
        let resumed = manifest.and_then(|manifest| shared.snapshots.resume(plan, &manifest));
        resumed.map_or_else(Refold::default, |resume| Refold::from_table(resume.table))
    }
}

/// Sleeps until a time; for ever without one.
async fn sleep_until(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until.into()).await,
        None => std::future::pending().await,
    }
}
