//! A world of sessions around one real room: a journal in memory, connections that can be cut, time that jumps.
#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "shared by several test binaries; a failed unwrap is a failed test"
)]

mod edits;
mod server;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use domain::{ActorId, PersonId, Schema, SectionId, Seq, TimestampMs};
use plan::{Edit, Keyring, Replica};
use protocol::{Body, ClientFrame, Committed, PeerId, ServerFrame, SnapshotInfo, decode_client};
use relay::{Limits, Room};
use session::{Config, Connection, Event, Output, Session};

pub use self::edits::*;
pub use self::server::change_of;
use self::server::room_init;

const STEPS_MAX: usize = 200_000;

pub struct World {
    pub now: TimestampMs,
    /// The key store.
    pub keyring: Keyring,
    pub schema: Arc<Schema>,
    pub room: Room,
    pub journal: Vec<Committed>,
    pub clients: Vec<Client>,
    pub snapshot: Option<(SnapshotInfo, Bytes)>,
    /// Appends that are not on disk yet.
    appending: Vec<relay::NewEntry>,
    /// The disk takes no more until this is false.
    pub disk_stalled: bool,
    peers: u64,
    limits: Limits,
}

pub struct Client {
    pub session: Session,
    pub person: PersonId,
    /// Whether the network lets it connect.
    pub reachable: bool,
    /// Everything else that the server sends is lost on the way.
    pub hears_only_acks: bool,
    peer: Option<PeerId>,
    connected: bool,
    up: VecDeque<Bytes>,
    down: VecDeque<Bytes>,
    wake: Option<TimestampMs>,
    pub events: Vec<Event>,
    /// Frames that it was sent, for tests that look at them.
    pub heard: Vec<ServerFrame>,
}

/// What the session of a client begins with.
pub fn config(number: u64) -> Config {
    let mut actor = [7; 16];
    actor[0] = u8::try_from(number).unwrap();
    Config {
        plan: PLAN,
        actor: ActorId(actor),
        schema: Arc::new(Schema::standard()),
        seed: number,
        entropy: [u8::try_from(number).unwrap(); 32],
    }
}

impl World {
    pub fn new() -> Self {
        Self::with_schema(Schema::standard(), Limits::default())
    }

    /// A server that allows what `schema` says; the clients go by the standard.
    pub fn with_schema(schema: Schema, limits: Limits) -> Self {
        let schema = Arc::new(schema);
        let now = TimestampMs(1_700_000_000_000);
        let mut world = Self {
            now,
            room: Room::new(
                now,
                room_init(&schema, &Keyring::new(schema.clone()), &[], 0, None, &limits),
            ),
            keyring: Keyring::new(schema.clone()),
            schema,
            journal: Vec::new(),
            clients: Vec::new(),
            snapshot: None,
            appending: Vec::new(),
            disk_stalled: false,
            peers: 0,
            limits,
        };
        world.drain_room();
        world.commit();
        world
    }

    /// Another session; its index.
    pub fn add(&mut self) -> usize {
        let number = u64::try_from(self.clients.len()).unwrap() + 1;
        self.clients.push(Client {
            session: Session::new(config(number)),
            person: person(u128::from(number)),
            reachable: true,
            hears_only_acks: false,
            peer: None,
            connected: false,
            up: VecDeque::new(),
            down: VecDeque::new(),
            wake: None,
            events: Vec::new(),
            heard: Vec::new(),
        });
        let index = self.clients.len() - 1;
        self.drain_client(index);
        index
    }

    pub fn session(&self, index: usize) -> &Session {
        &self.clients[index].session
    }

    pub fn replica(&self, index: usize) -> &Replica {
        self.session(index).replica().unwrap()
    }

    /// Gives a session one input and takes its outputs.
    pub fn with<T>(&mut self, index: usize, input: impl FnOnce(&mut Session, TimestampMs) -> T) -> T {
        let now = self.now;
        let answer = input(&mut self.clients[index].session, now);
        self.drain_client(index);
        answer
    }

    pub fn edit(&mut self, index: usize, edits: Vec<Edit>) {
        self.with(index, |session, now| session.edit(now, edits)).unwrap();
    }

    /// Settles first, so that the plan is there.
    pub fn edit_when_ready(&mut self, index: usize, edits: Vec<Edit>) {
        self.settle();
        self.edit(index, edits);
    }

    /// The connection breaks: what is under way both ways is lost.
    pub fn cut(&mut self, index: usize) {
        let client = &mut self.clients[index];
        client.up.clear();
        client.down.clear();
        if let Some(peer) = client.peer.take() {
            self.room.handle_leave(self.now, peer);
            self.drain_room();
        }
        if std::mem::take(&mut self.clients[index].connected) {
            self.with(index, Session::handle_disconnected);
        }
    }

    /// Cuts the connection and lets none come.
    pub fn go_offline(&mut self, index: usize) {
        self.clients[index].reachable = false;
        self.cut(index);
    }

    /// One frame, or one commit, or nothing. Whether something happened.
    pub fn step(&mut self, choice: usize) -> bool {
        let count = self.clients.len();
        for offset in 0..=count {
            let at = (choice + offset) % (count + 1);
            let moved = if at == count {
                self.commit()
            } else {
                self.step_client(at, choice.is_multiple_of(2))
            };
            if moved {
                return true;
            }
        }
        false
    }

    fn step_client(&mut self, index: usize, up_first: bool) -> bool {
        (up_first && self.step_up(index)) || self.step_down(index) || self.step_up(index)
    }

