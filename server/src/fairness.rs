//! What one person may take of the server, so that nobody who floods it slows the others down.
//!
//! Who sends more than the rate allows is slowed down, never refused: the server reads their next frame later, over all
//! their connections and plans together. Bursts are far above what a person does: a pasted block of 2,000 cells is a few
//! changes, and a day offline some thousands. Connections and new plans are refused with a reason instead, and so is who waits
//! for too many reads that are work: of these two go on at a time, the rest in turn.
//!
//! All of it is counted on the machine's steady clock, which does not jump, and forgotten at a restart.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::PersonId;
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep};

use crate::problem::ApiError;

/// Frames that a person may send for long, a second, and at once. A page sends ten a second at most.
const FRAMES: Rate = Rate {
    per_second: 1_000,
    burst: 5_000,
};
/// Changes that a person may send for long, a second, and at once: a day offline is some 5,000.
const CHANGES: Rate = Rate {
    per_second: 500,
    burst: 30_000,
};
/// Bytes that a person may send for long, a second, and at once: what a page keeps unsaved, at most, is one burst.
const BYTES: Rate = Rate {
    per_second: 1 << 20,
    burst: 64 << 20,
};
/// Plans that a person may make at once; then one more each [`PLAN_TIME`].
const PLANS_BURST: u32 = 200;
/// See [`PLANS_BURST`].
const PLAN_TIME: Duration = Duration::from_secs(30);
/// Names, archivings and the like that a person may change at once; then one more each [`COMMAND_TIME`].
const COMMANDS_BURST: u32 = 3_000;
/// See [`COMMANDS_BURST`].
const COMMAND_TIME: Duration = Duration::from_millis(500);
/// Open pages of one person.
const PAGES_MAX: usize = 100;
/// Programs with a token of one person may have one of so many of all places open, because whoever runs the server gave
/// them the token.
const PROGRAMS_PART: usize = 8;
/// However few places there are, a person has so many.
const OPEN_MIN: usize = 16;

/// Reads that are work (histories, searches, plans of the past, reports) that go on at the same time for one person: less than
/// the server does at once, so that another's goes on beside them.
const READS_AT_ONCE: usize = 2;
/// Such reads of one person that go on or wait. A page asks for a few, and comes back with all its tabs after a restart.
const READS_MAX: usize = 32;
/// When who has too many of them may ask again.
const READ_TIME: Duration = Duration::from_secs(1);

/// How often something may be done.
#[derive(Debug, Clone, Copy)]
struct Rate {
    per_second: u32,
    burst: u32,
}

/// A bucket that fills with time.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// How long it took to fill what is in it.
    left: Duration,
    /// How long it takes to fill.
    full: Duration,
    /// How long it takes to fill one more.
    each: Duration,
    filled_at: Instant,
}

impl Bucket {
    fn of(rate: Rate, now: Instant) -> Self {
        Self::every(Duration::from_secs(1) / rate.per_second, rate.burst, now)
    }

    fn every(each: Duration, burst: u32, now: Instant) -> Self {
        let full = each.saturating_mul(burst);
        Self {
            left: full,
            full,
            each,
            filled_at: now,
        }
    }

    /// Takes so many if they are there; else says when they are. More than it can hold counts as all of it.
    fn take(&mut self, now: Instant, count: u32) -> Result<(), Duration> {
        let passed = now.saturating_duration_since(self.filled_at);
        self.left = self.left.saturating_add(passed).min(self.full);
        self.filled_at = now;
        let wanted = self.each.saturating_mul(count).min(self.full);
        match self.left.checked_sub(wanted) {
            Some(left) => self.left = left,
            None => return Err(wanted.saturating_sub(self.left)),
        }
        Ok(())
    }
}

/// How somebody showed who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A page, with a session's cookie.
    Page,
    /// A program, with a token.
    Program,
}

/// One person.
#[derive(Debug)]
struct Person {
    takes: Mutex<Takes>,
    /// Those who wait go through the buckets one after the other, in the order in which they came.
    turn: tokio::sync::Mutex<()>,
    /// Held while a plan is copied for them.
    copying: Arc<tokio::sync::Mutex<()>>,
    /// The reads that go on for them.
    reading: Arc<Semaphore>,
}

/// What a person takes.
#[derive(Debug)]
struct Takes {
    pages: usize,
    programs: usize,
    frames: Bucket,
    changes: Bucket,
    bytes: Bucket,
    plans: Bucket,
    commands: Bucket,
    /// Those that go on, and those that wait.
    reads: usize,
}

impl Takes {
    fn nothing(now: Instant) -> Self {
        Self {
            pages: 0,
            programs: 0,
            frames: Bucket::of(FRAMES, now),
            changes: Bucket::of(CHANGES, now),
            bytes: Bucket::of(BYTES, now),
            plans: Bucket::every(PLAN_TIME, PLANS_BURST, now),
            commands: Bucket::every(COMMAND_TIME, COMMANDS_BURST, now),
            reads: 0,
        }
    }

