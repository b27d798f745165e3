//! The room: its inputs, and what they lead to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use domain::{ActorId, PersonId, PlanId, Schema, Seq, TimestampMs};
use plan::{KeyMaker, Keyring, Table};
use protocol::{Bye, ClientFrame, Hello, PeerId, Person, Place, SnapshotInfo, decode_client};

use crate::access::{Access, Visitor};
use crate::admission::{Admission, Asker};
use crate::keys::{Storing, Unclaimed};
use crate::limits::{Limits, UNAVAILABLE_MS_MAX};
use crate::output::{Output, Outputs};
use crate::peers::Peers;
use crate::presence::{self, Presence};

/// What a room begins with, as the journal and the workspace give it.
#[derive(Debug)]
pub struct RoomInit {
    /// The plan.
    pub plan: PlanId,
    /// Its schema.
    pub schema: Arc<Schema>,
    /// The table as of the stream's last entry. An empty one: the room writes the genesis first.
    pub table: Table,
    /// The document's epoch.
    pub epoch: u32,
    /// The time of the stream's last entry.
    pub last_at: TimestampMs,
    /// Who owns which actor: the authors of the stream's changes.
    pub owners: BTreeMap<ActorId, PersonId>,
    /// The newest snapshot.
    pub snapshot: Option<SnapshotInfo>,
    /// Everyone in the workspace. Only those who have a part in the plan, or have written in it, are told of.
    pub people: Vec<Person>,
    /// What they are in the plan.
    pub access: Access,
    /// The keys of the plan's contacts, as the key store has them.
    pub keyring: Keyring,
    /// Where the keys come from that the server makes itself: bytes that nobody can foresee.
    pub entropy: [u8; 32],
    /// Set when the last append failed: reading goes on, edits are answered with the reason.
    pub unavailable: Option<Unavailable>,
    /// Bounds.
    pub limits: Limits,
}

/// How [`Output::Failed`] begins when an append failed; what follows is the reason as it was given.
pub const APPEND_FAILED: &str = "an append failed: ";

/// Edits cannot be saved for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable {
    /// Why, in words a person understands.
    pub why: String,
    /// From when on it is tried again; at most a minute ahead. None: not before the server is started again. What was being
    /// written then may be on the disk all the same: until that is known, nothing is refused for good.
    pub until: Option<TimestampMs>,
}

/// One plan that is open.
#[derive(Debug)]
pub struct Room {
    pub(crate) plan: PlanId,
    pub(crate) epoch: u32,
    pub(crate) limits: Limits,
    pub(crate) admission: Admission,
    pub(crate) peers: Peers,
    pub(crate) presence: Presence,
    pub(crate) people: BTreeMap<PersonId, Person>,
    pub(crate) access: Access,
    pub(crate) key_maker: KeyMaker,
    /// Keys on their way to the disk, in the order of the asking.
    pub(crate) storing: VecDeque<Storing>,
    pub(crate) unclaimed: Unclaimed,
    pub(crate) snapshot: Option<SnapshotInfo>,
    unavailable: Option<Unavailable>,
    /// Who came before the genesis was on disk. Welcomed earlier, they would edit on a genesis that is in every document
    /// from the start, and yet say that they have seen nothing of the stream.
    pub(crate) early: Vec<(PeerId, Visitor, Hello)>,
    pub(crate) outputs: Outputs,
    /// When the last append went out.
    appended_at: Option<TimestampMs>,
    /// When the next one is due, if something is gathered for it.
    append_due: Option<TimestampMs>,
    /// Changes refused since the room began.
    pub(crate) rejected: u64,
    pub(crate) failed: bool,
}

impl Room {
    /// A room without peers. An empty stream gets its genesis: drain the outputs.
    pub fn new(now: TimestampMs, init: RoomInit) -> Self {
        let rejected_max = init.limits.rejected_actors_max;
        let mut keyring = init.keyring;
        keyring.set_generation(init.access.generation);
        let admission = Admission::new(
            init.table,
            init.schema,
            keyring,
            init.epoch,
            init.last_at,
            init.owners,
            rejected_max,
        );
        let mut room = Self {
            plan: init.plan,
            epoch: init.epoch,
            limits: init.limits,
            admission,
            peers: Peers::new(),
            presence: Presence::new(),
            people: init.people.into_iter().map(|person| (person.id, person)).collect(),
            access: init.access,
            key_maker: KeyMaker::new(init.entropy),
            storing: VecDeque::new(),
            unclaimed: Unclaimed::new(),
            snapshot: init.snapshot,
            unavailable: init.unavailable,
            early: Vec::new(),
            outputs: Outputs::default(),
            appended_at: None,
            append_due: None,
            rejected: 0,
            failed: false,
        };
        if room.admission.committed() == Seq::ZERO {
            match room.admission.admit_genesis(&room.limits) {
                Ok(()) => room.append_next(now),
                Err(why) => room.fail(now, format!("the genesis was refused: {why}")),
            }
        }
        room.adopt_items();
        room
    }

