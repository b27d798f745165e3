//! What I may read of the plan, counted: what a page fetched besides what the session holds belongs to one sight of the
//! plan, and goes from the screen when there is another. An answer that was asked for before that is dropped.

use leptos::prelude::*;

use super::{PlanStore, Then};
use crate::erased::effect_after;

impl PlanStore {
    fn sights(self) -> Option<RwSignal<u64>> {
        Some(self.inner.try_get_value()?.sight)
    }

    /// How often what I may read has changed. Whoever asks in a view hears when it does.
    pub(crate) fn sight(self) -> u64 {
        self.sights().map(|sight| sight.get()).unwrap_or_default()
    }

    /// The same, once; None when the page has gone.
    pub(crate) fn peek_sight(self) -> Option<u64> {
        self.sights()?.try_get_untracked()
    }

    /// Runs each time that what I may read has changed.
    pub(crate) fn at_each_sight(self, run: impl Fn() + 'static) {
        effect_after(move |before: Option<u64>| {
            let sight = self.sight();
            if before.is_some_and(|before| before != sight) {
                untrack(&run);
            }
            sight
        });
    }

    /// Something was erased, or I am something else. A past that is looked at goes at once: it is read again.
    pub(super) fn see_anew(self) {
        if self.is_past_untracked() {
            self.look_at(Then::Coming);
        }
        if let Some(sight) = self.sights() {
            sight.update(|sight| *sight += 1);
        }
    }
}
