//! The server of the tests: its room, what the room wants of a disk, and what is put back after a fault.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use domain::{ActorId, Role, Schema, Seq, TimestampMs};
use plan::{Keyring, Replica, Table};
use protocol::{Body, Committed, PeerId, Person, ServerFrame, SnapshotInfo, decode_entry, encode_server};
use relay::{Access, Limits, Room, RoomInit};

use super::{PLAN, World, person};

impl World {
    /// Everyone owns the plan but this one, who is told so with what comes next.
    pub fn set_role(&mut self, client: usize, role: Role) {
        let mut access = Access::open(Role::ClientExecutive);
        access.roles.insert(self.clients[client].person, role);
        self.room.handle_access(self.now, access);
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

    pub(super) fn drain_room(&mut self) {
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
}

pub fn change_of(entry: &Committed) -> Bytes {
    match &entry.entry.body {
        Body::Change { bytes, .. } => bytes.clone(),
        Body::Workspace(_) => panic!("a plan's stream has changes only"),
    }
}

pub(super) fn room_init(
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
        access: Access::open(Role::ClientExecutive),
        keyring: keyring.clone(),
        entropy: [0x5e; 32],
        unavailable: None,
        limits: limits.clone(),
    }
}
