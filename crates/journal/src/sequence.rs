//! Which entries of an append are new, and the numbers, times and hashes they get. Shared by all engines, no I/O.

use std::collections::BTreeMap;

use domain::{Seq, TimestampMs};

use crate::error::AppendError;
use crate::segment::foresight::Foreseen;
use crate::types::{Append, ChainHash, Committed, Head, Key, NewRecord, Placed, Record, StreamId};

/// An append that may be written.
pub(crate) struct Sequenced {
    /// The answer, once `records` are durable.
    pub(crate) committed: Committed,
    /// The entries to write; empty if all keys were there already.
    pub(crate) records: Vec<Record>,
}

/// Puts the entries of an append at the end of their stream.
///
/// `foreseen`: what was hashed for it ahead of time. `find` says where a key already is in the stream.
pub(crate) fn sequence<E: From<AppendError>>(
    append: Append,
    last: Option<Head>,
    foreseen: Option<Foreseen>,
    mut find: impl FnMut(&Key) -> Result<Option<(Seq, TimestampMs)>, E>,
) -> Result<Sequenced, E> {
    let Append {
        stream,
        expect,
        records: new,
    } = append;
    let mut head = last.unwrap_or(Head::NONE);
    let before = head.seq;
    // One entry, as most appends have, cannot repeat itself.
    let many = new.len() > 1;
    let mut placed = Vec::with_capacity(new.len());
    let mut records = Vec::with_capacity(new.len());
    let mut own: BTreeMap<Key, Placed> = BTreeMap::new();
    for record in new {
        let known = match own.get(&record.key) {
            Some(place) => Some((place.seq, place.at)),
            None => find(&record.key)?,
        };
        if let Some((seq, at)) = known {
            placed.push(Placed {
                seq,
                at,
                duplicate: true,
            });
            continue;
        }
        let (seq, at) = (head.seq.next(), head.at.max(record.at));
        let chain = hash(stream, head.chain, (seq, at), &record, foreseen.filter(|_| !many));
        head = Head { seq, at, chain };
        let place = Placed {
            seq,
            at,
            duplicate: false,
        };
        if many {
            own.insert(record.key, place);
        }
        placed.push(place);
        records.push(Record {
            stream,
            seq,
            at,
            key: record.key,
            payload: record.payload,
            chain,
        });
    }
    // The fence guards what is written. A repeat of an append that went through writes nothing, and its sender wants to
    // hear where its entries are, not that they have moved the end themselves. (An empty append asks for the fence only.)
    let asks_fence = !records.is_empty() || placed.is_empty();
    if asks_fence && expect.is_some_and(|expect| expect != before) {
        return Err(AppendError::Fenced { last: before }.into());
    }
    Ok(Sequenced {
        committed: Committed { records: placed },
        records,
    })
}

/// The stream's hash with a record: what was foreseen, if it was foreseen from where the stream is. (The stream, the key
/// and the payload are the append's own; with them, that is all that is hashed.)
fn hash(
    stream: StreamId,
    before: ChainHash,
    (seq, at): (Seq, TimestampMs),
    record: &NewRecord,
    foreseen: Option<Foreseen>,
) -> ChainHash {
    let next = || before.next(stream, seq, at, &record.key, &record.payload);
    match foreseen.filter(|foreseen| (foreseen.before, foreseen.seq, foreseen.at) == (before, seq, at)) {
        Some(foreseen) => {
            debug_assert_eq!(foreseen.chain, next(), "a hash is a function of what is hashed");
            foreseen.chain
        }
        None => next(),
    }
}
