//! One client that opens a plan and takes everything it is sent.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use bytes::Bytes;
use domain::{ActorId, PlanId, Seq};
use plan::Replica;
use protocol::{Body, Bye, Committed, ServerFrame, SnapshotInfo, decode_server};

use crate::wire::Wire;

/// What an opening took, and what came.
pub(crate) struct Opened {
    /// From before the connection to the first byte of the plan's content, and to the last.
    pub(crate) first_byte: Duration,
    pub(crate) last_byte: Duration,
    /// All bytes on the wire behind the head of the answer.
    pub(crate) bytes: u64,
    pub(crate) snapshot: Option<SnapshotInfo>,
    pub(crate) head: Seq,
    pieces: Vec<Bytes>,
    tail: Vec<Committed>,
    wire: Wire,
}

/// A connection that stands until this is dropped.
pub(crate) struct Connection(#[expect(dead_code, reason = "held, not used")] Wire);

/// Opens a plan.
pub(crate) async fn open(address: SocketAddr, plan: PlanId, token: &str) -> anyhow::Result<Opened> {
    let begin = Instant::now();
    let mut wire = Wire::greet(address, plan, token, Seq::ZERO).await?;
    let (mut bytes, mut first, mut pieces, mut tail) = (0, None, Vec::new(), Vec::new());
    let mut welcome = None;
    let mut last = Seq::ZERO;
    let mut left = 0;
    loop {
        let Some(frame) = wire.next().await? else {
            bail!("the server closed the connection");
        };
        let read = Instant::now();
        bytes += u64::try_from(frame.whole.len())?;
        match decode_server(&frame.payload)? {
            ServerFrame::Welcome(said) => {
                left = said.snapshot.as_ref().map_or(0, |info| info.len);
                welcome = Some(said);
            }
            ServerFrame::Snapshot { bytes, .. } => {
                first.get_or_insert(frame.since);
                left = left.saturating_sub(u64::try_from(bytes.len())?);
                pieces.push(bytes);
                last = last.max(snapshot_end(welcome.as_ref(), left));
            }
            ServerFrame::Entries(entries) => {
                first.get_or_insert(frame.since);
                last = entries.last().map_or(last, |entry| entry.seq);
                tail.extend(entries);
            }
            ServerFrame::Bye(bye) => return refused(&bye),
            _ => {}
        }
        if let (Some(said), Some(first)) = (&welcome, first)
            && last >= said.head
        {
            return Ok(Opened {
                first_byte: first.saturating_duration_since(begin),
                // Without reading what is in it: a client's work is measured by itself.
                last_byte: read.saturating_duration_since(begin),
                bytes,
                snapshot: said.snapshot.clone(),
                head: said.head,
                pieces,
                tail,
                wire,
            });
        }
    }
}

/// How far a snapshot reaches of which so many bytes are still to come.
fn snapshot_end(welcome: Option<&protocol::Welcome>, left: u64) -> Seq {
    let info = welcome.and_then(|welcome| welcome.snapshot.as_ref());
    info.filter(|_| left == 0).map_or(Seq::ZERO, |info| info.seq)
}

fn refused(bye: &Bye) -> anyhow::Result<Opened> {
    bail!("the server ended the connection: {bye}")
}

impl Opened {
    /// The connection alone, without what came.
    pub(crate) fn connection(self) -> Connection {
        Connection(self.wire)
    }

    /// How long a client takes to make the document of what came.
    pub(crate) fn client_load(&self) -> anyhow::Result<Duration> {
        let begin = Instant::now();
        let actor = ActorId([7; 16]);
        let mut replica = if self.snapshot.is_some() {
            Replica::load(&self.pieces.concat(), actor)?
        } else {
            Replica::new(actor)
        };
        let change = |entry: &Committed| match &entry.entry.body {
            Body::Change { bytes, .. } => Some(bytes.clone()),
            Body::Workspace(_) => None,
        };
        let changes: Vec<Bytes> = self.tail.iter().filter_map(change).collect();
        replica.apply(&changes)?;
        ensure!(!replica.heads().is_empty(), "the document is empty");
        Ok(begin.elapsed())
    }
}