    /// A frame came from a peer.
    pub fn handle_frame(&mut self, now: TimestampMs, id: PeerId, bytes: &[u8]) {
        self.outputs.begin();
        let Some(peer) = self.peers.get_mut(&id) else {
            return; // a frame that was under way when the peer was closed
        };
        if !peer.frames.take(now, &self.limits) {
            self.close(now, id, Bye::TooMuch);
            return;
        }
        match decode_client(bytes) {
            Ok(ClientFrame::Submit(changes)) => self.on_submit(now, id, &changes),
            Ok(ClientFrame::Presence(place)) => self.on_presence(now, id, place),
            Ok(ClientFrame::Keys(keys)) => self.on_keys(now, id, &keys),
            Ok(ClientFrame::Bye) => self.forget(now, id),
            Ok(ClientFrame::Hello(_)) => self.close(now, id, Bye::BadFrame("a second Hello".to_owned())),
            Err(error) => self.close(now, id, Bye::BadFrame(error.to_string())),
        }
        self.check_invariants();
    }

    /// The connection is gone.
    pub fn handle_leave(&mut self, now: TimestampMs, id: PeerId) {
        self.outputs.begin();
        self.forget(now, id);
        self.check_invariants();
    }

    /// The append under way failed. What was under way may be on disk or not: the room knows no more and ends; the
    /// clients keep their edits and send them again to the next room.
    pub fn handle_append_failed(&mut self, now: TimestampMs, why: &str) {
        self.outputs.begin();
        self.fail(now, format!("{APPEND_FAILED}{why}"));
    }

    /// The time of [`Output::Timeout`] has come; harmless at any other.
    pub fn handle_timeout(&mut self, now: TimestampMs) {
        self.outputs.begin();
        self.flush_presence(now);
        self.append_next(now);
        self.check_invariants();
    }

    /// Everyone must go: the server stops, or the plan was archived.
    pub fn handle_shutdown(&mut self, now: TimestampMs, bye: &Bye) {
        self.outputs.begin();
        self.close_all(now, bye);
        self.check_invariants();
    }

    /// The next thing to do; None: nothing until the next input.
    pub fn poll_output(&mut self) -> Option<Output> {
        let deadlines = [self.presence.due_at(), self.append_due];
        self.outputs.poll(deadlines.into_iter().flatten().min())
    }

    /// The stream's last entry that is on disk.
    pub const fn committed(&self) -> Seq {
        self.admission.committed()
    }

    /// How many changes were refused since the room began.
    pub const fn rejected(&self) -> u64 {
        self.rejected
    }

    /// How many peers there are.
    pub fn peers(&self) -> usize {
        self.peers.len() + self.early.len()
    }

    /// Nothing waits for the disk: the table says just what the journal has, and may be saved.
    pub fn is_quiet(&self) -> bool {
        self.admission.is_quiet()
    }

    /// Nobody is here and nothing waits: the room may leave memory.
    pub fn is_idle(&self) -> bool {
        self.peers() == 0 && self.admission.is_quiet() && self.storing.is_empty()
    }

    /// So much waits for the disk that the shell should stop reading from sockets until the next commit.
    pub const fn is_congested(&self) -> bool {
        self.admission.pending_bytes() > self.limits.room_unsaved_bytes_max / 2
    }

    /// The plan's content as of the last admitted change.
    pub const fn table(&self) -> &Table {
        &self.admission.table
    }

    fn on_presence(&mut self, now: TimestampMs, id: PeerId, place: Place) {
        let Some(peer) = self.peers.get(&id) else { return };
        let Some(author) = self.access.author(peer.visitor) else {
            return;
        };
        let person = author.person;
        let place = presence::checked(place, author, self.admission.schema(), &self.limits);
        self.presence.set(now, id, person, place, &self.limits);
        self.flush_presence(now);
    }

