//! When to try to connect again: twice as late each time, with jitter, so that thousands of pages do not come back to a
//! restarted server in the same moment.

use rand::{Rng, RngExt};

use crate::limits::{RETRY_FIRST_MS, RETRY_MAX_MS};

#[derive(Debug, Default)]
pub(crate) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// How many milliseconds to wait before the next try.
    pub(crate) fn next_ms(&mut self, rng: &mut impl Rng) -> i64 {
        let doubled = RETRY_FIRST_MS.saturating_mul(1 << self.tries.min(16));
        self.tries = self.tries.saturating_add(1);
        let most = doubled.min(RETRY_MAX_MS);
        rng.random_range(most / 2..=most)
    }

    pub(crate) const fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn waits_grow_up_to_a_bound_and_differ_between_clients() {
        let waits = |seed| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut backoff = Backoff::default();
            (0..40).map(|_| backoff.next_ms(&mut rng)).collect::<Vec<_>>()
        };
        let (one, other) = (waits(1), waits(2));
        assert_ne!(one, other);
        assert!(one[0] <= RETRY_FIRST_MS && one[39] >= RETRY_MAX_MS / 2);
        assert!(one.iter().all(|wait| (1..=RETRY_MAX_MS).contains(wait)));
    }

    #[test]
    fn a_success_begins_anew() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut backoff = Backoff::default();
        (0..10).for_each(|_| {
            backoff.next_ms(&mut rng);
        });
        backoff.reset();
        assert!(backoff.next_ms(&mut rng) <= RETRY_FIRST_MS);
    }
}
