//! The frames of RFC 6455 as a server reads and writes them: no extensions, binary messages.
//!
//! Heads are tungstenite's. Its connection is not used: it copies every frame for every peer and keeps buffers for each.

use std::io::Cursor;

use bytes::{Buf, Bytes, BytesMut};
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

/// Longest payload of a control frame.
const CONTROL_MAX: u64 = 125;
const MASK_BYTES: usize = 4;
/// Longest head that is written, in bytes.
const HEAD_BYTES_MAX: usize = 10;

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A whole binary message.
    Binary(Bytes),
    /// A text message, which nobody here sends.
    Text,
    /// To be answered with the same bytes.
    Ping(Bytes),
    /// An answer to a ping.
    Pong,
    /// The other side ends the connection.
    Close,
}

/// Bytes that cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// A message longer than is taken.
    #[error("a message that is too long")]
    TooLong,
    /// Not a client's frame.
    #[error("{0}")]
    Malformed(&'static str),
}

/// What has come and is not read yet.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    pub(super) buffer: BytesMut,
    /// The parts of a message that is not at its end, and whether it is binary.
    parts: Option<(BytesMut, bool)>,
}

/// A frame's head.
struct Head {
    kind: OpCode,
    is_final: bool,
    mask: [u8; MASK_BYTES],
    /// Bytes of the head itself.
    len: usize,
    payload: usize,
}

