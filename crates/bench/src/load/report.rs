//! What came of a load.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::ChangeHash;
use serde::Serialize;

use super::client::Status;

/// When each edit was made, and how long it took until another client had it in its document.
#[derive(Debug, Clone, Default)]
pub(crate) struct Times(Arc<Mutex<TimesInner>>);

#[derive(Debug, Default)]
struct TimesInner {
    made: HashMap<ChangeHash, Instant>,
    seen_us: Vec<u32>,
}

impl Times {
    fn with<T>(&self, work: impl FnOnce(&mut TimesInner) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn made(&self, hash: ChangeHash, at: Instant) {
        self.with(|times| times.made.insert(hash, at));
    }

    /// Somebody else has these changes now.
    pub(crate) fn seen(&self, hashes: &[ChangeHash], at: Instant) {
        self.with(|times| {
            for hash in hashes {
                // Changes from before this load have no time.
                if let Some(made) = times.made.get(hash) {
                    times.seen_us.push(micros(at.saturating_duration_since(*made)));
                }
            }
        });
    }

    /// How many were seen, and the times at some hundredths, in milliseconds.
    fn percentiles<const N: usize>(&self, hundredths: [usize; N]) -> (usize, [f64; N]) {
        self.with(|times| {
            times.seen_us.sort_unstable();
            let count = times.seen_us.len();
            let at = |hundredth: usize| {
                let index = (count * hundredth / 100).min(count.saturating_sub(1));
                times.seen_us.get(index).map_or(0.0, |us| f64::from(*us) / 1_000.0)
            };
            (count, hundredths.map(at))
        })
    }
}

fn micros(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}

/// The report, as it is printed.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    clients: usize,
    /// Edits that were made.
    sent: usize,
    /// Edits that the server has said are saved.
    acked: usize,
    /// How often an edit of this load arrived in the document of another client.
    seen: usize,
    /// Edits that are not saved, and entries that somebody lacks.
    missing: u64,
    /// Edits that the server refused.
    rejected: usize,
    /// Times a connection was lost.
    disconnects: usize,
    /// Everyone has the same document.
    all_equal: bool,
    /// From the edit here to the document there, in milliseconds.
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
    /// The last entry that anyone has.
    seq: u64,
    /// What went wrong, if anything.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    trouble: Vec<String>,
}

impl Report {
    pub(crate) fn new(status: &[Status], all_equal: bool, times: &Times) -> Self {
        let head = status.iter().map(|status| status.seq.0).max().unwrap_or(0);
        let lacking: u64 = status.iter().map(|status| head - status.seq.0).sum();
        let sum = |of: fn(&Status) -> usize| status.iter().map(of).sum::<usize>();
        let unsaved = sum(|status| status.unsaved) + sum(|status| status.rejected);
        let (seen, [p50_ms, p95_ms, p99_ms]) = times.percentiles([50, 95, 99]);
        let mut trouble: Vec<String> = status.iter().map(|status| status.trouble.clone()).collect();
        trouble.retain(|line| !line.is_empty());
        trouble.sort_unstable();
        trouble.dedup();
        Self {
            clients: status.len(),
            sent: sum(|status| status.sent),
            acked: sum(|status| status.acked),
            seen,
            missing: lacking.saturating_add(u64::try_from(unsaved).unwrap_or(u64::MAX)),
            rejected: sum(|status| status.rejected),
            disconnects: sum(|status| status.disconnects),
            all_equal,
            p50_ms,
            p95_ms,
            p99_ms,
            seq: head,
            trouble,
        }
    }

    /// Everyone has everything.
    pub(crate) const fn is_good(&self) -> bool {
        self.all_equal && self.missing == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_what_others_saw() {
        let times = Times::default();
        let start = Instant::now();
        for n in 0..100u8 {
            let hash = ChangeHash([n; 32]);
            times.made(hash, start);
            times.seen(&[hash], start + Duration::from_millis(u64::from(n)));
        }
        times.seen(&[ChangeHash([200; 32])], start);
        assert_eq!(times.percentiles([50, 95, 99]), (100, [50.0, 95.0, 99.0]));
    }

    #[test]
    fn a_client_that_lacks_entries_or_has_unsaved_edits_is_missing_something() {
        let full = Status {
            seq: domain::Seq(10),
            ..Status::default()
        };
        let behind = Status {
            seq: domain::Seq(7),
            unsaved: 2,
            ..Status::default()
        };
        let report = Report::new(&[full, behind], false, &Times::default());
        assert_eq!(report.missing, 5);
        assert!(!report.is_good());
    }
}
