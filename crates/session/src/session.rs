//! The session: its state, its verbs, its timers. What frames do is in `frames`, opening a plan in `opening`, editing
//! in `edits`, refusals in `recovery`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use domain::{ActorId, Cell, PersonId, Seq, Standing, TimestampMs};
use plan::{Keyring, Replica, Watch};
use protocol::{Bye, ClientFrame, Hello, PROTOCOL, PeerId, PeerPresence, Person, Place, encode_client};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::backoff::Backoff;
use crate::directory::Directory;
use crate::intake::Intake;
use crate::keys::Keys;
use crate::limits::{GATHER_BUSY_ENTRIES, GATHER_BUSY_MS, GATHER_MS, SILENCE_MS, UNAVAILABLE_MS, WELCOME_MS};
use crate::opening::Opening;
use crate::outbox::{Outbox, Own};
use crate::presence::{Next, Presence};
use crate::recovery::Refusal;
use crate::timers::{Timer, Timers, after};
use crate::types::{CellState, Config, Connection, Event, Output, RejectedEdit};
use crate::undo::Undo;

/// How far a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// There is none.
    Down,
    /// It is being opened.
    Opening,
    /// Hello was sent.
    Greeting,
    /// The server has said Welcome, and the plan is coming.
    CatchingUp,
    /// Everything is there.
    Live,
    /// There will be none any more.
    Over,
}

/// The client's side of one plan.
#[derive(Debug)]
pub struct Session {
    pub(crate) config: Config,
    pub(crate) rng: ChaCha8Rng,
    pub(crate) actor: ActorId,
    pub(crate) phase: Phase,
    pub(crate) connection: Connection,
    pub(crate) backoff: Backoff,
    pub(crate) timers: Timers,
    /// The time of the last input.
    clock: TimestampMs,
    pub(crate) you: Option<PersonId>,
    /// What I am in the plan, as the server said last.
    pub(crate) standing: Option<Standing>,
    pub(crate) keys: Keys,
    pub(crate) directory: Directory,
    pub(crate) presence: Presence,
    /// The plan as the page shows it: what was accepted, and the outbox.
    pub(crate) replica: Option<Replica>,
    pub(crate) epoch: u32,
    pub(crate) intake: Intake,
    /// How many entries the last batch had.
    pub(crate) last_batch: usize,
    /// The plan that is being fetched.
    pub(crate) opening: Option<Opening>,
    pub(crate) outbox: Outbox,
    pub(crate) refusal: Option<Refusal>,
    /// How often the actor was changed since an edit was acknowledged.
    pub(crate) actors_anew: u32,
    pub(crate) rejected: Vec<RejectedEdit>,
    pub(crate) undo: Undo,
    /// The plan must be fetched anew; what the page shows meanwhile is the old one.
    pub(crate) distrusted: bool,
    pub(crate) fault: Option<String>,
    /// Why the server could not save the edits that wait, in its words.
    unavailable: Option<String>,
    /// The guard over what comes.
    pub(crate) watch: Watch,
    /// Why the plan does not go on here.
    pub(crate) safe_mode: Option<String>,
    /// How often a plan that was fetched anew could not be opened.
    pub(crate) failed_openings: u32,
    outputs: VecDeque<Output>,
    told_unsaved: usize,
    told_head: Seq,
    timeout_due: bool,
}

impl Session {
    /// A session that wants to connect.
    pub fn new(config: Config) -> Self {
        Self {
            rng: ChaCha8Rng::seed_from_u64(config.seed),
            keys: Keys::new(Keyring::new(Arc::clone(&config.schema)), config.entropy),
            actor: config.actor,
            config,
            phase: Phase::Opening,
            connection: Connection::Connecting,
            backoff: Backoff::default(),
            timers: Timers::default(),
            clock: TimestampMs(i64::MIN),
            you: None,
            standing: None,
            directory: Directory::default(),
            presence: Presence::default(),
            replica: None,
            epoch: 0,
            intake: Intake::default(),
            last_batch: 0,
            opening: None,
            outbox: Outbox::default(),
            refusal: None,
            actors_anew: 0,
            rejected: Vec::new(),
            undo: Undo::default(),
            distrusted: false,
            fault: None,
            unavailable: None,
            watch: Watch::default(),
            safe_mode: None,
            failed_openings: 0,
            outputs: VecDeque::from([Output::Connect]),
            told_unsaved: 0,
            told_head: Seq::ZERO,
            timeout_due: false,
        }
    }

    // Inputs.

    /// The connection is open.
    pub fn handle_connected(&mut self, now: TimestampMs) {
        self.heed_clock(now);
        if self.phase != Phase::Opening {
            return;
        }
        self.phase = Phase::Greeting;
        self.timers.set(Timer::Welcome, after(now, WELCOME_MS));
        let hello = Hello {
            protocol: PROTOCOL,
            plan: self.config.plan,
            epoch: self.epoch,
            have: self.have(),
        };
        self.send(&ClientFrame::Hello(hello));
        self.settle(now);
    }