impl Incoming {
    /// The next message, if all of it is here. `bytes_max`: the longest that is taken.
    pub(super) fn take(&mut self, bytes_max: usize) -> Result<Option<Message>, Unreadable> {
        while let Some(head) = read_head(&self.buffer, bytes_max)? {
            let so_far = self.parts.as_ref().map_or(0, |(parts, _)| parts.len());
            if matches!(head.kind, OpCode::Data(_)) && so_far + head.payload > bytes_max {
                return Err(Unreadable::TooLong);
            }
            if self.buffer.len() < head.len + head.payload {
                return Ok(None);
            }
            self.buffer.advance(head.len);
            let mut payload = self.buffer.split_to(head.payload);
            unmask(&mut payload, head.mask);
            if let Some(message) = self.on_frame(&head, payload)? {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    fn on_frame(&mut self, head: &Head, payload: BytesMut) -> Result<Option<Message>, Unreadable> {
        let kind = match head.kind {
            OpCode::Control(Control::Ping) => return Ok(Some(Message::Ping(payload.freeze()))),
            OpCode::Control(Control::Pong) => return Ok(Some(Message::Pong)),
            OpCode::Control(_) => return Ok(Some(Message::Close)),
            OpCode::Data(kind) => kind,
        };
        match (kind, &mut self.parts) {
            (Data::Continue, Some((parts, _))) => {
                parts.unsplit(payload);
                let ended = self.parts.take_if(|_| head.is_final);
                Ok(ended.map(|(parts, is_binary)| message(parts, is_binary)))
            }
            (Data::Continue, None) => Err(Unreadable::Malformed("a part of no message")),
            (_, Some(_)) => Err(Unreadable::Malformed("a message within another")),
            (kind, None) if head.is_final => Ok(Some(message(payload, kind == Data::Binary))),
            (kind, None) => {
                self.parts = Some((payload, kind == Data::Binary));
                Ok(None)
            }
        }
    }
}

fn message(payload: BytesMut, is_binary: bool) -> Message {
    if is_binary {
        Message::Binary(payload.freeze())
    } else {
        Message::Text
    }
}

fn read_head(buffer: &[u8], bytes_max: usize) -> Result<Option<Head>, Unreadable> {
    let mut cursor = Cursor::new(buffer);
    let read = FrameHeader::parse(&mut cursor).map_err(|_| Unreadable::Malformed("a frame of no kind"))?;
    let Some((header, payload)) = read else { return Ok(None) };
    if header.rsv1 || header.rsv2 || header.rsv3 {
        return Err(Unreadable::Malformed("an extension that was not agreed on"));
    }
    let Some(mask) = header.mask else {
        return Err(Unreadable::Malformed("a client's frame without a mask"));
    };
    if matches!(header.opcode, OpCode::Control(_)) && (!header.is_final || payload > CONTROL_MAX) {
        return Err(Unreadable::Malformed("a control frame that is long or in parts"));
    }
    let payload = usize::try_from(payload).map_err(|_| Unreadable::TooLong)?;
    if payload > bytes_max {
        return Err(Unreadable::TooLong);
    }
    Ok(Some(Head {
        kind: header.opcode,
        is_final: header.is_final,
        mask,
        // Not `header.len`: a length may be written longer than it need be.
        len: usize::try_from(cursor.position()).unwrap_or(usize::MAX),
        payload,
    }))
}

fn unmask(payload: &mut [u8], mask: [u8; MASK_BYTES]) {
    // In blocks, which the compiler turns into wide steps.
    let mut blocks = payload.chunks_exact_mut(MASK_BYTES);
    for block in &mut blocks {
        for (byte, mask) in block.iter_mut().zip(mask) {
            *byte ^= mask;
        }
    }
    for (byte, mask) in blocks.into_remainder().iter_mut().zip(mask) {
        *byte ^= mask;
    }
}

/// A frame to be written, and how many of its bytes somebody counts.
#[derive(Debug, Clone)]
pub struct Chunk {
    pub(super) bytes: Bytes,
    pub(super) counted: usize,
}

impl Chunk {
    /// A binary message, whose bytes are counted.
    pub fn binary(payload: &[u8]) -> Self {
        Self {
            bytes: framed(OpCode::Data(Data::Binary), &[payload]),
            counted: payload.len(),
        }
    }

    /// A binary message of two parts, whose bytes are counted.
    pub fn of_parts(head: &[u8], rest: &[u8]) -> Self {
        Self {
            bytes: framed(OpCode::Data(Data::Binary), &[head, rest]),
            counted: head.len() + rest.len(),
        }
    }

    /// A binary message, whose bytes nobody counts.
    pub fn uncounted(payload: &[u8]) -> Self {
        Self::of_kind(OpCode::Data(Data::Binary), payload)
    }

    /// The same frame, whose bytes nobody counts.
    #[must_use]
    pub fn without_count(&self) -> Self {
        Self {
            bytes: self.bytes.clone(),
            counted: 0,
        }
    }

    /// What is in the frame, if its bytes are counted.
    pub fn payload(&self) -> Bytes {
        self.bytes.slice(self.bytes.len().saturating_sub(self.counted)..)
    }

    pub(super) fn ping() -> Self {
        Self::of_kind(OpCode::Control(Control::Ping), &[])
    }

    pub(super) fn pong(payload: &[u8]) -> Self {
        Self::of_kind(OpCode::Control(Control::Pong), payload)
    }

    pub(super) fn close() -> Self {
        Self::of_kind(OpCode::Control(Control::Close), &[])
    }

    fn of_kind(kind: OpCode, payload: &[u8]) -> Self {
        Self {
            bytes: framed(kind, &[payload]),
            counted: 0,
        }
    }
}

fn framed(kind: OpCode, parts: &[&[u8]]) -> Bytes {
    let header = FrameHeader {
        opcode: kind,
        ..FrameHeader::default()
    };
    let len = parts.iter().map(|part| part.len()).sum::<usize>();
    let mut bytes = Vec::with_capacity(HEAD_BYTES_MAX + len);
    header
        .format(len as u64, &mut bytes)
        .expect("writing to memory does not fail");
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes.into()
}

#[cfg(test)]
mod tests {
    use tokio_tungstenite::tungstenite::protocol::frame::Frame;

    use super::*;

    const MAX: usize = 1 << 20;

    /// A client's frame, as another implementation writes it.
    fn frame(code: OpCode, is_final: bool, payload: &[u8]) -> Vec<u8> {
        let mut frame = Frame::message(payload.to_vec(), OpCode::Data(Data::Binary), is_final);
        frame.header_mut().opcode = code;
        frame.header_mut().mask = Some([0x11, 0xfe, 0x00, 0x80]);
        let mut bytes = Vec::new();
        frame.format(&mut bytes).expect("memory takes it");
        bytes
    }

    fn binary(payload: &[u8]) -> Vec<u8> {
        frame(OpCode::Data(Data::Binary), true, payload)
    }

    /// What is read when the bytes come in pieces of this length.
    fn read(bytes: &[u8], piece: usize) -> Result<Vec<Message>, Unreadable> {
        let mut incoming = Incoming::default();
        let mut messages = Vec::new();
        for piece in bytes.chunks(piece) {
            incoming.buffer.extend_from_slice(piece);
            while let Some(message) = incoming.take(MAX)? {
                messages.push(message);
            }
        }
        Ok(messages)
    }

    #[test]
    fn messages_of_every_length_are_read_however_they_come() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 100_001] {
            let payload: Vec<u8> = (0..=255).cycle().take(length).collect();
            let bytes = [binary(&payload), binary(b"next")].concat();
            let expected = vec![
                Message::Binary(payload.into()),
                Message::Binary(Bytes::from_static(b"next")),
            ];
            for piece in [1, 3, 4_096, bytes.len()] {
                assert_eq!(
                    read(&bytes, piece),
                    Ok(expected.clone()),
                    "{length} in pieces of {piece}"
                );
            }
        }
    }

    #[test]
    fn a_message_in_parts_is_put_together_and_pings_may_come_between() {
        let bytes = [
            frame(OpCode::Data(Data::Binary), false, b"one "),
            frame(OpCode::Control(Control::Ping), true, b"there?"),
            frame(OpCode::Data(Data::Continue), false, b"two "),
            frame(OpCode::Data(Data::Continue), true, b"three"),
            frame(OpCode::Control(Control::Close), true, b""),
        ]
        .concat();
        let expected = vec![
            Message::Ping(Bytes::from_static(b"there?")),
            Message::Binary(Bytes::from_static(b"one two three")),
            Message::Close,
        ];
        assert_eq!(read(&bytes, 5), Ok(expected));
    }

    #[test]
    fn a_length_that_is_written_longer_than_it_need_be_is_read() {
        let payload = [0x7f; 4];
        let mut bytes = vec![0x82, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0];
        bytes.extend(payload);
        let expected = vec![Message::Binary(Bytes::copy_from_slice(&payload))];
        assert_eq!(read(&bytes, bytes.len()), Ok(expected.clone()));
        assert_eq!(read(&bytes, 1), Ok(expected));
    }

    #[test]
    fn what_is_too_long_is_refused_by_its_head_and_in_all_its_parts() {
        let long = binary(&vec![0; MAX + 1]);
        assert_eq!(read(&long[..14], 14), Err(Unreadable::TooLong));
        let half = vec![0; MAX / 2 + 1];
        let parts = [
            frame(OpCode::Data(Data::Binary), false, &half),
            frame(OpCode::Data(Data::Continue), true, &half),
        ];
        assert_eq!(read(&parts.concat(), 1 << 16), Err(Unreadable::TooLong));
    }

    #[test]
    fn what_no_client_sends_is_refused() {
        let mut unmasked = binary(b"x");
        unmasked[1] &= !0x80; // the mask's flag
        let mut reserved = binary(b"x");
        reserved[0] |= 0x40;
        let mut of_no_kind = binary(b"x");
        of_no_kind[0] = 0x83;
        let long_ping = frame(OpCode::Control(Control::Ping), true, &[0; 126]);
        let ping_in_parts = frame(OpCode::Control(Control::Ping), false, b"");
        let part_of_none = frame(OpCode::Data(Data::Continue), true, b"x");
        let nested = [frame(OpCode::Data(Data::Binary), false, b"x"), binary(b"y")].concat();
        for bytes in [
            unmasked,
            reserved,
            of_no_kind,
            long_ping,
            ping_in_parts,
            part_of_none,
            nested,
        ] {
            assert!(matches!(read(&bytes, 1), Err(Unreadable::Malformed(_))), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_written_is_what_another_implementation_writes() {
        for length in [0, 125, 126, 65_535, 65_536] {
            let payload = vec![7; length];
            let mut expected = Vec::new();
            let frame = Frame::message(payload.clone(), OpCode::Data(Data::Binary), true);
            frame.format(&mut expected).expect("memory takes it");
            let chunk = Chunk::binary(&payload);
            assert_eq!((chunk.bytes, chunk.counted), (Bytes::from(expected), length));
        }
        assert_eq!(&Chunk::close().bytes[..], [0x88, 0]);
        assert_eq!(&Chunk::ping().bytes[..], [0x89, 0]);
        assert_eq!(&Chunk::pong(b"x").bytes[..], [0x8a, 1, b'x']);
    }
}
