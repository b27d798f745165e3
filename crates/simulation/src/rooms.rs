//! What a room needs around it, as the server's shell does it: the journal, the sockets, the snapshots, the read models.

mod beginning;
pub(crate) mod copies;
mod storing;

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use domain::{Fact, PersonId, PlanId, Seq, TimestampMs};
use journal::{Append, Key, NewRecord};
use plan::Table;
use plan::snapshot::JournalChange;
use protocol::{Body, Bye, ClientFrame, Hello, PeerId, ServerFrame};
use relay::{Access, NewEntry, Output, Room, Unavailable};

use crate::coverage::Seen;
use crate::net::ConnId;
use crate::schedule::Event;
use crate::world::World;

/// Reading a plan takes so long, at most.
const READ_MS: i64 = 40;

/// A room and what belongs to it.
#[derive(Debug)]
pub(crate) struct RoomShell {
    /// Tells one room of a plan from the next.
    number: u64,
    /// None: its plan is being read.
    room: Option<Room>,
    /// What came before it had begun.
    waiting: VecDeque<Input>,
    conns: BTreeMap<PeerId, ConnId>,
    /// Who may be here, as the room was told last.
    access: Access,
    /// The stream's end when a peer was welcomed.
    welcomed: BTreeMap<PeerId, Seq>,
    appending: Option<(Seq, Vec<NewEntry>)>,
    /// Pieces of history and snapshots that are being read.
    reading: usize,
    timer: u64,
    idle: u64,
    documents: BTreeMap<Seq, Bytes>,
    /// The newest snapshot; one is being taken.
    snapshot: (Seq, bool),
    /// Facts of the drain under way.
    facts: Vec<Fact>,
    failed: Option<String>,
    failure: Option<Unavailable>,
}

/// What waits for a room.
#[derive(Debug)]
enum Input {
    Join(ConnId, PeerId, PersonId, Hello),
    Frame(PeerId, Bytes),
    Leave(PeerId),
    Copy,
}

impl RoomShell {
    fn new(number: u64, access: Access, failure: Option<Unavailable>) -> Self {
        Self {
            number,
            room: None,
            waiting: VecDeque::new(),
            conns: BTreeMap::new(),
            access,
            welcomed: BTreeMap::new(),
            appending: None,
            reading: 0,
            timer: 0,
            idle: 0,
            documents: BTreeMap::new(),
            snapshot: (Seq::ZERO, false),
            facts: Vec::new(),
            failed: None,
            failure,
        }
    }

    /// The room, once its plan's first entry is on disk: nobody is let in before.
    fn begun(&mut self) -> Option<&mut Room> {
        self.room.as_mut().filter(|room| room.committed() > Seq::ZERO)
    }

    /// Tells it from the room of the plan before and after it.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// Who may be here, as the room was told last.
    pub(crate) const fn access(&self) -> &Access {
        &self.access
    }

    /// The connection of a peer.
    pub(crate) fn conn(&self, peer: PeerId) -> Option<ConnId> {
        self.conns.get(&peer).copied()
    }

    /// All connections that the room has.
    pub(crate) fn conns(&self) -> impl Iterator<Item = ConnId> {
        self.conns.values().copied()
    }

    /// The plan's content, if the room is there.
    pub(crate) fn table(&self) -> Option<&Table> {
        self.room.as_ref().map(Room::table)
    }

    /// Whether an append is under way.
    pub(crate) const fn is_appending(&self) -> bool {
        self.appending.is_some()
    }

    /// Whether nothing is under way.
    pub(crate) fn is_quiet(&self) -> bool {
        let quiet = self.room.as_ref().is_some_and(Room::is_quiet);
        quiet && self.waiting.is_empty() && self.reading == 0 && !self.snapshot.1
    }

    /// The append under way, as the journal takes it.
    pub(crate) fn append_under_way(&mut self, plan: PlanId) -> Option<Append> {
        let (expect, entries) = self.appending.take()?;
        let record = |entry: NewEntry| NewRecord {
            key: Key(entry.hash.0),
            at: entry.at,
            payload: entry.payload,
        };
        Some(Append {
            stream: plan.into(),
            expect: Some(expect),
            records: entries.into_iter().map(record).collect(),
        })
    }
}

