//! The keys of the plan's contacts: what the server gave, and what was made here and is not in its key store yet.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Cell, ItemKey, KeyId, KeyName, Right, Standing};
use plan::{Edit, KeyMaker, Keyring, Replica};
use protocol::{ClientFrame, KEYS_PER_FRAME_MAX};

use crate::session::Session;
use crate::types::Event;

/// Own keys.
#[derive(Debug)]
pub(crate) struct Keys {
    /// All that are here; every replica has a copy.
    pub(crate) ring: Keyring,
    maker: KeyMaker,
    /// Made here, and not known to be in the server's key store; whether each was sent on this connection.
    unsaved: BTreeMap<KeyId, (ItemKey, bool)>,
}

impl Keys {
    pub(crate) const fn new(ring: Keyring, entropy: [u8; 32]) -> Self {
        Self {
            ring,
            maker: KeyMaker::new(entropy),
            unsaved: BTreeMap::new(),
        }
    }

    /// Makes the keys of the items that these edits make, and of those that they are the first to write in a generation.
    fn make_for(&mut self, edits: &[Edit]) -> bool {
        let missing = self.ring.missing_for(edits);
        self.make(&missing)
    }

    fn make(&mut self, missing: &[KeyName]) -> bool {
        for name in missing {
            let key = self.maker.make(*name, self.ring.generation());
            self.ring.add(&key);
            self.unsaved.insert(key.id(), (key, false));
        }
        !missing.is_empty()
    }

    /// A new connection: nothing is sent on it yet.
    pub(crate) fn unsend<'a>(&mut self, unsaved: impl Iterator<Item = &'a Edit>) {
        self.offer_again(unsaved);
        for (_, sent) in self.unsaved.values_mut() {
            *sent = false;
        }
    }

    /// The keys of what is not saved are given again, whether they were sent or stored before: a server does not take those of
    /// who may not write just then, does not keep for ever those that no contact comes for, and one that began on an older
    /// key store does not know what it said once.
    fn offer_again<'a>(&mut self, edits: impl Iterator<Item = &'a Edit>) {
        for edit in edits {
            for key in self
                .ring
                .names_of(edit)
                .into_iter()
                .flat_map(|name| self.ring.all_of(name))
            {
                self.unsaved.insert(key.id(), (key, false));
            }
        }
    }

    fn next_batch(&mut self) -> Option<Vec<ItemKey>> {
        let waiting = self.unsaved.values_mut().filter(|(_, sent)| !sent);
        let batch: Vec<ItemKey> = waiting
            .take(KEYS_PER_FRAME_MAX)
            .map(|(key, sent)| {
                *sent = true;
                *key
            })
            .collect();
        (!batch.is_empty()).then_some(batch)
    }
}

impl Session {
    /// Keys that were made here and are not known to be in the server's key store: without them, the unsaved changes of
    /// new contacts cannot be read by anybody.
    pub fn unsaved_keys(&self) -> impl Iterator<Item = ItemKey> {
        self.keys.unsaved.values().map(|(key, _)| *key)
    }

    /// Makes what keys these edits need.
    pub(crate) fn make_keys_for(&mut self, edits: &[Edit]) {
        if self.keys.make_for(edits) {
            self.hand_out_keys();
        }
    }

    /// The same, for these cells, which are written as they were.
    pub(crate) fn make_keys_in(&mut self, cells: impl Iterator<Item = Cell>) {
        let missing: BTreeSet<KeyName> = cells.filter_map(|cell| self.keys.ring.stale_of(&cell)).collect();
        if self.keys.make(&missing.into_iter().collect::<Vec<_>>()) {
            self.hand_out_keys();
        }
    }

    /// The same, for edits that are made again: who could not read what is personal for a while has lost the keys of the
    /// contacts that wait to be made.
    pub(crate) fn make_lost_keys(&mut self, replica: &mut Replica, edits: &[Edit]) {
        let role = self.standing.map(|standing| standing.role);
        let may_make = role.is_some_and(|role| role.writes() && role.may(Right::ReadPersonal));
        if may_make && self.keys.make_for(edits) {
            self.hand_out_keys();
            replica.set_keyring(self.keys.ring.clone());
        }
    }

