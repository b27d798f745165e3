//! The keys of contacts: who gives them, who is given them, and that none is on disk later than what it seals.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use domain::seal::{KEYS_MAX, is_sealed};
use domain::{ItemId, ItemKey, KeyId, KeyName, PersonId, Right, SectionId, TimestampMs};
use plan::edit::Edit;
use protocol::{Bye, KEYS_PER_FRAME_MAX, PeerId, ServerFrame, encode_server};

use crate::limits::KEYS_UNCLAIMED_MAX;
use crate::output::Output;
use crate::peers::send;
use crate::room::Room;

/// Keys on their way to the disk.
#[derive(Debug)]
pub(crate) struct Storing {
    keys: Vec<ItemKey>,
    /// Who gave them; nobody: the server made them.
    from: Option<PeerId>,
}

/// Keys that people gave since the room began, and for which no contact had come when it was looked last.
pub(crate) type Unclaimed = BTreeMap<PersonId, BTreeSet<KeyId>>;

/// Names of destroyed keys in one frame: 17 bytes each.
const ERASED_PER_FRAME_MAX: usize = 2_048;

impl Room {
    /// The keys of the plan's contacts, and what is sealed with them.
    pub const fn keyring(&self) -> &plan::Keyring {
        &self.admission.keyring
    }

    /// What [`Output::StoreKeys`] asked for is on disk; answers come in the order of the asking.
    pub fn handle_keys_stored(&mut self, now: TimestampMs) {
        self.outputs.begin();
        let Some(Storing { keys, from }) = self.storing.pop_front() else {
            return;
        };
        // What was destroyed while it was on its way is nobody's any more.
        let keyring = &self.admission.keyring;
        let frames = key_frames(keys.into_iter().filter(|key| !keyring.is_erased(key.name())));
        self.tell_keyholders(&frames);
        // Who gave them knows them, and waits to hear that they are stored.
        if let Some(id) = from
            && let Some(peer) = self.peers.get_mut(&id).filter(|peer| !peer.reads_personal)
        {
            for frame in &frames {
                send(&mut self.outputs, id, peer, frame);
            }
        }
        self.append_next(now);
        self.check_invariants();
    }

    /// The keys could not be stored: nothing that is sealed with them may be on disk.
    pub fn handle_keys_failed(&mut self, now: TimestampMs, why: &str) {
        self.outputs.begin();
        self.fail(now, format!("{}{why}", crate::APPEND_FAILED));
    }

    /// Keys were destroyed in the key store. What is sealed with them is admitted no more, and read by nobody.
    pub fn handle_erased(&mut self, _now: TimestampMs, names: &[KeyName]) {
        self.outputs.begin();
        for name in names {
            self.admission.keyring.erase(*name);
        }
        self.tell_keyholders(&erased_frames(names.iter().copied()));
        self.check_invariants();
    }

    /// Somebody who could read what is personal may no more: what is written from now on is not sealed with a key they have.
    pub(crate) fn heed_generation(&mut self) {
        let generation = self.access.generation;
        let keyring = &mut self.admission.keyring;
        if keyring.generation() == generation {
            return;
        }
        keyring.set_generation(generation);
        let frame = generation_frame(keyring);
        self.tell_keyholders(&[frame]);
    }

