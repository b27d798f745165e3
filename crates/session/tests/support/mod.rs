//! A world of sessions around one real room: a journal in memory, connections that can be cut, time that jumps.
#![allow(
    dead_code,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "shared by several test binaries; a failed unwrap is a failed test"
)]

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use domain::{ActorId, Cell, ItemId, ParagraphId, PersonId, PlanId, Scalar, Schema, SectionId, Seq, TimestampMs};
use plan::{Edit, Keyring, Replica, Table};
use protocol::{
    Body, ClientFrame, Committed, PeerId, Person, ServerFrame, SnapshotInfo, decode_client, decode_entry, encode_server,
};
use relay::{Limits, Room, RoomInit};
use session::{Config, Connection, Event, Output, Session};
use uuid::Uuid;

/// The section of the tests.
pub const SECTION: SectionId = SectionId::Opportunities;
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

pub fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_1000 + number))
}

pub fn item(number: u128) -> ItemId {
    ItemId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0001_0000 + number))
}

pub fn paragraph_id(number: u128) -> ParagraphId {
    ParagraphId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0002_0000 + number))
}

pub fn cell(number: u128, field: &str) -> Cell {
    Cell::field(SECTION, item(number), field)
}

pub fn paragraph(number: u128, paragraph: u128) -> Cell {
    Cell::paragraph(SECTION, item(number), "strategy", paragraph_id(paragraph))
}

pub fn make(number: u128) -> Edit {
    Edit::MakeItem {
        section: SECTION,
        item: item(number),
        fields: vec![("title".to_owned(), Scalar::from("New"))],
    }
}

pub fn put(number: u128, field: &str, value: &str) -> Edit {
    Edit::Put {
        cell: cell(number, field),
        value: Scalar::from(value),
    }
}

pub fn write(number: u128, at_paragraph: u128, text: &str) -> Edit {
    Edit::MakeParagraph {
        cell: paragraph(number, at_paragraph),
        text: text.to_owned(),
    }
}

pub fn splice(number: u128, at_paragraph: u128, at: u32, delete: u32, insert: &str) -> Edit {
    Edit::Splice {
        cell: paragraph(number, at_paragraph),
        at,
        delete,
        insert: insert.to_owned(),
    }
}

