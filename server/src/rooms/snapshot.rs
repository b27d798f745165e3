//! Taking a snapshot in the background: the document is brought up to the journal, saved, read back, and written.

use std::sync::Arc;
use std::time::Duration;

use domain::{PlanId, Seq};
use journal::Journal;
use plan::snapshot::{Keeper, Manifest, SnapshotError};
use protocol::SnapshotInfo;
use tokio::sync::mpsc;

use super::load::blocking;
use super::{Input, Shared};
use crate::refold::change;

/// A first snapshot is taken after so many entries.
const ENTRIES_MIN: u64 = 500;
/// Rest after a snapshot, however much is written meanwhile: in a young and busy plan, snapshots of each tenth took half
/// of what all its edits cost.
pub(crate) const REST: Duration = Duration::from_secs(30);
/// Later ones when the plan has grown by one part in so many: each costs as much as the whole plan is long.
const GROWTH_PARTS: u64 = 10;
/// How much of the stream is read at once, in bytes.
const READ_BYTES: usize = 1 << 20;

/// Whether a plan that ends at `last` wants a snapshot newer than the one at `taken`.
pub(crate) fn is_due(taken: Seq, last: Seq) -> bool {
    last.0.saturating_sub(taken.0) >= ENTRIES_MIN.max(last.0 / GROWTH_PARTS)
}

/// What the room is told of a snapshot.
pub(crate) fn info(manifest: &Manifest) -> SnapshotInfo {
    SnapshotInfo {
        seq: manifest.seq,
        len: manifest.document_len,
    }
}

/// Takes a snapshot of a plan in the background, and tells its room.
pub(crate) fn start(shared: &Arc<Shared>, plan: PlanId, room: mpsc::WeakSender<Input>) {
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        let turn = Arc::clone(&shared.snapshot_turn).acquire_owned().await;
        let taken = take(&shared, plan).await;
        drop(turn);
        let info = match taken {
            Ok(manifest) => {
                shared.metrics.snapshots.inc();
                #[expect(clippy::cast_precision_loss, reason = "a time in seconds is far below 2^53")]
                shared.metrics.snapshot_at.set(shared.clock.now().0 as f64 / 1000.0);
                Some(info(&manifest))
            }
            Err(why) => {
                shared.metrics.snapshot_failures.inc();
                tracing::error!(%plan, why, "no snapshot could be taken; the plan goes on without");
                // Whatever was there may be the reason: the next attempt begins with the journal alone.
                shared.snapshots.discard(plan);
                None
            }
        };
        if let Some(room) = room.upgrade() {
            // The room may be leaving: it finds the snapshot on disk when it is needed again.
            let _ = room.send(Input::Snapshot(info)).await;
        }
    });
}

async fn take(shared: &Arc<Shared>, plan: PlanId) -> Result<Manifest, String> {
    let head = shared.head(plan);
    let snapshots = shared.snapshots.clone();
    let text = |error: super::load::LoadError| error.to_string();
    let manifest = snapshots.known(&*shared.journal, plan, head).await;
    let mut past = manifest
        .as_ref()
        .map_or_else(String::new, |manifest| manifest.past.clone());
    let mut keeper = blocking(move || snapshots.keeper(plan, manifest.as_ref()))
        .await
        .map_err(text)?;
    while keeper.last() < head {
        let next = keeper.last().next();
        let records = shared
            .journal
            .read(plan.into(), next, READ_BYTES)
            .await
            .map_err(|error| error.to_string())?;
        let Some(last) = records.last() else {
            return Err(format!("the journal ends before entry {next}"));
        };
        past = last.chain.to_string();
        let push = move || -> Result<Keeper, String> {
            for record in &records {
                let pushed = match change(record).map_err(|error| error.to_string())? {
                    Some(change) => keeper.push(change),
                    None => keeper.skip(record.seq, record.at),
                };
                pushed.map_err(|error: SnapshotError| error.to_string())?;
            }
            Ok(keeper)
        };
        keeper = blocking(push).await.map_err(text)??;
    }
    let snapshots = shared.snapshots.clone();
    let write = move || -> Result<Manifest, String> {
        let mut files = keeper.take().map_err(|error| error.to_string())?;
        files.manifest.past = past;
        snapshots.write(plan, &files).map_err(|error| error.to_string())?;
        Ok(files.manifest)
    };
    blocking(write).await.map_err(text)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshots_come_less_often_as_a_plan_grows() {
        assert!(!is_due(Seq(0), Seq(499)));
        assert!(is_due(Seq(0), Seq(500)));
        assert!(!is_due(Seq(100_000), Seq(100_200)));
        assert!(is_due(Seq(100_000), Seq(112_000)));
    }
}
