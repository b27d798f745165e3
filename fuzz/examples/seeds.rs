//! Writes the corpora that the targets begin with, made from the golden files and from the product's own bytes:
//! `cargo run --release --example seeds` in `fuzz/`.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use domain::{Author, ActorId, Seq, TimestampMs, WorkspaceEvent};
use interlock_fuzz::{PEOPLE, body, plan_of_three};
use journal::testing::MemoryDisk;
use journal::{Append, Key, NewRecord, Options, SteppedJournal, StreamId};
use plan::snapshot::{JournalChange, Keeper};
use protocol::{
    Acked, Body, Bye, ClientFrame, Committed, Entry, Hello, PROTOCOL, PeerId, PeerPresence, Person, Place, Reason,
    Rejected, ServerFrame, SnapshotInfo, Submitted, Welcome, encode_client, encode_entry, encode_server,
};
use uuid::Uuid;

const KILLERS: &str = include_str!("../../crates/plan/tests/guard/killers.txt");
const AT: TimestampMs = TimestampMs(1_764_000_000_000);

fn main() -> io::Result<()> {
    let plan = plan_of_three();
    let killers: Vec<Vec<u8>> = KILLERS.lines().skip(1).filter_map(|line| hex(line.rsplit(" | ").next()?)).collect();
    let changes = plan.changes.iter().map(|change| change.to_vec()).chain(killers);
    let bodies: Vec<Vec<u8>> = changes.map(|change| body(&change).to_vec()).collect();
    write("precheck", bodies.iter().cloned())?;
    write("admission", bodies.iter().enumerate().map(|(at, body)| {
        let base = u8::try_from(at).unwrap_or(u8::MAX).min(7);
        [&[base % 3, base][..], body].concat()
    }))?;
    // What the bytes of a lie stand for is found by trying: some of every length.
    write("guard", (0..64_u8).map(|at| (0..at).map(|step| step.wrapping_mul(at).wrapping_mul(37)).collect()))?;
    write("client_frames", client_frames().iter().map(|frame| encode_client(frame).to_vec()))?;
    write("server_frames", server_talks())?;
    write("entries", entries().iter().map(|entry| encode_entry(entry).to_vec()))?;
    write("snapshots", snapshots())?;
    write("segments", segments())
}

