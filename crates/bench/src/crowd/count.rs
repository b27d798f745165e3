//! What the clients of a crowd have received.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use domain::{ChangeHash, Seq};
use plan::Table;
use protocol::{Acked, Body, Committed, ServerFrame, Submitted, decode_server};

use crate::bare::Written;
use crate::wire::Frame;

/// Recorded frames that are looked through for the one that another client got too.
const RECENT_FRAMES: usize = 16;

/// The entries of a frame.
type Names = Rc<Vec<(Seq, ChangeHash)>>;

/// All that is known of the plan and of its clients.
pub(crate) struct Known {
    /// The plan as of the last entry that anyone has received.
    pub(crate) table: Table,
    /// Why a connection was lost.
    pub(crate) lost: Option<String>,
    /// Why edits were refused.
    pub(crate) rejected: Vec<String>,
    clients: Vec<Client>,
    made: HashMap<ChangeHash, Made>,
    /// The last frame of entries: it comes to many.
    last: Option<(Frame, Names)>,
    begin: Instant,
    record: bool,
    /// Only one client edits: the table has its changes before they are on disk.
    is_ahead: bool,
    /// The last entry that is on disk, as far as anyone has heard.
    committed: Seq,
    counts: Counts,
}

#[derive(Debug, Clone, Default)]
struct Client {
    /// The stream's end as the Welcome said it.
    head: Option<Seq>,
    /// The last entry it has received, or heard of as its own.
    last: Seq,
    /// Own changes on disk, as the Acks say.
    acked: usize,
    /// Its own last change.
    own: Option<ChangeHash>,
    sent: usize,
}

#[derive(Debug, Clone)]
struct Made {
    at: Instant,
    by: usize,
    /// What goes into the table when the change is on disk: nobody is sent a group of only their own.
    submitted: Submitted,
}

/// What was counted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    /// Edits that were made.
    pub(crate) edits: usize,
    /// How often an edit has come to a client that did not make it.
    pub(crate) delivered: usize,
    /// How often one has not, or was not acknowledged.
    pub(crate) missing: usize,
    /// Frames that the server sent, of any kind.
    pub(crate) frames: usize,
    /// Of these, frames of entries, and their bytes on the wire.
    pub(crate) entries_frames: usize,
    pub(crate) entries_bytes: usize,
    /// Of these, frames of presence.
    pub(crate) presence_frames: usize,
    /// From the edit to its arrival at another client.
    pub(crate) latencies: Vec<Duration>,
    /// The frames of entries, if they were to be kept.
    pub(crate) recorded: Vec<Written>,
}

impl Counts {
    /// The time that so many hundredths of the arrivals took at most, in milliseconds.
    pub(crate) fn latency_ms(&self, hundredth: usize) -> f64 {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let index = (sorted.len() * hundredth / 100).min(sorted.len().saturating_sub(1));
        sorted.get(index).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
    }
}

impl Known {
    pub(crate) fn new(clients: usize) -> Self {
        Self {
            table: Table::new(),
            lost: None,
            rejected: Vec::new(),
            clients: vec![Client::default(); clients],
            made: HashMap::new(),
            last: None,
            begin: Instant::now(),
            record: false,
            is_ahead: false,
            committed: Seq::ZERO,
            counts: Counts::default(),
        }
    }

    /// From here on is counted.
    pub(crate) fn begin(&mut self, begin: Instant, record: bool, is_ahead: bool) {
        self.begin = begin;
        self.record = record;
        self.is_ahead = is_ahead;
        self.counts = Counts::default();
        self.made.clear();
        for client in &mut self.clients {
            (client.sent, client.acked) = (0, 0);
        }
    }

    /// A client has made a change; answers with it as it is to be sent.
    pub(crate) fn made(
        &mut self,
        hash: ChangeHash,
        at: Instant,
        by: usize,
        mut submitted: Submitted,
    ) -> anyhow::Result<Submitted> {
        if self.is_ahead {
            let seq = self.table.last().next();
            self.take(seq, submitted.base, &submitted.bytes)?;
            // Its own changes before it are in a change's past by themselves.
            submitted.base = self.committed;
        }
        let made = Made {
            at,
            by,
            submitted: submitted.clone(),
        };
        self.made.insert(hash, made);
        self.counts.edits += 1;
        if let Some(client) = self.clients.get_mut(by) {
            client.own = Some(hash);
            client.sent += 1;
        }
        Ok(submitted)
    }

    pub(crate) fn all_are_online(&self) -> bool {
        let online = |client: &Client| client.head.is_some_and(|head| client.last >= head);
        self.clients.iter().all(online) && self.clients.iter().any(|client| client.last == self.table.last())
    }

    /// Every change is acknowledged, and everyone has it.
    pub(crate) fn all_have_all(&self) -> bool {
        self.lacking() == 0
    }

