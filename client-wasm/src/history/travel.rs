//! Where in the plan's past the page is, and how it gets there.

use domain::{Seq, TimestampMs};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;
use std::time::Duration;

use super::scale::{self, Scale};
use crate::api::past::{self, Moment, Timeline};
use crate::browser;
use crate::erased::{effect, effect_after, memo};
use crate::store::{Past, PlanStore, Then};
use crate::typing::{Away, Typing};
use crate::ui::UiState;

/// Into how many parts the plan's life is cut for the marks on its line.
const BUCKETS: usize = 240;
/// How soon after a change of the plan its life is asked for again: changes come in rows.
const REFRESH: Duration = Duration::from_secs(2);
/// A day, in milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The way through a plan's past.
#[derive(Clone, Copy)]
pub(super) struct Travel {
    store: PlanStore,
    ui: UiState,
    typing: Option<Typing>,
    /// Where the slider stands while what is there is on its way.
    ahead: RwSignal<Option<Seq>>,
    /// What is asked for next, when the answer under way is here.
    next: StoredValue<Option<Moment>>,
    busy: RwSignal<bool>,
    /// Counts the ways back to now: an answer that was asked for before one is dropped.
    returns: StoredValue<u64>,
    life: RwSignal<Option<Timeline>>,
    scale: Memo<Option<Scale>>,
    /// Why the last moment could not be shown.
    pub(super) trouble: RwSignal<Option<String>>,
    /// The other end of a comparison; the plan as it is when there is none.
    pub(super) held: RwSignal<Option<Seq>>,
    /// Whether what changed is shown.
    pub(super) compared: RwSignal<bool>,
}

impl Travel {
    /// Follows the address, and the plan's life, from here on.
    pub(super) fn start(store: PlanStore, ui: UiState) -> Self {
        let life = RwSignal::new(None);
        let travel = Self {
            store,
            ui,
            typing: use_context(),
            ahead: RwSignal::new(None),
            next: StoredValue::new(None),
            busy: RwSignal::new(false),
            returns: StoredValue::new(0),
            life,
            scale: memo(move |_| life.with(|life| life.as_ref().map(Scale::of))),
            trouble: RwSignal::new(None),
            held: RwSignal::new(None),
            compared: RwSignal::new(false),
        };
        effect(move || {
            let asked = ui.at.get();
            let here = store.peek_past().map(|past| past.seq);
            if let Some(seq) = asked.filter(|seq| here != Some(*seq)) {
                travel.go(Moment::Seq(seq));
            }
        });
        // What was here is gone from the screen; what is under way is asked for again when its answer comes.
        store.at_each_sight(move || {
            if let Some(seq) = ui.at.get_untracked().filter(|_| !travel.busy.get_untracked()) {
                travel.go(Moment::Seq(seq));
            }
        });
        travel.follow_life();
        travel
    }

    fn follow_life(self) {
        self.read_life();
        let waiting = StoredValue::new(false);
        effect_after(move |before: Option<()>| {
            self.store.head().track();
            if before.is_none() || waiting.get_value() {
                return;
            }
            waiting.set_value(true);
            set_timeout(
                move || {
                    if waiting.try_set_value(false).is_none() {
                        self.read_life();
                    }
                },
                REFRESH,
            );
        });
    }

    fn read_life(self) {
        spawn_local(async move {
            // Without it the line has no marks; where one is, each answer says itself.
            if let Ok(life) = past::timeline(self.store.plan(), BUCKETS).await {
                // The page may have gone meanwhile.
                self.store.learn_names(&life.control);
                let _ = self.life.try_set(Some(life));
            }
        });
    }

    /// The plan's life, as far as it is known.
    pub(super) fn life(self) -> Signal<Option<Timeline>> {
        self.life.into()
    }

    /// The line of the plan's life.
    pub(super) fn scale(self) -> Signal<Option<Scale>> {
        self.scale.into()
    }

    /// The past that is shown.
    pub(super) fn past(self) -> Signal<Option<Arc<Past>>> {
        let then = self.store.then();
        memo(move |_| match then.get() {
            Then::Here(past) => Some(past),
            Then::Now | Then::Coming => None,
        })
        .into()
    }

    /// The plan's last entry.
    pub(super) fn head(self) -> Seq {
        let known = self.life.with(|life| life.as_ref().map_or(Seq::ZERO, |life| life.head));
        known.max(self.store.head().get())
    }

    /// Where the slider stands: the last entry of the state that is shown, or is to be.
    pub(super) fn seq(self) -> Seq {
        let shown = self.ahead.get().or(self.ui.at.get());
        shown.unwrap_or_else(|| self.head())
    }

    /// Whether the slider stands at the plan as it is.
    pub(super) fn is_now(self) -> bool {
        self.ahead.get().is_none() && self.ui.at.get().is_none()
    }

