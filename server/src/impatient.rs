//! A connection whose other side must go on taking what is written to it.
//!
//! Without it, whoever asks for a large file and never reads it holds a place, a socket and its buffers for as long as
//! they like: neither HTTP nor TCP ends that by itself.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use crate::crowd::Attention;

/// A stream whose writes fail when nothing of them was taken for some time.
#[derive(Debug)]
pub struct Impatient<S> {
    stream: S,
    time: Duration,
    /// Is told when something was taken.
    attention: Attention,
    /// Runs while a write waits.
    waits: Option<Pin<Box<Sleep>>>,
}

impl<S> Impatient<S> {
    /// Gives the other side of a stream so much time to take something.
    pub const fn new(stream: S, time: Duration, attention: Attention) -> Self {
        Self {
            stream,
            time,
            attention,
            waits: None,
        }
    }

    /// The stream alone.
    pub fn into_inner(self) -> S {
        self.stream
    }

    /// What to answer to a write: what the stream says, or that the time is up.
    fn judge<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            if self.waits.take().is_some() {
                self.attention.took();
            }
            return written;
        }
        let time = self.time;
        let waits = self.waits.get_or_insert_with(|| Box::pin(sleep(time)));
        ready!(waits.as_mut().poll(context));
        // Asked again, it waits anew instead of being polled after its end.
        waits.as_mut().reset(Instant::now() + time);
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the other side takes nothing any more",
        )))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Impatient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Impatient<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.judge(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.judge(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let ended = Pin::new(&mut self.stream).poll_shutdown(context);
        self.judge(context, ended)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const PIPE_BYTES: usize = 8;
    const TIME: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn who_takes_nothing_is_given_up() {
        let (near, _far) = duplex(PIPE_BYTES);
        let mut near = Impatient::new(near, TIME, Attention::new());
        near.write_all(&[0; PIPE_BYTES]).await.expect("the pipe has room");
        let error = near.write_all(b"more").await.expect_err("nobody reads");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn who_takes_a_little_at_a_time_is_served_to_the_end() {
        let (near, mut far) = duplex(PIPE_BYTES);
        let mut near = Impatient::new(near, Duration::from_secs(20), Attention::new());
        let sent: Vec<u8> = (0..=255).collect();
        let writing = async {
            near.write_all(&sent).await.expect("somebody reads");
            drop(near);
        };
        let mut read = Vec::new();
        let reading = async { far.read_to_end(&mut read).await };
        let ((), result) = tokio::join!(writing, reading);
        result.expect("it is read");
        assert_eq!(read, sent);
    }
}
