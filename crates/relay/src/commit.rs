//! A group is on disk: now, and not before, its authors and everybody else hear of it.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::{Seq, TimestampMs};
use protocol::{Acked, Bye, Committed, PeerId, ServerFrame, encode_server};

use crate::admission::{Asker, Pending};
use crate::output::Output;
use crate::peers::{Feed, send};
use crate::room::Room;

/// A committed group, ready to be told.
#[derive(Debug, Default)]
struct Told {
    entries: Vec<Committed>,
    /// Own changes of each peer, with the bytes they took while they waited.
    acks: BTreeMap<PeerId, (Vec<Acked>, usize)>,
    saved: Vec<Acked>,
    facts: Vec<domain::Fact>,
    actors: Vec<(domain::ActorId, domain::PersonId)>,
}

impl Room {
    /// The append under way is on disk: each entry's position and time, in the order of the append.
    pub fn handle_committed(&mut self, now: TimestampMs, places: &[(Seq, TimestampMs)]) {
        self.outputs.begin();
        match self.admission.commit(places) {
            Ok(group) => {
                // First, so that the disk works while the frames go out.
                self.append_next(now);
                self.tell(now, told(group, places));
                // After the entries, which never wait for it, and out with them in one call.
                self.tell_presence(now);
                self.welcome_early(now);
            }
            Err(why) => self.fail(now, why),
        }
        self.check_invariants();
    }

    fn tell(&mut self, now: TimestampMs, told: Told) {
        if !told.actors.is_empty() {
            self.tell_directory(&[], &told.actors);
        }
        let (first, count) = (told.entries.first().map(|entry| entry.seq), told.entries.len());
        let entries = ServerFrame::Entries(told.entries);
        let mut shared: Option<Bytes> = None;
        let mut lost = Vec::new();
        let mut acks = told.acks;
        for (id, peer) in &mut self.peers {
            let mut own = 0;
            if let Some((acked, bytes)) = acks.remove(id) {
                own = acked.len();
                peer.unsaved_changes -= own;
                peer.unsaved_bytes -= bytes;
                send(&mut self.outputs, *id, peer, &encode_server(&ServerFrame::Ack(acked)));
            }
            if peer.feed == Feed::Live && own < count {
                let frame = shared.get_or_insert_with(|| encode_server(&entries));
                match first {
                    Some(next) if !peer.has_room(frame.len(), &self.limits) => {
                        peer.feed = Feed::Behind { next, asked: false };
                    }
                    _ => send(&mut self.outputs, *id, peer, frame),
                }
            }
            if peer.under_way_bytes > self.limits.send_bytes_max {
                lost.push(*id);
            }
        }
        for id in lost {
            self.close(now, id, Bye::TooMuch);
        }
        if !told.saved.is_empty() {
            self.outputs.push(Output::Saved(told.saved));
        }
        if !told.facts.is_empty() {
            self.outputs.push(Output::Facts(told.facts));
        }
    }
}

fn told(group: Vec<Pending>, places: &[(Seq, TimestampMs)]) -> Told {
    let mut told = Told::default();
    for (pending, (seq, at)) in group.into_iter().zip(places.iter().copied()) {
        let acked = Acked {
            hash: pending.hash,
            seq,
            at,
        };
        for asker in &pending.askers {
            match asker {
                Asker::Server => told.saved.push(acked),
                Asker::Peer(id) => {
                    let (acks, bytes) = told.acks.entry(*id).or_default();
                    acks.push(acked);
                    *bytes += pending.len;
                }
            }
        }
        let author = pending.entry.author;
        told.actors.extend(pending.new_actor.map(|actor| (actor, author)));
        told.facts.extend(pending.admitted.facts(seq, at, author));
        told.entries.push(Committed {
            seq,
            at,
            entry: pending.entry,
        });
    }
    told
}
