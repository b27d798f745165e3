//! The trait every engine has, so that what is above does not know where entries are kept.

use std::future::Future;

use domain::Seq;

use crate::error::{AppendError, ReadError};
use crate::types::{Append, Committed, Head, Record, StreamId};

/// An append-only log of many streams.
///
/// Each stream has gap-free sequence numbers from 1, given out at commit by one writer. What the `contract` module tests
/// is what callers may rely on, whatever the engine.
pub trait Journal: Send + Sync + 'static {
    /// This engine's [`Tail`].
    type Tail: Tail;

    /// Appends entries, all or none, and answers when they are durable.
    ///
    /// Appends of one caller are taken in the order in which their futures were first polled. Dropping the future does
    /// not take the append back.
    fn append(&self, append: Append) -> impl Future<Output = Result<Committed, AppendError>> + Send;

    /// Entries of a stream from `from` on, in order: as many as fit into `max_bytes` of entries as stored, but at least
    /// one if there is one. Empty means that there is none yet.
    fn read(
        &self,
        stream: StreamId,
        from: Seq,
        max_bytes: usize,
    ) -> impl Future<Output = Result<Vec<Record>, ReadError>> + Send;

    /// History from `from` on, then what is appended from now on, with no gap and no repeat. The stream need not exist
    /// yet.
    fn tail(&self, stream: StreamId, from: Seq) -> Self::Tail;

    /// The end of a stream, or `None` if it has no entry.
    fn head(&self, stream: StreamId) -> Option<Head>;

    /// All streams with their ends, ordered by id.
    fn streams(&self) -> Vec<(StreamId, Head)>;
}

/// A reader that follows a stream at its own pace. It holds no entries between calls: a slow one costs nothing.
pub trait Tail: Send + 'static {
    /// The next entries, at least one; waits until there are some. Dropping the future loses nothing.
    fn next(&mut self) -> impl Future<Output = Result<Vec<Record>, ReadError>> + Send;
}
