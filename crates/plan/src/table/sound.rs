//! Whether a table that was read from bytes holds together: every number in it names something that is there, and what
//! is ordered is in order. So nothing that works on it can reach past an end, whatever the bytes were.
//!
//! It says nothing about whether the table is that of the plan: for that the caller compares a hash.

use std::collections::BTreeSet;

use super::Table;
use super::keys::{Held, KeyRecord, MapPlace};
use super::stream::{ActorRecord, ChangeRecord, OpRecord, Stream};
use super::texts::TextRecord;

/// What does not hold together.
pub(crate) type Unsound = &'static str;

impl Table {
    /// Looks at everything once.
    pub(crate) fn check_sound(&self) -> Result<(), Unsound> {
        self.check_changes()?;
        self.check_actors()?;
        self.stream.check_heads()?;
        let ops = self.stream.ops.iter();
        all(ops, |op| self.is_op(op), "an operation of something that is not there")?;
        self.check_maps()?;
        all(
            &self.keys.keys,
            |key| self.is_key(key),
            "a key of something that is not there",
        )?;
        all(
            (0..).zip(&self.texts),
            |(at, text)| self.is_text(at, text),
            "a text of something that is not there",
        )
    }

    fn has_op(&self, op: u32) -> bool {
        (op as usize) < self.stream.ops.len()
    }

    fn has_change(&self, change: u32) -> bool {
        (change as usize) < self.stream.changes.len()
    }

    fn has_key(&self, key: u32) -> bool {
        (key as usize) < self.keys.keys.len()
    }

    fn has_map(&self, map: u32) -> bool {
        (map as usize) < self.keys.maps.len()
    }

    fn has_text(&self, text: u32) -> bool {
        (text as usize) < self.texts.len()
    }

    fn check_changes(&self) -> Result<(), Unsound> {
        let stream = &self.stream;
        if stream.last.0 >= u64::MAX / 2 {
            return Err("a position that no stream reaches");
        }
        let count = |len: usize| u32::try_from(len).map_err(|_| "more than can be counted");
        let (_, ops) = (count(stream.changes.len())?, count(stream.ops.len())?);
        let (mut seq, mut first_op, mut counter_max) = (0, 0, 0);
        for (ix, change) in (0..).zip(&stream.changes) {
            let next = stream.changes.get(ix as usize + 1).map_or(ops, |next| next.first_op);
            let is_sound = change.seq.0 > seq
                && change.seq <= stream.last
                && change.base <= ix
                && (change.actor as usize) < stream.actors.len()
                && change.first_op == first_op
                && next > change.first_op
                && next <= ops;
            let last_counter = change.last_counter(next.wrapping_sub(change.first_op));
            let (true, Some(last_counter)) = (is_sound, last_counter) else {
                return Err("a change that does not follow the one before");
            };
            counter_max = last_counter.max(counter_max);
            if change.start_op == 0 || !change.has_counter_max(counter_max) {
                return Err("a change with other counters");
            }
            (seq, first_op) = (change.seq.0, next);
        }
        if first_op == ops {
            Ok(())
        } else {
            Err("operations of no change")
        }
    }

    fn check_actors(&self) -> Result<(), Unsound> {
        let stream = &self.stream;
        let ids: BTreeSet<_> = stream.actors.iter().map(|actor| actor.id).collect();
        let changes: usize = stream.actors.iter().map(|actor| actor.changes.len()).sum();
        if ids.len() != stream.actors.len() || changes != stream.changes.len() {
            return Err("actors that are there twice, or changes of no actor");
        }
        all(
            (0..).zip(&stream.actors),
            |(at, actor)| self.is_actor(at, actor),
            "an actor of something that is not there",
        )
    }

