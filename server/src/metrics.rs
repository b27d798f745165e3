//! What an operator watches: counters and gauges, in the text that Prometheus reads.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Metric, Registry};

/// All of them.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    /// Open websockets.
    pub websockets: Gauge,
    /// Plans in memory.
    pub rooms: Gauge,
    /// Rooms that failed or panicked and were built anew.
    pub room_failures: Counter,
    /// Changes on disk since the start.
    pub committed: Counter,
    /// Changes that were refused since the start.
    pub rejected: Counter,
    /// Frames that waited because their person sent too many.
    pub paced: Counter,
    /// Seconds from the append to the answer that it is on disk.
    pub commit_seconds: Histogram,
    /// Snapshots written since the start.
    pub snapshots: Counter,
    /// Snapshots that could not be made.
    pub snapshot_failures: Counter,
    /// When the last snapshot was written, in seconds since 1970.
    pub snapshot_at: Gauge<f64, AtomicU64>,
    /// Whether the disk failed and no edits are taken.
    pub poisoned: Gauge,
    /// Whether edits are refused because the disk is full.
    pub full: Gauge,
    /// How often the read models were thrown away and built anew.
    pub cache_rebuilds: Counter,
    /// Plans whose read models were folded again from the journal.
    pub refolds: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("interlock");
        let to = &mut registry;
        // 0.1 ms to about 3 s.
        let commits = Histogram::new(exponential_buckets(0.0001, 2.0, 16));
        Self {
            websockets: add(to, "websockets", "Open websockets"),
            rooms: add(to, "rooms", "Plans in memory"),
            room_failures: add(to, "room_failures", "Rooms that failed and were built anew"),
            committed: add(to, "changes_committed", "Changes on disk"),
            rejected: add(to, "changes_rejected", "Changes refused"),
            paced: add(
                to,
                "frames_paced",
                "Frames that waited because their person sent too many",
            ),
            commit_seconds: add_as(to, "commit_seconds", "From append to on disk", commits),
            snapshots: add(to, "snapshots", "Snapshots written"),
            snapshot_failures: add(to, "snapshot_failures", "Snapshots not made"),
            snapshot_at: add(to, "snapshot_at_seconds", "When the last snapshot was written"),
            poisoned: add(to, "journal_poisoned", "1: the disk failed, no edits are taken"),
            full: add(to, "journal_full", "1: the disk is full, edits are refused"),
            cache_rebuilds: add(to, "cache_rebuilds", "Read models thrown away"),
            refolds: add(to, "refolds", "Plans folded again from the journal"),
            registry: Mutex::new(registry),
        }
    }
}

/// A new metric, known to the registry.
fn add<M: Metric + Clone + Default>(to: &mut Registry, name: &str, help: &str) -> M {
    add_as(to, name, help, M::default())
}

fn add_as<M: Metric + Clone>(to: &mut Registry, name: &str, help: &str, metric: M) -> M {
    to.register(name, help, metric.clone());
    metric
}

impl Metrics {
    /// The text.
    ///
    /// # Panics
    /// Never: memory takes all of it.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        encode(&mut text, &registry).expect("writing into memory does not fail");
        text
    }
}