    fn step_up(&mut self, index: usize) -> bool {
        let Some(bytes) = self.clients[index].up.pop_front() else {
            return false;
        };
        let person = self.clients[index].person;
        match self.clients[index].peer {
            None => {
                self.peers += 1;
                let peer = PeerId(self.peers);
                self.clients[index].peer = Some(peer);
                let Ok(ClientFrame::Hello(hello)) = decode_client(&bytes) else {
                    panic!("a session says Hello first");
                };
                self.room.handle_join(self.now, peer, person, &hello);
            }
            Some(peer) => self.room.handle_frame(self.now, peer, &bytes),
        }
        self.drain_room();
        true
    }

    fn step_down(&mut self, index: usize) -> bool {
        let Some(bytes) = self.clients[index].down.pop_front() else {
            return false;
        };
        if let Some(peer) = self.clients[index].peer {
            self.room.handle_drained(self.now, peer, bytes.len());
            self.drain_room();
        }
        let is_ack = || matches!(protocol::decode_server(&bytes), Ok(ServerFrame::Ack(_)));
        if !self.clients[index].hears_only_acks || is_ack() {
            self.hear(index, &bytes);
        }
        true
    }

    /// The session hears a frame.
    pub fn hear(&mut self, index: usize, bytes: &[u8]) {
        if let Ok(frame) = protocol::decode_server(bytes) {
            self.clients[index].heard.push(frame);
        }
        self.with(index, |session, now| session.handle_frame(now, bytes));
    }

    /// Moves frames and commits until none are under way; then the next timers, for at most `ms`.
    pub fn run_for(&mut self, ms: i64) {
        let end = TimestampMs(self.now.0 + ms);
        for _ in 0..STEPS_MAX {
            if self.step(0) {
                continue;
            }
            let next = self.clients.iter().filter_map(|client| client.wake).min();
            if let Some(at) = next.filter(|at| *at <= end) {
                self.wake(at);
                continue;
            }
            self.now = end;
            self.room.handle_timeout(end);
            self.drain_room();
            if !self.step(0) {
                return;
            }
        }
        panic!("the world did not come to rest");
    }

    /// Runs long enough for everything to be said, and every connection that can be made.
    pub fn settle(&mut self) {
        self.run_for(65_000);
    }

    /// Time jumps to `at`, at least by a millisecond: whose timer is due wakes.
    pub fn wake(&mut self, at: TimestampMs) {
        self.now = self.now.max(at);
        for index in 0..self.clients.len() {
            if self.clients[index].wake.is_some_and(|wake| wake <= self.now) {
                self.clients[index].wake = None;
                self.with(index, Session::handle_timeout);
            }
        }
        self.room.handle_timeout(self.now);
        self.drain_room();
    }

    fn drain_client(&mut self, index: usize) {
        while let Some(output) = self.clients[index].session.poll_output() {
            let client = &mut self.clients[index];
            match output {
                Output::Connect => {
                    client.up.clear();
                    client.down.clear();
                    if client.reachable {
                        client.connected = true;
                        client.session.handle_connected(self.now);
                    } else {
                        client.session.handle_disconnected(self.now);
                    }
                }
                Output::Disconnect => {
                    client.connected = false;
                    client.up.clear();
                    client.down.clear();
                    if let Some(peer) = client.peer.take() {
                        self.room.handle_leave(self.now, peer);
                        self.drain_room();
                    }
                }
                Output::Send(bytes) => client.up.push_back(bytes),
                Output::Event(event) => client.events.push(event),
                Output::Timeout(at) => client.wake = Some(at),
            }
        }
    }

    // What must hold when all is said.

    /// Everyone is online with nothing unsaved, and all documents are the journal's.
    pub fn check_settled(&self) {
        let mut truth = Replica::new(ActorId([0xee; 16]));
        truth.set_keyring(self.keyring.clone());
        let changes: Vec<Bytes> = self.journal.iter().map(change_of).collect();
        truth.apply(&changes).unwrap();
        for (index, client) in self.clients.iter().enumerate() {
            let why = client.session.fault();
            assert_eq!(
                client.session.connection(),
                &Connection::Online,
                "client {index}: {why:?}"
            );
            assert_eq!(client.session.unsaved(), 0, "client {index}: {why:?}");
            assert_eq!(client.session.heads(), truth.heads(), "client {index}");
            assert_eq!(
                client.session.last_seq(),
                self.journal.last().unwrap().seq,
                "client {index}"
            );
            let replica = client.session.replica().unwrap();
            for section in SectionId::ALL {
                assert_eq!(replica.items(section), truth.items(section), "client {index}");
                for item in truth.items(section) {
                    assert_eq!(
                        replica.cells(section, item),
                        truth.cells(section, item),
                        "client {index}"
                    );
                }
            }
        }
    }

    pub fn value(&self, index: usize, number: u128, field: &str) -> Option<String> {
        self.replica(index)
            .value(&cell(number, field))
            .map(|value| value.to_string())
    }

    pub fn text(&self, index: usize, number: u128, at_paragraph: u128) -> String {
        self.replica(index).text(&paragraph(number, at_paragraph)).unwrap()
    }

    /// How often each change is in the journal.
    pub fn check_nothing_twice(&self) {
        let mut seen = BTreeMap::new();
        for entry in &self.journal {
            if let Body::Change { hash, .. } = entry.entry.body {
                assert_eq!(
                    seen.insert(hash, entry.seq),
                    None,
                    "a change stands twice in the journal"
                );
            }
        }
    }
}