    /// What the server does not take, or does not have, is perhaps so because it does not know the keys.
    pub(crate) fn offer_keys_again<'a>(&mut self, edits: impl Iterator<Item = &'a Edit>) {
        self.keys.offer_again(edits);
    }

    /// Sends the keys that the server does not have; before the changes that are sealed with them.
    pub(crate) fn send_keys(&mut self) {
        while let Some(batch) = self.keys.next_batch() {
            self.send(&ClientFrame::Keys(batch));
        }
    }

    /// The server gives keys, or says which of mine are stored, or which was there before mine.
    pub(crate) fn on_keys(&mut self, given: &[ItemKey]) {
        let (mut news, mut is_new) = (Vec::new(), false);
        for key in given {
            let ring = &mut self.keys.ring;
            self.keys.unsaved.remove(&key.id());
            let there = ring.find(key.id());
            if there == Some(*key) {
                continue;
            }
            // What is sealed with a newer key than those that are here comes after it.
            if there.is_some() || ring.get(key.name()).is_none() {
                news.push(key.name());
            }
            ring.replace(key);
            is_new = true;
        }
        if is_new {
            self.hand_out_keys();
        }
        self.keys_changed(&news);
    }

    /// Somebody may no more read what is personal: what is written from now on is sealed with keys that they are not given.
    pub(crate) fn on_generation(&mut self, generation: u32) {
        // Of a server that began on an older state: what came after that has not been.
        let later: Vec<KeyId> = self.keys.ring.keys().map(|key| key.id()).collect();
        for id in later.into_iter().filter(|(_, _, of)| *of > generation) {
            self.keys.ring.forget(id);
            self.keys.unsaved.remove(&id);
        }
        self.keys.ring.set_generation(generation);
        self.hand_out_keys();
    }

    /// Keys were destroyed.
    pub(crate) fn on_erased(&mut self, names: &[KeyName]) {
        let mut news = Vec::new();
        for name in names {
            self.keys.unsaved.retain(|_, (key, _)| key.name() != *name);
            if !self.keys.ring.is_erased(*name) {
                self.keys.ring.erase(*name);
                news.push(*name);
            }
        }
        self.keys_changed(&news);
    }

    /// Who may not read what is personal any more keeps no key to it.
    pub(crate) fn heed_standing(&mut self, standing: Standing) {
        if standing.role.may(Right::ReadPersonal) || self.keys.ring.keys().next().is_none() {
            return;
        }
        let names: Vec<KeyName> = self.keys.ring.keys().map(|key| key.name()).collect();
        self.keys.ring = self.keys.ring.without_keys();
        self.keys.unsaved.clear();
        self.keys_changed(&names);
    }

    /// Gives a replica the keys.
    pub(crate) fn with_keys(&self, mut replica: Replica) -> Replica {
        replica.set_keyring(self.keys.ring.clone());
        replica
    }

    fn keys_changed(&mut self, names: &[KeyName]) {
        if names.is_empty() {
            return;
        }
        self.hand_out_keys();
        let sections = &self.config.schema.sections;
        let is_shown = |replica: &Replica| {
            let sections = || {
                sections
                    .iter()
                    .filter(|section| self.config.schema.has_seals(section.id))
            };
            names
                .iter()
                .any(|(item, _)| sections().any(|section| replica.has_item(section.id, *item)))
        };
        // Any cell of these may read otherwise now.
        if self.replica.as_ref().is_some_and(is_shown) {
            self.tell(Event::Ready);
        }
    }

    fn hand_out_keys(&mut self) {
        let beside = self.opening.as_mut().and_then(|opening| opening.replica_mut());
        for replica in self.replica.iter_mut().chain(beside) {
            replica.set_keyring(self.keys.ring.clone());
        }
    }
}
