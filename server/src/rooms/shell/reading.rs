//! What a room has read for it: history, and the document of a snapshot; and when the next snapshot is taken.

use std::sync::Arc;

use domain::Seq;
use journal::Journal;
use protocol::{PeerId, SnapshotInfo};

use super::super::documents::Document;
use super::super::snapshot;
use super::{OPEN_DOCUMENTS_MAX, Piece, Shell};
use crate::refold::committed;

impl Shell {
    pub(super) fn on_snapshot(&mut self, info: Option<SnapshotInfo>) {
        self.snapshot.1 = false;
        let head = self.shared.head(self.plan);
        let manifest = self.shared.snapshots.manifest(self.plan, head);
        let Some((info, manifest)) = info.zip(manifest) else {
            // Not before the plan has grown as much again.
            self.snapshot.0 = self.room.committed();
            return;
        };
        let Ok(file) = self.shared.snapshots.open_document(self.plan, &manifest) else {
            return;
        };
        self.documents.insert(info.seq, Arc::new(file));
        while self.documents.len() > OPEN_DOCUMENTS_MAX {
            self.documents.pop_first();
        }
        self.snapshot.0 = info.seq;
        self.room.handle_snapshot_taken(info);
    }

    pub(super) fn take_snapshot_if_due(&mut self) {
        let (taken, under_way) = self.snapshot;
        let is_due = !under_way && snapshot::is_due(taken, self.room.committed());
        let now = tokio::time::Instant::now();
        self.snapshot_look = (is_due && now < self.snapshot_rest).then_some(self.snapshot_rest);
        if is_due && now >= self.snapshot_rest {
            self.snapshot.1 = true;
            self.snapshot_rest = now + snapshot::REST;
            snapshot::start(&self.shared, self.plan, self.own.clone());
        }
    }

    pub(super) fn on_loaded(&mut self, piece: Piece) {
        let now = self.now();
        match piece {
            Piece::History(peer, entries) => self.room.handle_history(now, peer, entries),
            Piece::Keys(stored) => {
                match stored {
                    Ok(()) => self.room.handle_keys_stored(now),
                    Err(why) => self.room.handle_keys_failed(now, &why),
                }
                self.storing_keys = false;
                self.store_next_keys();
            }
            Piece::Document(document) => {
                let document = Arc::new(document);
                self.held.hold(Arc::clone(&document));
                let is_of = |(_, info, _): &mut (PeerId, SnapshotInfo, u64)| info.seq == document.info.seq;
                for (peer, _, offset) in self.wanted.extract_if(.., is_of).collect::<Vec<_>>() {
                    self.send_piece(peer, &document, offset);
                }
            }
        }
    }

    pub(super) fn load_history(&mut self, peer: PeerId, from: Seq, bytes_max: usize) {
        let (journal, plan) = (Arc::clone(&self.shared.journal), self.plan);
        self.loading.push(Box::pin(async move {
            let read = journal.read(plan.into(), from, bytes_max).await;
            let entries = read.map_err(|error| error.to_string()).and_then(|records| {
                let entries = records.iter().map(committed);
                entries
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(|error| error.to_string())
            });
            // Empty says that it could not be read.
            let entries = entries.unwrap_or_else(|why| {
                tracing::error!(%plan, why, "history could not be read");
                Vec::new()
            });
            Piece::History(peer, entries)
        }));
    }

    /// Reads a document, unless it is being read; the peer gets its piece when it is there.
    pub(super) fn load_document(&mut self, peer: PeerId, info: SnapshotInfo, offset: u64) {
        let is_read = self.wanted.iter().any(|(_, wanted, _)| wanted.seq == info.seq);
        self.wanted.push((peer, info.clone(), offset));
        if is_read {
            return;
        }
        let file = self.documents.get(&info.seq).cloned();
        self.loading.push(Box::pin(async move {
            let none = Document::new(info.clone(), &[]);
            let Some(file) = file else {
                tracing::error!(seq = %info.seq, "a snapshot is not held any more");
                return Piece::Document(none);
            };
            let read = tokio::task::spawn_blocking(move || Document::read(info, &file)).await;
            Piece::Document(read.unwrap_or(none))
        }));
    }

    pub(super) fn send_piece(&mut self, peer: PeerId, document: &Document, offset: u64) {
        let now = self.now();
        // No bytes say that they could not be read.
        let (len, payload) = document.piece(offset).unwrap_or_default();
        self.room.handle_snapshot_frame(now, peer, offset, len, &payload);
    }
}
