//! Waiting for a moment, for a room's task.

use std::time::Duration;

use domain::TimestampMs;

use crate::clock::Clock;

/// Longest sleep until a time of the server's clock. A room never asks for more; it would be more if the clock was set back
/// meanwhile, and then the room is woken early, which is harmless, and asks again.
const SLEEP_MAX: Duration = Duration::from_secs(1);

/// Sleeps until a moment, such as the one at which an idle room leaves; for ever without one.
pub(super) async fn until(moment: Option<tokio::time::Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Sleeps until a time of the server's clock, or somewhat less long; for ever without one. The core inside the room has no
/// clock: it asks to be woken at a time (`Output::Timeout`), and this is how.
pub(super) async fn sleep_until(clock: &Clock, deadline: Option<TimestampMs>) {
    let Some(deadline) = deadline else {
        return std::future::pending().await;
    };
    let left_ms = u64::try_from(deadline.0.saturating_sub(clock.now().0)).unwrap_or(0);
    tokio::time::sleep(Duration::from_millis(left_ms).min(SLEEP_MAX)).await;
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicI64;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_set_back_makes_no_room_sleep_for_long() {
        const YEAR_MS: i64 = 365 * 24 * 60 * 60 * 1000;
        let clock = Clock::Manual(Arc::new(AtomicI64::new(0)));
        let began = tokio::time::Instant::now();
        sleep_until(&clock, Some(TimestampMs(40))).await;
        assert_eq!(began.elapsed(), Duration::from_millis(40));
        sleep_until(&clock, Some(TimestampMs(YEAR_MS))).await;
        assert_eq!(began.elapsed(), Duration::from_millis(1_040));
    }
}
