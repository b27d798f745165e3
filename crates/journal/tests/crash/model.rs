//! What a journal must hold: an independent account of what was acknowledged, and of what may be there besides.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::{Seq, TimestampMs};
use journal::contract::check_stream;
use journal::{Append, AppendError, Committed, Key, Placed, Record, StreamId};

/// An entry of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) at: TimestampMs,
    pub(crate) payload: Bytes,
}

/// Entries, by stream and in order.
pub(crate) type Contents = BTreeMap<StreamId, Vec<Entry>>;

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    /// What was acknowledged, or seen by a reader.
    pub(crate) known: Contents,
    /// What the last commit group added; only a bit that flipped in it can make it look torn.
    pub(crate) last: Vec<StreamId>,
    /// How many commit groups there are.
    pub(crate) frames: u64,
    /// How many of them are marked durable, durably.
    pub(crate) marked: u64,
    /// What was being written when the end came: all of it is there, or nothing.
    pub(crate) doubt: Vec<(StreamId, Entry)>,
}

/// What an append is answered.
pub(crate) type Answer = Result<Committed, AppendError>;

/// What opening found, compared with the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// What was known.
    Known,
    /// That, and what was in doubt.
    KnownAndDoubt,
    /// What was known without the last commit group.
    LastMissing,
}

impl Model {
    /// What a commit group must be answered, and what it adds.
    pub(crate) fn expect(&self, group: &[Append]) -> (Vec<Answer>, Vec<(StreamId, Entry)>) {
        let mut after = self.known.clone();
        let mut adds = Vec::new();
        let answers = group.iter().map(|append| {
            let entries = after.entry(append.stream).or_default();
            let before = entries.len();
            let records: Vec<Placed> = append.records.iter().map(|new| place(entries, new)).collect();
            let asks_fence = entries.len() > before || records.is_empty();
            let last = Seq(before as u64);
            if asks_fence && append.expect.is_some_and(|expect| expect != last) {
                entries.truncate(before);
                return Err(AppendError::Fenced { last });
            }
            adds.extend(entries[before..].iter().map(|entry| (append.stream, entry.clone())));
            Ok(Committed { records })
        });
        (answers.collect(), adds)
    }

    /// A commit group begins: what it adds is in doubt.
    pub(crate) fn begin(&mut self, adds: Vec<(StreamId, Entry)>) {
        self.doubt = adds;
    }

    /// What was in doubt is known to be there.
    pub(crate) fn commit(&mut self) {
        if !self.doubt.is_empty() {
            self.frames += 1;
            self.last = self.doubt.iter().map(|(stream, _)| *stream).collect();
        }
        for (stream, entry) in self.doubt.drain(..) {
            self.known.entry(stream).or_default().push(entry);
        }
    }

    /// What was in doubt is known not to be there.
    pub(crate) fn give_up(&mut self) {
        self.doubt.clear();
    }

    /// Which of the things that may be there is there.
    pub(crate) fn compare(&self, found: &BTreeMap<StreamId, Vec<Record>>) -> Result<Found, String> {
        let mut contents = Contents::new();
        for (stream, records) in found {
            check_stream(*stream, records);
            let entries = records.iter().map(|record| Entry {
                key: record.key,
                at: record.at,
                payload: record.payload.clone(),
            });
            contents.insert(*stream, entries.collect());
        }
        if contents == self.known {
            return Ok(Found::Known);
        }
        let mut more = self.clone();
        more.commit();
        if contents == more.known {
            return Ok(Found::KnownAndDoubt);
        }
        if contents == self.without_last() {
            return Ok(Found::LastMissing);
        }
        let count = |contents: &Contents| contents.values().map(Vec::len).collect::<Vec<_>>();
        Err(format!(
            "by stream, {:?} entries are there; {:?} were known, {} in doubt",
            count(&contents),
            count(&self.known),
            self.doubt.len()
        ))
    }

    fn without_last(&self) -> Contents {
        let mut contents = self.known.clone();
        for stream in &self.last {
            let entries = contents.entry(*stream).or_default();
            entries.pop();
            if entries.is_empty() {
                contents.remove(stream);
            }
        }
        contents
    }
}

/// Where an entry is, or now is.
fn place(entries: &mut Vec<Entry>, new: &journal::NewRecord) -> Placed {
    if let Some(known) = entries.iter().position(|entry| entry.key == new.key) {
        return Placed {
            seq: Seq(known as u64 + 1),
            at: entries[known].at,
            duplicate: true,
        };
    }
    let at = entries.last().map_or(new.at, |last| last.at.max(new.at));
    entries.push(Entry {
        key: new.key,
        at,
        payload: new.payload.clone(),
    });
    Placed {
        seq: Seq(entries.len() as u64),
        at,
        duplicate: false,
    }
}