fn write(target: &str, seeds: impl IntoIterator<Item = Vec<u8>>) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder)?;
    let mut count = 0;
    for (at, seed) in seeds.into_iter().enumerate() {
        fs::write(folder.join(format!("seed-{at:03}")), seed)?;
        count = at + 1;
    }
    println!("{target}: {count} seeds");
    Ok(())
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks_exact(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

fn submitted() -> Vec<Submitted> {
    let plan = plan_of_three();
    let next = plan::encode(&plan.next(0)).0;
    let base = plan.table.last();
    vec![Submitted { base, bytes: next }]
}

fn client_frames() -> Vec<ClientFrame> {
    vec![
        ClientFrame::Hello(Hello {
            protocol: PROTOCOL,
            plan: domain::PlanId(Uuid::from_u128(1)),
            epoch: 0,
            have: Seq(3),
        }),
        ClientFrame::Submit(submitted()),
        ClientFrame::Submit([submitted(), submitted()].concat()),
        ClientFrame::Presence(Place::default()),
        ClientFrame::Bye,
    ]
}

fn entries() -> Vec<Entry> {
    let change = |bytes: &Bytes, at: usize| Entry {
        epoch: 0,
        author: PEOPLE[0],
        body: Body::Change {
            hash: plan_of_three().hashes[at],
            base: Seq(at as u64),
            bytes: bytes.clone(),
        },
    };
    let changes = plan_of_three().changes.iter().enumerate().map(|(at, bytes)| change(bytes, at));
    let event = Entry {
        epoch: 0,
        author: PEOPLE[0],
        body: Body::Workspace(WorkspaceEvent::PersonAdded {
            person: PEOPLE[1],
            email: "ann@example.com".to_owned(),
            name: "Ann".to_owned(),
            administrator: true,
        }),
    };
    changes.chain([event]).collect()
}

/// Whole conversations: a frame behind its length, one after another.
fn server_talks() -> Vec<Vec<u8>> {
    let plan = plan_of_three();
    let welcome = |head: u64, snapshot| {
        ServerFrame::Welcome(Welcome {
            protocol: PROTOCOL,
            you: PEOPLE[0],
            standing: Author::executive(PEOPLE[0]).standing,
            peer: PeerId(7),
            epoch: 0,
            head: Seq(head),
            now: AT,
            snapshot,
            people: vec![Person {
                id: PEOPLE[0],
                name: "Ann".to_owned(),
            }],
            actors: vec![(ActorId([0xa0; 16]), PEOPLE[0])],
        })
    };
    let committed: Vec<Committed> = (1..).zip(entries()).take(plan.changes.len()).map(|(seq, entry)| Committed {
        seq: Seq(seq),
        at: AT,
        entry,
    }).collect();
    let head = committed.len() as u64;
    let document = Bytes::from(plan.replica.save());
    let info = SnapshotInfo {
        seq: Seq(head),
        len: document.len() as u64,
    };
    let part = |offset: usize, bytes: Bytes| ServerFrame::Snapshot {
        offset: offset as u64,
        bytes,
    };
    let (first, second) = (document.slice(..100), document.slice(100..));
    let gone = PeerPresence {
        peer: PeerId(8),
        person: PEOPLE[1],
        place: None,
    };
    let talks = [
        vec![welcome(head, None), ServerFrame::Entries(committed.clone()), ServerFrame::Presence(vec![gone])],
        vec![welcome(head, Some(info)), part(0, first), part(100, second)],
        vec![
            welcome(1, None),
            ServerFrame::Entries(committed[..1].to_vec()),
            ServerFrame::Entries(committed[1..].to_vec()),
            ServerFrame::Ack(vec![Acked {
                hash: plan.hashes[1],
                seq: Seq(2),
                at: AT,
            }]),
            ServerFrame::Reject(Rejected {
                hash: plan.hashes[1],
                reason: Reason::AfterRejected,
            }),
            ServerFrame::Bye(Bye::Restarting),
            welcome(head, None),
        ],
    ];
    talks.iter().map(|talk| talk.iter().flat_map(|frame| {
        let bytes = encode_server(frame);
        let length = u16::try_from(bytes.len()).expect("seeds are short");
        [&length.to_le_bytes()[..], &bytes].concat()
    }).collect()).collect()
}

fn snapshots() -> Vec<Vec<u8>> {
    let plan = plan_of_three();
    let mut keeper = Keeper::new();
    for (at, bytes) in plan.changes.iter().take(3).enumerate() {
        let seq = Seq(at as u64 + 1);
        let base = Seq(at as u64);
        let pushed = keeper.push(JournalChange {
            seq,
            at: AT,
            author: PEOPLE[0],
            base,
            bytes: bytes.clone(),
        });
        pushed.expect("our own changes fit");
    }
    let files = keeper.take().expect("a snapshot of our own changes");
    vec![plan.table.save(), files.resume.to_vec(), files.manifest.to_string().into_bytes()]
}

fn segments() -> Vec<Vec<u8>> {
    let disk = MemoryDisk::default();
    let options = Options {
        segment_bytes: 1,
        append_bytes_max: 2_000,
        identity: Some([0x1d; 32]),
        ..Options::default()
    };
    let mut seeds = Vec::new();
    let mut journal = SteppedJournal::open_on(Arc::new(disk.clone()), options).expect("an empty disk");
    for at in 0..3_u8 {
        let records = vec![NewRecord {
            key: Key([at; 32]),
            at: AT,
            payload: Bytes::from(vec![at; 20]),
        }];
        let stream = StreamId(Uuid::from_u128(1));
        let expect = None;
        let answers = journal.append(vec![Append { stream, expect, records }]);
        assert!(answers.iter().all(Result::is_ok), "a disk in memory takes it");
        seeds.extend(disk.bytes("0000000001.segment"));
    }
    seeds
}
