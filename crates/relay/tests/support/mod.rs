//! A room between a journal in memory and clients with real documents. Each test decides when the disk answers, which
//! sockets are slow, and what the clock says.
#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "each test file is a crate and uses its own part"
)]

mod client;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use domain::{ActorId, Cell, Fact, ItemId, PersonId, PlanId, Schema, SectionId, Seq, TimestampMs};
use plan::edit::Edit;
use plan::snapshot::{JournalChange, Keeper, Resume, SnapshotFiles};
use protocol::{
    Acked, Body, Bye, ClientFrame, Committed, Hello, PROTOCOL, PeerId, Person, ServerFrame, SnapshotInfo, decode_entry,
    decode_server, encode_client,
};
use relay::{Limits, NewEntry, Output, Room, RoomInit, Unavailable};
use uuid::Uuid;

pub use client::Client;

pub const PLAN: PlanId = PlanId(Uuid::from_u128(0x0193_a1c0_0000_7000_8000_0000_0000_0001));
pub const ANN: PersonId = PersonId(Uuid::from_u128(0xa1));
pub const BEN: PersonId = PersonId(Uuid::from_u128(0xb2));

/// Longest run of outputs after one input: more is a room that never comes to rest.
const OUTPUTS_MAX: usize = 1_000_000;

pub fn item(n: u64) -> ItemId {
    ItemId(Uuid::from_u128(
        0x0193_a1c0_0000_7000_8000_0000_0000_0000 | u128::from(n),
    ))
}

pub fn actor(n: u8) -> ActorId {
    ActorId([n; 16])
}

pub fn title(n: u64) -> Cell {
    Cell::field(SectionId::Opportunities, item(n), "title")
}

pub fn make(n: u64) -> Edit {
    let fields = vec![("title".to_owned(), format!("Opportunity {n}").as_str().into())];
    Edit::MakeItem {
        section: SectionId::Opportunities,
        item: item(n),
        fields,
    }
}

pub fn put(n: u64, text: &str) -> Edit {
    Edit::Put {
        cell: title(n),
        value: text.into(),
    }
}

/// What a page says first that has all up to an entry.
fn hello(have: Seq) -> Hello {
    Hello {
        protocol: PROTOCOL,
        plan: PLAN,
        epoch: 0,
        have,
    }
}

/// Ann and Ben have the plan open, and all that was to be said of that was said.
pub fn two() -> (World, Client, Client) {
    let mut world = World::new();
    let ann = Client::join(&mut world, ANN, actor(1));
    let ben = Client::join(&mut world, BEN, actor(2));
    world.pass(1_000);
    (world, ann, ben)
}

/// What a peer was sent, and how its socket behaves.
#[derive(Debug, Default)]
pub struct Socket {
    pub frames: Vec<Bytes>,
    /// Takes nothing until [`World::drain_socket`].
    pub slow: bool,
    pub under_way_bytes: usize,
    pub under_way_bytes_max: usize,
    pub closed: Option<Bye>,
}

#[derive(Debug)]
pub struct World {
    pub room: Room,
    pub now: TimestampMs,
    pub journal: Vec<Committed>,
    pub appending: Option<Vec<NewEntry>>,
    pub sockets: BTreeMap<PeerId, Socket>,
    pub facts: Vec<Fact>,
    pub saved: Vec<Acked>,
    /// Refusals for the audit: whose, how many, why the first.
    pub denied: Vec<(PersonId, u32, String)>,
    pub failed: Option<String>,
    pub deadline: Option<TimestampMs>,
    pub snapshot: Option<SnapshotFiles>,
    /// Loads are kept until [`World::answer_loads`].
    pub slow_loads: bool,
    pub loads: VecDeque<Output>,
    pub limits: Limits,
    /// The key store.
    pub keyring: plan::Keyring,
    /// Keys are not stored until [`World::store_keys`].
    pub slow_keys: bool,
    pub storing: VecDeque<Vec<domain::ItemKey>>,
    next_peer: u64,
}

