//! What every engine must do. An engine's tests call `contract_tests!` with an [`Engine`] that opens it.
#![expect(
    clippy::missing_panics_doc,
    reason = "these are tests: they panic where the contract is broken"
)]

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use domain::{Seq, TimestampMs};
use uuid::Uuid;

use crate::{
    Append, AppendError, ChainHash, Committed, Head, Journal, Key, NewRecord, Placed, ReadError, Record, StreamId, Tail,
};

/// Opens an engine for the contract tests.
pub trait Engine {
    /// The engine.
    type Journal: Journal;

    /// A new, empty journal.
    fn open(&mut self) -> Self::Journal;

    /// The same journal, closed and opened again.
    fn reopen(&mut self, journal: Self::Journal) -> impl Future<Output = Self::Journal>;
}

/// A stream for tests.
pub fn stream(number: u128) -> StreamId {
    StreamId(Uuid::from_u128(number))
}

/// A new record whose key follows from its words.
pub fn record(words: &str, at: i64) -> NewRecord {
    let key = Key(*blake3::hash(words.as_bytes()).as_bytes());
    NewRecord {
        key,
        at: TimestampMs(at),
        payload: Bytes::copy_from_slice(words.as_bytes()),
    }
}

/// An append of records with these words, made at time 0.
pub fn append(stream: StreamId, words: &[&str]) -> Append {
    Append {
        stream,
        expect: None,
        records: words.iter().map(|words| record(words, 0)).collect(),
    }
}

/// All entries of a stream, read in pieces of `max_bytes`.
pub async fn read_all<J: Journal>(journal: &J, stream: StreamId, max_bytes: usize) -> Result<Vec<Record>, ReadError> {
    let mut all: Vec<Record> = Vec::new();
    loop {
        let next = all.last().map_or(Seq(1), |record| record.seq.next());
        let records = journal.read(stream, next, max_bytes).await?;
        if records.is_empty() {
            return Ok(all);
        }
        all.extend(records);
    }
}

fn words(records: &[Record]) -> Vec<&str> {
    records
        .iter()
        .map(|record| std::str::from_utf8(&record.payload).expect("tests write words"))
        .collect()
}

fn seqs(committed: &Committed) -> Vec<u64> {
    committed.records.iter().map(|placed| placed.seq.0).collect()
}

/// Numbers, times and hashes of a stream go on without a gap from its beginning.
pub fn check_stream(stream: StreamId, records: &[Record]) {
    let mut last = Head {
        seq: Seq::ZERO,
        at: TimestampMs(i64::MIN),
        chain: ChainHash::START,
    };
    for record in records {
        assert_eq!((record.stream, record.seq), (stream, last.seq.next()));
        assert!(record.at >= last.at, "time went back at {}", record.seq);
        let chain = last
            .chain
            .next(stream, record.seq, record.at, &record.key, &record.payload);
        assert_eq!(record.chain, chain, "the chain breaks at {}", record.seq);
        last = Head::from(record);
    }
}

/// Entries are numbered from 1, batch after batch, and read back in that order.
pub async fn numbers_have_no_gap<E: Engine>(mut engine: E) {
    let journal = engine.open();
    let id = stream(1);
    assert_eq!(
        seqs(&journal.append(append(id, &["a", "b"])).await.expect("appends")),
        [1, 2]
    );
    assert_eq!(seqs(&journal.append(append(id, &["c"])).await.expect("appends")), [3]);
    let records = read_all(&journal, id, 1 << 20).await.expect("reads");
    assert_eq!(words(&records), ["a", "b", "c"]);
    check_stream(id, &records);
    assert_eq!(journal.head(id), records.last().map(Head::from));
}

/// A stream nobody wrote to is empty.
pub async fn an_unknown_stream_is_empty<E: Engine>(mut engine: E) {
    let journal = engine.open();
    assert_eq!(journal.head(stream(9)), None);
    assert_eq!(journal.streams(), vec![]);
    assert_eq!(journal.read(stream(9), Seq(1), 1000).await.expect("reads"), vec![]);
    journal
        .append(append(stream(9), &[]))
        .await
        .expect("an append of nothing is nothing");
    assert_eq!(journal.streams(), vec![]);
}