    const fn open(&mut self, kind: Kind) -> &mut usize {
        match kind {
            Kind::Page => &mut self.pages,
            Kind::Program => &mut self.programs,
        }
    }

    /// All three or none of them: what waits takes nothing.
    fn frame(&mut self, now: Instant, changes: u32, bytes: u32) -> Result<(), Duration> {
        let mut after = [self.frames, self.changes, self.bytes];
        let counts = [1, changes, bytes];
        let waits = after
            .iter_mut()
            .zip(counts)
            .filter_map(|(bucket, count)| bucket.take(now, count).err());
        if let Some(wait) = waits.max() {
            return Err(wait);
        }
        [self.frames, self.changes, self.bytes] = after;
        Ok(())
    }
}

impl Person {
    fn takes(&self) -> MutexGuard<'_, Takes> {
        // Nothing under this lock panics half-way through a change.
        self.takes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What everybody takes. One entry for each person of the workspace, whose number is bounded.
#[derive(Debug)]
pub struct Fairness {
    people: Mutex<BTreeMap<PersonId, Arc<Person>>>,
    programs_max: usize,
}

impl Fairness {
    /// Nobody takes anything yet. There are so many places for connections.
    pub fn new(connections_max: usize) -> Self {
        Self {
            people: Mutex::default(),
            programs_max: (connections_max / PROGRAMS_PART).max(OPEN_MIN),
        }
    }

    /// A connection more of a person, until the answer is dropped. None: they have as many as they may.
    pub fn connect(&self, person: PersonId, kind: Kind) -> Option<Place> {
        let max = match kind {
            Kind::Page => PAGES_MAX,
            Kind::Program => self.programs_max,
        };
        let person = self.person(person);
        {
            let mut takes = person.takes();
            let open = takes.open(kind);
            if *open >= max {
                return None;
            }
            *open += 1;
        }
        Some(Place { person, kind })
    }

    /// One more plan of a person; refused when they made too many.
    pub fn make_plan(&self, person: PersonId) -> Result<(), ApiError> {
        let taken = self.person(person).takes().plans.take(Instant::now(), 1);
        taken.map_err(|wait| ApiError::TooFast {
            what: "new plans",
            wait,
        })
    }

    /// One more change of the workspace itself by a person; refused when they made too many.
    pub fn command(&self, person: PersonId) -> Result<(), ApiError> {
        let taken = self.person(person).takes().commands.take(Instant::now(), 1);
        taken.map_err(|wait| ApiError::TooFast { what: "changes", wait })
    }

    /// A person's turn to have a plan copied, until the answer is dropped: one at a time, since a copy of a long plan is work
    /// for a core.
    pub async fn copy_turn(&self, person: PersonId) -> OwnedMutexGuard<()> {
        let copying = Arc::clone(&self.person(person).copying);
        copying.lock_owned().await
    }

    /// A person's turn to read what is work to find, until the answer is dropped; refused when too many of theirs wait.
    ///
    /// # Panics
    /// Never: nobody closes the semaphore.
    pub async fn read_turn(&self, person: PersonId) -> Result<ReadTurn, ApiError> {
        let person = self.person(person);
        {
            let mut takes = person.takes();
            if takes.reads >= READS_MAX {
                return Err(ApiError::TooFast {
                    what: "long reads",
                    wait: READ_TIME,
                });
            }
            takes.reads += 1;
        }
        let reading = Arc::clone(&person.reading);
        // Counted while it waits, too; who goes away meanwhile is counted no more.
        let counted = Reading(person);
        let turn = reading.acquire_owned().await.expect("the semaphore is never closed");
        Ok(ReadTurn {
            _turn: turn,
            _counted: counted,
        })
    }

    fn person(&self, person: PersonId) -> Arc<Person> {
        // Nothing under this lock panics half-way through a change.
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        let known = people.entry(person).or_insert_with(|| {
            Arc::new(Person {
                takes: Mutex::new(Takes::nothing(Instant::now())),
                turn: tokio::sync::Mutex::default(),
                copying: Arc::default(),
                reading: Arc::new(Semaphore::new(READS_AT_ONCE)),
            })
        });
        Arc::clone(known)
    }
}

/// A read of a person that goes on while this is held.
#[derive(Debug)]
pub struct ReadTurn {
    _turn: OwnedSemaphorePermit,
    _counted: Reading,
}

/// A read of a person, counted while it waits or goes on.
#[derive(Debug)]
struct Reading(Arc<Person>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.takes().reads -= 1;
    }
}

/// A connection of a person, counted while it is held.
#[derive(Debug)]
pub struct Place {
    person: Arc<Person>,
    kind: Kind,
}

