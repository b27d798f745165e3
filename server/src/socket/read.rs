//! The reading side of a socket.

use bytes::BytesMut;
use tokio::io::AsyncReadExt;
use tokio::net::tcp::OwnedReadHalf;

use super::frames::{Incoming, Message, Unreadable};
use super::write::Outbox;

/// Room for what is read at once, in bytes, at least: most frames are smaller.
const READ_BYTES: usize = 4 * 1024;

/// Why nothing more can be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// What came is not to be read on.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The connection is broken.
    #[error(transparent)]
    Broken(#[from] std::io::Error),
}

impl ReadError {
    /// A message was longer than is taken.
    pub const fn is_too_long(&self) -> bool {
        matches!(self, Self::Unreadable(Unreadable::TooLong))
    }
}

/// The reading side.
#[derive(Debug)]
pub struct Source {
    stream: OwnedReadHalf,
    incoming: Incoming,
    bytes_max: usize,
    /// Pings are answered there.
    outbox: Outbox,
}

impl Source {
    /// `early`: bytes that came with the request. `bytes_max`: the longest message that is taken.
    pub(super) fn new(stream: OwnedReadHalf, early: &[u8], bytes_max: usize, outbox: Outbox) -> Self {
        let mut incoming = Incoming::default();
        incoming.buffer.extend_from_slice(early);
        Self {
            stream,
            incoming,
            bytes_max,
            outbox,
        }
    }

    /// The next message; pings among them are answered already. None: the connection is closed. A call that is dropped
    /// before its end loses nothing.
    pub async fn next(&mut self) -> Result<Option<Message>, ReadError> {
        loop {
            match self.incoming.take(self.bytes_max)? {
                Some(message) => {
                    if let Message::Ping(payload) = &message {
                        self.outbox.pong(payload);
                    }
                    return Ok(Some(message));
                }
                None if self.read().await? == 0 => return Ok(None),
                None => {}
            }
        }
    }

    /// Reads and forgets, until the other side closes.
    pub async fn discard(&mut self) {
        loop {
            self.incoming.buffer.clear();
            match self.read().await {
                Ok(count) if count > 0 => {}
                Ok(_) | Err(_) => return,
            }
        }
    }

    async fn read(&mut self) -> Result<usize, std::io::Error> {
        if self.incoming.buffer.is_empty() {
            // An idle connection holds no buffer.
            self.incoming.buffer = BytesMut::new();
            self.stream.readable().await?;
        }
        self.incoming.buffer.reserve(READ_BYTES);
        self.stream.read_buf(&mut self.incoming.buffer).await
    }
}
