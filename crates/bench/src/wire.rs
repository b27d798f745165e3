//! A light websocket client: just what a receiver needs to count frames, so that many of them cost little beside the
//! server that is measured. Frames are cut out of what was read, and not copied.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use bytes::{Buf as _, Bytes, BytesMut};
use domain::{PlanId, Seq};
use protocol::{ClientFrame, Hello, PROTOCOL, encode_client};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Mutex;

/// Longest head of the server's answer, in bytes.
const HEAD_BYTES_MAX: usize = 8 * 1024;
/// Room for what is read at once, in bytes, at least.
const READ_BYTES: usize = 4 * 1024;
/// Longest frame of a server that is taken, in bytes.
const FRAME_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// The mask of all our frames. A real one is random, against proxies that are fooled; there is none here.
const MASK: [u8; 4] = [0x5a, 0xa5, 0x3c, 0xc3];

const FINAL: u8 = 0x80;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xa;

/// The reading side of a connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: OwnedReadHalf,
    buffer: BytesMut,
    /// When the first byte of what is in the buffer was read.
    since: Instant,
    hand: Hand,
}

/// The writing side.
#[derive(Debug, Clone)]
pub(crate) struct Hand(Rc<Mutex<OwnedWriteHalf>>);

/// A binary message.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// As it came, with the websocket's head.
    pub(crate) whole: Bytes,
    /// What is in it.
    pub(crate) payload: Bytes,
    /// When its first byte was read.
    pub(crate) since: Instant,
}

impl Wire {
    /// Opens a plan's websocket.
    pub(crate) async fn open(address: SocketAddr, plan: PlanId, token: &str) -> anyhow::Result<Self> {
        let mut wire = Self::connect(address).await?;
        let head = format!(
            "GET /api/v1/plans/{plan}/sync HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        wire.hand.write(head.as_bytes()).await?;
        let answer = wire.head().await?;
        ensure!(answer.starts_with("HTTP/1.1 101 "), "the server answered: {answer}");
        Ok(wire)
    }

    /// Opens a plan's websocket and says Hello, as a client that has the plan up to `have`.
    pub(crate) async fn greet(address: SocketAddr, plan: PlanId, token: &str, have: Seq) -> anyhow::Result<Self> {
        let wire = Self::open(address, plan, token).await?;
        let hello = ClientFrame::Hello(Hello {
            protocol: PROTOCOL,
            plan,
            epoch: 0,
            have,
        });
        wire.hand().send(&hello).await?;
        Ok(wire)
    }

    /// A plain connection, on which frames come without further ado.
    pub(crate) async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        let (stream, write) = stream.into_split();
        Ok(Self {
            stream,
            buffer: BytesMut::new(),
            since: Instant::now(),
            hand: Hand(Rc::new(Mutex::new(write))),
        })
    }

    pub(crate) fn hand(&self) -> Hand {
        self.hand.clone()
    }

    /// The next binary message; None: the other side has closed.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<Frame>> {
        loop {
            while let Some((kind, frame)) = take_frame(&mut self.buffer, self.since)? {
                self.since = Instant::now();
                match kind {
                    BINARY => return Ok(Some(frame)),
                    PING => self.hand.write(&masked(PONG, &frame.payload)).await?,
                    CLOSE => return Ok(None),
                    _ => {}
                }
            }
            if self.read().await? == 0 {
                return Ok(None);
            }
        }
    }

    /// The head of an HTTP answer.
    pub(crate) async fn head(&mut self) -> anyhow::Result<String> {
        const END: &[u8] = b"\r\n\r\n";
        loop {
            if let Some(at) = self.buffer.windows(END.len()).position(|window| window == END) {
                let head = self.buffer.split_to(at + END.len());
                return Ok(String::from_utf8_lossy(&head).into_owned());
            }
            ensure!(self.buffer.len() < HEAD_BYTES_MAX, "the answer's head is too long");
            ensure!(self.read().await? > 0, "the server closed the connection");
        }
    }

    /// So many bytes that follow, and are not kept.
    pub(crate) async fn skip(&mut self, mut bytes: u64) -> anyhow::Result<()> {
        loop {
            let here = usize::try_from(bytes).unwrap_or(usize::MAX).min(self.buffer.len());
            self.buffer.advance(here);
            bytes -= u64::try_from(here)?;
            if bytes == 0 {
                return Ok(());
            }
            ensure!(self.read().await? > 0, "the server closed the connection");
        }
    }

    /// Waits for any byte.
    pub(crate) async fn first_byte(&mut self) -> anyhow::Result<()> {
        if self.buffer.is_empty() {
            ensure!(self.read().await? > 0, "the server closed the connection");
        }
        Ok(())
    }

    async fn read(&mut self) -> anyhow::Result<usize> {
        self.buffer.reserve(READ_BYTES);
        let is_first = self.buffer.is_empty();
        let count = self.stream.read_buf(&mut self.buffer).await.context("cannot read")?;
        if is_first {
            self.since = Instant::now();
        }
        Ok(count)
    }
}