impl World {
    /// A room whose stream has its genesis.
    pub fn new() -> Self {
        Self::with(Limits::default())
    }

    pub fn with(limits: Limits) -> Self {
        let mut world = Self::unborn(limits);
        world.commit();
        assert!(world.saved.is_empty(), "nobody asked for the genesis");
        world.facts.clear();
        assert_eq!(world.room.committed(), Seq(1), "the genesis is the first entry");
        world
    }

    /// A room whose genesis is not on disk yet.
    pub fn unborn(limits: Limits) -> Self {
        let now = TimestampMs(1_764_000_000_000);
        let room = Room::new(now, init(Resume::new(), None, limits.clone()));
        let mut world = Self {
            room,
            now,
            journal: Vec::new(),
            appending: None,
            sockets: BTreeMap::new(),
            facts: Vec::new(),
            saved: Vec::new(),
            denied: Vec::new(),
            failed: None,
            deadline: None,
            snapshot: None,
            slow_loads: false,
            loads: VecDeque::new(),
            limits,
            keyring: plan::Keyring::new(Arc::new(Schema::standard())),
            slow_keys: false,
            storing: VecDeque::new(),
            next_peer: 1,
        };
        world.drain();
        world
    }

    /// The room is dropped and built anew from the journal, as after a failure.
    pub fn rebuild(&mut self, unavailable: Option<Unavailable>) {
        let mut resume = Resume::new();
        for entry in &self.journal {
            resume.replay(&journal_change(entry)).expect("the journal replays");
        }
        let info = self.snapshot.as_ref().map(info);
        self.room = Room::new(
            self.now,
            RoomInit {
                unavailable,
                keyring: self.keyring.clone(),
                ..init(resume, info, self.limits.clone())
            },
        );
        self.appending = None;
        self.failed = None;
        self.loads.clear();
        self.drain();
    }

    pub fn connect(&mut self, person: PersonId, have: Seq) -> PeerId {
        self.connect_with(person, &hello(have), false)
    }

    pub fn connect_slow(&mut self, person: PersonId, have: Seq) -> PeerId {
        self.connect_with(person, &hello(have), true)
    }

    /// A connection that may write and may not read what is personal: an API token's, or a program's.
    pub fn connect_blind(&mut self, person: PersonId) -> PeerId {
        let visitor = relay::Visitor {
            person,
            writes: true,
            reads_personal: false,
        };
        self.connect_with(visitor, &hello(Seq::ZERO), false)
    }

    pub fn connect_with(&mut self, person: impl Into<relay::Visitor>, hello: &Hello, slow: bool) -> PeerId {
        let peer = PeerId(self.next_peer);
        self.next_peer += 1;
        self.sockets.insert(
            peer,
            Socket {
                slow,
                ..Socket::default()
            },
        );
        self.room.handle_join(self.now, peer, person, hello);
        self.drain();
        peer
    }

    pub fn leave(&mut self, peer: PeerId) {
        self.room.handle_leave(self.now, peer);
        self.drain();
    }

    pub fn frame(&mut self, peer: PeerId, frame: &ClientFrame) {
        self.room.handle_frame(self.now, peer, &encode_client(frame));
        self.drain();
    }

    pub fn bytes(&mut self, peer: PeerId, bytes: &[u8]) {
        self.room.handle_frame(self.now, peer, bytes);
        self.drain();
    }

    /// The disk has the append under way, and those that follow from it.
    pub fn commit(&mut self) {
        while self.commit_one() {}
    }