pub const PLAN: PlanId = PlanId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0042));

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

    /// The server is killed: what is not on disk is lost, and a new room comes up from the journal.
    pub fn kill_server(&mut self) {
        self.appending.clear();
        for index in 0..self.clients.len() {
            self.clients[index].peer = None;
            self.cut(index);
        }
        self.room = Room::new(self.now, self.init(0));
        self.drain_room();
    }

    /// The same, with another document: the server begins an epoch.
    pub fn begin_epoch(&mut self, epoch: u32) {
        for index in 0..self.clients.len() {
            self.cut(index);
        }
        self.journal.clear();
        self.snapshot = None;
        self.room = Room::new(self.now, self.init(epoch));
        self.drain_room();
        self.commit();
    }

    /// A backup of this moment is put back: what is on disk, in another epoch.
    pub fn put_back(&mut self, epoch: u32) {
        self.kill_server();
        self.room = Room::new(self.now, self.init(epoch));
        self.drain_room();
    }

    fn init(&self, epoch: u32) -> RoomInit {
        let info = self.snapshot.as_ref().map(|(info, _)| info.clone());
        room_init(&self.schema, &self.keyring, &self.journal, epoch, info, &self.limits)
    }

    /// The server takes a snapshot.
    pub fn take_snapshot(&mut self) {
        let mut replica = Replica::new(ActorId([0xee; 16]));
        let changes: Vec<Bytes> = self.journal.iter().map(change_of).collect();
        replica.apply(&changes).unwrap();
        let bytes: Bytes = replica.save().into();
        let info = SnapshotInfo {
            seq: self.journal.last().unwrap().seq,
            len: u64::try_from(bytes.len()).unwrap(),
        };
        self.snapshot = Some((info.clone(), bytes));
        self.room.handle_snapshot_taken(info);
        self.drain_room();
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

    /// The append under way reaches the disk.
    pub fn commit(&mut self) -> bool {
        if self.appending.is_empty() || self.disk_stalled {
            return false;
        }
        let mut places = Vec::new();
        for entry in std::mem::take(&mut self.appending) {
            let seq = Seq(u64::try_from(self.journal.len()).unwrap() + 1);
            let entry = decode_entry(&entry.payload).unwrap();
            self.journal.push(Committed {
                seq,
                at: self.now,
                entry,
            });
            places.push((seq, self.now));
        }
        self.room.handle_committed(self.now, &places);
        self.drain_room();
        true
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

    fn drain_room(&mut self) {
        while let Some(output) = self.room.poll_output() {
            match output {
                relay::Output::Append { expect, entries } => {
                    assert_eq!(expect.0, u64::try_from(self.journal.len()).unwrap());
                    self.appending = entries;
                }
                relay::Output::StoreKeys(keys) => {
                    for key in &keys {
                        assert!(self.keyring.add(key), "a key is stored once");
                    }
                    self.room.handle_keys_stored(self.now);
                }
                relay::Output::Send { peer, bytes } => self.deliver(peer, bytes),
                relay::Output::Load { peer, from, bytes_max } => {
                    let entries = self.read(from, bytes_max);
                    self.room.handle_history(self.now, peer, entries);
                }
                relay::Output::LoadSnapshot {
                    peer,
                    offset,
                    bytes_max,
                    ..
                } => {
                    let bytes = self.snapshot.as_ref().unwrap().1.clone();
                    let from = usize::try_from(offset).unwrap();
                    let part = bytes.slice(from..bytes.len().min(from + bytes_max));
                    self.room.handle_snapshot_bytes(self.now, peer, offset, part);
                }
                relay::Output::Close { peer, bye } => {
                    self.deliver(peer, encode_server(&ServerFrame::Bye(bye)));
                }
                relay::Output::Failed(why) => panic!("the room failed: {why}"),
                relay::Output::Facts(_)
                | relay::Output::Denied { .. }
                | relay::Output::Saved(_)
                | relay::Output::Timeout(_) => {}
            }
        }
    }

    fn deliver(&mut self, peer: PeerId, bytes: Bytes) {
        if let Some(client) = self.clients.iter_mut().find(|client| client.peer == Some(peer)) {
            client.down.push_back(bytes);
        }
    }

    fn read(&self, from: Seq, bytes_max: usize) -> Vec<Committed> {
        let mut bytes = 0;
        self.journal
            .iter()
            .skip_while(|entry| entry.seq < from)
            .take_while(|entry| {
                let first = bytes == 0;
                bytes += change_of(entry).len();
                first || bytes <= bytes_max
            })
            .cloned()
            .collect()
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

pub fn change_of(entry: &Committed) -> Bytes {
    match &entry.entry.body {
        Body::Change { bytes, .. } => bytes.clone(),
        Body::Workspace(_) => panic!("a plan's stream has changes only"),
    }
}

fn room_init(
    schema: &Arc<Schema>,
    keyring: &Keyring,
    journal: &[Committed],
    epoch: u32,
    snapshot: Option<SnapshotInfo>,
    limits: &Limits,
) -> RoomInit {
    let mut table = Table::new();
    let mut owners = BTreeMap::new();
    for entry in journal {
        let Body::Change { base, bytes, .. } = &entry.entry.body else {
            continue;
        };
        let prechecked = plan::precheck(bytes, &plan::Limits::default()).unwrap();
        let decoded = plan::decode(&prechecked).unwrap();
        owners.insert(decoded.actor, entry.entry.author);
        table.replay(entry.seq, *base, &decoded).unwrap();
    }
    RoomInit {
        plan: PLAN,
        schema: schema.clone(),
        table,
        epoch,
        last_at: TimestampMs(0),
        owners,
        snapshot,
        people: (1..=9)
            .map(|number| Person {
                id: person(number),
                name: format!("Person {number}"),
            })
            .collect(),
        access: relay::Access::open(domain::Role::ClientExecutive),
        keyring: keyring.clone(),
        entropy: [0x5e; 32],
        unavailable: None,
        limits: limits.clone(),
    }
}
