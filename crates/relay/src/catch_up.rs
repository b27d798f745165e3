//! Feeding a peer that does not have everything: the snapshot in pieces, then history from the journal, then live.
//!
//! What is committed meanwhile is not kept for it: it is read from the journal when its turn comes. So a peer that is
//! slow, or far behind, costs one piece in memory.

use bytes::Bytes;
use domain::Seq;
use protocol::{Bye, Committed, Hello, PeerId, ServerFrame, SnapshotInfo, encode_server};

use crate::arrivals::directory_frames;
use crate::limits::FRAME_BYTES;
use crate::output::Output;
use crate::peers::{Feed, Peer, send};
use crate::room::Room;

/// What an entry takes in a frame beside its change, in bytes, at most.
const ENTRY_BYTES: usize = 128;

impl Room {
    /// What a client that says Hello is sent first.
    pub(crate) fn first_feed(&self, hello: &Hello) -> (Option<SnapshotInfo>, Feed) {
        let committed = self.admission.committed();
        // Of another epoch, or of a past that this server does not know (an older backup was put back): all anew.
        let fits = hello.epoch == self.epoch && hello.have <= committed;
        let have = if fits { hello.have } else { Seq::ZERO };
        let ahead = if have == Seq::ZERO {
            1
        } else {
            self.limits.snapshot_ahead_entries
        };
        let snapshot = self
            .snapshot
            .clone()
            .filter(|snapshot| snapshot.seq <= committed && snapshot.seq.0 >= have.0.saturating_add(ahead));
        let feed = match &snapshot {
            Some(info) => Feed::Snapshot {
                info: info.clone(),
                offset: 0,
                asked: false,
            },
            None => Feed::Behind {
                next: have.next(),
                asked: false,
            },
        };
        (snapshot, feed)
    }

    /// A newer snapshot was taken: for those who come from now on.
    pub fn handle_snapshot_taken(&mut self, info: SnapshotInfo) {
        self.outputs.begin();
        if self.snapshot.as_ref().is_none_or(|snapshot| snapshot.seq < info.seq) {
            self.snapshot = Some(info);
        }
        self.check_invariants();
    }

    /// A piece of the snapshot, as asked for by [`Output::LoadSnapshot`]; empty when it could not be read.
    pub fn handle_snapshot_bytes(&mut self, now: domain::TimestampMs, id: PeerId, at: u64, bytes: Bytes) {
        let len = bytes.len();
        let frame = encode_server(&ServerFrame::Snapshot { offset: at, bytes });
        self.handle_snapshot_frame(now, id, at, len, &frame);
    }

    /// The same, encoded already: many are sent the same piece. `len`: the piece's own length.
    pub fn handle_snapshot_frame(&mut self, now: domain::TimestampMs, id: PeerId, at: u64, len: usize, frame: &Bytes) {
        self.outputs.begin();
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let Feed::Snapshot { info, offset, asked } = &mut peer.feed else {
            return;
        };
        if !*asked || *offset != at {
            return;
        }
        let end = offset.saturating_add(u64::try_from(len).unwrap_or(u64::MAX));
        if len == 0 || end > info.len {
            self.close(now, id, Bye::Fault);
            return;
        }
        (*offset, *asked) = (end, false);
        if end == info.len {
            peer.feed = Feed::Behind {
                next: info.seq.next(),
                asked: false,
            };
        }
        send(&mut self.outputs, id, peer, frame);
        self.feed(id);
        self.check_invariants();
    }

    /// History, as asked for by [`Output::Load`]; empty when it could not be read.
    pub fn handle_history(&mut self, now: domain::TimestampMs, id: PeerId, mut entries: Vec<Committed>) {
        self.outputs.begin();
        let committed = self.admission.committed();
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let Feed::Behind { next, asked: true } = peer.feed else {
            return;
        };
        // The journal may be ahead of what this room was told of: that comes with its commit.
        entries.retain(|entry| entry.seq <= committed);
        let mut after = next;
        for entry in &entries {
            if entry.seq != after {
                self.close(now, id, Bye::Fault);
                return;
            }
            after = after.next();
        }
        if entries.is_empty() {
            self.close(now, id, Bye::Fault);
            return;
        }
        peer.feed = Feed::Behind {
            next: after,
            asked: false,
        };
        for frame in entries_frames(entries) {
            send(&mut self.outputs, id, peer, &frame);
        }
        self.feed(id);
        self.check_invariants();
    }

