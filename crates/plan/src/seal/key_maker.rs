//! Where the keys of contacts come from.

use domain::seal::{ItemKey, Key, KeyName};
use sha2::{Digest, Sha256};

/// Makes keys out of bytes that nobody can foresee.
#[derive(Clone)]
pub struct KeyMaker {
    seed: [u8; 32],
}

impl KeyMaker {
    /// From random bytes.
    pub const fn new(seed: [u8; 32]) -> Self {
        Self { seed }
    }

    /// The next key. Whoever looks into the maker later does not find it.
    pub fn make(&mut self, (item, seal): KeyName, generation: u32) -> ItemKey {
        let derive = |what: &[u8]| -> [u8; 32] {
            let hash = Sha256::new().chain_update(what).chain_update(self.seed);
            hash.chain_update(item.0.as_bytes())
                .chain_update(seal.as_str())
                .finalize()
                .into()
        };
        let key = Key(derive(b"interlock item key 1"));
        self.seed = derive(b"interlock next seed 1");
        ItemKey {
            item,
            seal,
            generation,
            key,
        }
    }
}

impl std::fmt::Debug for KeyMaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyMaker(..)")
    }
}
