//! A plan with a long history: authored from a table, as true changes of many actors.
//!
//! Most of it goes straight into the journal while no server runs, which takes a second for 20,000 changes; a short tail
//! after the newest snapshot goes through the running server.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use domain::{ActorId, PersonId, PlanId, Schema, Seq, TimestampMs};
use journal::{Append, Journal as _, Key, NewRecord, Options, SegmentJournal};
use plan::Table;
use protocol::{Body, ClientFrame, Entry, ServerFrame, Submitted, decode_entry, decode_server};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use crate::edits;
use crate::wire::Wire;

/// People's devices that the history is of.
const ACTORS: usize = 30;
/// Changes that are written together.
const BATCH: usize = 500;
/// Changes of one Submit.
const SUBMIT: usize = 50;
/// How much of a stream is read at once, in bytes.
const READ_BYTES: usize = 1 << 20;
/// How often a draw may find nothing to change, one after the other.
const DRAWS_MAX: usize = 100;
/// How long the server may take to write its snapshot.
const SNAPSHOT_TIME: Duration = Duration::from_mins(1);

/// The plan, and who goes on writing it.
pub(crate) struct Filler {
    plan: PlanId,
    table: Table,
    schema: Arc<Schema>,
    person: PersonId,
    actors: Vec<ActorId>,
    random: ChaCha8Rng,
}

impl Filler {
    /// Begins with what the journal has of a plan. `person`: the author of what goes straight into it.
    pub(crate) async fn open(data: &Path, plan: PlanId, person: PersonId, seed: u64) -> anyhow::Result<Self> {
        let journal = SegmentJournal::open(&data.join("journal"), Options::default())?;
        let mut table = Table::new();
        loop {
            let records = journal.read(plan.into(), table.last().next(), READ_BYTES).await?;
            if records.is_empty() {
                break;
            }
            for record in &records {
                if let Body::Change { base, bytes, .. } = decode_entry(&record.payload)?.body {
                    take(&mut table, record.seq, base, &bytes)?;
                } else {
                    table.skip(record.seq);
                }
            }
        }
        ensure!(table.last() > Seq::ZERO, "the plan has not begun");
        journal.close().await;
        Ok(Self {
            plan,
            table,
            schema: Arc::new(Schema::standard()),
            person,
            actors: (0..ACTORS).map(|_| ActorId(*Uuid::now_v7().as_bytes())).collect(),
            random: ChaCha8Rng::seed_from_u64(seed),
        })
    }

    /// The plan's last entry.
    pub(crate) fn last(&self) -> Seq {
        self.table.last()
    }

    /// Writes changes straight into the journal until it has `upto` of them. No server may run on the folder.
    pub(crate) async fn write(&mut self, data: &Path, upto: Seq) -> anyhow::Result<()> {
        let journal = SegmentJournal::open(&data.join("journal"), Options::default())?;
        while self.last() < upto {
            let left = usize::try_from(upto.0 - self.last().0)?.min(BATCH);
            let expect = Some(self.last());
            let records = (0..left).map(|_| self.record()).collect::<anyhow::Result<Vec<_>>>()?;
            let stream = self.plan.into();
            let append = Append {
                stream,
                expect,
                records,
            };
            journal.append(append).await?;
        }
        journal.close().await;
        Ok(())
    }

    /// Sends so many changes to a running server, and waits until they are on its disk.
    pub(crate) async fn send(&mut self, address: SocketAddr, token: &str, count: usize) -> anyhow::Result<()> {
        let mut wire = Wire::greet(address, self.plan, token, self.last()).await?;
        // An actor of this person alone.
        let actor = ActorId(*Uuid::now_v7().as_bytes());
        let mut left = count;
        while left > 0 {
            let base = self.last();
            let mut changes = Vec::new();
            for _ in 0..left.min(SUBMIT) {
                let (submitted, _) = self.author(actor)?;
                // Its own changes before it are in a change's past by themselves.
                changes.push(Submitted { base, ..submitted });
            }
            left -= changes.len();
            wire.hand().send(&ClientFrame::Submit(changes)).await?;
            self.wait_until_saved(&mut wire).await?;
        }
        Ok(())
    }

    async fn wait_until_saved(&self, wire: &mut Wire) -> anyhow::Result<()> {
        while let Some(frame) = wire.next().await? {
            match decode_server(&frame.payload)? {
                ServerFrame::Ack(acks) if acks.iter().any(|ack| ack.seq == self.last()) => return Ok(()),
                ServerFrame::Reject(rejected) => bail!("the server refused a change: {}", rejected.reason),
                ServerFrame::Bye(bye) => bail!("the server ended the connection: {bye}"),
                _ => {}
            }
        }
        bail!("the server closed the connection")
    }

    fn record(&mut self) -> anyhow::Result<NewRecord> {
        let turn = usize::try_from(self.last().0)? % self.actors.len();
        let actor = *self.actors.get(turn).context("one of the actors")?;
        let (submitted, hash) = self.author(actor)?;
        let body = Body::Change {
            hash,
            base: submitted.base,
            bytes: submitted.bytes,
        };
        let entry = Entry {
            epoch: 0,
            author: self.person,
            body,
        };
        Ok(NewRecord {
            key: Key(hash.0),
            at: TimestampMs(1),
            payload: protocol::encode_entry(&entry),
        })
    }

    /// The next change, which is in the table at once.
    fn author(&mut self, actor: ActorId) -> anyhow::Result<(Submitted, domain::ChangeHash)> {
        for _ in 0..DRAWS_MAX {
            let edits = edits::next(&self.table, &self.schema, &mut self.random);
            // A draw may find nothing to change, or a paragraph that is full.
            let Ok(Some(authored)) = self.table.author(actor, TimestampMs(1), &edits) else {
                continue;
            };
            let seq = self.last().next();
            take(&mut self.table, seq, authored.base, &authored.bytes)?;
            let submitted = Submitted {
                base: authored.base,
                bytes: authored.bytes,
            };
            return Ok((submitted, authored.hash));
        }
        bail!("no edit that changes something was found")
    }
}

fn take(table: &mut Table, seq: Seq, base: Seq, bytes: &[u8]) -> anyhow::Result<()> {
    let prechecked = plan::precheck(bytes, &plan::Limits::default())?;
    let change = plan::decode(&prechecked)?;
    table.replay(seq, base, &change)?;
    Ok(())
}

/// Waits until a server has written a snapshot of a plan.
pub(crate) async fn wait_for_snapshot(data: &Path, plan: PlanId) -> anyhow::Result<()> {
    let manifest = data
        .join("snapshots")
        .join(plan.to_string())
        .join(plan::snapshot::MANIFEST_NAME);
    let end = Instant::now() + SNAPSHOT_TIME;
    while !manifest.is_file() {
        ensure!(
            Instant::now() < end,
            "the server took no snapshot within {SNAPSHOT_TIME:?}"
        );
        // The server tells nobody that it took a snapshot: only the file shows.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
