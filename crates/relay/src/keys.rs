//! The keys of contacts: who gives them, who is given them, and that none is on disk later than what it seals.

use bytes::Bytes;
use domain::seal::SEALED_PREFIX;
use domain::{ItemId, ItemKey, KeyName, Right, SectionId, TimestampMs};
use plan::edit::Edit;
use protocol::{Bye, KEYS_PER_FRAME_MAX, PeerId, ServerFrame, encode_server};

use crate::limits::KEYS_UNCLAIMED_MAX;
use crate::output::Output;
use crate::peers::send;
use crate::room::Room;

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
        let Some(stored) = self.storing.pop_front() else { return };
        self.tell_keyholders(&key_frames(stored.into_iter()));
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

    /// A peer offers keys of the contacts that it makes.
    pub(crate) fn on_keys(&mut self, now: TimestampMs, id: PeerId, offered: &[ItemKey]) {
        if offered.len() > KEYS_PER_FRAME_MAX {
            return self.close(now, id, Bye::BadFrame("too many keys at once".to_owned()));
        }
        let Some(peer) = self.peers.get(&id) else { return };
        let author = self.access.author(peer.visitor);
        if !author.is_some_and(|author| author.standing.role.may(Right::EditContent)) {
            return; // what it makes is refused, with the reason
        }
        let (known, new): (Vec<ItemKey>, Vec<ItemKey>) =
            offered.iter().partition(|key| self.admission.keyring.knows(key.name()));
        self.answer_known(id, &known);
        if !self.has_room_for_keys(new.len()) {
            return self.close(now, id, Bye::TooMuch);
        }
        self.store_keys(new);
    }

    /// The first key stays: who offers another one is told which, or that it was destroyed.
    fn answer_known(&mut self, id: PeerId, known: &[ItemKey]) {
        let keyring = &self.admission.keyring;
        let waits = |key: &ItemKey| self.storing.iter().flatten().any(|other| other == key);
        let there = known.iter().filter_map(|key| keyring.get(key.name()));
        // What is on its way to the disk is confirmed when it is there.
        let mut frames = key_frames(there.filter(|key| !waits(key)));
        let gone = known.iter().map(ItemKey::name);
        frames.extend(erased_frames(gone.filter(|name| keyring.get(*name).is_none())));
        if let Some(peer) = self.peers.get_mut(&id) {
            for frame in &frames {
                send(&mut self.outputs, id, peer, frame);
            }
        }
    }

    /// Whether so many more keys may come: two for each contact, and some for contacts that are still to come.
    fn has_room_for_keys(&self, more: usize) -> bool {
        let keyring = &self.admission.keyring;
        let most = 2 * self.sealed_items().count() + KEYS_UNCLAIMED_MAX;
        // Counting the contacts is only worth it in a plan that has many keys.
        keyring.len() + more <= KEYS_UNCLAIMED_MAX || keyring.len() + more <= most
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
        let is_sealed = |(section, item): &(SectionId, ItemId)| {
            let mut cells = table.cells(*section, *item).into_iter();
            cells.any(|(_, value)| value.as_str().is_some_and(|text| text.starts_with(SEALED_PREFIX)))
        };
        let lacks = |item: &(SectionId, ItemId)| {
            keyring
                .names_for(item.0, item.1)
                .iter()
                .any(|name| !keyring.knows(*name))
        };
        let items = self.sealed_items().filter(lacks).filter(|item| !is_sealed(item));
        let names = items.flat_map(|(section, item)| keyring.names_for(section, item));
        let missing: Vec<KeyName> = names.filter(|name| !keyring.knows(*name)).collect();
        self.make_keys(missing);
    }

    /// The server makes items for somebody: it makes their keys too.
    pub(crate) fn make_keys_for(&mut self, edits: &[Edit]) {
        let missing = self.admission.keyring.missing_for(edits);
        self.make_keys(missing);
    }

    fn make_keys(&mut self, names: Vec<KeyName>) {
        let keys = names.into_iter().map(|name| self.key_maker.make(name)).collect();
        self.store_keys(keys);
    }

    fn store_keys(&mut self, keys: Vec<ItemKey>) {
        let keyring = &mut self.admission.keyring;
        let new: Vec<ItemKey> = keys.into_iter().filter(|key| keyring.add(key)).collect();
        if !new.is_empty() {
            self.storing.push_back(new.clone());
            self.outputs.push(Output::StoreKeys(new));
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

/// All keys of a ring and what was destroyed, as they are sent; none too long.
pub fn keyring_frames(keyring: &plan::Keyring) -> Vec<Bytes> {
    let mut frames = key_frames(keyring.keys());
    frames.extend(erased_frames(keyring.erased()));
    frames
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