impl Hand {
    pub(crate) async fn send(&self, frame: &ClientFrame) -> anyhow::Result<()> {
        self.write(&masked(BINARY, &encode_client(frame))).await
    }

    pub(crate) async fn write(&self, bytes: &[u8]) -> anyhow::Result<()> {
        let mut stream = self.0.lock().await;
        stream.write_all(bytes).await.context("cannot write")
    }
}

/// Cuts the first frame off, if all of it is here.
fn take_frame(buffer: &mut BytesMut, since: Instant) -> anyhow::Result<Option<(u8, Frame)>> {
    let [first, second, ref rest @ ..] = buffer[..] else {
        return Ok(None);
    };
    if first & FINAL == 0 || second & FINAL != 0 {
        bail!("a frame in parts, or a masked one, is not what this server sends");
    }
    let (length_bytes, length) = match second {
        126 => (2, rest.first_chunk().map(|bytes| u64::from(u16::from_be_bytes(*bytes)))),
        127 => (8, rest.first_chunk().map(|bytes| u64::from_be_bytes(*bytes))),
        short => (0, Some(u64::from(short))),
    };
    let Some(length) = length else { return Ok(None) };
    ensure!(length <= FRAME_BYTES_MAX, "a frame of {length} bytes");
    let head = 2 + length_bytes;
    let end = head + usize::try_from(length)?;
    if buffer.len() < end {
        buffer.reserve(end - buffer.len());
        return Ok(None);
    }
    let whole = buffer.split_to(end).freeze();
    let payload = whole.slice(head..);
    Ok(Some((first & 0xf, Frame { whole, payload, since })))
}

/// A client's frame.
fn masked(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(payload.len() + 14);
    bytes.push(FINAL | kind);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length), _) if length < 126 => bytes.push(FINAL | length),
        (_, Ok(length)) => {
            bytes.push(FINAL | 0x7e);
            bytes.extend(length.to_be_bytes());
        }
        _ => {
            bytes.push(FINAL | 0x7f);
            bytes.extend((payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame_of(length: usize) -> Vec<u8> {
        let mut bytes = vec![FINAL | BINARY];
        match length {
            0..126 => bytes.push(u8::try_from(length).expect("short")),
            126..65_536 => {
                bytes.push(126);
                bytes.extend(u16::try_from(length).expect("middle").to_be_bytes());
            }
            _ => {
                bytes.push(127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        bytes.extend(std::iter::repeat_n(7, length));
        bytes
    }

    #[test]
    fn a_frame_of_any_length_is_cut_out_when_all_of_it_is_here() {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let bytes = frame_of(length);
            let mut buffer = BytesMut::from(&bytes[..bytes.len() - 1]);
            assert!(
                take_frame(&mut buffer, Instant::now()).expect("not wrong").is_none(),
                "{length}"
            );
            buffer.extend(&bytes[bytes.len() - 1..]);
            buffer.extend(b"next");
            let (kind, frame) = take_frame(&mut buffer, Instant::now())
                .expect("not wrong")
                .expect("whole");
            assert_eq!((kind, frame.payload.len()), (BINARY, length));
            assert_eq!(frame.whole, bytes);
            assert_eq!(&buffer[..], b"next");
        }
    }

    #[test]
    fn a_masked_frame_reads_back() {
        for length in [0, 125, 126, 65_536] {
            let payload: Vec<u8> = (0..=255).cycle().take(length).collect();
            let bytes = masked(BINARY, &payload);
            let head = bytes.len() - payload.len();
            assert_eq!(bytes[head - 4..head], MASK);
            let back: Vec<u8> = bytes[head..]
                .iter()
                .zip(MASK.iter().cycle())
                .map(|(b, m)| b ^ m)
                .collect();
            assert_eq!(back, payload);
        }
    }
}
