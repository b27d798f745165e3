//! What every projection has, and the position that goes with it.

use domain::{Fact, Seq};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A fold of one plan's facts.
pub trait Projection: Default + Serialize + DeserializeOwned {
    /// Its name in the cache.
    const NAME: &'static str;
    /// Raised whenever the state's form or the meaning of `apply` changes: an older saved state is then dropped.
    const VERSION: u32;

    /// Takes in the next fact.
    fn apply(&mut self, fact: &Fact);
}

/// A projection's state and the last entry that is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folded<P> {
    state: P,
    cursor: Seq,
}

/// A saved state that cannot be used: fold anew.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Of another version of the projection.
    #[error("a saved state of version {found}, not {wanted}")]
    OtherVersion {
        /// Of the saved state.
        found: u32,
        /// Of this program.
        wanted: u32,
    },
    /// Not a saved state.
    #[error("a saved state that cannot be read: {0}")]
    Malformed(String),
}

impl<P: Projection> Folded<P> {
    /// The state.
    pub const fn state(&self) -> &P {
        &self.state
    }

    /// The state alone.
    pub fn into_state(self) -> P {
        self.state
    }

    /// The last entry in it.
    pub const fn cursor(&self) -> Seq {
        self.cursor
    }

    /// Takes in all facts of the entries after the cursor up to `upto`. Facts of entries that are in already are
    /// passed over, so that a group may be given twice.
    pub fn take(&mut self, facts: &[Fact], upto: Seq) {
        let before = self.cursor;
        facts
            .iter()
            .filter(|fact| fact.seq > before && fact.seq <= upto)
            .for_each(|fact| self.state.apply(fact));
        self.cursor = self.cursor.max(upto);
    }

    /// The bytes to save.
    ///
    /// # Panics
    /// Never: our own types serialise, and memory takes all of it.
    pub fn save(&self) -> Vec<u8> {
        postcard::to_stdvec(&(P::VERSION, self)).expect("serialising into memory does not fail")
    }

    /// Reads what [`Folded::save`] wrote.
    pub fn load(bytes: &[u8]) -> Result<Self, StateError> {
        let malformed = |error: postcard::Error| StateError::Malformed(error.to_string());
        let (found, rest) = postcard::take_from_bytes::<u32>(bytes).map_err(malformed)?;
        if found != P::VERSION {
            return Err(StateError::OtherVersion {
                found,
                wanted: P::VERSION,
            });
        }
        postcard::from_bytes(rest).map_err(malformed)
    }
}
