//! What the guard costs a client that opens a plan from a snapshot: at once, and in the background afterwards.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use domain::{ActorId, Seq};
use plan::{Replica, Watch};

use super::cpu_time;
use super::stream::Made;

/// How many changes are folded in one slice, as a session does.
const SLICE: usize = 250;

/// CPU times of opening a snapshot.
pub(crate) struct Opening {
    /// Loading the document, which every client does.
    pub(crate) load: Duration,
    /// What the guard adds before the page opens.
    pub(crate) at_once: Duration,
    /// What it does afterwards, in slices.
    pub(crate) slices: Duration,
    /// The longest of those.
    pub(crate) longest_slice: Duration,
}

/// Opens a snapshot of these changes.
pub(crate) fn open(history: &[Made]) -> anyhow::Result<Opening> {
    let actor = ActorId([7; 16]);
    let mut replica = Replica::new(actor);
    for batch in history.chunks(1_000) {
        let changes: Vec<Bytes> = batch.iter().map(|made| made.bytes.clone()).collect();
        replica.apply(&changes)?;
    }
    let snapshot = replica.save();
    let last = Seq(u64::try_from(history.len()).context("a length")?);
    let begun = cpu_time()?;
    let replica = Replica::load(&snapshot, actor)?;
    let loaded = cpu_time()?;
    let mut watch = Watch::of(&replica, last);
    let opened = cpu_time()?;
    let mut longest_slice = Duration::ZERO;
    while watch.is_behind() {
        let begun = cpu_time()?;
        watch.advance(SLICE)?;
        longest_slice = longest_slice.max(cpu_time()?.saturating_sub(begun));
    }
    ensure!(watch.is_exact(), "the history is folded");
    Ok(Opening {
        load: loaded.saturating_sub(begun),
        at_once: opened.saturating_sub(loaded),
        slices: cpu_time()?.saturating_sub(opened),
        longest_slice,
    })
}