impl Place {
    /// Returns when a frame of so many changes and bytes may go on, and whether it had to wait for that.
    pub async fn pace(&self, changes: u32, bytes: usize) -> bool {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let frame = || self.person.takes().frame(Instant::now(), changes, bytes);
        if self.person.turn.try_lock().is_ok_and(|_turn| frame().is_ok()) {
            return false;
        }
        let _turn = self.person.turn.lock().await;
        while let Err(wait) = frame() {
            sleep(wait).await;
        }
        true
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.person.takes().open(self.kind) -= 1;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use futures_util::stream::{FuturesUnordered, StreamExt};
    use uuid::Uuid;

    use super::*;

    const ADA: PersonId = PersonId(Uuid::from_u128(1));
    const BOB: PersonId = PersonId(Uuid::from_u128(2));
    /// A typical change, in bytes.
    const CHANGE_BYTES: usize = 250;

    /// How long it takes a person to send so many frames of so many changes.
    async fn sending(place: &Place, frames: u32, changes: u32) -> Duration {
        let began = Instant::now();
        for _ in 0..frames {
            place.pace(changes, changes as usize * CHANGE_BYTES).await;
        }
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_person_honestly_sends_at_once_never_waits() {
        let fairness = Fairness::new(1_000);
        let ada = fairness.connect(ADA, Kind::Page).expect("there is place");
        // A pasted block of 2,000 cells, were each a change of its own; then the outbox of a day offline.
        assert_eq!(sending(&ada, 2_000, 1).await, Duration::ZERO);
        assert_eq!(sending(&ada, 80, 64).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn who_floods_is_slowed_down_over_all_connections_and_nobody_else_is() {
        let fairness = Fairness::new(1_000);
        let one = fairness.connect(ADA, Kind::Page).expect("there is place");
        let other = fairness.connect(ADA, Kind::Program).expect("there is place");
        let bob = fairness.connect(BOB, Kind::Page).expect("there is place");
        assert_eq!(sending(&one, 30, 1_000).await, Duration::ZERO, "the burst");
        let (first, second) = tokio::join!(sending(&one, 10, 500), sending(&other, 10, 500));
        let both = first.max(second);
        assert!(
            (Duration::from_secs(19)..=Duration::from_secs(21)).contains(&both),
            "10,000 changes at 500 a second took {both:?}"
        );
        assert_eq!(sending(&bob, 80, 64).await, Duration::ZERO);
        tokio::time::advance(Duration::from_mins(2)).await;
        assert_eq!(sending(&one, 80, 64).await, Duration::ZERO, "it is forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_and_goes_away_holds_nobody_up() {
        let fairness = Fairness::new(1_000);
        let ada = fairness.connect(ADA, Kind::Page).expect("there is place");
        sending(&ada, 30, 1_000).await;
        let given_up = tokio::time::timeout(Duration::from_millis(10), ada.pace(500, 0)).await;
        assert!(given_up.is_err());
        let took = sending(&ada, 1, 500).await;
        assert!(took <= Duration::from_millis(1_001), "{took:?}");
    }

    #[test]
    fn a_person_has_so_many_connections_and_gets_them_back() {
        let fairness = Fairness::new(80);
        for (kind, max) in [(Kind::Page, PAGES_MAX), (Kind::Program, OPEN_MIN)] {
            let mut held: Vec<Place> = (0..max).map_while(|_| fairness.connect(ADA, kind)).collect();
            assert_eq!(held.len(), max);
            assert!(fairness.connect(ADA, kind).is_none(), "{kind:?}");
            assert!(fairness.connect(BOB, kind).is_some(), "others have their own");
            held.pop();
            assert!(fairness.connect(ADA, kind).is_some(), "one was closed");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn long_reads_of_a_person_go_on_two_at_a_time_and_anothers_beside_them() {
        let fairness = Fairness::new(1_000);
        let turn = |person| tokio::time::timeout(Duration::from_secs(1), fairness.read_turn(person));
        let mut hers = Vec::new();
        for _ in 0..READS_AT_ONCE {
            hers.push(turn(ADA).await.expect("at once").expect("a turn"));
        }
        assert!(turn(ADA).await.is_err(), "one more waits");
        let mut waiting: FuturesUnordered<_> = (READS_AT_ONCE..READS_MAX).map(|_| fairness.read_turn(ADA)).collect();
        assert!(
            waiting.next().now_or_never().is_none(),
            "who gave up counts no more, these do"
        );
        assert!(turn(ADA).await.expect("at once").is_err(), "too many wait");
        assert!(turn(BOB).await.expect("at once").is_ok());
        hers.clear();
        let mut had = READS_AT_ONCE;
        while let Some(turn) = waiting.next().await {
            drop(turn.expect("its turn comes"));
            had += 1;
        }
        assert_eq!(had, READS_MAX);
        assert!(turn(ADA).await.expect("at once").is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn plans_are_made_in_bursts_and_then_slowly() {
        let fairness = Fairness::new(1_000);
        let made = (0..=PLANS_BURST)
            .take_while(|_| fairness.make_plan(ADA).is_ok())
            .count();
        assert_eq!(made, PLANS_BURST as usize);
        assert!(fairness.make_plan(BOB).is_ok());
        tokio::time::advance(PLAN_TIME).await;
        assert!(fairness.make_plan(ADA).is_ok());
        assert!(fairness.make_plan(ADA).is_err());
    }
}