/// An append whose fence does not hold changes nothing and hears where the stream ends.
pub async fn a_fence_holds<E: Engine>(mut engine: E) {
    let journal = engine.open();
    let id = stream(1);
    let fenced = |expect: u64, words: &[&str]| Append {
        expect: Some(Seq(expect)),
        ..append(id, words)
    };
    assert_eq!(
        journal.append(fenced(1, &["a"])).await,
        Err(AppendError::Fenced { last: Seq(0) })
    );
    assert_eq!(seqs(&journal.append(fenced(0, &["a"])).await.expect("appends")), [1]);
    assert_eq!(
        journal.append(fenced(0, &["b"])).await,
        Err(AppendError::Fenced { last: Seq(1) })
    );
    assert_eq!(
        journal.append(fenced(0, &[])).await,
        Err(AppendError::Fenced { last: Seq(1) })
    );
    assert_eq!(seqs(&journal.append(fenced(1, &["b"])).await.expect("appends")), [2]);
    // A repeat writes nothing, so the fence has nothing to guard.
    assert_eq!(seqs(&journal.append(fenced(0, &["a"])).await.expect("a repeat")), [1]);
    // With something new in it, it does.
    assert_eq!(
        journal.append(fenced(0, &["a", "c"])).await,
        Err(AppendError::Fenced { last: Seq(2) })
    );
    assert_eq!(words(&read_all(&journal, id, 1000).await.expect("reads")), ["a", "b"]);
}

/// Appends that are on their way see each other: a chain of fences holds without waiting in between.
pub async fn fences_see_what_is_in_flight<E: Engine>(mut engine: E) {
    let journal = engine.open();
    let id = stream(1);
    let mut appends: Vec<_> = (0..50_u64)
        .map(|number| Append {
            expect: Some(Seq(number)),
            ..append(id, &[&format!("entry {number}")])
        })
        .map(|append| Box::pin(journal.append(append)))
        .collect();
    // Polled once each, in order: that is the order in which they are taken.
    let first: Vec<_> =
        poll_fn(|context| Poll::Ready(appends.iter_mut().map(|append| append.as_mut().poll(context)).collect())).await;
    for (append, first) in appends.into_iter().zip(first) {
        let result = match first {
            Poll::Ready(result) => result,
            Poll::Pending => append.await,
        };
        result.expect("every fence holds");
    }
    assert_eq!(journal.head(id).map(|head| head.seq), Some(Seq(50)));
}

/// A key that is there is answered with its old place, in the same append, in a later one, and after a restart.
pub async fn a_repeated_key_adds_nothing<E: Engine>(mut engine: E) {
    let journal = engine.open();
    let id = stream(1);
    let first = Append {
        records: vec![record("a", 5), record("b", 7), record("a", 9)],
        ..append(id, &[])
    };
    let new = |seq, at| Placed {
        seq: Seq(seq),
        at: TimestampMs(at),
        duplicate: false,
    };
    let old = |seq, at| Placed {
        duplicate: true,
        ..new(seq, at)
    };
    let committed = journal.append(first).await.expect("appends");
    assert_eq!(committed.records, [new(1, 5), new(2, 7), old(1, 5)]);
    let again = Append {
        records: vec![record("b", 10), record("c", 10)],
        ..append(id, &[])
    };
    assert_eq!(
        journal.append(again.clone()).await.expect("appends").records,
        [old(2, 7), new(3, 10)]
    );
    // Keys belong to a stream.
    assert_eq!(
        seqs(&journal.append(append(stream(2), &["a"])).await.expect("appends")),
        [1]
    );
    let journal = engine.reopen(journal).await;
    assert_eq!(
        journal.append(again).await.expect("appends").records,
        [old(2, 7), old(3, 10)]
    );
    assert_eq!(
        words(&read_all(&journal, id, 1000).await.expect("reads")),
        ["a", "b", "c"]
    );
}

