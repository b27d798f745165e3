//! Asking the server again while someone looks, for what it does not tell by itself.

use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;

/// Does something at once when the person comes back to the page, and from time to time while they look at it, until
/// the view that is running now is gone.
pub(crate) fn while_looked_at(every: Duration, ask: impl Fn() + Copy + 'static) {
    let ask_if_seen = move || {
        if !document().hidden() {
            ask();
        }
    };
    let came_back = window_event_listener(ev::focus, move |_| ask_if_seen());
    let shown = window_event_listener(ev::visibilitychange, move |_| ask_if_seen());
    let timer = set_interval_with_handle(ask_if_seen, every).ok();
    on_cleanup(move || {
        came_back.remove();
        shown.remove();
        if let Some(timer) = timer {
            timer.clear();
        }
    });
}