    /// The connection is closed, or did not open.
    pub fn handle_disconnected(&mut self, now: TimestampMs) {
        self.heed_clock(now);
        if matches!(self.phase, Phase::Down | Phase::Over) {
            return;
        }
        self.down(now);
        self.settle(now);
    }

    /// It is the time that [`Output::Timeout`] named, or later.
    pub fn handle_timeout(&mut self, now: TimestampMs) {
        self.heed_clock(now);
        while let Some(timer) = self.timers.take_due(now) {
            match timer {
                Timer::Reconnect => self.connect(now),
                Timer::Welcome | Timer::Silence => self.break_off(now),
                Timer::Gather => {
                    self.apply_gathered(now);
                }
                Timer::Guard => self.go_on_guarding(now),
                // What was due is sent by `settle`.
                Timer::Place | Timer::Unavailable => {}
            }
        }
        self.settle(now);
    }

    /// The network is said to be back: tries at once instead of waiting.
    pub fn reconnect_now(&mut self, now: TimestampMs) {
        self.heed_clock(now);
        // A plan that was not there may have been restored, a part that was lost may have been given again; other ends are
        // for good.
        let may_come_back = matches!(&self.connection, Connection::Ended(Bye::NoSuchPlan | Bye::NoAccess));
        if self.phase == Phase::Down || (self.phase == Phase::Over && may_come_back) {
            self.connect(now);
        }
        self.settle(now);
    }

    /// Where I am and what I type: told to the others, the latest only.
    pub fn set_place(&mut self, now: TimestampMs, place: Place) {
        self.heed_clock(now);
        self.presence.move_to(place);
        self.settle(now);
    }

    /// A clock that was set back since the last input makes nothing late: what was due in a second is due in a second.
    pub(crate) fn heed_clock(&mut self, now: TimestampMs) {
        if now < self.clock {
            self.timers.set_back(self.clock.0.saturating_sub(now.0));
        }
        self.clock = now;
    }

    // Outputs.

