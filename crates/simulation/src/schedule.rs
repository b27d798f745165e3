//! What happens when: one queue for everything, in the order of time, then of being planned.

use std::collections::BTreeMap;

use domain::{PlanId, Seq};
use plan::snapshot::SnapshotFiles;
use protocol::{PeerId, SnapshotInfo};

use crate::net::ConnId;

/// Something that will happen. What belongs to a room names it by number: a later room of the plan has another.
#[derive(Debug)]
pub(crate) enum Event {
    /// The attempt to connect reaches the server, or finds nobody.
    Opened(ConnId),
    /// A frame reaches the server.
    Up(ConnId),
    /// The server's socket takes what waits for it.
    Take(ConnId),
    /// A frame reaches the client.
    Down(ConnId),
    /// The client notices that the connection is gone.
    LostAtClient(ConnId),
    /// The server notices that the connection is gone.
    LostAtServer(ConnId),
    /// A session's timer.
    Wake { device: usize, token: u64 },
    /// A room's plan was read, and it begins.
    Begin { plan: PlanId, room: u64 },
    /// A room's timer.
    RoomWake { plan: PlanId, room: u64, token: u64 },
    /// The append under way is done with, one way or the other.
    Disk { plan: PlanId, room: u64 },
    /// History was read for a peer.
    History {
        plan: PlanId,
        room: u64,
        peer: PeerId,
        from: Seq,
        bytes_max: usize,
    },
    /// A piece of a snapshot was read for a peer.
    Piece {
        plan: PlanId,
        room: u64,
        peer: PeerId,
        info: SnapshotInfo,
        offset: u64,
        bytes_max: usize,
    },
    /// The snapshot keeper gets to work.
    Snapshot { plan: PlanId, boot: u64 },
    /// The snapshot's two files are on disk; the manifest follows.
    Manifest {
        plan: PlanId,
        boot: u64,
        files: Box<SnapshotFiles>,
    },
    /// What the workspace decided is on disk, or is not.
    Control(u64),
    /// A room hears that the workspace has changed.
    Access { plan: PlanId, room: u64 },
    /// Nobody has needed the room for a while.
    Idle { plan: PlanId, room: u64, token: u64 },
    /// The server starts.
    Boot(u64),
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    queue: BTreeMap<(i64, u64), Event>,
    planned: u64,
}

impl Schedule {
    /// Plans something.
    pub(crate) fn at(&mut self, at: i64, event: Event) {
        self.planned += 1;
        self.queue.insert((at, self.planned), event);
    }

    /// The next event up to a time.
    pub(crate) fn pop(&mut self, until: i64) -> Option<(i64, Event)> {
        let entry = self.queue.first_entry()?;
        let at = entry.key().0;
        (at <= until).then(|| (at, entry.remove()))
    }
}
