//! Who comes and is welcomed, who stays, and what they are told of each other.

use bytes::Bytes;
use domain::{ActorId, Author, PersonId, Right, Seq, Standing, TimestampMs};
use protocol::{Bye, Hello, PROTOCOL, PeerId, Person, Place, ServerFrame, Welcome, encode_server};

use crate::access::{Access, Visitor};
use crate::keys::generation_frame;
use crate::limits::DIRECTORY_PER_FRAME_MAX;
use crate::output::Output;
use crate::peers::{Feed, Peer, send};
use crate::room::Room;

impl Room {
    /// A connection has said Hello. `id` is a number that no connection of this room had before.
    pub fn handle_join(&mut self, now: TimestampMs, id: PeerId, visitor: impl Into<Visitor>, hello: &Hello) {
        let visitor = visitor.into();
        self.outputs.begin();
        match self.check_join(id, visitor.person, hello) {
            Ok(()) if self.admission.committed() == Seq::ZERO => self.early.push((id, visitor, hello.clone())),
            Ok(()) => self.on_join(now, id, visitor, hello),
            Err(bye) => self.outputs.push(Output::Close { peer: id, bye }),
        }
        self.check_invariants();
    }

    /// A connection that the shell has welcomed while it read the plan, and that has been sent all up to `has`. The Welcome
    /// said that it is `told` in the plan, and named no actors.
    pub fn handle_arrival(
        &mut self,
        now: TimestampMs,
        id: PeerId,
        visitor: impl Into<Visitor>,
        told: Standing,
        has: Seq,
    ) {
        let visitor = visitor.into();
        self.outputs.begin();
        let is_known = self.peers.contains_key(&id) || has > self.admission.committed();
        let Some(author) = self.access.author(visitor) else {
            // Lost while the plan was read.
            self.outputs.push(Output::Close {
                peer: id,
                bye: Bye::NoAccess,
            });
            return;
        };
        if self.failed || is_known || self.peers() >= self.limits.peers_max {
            self.outputs.push(Output::Close {
                peer: id,
                bye: Bye::Fault,
            });
            return;
        }
        let feed = Feed::Behind {
            next: has.next(),
            asked: false,
        };
        let mut peer = self.new_peer(now, visitor, feed);
        // With what did not fit into the Welcome.
        peer.directory_missed = true;
        if author.standing != told {
            let frame = encode_server(&ServerFrame::Standing(author.standing));
            send(&mut self.outputs, id, &mut peer, &frame);
        }
        if !told.role.may(Right::ReadPersonal) {
            self.send_keys(id, &mut peer);
        } else if peer.reads_personal {
            // It may have been counted up while the plan was read.
            let frame = generation_frame(self.keyring());
            send(&mut self.outputs, id, &mut peer, &frame);
        }
        self.settle_in(now, id, peer);
        self.check_invariants();
    }

    fn new_peer(&self, now: TimestampMs, visitor: Visitor, feed: Feed) -> Peer {
        Peer::new(visitor, self.access.reads_personal(visitor), feed, now, &self.limits)
    }

    fn check_join(&self, id: PeerId, person: PersonId, hello: &Hello) -> Result<(), Bye> {
        if self.failed {
            return Err(Bye::Fault);
        }
        if hello.protocol != PROTOCOL {
            return Err(Bye::OtherProtocol { server: PROTOCOL });
        }
        // Who may not read it is not told that it is there.
        if hello.plan != self.plan || self.access.standing(person).is_none() {
            return Err(Bye::NoSuchPlan);
        }
        if self.peers.contains_key(&id) || self.early.iter().any(|(early, ..)| *early == id) {
            return Err(Bye::BadFrame("a second Hello".to_owned()));
        }
        if self.peers.len() + self.early.len() >= self.limits.peers_max {
            return Err(Bye::TooMuch);
        }
        Ok(())
    }

    /// Welcomes those who waited for the genesis.
    pub(crate) fn welcome_early(&mut self, now: TimestampMs) {
        for (id, visitor, hello) in std::mem::take(&mut self.early) {
            self.on_join(now, id, visitor, &hello);
        }
    }

    fn on_join(&mut self, now: TimestampMs, id: PeerId, visitor: Visitor, hello: &Hello) {
        let Some(Author { person, standing }) = self.access.author(visitor) else {
            // Lost while the plan began.
            let bye = Bye::NoAccess;
            return self.outputs.push(Output::Close { peer: id, bye });
        };
        let (snapshot, feed) = self.first_feed(hello);
        let mut peer = self.new_peer(now, visitor, feed);
        let mut people = self.people_shown();
        let mut actors: Vec<_> = self
            .admission
            .owners()
            .iter()
            .map(|(actor, owner)| (*actor, *owner))
            .collect();
        // What does not fit into the Welcome follows at once.
        let more_people = people.split_off(people.len().min(DIRECTORY_PER_FRAME_MAX));
        let more_actors = actors.split_off(actors.len().min(DIRECTORY_PER_FRAME_MAX));
        let welcome = Welcome {
            protocol: PROTOCOL,
            you: person,
            standing,
            peer: id,
            epoch: self.epoch,
            head: self.admission.committed(),
            now,
            snapshot,
            people,
            actors,
        };
        send(
            &mut self.outputs,
            id,
            &mut peer,
            &encode_server(&ServerFrame::Welcome(welcome)),
        );
        for frame in directory_frames(&more_people, &more_actors) {
            send(&mut self.outputs, id, &mut peer, &frame);
        }
        self.send_keys(id, &mut peer);
        self.settle_in(now, id, peer);
    }

