//! Looking at a plan as it was: at any entry, at any time.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use domain::{PlanId, Seq, Stage, TimestampMs, WorkspaceEvent};
use reports::PlanState;
use serde::Serialize;

use super::control::ControlEvent;
use super::history::{ControlView, HistoryPage, HistoryQuery, Telling};
use super::store::{Store, StoreError};
use super::{Models, ReadModels};
use crate::sight::Eyes;

/// Most control events that are looked at for one answer; of what is beyond, the oldest are left out.
const CONTROL_MAX: usize = 5_000;

/// A moment of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// After this entry.
    Seq(Seq),
    /// After the last entry that had happened then.
    At(TimestampMs),
    /// After everything.
    Now,
}

/// Why the past cannot be looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TravelError {
    /// The plan has no such entry yet.
    #[error("entry {asked} is not there yet: the last is {head}")]
    Beyond {
        /// Which was asked for.
        asked: Seq,
        /// The last.
        head: Seq,
    },
    /// The history is being folded anew, or cannot be read.
    #[error("the history is being read again: try again shortly")]
    NotNow,
}

/// From when to when a plan's history goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bounds {
    /// When its first entry happened.
    pub first_at: Option<TimestampMs>,
    /// Its last entry.
    pub head: Seq,
    /// When that happened.
    pub head_at: Option<TimestampMs>,
}

/// A plan as it was.
#[derive(Debug, Clone)]
pub struct AsOf {
    /// The last entry in it.
    pub seq: Seq,
    /// When that happened; nothing: before everything.
    pub at: Option<TimestampMs>,
    /// What it held.
    pub state: PlanState,
    /// What it was called, if it was there.
    pub name: Option<String>,
    /// Whether it was put away.
    pub archived: bool,
    /// At which stage it was.
    pub stage: Stage,
    /// What it took to find.
    pub took: Took,
}

/// What it took to find a plan as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Took {
    /// The last entry in the saved state from which it was folded.
    pub saved: Seq,
    /// Reading that state.
    pub reading: Duration,
    /// Folding what came after it.
    pub folding: Duration,
}

/// When a plan was edited, for a slider's rail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// From when to when.
    #[serde(flatten)]
    pub bounds: Bounds,
    /// Equal lengths of time, oldest first.
    pub buckets: Vec<Bucket>,
    /// What happened beside the content, newest first.
    pub control: Vec<ControlView>,
}

/// The edits of a length of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bucket {
    /// From when.
    pub from: TimestampMs,
    /// Until when; that moment is the next one's.
    pub to: TimestampMs,
    /// The last entry that had happened by then.
    pub seq: Seq,
    /// How many happened in it.
    pub edits: u64,
}

impl ReadModels {
    /// A page of a plan's history, newest first.
    pub async fn history(&self, query: HistoryQuery, telling: Telling) -> Result<HistoryPage, TravelError> {
        let plan = query.plan;
        self.read(plan, move |store, head| Ok(Ok(store.history(&query, &telling, head)?)))
            .await
    }

    /// A look at a plan as of some moments, as a reader sees it. The look is taken where work may take long.
    pub async fn travel<T: Send + 'static>(
        &self,
        plan: PlanId,
        moments: Vec<Moment>,
        eyes: Eyes,
        look: impl FnOnce(&Past<'_>, Vec<AsOf>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, TravelError> {
        let work = move |store: &Store, head: Seq| {
            let past = Past { store, plan, head };
            let mut states = Vec::with_capacity(moments.len());
            for moment in moments {
                match past.as_of(moment)? {
                    Ok(mut as_of) => {
                        eyes.state(&mut as_of.state);
                        states.push(as_of);
                    }
                    Err(error) => return Ok(Err(error)),
                }
            }
            look(&past, states).map(Ok)
        };
        self.read(plan, work).await
    }

    /// When a plan was edited, in so many equal lengths of time.
    pub async fn timeline(&self, plan: PlanId, count: usize, telling: Telling) -> Result<Timeline, TravelError> {
        self.read(plan, move |store, head| {
            Ok(Ok(Past { store, plan, head }.timeline(count, &telling)?))
        })
        .await
    }

    /// Reads the store once it has everything that is on disk, where work may take long. `work` is told the last entry
    /// of the plan that is in it.
    async fn read<T: Send + 'static>(
        &self,
        plan: PlanId,
        work: impl FnOnce(&Store, Seq) -> Result<Result<T, TravelError>, StoreError> + Send + 'static,
    ) -> Result<T, TravelError> {
        let shared = Arc::clone(&self.shared);
        let store = || shared.store.read().unwrap_or_else(PoisonError::into_inner).clone();
        self.caught_up(&[plan]).await;
        // What it has is known before it is read: what comes meanwhile is left alone.
        let (Some(store), head) = (store(), self.cursor(plan)) else {
            return Err(TravelError::NotNow);
        };
        self.control_caught_up().await;
        let turn = Arc::clone(&shared.turns)
            .acquire_owned()
            .await
            .map_err(|_| TravelError::NotNow)?;
        let reading = tokio::task::spawn_blocking(move || {
            let done = work(&store, head);
            drop(turn);
            done
        });
        match reading.await {
            Ok(Ok(done)) => done,
            Ok(Err(error)) => {
                tracing::error!(error, "the history could not be read");
                Err(TravelError::NotNow)
            }
            // sled panics on some damage: that is the worker's to mend, and here an answer "not now".
            Err(_) => Err(TravelError::NotNow),
        }
    }

    fn cursor(&self, plan: PlanId) -> Seq {
        let models = self.shared.models.read().unwrap_or_else(PoisonError::into_inner);
        models.get(&plan).map_or(Seq::ZERO, Models::cursor)
    }
}

