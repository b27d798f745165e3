//! Figures over a whole section or plan: too dear to be made anew with every key press of everyone, so they follow a
//! moment later.

use std::time::Duration;

use leptos::prelude::*;

use crate::erased::effect_after;

/// How long after the first change a figure is made anew.
const SETTLE: Duration = Duration::from_millis(250);

/// What `compute` gives: at once, and again a moment after anything that `track` depends on has changed.
pub(crate) fn settled<T>(
    track: impl Fn() + Send + Sync + 'static,
    compute: impl Fn() -> T + Clone + Send + Sync + 'static,
) -> Signal<T>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let figure = RwSignal::new(untrack(&compute));
    let waiting = StoredValue::new(false);
    effect_after(move |before: Option<()>| {
        track();
        if before.is_none() || waiting.get_value() {
            return;
        }
        waiting.set_value(true);
        let compute = compute.clone();
        set_timeout(
            move || {
                // The page may have gone in the meantime.
                if waiting.try_set_value(false).is_some() {
                    return;
                }
                let now = untrack(&compute);
                if figure.try_with_untracked(|before| *before != now) == Some(true) {
                    figure.set(now);
                }
            },
            SETTLE,
        );
    });
    figure.into()
}