    /// When that was, exactly once the state is here.
    pub(super) fn at(self) -> TimestampMs {
        let seq = self.seq();
        match self.past().get().filter(|past| past.seq == seq) {
            Some(past) => past.at,
            None => self
                .scale
                .with(|scale| scale.as_ref().map_or_else(browser::now, |scale| scale.time_of(seq))),
        }
    }

    /// Shows the plan as of a moment. One answer is under way at a time; the last wish is the next.
    pub(super) fn go(self, to: Moment) {
        match to {
            Moment::Seq(seq) => self.ahead.set(Some(seq)),
            Moment::At(_) => {}
        }
        // What is typed is of now: it becomes an edit on the way.
        if let Some(typing) = self.typing.filter(|_| self.store.peek_past().is_none()) {
            typing.settle(Away::Hidden);
        }
        if self.busy.get_untracked() {
            self.next.set_value(Some(to));
            return;
        }
        self.busy.set(true);
        let (returns, sight) = (self.returns.get_value(), self.store.peek_sight());
        spawn_local(async move {
            let answer = past::as_of(self.store.plan(), to).await;
            if self.busy.try_set(false).is_some() {
                return; // the page has gone
            }
            let is_back = self.returns.get_value() != returns;
            let is_of_before = self.store.peek_sight() != sight;
            let next = self.next.try_update_value(Option::take).flatten();
            let next = next.or_else(|| (is_of_before && !is_back).then_some(to));
            match answer {
                // Back at now meanwhile; or something was erased, or I am something else.
                _ if is_back || is_of_before => {}
                Ok(state) => {
                    self.trouble.set(None);
                    self.arrive(Past::from(state), next.is_none());
                }
                Err(error) if next.is_none() => {
                    self.ahead.set(None);
                    self.trouble.set(Some(error.words));
                    self.ui.times_shown.set(true);
                    // What was shown before stays: another past, or, where none was, the plan as it is.
                    self.ui.at.set(self.store.peek_past().map(|past| past.seq));
                }
                Err(_) => {}
            }
            if let Some(next) = next {
                self.go(next);
            }
        });
    }

    fn arrive(self, past: Past, is_last: bool) {
        let seq = past.seq;
        self.store.look_at(Then::Here(Arc::new(past)));
        if is_last {
            self.ahead.set(None);
            if self.ui.at.get_untracked() != Some(seq) {
                self.ui.at.set(Some(seq));
            }
        }
    }

    /// Shows the plan as it is.
    pub(super) fn back(self) {
        self.returns.update_value(|returns| *returns += 1);
        self.next.set_value(None);
        self.ahead.set(None);
        self.trouble.set(None);
        self.ui.at.set(None);
    }

    /// Closes the way through the past, too.
    pub(super) fn close(self) {
        self.back();
        self.compared.set(false);
        self.held.set(None);
        self.ui.times_shown.set(false);
    }

    /// Goes to a change; behind the last one is now.
    pub(super) fn to(self, seq: Seq) {
        if seq >= untrack(|| self.head()) {
            self.back();
        } else {
            self.go(Moment::Seq(seq));
        }
    }

    /// Goes some changes back or on.
    pub(super) fn step(self, by: i64) {
        let seq = untrack(|| self.seq());
        self.to(Seq(seq.0.saturating_add_signed(by)));
    }

    /// Goes to the end of the day before.
    pub(super) fn day_back(self) {
        let midnight = midnight_before(untrack(|| self.at()));
        let first = self
            .life
            .with_untracked(|life| life.as_ref().and_then(|life| life.first_at));
        if first.is_some_and(|first| midnight <= first) {
            self.to(Seq::ZERO);
        } else {
            self.go(Moment::At(TimestampMs(midnight.0 - 1)));
        }
    }

    /// Goes to the end of the next day with changes.
    pub(super) fn day_on(self) {
        if untrack(|| self.is_now()) {
            return;
        }
        let end = midnight_before(untrack(|| self.at())).0 + DAY_MS;
        let next = self.life.with_untracked(|life| {
            let written = life.iter().flat_map(scale::written);
            written.map(|bucket| bucket.to).find(|to| to.0 >= end)
        });
        let today = midnight_before(browser::now());
        match next.map(midnight_before).filter(|day| *day < today) {
            Some(day) => self.go(Moment::At(TimestampMs(day.0 + DAY_MS - 1))),
            None => self.back(),
        }
    }
}

/// When the day of a moment began here.
fn midnight_before(at: TimestampMs) -> TimestampMs {
    let of_day = browser::local(at).and_utc().timestamp_millis().rem_euclid(DAY_MS);
    TimestampMs(at.0 - of_day)
}