/// The past of a plan, as far as it is in the store.
pub struct Past<'a> {
    store: &'a Store,
    plan: PlanId,
    head: Seq,
}

impl Past<'_> {
    /// From when to when it goes.
    pub fn bounds(&self) -> Result<Bounds, StoreError> {
        Ok(Bounds {
            first_at: self.store.time_of(self.plan, Seq::ZERO.next(), self.head)?,
            head: self.head,
            head_at: self.store.time_before(self.plan, self.head)?,
        })
    }

    /// The control events that are told, newest first: those that happened after `from` and not after `to`.
    pub fn control(
        &self,
        from: Option<TimestampMs>,
        to: Option<TimestampMs>,
        telling: &Telling,
    ) -> Result<Vec<ControlView>, StoreError> {
        let empty = PlanState::default();
        let mut lines = Vec::new();
        for event in self.store.control(self.plan, Seq(u64::MAX)).take(CONTROL_MAX) {
            let event = event?;
            if from.is_some_and(|from| event.at <= from) {
                break;
            }
            let is_wanted = to.is_none_or(|to| event.at <= to);
            lines.extend(is_wanted.then(|| telling.control(&event, &empty)).flatten());
        }
        Ok(lines)
    }

    fn as_of(&self, moment: Moment) -> Result<Result<AsOf, TravelError>, StoreError> {
        let seq = match moment {
            Moment::Seq(asked) if asked > self.head => {
                let head = self.head;
                return Ok(Err(TravelError::Beyond { asked, head }));
            }
            Moment::Seq(seq) => seq,
            Moment::At(at) => self.store.entry_at(self.plan, at, self.head)?,
            Moment::Now => self.head,
        };
        let began = Instant::now();
        let saved = self.store.saved_state(self.plan, seq)?;
        let (from, reading) = (saved.cursor(), began.elapsed());
        let state = self.store.fold_on(self.plan, saved, seq)?.into_state();
        let took = Took {
            saved: from,
            reading,
            folding: began.elapsed().saturating_sub(reading),
        };
        let at = state.last().map(|last| last.at);
        let upto = match moment {
            Moment::At(at) => Some(at),
            Moment::Seq(seq) if seq < self.head => Some(at.unwrap_or_default()),
            Moment::Seq(_) | Moment::Now => None,
        };
        let mut as_of = AsOf {
            seq,
            at,
            state,
            name: None,
            archived: false,
            stage: Stage::default(),
            took,
        };
        let events = self.store.control(self.plan, Seq(u64::MAX)).rev();
        for event in events.take(CONTROL_MAX) {
            let ControlEvent { at, event, .. } = event?;
            if upto.is_some_and(|upto| at > upto) {
                break;
            }
            as_of.take(event);
        }
        Ok(Ok(as_of))
    }

    fn timeline(&self, count: usize, telling: &Telling) -> Result<Timeline, StoreError> {
        let bounds = self.bounds()?;
        let control = self.control(None, None, telling)?;
        let mut timeline = Timeline {
            bounds,
            buckets: Vec::new(),
            control,
        };
        let (Some(first), Some(last)) = (bounds.first_at, bounds.head_at) else {
            return Ok(timeline);
        };
        // The last moment lies within the last bucket.
        let span = last.0.saturating_sub(first.0).saturating_add(1);
        let count = i64::try_from(count).unwrap_or(i64::MAX).clamp(1, span);
        let border = |n: i64| {
            let passed = i128::from(span) * i128::from(n) / i128::from(count);
            TimestampMs(first.0 + i64::try_from(passed).unwrap_or(i64::MAX))
        };
        let mut before = Seq::ZERO;
        for n in 0..count {
            let (from, to) = (border(n), border(n + 1));
            let seq = self.store.entry_at(self.plan, TimestampMs(to.0 - 1), self.head)?;
            let edits = seq.0.saturating_sub(before.0);
            timeline.buckets.push(Bucket { from, to, seq, edits });
            before = seq;
        }
        Ok(timeline)
    }
}

impl AsOf {
    fn take(&mut self, event: WorkspaceEvent) {
        match event {
            WorkspaceEvent::PlanCreated { name, .. } | WorkspaceEvent::PlanRenamed { name, .. } => {
                self.name = Some(name);
            }
            WorkspaceEvent::PlanArchived { .. } => self.archived = true,
            WorkspaceEvent::PlanRestored { .. } => self.archived = false,
            WorkspaceEvent::StageSet { stage, .. } => self.stage = stage,
            // What else happened to a plan is in its history.
            _ => {}
        }
    }
}
