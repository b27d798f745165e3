//! Devices: whose they are, what their clock says, whether they are in reach, and the page that is open on them.

use domain::{ActorId, PersonId, PlanId, TimestampMs};
use rand::{Rng, RngExt};
use session::Session;
use uuid::Uuid;

use crate::config::Config;
use crate::ledger::Ledger;
use crate::net::ConnId;
use crate::world::BEGIN;

/// A person of the workspace.
pub(crate) fn person(number: usize) -> PersonId {
    PersonId(Uuid::from_u128(
        0x0000_0000_0000_7000_8000_0000_0000_1000 + number as u128,
    ))
}

/// A clock that is set wrong and runs a little fast or slow.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Clock {
    pub(crate) ahead_ms: i64,
    /// Parts of a million.
    pub(crate) fast_ppm: i64,
}

impl Clock {
    /// What it shows at a true time.
    pub(crate) fn read(self, now: i64) -> TimestampMs {
        TimestampMs(BEGIN.0 + now + now * self.fast_ppm / 1_000_000 + self.ahead_ms)
    }
}

/// A device of a person. Two devices can be one person's.
pub(crate) struct Device {
    pub(crate) person: PersonId,
    pub(crate) clock: Clock,
    /// Whether the network is in reach.
    pub(crate) reachable: bool,
    /// It reads nothing until then.
    pub(crate) stalled_until: i64,
    /// Its pages take themselves for a client executive's.
    pub(crate) forges: bool,
    /// The page that is open, of which plan.
    pub(crate) session: Option<(PlanId, Session)>,
    /// The browser it is a tab of: two devices may share one.
    pub(crate) browser: usize,
    /// The actor with which its page began.
    pub(crate) claimed: Option<ActorId>,
    /// How many edits its page has said to be unsaved.
    pub(crate) unsaved: usize,
    pub(crate) conn: Option<ConnId>,
    /// Tells the timer that is set from those before.
    pub(crate) timer: u64,
    pub(crate) ledger: Ledger,
    /// Pages that were open here.
    pub(crate) pages: u64,
}

impl Device {
    pub(crate) fn new(number: usize, config: &Config, rng: &mut impl Rng) -> Self {
        Self {
            person: person(number % config.people),
            clock: Clock {
                ahead_ms: rng.random_range(-90_000..90_000),
                fast_ppm: rng.random_range(-200..200),
            },
            reachable: true,
            stalled_until: 0,
            forges: config.forging > 0 && rng.random_ratio(1, config.forging),
            session: None,
            browser: if config.tabs { number % config.people } else { number },
            claimed: None,
            unsaved: 0,
            conn: None,
            timer: 0,
            ledger: Ledger::default(),
            pages: 0,
        }
    }
}
