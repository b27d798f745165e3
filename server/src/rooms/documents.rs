//! The document that newcomers are sent: read once, framed once, shared by all who come at the same time.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::Seq;
use protocol::{SnapshotInfo, snapshot_head};
use relay::Limits;
use tokio::time::Instant;

use crate::snapshots::read_all;
use crate::socket::Chunk;

/// How long a document stays in memory after the last who asked for it. A team comes within seconds.
const HELD_TIME: Duration = Duration::from_secs(5);

/// A snapshot's document as the frames that carry it.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) info: SnapshotInfo,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
struct Piece {
    offset: u64,
    len: usize,
    frame: Chunk,
}

impl Document {
    pub(crate) fn new(info: SnapshotInfo, bytes: &[u8]) -> Self {
        let piece_bytes = Limits::default().snapshot_piece_bytes;
        let mut offset = 0;
        let piece = |bytes: &[u8]| {
            let len = bytes.len();
            let frame = Chunk::of_parts(&snapshot_head(offset, len), bytes);
            let piece = Piece { offset, len, frame };
            offset = offset.saturating_add(u64::try_from(len).unwrap_or(u64::MAX));
            piece
        };
        Self {
            info,
            pieces: bytes.chunks(piece_bytes).map(piece).collect(),
        }
    }

    /// Reads it. Empty: it could not be read, or is not as long as it should be.
    pub(crate) fn read(info: SnapshotInfo, file: &File) -> Self {
        let bytes = read_all(file, info.len).unwrap_or_else(|error| {
            tracing::error!(%error, seq = %info.seq, "a snapshot could not be read");
            Vec::new()
        });
        Self::new(info, &bytes)
    }

    /// All frames, in order.
    pub(crate) fn frames(&self) -> impl Iterator<Item = &Chunk> {
        self.pieces.iter().map(|piece| &piece.frame)
    }

    /// The piece at an offset: its length, and the frame's payload.
    pub(crate) fn piece(&self, offset: u64) -> Option<(usize, Bytes)> {
        let piece = self.pieces.iter().find(|piece| piece.offset == offset)?;
        Some((piece.len, piece.frame.payload()))
    }

    /// The frame with just this payload: the same bytes in memory.
    pub(crate) fn frame_of(&self, payload: &Bytes) -> Option<&Chunk> {
        self.frames().find(|frame| frame.payload().as_ptr() == payload.as_ptr())
    }
}

/// The document that is in memory, if one is.
#[derive(Debug, Default)]
pub(crate) struct Held(Option<(Arc<Document>, Instant)>);

impl Held {
    pub(crate) fn hold(&mut self, document: Arc<Document>) {
        self.0 = Some((document, Instant::now() + HELD_TIME));
    }

    /// The document of a snapshot; it stays for a while.
    pub(crate) fn of(&mut self, seq: Seq) -> Option<Arc<Document>> {
        let (document, until) = self.0.as_mut().filter(|(document, _)| document.info.seq == seq)?;
        *until = Instant::now() + HELD_TIME;
        Some(Arc::clone(document))
    }

    pub(crate) fn frame_of(&self, payload: &Bytes) -> Option<Chunk> {
        let (document, _) = self.0.as_ref()?;
        document.frame_of(payload).cloned()
    }

    /// When it should be let go.
    pub(crate) fn until(&self) -> Option<Instant> {
        self.0.as_ref().map(|(_, until)| *until)
    }

    pub(crate) fn let_go(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use protocol::{ServerFrame, decode_server};

    use super::*;

    #[test]
    fn a_documents_frames_carry_all_of_it_in_order() {
        let bytes: Vec<u8> = (0..=255).cycle().take(600_000).collect();
        let info = SnapshotInfo {
            seq: Seq(7),
            len: 600_000,
        };
        let document = Document::new(info, &bytes);
        let mut read = Vec::new();
        while let Some((len, payload)) = document.piece(read.len() as u64) {
            let Ok(ServerFrame::Snapshot { offset, bytes }) = decode_server(&payload) else {
                panic!("a frame of a snapshot")
            };
            assert_eq!((offset, bytes.len()), (read.len() as u64, len));
            assert!(document.frame_of(&payload).is_some(), "the payload leads to its frame");
            read.extend_from_slice(&bytes);
        }
        assert!(read == bytes);
        assert_eq!(document.frames().count(), 3);
    }
}
