//! Hashing ahead of the writer.
//!
//! The chain's hash is the dearest thing the writer does for an entry: more than half a microsecond of the three that
//! it has, while the disk waits for it. Those who append have time: they wait for the disk anyway. So they work out
//! what their entry will get, if all that was queued before goes through, and the writer takes the hash if that is what
//! came to pass. It is a function of what the writer compares, so nothing depends on a guess being right.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{Seq, TimestampMs};

use crate::types::{Append, ChainHash, Head, StreamId};

/// Longer entries are hashed by the writer: everybody who appends would wait meanwhile.
const PAYLOAD_BYTES_MAX: usize = 4096;

/// What an entry will get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Foreseen {
    /// The stream's hash before it.
    pub(crate) before: ChainHash,
    pub(crate) seq: Seq,
    pub(crate) at: TimestampMs,
    /// The stream's hash with it.
    pub(crate) chain: ChainHash,
}

/// Where streams will end once all that is queued is written.
#[derive(Debug, Default)]
pub(crate) struct Foresight {
    /// Only streams with something queued.
    streams: Mutex<HashMap<StreamId, End>>,
}

#[derive(Debug)]
struct End {
    head: Head,
    queued: usize,
    /// Something came otherwise: nothing is foreseen until all that is queued is written.
    lost: bool,
}

impl Foresight {
    /// Queues an append by `send`, with what it will get. `Err`: it was not queued.
    pub(crate) fn queue<T, E>(
        &self,
        append: Append,
        head: impl FnOnce() -> Option<Head>,
        send: impl FnOnce(Append, Option<Foreseen>) -> Result<T, E>,
    ) -> Result<T, E> {
        if !is_foreseen(&append) {
            return send(append, None);
        }
        let stream = append.stream;
        let mut streams = self.lock();
        let end = streams.entry(stream).or_insert_with(|| End {
            head: head().unwrap_or(Head::NONE),
            queued: 0,
            lost: false,
        });
        let foreseen = if end.lost { None } else { foresee(&append, end.head) };
        // Under the lock: what is foreseen in this order is queued in this order.
        let queued = send(append, foreseen);
        if queued.is_ok() {
            end.queued += 1;
            if let Some(Foreseen { seq, at, chain, .. }) = foreseen {
                end.head = Head { seq, at, chain };
            }
        } else if end.queued == 0 {
            streams.remove(&stream);
        }
        queued
    }

    /// These of the queued appends are written or refused; `true`: what was foreseen did not come to pass.
    pub(crate) fn done(&self, appends: impl Iterator<Item = (StreamId, bool)>) {
        let mut streams = self.lock();
        for (stream, missed) in appends {
            if let Some(end) = streams.get_mut(&stream) {
                end.lost |= missed;
                end.queued = end.queued.saturating_sub(1);
                if end.queued == 0 {
                    streams.remove(&stream);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<StreamId, End>> {
        // A panic under it leaves at worst a head that does not come to pass.
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an append is one that is foreseen, and counted.
pub(crate) fn is_foreseen(append: &Append) -> bool {
    matches!(append.records.as_slice(), [record] if record.payload.len() <= PAYLOAD_BYTES_MAX)
}

fn foresee(append: &Append, head: Head) -> Option<Foreseen> {
    let record = append.records.first()?;
    let (seq, at) = (head.seq.next(), head.at.max(record.at));
    Some(Foreseen {
        before: head.chain,
        seq,
        at,
        chain: head.chain.next(append.stream, seq, at, &record.key, &record.payload),
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::types::{Key, NewRecord};

    fn append(number: u8) -> Append {
        let record = NewRecord {
            key: Key([number; 32]),
            at: TimestampMs(i64::from(number)),
            payload: Bytes::from_static(b"words"),
        };
        Append {
            stream: StreamId::WORKSPACE,
            expect: None,
            records: vec![record],
        }
    }

    fn queue(foresight: &Foresight, number: u8, head: Option<Head>) -> Option<Foreseen> {
        let queued = foresight.queue(append(number), || head, |_, foreseen| Ok::<_, ()>(foreseen));
        queued.expect("it is queued")
    }

    #[test]
    fn each_builds_upon_what_is_queued_before_it() {
        let foresight = Foresight::default();
        let first = queue(&foresight, 1, None).expect("foreseen");
        let second = queue(&foresight, 2, None).expect("foreseen");
        assert_eq!((first.seq, first.before), (Seq(1), ChainHash::START));
        assert_eq!((second.seq, second.before), (Seq(2), first.chain));
        foresight.done([(StreamId::WORKSPACE, false), (StreamId::WORKSPACE, false)].into_iter());
        // Nothing is queued: what is written is asked for.
        let third = queue(&foresight, 3, None).expect("foreseen");
        assert_eq!(third.seq, Seq(1));
    }

    #[test]
    fn after_a_miss_nothing_is_foreseen_until_all_is_written() {
        let foresight = Foresight::default();
        queue(&foresight, 1, None).expect("foreseen");
        queue(&foresight, 2, None).expect("foreseen");
        foresight.done([(StreamId::WORKSPACE, true)].into_iter());
        assert_eq!(queue(&foresight, 3, None), None);
        foresight.done([(StreamId::WORKSPACE, true), (StreamId::WORKSPACE, false)].into_iter());
        let head = Head {
            seq: Seq(7),
            ..Head::NONE
        };
        assert_eq!(
            queue(&foresight, 4, Some(head)).map(|foreseen| foreseen.seq),
            Some(Seq(8))
        );
    }

    #[test]
    fn what_was_not_queued_leaves_nothing() {
        let foresight = Foresight::default();
        let refused = foresight.queue(append(1), || None, |_, _| Err::<(), _>("full"));
        assert_eq!(refused, Err("full"));
        assert!(foresight.lock().is_empty());
    }
}
