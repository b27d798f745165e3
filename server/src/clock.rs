//! The one clock of the server, so that a test can turn it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use domain::TimestampMs;
use tokio::sync::watch;

/// Where the time comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that a test turns: milliseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The time now.
    pub fn now(&self) -> TimestampMs {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                TimestampMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Manual(now) => TimestampMs(now.load(Ordering::SeqCst)),
        }
    }

    /// The day it is in a time zone.
    pub fn today(&self, zone: Tz) -> NaiveDate {
        DateTime::from_timestamp_millis(self.now().0)
            .unwrap_or_default()
            .with_timezone(&zone)
            .date_naive()
    }
}

/// Times of which each is given once, by which what the server writes can be told apart: about now, and always later than
/// the one before.
#[derive(Debug)]
pub struct Stamps {
    clock: Clock,
    last: AtomicI64,
}

impl Stamps {
    /// From now on, and later than `last`.
    pub const fn new(clock: Clock, last: TimestampMs) -> Self {
        Self {
            clock,
            last: AtomicI64::new(last.0),
        }
    }

    /// The next.
    pub fn next(&self) -> TimestampMs {
        let now = self.clock.now().0;
        let after = |last: i64| now.max(last.saturating_add(1));
        let last = self.last.update(Ordering::SeqCst, Ordering::SeqCst, after);
        TimestampMs(after(last))
    }
}

/// How often the clock is compared with the machine's steady one.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// A difference that is worth a word, in milliseconds. Clocks are set right by less all the time.
const JUMP_MS: i64 = 60_000;

/// Looks at the clock until the server stops, and says so in the log when it jumps.
pub async fn watch(clock: Clock, mut stopping: watch::Receiver<bool>) {
    let mut pair = Pair::of(clock.now(), Instant::now());
    while tokio::time::timeout(LOOK_EVERY, stopping.wait_for(|stopping| *stopping))
        .await
        .is_err()
    {
        if let Some(jump_ms) = pair.jump(clock.now(), Instant::now()) {
            tracing::warn!(by = words(jump_ms), "{JUMPED}");
        }
    }
}

/// What the log says when the clock jumps.
const JUMPED: &str = "the machine's clock jumped, or the machine slept; edits keep their order, and while the clock is \
    behind the newest of them they bear its time; sign-in links and sessions go by the clock as it is now";

/// What the log says at a start when entries bear a later time than the clock shows; with how much later.
pub fn behind(newest: TimestampMs, now: TimestampMs) -> Option<String> {
    let ahead_ms = newest.0.saturating_sub(now.0);
    (ahead_ms > JUMP_MS).then(|| {
        format!(
            "the newest edit bears a time {} ahead of the machine's clock: until the clock is as late, new edits bear \
             that time; is the clock right?",
            words(ahead_ms)
        )
    })
}

/// The clock and the machine's steady one, at the same moment.
#[derive(Debug, Clone, Copy)]
struct Pair {
    wall: TimestampMs,
    steady: Instant,
}

impl Pair {
    const fn of(wall: TimestampMs, steady: Instant) -> Self {
        Self { wall, steady }
    }

    /// By how many milliseconds the clock jumped since it was last looked at, if by much.
    fn jump(&mut self, wall: TimestampMs, steady: Instant) -> Option<i64> {
        let passed = steady.saturating_duration_since(self.steady);
        let passed_ms = i64::try_from(passed.as_millis()).unwrap_or(i64::MAX);
        let jump_ms = wall.0.saturating_sub(self.wall.0).saturating_sub(passed_ms);
        *self = Self { wall, steady };
        (jump_ms.saturating_abs() > JUMP_MS).then_some(jump_ms)
    }
}

/// A length of time for people: its largest unit, rounded down.
fn words(ms: i64) -> String {
    const MINUTE_MS: i64 = 60_000;
    const HOUR_MS: i64 = 60 * MINUTE_MS;
    const DAY_MS: i64 = 24 * HOUR_MS;
    let (unit_ms, unit) = match ms.saturating_abs() {
        DAY_MS.. => (DAY_MS, "days"),
        HOUR_MS.. => (HOUR_MS, "hours"),
        _ => (MINUTE_MS, "minutes"),
    };
    format!("{} {unit}", ms / unit_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_is_told_once_and_time_that_passes_is_none() {
        let steady = Instant::now();
        let mut pair = Pair::of(TimestampMs(1_000_000), steady);
        let later = |seconds| steady + Duration::from_secs(seconds);
        assert_eq!(pair.jump(TimestampMs(1_010_000), later(10)), None);
        assert_eq!(
            pair.jump(TimestampMs(1_030_000), later(20)),
            None,
            "set right by a little"
        );
        assert_eq!(pair.jump(TimestampMs(8_240_000), later(30)), Some(7_200_000));
        assert_eq!(pair.jump(TimestampMs(8_250_000), later(40)), None, "it was told");
        assert_eq!(pair.jump(TimestampMs(1_060_000), later(50)), Some(-7_200_000));
    }

    #[test]
    fn lengths_of_time_are_said_in_their_largest_unit() {
        for (ms, said) in [(61_000, "1 minutes"), (7_200_000, "2 hours"), (-90_000_000, "-1 days")] {
            assert_eq!(words(ms), said);
        }
    }
}
