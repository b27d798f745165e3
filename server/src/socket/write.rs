//! The writing side of a socket: at once, as long as it takes what it is given.

use std::collections::VecDeque;
use std::io::{ErrorKind, IoSlice};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Buf;
use protocol::{Bye, PeerId, ServerFrame, encode_server};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::frames::Chunk;
use crate::rooms::{Input, Inputs};

/// How long the other side may take nothing of what waits for it.
const TAKE_TIME: Duration = Duration::from_secs(30);
/// Frames that are given to the system in one call.
const CHUNKS_AT_ONCE: usize = 16;

/// The way to a socket; clones lead to the same one. Never long: a room counts the bytes under way to every peer and stops,
/// or closes, past its budget.
#[derive(Debug, Clone)]
pub struct Outbox {
    inner: Arc<Inner>,
    /// The room that counts, and as whose its bytes are counted.
    room: Option<(PeerId, Inputs)>,
}

#[derive(Debug)]
struct Inner {
    stream: OwnedWriteHalf,
    state: Mutex<State>,
    ended: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Chunk>,
    /// A task writes what waits.
    is_waited_for: bool,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    #[default]
    Open,
    /// The last frame waits to be written.
    Closing,
    /// All is written, or nothing can be any more.
    Ended,
}

impl Outbox {
    pub(super) fn new(stream: OwnedWriteHalf) -> Self {
        let inner = Inner {
            stream,
            state: Mutex::default(),
            ended: Notify::new(),
        };
        Self {
            inner: Arc::new(inner),
            room: None,
        }
    }

    /// The same socket, for a room that counts what is under way.
    #[must_use]
    pub fn in_room(&self, peer: PeerId, inputs: Inputs) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            room: Some((peer, inputs)),
        }
    }

    /// Sends frames, and says how many of their counted bytes are out already. Of those that wait, the room is told when
    /// they are out. After the end, nothing is sent.
    pub fn send(&self, chunks: &mut Vec<Chunk>) -> usize {
        let mut state = self.inner.lock();
        if state.phase != Phase::Open {
            chunks.clear();
            return 0;
        }
        state.waiting.extend(chunks.drain(..));
        self.write(state)
    }

    /// Sends a last word, if there is one, and ends the connection. The first call counts.
    pub fn close(&self, bye: Option<Bye>) {
        let mut state = self.inner.lock();
        if state.phase != Phase::Open {
            return;
        }
        let last = bye.map(|bye| Chunk::binary(&encode_server(&ServerFrame::Bye(bye))));
        state.waiting.extend(last);
        state.waiting.push_back(Chunk::close());
        state.phase = Phase::Closing;
        self.write(state);
    }

    /// Asks whether the other side is still there.
    pub fn ping(&self) {
        self.send(&mut vec![Chunk::ping()]);
    }

    pub(super) fn pong(&self, payload: &[u8]) {
        // Whoever pings and does not read gets no further answers: they would pile up.
        if !self.inner.lock().is_waited_for {
            self.send(&mut vec![Chunk::pong(payload)]);
        }
    }

    /// Waits until nothing more can be written.
    pub async fn ended(&self) {
        loop {
            let mut ended = pin!(self.inner.ended.notified());
            // From here on no end is missed.
            ended.as_mut().enable();
            if self.inner.lock().phase == Phase::Ended {
                return;
            }
            ended.await;
        }
    }

    /// Writes what the socket takes now. What it does not take is left to a task.
    fn write(&self, mut state: MutexGuard<'_, State>) -> usize {
        if state.is_waited_for {
            return 0;
        }
        let counted = self.inner.write(&mut state);
        if !state.waiting.is_empty() {
            state.is_waited_for = true;
            tokio::spawn(self.clone().write_rest());
        }
        counted
    }

    async fn write_rest(self) {
        loop {
            let writable = timeout(TAKE_TIME, self.inner.stream.writable()).await;
            let (counted, is_done) = {
                let mut state = self.inner.lock();
                let counted = match writable {
                    Ok(Ok(())) => self.inner.write(&mut state),
                    Ok(Err(_)) | Err(_) => self.inner.end(&mut state),
                };
                state.is_waited_for = !state.waiting.is_empty();
                (counted, state.waiting.is_empty())
            };
            if counted > 0
                && let Some((peer, inputs)) = &self.room
            {
                // A room that has gone counts no more.
                let _ = inputs
                    .send(Input::Drained {
                        peer: *peer,
                        bytes: counted,
                    })
                    .await;
            }
            if is_done {
                return;
            }
        }
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock panics half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes until nothing waits or the socket takes no more. Answers with the counted bytes that are out.
    fn write(&self, state: &mut State) -> usize {
        let mut counted = 0;
        while !state.waiting.is_empty() {
            match self.try_write(&state.waiting) {
                Ok(bytes) => counted += state.written(bytes),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return counted,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return self.end(state),
            }
        }
        if state.phase == Phase::Closing {
            self.end(state);
        }
        counted
    }

    fn try_write(&self, waiting: &VecDeque<Chunk>) -> std::io::Result<usize> {
        if let (Some(only), 1) = (waiting.front(), waiting.len()) {
            return self.stream.try_write(&only.bytes);
        }
        let mut slices = [IoSlice::new(&[]); CHUNKS_AT_ONCE];
        let filled = slices.iter_mut().zip(waiting).map(|(slice, chunk)| {
            *slice = IoSlice::new(&chunk.bytes);
        });
        let count = filled.count();
        self.stream.try_write_vectored(&slices[..count])
    }

    /// Nothing more can be written.
    fn end(&self, state: &mut State) -> usize {
        state.waiting = VecDeque::new();
        if state.phase != Phase::Ended {
            state.phase = Phase::Ended;
            self.ended.notify_waiters();
        }
        0
    }
}

