//! The deadlines of a session, as a table: the shell needs only the next one.

use domain::TimestampMs;

/// What a deadline is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timer {
    /// Try to connect again.
    Reconnect,
    /// The connection must be open and the server have answered.
    Welcome,
    /// The server must have said something that was due: an acknowledgement, the rest of the plan.
    Silence,
    /// Apply what was gathered.
    Gather,
    /// Say where I am.
    Place,
    /// Send again what the server could not take.
    Unavailable,
    /// Fold some more of the plan's history for the guard.
    Guard,
}

const TIMERS: [Timer; 7] = [
    Timer::Reconnect,
    Timer::Welcome,
    Timer::Silence,
    Timer::Gather,
    Timer::Place,
    Timer::Unavailable,
    Timer::Guard,
];

#[derive(Debug, Default)]
pub(crate) struct Timers {
    at: [Option<TimestampMs>; TIMERS.len()],
}

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer, at: TimestampMs) {
        *self.slot(timer) = Some(at);
    }

    pub(crate) fn stop(&mut self, timer: Timer) {
        *self.slot(timer) = None;
    }

    pub(crate) fn is_set(&mut self, timer: Timer) -> bool {
        self.slot(timer).is_some()
    }

    pub(crate) fn stop_all(&mut self) {
        *self = Self::default();
    }

    /// All deadlines are earlier by so many milliseconds.
    pub(crate) fn set_back(&mut self, ms: i64) {
        for at in self.at.iter_mut().flatten() {
            *at = TimestampMs(at.0.saturating_sub(ms));
        }
    }

    /// The next deadline.
    pub(crate) fn next(&self) -> Option<TimestampMs> {
        self.at.iter().flatten().min().copied()
    }

    /// A timer that is due; it is stopped.
    pub(crate) fn take_due(&mut self, now: TimestampMs) -> Option<Timer> {
        TIMERS.into_iter().find(|&timer| {
            let slot = self.slot(timer);
            let due = slot.is_some_and(|at| at <= now);
            if due {
                *slot = None;
            }
            due
        })
    }

    fn slot(&mut self, timer: Timer) -> &mut Option<TimestampMs> {
        let index = TIMERS
            .iter()
            .position(|&of| of == timer)
            .expect("the table has every timer");
        &mut self.at[index]
    }
}

/// So many milliseconds later.
pub(crate) const fn after(now: TimestampMs, ms: i64) -> TimestampMs {
    TimestampMs(now.0.saturating_add(ms))
}