    /// What is to be done next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front().or_else(|| {
            let due = std::mem::take(&mut self.timeout_due);
            self.timers.next().filter(|_| due).map(Output::Timeout)
        })
    }

    // What can be seen.

    /// How it stands with the server.
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// How many edits are not known to be saved.
    pub fn unsaved(&self) -> usize {
        self.outbox.len()
    }

    /// The edits that are not known to be saved, for an export of last resort.
    pub fn unsaved_changes(&self) -> impl Iterator<Item = &Own> {
        self.outbox.iter()
    }

    /// The edits that were refused.
    pub fn rejected(&self) -> &[RejectedEdit] {
        &self.rejected
    }

    /// How it stands with a cell.
    pub fn cell_state(&self, cell: &Cell) -> CellState {
        if self.outbox.is_waiting(cell) {
            return CellState::Waiting;
        }
        match self.rejected.iter().position(|edit| edit.cells.contains(cell)) {
            Some(index) => CellState::Rejected(index),
            None => CellState::Saved,
        }
    }

    /// The plan, once it is there.
    pub const fn replica(&self) -> Option<&Replica> {
        self.replica.as_ref()
    }

    /// Who I am, once the server has said so.
    pub const fn you(&self) -> Option<PersonId> {
        self.you
    }

    /// What I am in the plan, once the server has said so.
    pub const fn standing(&self) -> Option<Standing> {
        self.standing
    }

    /// Everyone in the workspace.
    pub const fn people(&self) -> &BTreeMap<PersonId, Person> {
        self.directory.people()
    }

    /// Whose an actor is.
    pub fn person_of(&self, actor: ActorId) -> Option<PersonId> {
        if actor == self.actor {
            return self.you.or_else(|| self.directory.person_of(actor));
        }
        self.directory.person_of(actor)
    }

    /// The others who have the plan open.
    pub const fn peers(&self) -> &BTreeMap<PeerId, PeerPresence> {
        self.presence.peers()
    }

    /// The last entry up to which everything is applied.
    pub const fn last_seq(&self) -> Seq {
        self.intake.applied()
    }

    /// The document's heads: equal heads are equal documents.
    pub fn heads(&self) -> String {
        self.replica.as_ref().map(Replica::heads).unwrap_or_default()
    }

    /// What went wrong last with the plan's bytes, for a person who is to report it.
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Why the server cannot save edits now, in its words; none: nothing is known against it.
    pub fn unavailable(&self) -> Option<&str> {
        self.unavailable.as_deref()
    }

    // The connection.

    fn connect(&mut self, now: TimestampMs) {
        self.timers.stop(Timer::Reconnect);
        self.phase = Phase::Opening;
        self.timers.set(Timer::Welcome, after(now, WELCOME_MS));
        self.outputs.push_back(Output::Connect);
    }

    /// Ends a connection that is of no more use, to try again later.
    pub(crate) fn break_off(&mut self, now: TimestampMs) {
        if !matches!(self.phase, Phase::Down | Phase::Over) {
            self.outputs.push_back(Output::Disconnect);
            self.down(now);
        }
    }

    fn down(&mut self, now: TimestampMs) {
        self.disconnected();
        let retry_at = after(now, self.backoff.next_ms(&mut self.rng));
        self.timers.set(Timer::Reconnect, retry_at);
        self.phase = Phase::Down;
        let since = match self.connection {
            Connection::Offline { since, .. } => since,
            _ => now,
        };
        self.show(Connection::Offline { since, retry_at });
    }

    /// The server has ended it for good.
    pub(crate) fn end(&mut self, bye: Bye) {
        self.disconnected();
        self.phase = Phase::Over;
        self.outputs.push_back(Output::Disconnect);
        self.show(Connection::Ended(bye));
    }

    fn disconnected(&mut self) {
        self.timers.stop_all();
        self.apply_received();
        self.outbox.unsend();
        self.keys.unsend(self.outbox.iter().flat_map(|own| &own.edits));
        self.opening = None;
        // What was refused is sent again with what was under way before it, and refused again.
        self.refusal = None;
        let gone = self.presence.end();
        self.tell_peers(gone);
    }

    pub(crate) fn show(&mut self, connection: Connection) {
        if self.connection != connection {
            self.connection = connection;
            self.tell(Event::Connection);
        }
    }

    // After each input.

    /// Sends what can be sent, sets the timers, tells what has changed.
    pub(crate) fn settle(&mut self, now: TimestampMs) {
        self.send_edits(now);
        self.send_place(now);
        self.time_gathering(now);
        self.time_guarding(now);
        if self.told_unsaved != self.outbox.len() {
            self.told_unsaved = self.outbox.len();
            self.tell(Event::Unsaved(self.told_unsaved));
        }
        let head = self.intake.applied();
        if self.replica.is_some() && self.opening.is_none() && self.told_head != head {
            self.told_head = head;
            self.tell(Event::Head(head));
        }
        self.timeout_due = true;
        #[cfg(debug_assertions)]
        self.outbox.check_invariants();
    }

    fn send_edits(&mut self, now: TimestampMs) {
        // Edits go out as soon as the server has said Welcome, unless they must be made anew first.
        let connected = matches!(self.phase, Phase::CatchingUp | Phase::Live);
        let hold = self.refusal.is_some()
            || self.opening.as_ref().is_some_and(Opening::holds_edits)
            || self.timers.is_set(Timer::Unavailable);
        if connected && !hold {
            self.send_keys();
        }
        while connected
            && !hold
            && let Some(batch) = self.outbox.next_batch()
        {
            self.send(&ClientFrame::Submit(batch));
            self.expect_word(now);
        }
    }

    /// The server must say something within [`SILENCE_MS`], if anything is due.
    pub(crate) fn expect_word(&mut self, now: TimestampMs) {
        let due = self.phase == Phase::CatchingUp || (self.phase == Phase::Live && self.outbox.awaits_answer());
        if due {
            self.timers.set(Timer::Silence, after(now, SILENCE_MS));
        } else {
            self.timers.stop(Timer::Silence);
        }
    }

    /// The server saved an edit.
    pub(crate) fn note_saved(&mut self) {
        self.actors_anew = 0;
        if self.unavailable.take().is_some() {
            self.tell(Event::Connection);
        }
    }

    /// The server cannot take edits now.
    pub(crate) fn pause(&mut self, now: TimestampMs, why: String) {
        if self.unavailable.as_ref() != Some(&why) {
            self.unavailable = Some(why);
            self.tell(Event::Connection);
        }
        self.outbox.unsend();
        self.timers.set(Timer::Unavailable, after(now, UNAVAILABLE_MS));
        self.expect_word(now);
    }

    fn send_place(&mut self, now: TimestampMs) {
        if !matches!(self.phase, Phase::CatchingUp | Phase::Live) {
            return;
        }
        match self.presence.poll(now) {
            Next::Nothing => {}
            Next::At(at) => self.timers.set(Timer::Place, at),
            Next::Send(place) => self.send(&ClientFrame::Presence(place)),
        }
    }

    fn time_gathering(&mut self, now: TimestampMs) {
        if self.intake.is_empty() {
            self.timers.stop(Timer::Gather);
        } else if !self.timers.is_set(Timer::Gather) {
            let busy = self.last_batch >= GATHER_BUSY_ENTRIES;
            let wait = if busy { GATHER_BUSY_MS } else { GATHER_MS };
            self.timers.set(Timer::Gather, after(now, wait));
        }
    }

    pub(crate) fn send(&mut self, frame: &ClientFrame) {
        let bytes: Bytes = encode_client(frame);
        self.outputs.push_back(Output::Send(bytes));
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    pub(crate) fn tell_peers(&mut self, peers: Vec<PeerId>) {
        if !peers.is_empty() {
            self.tell(Event::Presence(peers));
        }
    }

    pub(crate) fn tell_touched(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cells: Vec<Cell> = cells.into_iter().collect();
        if !cells.is_empty() {
            self.tell(Event::Touched(cells));
        }
    }
}
