//! Everything that happened, as one hash: two runs of a seed must have the same.

/// A running hash of a run.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    hasher: blake3::Hasher,
    steps: u64,
}

impl Trace {
    /// Takes note of something with a few numbers.
    pub(crate) fn note(&mut self, what: &str, numbers: &[u64]) {
        self.steps += 1;
        self.hasher.update(what.as_bytes());
        for number in numbers {
            self.hasher.update(&number.to_le_bytes());
        }
    }

    /// Takes note of bytes.
    pub(crate) fn bytes(&mut self, what: &str, bytes: &[u8]) {
        self.note(what, &[bytes.len() as u64]);
        self.hasher.update(bytes);
    }

    /// How much was noted.
    pub(crate) const fn steps(&self) -> u64 {
        self.steps
    }

    /// The hash so far.
    pub(crate) fn hash(&self) -> String {
        self.hasher.finalize().to_hex().to_string()
    }
}
