//! The segment journal without threads, for a simulation: the same writer, recovery and reader, stepped by the caller,
//! so that a seed is a run. What a disk sees is what it sees of a [`super::SegmentJournal`] that is never hurried.

use std::io;
use std::sync::Arc;

use domain::Seq;
use tokio::sync::oneshot;

use super::allocate::{Background, Finish, Job};
use super::disk::Disk;
use super::shared::Shared;
use super::writer::{Request, Waiting, Writer};
use super::{Options, recover};
use crate::error::{AppendError, OpenError, ReadError};
use crate::types::{Append, Committed, Head, Record, StreamId};

/// A journal on a disk whose writer does one thing when it is told to. Dropping it is a crash; see
/// [`SteppedJournal::close`].
pub struct SteppedJournal {
    writer: Writer,
    shared: Arc<Shared>,
    append_bytes_max: usize,
}

/// A background that is none: a job is done when it has begun.
struct AtOnce;

impl Background for AtOnce {
    fn start(&self, mut job: Job) -> io::Result<Finish> {
        while job() {}
        Ok(Box::new(|| true))
    }
}

impl SteppedJournal {
    /// Opens the journal on a disk, or begins one there. What else works in the background is done at once.
    pub fn open_on(disk: Arc<dyn Disk>, options: Options) -> Result<Self, OpenError> {
        Self::open_with(disk, options, Arc::new(AtOnce))
    }

    /// The same with a background of the caller's.
    pub fn open_with(
        disk: Arc<dyn Disk>,
        options: Options,
        background: Arc<dyn Background>,
    ) -> Result<Self, OpenError> {
        let options = options.checked();
        let append_bytes_max = options.append_bytes_max;
        let recovered = recover::recover(disk, options, background)?;
        let shared = Arc::clone(&recovered.shared);
        Ok(Self {
            writer: Writer::new(recovered),
            shared,
            append_bytes_max,
        })
    }

    /// Takes appends as one group, and answers when they are durable, in their order.
    ///
    /// # Panics
    ///
    /// If the writer leaves an append without an answer.
    pub fn append(&mut self, appends: Vec<Append>) -> Vec<Result<Committed, AppendError>> {
        let mut requests = Vec::new();
        let answers: Vec<_> = appends
            .into_iter()
            .map(|append| {
                self.request(append).map(|(request, answer)| {
                    requests.push(request);
                    answer
                })
            })
            .collect();
        self.writer.take(requests);
        let answer = |answer: Result<oneshot::Receiver<_>, AppendError>| {
            answer.and_then(|mut answer| answer.try_recv().expect("the writer answers each append that it took"))
        };
        answers.into_iter().map(answer).collect()
    }

    fn request(
        &self,
        append: Append,
    ) -> Result<(Request, oneshot::Receiver<Result<Committed, AppendError>>), AppendError> {
        let waiting = Waiting::admit(&self.shared, &append, self.append_bytes_max, usize::MAX)?;
        let (reply, answer) = oneshot::channel();
        let request = Request {
            append,
            foreseen: None,
            waiting,
            reply,
        };
        Ok((request, answer))
    }

    /// The writer has nothing else to do: it marks what is durable.
    pub fn rest(&mut self) {
        self.writer.mark_durable(true);
    }

    /// Ends in order, as a server that is told to stop.
    pub fn close(self) {
        self.writer.finish();
    }

    /// See [`crate::Journal::read`].
    pub fn read(&self, stream: StreamId, from: Seq, max_bytes: usize) -> Result<Vec<Record>, ReadError> {
        self.shared.read(stream, from, max_bytes)
    }

    /// See [`crate::Journal::head`].
    pub fn head(&self, stream: StreamId) -> Option<Head> {
        self.shared.index().head(stream)
    }

    /// See [`crate::Journal::streams`].
    pub fn streams(&self) -> Vec<(StreamId, Head)> {
        self.shared.index().heads()
    }

    /// Whether a failing disk has stopped the taking of edits.
    pub fn is_poisoned(&self) -> bool {
        self.shared.is_poisoned()
    }
}
