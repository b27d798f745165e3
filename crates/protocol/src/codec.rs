//! Bytes of frames and entries.

use bytes::Bytes;
use domain::{Seq, TimestampMs};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::entry::Entry;
use crate::frame::{ClientFrame, ServerFrame};

/// Longest frame that is taken from the wire.
pub const FRAME_BYTES_MAX: usize = 1024 * 1024;

/// First byte of a stored entry: the format of what follows. Older formats are lifted here when there are any.
const ENTRY_FORMAT: u8 = 1;

/// The number of [`ClientFrame::Submit`].
const SUBMIT: u8 = 1;
/// The number of [`ServerFrame::Snapshot`].
const SNAPSHOT: u8 = 1;
/// The number of [`ServerFrame::Entries`].
const ENTRIES: u8 = 2;

/// Bytes that are no frame or entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Not of the form.
    #[error("not a frame of this protocol: {0}")]
    Malformed(String),
    /// More than [`FRAME_BYTES_MAX`].
    #[error("a frame of {0} bytes: at most {FRAME_BYTES_MAX} are taken")]
    TooLong(usize),
    /// Bytes after the end.
    #[error("{0} bytes after the frame's end")]
    Trailing(usize),
    /// A stored entry of a newer program.
    #[error("an entry of format {0}, written by a newer version of this program: use that version")]
    NewerFormat(u8),
}

/// The version that a Hello of any version says. None: it is no Hello. So much of it is the same in all versions: the
/// frame's number 0, then the version.
pub fn hello_protocol(bytes: &[u8]) -> Option<u16> {
    let (0, version) = bytes.split_first().map(|(number, rest)| (*number, rest))? else {
        return None;
    };
    postcard::take_from_bytes(version).ok().map(|(version, _)| version)
}

/// How many changes a Submit says it has, before it is decoded; 0: it is none.
pub fn submitted_count(bytes: &[u8]) -> u32 {
    let Some((&SUBMIT, list)) = bytes.split_first() else {
        return 0;
    };
    postcard::take_from_bytes(list).map_or(0, |(count, _)| count)
}

/// The bytes of a client's frame.
pub fn encode_client(frame: &ClientFrame) -> Bytes {
    encode(frame)
}

/// The bytes of a server's frame.
pub fn encode_server(frame: &ServerFrame) -> Bytes {
    encode(frame)
}

/// What stands before the bytes of a [`ServerFrame::Snapshot`]: a document that is sent from a file is not copied to be
/// encoded.
pub fn snapshot_head(offset: u64, len: usize) -> Bytes {
    encode(&(SNAPSHOT, offset, len))
}

/// A [`ServerFrame::Entries`] of entries as they are stored, which are not read for it. `stored`: position, time, and the
/// stored bytes of each.
pub fn encode_stored_entries(stored: &[(Seq, TimestampMs, &[u8])]) -> Result<Bytes, CodecError> {
    let mut frame = to_end(Vec::new(), &(ENTRIES, stored.len()));
    for (seq, at, bytes) in stored {
        frame = to_end(frame, &(seq, at));
        // What is sent has the newest format; only that one is stored, so far.
        frame.extend_from_slice(entry_of(bytes)?);
    }
    Ok(frame.into())
}

/// Reads a client's frame: foreign bytes.
pub fn decode_client(bytes: &[u8]) -> Result<ClientFrame, CodecError> {
    decode(bytes)
}

/// Reads a server's frame.
pub fn decode_server(bytes: &[u8]) -> Result<ServerFrame, CodecError> {
    decode(bytes)
}

/// The stored bytes of an entry.
pub fn encode_entry(entry: &Entry) -> Bytes {
    encode_after(vec![ENTRY_FORMAT], entry)
}

/// Reads a stored entry.
pub fn decode_entry(bytes: &[u8]) -> Result<Entry, CodecError> {
    decode(entry_of(bytes)?)
}

/// What follows the format of a stored entry.
fn entry_of(bytes: &[u8]) -> Result<&[u8], CodecError> {
    match bytes.split_first() {
        Some((&ENTRY_FORMAT, rest)) => Ok(rest),
        Some((&format, _)) => Err(CodecError::NewerFormat(format)),
        None => Err(CodecError::Malformed("no bytes".to_owned())),
    }
}

fn encode<T: Serialize>(frame: &T) -> Bytes {
    encode_after(Vec::new(), frame)
}

fn encode_after<T: Serialize>(head: Vec<u8>, value: &T) -> Bytes {
    to_end(head, value).into()
}

fn to_end<T: Serialize>(bytes: Vec<u8>, value: &T) -> Vec<u8> {
    postcard::to_extend(value, bytes).expect("our own types serialise, and memory takes all of it")
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    if bytes.len() > FRAME_BYTES_MAX {
        return Err(CodecError::TooLong(bytes.len()));
    }
    match postcard::take_from_bytes(bytes) {
        Ok((frame, [])) => Ok(frame),
        Ok((_, rest)) => Err(CodecError::Trailing(rest.len())),
        Err(error) => Err(CodecError::Malformed(error.to_string())),
    }
}