    /// Gives a peer that may read what is personal the keys.
    fn send_keys(&mut self, id: PeerId, peer: &mut Peer) {
        if peer.reads_personal {
            for frame in self.all_keys() {
                send(&mut self.outputs, id, peer, &frame);
            }
        }
    }

    /// A peer is here from now on: it hears of everyone, and everyone of it.
    fn settle_in(&mut self, now: TimestampMs, id: PeerId, mut peer: Peer) {
        self.presence
            .set(now, id, peer.visitor.person, Place::default(), &self.limits);
        for frame in self.presence.everyone(peer.reads_personal) {
            send(&mut self.outputs, id, &mut peer, &frame);
        }
        self.peers.insert(id, peer);
        self.feed(id);
        self.flush_presence(now);
    }

    /// Someone joined the workspace or was renamed: everyone as of now.
    pub fn handle_people(&mut self, people: Vec<Person>) {
        self.outputs.begin();
        let before = std::mem::take(&mut self.people);
        self.people = people.into_iter().map(|person| (person.id, person)).collect();
        let shown = self.people_shown().into_iter();
        let news: Vec<Person> = shown.filter(|person| before.get(&person.id) != Some(person)).collect();
        self.tell_directory(&news, &[]);
        self.check_invariants();
    }

    /// Roles or the stage have changed. What was admitted before is committed; every later change is judged anew.
    pub fn handle_access(&mut self, now: TimestampMs, access: Access) {
        self.outputs.begin();
        if self.access == access {
            return;
        }
        let before = std::mem::replace(&mut self.access, access);
        self.apply_access(now);
        let ids: Vec<(PeerId, Visitor)> = self.peers.iter().map(|(id, peer)| (*id, peer.visitor)).collect();
        for (id, visitor) in ids {
            let Some(author) = self.access.author(visitor) else {
                continue; // closed
            };
            let was_told = before.author(visitor) == Some(author);
            let gets_keys = self.access.reads_personal(visitor) && !before.reads_personal(visitor);
            let keys = if gets_keys { self.all_keys() } else { Vec::new() };
            self.feed(id);
            if let Some(peer) = self.peers.get_mut(&id) {
                if !was_told {
                    let frame = encode_server(&ServerFrame::Standing(author.standing));
                    send(&mut self.outputs, id, peer, &frame);
                }
                for frame in &keys {
                    send(&mut self.outputs, id, peer, frame);
                }
            }
        }
        self.heed_generation();
        self.tell_of_newcomers(&before);
        self.flush_presence(now);
        self.check_invariants();
    }

    /// Closes those who have no part any more, shows the others what they may see, and takes back what they type where they
    /// may not write, all before anybody is told of anything: of two who lose their parts at once neither hears of the
    /// other's going.
    fn apply_access(&mut self, now: TimestampMs) {
        let mut shut_out = Vec::new();
        let schema = self.admission.schema();
        for (id, peer) in &mut self.peers {
            let Some(author) = self.access.author(peer.visitor) else {
                shut_out.push(*id);
                continue;
            };
            self.presence.recheck(now, *id, author, schema, &self.limits);
            let reads_personal = self.access.reads_personal(peer.visitor);
            if peer.reads_personal != reads_personal {
                peer.reads_personal = reads_personal;
                // Everyone's place is another one now.
                peer.presence_missed.extend(self.presence.peers());
            }
        }
        for id in shut_out {
            self.peers.remove(&id);
            self.admission.forget(id);
            self.presence.remove(now, id, &self.limits);
            let bye = Bye::NoAccess;
            self.outputs.push(Output::Close { peer: id, bye });
        }
    }

    /// Tells everyone of those who had no part in the plan before.
    fn tell_of_newcomers(&mut self, before: &Access) {
        let shown = self.people_shown().into_iter();
        let news: Vec<Person> = shown
            .filter(|person| !before.is_shown(person.id) && !self.admission.has_author(person.id))
            .collect();
        self.tell_directory(&news, &[]);
    }

    /// Those whom the plan's readers are told of: who has a part in it, and who has written in it.
    pub(crate) fn people_shown(&self) -> Vec<Person> {
        let is_shown = |id: PersonId| self.access.is_shown(id) || self.admission.has_author(id);
        let all = self.people.values();
        all.filter(|person| is_shown(person.id)).cloned().collect()
    }

    /// Tells everyone of people and actors that are new.
    pub(crate) fn tell_directory(&mut self, people: &[Person], actors: &[(ActorId, PersonId)]) {
        let frames = directory_frames(people, actors);
        let bytes: usize = frames.iter().map(Bytes::len).sum();
        for (id, peer) in &mut self.peers {
            if peer.has_room(bytes, &self.limits) && !peer.directory_missed {
                for frame in &frames {
                    send(&mut self.outputs, *id, peer, frame);
                }
            } else {
                peer.directory_missed = true;
            }
        }
    }
}

/// People frames, none too long.
pub(crate) fn directory_frames(people: &[Person], actors: &[(ActorId, PersonId)]) -> Vec<Bytes> {
    let frame = |people: &[Person], actors: &[(ActorId, PersonId)]| {
        encode_server(&ServerFrame::People {
            people: people.to_vec(),
            actors: actors.to_vec(),
        })
    };
    let people = people.chunks(DIRECTORY_PER_FRAME_MAX).map(|some| frame(some, &[]));
    let actors = actors.chunks(DIRECTORY_PER_FRAME_MAX).map(|some| frame(&[], some));
    people.chain(actors).collect()
}
