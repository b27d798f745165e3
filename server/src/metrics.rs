//! What an operator watches: counters and gauges, in the text that Prometheus reads.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

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
        let metrics = Self {
            websockets: Gauge::default(),
            rooms: Gauge::default(),
            room_failures: Counter::default(),
            committed: Counter::default(),
            rejected: Counter::default(),
            // 0.1 ms to about 3 s.
            commit_seconds: Histogram::new(exponential_buckets(0.0001, 2.0, 16)),
            snapshots: Counter::default(),
            snapshot_failures: Counter::default(),
            snapshot_at: Gauge::default(),
            poisoned: Gauge::default(),
            full: Gauge::default(),
            cache_rebuilds: Counter::default(),
            refolds: Counter::default(),
            registry: Mutex::default(),
        };
        registry.register("websockets", "Open websockets", metrics.websockets.clone());
        registry.register("rooms", "Plans in memory", metrics.rooms.clone());
        registry.register(
            "room_failures",
            "Rooms that failed and were built anew",
            metrics.room_failures.clone(),
        );
        registry.register("changes_committed", "Changes on disk", metrics.committed.clone());
        registry.register("changes_rejected", "Changes refused", metrics.rejected.clone());
        registry.register(
            "commit_seconds",
            "From append to on disk",
            metrics.commit_seconds.clone(),
        );
        registry.register("snapshots", "Snapshots written", metrics.snapshots.clone());
        registry.register(
            "snapshot_failures",
            "Snapshots not made",
            metrics.snapshot_failures.clone(),
        );
        registry.register(
            "snapshot_at_seconds",
            "When the last snapshot was written",
            metrics.snapshot_at.clone(),
        );
        registry.register(
            "journal_poisoned",
            "1: the disk failed, no edits are taken",
            metrics.poisoned.clone(),
        );
        registry.register(
            "journal_full",
            "1: the disk is full, edits are refused",
            metrics.full.clone(),
        );
        registry.register(
            "cache_rebuilds",
            "Read models thrown away",
            metrics.cache_rebuilds.clone(),
        );
        registry.register(
            "refolds",
            "Plans folded again from the journal",
            metrics.refolds.clone(),
        );
        *metrics.registry.lock().unwrap_or_else(PoisonError::into_inner) = registry;
        metrics
    }
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
