//! The guard over what comes, and safe mode: a plan with an entry that does not fit, also when it is fetched anew, does
//! not go on here. Nothing of the unsaved edits is lost; they can be taken out.

use domain::TimestampMs;
use plan::{Unfit, Watch};
use protocol::Bye;

use crate::limits::{FAILED_OPENINGS_MAX, GUARD_PAUSE_MS, GUARD_SLICE_CHANGES};
use crate::session::{Phase, Session};
use crate::timers::{Timer, after};
use crate::types::Connection;

impl Session {
    /// Why the plan does not go on here, in words for whoever is to mend it. The unsaved edits are all still there
    /// ([`Session::unsaved_changes`], [`Session::rejected`]).
    pub fn safe_mode(&self) -> Option<&str> {
        self.safe_mode.as_deref()
    }

    /// Whether everything that comes is checked against the plan's whole past. A long plan's past is looked at in
    /// slices after it has opened; a very long one's never.
    pub fn guards_exactly(&self) -> bool {
        self.watch.is_exact()
    }

    /// Asks the guard. What does not fit is not applied: the plan is fetched anew, once; if it does not fit then either,
    /// it goes on no further.
    pub(crate) fn guard(&mut self, ask: impl FnOnce(&mut Watch) -> Result<(), Unfit>) -> Result<(), String> {
        ask(&mut self.watch).map_err(|unfit| {
            let why = unfit.to_string();
            self.distrusted = true;
            self.failed_to_open(&why);
            why
        })
    }

    /// The plan is another one from here on.
    pub(crate) fn guard_anew(&mut self, watch: Watch) {
        self.watch = watch;
    }

    pub(crate) fn time_guarding(&mut self, now: TimestampMs) {
        if !self.watch.is_behind() || self.phase == Phase::Over {
            self.timers.stop(Timer::Guard);
        } else if !self.timers.is_set(Timer::Guard) {
            self.timers.set(Timer::Guard, after(now, GUARD_PAUSE_MS));
        }
    }

    pub(crate) fn go_on_guarding(&mut self, now: TimestampMs) {
        if let Err(why) = self.guard(|watch| watch.advance(GUARD_SLICE_CHANGES)) {
            self.fail(now, why);
        }
    }

    /// The plan does not open, or goes on in another way than it must.
    pub(crate) fn failed_to_open(&mut self, why: &str) {
        self.failed_openings += 1;
        if self.failed_openings >= FAILED_OPENINGS_MAX {
            self.enter_safe_mode(why.to_owned());
        }
    }

    fn enter_safe_mode(&mut self, why: String) {
        if self.safe_mode.is_none() {
            self.safe_mode = Some(why.clone());
            self.fault = Some(why);
            self.end(Bye::Fault);
            self.show(Connection::Ended(Bye::Fault));
        }
    }
}