    /// The disk has the append under way, if there is one.
    pub fn commit_one(&mut self) -> bool {
        let Some(entries) = self.appending.take() else {
            return false;
        };
        let mut places = Vec::new();
        for new in entries {
            let seq = Seq(u64::try_from(self.journal.len()).expect("small") + 1);
            let at = self.journal.last().map_or(new.at, |last| last.at.max(new.at));
            let entry = decode_entry(&new.payload).expect("the room's own entries");
            assert!(
                self.journal.iter().all(|old| hash(old) != Some(new.hash)),
                "nothing is stored twice"
            );
            self.journal.push(Committed { seq, at, entry });
            places.push((seq, at));
        }
        self.room.handle_committed(self.now, &places);
        self.drain();
        true
    }

    pub fn fail_append(&mut self, why: &str) {
        assert!(self.appending.take().is_some(), "an append is under way");
        self.room.handle_append_failed(self.now, why);
        self.drain();
    }

    /// Lets time pass, waking the room when it asked to be.
    pub fn pass(&mut self, ms: i64) {
        let until = TimestampMs(self.now.0 + ms);
        while let Some(deadline) = self.deadline.filter(|deadline| *deadline <= until) {
            self.now = self.now.max(deadline);
            self.room.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
    }

    /// The peer's socket takes everything that is under way.
    pub fn drain_socket(&mut self, peer: PeerId) {
        let Some(socket) = self.sockets.get_mut(&peer) else {
            return;
        };
        let bytes = std::mem::take(&mut socket.under_way_bytes);
        if bytes > 0 && socket.closed.is_none() {
            self.room.handle_drained(self.now, peer, bytes);
            self.drain();
        }
    }

    pub fn answer_loads(&mut self) {
        while let Some(load) = self.loads.pop_front() {
            self.answer(load);
            self.drain_outputs();
        }
    }

    /// A snapshot of all that is on disk.
    pub fn take_snapshot(&mut self) {
        let mut keeper = Keeper::new();
        for entry in &self.journal {
            keeper.push(journal_change(entry)).expect("the journal replays");
        }
        let files = keeper.take().expect("a snapshot");
        self.room.handle_snapshot_taken(info(&files));
        self.snapshot = Some(files);
        self.drain();
    }

    /// What a peer was sent so far, decoded.
    pub fn sent(&self, peer: PeerId) -> Vec<ServerFrame> {
        self.sockets[&peer]
            .frames
            .iter()
            .map(|bytes| decode_server(bytes).expect("our frames decode"))
            .collect()
    }

    /// What a peer was sent since the last call.
    pub fn take(&mut self, peer: PeerId) -> Vec<ServerFrame> {
        let frames = self.sent(peer);
        self.sockets
            .get_mut(&peer)
            .expect("a peer of this world")
            .frames
            .clear();
        frames
    }

    pub fn closed(&self, peer: PeerId) -> Option<&Bye> {
        self.sockets[&peer].closed.as_ref()
    }

    /// Does what the room wants, sockets and reads included.
    pub fn drain(&mut self) {
        self.drain_outputs();
        if !self.slow_loads {
            self.answer_loads();
        }
    }

    /// The key store has what was asked of it.
    pub fn store_keys(&mut self) {
        while let Some(keys) = self.storing.pop_front() {
            for key in &keys {
                assert!(self.keyring.add(key), "a key is stored once");
            }
            self.room.handle_keys_stored(self.now);
        }
    }

    fn drain_outputs(&mut self) {
        self.deadline = None;
        for _ in 0..OUTPUTS_MAX {
            match self.room.poll_output() {
                None => return,
                Some(Output::Timeout(at)) => self.deadline = Some(at),
                Some(output) => self.perform(output),
            }
        }
        panic!("the room never comes to rest");
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Append { expect, entries } => {
                assert_eq!(
                    expect,
                    Seq(u64::try_from(self.journal.len()).expect("small")),
                    "the fence"
                );
                assert!(self.appending.is_none(), "one append at a time");
                self.appending = Some(entries);
            }
            Output::StoreKeys(keys) => {
                self.storing.push_back(keys);
                if !self.slow_keys {
                    self.store_keys();
                }
            }
            Output::Send { peer, bytes } => self.deliver(peer, bytes),
            Output::Load { .. } | Output::LoadSnapshot { .. } => self.loads.push_back(output),
            Output::Close { peer, bye } => {
                self.sockets.get_mut(&peer).expect("a peer of this world").closed = Some(bye);
            }
            Output::Facts(facts) => self.facts.extend(facts),
            Output::Saved(saved) => self.saved.extend(saved),
            Output::Denied { person, count, reason } => self.denied.push((person, count, reason)),
            Output::Failed(why) => self.failed = Some(why),
            Output::Timeout(_) => unreachable!("handled by the drain"),
        }
    }