impl World {
    fn shell(&mut self, plan: PlanId) -> Option<&mut RoomShell> {
        self.server.as_mut()?.rooms.get_mut(&plan)
    }

    /// The room of that number, if it is still there.
    fn this_room(&mut self, plan: PlanId, number: u64) -> Option<&mut RoomShell> {
        self.shell(plan).filter(|shell| shell.number == number)
    }

    /// A frame came over a connection.
    pub(crate) fn server_hears(&mut self, id: ConnId, bytes: Bytes) {
        let (plan, device) = (self.conns[id].plan, self.conns[id].device);
        let input = if let Some(peer) = self.conns[id].peer {
            Input::Frame(peer, bytes)
        } else {
            let Ok(ClientFrame::Hello(hello)) = protocol::decode_client(&bytes) else {
                panic!("a session says Hello first");
            };
            if self
                .directory()
                .is_some_and(|directory| directory.state.plan(plan).is_none())
            {
                self.conns[id].say_bye(Bye::NoSuchPlan);
                return self.take_soon(id);
            }
            self.peers += 1;
            let peer = PeerId(self.peers);
            self.conns[id].peer = Some(peer);
            Input::Join(id, peer, self.devices[device].person, hello)
        };
        self.give(plan, input);
    }

    /// A connection's end is known.
    pub(crate) fn room_hears_leave(&mut self, plan: PlanId, peer: PeerId) {
        self.give(plan, Input::Leave(peer));
    }

    fn give(&mut self, plan: PlanId, input: Input) {
        self.start_room(plan);
        let Some(shell) = self.shell(plan) else { return };
        shell.waiting.push_back(input);
        self.take_waiting(plan);
    }

    /// Takes what waits, one after the other.
    fn take_waiting(&mut self, plan: PlanId) {
        while let Some(shell) = self.shell(plan) {
            if shell.begun().is_none() {
                return;
            }
            let Some(input) = shell.waiting.pop_front() else { return };
            match input {
                Input::Join(conn, peer, person, hello) => {
                    shell.conns.insert(peer, conn);
                    self.with_room(plan, |room, now| room.handle_join(now, peer, person, &hello));
                }
                Input::Frame(peer, bytes) => self.judge_frame(plan, peer, &bytes),
                Input::Leave(peer) => {
                    shell.conns.remove(&peer);
                    self.with_room(plan, |room, now| room.handle_leave(now, peer));
                }
                Input::Copy => self.copy_on(plan),
            }
        }
    }

    /// Gives the room one input, and takes all its outputs.
    pub(crate) fn with_room(&mut self, plan: PlanId, input: impl FnOnce(&mut Room, TimestampMs)) {
        let now = self.server_now();
        let Some(room) = self.shell(plan).and_then(|shell| shell.room.as_mut()) else {
            return;
        };
        input(room, now);
        self.drain_room(plan);
    }

    fn drain_room(&mut self, plan: PlanId) {
        while let Some(shell) = self.shell(plan) {
            let Some(output) = shell.room.as_mut().and_then(Room::poll_output) else {
                break;
            };
            self.carry_out(plan, output);
        }
        self.judge_drained(plan);
        let Some(shell) = self.shell(plan) else { return };
        if let Some(why) = shell.failed.take() {
            self.rebuild(plan, why);
            return;
        }
        let idle = shell.room.as_ref().is_some_and(Room::is_idle) && shell.reading == 0 && !shell.snapshot.1;
        shell.idle += 1;
        if idle {
            let (room, token) = (shell.number, shell.idle);
            let at = self.now + self.config.idle_ms;
            self.schedule.at(at, Event::Idle { plan, room, token });
        }
    }