    fn is_actor(&self, at: u32, actor: &ActorRecord) -> bool {
        let of = |change: &u32| -> Option<&ChangeRecord> {
            let change = self.stream.changes.get(*change as usize)?;
            (change.actor == at).then_some(change)
        };
        let is_own_write = |(key, own): (&u32, &super::stream::OwnWrite)| {
            self.has_key(*key)
                && of(&own.change).is_some()
                && own.base <= own.change
                && own.live.iter().all(|op| self.has_op(*op))
        };
        !actor.changes.is_empty()
            && actor.changes.iter().all(|change| of(change).is_some())
            && actor.changes.is_sorted_by(|one, next| one < next)
            && actor
                .changes
                .is_sorted_by_key(|change| of(change).map(|change| change.start_op))
            && actor.own_writes.iter().all(is_own_write)
            && actor.own_deleted.iter().all(|op| self.has_op(*op))
    }

    fn is_op(&self, op: &OpRecord) -> bool {
        match *op {
            OpRecord::Put | OpRecord::Delete => true,
            OpRecord::Map(map) => self.has_map(map),
            OpRecord::Text(text) => self.has_text(text),
            OpRecord::Insert { text, deleted, .. } => {
                self.has_text(text) && (deleted == 0 || self.has_change(deleted - 1))
            }
        }
    }

    fn check_maps(&self) -> Result<(), Unsound> {
        let root = self.keys.maps.first().map(|map| map.place);
        let keys: usize = self.keys.maps.iter().map(|map| map.keys.len()).sum();
        if root != Some(MapPlace::Root) || keys != self.keys.keys.len() {
            return Err("no root, or keys of no map");
        }
        for (at, map) in (0_u32..).zip(&self.keys.maps) {
            let is_of_map = |(name, key): (&str, u32)| {
                let record = self.keys.keys.get(key as usize);
                record.is_some_and(|record| record.map == at && *record.name == *name)
            };
            let keys = map.keys.iter().map(|(name, key)| (&**name, *key));
            all(keys, is_of_map, "a map with another's key")?;
        }
        Ok(())
    }

    fn is_key(&self, key: &KeyRecord) -> bool {
        let is_held = |held: &Held| match held {
            Held::Value(_) => true,
            Held::Map(map) => self.has_map(*map),
            Held::Text(text) => self.has_text(*text),
        };
        self.has_map(key.map)
            && key.live.iter().all(|(op, held)| self.has_op(*op) && is_held(held))
            && key.history().is_sorted_by(|(one, _), (next, _)| one < next)
            && key
                .history()
                .all(|(change, ops)| self.has_change(change) && ops.iter().all(|op| self.has_op(*op)))
    }

    fn is_text(&self, at: u32, text: &TextRecord) -> bool {
        let is_of_text =
            |op: u32| matches!(self.stream.ops.get(op as usize), Some(OpRecord::Insert { text, .. }) if *text == at);
        self.has_key(text.key)
            && text.elements.iter().all(|element| is_of_text(element.op))
            && text.elements.iter().filter(|element| !element.deleted).count() == text.alive
    }
}

impl Stream {
    /// The heads that are saved name earlier changes.
    fn check_heads(&self) -> Result<(), Unsound> {
        let is_sound = |(at, heads): (usize, &Vec<u32>)| {
            let before = at.saturating_mul(Self::HEADS_EVERY).min(self.changes.len());
            heads.iter().all(|head| (*head as usize) < before)
        };
        let saved = self.heads.len();
        let due = self.changes.len() / Self::HEADS_EVERY;
        // Before the first set is due there may be none.
        if saved != due + 1 && (saved, due) != (0, 0) {
            return Err("heads that are missing");
        }
        all(self.heads.iter().enumerate(), is_sound, "heads that are not there")
    }
}

fn all<T>(
    each: impl IntoIterator<Item = T>,
    is_sound: impl FnMut(T) -> bool,
    otherwise: Unsound,
) -> Result<(), Unsound> {
    if each.into_iter().all(is_sound) {
        Ok(())
    } else {
        Err(otherwise)
    }
}
