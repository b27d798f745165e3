//! Frames on the websocket, both ways. One binary message holds one frame.

use bytes::Bytes;
use domain::{ActorId, Cell, ChangeHash, ItemKey, KeyName, PersonId, PlanId, Seq, Standing, TimestampMs};
use serde::{Deserialize, Serialize};

use crate::PROTOCOL;
use crate::entry::Entry;

/// One open page of a person, as the server numbers them: a person with two tabs is two peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PeerId(pub u64);

/// What a client sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientFrame {
    /// The first frame of a connection.
    Hello(Hello),
    /// Changes to admit, in order.
    Submit(Vec<Submitted>),
    /// Where this person is now; replaces what was said before.
    Presence(Place),
    /// A polite end.
    Bye,
    /// Keys of contacts that the client makes, of no later generation than the plan's; sent before the changes that are
    /// sealed with them. At most [`crate::KEYS_PER_FRAME_MAX`].
    Keys(Vec<ItemKey>),
}

/// Who connects and what they already have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`crate::PROTOCOL`] as the client was built.
    pub protocol: u16,
    /// The plan.
    pub plan: PlanId,
    /// The epoch of the document the client has; ignored when `have` is zero.
    pub epoch: u32,
    /// The last entry the client has applied, zero for none.
    pub have: Seq,
}

/// One change of a Submit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// The last entry the author had applied when the change's first operation was made.
    pub base: Seq,
    /// The change, uncompressed.
    pub bytes: Bytes,
}

/// Where a person is in the plan, and what they are typing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The cell under their hand.
    pub cell: Option<Cell>,
    /// What stands in the input, not yet an edit.
    pub draft: Option<String>,
    /// The caret in the draft, in UTF-16 units.
    pub caret: Option<u32>,
}

/// What the server sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServerFrame {
    /// The answer to Hello. The snapshot, if one is announced, follows in parts, then the tail as Entries.
    Welcome(Welcome),
    /// A part of the announced snapshot.
    Snapshot {
        /// Where it begins.
        offset: u64,
        /// The bytes.
        bytes: Bytes,
    },
    /// Committed entries, gap-free and in order: one frame for each commit group.
    Entries(Vec<Committed>),
    /// Own changes that are on disk now, in the order of their sequence numbers.
    Ack(Vec<Acked>),
    /// An own change that was refused. Everything later by its actor is refused too.
    Reject(Rejected),
    /// Who is here and where. Only what changed; a full list follows Welcome.
    Presence(Vec<PeerPresence>),
    /// People who joined the workspace, and actors first seen, since Welcome.
    People {
        /// People.
        people: Vec<Person>,
        /// Actors and who owns them.
        actors: Vec<(ActorId, PersonId)>,
    },
    /// The server ends the connection.
    Bye(Bye),
    /// What the client is in the plan from now on.
    Standing(Standing),
    /// Keys of contacts, for who may read what is personal: all of them between Welcome and the snapshot, later what is
    /// new. An own key is in the key store when it comes back; where another stands here, that one was first.
    Keys(Vec<ItemKey>),
    /// Keys that were destroyed, of all generations: what is sealed with them is gone for good.
    Erased(Vec<KeyName>),
    /// The plan's generation, for who may read what is personal: what they write from now on about a contact is sealed with a
    /// key of it, which whoever writes first makes.
    Generation(u32),
}

/// The server's answer to Hello.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// [`crate::PROTOCOL`] of the server.
    pub protocol: u16,
    /// Who the client is.
    pub you: PersonId,
    /// What the client is in the plan.
    pub standing: Standing,
    /// This connection among the peers.
    pub peer: PeerId,
    /// The document's epoch.
    pub epoch: u32,
    /// The stream's last entry as of now.
    pub head: Seq,
    /// The server's clock.
    pub now: TimestampMs,
    /// The snapshot that follows: the client drops what it had. None: the tail alone follows.
    pub snapshot: Option<SnapshotInfo>,
    /// Everyone in the workspace.
    pub people: Vec<Person>,
    /// Actors of this plan and who owns them.
    pub actors: Vec<(ActorId, PersonId)>,
}

/// A snapshot of the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotInfo {
    /// The last entry in it.
    pub seq: Seq,
    /// Its length in bytes.
    pub len: u64,
}

/// A person as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: String,
}

/// A committed entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Committed {
    /// Its position.
    pub seq: Seq,
    /// When the server admitted it.
    pub at: TimestampMs,
    /// What.
    pub entry: Entry,
}

/// An own change that is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acked {
    /// Which.
    pub hash: ChangeHash,
    /// Its position.
    pub seq: Seq,
    /// When the server admitted it.
    pub at: TimestampMs,
}

/// An own change that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Which.
    pub hash: ChangeHash,
    /// Why.
    pub reason: Reason,
}

/// Why a change was refused, in words a person understands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Reason {
    /// The bytes are not a change that this server takes.
    #[error("this edit could not be read: {0}")]
    Malformed(String),
    /// The change lies about what its author had seen.
    #[error("this edit does not fit the plan's history: {0}")]
    Inconsistent(String),
    /// The person may not write there, or not that.
    #[error("{0}")]
    Denied(String),
    /// An earlier edit of the same actor was refused.
    #[error("it depends on an edit that was refused")]
    AfterRejected,
    /// The server cannot take edits now; what is saved stays saved.
    #[error("the server cannot save edits now: {0}")]
    Unavailable(String),
    /// What is personal about a contact is not sealed as it must be.
    #[error("{0}")]
    Sealed(String),
}

/// Where a peer is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerPresence {
    /// Which connection.
    pub peer: PeerId,
    /// Whose.
    pub person: PersonId,
    /// Where; None: gone.
    pub place: Option<Place>,
}

/// Why the server ends a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Bye {
    /// The server stops for a while.
    #[error("the server restarts; your edits wait here until it is back")]
    Restarting,
    /// The client speaks another version of the protocol.
    #[error("{}", other_protocol(*server))]
    OtherProtocol {
        /// The server's.
        server: u16,
    },
    /// No such plan, or it is archived.
    #[error("this plan does not exist here, or was archived")]
    NoSuchPlan,
    /// The session ended.
    #[error("you are signed out: sign in again")]
    SignedOut,
    /// A frame that is not of this protocol, or out of order.
    #[error("the server could not read what this page sent: {0}")]
    BadFrame(String),
    /// Too much at once.
    #[error("too many edits at once: wait a moment")]
    TooMuch,
    /// A fault of the server; the client may come again.
    #[error("the server had a fault and starts this plan anew")]
    Fault,
    /// The person has as many connections open as one may.
    #[error("you have too many pages open: close some of them, then reload this one")]
    TooManyOpen,
    /// The person has no part in the plan any more.
    #[error(
        "you have no part in this plan any more: ask its client executive; what you wrote and is not saved stays here"
    )]
    NoAccess,
}

/// What a client of this build says of a server of another version.
fn other_protocol(server: u16) -> &'static str {
    if server < PROTOCOL {
        "the server is older than this page: whoever runs it should start the newer version again, then reload this page"
    } else {
        "this page is older than the server: reload it"
    }
}