    fn carry_out(&mut self, plan: PlanId, output: Output) {
        let Some(shell) = self.shell(plan) else { return };
        let room = shell.number;
        match output {
            Output::Append { expect, entries } => {
                assert!(shell.appending.is_none(), "one append at a time");
                shell.appending = Some((expect, entries));
                let at = self.disk_done();
                self.schedule.at(at, Event::Disk { plan, room });
            }
            Output::Send { peer, bytes } => self.room_sends(plan, peer, bytes),
            Output::Close { peer, bye } => {
                self.judge_close(plan, peer, &bye);
                let Some(shell) = self.shell(plan) else { return };
                if let Some(conn) = shell.conns.remove(&peer) {
                    self.conns[conn].say_bye(bye);
                    self.take_soon(conn);
                }
            }
            Output::Load { peer, from, bytes_max } => {
                shell.reading += 1;
                let was_live = shell.welcomed.get(&peer).is_some_and(|head| from > *head);
                if was_live {
                    self.coverage.one(Seen::BehindReaders);
                }
                let at = self.now + self.some_ms(READ_MS);
                let event = Event::History {
                    plan,
                    room,
                    peer,
                    from,
                    bytes_max,
                };
                self.schedule.at(at, event);
            }
            Output::LoadSnapshot {
                peer,
                info,
                offset,
                bytes_max,
            } => {
                shell.reading += 1;
                let at = self.now + self.some_ms(READ_MS);
                let event = Event::Piece {
                    plan,
                    room,
                    peer,
                    info,
                    offset,
                    bytes_max,
                };
                self.schedule.at(at, event);
            }
            Output::Facts(facts) => self.note_facts(plan, facts),
            Output::Saved(acked) => {
                let saved = acked.iter().map(|acked| acked.hash).collect::<Vec<_>>();
                self.copied(plan, &saved);
            }
            Output::Denied { count, .. } => self.judge_denied(count),
            Output::StoreKeys(keys) => self.store_keys(plan, &keys),
            Output::Failed(why) => shell.failed = Some(why),
            Output::Timeout(deadline) => {
                shell.timer += 1;
                let token = shell.timer;
                let wait = deadline.0.saturating_sub(self.server_now().0).max(0);
                self.schedule.at(self.now + wait, Event::RoomWake { plan, room, token });
            }
        }
    }

    fn room_sends(&mut self, plan: PlanId, peer: PeerId, bytes: Bytes) {
        let Some(server) = &self.server else { return };
        let frame = protocol::decode_server(&bytes).expect("a room sends frames");
        self.told.hear(plan, &frame, &server.journal);
        self.judge_sent(plan, peer, &frame);
        let Some(shell) = self.shell(plan) else { return };
        if let ServerFrame::Welcome(welcome) = &frame {
            shell.welcomed.insert(peer, welcome.head);
            if welcome.snapshot.is_some() {
                self.coverage.one(Seen::SnapshotsSent);
            }
        }
        if let Some(conn) = self.shell(plan).and_then(|shell| shell.conn(peer)) {
            self.send_down(conn, bytes);
        }
    }

    /// When the append that begins now is done with.
    pub(crate) fn disk_done(&mut self) -> i64 {
        let (until, ms) = self.slow;
        let slow = if self.now < until { ms } else { 0 };
        self.now + slow + self.some_ms(self.config.disk_ms)
    }

    pub(crate) fn on_room_wake(&mut self, plan: PlanId, room: u64, token: u64) {
        let due = self.this_room(plan, room).is_some_and(|shell| shell.timer == token);
        if due {
            self.with_room(plan, Room::handle_timeout);
        }
    }

    pub(crate) fn on_idle(&mut self, plan: PlanId, room: u64, token: u64) {
        let due = self
            .this_room(plan, room)
            .is_some_and(|shell| shell.idle == token && shell.waiting.is_empty());
        if due && let Some(server) = &mut self.server {
            server.rooms.remove(&plan);
            self.coverage.one(Seen::Unloads);
        }
    }
}

/// A record as the snapshot's keeper takes it.
pub(crate) fn change(record: &journal::Record) -> JournalChange {
    let entry = protocol::decode_entry(&record.payload).expect("the journal holds entries");
    let Body::Change { base, bytes, .. } = entry.body else {
        panic!("a plan's stream has changes only");
    };
    JournalChange {
        seq: record.seq,
        at: record.at,
        author: entry.author,
        base,
        bytes,
    }
}
