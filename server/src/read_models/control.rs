//! The control events of plans, out of the workspace's stream: what happened to a plan beside its content.

use domain::{PersonId, PlanId, Seq, TimestampMs, WorkspaceEvent};
use reports::Then;
use serde::{Deserialize, Serialize};

use super::store::{Store, StoreError, Writes};

/// Raised when other events belong into a plan's history: those that were passed over are read again.
pub(super) const VERSION: u32 = 2;
const CONTROL: u8 = b'c';
/// Where in the workspace's stream the index stands.
const CURSOR_KEY: &[u8] = b"workspace";

/// A control event with its place in the workspace's stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlEvent {
    /// The entry.
    pub seq: Seq,
    /// When.
    pub at: TimestampMs,
    /// Who.
    pub author: PersonId,
    /// What.
    pub event: WorkspaceEvent,
    /// What was so then.
    pub then: Then,
}

impl Store {
    /// The last entry of the workspace's stream that is in the index.
    pub(crate) fn control_cursor(&self) -> Result<Seq, StoreError> {
        let stored = self.db.get(CURSOR_KEY).map_err(|error| error.to_string())?;
        let Some(stored) = stored else { return Ok(Seq::ZERO) };
        let bytes = <[u8; 8]>::try_from(&stored[..]).map_err(|_| "a position that is none")?;
        Ok(Seq(u64::from_be_bytes(bytes)))
    }

    /// Saves events of plans, then that everything up to an entry was looked at.
    pub(crate) fn save_control(&self, events: &[(PlanId, ControlEvent)], upto: Seq) -> Result<(), StoreError> {
        let mut writes = Writes::default();
        for (plan, event) in events {
            let stored = postcard::to_stdvec(event).expect("serialising into memory does not fail");
            writes.insert(control_key(*plan, event.seq), stored);
        }
        writes.insert(CURSOR_KEY.to_vec(), upto.0.to_be_bytes().to_vec());
        self.write(writes)
    }

    /// The events of a plan before an entry of the workspace's stream, newest first.
    pub(crate) fn control(
        &self,
        plan: PlanId,
        before: Seq,
    ) -> impl DoubleEndedIterator<Item = Result<ControlEvent, StoreError>> + use<> {
        let range = control_key(plan, Seq::ZERO)..control_key(plan, before);
        self.db.range(range).rev().map(|found| {
            let (_, bytes) = found.map_err(|error| error.to_string())?;
            postcard::from_bytes(&bytes).map_err(|error| error.to_string())
        })
    }
}

fn control_key(plan: PlanId, seq: Seq) -> Vec<u8> {
    [&[CONTROL][..], plan.0.as_bytes(), &seq.0.to_be_bytes()].concat()
}
