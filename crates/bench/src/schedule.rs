//! When each client edits: people do not keep time, so each edit comes at a random moment of its own period.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// What happens in a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scenario {
    /// Its name in the figures.
    pub(crate) name: &'static str,
    pub(crate) clients: usize,
    /// The first so many of them edit.
    pub(crate) writers: usize,
    /// Edits a second, of each writer.
    pub(crate) rate: f64,
}

impl Scenario {
    pub(crate) const fn new(name: &'static str, clients: usize, writers: usize, rate: f64) -> Self {
        Self {
            name,
            clients,
            writers,
            rate,
        }
    }
}

/// The moments, from the run's beginning, at which something is done, and by which client; in order.
pub(crate) fn moments(actors: usize, rate: f64, length: Duration, seed: u64) -> Vec<(Duration, usize)> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let period = Duration::from_secs_f64(1.0 / rate);
    let mut moments = Vec::new();
    for actor in 0..actors {
        let mut begin = Duration::ZERO;
        while begin < length {
            let at = begin + period.mul_f64(random.random_range(0.0..1.0));
            if at < length {
                moments.push((at, actor));
            }
            begin += period;
        }
    }
    moments.sort_unstable();
    moments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_acts_as_often_as_the_rate_says() {
        let length = Duration::from_secs(20);
        let moments = moments(30, 5.0, length, 1);
        assert_eq!(moments.len(), 30 * 5 * 20);
        assert!(moments.is_sorted());
        assert!(moments.iter().all(|(at, _)| *at < length));
        assert_eq!(moments.iter().filter(|(_, actor)| *actor == 29).count(), 100);
    }
}
