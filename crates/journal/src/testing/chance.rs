//! Seeded decisions.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

/// Any number below this one; 0 below 0.
pub(super) fn below(rng: &mut ChaCha8Rng, end: usize) -> usize {
    rng.random_range(0..end.max(1))
}

/// Whether what has this probability happens.
pub(super) fn chance(rng: &mut ChaCha8Rng, probability: f64) -> bool {
    probability > 0.0 && rng.random_bool(probability.min(1.0))
}
