//! Frames on the wire and entries in the journal: postcard with a version in front, held by golden bytes.

mod codec;
mod entry;
mod frame;

pub use codec::{
    CodecError, FRAME_BYTES_MAX, decode_client, decode_entry, decode_server, encode_client, encode_entry,
    encode_server, encode_stored_entries, hello_protocol, snapshot_head, submitted_count,
};
pub use entry::{Body, Entry};
pub use frame::{
    Acked, Bye, ClientFrame, Committed, Hello, PeerId, PeerPresence, Person, Place, Reason, Rejected, ServerFrame,
    SnapshotInfo, Submitted, Welcome,
};

/// Most keys in one frame.
pub const KEYS_PER_FRAME_MAX: usize = 512;

/// The version of the frames. A server answers another one with [`Bye::OtherProtocol`].
pub const PROTOCOL: u16 = 3;
