//! What one record of the journal says: the stored form, with a format number in front.

use bytes::Bytes;
use domain::{ChangeHash, PersonId, Seq, WorkspaceEvent};
use serde::{Deserialize, Serialize};

/// What a person or the server did: the payload of a journal record. Sequence and time stand in the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Which document of the plan the entry belongs to: a new epoch begins with a fresh one. 0 is the first.
    pub epoch: u32,
    /// Who, as the server's session knows it.
    pub author: PersonId,
    /// What.
    pub body: Body,
}

/// What an entry carries. Stored form: variants are only ever added, at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// A change of the plan's document.
    Change {
        /// SHA-256 of the change; also the record's key in the journal.
        hash: ChangeHash,
        /// The last entry its author had applied when its first operation was made.
        base: Seq,
        /// The change as Automerge writes it, uncompressed.
        bytes: Bytes,
    },
    /// A control event of the workspace's stream. A browser is sent a plan's stream only: reading all these would be 4 kB
    /// more that it loads. It stays the last variant that browsers leave out.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    Workspace(WorkspaceEvent),
}