/// The same key sent by many at once is stored once.
pub async fn the_same_key_at_once_is_stored_once<E: Engine>(mut engine: E) {
    let journal = Arc::new(engine.open());
    let id = stream(1);
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let journal = Arc::clone(&journal);
        waiting.spawn(async move { journal.append(append(id, &["x"])).await });
    }
    let placed: Vec<Placed> = waiting
        .join_all()
        .await
        .into_iter()
        .flat_map(|result| result.expect("appends").records)
        .collect();
    assert!(placed.iter().all(|placed| placed.seq == Seq(1)));
    assert_eq!(placed.iter().filter(|placed| !placed.duplicate).count(), 1);
    assert_eq!(journal.head(id).map(|head| head.seq), Some(Seq(1)));
}

/// A clock that goes back does not take the stream's time back.
pub async fn time_never_goes_back<E: Engine>(mut engine: E) {
    let journal = engine.open();
    let id = stream(1);
    for (words, at) in [("a", 100), ("b", 50), ("c", 150)] {
        let append = Append {
            records: vec![record(words, at)],
            ..append(id, &[])
        };
        journal.append(append).await.expect("appends");
    }
    let journal = engine.reopen(journal).await;
    let append = Append {
        records: vec![record("d", -3)],
        ..append(id, &[])
    };
    let placed = journal.append(append).await.expect("appends").records;
    assert_eq!(placed.first().map(|placed| placed.at), Some(TimestampMs(150)));
    let records = read_all(&journal, id, 1000).await.expect("reads");
    let times: Vec<i64> = records.iter().map(|record| record.at.0).collect();
    assert_eq!(times, [100, 100, 150, 150]);
}

/// What was acknowledged is there after closing and opening, the hashes included.
pub async fn a_restart_changes_nothing<E: Engine>(mut engine: E) {
    let journal = engine.open();
    for number in 0..40 {
        let id = stream(number % 4);
        let big = format!(
            "entry {number} {}",
            "x".repeat(usize::try_from(number * 7).expect("small"))
        );
        journal.append(append(id, &[&big])).await.expect("appends");
    }
    let (before, streams) = (snapshot(&journal).await, journal.streams());
    let journal = engine.reopen(journal).await;
    assert_eq!(snapshot(&journal).await, before);
    assert_eq!(journal.streams(), streams);
    for (id, records) in &before {
        check_stream(*id, records);
        let next = records.len() as u64 + 1;
        assert_eq!(
            seqs(&journal.append(append(*id, &["after"])).await.expect("appends")),
            [next]
        );
    }
}

async fn snapshot<J: Journal>(journal: &J) -> BTreeMap<StreamId, Vec<Record>> {
    let mut all = BTreeMap::new();
    for (id, head) in journal.streams() {
        let records = read_all(journal, id, 300).await.expect("reads");
        assert_eq!(records.last().map(Head::from), Some(head));
        all.insert(id, records);
    }
    all
}

/// A read gives at least one entry, no more bytes than asked for otherwise, and begins where it was told to.
pub async fn reads_are_bounded<E: Engine>(mut engine: E) {
    let journal = engine.open();
    let id = stream(1);
    let texts: Vec<String> = (0..30).map(|number| format!("{number:0100}")).collect();
    for text in &texts {
        journal.append(append(id, &[text])).await.expect("appends");
    }
    let read = async |from, max| journal.read(id, Seq(from), max).await.expect("reads");
    assert_eq!(
        read(5, 0).await.iter().map(|record| record.seq.0).collect::<Vec<_>>(),
        [5]
    );
    let some = read(5, 1000).await;
    assert!(
        (2..10).contains(&some.len()),
        "{} entries of 100 bytes in 1000 bytes",
        some.len()
    );
    assert_eq!(some.first().map(|record| record.seq), Some(Seq(5)));
    assert_eq!(read(0, usize::MAX).await.len(), 30);
    assert_eq!(read(31, 1000).await, vec![]);
    assert_eq!(read(u64::MAX, 1000).await, vec![]);
    for max in [1, 250, 1000, 1 << 20] {
        let all = read_all(&journal, id, max).await.expect("reads");
        assert_eq!(words(&all), texts);
    }
}