    /// A peer's socket took so many bytes.
    pub fn handle_drained(&mut self, _now: domain::TimestampMs, id: PeerId, bytes: usize) {
        self.outputs.begin();
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.under_way_bytes = peer.under_way_bytes.saturating_sub(bytes);
            self.feed(id);
        }
        self.check_invariants();
    }

    /// Asks for what a peer needs next, when it can take more.
    pub(crate) fn feed(&mut self, id: PeerId) {
        let committed = self.admission.committed();
        let Some(peer) = self.peers.get(&id).filter(|peer| peer.wants_more(&self.limits)) else {
            return;
        };
        let people = peer.directory_missed.then(|| self.people_shown());
        let Some(peer) = self.peers.get_mut(&id) else { return };
        peer.directory_missed = false;
        if let Some(people) = people {
            let actors: Vec<_> = self
                .admission
                .owners()
                .iter()
                .map(|(actor, owner)| (*actor, *owner))
                .collect();
            for frame in directory_frames(&people, &actors) {
                send(&mut self.outputs, id, peer, &frame);
            }
        }
        let missed = std::mem::take(&mut peer.presence_missed);
        for frame in self.presence.missed(&missed, peer.reads_personal) {
            send(&mut self.outputs, id, peer, &frame);
        }
        match &mut peer.feed {
            Feed::Snapshot { info, offset, asked } if !*asked => {
                *asked = true;
                let (info, offset, bytes_max) = (info.clone(), *offset, self.limits.snapshot_piece_bytes);
                self.outputs.push(Output::LoadSnapshot {
                    peer: id,
                    info,
                    offset,
                    bytes_max,
                });
            }
            Feed::Behind { next, .. } if *next > committed => peer.feed = Feed::Live,
            Feed::Behind { next, asked } if !*asked => {
                *asked = true;
                let (from, bytes_max) = (*next, self.limits.load_bytes);
                self.outputs.push(Output::Load {
                    peer: id,
                    from,
                    bytes_max,
                });
            }
            Feed::Snapshot { .. } | Feed::Behind { .. } | Feed::Live => {}
        }
    }

    pub(crate) fn check_feed(&self, peer: &Peer) {
        let committed = self.admission.committed();
        match &peer.feed {
            Feed::Snapshot { info, offset, .. } => {
                assert!(
                    info.seq <= committed && *offset < info.len,
                    "a snapshot of what is on disk"
                );
            }
            Feed::Behind { next, asked } => {
                assert!(*next <= committed.next(), "nobody is fed what is not on disk");
                assert!(!asked || *next <= committed, "what is asked for is there");
            }
            Feed::Live => {}
        }
    }
}

/// Entries frames, none too long; one long entry has its own.
pub fn entries_frames(entries: Vec<Committed>) -> Vec<Bytes> {
    let mut frames = Vec::new();
    let mut part = Vec::new();
    let mut bytes = 0;
    for entry in entries {
        let len = ENTRY_BYTES + body_bytes(&entry);
        if bytes + len > FRAME_BYTES && !part.is_empty() {
            frames.push(encode_server(&ServerFrame::Entries(std::mem::take(&mut part))));
            bytes = 0;
        }
        bytes += len;
        part.push(entry);
    }
    if !part.is_empty() {
        frames.push(encode_server(&ServerFrame::Entries(part)));
    }
    frames
}

fn body_bytes(entry: &Committed) -> usize {
    match &entry.entry.body {
        protocol::Body::Change { bytes, .. } => bytes.len(),
        protocol::Body::Workspace(_) => 0,
    }
}