    /// A peer offers keys of the contacts that it makes, or writes first in a generation.
    pub(crate) fn on_keys(&mut self, now: TimestampMs, id: PeerId, offered: &[ItemKey]) {
        if offered.len() > KEYS_PER_FRAME_MAX {
            return self.close(now, id, Bye::BadFrame("too many keys at once".to_owned()));
        }
        let Some(peer) = self.peers.get(&id) else { return };
        let author = self.access.author(peer.visitor);
        let Some(role) = author.map(|author| author.standing.role).filter(|role| role.writes()) else {
            return; // what it makes is refused, with the reason
        };
        let (giver, reads_personal) = (peer.visitor.person, peer.reads_personal);
        let makes_contacts = role.may(Right::EditContent);
        let (known, mut new): (Vec<ItemKey>, Vec<ItemKey>) = offered.iter().partition(|key| self.is_known(key));
        self.answer_known(id, reads_personal, &known);
        if !(reads_personal && makes_contacts) {
            let there: BTreeSet<ItemId> = self.sealed_items().map(|(_, item)| item).collect();
            new.retain(|key| {
                if there.contains(&key.item) {
                    // Under a key of theirs they could read what others write.
                    reads_personal
                } else {
                    makes_contacts && key.generation == 0
                }
            });
        }
        // Nobody has a key of a time to come: they would read on with it once they may no more.
        let generation = self.admission.keyring.generation();
        new.retain(|key| key.generation <= generation);
        // The others are offered again: what they seal is refused, with the reason.
        new.truncate(self.room_for_keys(giver, new.len()));
        let unclaimed = self.unclaimed.entry(giver).or_default();
        unclaimed.extend(new.iter().map(ItemKey::id));
        self.store_keys(new, Some(id));
    }

    fn is_known(&self, key: &ItemKey) -> bool {
        let keyring = &self.admission.keyring;
        keyring.find(key.id()).is_some() || keyring.is_erased(key.name())
    }

    /// The first key stays: who offers another one is told which, or that it was destroyed. Who may not read what is personal
    /// is told a key only if it is the one that they offer.
    fn answer_known(&mut self, id: PeerId, reads_personal: bool, known: &[ItemKey]) {
        let keyring = &self.admission.keyring;
        let waits = |key: &ItemKey| self.storing.iter().any(|storing| storing.keys.contains(key));
        let there = known.iter().filter_map(|offered| {
            let key = keyring.find(offered.id())?;
            (reads_personal || key == *offered).then_some(key)
        });
        // What is on its way to the disk is confirmed when it is there.
        let mut frames = key_frames(there.filter(|key| !waits(key)));
        let gone = known.iter().map(ItemKey::name);
        frames.extend(erased_frames(gone.filter(|name| keyring.is_erased(*name))));
        if let Some(peer) = self.peers.get_mut(&id) {
            for frame in &frames {
                send(&mut self.outputs, id, peer, frame);
            }
        }
    }

    /// How many of the keys that somebody wants to give are taken. Those of contacts are as many as contacts and generations; of
    /// those of contacts that are still to come each person has a share, so that nobody's contacts wait for another's.
    fn room_for_keys(&mut self, giver: PersonId, wanted: usize) -> usize {
        let of_plan = KEYS_MAX.saturating_sub(self.admission.keyring.len());
        let mut own = self.unclaimed.remove(&giver).unwrap_or_default();
        // Looking which contacts have come is only worth it then.
        if own.len() + wanted > KEYS_UNCLAIMED_MAX {
            let there: BTreeSet<ItemId> = self.sealed_items().map(|(_, item)| item).collect();
            let keyring = &self.admission.keyring;
            own.retain(|id| !there.contains(&id.0) && keyring.find(*id).is_some());
        }
        let of_giver = KEYS_UNCLAIMED_MAX.saturating_sub(own.len());
        self.unclaimed.insert(giver, own);
        of_plan.min(of_giver)
    }

    /// Whether a plan would have more keys than any may have.
    fn is_full_with(&self, more: usize) -> bool {
        self.admission.keyring.len() + more > KEYS_MAX
    }

    /// The items of sections in which something is sealed.
    fn sealed_items(&self) -> impl Iterator<Item = (SectionId, ItemId)> {
        let schema = self.admission.schema();
        let sections = schema.sections.iter().map(|section| section.id);
        let table = &self.admission.table;
        sections
            .filter(|section| schema.has_seals(*section))
            .flat_map(|section| table.items(section).map(move |item| (section, item)))
    }

