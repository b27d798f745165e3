//! The plan's maps and keys, and what is live in each of them: now, at any earlier base, and for any actor.

use std::collections::BTreeMap;

use domain::{Cell, ItemId, Part, Scalar, SectionId};
use serde::{Deserialize, Serialize};

use super::stream::{ChangeIx, OpIx, Past, Stream};

/// The root map's number.
pub(crate) const ROOT: u32 = 0;

/// What a map is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MapPlace {
    /// The document's root.
    Root,
    /// A section.
    Section(SectionId),
    /// One of an item's maps; `Fields` is the item itself.
    Part(SectionId, ItemId, Part),
}

/// A map of the document.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MapRecord {
    pub(crate) place: MapPlace,
    /// Its keys, once written. Ordered, so that nobody can choose keys that collide.
    pub(crate) keys: BTreeMap<Box<str>, u32>,
}

/// What a live operation put at a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Held {
    /// A value.
    Value(Scalar),
    /// A map, by its number.
    Map(u32),
    /// A text, by its number.
    Text(u32),
}

/// The live operations of a key after some change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Live {
    None,
    One(OpIx),
    /// A conflict.
    Many(Box<[OpIx]>),
}

impl Live {
    fn of(mut ops: impl ExactSizeIterator<Item = OpIx>) -> Self {
        match ops.len() {
            0 => Self::None,
            1 => ops.next().map_or(Self::None, Self::One),
            _ => Self::Many(ops.collect()),
        }
    }

    fn ops(&self) -> &[OpIx] {
        match self {
            Self::None => &[],
            Self::One(op) => std::slice::from_ref(op),
            Self::Many(ops) => ops,
        }
    }
}

/// A key of a map.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KeyRecord {
    pub(crate) map: u32,
    pub(crate) name: Box<str>,
    /// What is there now.
    pub(crate) live: Vec<(OpIx, Held)>,
    /// What was live after each change that wrote it.
    history: Vec<(ChangeIx, Live)>,
}

impl KeyRecord {
    fn live_at(&self, base: u32) -> &[OpIx] {
        let seen = match self.history.last() {
            Some((change, _)) if *change < base => self.history.len(),
            _ => self.history.partition_point(|(change, _)| *change < base),
        };
        seen.checked_sub(1).map_or(&[], |at| self.history[at].1.ops())
    }

    /// What was live after each change that wrote it.
    pub(crate) fn history(&self) -> impl Iterator<Item = (ChangeIx, &[OpIx])> {
        self.history.iter().map(|(change, live)| (*change, live.ops()))
    }

    /// Notes what is live after a change that wrote the key.
    pub(crate) fn note(&mut self, change: ChangeIx) {
        self.history
            .push((change, Live::of(self.live.iter().map(|(op, _)| *op))));
    }
}

/// All maps and keys.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Keys {
    pub(crate) maps: Vec<MapRecord>,
    pub(crate) keys: Vec<KeyRecord>,
}

impl Keys {
    pub(crate) fn new() -> Self {
        let root = MapRecord {
            place: MapPlace::Root,
            keys: BTreeMap::new(),
        };
        Self {
            maps: vec![root],
            keys: Vec::new(),
        }
    }

    /// The place of a map.
    pub(crate) fn place(&self, map: u32) -> MapPlace {
        self.maps[map as usize].place
    }

    /// A key that has been written.
    pub(crate) fn find(&self, map: u32, name: &str) -> Option<u32> {
        self.maps[map as usize].keys.get(name).copied()
    }

    /// The record of a key.
    pub(crate) fn key(&self, key: u32) -> &KeyRecord {
        &self.keys[key as usize]
    }

    /// A key's number, new if need be.
    pub(crate) fn intern(&mut self, map: u32, name: &str) -> u32 {
        if let Some(key) = self.find(map, name) {
            return key;
        }
        let key = Stream::number(self.keys.len());
        self.keys.push(KeyRecord {
            map,
            name: name.into(),
            live: Vec::new(),
            history: Vec::new(),
        });
        self.maps[map as usize].keys.insert(name.into(), key);
        key
    }

    /// Adds a map.
    pub(crate) fn push_map(&mut self, place: MapPlace) -> u32 {
        let map = Stream::number(self.maps.len());
        self.maps.push(MapRecord {
            place,
            keys: BTreeMap::new(),
        });
        map
    }

    /// Takes out the keys and maps that were added after there were so many.
    pub(crate) fn truncate(&mut self, keys: usize, maps: usize) {
        for key in self.keys.drain(keys..) {
            self.maps[key.map as usize].keys.remove(&key.name);
        }
        self.maps.truncate(maps);
    }

    /// The map that lives at a key.
    pub(crate) fn map_at(&self, map: u32, name: &str) -> Option<u32> {
        self.key(self.find(map, name)?)
            .live
            .iter()
            .find_map(|(_, held)| match held {
                Held::Map(map) => Some(*map),
                Held::Value(_) | Held::Text(_) => None,
            })
    }

    /// The map of a section.
    pub(crate) fn section(&self, section: SectionId) -> Option<u32> {
        self.map_at(ROOT, section.as_str())
    }

    /// One of an item's maps.
    pub(crate) fn part(&self, section: SectionId, item: ItemId, part: Part) -> Option<u32> {
        let fields = self.map_at(self.section(section)?, &item.to_string())?;
        match part.map_key() {
            None => Some(fields),
            Some(key) => self.map_at(fields, key),
        }
    }

    /// The key of a cell, if it has ever been written.
    pub(crate) fn of_cell(&self, cell: &Cell) -> Option<u32> {
        self.find(self.part(cell.section, cell.item, cell.part)?, &cell.key)
    }

    /// The cell of a key in an item's maps.
    pub(crate) fn cell(&self, key: u32) -> Option<Cell> {
        let record = self.key(key);
        cell_in(self.place(record.map), &record.name)
    }

    /// What is live at a key in a past: as of its base, but for what the actor has written over it since.
    pub(crate) fn live_in(&self, stream: &Stream, past: Past, key: u32) -> Vec<OpIx> {
        let at_base = self.key(key).live_at(past.base);
        let own = past
            .actor
            .and_then(|actor| stream.actor_record(actor).own_writes.get(&key));
        let Some(own) = own.filter(|own| own.change >= past.base) else {
            return at_base.to_vec();
        };
        let (base_end, own_base_end) = (stream.first_op_after(past.base), stream.first_op_after(own.base));
        // Of what the own write left: its own operations (nobody in the past has seen them), and what still lives.
        let left = own.live.iter().copied();
        let mut live: Vec<OpIx> = left.filter(|op| *op >= base_end || at_base.contains(op)).collect();
        // And what the own write had not seen.
        live.extend(at_base.iter().copied().filter(|op| {
            let unseen = *op >= own_base_end && Some(stream.change(stream.change_of(*op)).actor) != past.actor;
            unseen && !own.live.contains(op)
        }));
        live
    }
}

/// The cell that a key of a map is, if that map is one of an item's.
pub(crate) fn cell_in(place: MapPlace, key: &str) -> Option<Cell> {
    match place {
        MapPlace::Part(section, item, part) => Some(Cell {
            section,
            item,
            part,
            key: key.to_owned(),
        }),
        MapPlace::Root | MapPlace::Section(_) => None,
    }
}
