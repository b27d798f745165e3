//! A client with a real document, as strict as one can be about what it is sent.

use std::collections::VecDeque;

use bytes::Bytes;
use domain::{ActorId, ChangeHash, PersonId, Seq};
use plan::Replica;
use plan::edit::Edit;
use protocol::{Body, ClientFrame, Committed, PeerId, Rejected, ServerFrame, SnapshotInfo, Submitted};

use super::World;

#[derive(Debug)]
pub struct Client {
    pub person: PersonId,
    pub actor: ActorId,
    pub peer: PeerId,
    pub replica: Replica,
    /// Everything up to here is in the replica.
    pub applied: Seq,
    /// Not acknowledged yet, in order.
    pub outbox: VecDeque<(ChangeHash, Submitted)>,
    pub rejected: Vec<Rejected>,
    /// Acknowledged, but at a place that has not been reached: what a snapshot may not have yet.
    early: Vec<(Seq, Bytes)>,
    /// The last entry of somebody else, or of its own from before: it never comes twice in a connection.
    last_entry: Seq,
    snapshot: Option<(SnapshotInfo, Vec<u8>)>,
}

impl Client {
    pub fn join(world: &mut World, person: PersonId, actor: ActorId) -> Self {
        let peer = world.connect(person, Seq::ZERO);
        Self::on(world, peer, person, actor)
    }

    /// A client on a connection that is there already.
    pub fn on(world: &mut World, peer: PeerId, person: PersonId, actor: ActorId) -> Self {
        let replica = Replica::new(actor);
        let mut client = Self {
            person,
            actor,
            peer,
            replica,
            applied: Seq::ZERO,
            outbox: VecDeque::new(),
            rejected: Vec::new(),
            early: Vec::new(),
            last_entry: Seq::ZERO,
            snapshot: None,
        };
        client.read(world);
        client
    }

    /// Comes again with what it has, and sends its outbox again.
    pub fn rejoin(&mut self, world: &mut World) {
        self.peer = world.connect(self.person, self.applied);
        self.last_entry = self.applied;
        self.read(world);
        let outbox: Vec<Submitted> = self.outbox.iter().map(|(_, submitted)| submitted.clone()).collect();
        self.submit(world, outbox);
    }

    /// Makes a change and sends it.
    pub fn edit(&mut self, world: &mut World, edits: &[Edit]) -> ChangeHash {
        let (hash, submitted) = self.make(world, edits);
        self.outbox.push_back((hash, submitted.clone()));
        self.submit(world, vec![submitted]);
        hash
    }

    /// Makes a change and keeps it to itself.
    pub fn make(&mut self, world: &mut World, edits: &[Edit]) -> (ChangeHash, Submitted) {
        self.read(world);
        let change = self
            .replica
            .edit(world.now, edits)
            .expect("a good edit")
            .expect("an edit that changes something");
        (
            change.hash,
            Submitted {
                base: self.applied,
                bytes: change.bytes,
            },
        )
    }

    pub fn submit(&mut self, world: &mut World, changes: Vec<Submitted>) {
        world.frame(self.peer, &ClientFrame::Submit(changes));
    }

    /// Reads everything it was sent.
    pub fn read(&mut self, world: &mut World) {
        let frames = world.take(self.peer);
        for frame in frames {
            self.on_frame(frame);
        }
    }

    fn on_frame(&mut self, frame: ServerFrame) {
        match frame {
            ServerFrame::Welcome(welcome) => {
                if welcome.snapshot.is_none() && welcome.head < self.applied {
                    self.applied = Seq::ZERO;
                    self.last_entry = Seq::ZERO;
                }
                self.snapshot = welcome.snapshot.map(|info| (info, Vec::new()));
            }
            ServerFrame::Snapshot { offset, bytes } => self.on_snapshot(offset, &bytes),
            ServerFrame::Entries(entries) => self.on_entries(&entries),
            ServerFrame::Ack(acks) => {
                assert!(acks.is_sorted_by_key(|ack| ack.seq), "acks come in order");
                for ack in acks {
                    self.settle(ack.hash, ack.seq);
                    if ack.seq == self.applied.next() {
                        self.applied = ack.seq;
                    }
                }
            }
            ServerFrame::Reject(rejected) => {
                self.outbox.retain(|(hash, _)| *hash != rejected.hash);
                self.rejected.push(rejected);
            }
            ServerFrame::Presence(_)
            | ServerFrame::People { .. }
            | ServerFrame::Standing(_)
            | ServerFrame::Keys(_)
            | ServerFrame::Erased(_)
            | ServerFrame::Generation(_) => {}
            ServerFrame::Bye(bye) => panic!("the shell says goodbye, not the room: {bye:?}"),
        }
    }

    fn on_snapshot(&mut self, offset: u64, bytes: &[u8]) {
        let (info, document) = self.snapshot.as_mut().expect("an announced snapshot");
        assert_eq!(
            offset,
            u64::try_from(document.len()).expect("small"),
            "pieces come in order"
        );
        document.extend_from_slice(bytes);
        if u64::try_from(document.len()).expect("small") == info.len {
            self.replica = Replica::load(document, self.actor).expect("the snapshot loads");
            let early = self
                .early
                .iter()
                .filter(|(seq, _)| *seq > info.seq)
                .map(|(_, bytes)| bytes.clone());
            let unsaved = self.outbox.iter().map(|(_, submitted)| submitted.bytes.clone());
            let own: Vec<Bytes> = early.chain(unsaved).collect();
            self.replica.apply(&own).expect("own changes fit");
            self.applied = info.seq;
            self.last_entry = info.seq;
        }
    }

    fn on_entries(&mut self, entries: &[Committed]) {
        let mut bytes = Vec::new();
        for entry in entries {
            let Body::Change {
                hash, bytes: change, ..
            } = &entry.entry.body
            else {
                panic!("plans have changes only")
            };
            assert!(entry.seq > self.last_entry, "entry {} came twice", entry.seq);
            self.last_entry = entry.seq;
            self.settle(*hash, entry.seq);
            if entry.seq > self.applied {
                assert_eq!(entry.seq, self.applied.next(), "no gap");
                self.applied = entry.seq;
                bytes.push(change.clone());
            }
        }
        self.replica.apply(&bytes).expect("what is committed applies");
    }

    fn settle(&mut self, hash: ChangeHash, seq: Seq) {
        let acknowledged = self.outbox.iter().find(|(own, _)| *own == hash);
        self.early
            .extend(acknowledged.map(|(_, submitted)| (seq, submitted.bytes.clone())));
        self.early.retain(|(seq, _)| *seq > self.applied);
        self.outbox.retain(|(own, _)| *own != hash);
    }
}
