//! Where every record is, in memory: per stream its place by number, and its number by key.
//!
//! A record costs 16 bytes for its place and 6 to 12 in the table of keys (a `u32` and a control byte, at a load
//! between 7/16 and 7/8), whatever its size: about 25 MiB for a million. Keys themselves are not kept: the table finds
//! the records whose key has the same 32-bit fingerprint, and the caller reads them to be sure. The fingerprint is
//! salted at start, so that nobody can prepare keys that all collide.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use domain::Seq;
use hashbrown::HashTable;

use crate::types::{Head, Key, Record, StreamId};

/// Where a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) segment: u32,
    pub(crate) offset: u32,
    pub(crate) bytes: u32,
}

impl Place {
    /// The place right behind it.
    pub(crate) fn end(&self) -> u64 {
        u64::from(self.offset) + u64::from(self.bytes)
    }
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    place: Place,
    fingerprint: u32,
}

/// All streams.
#[derive(Debug, Default)]
pub(crate) struct Index {
    streams: BTreeMap<StreamId, Stream>,
    salt: RandomState,
}

#[derive(Debug)]
struct Stream {
    head: Head,
    /// By number: the first has number 1.
    entries: Vec<Entry>,
    /// Positions in `entries`, by fingerprint.
    keys: HashTable<u32>,
}

impl Index {
    /// The end of a stream.
    pub(crate) fn head(&self, stream: StreamId) -> Option<Head> {
        self.streams.get(&stream).map(|stream| stream.head)
    }

    /// All streams with their ends.
    pub(crate) fn heads(&self) -> Vec<(StreamId, Head)> {
        self.streams.iter().map(|(id, stream)| (*id, stream.head)).collect()
    }

    /// Adds the next record of a stream.
    pub(crate) fn push(&mut self, record: &Record, place: Place) {
        let fingerprint = self.fingerprint(&record.key);
        let head = Head::from(record);
        let stream = self.streams.entry(record.stream).or_insert_with(|| Stream {
            head,
            entries: Vec::new(),
            keys: HashTable::new(),
        });
        assert_eq!(
            record.seq.0,
            stream.entries.len() as u64 + 1,
            "the sequence of a stream has no gap"
        );
        let position = u32::try_from(stream.entries.len()).expect("4 billion entries fill no memory we can have");
        stream.head = head;
        stream.entries.push(Entry { place, fingerprint });
        let entries = &stream.entries;
        let hash_of = |position: &u32| {
            entries
                .get(*position as usize)
                .map_or(0, |entry| spread(entry.fingerprint))
        };
        stream.keys.insert_unique(spread(fingerprint), position, hash_of);
    }

    /// The records of a stream that may have this key: nearly always none, or the one.
    pub(crate) fn candidates(&self, stream: StreamId, key: &Key) -> Vec<(Seq, Place)> {
        let fingerprint = self.fingerprint(key);
        let Some(stream) = self.streams.get(&stream) else {
            return Vec::new();
        };
        let positions = stream.keys.iter_hash(spread(fingerprint));
        let entries = positions.filter_map(|position| Some((*position, stream.entries.get(*position as usize)?)));
        let same = entries.filter(|(_, entry)| entry.fingerprint == fingerprint);
        same.map(|(position, entry)| (Seq(u64::from(position) + 1), entry.place))
            .collect()
    }

    /// The places of a stream's records from a number on: as many as have `max_bytes` together, at least one.
    pub(crate) fn places(&self, stream: StreamId, from: Seq, max_bytes: usize) -> Vec<Place> {
        let skip = usize::try_from(from.0.saturating_sub(1)).unwrap_or(usize::MAX);
        let entries = self
            .streams
            .get(&stream)
            .and_then(|stream| stream.entries.get(skip..))
            .unwrap_or_default();
        let mut bytes = 0_usize;
        let fit = entries.iter().take_while(|entry| {
            let first = bytes == 0;
            bytes = bytes.saturating_add(entry.place.bytes as usize);
            first || bytes <= max_bytes
        });
        fit.map(|entry| entry.place).collect()
    }

    fn fingerprint(&self, key: &Key) -> u32 {
        let [a, b, c, d, ..] = self.salt.hash_one(key).to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }
}

/// A fingerprint's 32 bits over all 64: the table takes its tag from the top ones.
fn spread(fingerprint: u32) -> u64 {
    u64::from(fingerprint).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use domain::TimestampMs;

    use super::*;
    use crate::types::ChainHash;

    fn record(seq: u64) -> Record {
        Record {
            stream: StreamId::WORKSPACE,
            seq: Seq(seq),
            at: TimestampMs(0),
            key: Key(*blake3::hash(&seq.to_le_bytes()).as_bytes()),
            payload: Bytes::new(),
            chain: ChainHash::START,
        }
    }

    fn place(seq: u64) -> Place {
        Place {
            segment: 1,
            offset: u32::try_from(seq).expect("small"),
            bytes: 10,
        }
    }

    #[test]
    fn every_key_is_found_and_no_other() {
        let mut index = Index::default();
        // Two of so many have one fingerprint in one run of 340: the caller reads the records to be sure.
        let mut others = 0;
        for seq in 1..=5_000 {
            others += index.candidates(StreamId::WORKSPACE, &record(seq).key).len();
            index.push(&record(seq), place(seq));
        }
        assert!(others <= 2, "{others} keys have the fingerprint of another");
        for seq in 1..=5_000 {
            assert!(
                index
                    .candidates(StreamId::WORKSPACE, &record(seq).key)
                    .contains(&(Seq(seq), place(seq)))
            );
        }
    }

    #[test]
    fn places_respect_the_bytes_but_give_at_least_one() {
        let mut index = Index::default();
        (1..=10).for_each(|seq| index.push(&record(seq), place(seq)));
        let offsets = |from, max| -> Vec<u32> {
            index
                .places(StreamId::WORKSPACE, Seq(from), max)
                .iter()
                .map(|place| place.offset)
                .collect()
        };
        assert_eq!(offsets(1, 35), [1, 2, 3]);
        assert_eq!(offsets(0, 35), [1, 2, 3]);
        assert_eq!(offsets(9, 1000), [9, 10]);
        assert_eq!(offsets(4, 0), [4]);
        assert_eq!(offsets(11, 1000), [0_u32; 0]);
        assert_eq!(offsets(u64::MAX, 1000), [0_u32; 0]);
    }

    #[test]
    fn an_entry_takes_sixteen_bytes() {
        assert_eq!(size_of::<Entry>(), 16);
    }
}