/// Many streams written at once do not mix.
pub async fn many_streams_do_not_mix<E: Engine>(mut engine: E) {
    let journal = Arc::new(engine.open());
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..20_u128 {
        let journal = Arc::clone(&journal);
        writers.spawn(async move {
            for batch in 0..10 {
                let texts = [format!("{number} {batch} first"), format!("{number} {batch} second")];
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                journal.append(append(stream(number), &texts)).await.expect("appends");
            }
        });
    }
    writers.join_all().await;
    for number in 0..20_u128 {
        let records = read_all(&*journal, stream(number), 500).await.expect("reads");
        check_stream(stream(number), &records);
        let expected: Vec<String> = (0..10)
            .flat_map(|batch| [format!("{number} {batch} first"), format!("{number} {batch} second")])
            .collect();
        assert_eq!(words(&records), expected);
    }
    assert_eq!(journal.streams().len(), 20);
}

/// Tails that begin anywhere, before, while and after many write, see every entry from there on once, in order.
pub async fn a_tail_has_no_gap_and_no_repeat<E: Engine>(mut engine: E) {
    const WRITERS: u64 = 4;
    const EACH: u64 = 50;
    let journal = Arc::new(engine.open());
    let id = stream(1);
    journal
        .append(append(id, &["history 1", "history 2", "history 3"]))
        .await
        .expect("appends");
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let journal = Arc::clone(&journal);
        writers.spawn(async move {
            for number in 0..EACH {
                journal
                    .append(append(id, &[&format!("{writer} {number}")]))
                    .await
                    .expect("appends");
            }
        });
    }
    let last = 3 + WRITERS * EACH;
    let mut tails = tokio::task::JoinSet::new();
    for from in [0, 1, 2, 3, 4, 10, 100, last] {
        let mut tail = journal.tail(id, Seq(from));
        tails.spawn(async move {
            let mut seen: Vec<u64> = Vec::new();
            while seen.last() != Some(&last) {
                let records = tail.next().await.expect("reads");
                assert!(!records.is_empty(), "a tail gives at least one entry");
                seen.extend(records.iter().map(|record| record.seq.0));
            }
            assert_eq!(seen, (from.max(1)..=last).collect::<Vec<_>>());
        });
        tokio::task::yield_now().await;
    }
    writers.join_all().await;
    tails.join_all().await;
    check_stream(id, &read_all(&*journal, id, 1 << 20).await.expect("reads"));
}

/// A tail on a stream that does not exist waits for its first entry; one that gave up waiting loses nothing.
pub async fn a_tail_waits_for_a_stream_to_begin<E: Engine>(mut engine: E) {
    let journal = engine.open();
    let mut tail = journal.tail(stream(1), Seq(1));
    let other = journal.append(append(stream(2), &["elsewhere"]));
    tokio::select! {
        biased;
        records = tail.next() => panic!("nothing was appended, but a tail got {records:?}"),
        result = other => { result.expect("appends"); }
    }
    journal.append(append(stream(1), &["a"])).await.expect("appends");
    assert_eq!(words(&tail.next().await.expect("reads")), ["a"]);
}

/// An append that is too large is refused and leaves nothing.
pub async fn a_too_large_append_is_refused<E: Engine>(mut engine: E) {
    let journal = engine.open();
    let mut large = append(stream(1), &["small"]);
    let payload = Bytes::from(vec![7; crate::APPEND_BYTES_MAX]);
    large.records.push(NewRecord {
        payload,
        ..record("large", 0)
    });
    let refused = journal.append(large).await;
    assert!(matches!(refused, Err(AppendError::TooLarge { .. })), "{refused:?}");
    assert_eq!(journal.head(stream(1)), None);
}

/// Makes the contract's tests for an engine: `contract_tests!(module_name, engine_expression)`.
#[macro_export]
macro_rules! contract_tests {
    ($module:ident, $engine:expr) => {
        mod $module {
            #[allow(unused_imports, reason = "the engine expression may need nothing from outside")]
            use super::*;

            $crate::contract_tests!(@each $engine,
                numbers_have_no_gap, an_unknown_stream_is_empty, a_fence_holds, fences_see_what_is_in_flight,
                a_repeated_key_adds_nothing, the_same_key_at_once_is_stored_once, time_never_goes_back,
                a_restart_changes_nothing, reads_are_bounded, many_streams_do_not_mix,
                a_tail_has_no_gap_and_no_repeat, a_tail_waits_for_a_stream_to_begin, a_too_large_append_is_refused);
        }
    };
    (@each $engine:expr, $($test:ident),*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                $crate::contract::$test($engine).await;
            }
        )*
    };
}