    pub(crate) fn unavailable_now(&self, now: TimestampMs) -> Option<String> {
        let Unavailable { why, until } = self.unavailable.as_ref()?;
        let is_now = until.is_none_or(|until| {
            // Longer than anybody says: the clock was set back meanwhile.
            let earliest = until.0.saturating_sub(UNAVAILABLE_MS_MAX);
            (earliest..until.0).contains(&now.0)
        });
        is_now.then(|| why.clone())
    }

    /// Appends what waits, unless the last append was only just: then it is gathered with what comes next.
    pub(crate) fn append_next(&mut self, now: TimestampMs) {
        self.append_due = self.rest_until(now).filter(|_| self.admission.wants_append());
        // What is sealed is never on disk before its key.
        if self.append_due.is_some() || !self.storing.is_empty() {
            return;
        }
        if let Some((expect, entries)) = self.admission.next_append(now, &self.limits) {
            self.appended_at = Some(now);
            self.outputs.push(Output::Append { expect, entries });
        }
    }

    /// Until when the next append waits for more to come.
    fn rest_until(&self, now: TimestampMs) -> Option<TimestampMs> {
        let before = self
            .appended_at
            .filter(|_| self.peers.len() >= self.limits.gather_peers_min)?;
        let peers = i64::try_from(self.peers.len()).unwrap_or(i64::MAX);
        let rest = self.limits.gather_us_per_peer.saturating_mul(peers) / 1_000;
        let rest = rest.min(self.limits.gather_ms_max);
        let are_enough = self.admission.pending().len() >= self.limits.gather_changes;
        let due = before.0.saturating_add(if are_enough { rest / 10 } else { rest });
        // Before the last append: the clock was set back meanwhile.
        let rests = (before.0..due).contains(&now.0) && self.admission.pending_bytes() < self.limits.group_bytes_max;
        rests.then_some(TimestampMs(due))
    }

    pub(crate) fn tell_presence(&mut self, now: TimestampMs) {
        self.presence
            .tell(now, &mut self.peers, &mut self.outputs, &self.limits);
        self.close_who_missed_too_much(now);
    }

    pub(crate) fn flush_presence(&mut self, now: TimestampMs) {
        self.presence
            .flush(now, &mut self.peers, &mut self.outputs, &self.limits);
        self.close_who_missed_too_much(now);
    }

    fn close_who_missed_too_much(&mut self, now: TimestampMs) {
        let missed_max = self.limits.peers_max.saturating_mul(2);
        let lost: Vec<PeerId> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.presence_missed.len() > missed_max)
            .map(|(id, _)| *id)
            .collect();
        for id in lost {
            self.close(now, id, Bye::TooMuch);
        }
    }

    pub(crate) fn close(&mut self, now: TimestampMs, id: PeerId, bye: Bye) {
        self.forget(now, id);
        self.outputs.push(Output::Close { peer: id, bye });
    }

    fn close_all(&mut self, now: TimestampMs, bye: &Bye) {
        let early = self.early.iter().map(|(id, ..)| *id);
        let ids: Vec<PeerId> = self.peers.keys().copied().chain(early).collect();
        for id in ids {
            self.close(now, id, bye.clone());
        }
    }

    fn forget(&mut self, now: TimestampMs, id: PeerId) {
        self.early.retain(|(early, ..)| *early != id);
        if self.peers.remove(&id).is_some() {
            self.admission.forget(id);
            self.presence.remove(now, id, &self.limits);
            self.presence
                .flush(now, &mut self.peers, &mut self.outputs, &self.limits);
        }
    }

    pub(crate) fn fail(&mut self, now: TimestampMs, why: String) {
        if self.failed {
            return;
        }
        self.close_all(now, &Bye::Fault);
        self.failed = true;
        self.outputs.push(Output::Failed(why));
    }

    /// What must hold between two inputs. A broken one is our own fault: the shell drops the room and builds it anew.
    pub(crate) fn check_invariants(&self) {
        if cfg!(not(debug_assertions)) || self.failed {
            return;
        }
        self.admission.check_invariants();
        self.presence.check_invariants(&self.peers);
        let mut waiting: BTreeMap<PeerId, usize> = BTreeMap::new();
        for asker in self.admission.pending().flat_map(|pending| &pending.askers) {
            if let Asker::Peer(id) = asker {
                *waiting.entry(*id).or_default() += 1;
            }
        }
        for (id, peer) in &self.peers {
            assert_eq!(
                peer.unsaved_changes,
                waiting.remove(id).unwrap_or(0),
                "unsaved changes of {id:?}"
            );
            self.check_feed(peer);
        }
        assert!(waiting.is_empty(), "only peers who are here wait");
    }
}