    /// The client's last change is in the table.
    pub(crate) fn has_own(&self, client: usize) -> bool {
        let own = self.clients.get(client).and_then(|client| client.own);
        own.is_none_or(|hash| self.table.position(&hash).is_some())
    }

    fn lacking(&self) -> usize {
        let expected = self.counts.edits * self.clients.len().saturating_sub(1);
        let unsaved: usize = self
            .clients
            .iter()
            .map(|client| client.sent.saturating_sub(client.acked))
            .sum();
        expected.saturating_sub(self.counts.delivered) + unsaved
    }

    pub(crate) fn take_counts(&mut self) -> Counts {
        self.counts.missing = self.lacking();
        std::mem::take(&mut self.counts)
    }

    /// Entries that came in order and are new go into the table.
    fn feed(&mut self, entries: &[Committed]) -> anyhow::Result<()> {
        for entry in entries {
            let Body::Change { base, bytes, .. } = &entry.entry.body else {
                continue;
            };
            self.committed = self.committed.max(entry.seq);
            self.take(entry.seq, *base, bytes)?;
        }
        Ok(())
    }

    fn take(&mut self, seq: Seq, base: Seq, bytes: &[u8]) -> anyhow::Result<()> {
        if seq == self.table.last().next() {
            let prechecked = plan::precheck(bytes, &plan::Limits::default())?;
            let change = plan::decode(&prechecked)?;
            self.table.replay(seq, base, &change)?;
        }
        Ok(())
    }

    fn on_acks(&mut self, client: usize, acks: &[Acked]) -> anyhow::Result<()> {
        let of = self.clients.get_mut(client).context("a client of this crowd")?;
        of.acked += acks.len();
        for acked in acks {
            self.committed = self.committed.max(acked.seq);
            if let Some(Submitted { base, bytes }) = self.made.get(&acked.hash).map(|made| made.submitted.clone()) {
                self.take(acked.seq, base, &bytes)?;
            }
        }
        Ok(())
    }

    fn on_entries(&mut self, client: usize, frame: &Frame, entries: &[(Seq, ChangeHash)]) {
        let now = Instant::now();
        self.counts.entries_frames += 1;
        self.counts.entries_bytes += frame.whole.len();
        let Some(of) = self.clients.get_mut(client) else { return };
        for (seq, hash) in entries {
            if *seq <= of.last {
                continue;
            }
            of.last = *seq;
            if let Some(made) = self.made.get(hash)
                && made.by != client
            {
                self.counts.delivered += 1;
                self.counts.latencies.push(now.saturating_duration_since(made.at));
            }
        }
        if self.record {
            self.record(client, frame, now);
        }
    }

    fn record(&mut self, client: usize, frame: &Frame, now: Instant) {
        let recorded = &mut self.counts.recorded;
        let recent = recorded.iter_mut().rev().take(RECENT_FRAMES);
        for written in recent {
            if written.bytes == frame.whole {
                written.to.push(client);
                return;
            }
        }
        recorded.push(Written {
            at: now.saturating_duration_since(self.begin),
            bytes: frame.whole.clone(),
            to: vec![client],
        });
    }
}

/// A client has received a frame.
pub(crate) fn on_frame(known: &mut Known, client: usize, frame: &Frame) -> anyhow::Result<()> {
    known.counts.frames += 1;
    if let Some((last, entries)) = &known.last
        && last.payload == frame.payload
    {
        let entries = Rc::clone(entries);
        known.on_entries(client, frame, &entries);
        return Ok(());
    }
    match decode_server(&frame.payload)? {
        ServerFrame::Entries(entries) => {
            known.feed(&entries)?;
            let names = entries.iter().filter_map(|entry| match entry.entry.body {
                Body::Change { hash, .. } => Some((entry.seq, hash)),
                Body::Workspace(_) => None,
            });
            let names: Names = Rc::new(names.collect());
            known.last = Some((frame.clone(), Rc::clone(&names)));
            known.on_entries(client, frame, &names);
        }
        ServerFrame::Ack(acks) => known.on_acks(client, &acks)?,
        ServerFrame::Welcome(welcome) => {
            let of = known.clients.get_mut(client).context("a client of this crowd")?;
            of.head = Some(welcome.head);
        }
        ServerFrame::Reject(rejected) => known.rejected.push(rejected.reason.to_string()),
        ServerFrame::Bye(bye) => known.lost = Some(bye.to_string()),
        ServerFrame::Presence(_) => known.counts.presence_frames += 1,
        ServerFrame::People { .. }
        | ServerFrame::Snapshot { .. }
        | ServerFrame::Standing(_)
        | ServerFrame::Keys(_)
        | ServerFrame::Erased(_)
        | ServerFrame::Generation(_) => {}
    }
    Ok(())
}