    /// Contacts from before there were keys get theirs.
    pub(crate) fn adopt_items(&mut self) {
        let keyring = &self.admission.keyring;
        let table = &self.admission.table;
        // Where something is sealed already, its key is lost, and may be put back: another one would not open it.
        let has_words = |(section, item): &(SectionId, ItemId)| {
            let mut cells = table.cells(*section, *item).into_iter();
            cells.any(|(_, value)| value.as_str().is_some_and(is_sealed))
        };
        let lacks = |item: &(SectionId, ItemId)| {
            keyring
                .names_for(item.0, item.1)
                .iter()
                .any(|name| !keyring.knows(*name))
        };
        let items = self.sealed_items().filter(lacks).filter(|item| !has_words(item));
        let names = items.flat_map(|(section, item)| keyring.names_for(section, item));
        let missing: Vec<KeyName> = names.filter(|name| !keyring.knows(*name)).collect();
        let keys = self.make_keys(missing);
        self.store_keys(keys, None);
    }

    /// The keys of what the server makes for somebody. They are in the ring, and not stored before what they are for is
    /// admitted: what is refused leaves no key.
    pub(crate) fn draft_keys_for(&mut self, edits: &[Edit]) -> Vec<ItemKey> {
        let missing = self.admission.keyring.missing_for(edits);
        let keys = self.make_keys(missing);
        for key in &keys {
            self.admission.keyring.add(key);
        }
        keys
    }

    /// What the keys were for was admitted, or not.
    pub(crate) fn settle_keys(&mut self, drafted: Vec<ItemKey>, is_admitted: bool) {
        for key in &drafted {
            self.admission.keyring.forget(key.id());
        }
        if is_admitted {
            self.store_keys(drafted, None);
        }
    }

    /// None, where there would be too many.
    fn make_keys(&mut self, names: Vec<KeyName>) -> Vec<ItemKey> {
        if self.is_full_with(names.len()) {
            return Vec::new();
        }
        let generation = self.admission.keyring.generation();
        let names = names.into_iter();
        names.map(|name| self.key_maker.make(name, generation)).collect()
    }

    fn store_keys(&mut self, keys: Vec<ItemKey>, from: Option<PeerId>) {
        let keyring = &mut self.admission.keyring;
        let keys: Vec<ItemKey> = keys.into_iter().filter(|key| keyring.add(key)).collect();
        if !keys.is_empty() {
            self.outputs.push(Output::StoreKeys(keys.clone()));
            self.storing.push_back(Storing { keys, from });
        }
    }

    /// All keys, for a peer that may read what is personal.
    pub(crate) fn all_keys(&self) -> Vec<Bytes> {
        keyring_frames(&self.admission.keyring)
    }

    fn tell_keyholders(&mut self, frames: &[Bytes]) {
        for (id, peer) in &mut self.peers {
            if !peer.reads_personal {
                continue;
            }
            for frame in frames {
                send(&mut self.outputs, *id, peer, frame);
            }
        }
    }
}

/// All keys of a ring, its generation and what was destroyed, as they are sent; none too long.
pub fn keyring_frames(keyring: &plan::Keyring) -> Vec<Bytes> {
    let mut frames = vec![generation_frame(keyring)];
    frames.extend(key_frames(keyring.keys()));
    frames.extend(erased_frames(keyring.erased()));
    frames
}

/// What a ring is of. The first generation is told too: who was told a later one, before an old backup was put back, goes on
/// in this one.
pub(crate) fn generation_frame(keyring: &plan::Keyring) -> Bytes {
    encode_server(&ServerFrame::Generation(keyring.generation()))
}

fn key_frames(keys: impl Iterator<Item = ItemKey>) -> Vec<Bytes> {
    let keys: Vec<ItemKey> = keys.collect();
    keys.chunks(KEYS_PER_FRAME_MAX)
        .map(|some| encode_server(&ServerFrame::Keys(some.to_vec())))
        .collect()
}

fn erased_frames(names: impl Iterator<Item = KeyName>) -> Vec<Bytes> {
    let names: Vec<KeyName> = names.collect();
    names
        .chunks(ERASED_PER_FRAME_MAX)
        .map(|some| encode_server(&ServerFrame::Erased(some.to_vec())))
        .collect()
}
