//! A room's beginning: the snapshot's table, and the journal's entries after it.

use std::sync::Arc;

use domain::{PlanId, Seq};
use journal::{Journal, ReadError};
use plan::Keyring;
use plan::snapshot::{Manifest, Resume, SnapshotError};

use super::Shared;
use crate::keys::KeyError;
use crate::refold::{FoldError, change};

/// How much of the stream is folded at once, in bytes.
const READ_BYTES: usize = 1 << 20;

/// Why a plan cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Fold(#[from] FoldError),
    #[error(transparent)]
    Replay(#[from] SnapshotError),
    #[error(transparent)]
    Keys(#[from] KeyError),
    #[error("the task that reads the plan is gone")]
    Gone,
}

/// What a room begins with.
pub(crate) struct Loaded {
    pub(crate) resume: Resume,
    pub(crate) manifest: Option<Manifest>,
    pub(crate) keyring: Keyring,
}

/// Reads a plan.
pub(crate) async fn load(shared: &Arc<Shared>, plan: PlanId) -> Result<Loaded, LoadError> {
    let (resume, manifest) = resume(shared, plan).await?;
    let (keys, now) = (shared.keys.clone(), shared.clock.now());
    let (resume, keyring) = blocking(move || {
        let keyring = keys.ring_for(plan, &resume.table, now);
        (resume, keyring)
    })
    .await?;
    Ok(Loaded {
        resume,
        manifest,
        keyring: keyring?,
    })
}

async fn resume(shared: &Arc<Shared>, plan: PlanId) -> Result<(Resume, Option<Manifest>), LoadError> {
    let head = shared.head(plan);
    let found = match shared.snapshots.known(&*shared.journal, plan, head).await {
        Some(manifest) => {
            let snapshots = shared.snapshots.clone();
            blocking(move || snapshots.resume(plan, &manifest).map(|resume| (manifest, resume))).await?
        }
        None => None,
    };
    if let Some((manifest, resume)) = found {
        match tail(shared, plan, resume).await {
            Ok(resume) => return Ok((resume, Some(manifest))),
            Err(error @ (LoadError::Read(_) | LoadError::Gone)) => return Err(error),
            // A table that its own journal does not continue: fold from the first entry.
            Err(error) => {
                tracing::warn!(%plan, %error, "a snapshot does not fit the journal: it is made anew");
                shared.snapshots.discard(plan);
            }
        }
    }
    Ok((tail(shared, plan, Resume::new()).await?, None))
}

async fn tail(shared: &Arc<Shared>, plan: PlanId, mut resume: Resume) -> Result<Resume, LoadError> {
    loop {
        let next: Seq = resume.table.last().next();
        let records = shared.journal.read(plan.into(), next, READ_BYTES).await?;
        if records.is_empty() {
            return Ok(resume);
        }
        let replay = move || -> Result<Resume, LoadError> {
            for record in &records {
                match change(record)? {
                    Some(change) => resume.replay(&change)?,
                    None => resume.skip(record.seq, record.at)?,
                }
            }
            Ok(resume)
        };
        resume = blocking(replay).await??;
    }
}

/// Runs what takes a while off the async threads.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, LoadError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| LoadError::Gone)
}