    fn deliver(&mut self, peer: PeerId, bytes: Bytes) {
        let socket = self.sockets.get_mut(&peer).expect("a peer of this world");
        assert!(socket.closed.is_none(), "nothing is sent after the end");
        assert!(bytes.len() <= protocol::FRAME_BYTES_MAX);
        socket.under_way_bytes += bytes.len();
        socket.under_way_bytes_max = socket.under_way_bytes_max.max(socket.under_way_bytes);
        socket.frames.push(bytes);
        if !socket.slow {
            let taken = std::mem::take(&mut socket.under_way_bytes);
            self.room.handle_drained(self.now, peer, taken);
        }
    }

    fn answer(&mut self, load: Output) {
        match load {
            Output::Load { peer, from, bytes_max } => {
                let mut bytes = 0;
                let from = usize::try_from(from.0).expect("small") - 1;
                let entries = self.journal[from..].iter().take_while(|entry| {
                    bytes += change_bytes(entry).len();
                    bytes <= bytes_max.max(change_bytes(entry).len())
                });
                let entries = entries.cloned().collect();
                self.room.handle_history(self.now, peer, entries);
            }
            Output::LoadSnapshot {
                peer,
                info,
                offset,
                bytes_max,
            } => {
                let files = self.snapshot.as_ref().filter(|files| files.manifest.seq == info.seq);
                let from = usize::try_from(offset).expect("small");
                let piece = files.map_or_else(Bytes::new, |files| {
                    files.document.slice(from..files.document.len().min(from + bytes_max))
                });
                self.room.handle_snapshot_bytes(self.now, peer, offset, piece);
            }
            _ => unreachable!("only loads are kept"),
        }
    }
}

fn init(resume: Resume, snapshot: Option<SnapshotInfo>, limits: Limits) -> RoomInit {
    let person = |id, name: &str| Person {
        id,
        name: name.to_owned(),
    };
    RoomInit {
        plan: PLAN,
        schema: Arc::new(Schema::standard()),
        table: resume.table,
        epoch: 0,
        last_at: resume.last_at,
        owners: resume.owners,
        snapshot,
        people: vec![person(ANN, "Ann"), person(BEN, "Ben")],
        access: relay::Access::open(domain::Role::ClientExecutive),
        keyring: plan::Keyring::new(Arc::new(Schema::standard())),
        entropy: [0x5e; 32],
        unavailable: None,
        limits,
    }
}

fn info(files: &SnapshotFiles) -> SnapshotInfo {
    SnapshotInfo {
        seq: files.manifest.seq,
        len: files.manifest.document_len,
    }
}

pub fn journal_change(entry: &Committed) -> JournalChange {
    let Body::Change { base, bytes, .. } = &entry.entry.body else {
        panic!("plans have changes only")
    };
    JournalChange {
        seq: entry.seq,
        at: entry.at,
        author: entry.entry.author,
        base: *base,
        bytes: bytes.clone(),
    }
}

pub fn change_bytes(entry: &Committed) -> Bytes {
    journal_change(entry).bytes
}

pub fn hash(entry: &Committed) -> Option<domain::ChangeHash> {
    match &entry.entry.body {
        Body::Change { hash, .. } => Some(*hash),
        Body::Workspace(_) => None,
    }
}
