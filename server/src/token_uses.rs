//! When a token was last used: so that who looks at a list of them can tell which nobody needs any more.
//!
//! It is in memory alone and begins anew with the server: written down, each request that only reads would write.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::TimestampMs;
use domain::event::SecretDigest;
use workspace::State;

/// Tokens of which it is kept. A workspace with more has those that are used first after a start.
const TOKENS_MAX: usize = 65_536;

/// The last use of each token since the server was started.
#[derive(Debug, Clone, Default)]
pub struct TokenUses {
    last: Arc<Mutex<BTreeMap<SecretDigest, TimestampMs>>>,
}

impl TokenUses {
    /// A token of the workspace was used.
    pub fn note(&self, state: &State, token: SecretDigest, now: TimestampMs) {
        let mut last = self.last();
        if last.len() >= TOKENS_MAX && !last.contains_key(&token) {
            last.retain(|digest, _| state.any_token(digest).is_some());
            if last.len() >= TOKENS_MAX {
                return;
            }
        }
        last.insert(token, now);
    }

    /// When it was; nothing: not since the server was started.
    pub fn last_of(&self, token: &SecretDigest) -> Option<TimestampMs> {
        self.last().get(token).copied()
    }

    fn last(&self) -> MutexGuard<'_, BTreeMap<SecretDigest, TimestampMs>> {
        // Nothing that can panic runs under this lock.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