impl State {
    /// So many bytes are out: takes them off, and answers with the counted bytes of whole frames.
    fn written(&mut self, mut bytes: usize) -> usize {
        let mut counted = 0;
        while let Some(chunk) = self.waiting.front_mut() {
            if chunk.bytes.len() > bytes {
                chunk.bytes.advance(bytes);
                break;
            }
            bytes -= chunk.bytes.len();
            counted += chunk.counted;
            self.waiting.pop_front();
        }
        if self.waiting.is_empty() {
            // A socket that takes everything holds no queue.
            self.waiting = VecDeque::new();
        }
        counted
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    async fn pair() -> (Outbox, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (near, far) = tokio::join!(listener.accept(), TcpStream::connect(address));
        let (_, write) = near.expect("accepted").0.into_split();
        (Outbox::new(write), far.expect("connected"))
    }

    #[tokio::test]
    async fn what_is_taken_at_once_is_counted_at_once() {
        let (outbox, mut far) = pair().await;
        let mut chunks = vec![Chunk::binary(b"one"), Chunk::binary(b"three")];
        assert_eq!(outbox.send(&mut chunks), 8);
        assert!(chunks.is_empty());
        let mut read = [0; 12];
        far.read_exact(&mut read).await.expect("it comes");
        assert_eq!(&read, b"\x82\x03one\x82\x05three");
    }

    #[tokio::test]
    async fn what_a_slow_reader_does_not_take_waits_and_comes_in_order_and_the_end_comes_last() {
        let (outbox, mut far) = pair().await;
        let mut expected = Vec::new();
        for number in 0..200_u8 {
            let chunk = Chunk::binary(&vec![number; 100_000]);
            expected.extend_from_slice(&chunk.bytes);
            outbox.send(&mut vec![chunk]);
        }
        assert!(outbox.inner.lock().is_waited_for, "20 MB do not fit into a socket");
        outbox.close(None);
        outbox.send(&mut vec![Chunk::binary(b"too late")]);
        expected.extend_from_slice(&Chunk::close().bytes);
        let reading = async {
            let mut read = vec![0; expected.len()];
            far.read_exact(&mut read).await.expect("it comes");
            assert!(read == expected, "every byte in its order");
        };
        tokio::join!(reading, outbox.ended());
        drop(outbox);
        let mut rest = Vec::new();
        far.read_to_end(&mut rest).await.expect("the connection ends");
        assert!(rest.is_empty(), "nothing comes after the end");
    }

    #[tokio::test]
    async fn who_is_gone_ends_it() {
        let (outbox, far) = pair().await;
        drop(far);
        let sending = async {
            // The first write may still go into the system's buffer.
            loop {
                outbox.send(&mut vec![Chunk::binary(&[0; 1_000])]);
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            () = sending => {}
            () = outbox.ended() => {}
        }
    }
}
