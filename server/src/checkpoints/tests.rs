//! A past that is written anew, cut or exchanged, by somebody who computes every chain anew, and who may even have the key.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use domain::{Seq, TimestampMs};
use journal::{Append, Journal, Key, NewRecord, Options, Record, SegmentJournal, StreamId};
use tempfile::TempDir;
use uuid::Uuid;

use super::proof::{Kind, Proof, prove};
use super::{CheckpointError, Checkpoints, LOG_FILE, Made, PublicKey, SigningKey, checkpoints_dir};
use crate::app::journal_dir;
use crate::clock::Clock;

const WORKSPACE: StreamId = StreamId::WORKSPACE;
const PLAN: StreamId = StreamId(Uuid::from_u128(1));
const OTHER: StreamId = StreamId(Uuid::from_u128(2));

/// A data folder with a journal and checkpoints, and what was published of them.
struct House {
    dir: TempDir,
    now: Arc<AtomicI64>,
    open: Option<(Arc<SegmentJournal>, Checkpoints)>,
    /// Names entries for ever: no two are alike.
    named: u64,
    published: Vec<String>,
}

impl House {
    fn new() -> Self {
        let mut house = Self {
            dir: tempfile::tempdir().expect("a folder for the test"),
            now: Arc::new(AtomicI64::new(1_000)),
            open: None,
            named: 0,
            published: Vec::new(),
        };
        house.open();
        house
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn open(&mut self) {
        let journal = small_journal(&journal_dir(&self.data()));
        let clock = Clock::Manual(Arc::clone(&self.now));
        let checkpoints = Checkpoints::new(&self.data(), Arc::clone(&journal), clock);
        self.open = Some((journal, checkpoints));
    }

    fn close(&mut self) {
        self.open = None;
    }

    async fn write(&mut self, stream: StreamId, words: &str) {
        self.named += 1;
        self.now.fetch_add(7, Ordering::SeqCst);
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.named.to_le_bytes());
        let record = NewRecord {
            key: Key(key),
            at: TimestampMs(self.now.load(Ordering::SeqCst)),
            payload: Bytes::copy_from_slice(words.as_bytes()),
        };
        let (journal, _) = self.open.as_ref().expect("it is open");
        append(journal, stream, vec![record]).await;
    }

    async fn checkpoint(&mut self) -> Made {
        let (_, checkpoints) = self.open.as_ref().expect("it is open");
        let made = checkpoints.make().await.expect("a checkpoint is made");
        self.published.extend(made.new.iter().map(super::Checkpoint::line));
        made
    }

    fn key(&self) -> PublicKey {
        SigningKey::of_folder(&checkpoints_dir(&self.data()))
            .expect("there is a key")
            .public()
    }

    /// What the public key says of the folder alone.
    fn prove(&self) -> Proof {
        prove(&self.data(), &self.key(), None).expect("all can be read")
    }

    /// What it says beside what was published.
    fn prove_published(&self, key: &PublicKey) -> Proof {
        let file = self.dir.path().join("published.jsonl");
        fs::write(&file, self.published.join("\n")).expect("the test can write it");
        prove(&self.data(), key, Some(&file)).expect("all can be read")
    }

    /// Writes the past anew, every number, time and hash as the engine itself would have made them.
    async fn rewrite(&mut self, change: impl FnOnce(&mut Vec<Record>)) {
        self.close();
        let dir = journal_dir(&self.data());
        let mut records = Vec::new();
        journal::dump(&dir, None, |record| {
            records.push(record);
            std::ops::ControlFlow::Continue(())
        })
        .expect("the journal is whole");
        change(&mut records);
        fs::remove_dir_all(&dir).expect("the attacker may do that");
        let journal = small_journal(&dir);
        for run in records.chunk_by(|one, next| one.stream == next.stream) {
            let new = |record: &Record| NewRecord {
                key: record.key,
                at: record.at,
                payload: record.payload.clone(),
            };
            append(&journal, run[0].stream, run.iter().map(new).collect()).await;
        }
        journal.close().await;
        drop(journal);
        let summary = journal::verify(&dir);
        assert!(summary.is_ok(), "nothing is wrong with the journal itself: {summary:?}");
    }

    fn log(&self) -> PathBuf {
        checkpoints_dir(&self.data()).join(LOG_FILE)
    }
}

fn small_journal(dir: &std::path::Path) -> Arc<SegmentJournal> {
    let options = Options {
        segment_bytes: 1 << 18,
        append_bytes_max: 1 << 14,
        ..Options::default()
    };
    Arc::new(SegmentJournal::open(dir, options).expect("the journal opens"))
}

async fn append(journal: &SegmentJournal, stream: StreamId, records: Vec<NewRecord>) {
    let append = Append {
        stream,
        expect: None,
        records,
    };
    journal.append(append).await.expect("it is taken");
}

/// Two streams and three checkpoints: the workspace signed at 2, 3 and 4, the plan at 3 and 5.
async fn a_history() -> House {
    let mut house = House::new();
    for words in ["people", "a plan"] {
        house.write(WORKSPACE, words).await;
    }
    for words in ["one", "two", "three"] {
        house.write(PLAN, words).await;
    }
    house.checkpoint().await;
    house.write(WORKSPACE, "a role").await;
    house.checkpoint().await;
    for words in ["four", "five"] {
        house.write(PLAN, words).await;
    }
    house.write(WORKSPACE, "a token").await;
    house.checkpoint().await;
    house
}

/// The only finding.
fn found(proof: &Proof) -> (Kind, Option<StreamId>, u64, u64, u64) {
    assert!(!proof.ok);
    let [finding] = &proof.findings[..] else {
        panic!("one finding: {:?}", proof.findings)
    };
    let entry = |seq: Option<Seq>| seq.map_or(0, |seq| seq.0);
    (
        finding.kind,
        finding.stream,
        finding.checkpoint,
        entry(finding.first_entry),
        entry(finding.last_entry),
    )
}

#[tokio::test]
async fn a_journal_that_goes_on_continues_what_was_signed() {
    let mut house = a_history().await;
    house.write(OTHER, "another plan").await;
    for proof in [house.prove(), house.prove_published(&house.key())] {
        assert!(proof.ok, "{:?}", proof.findings);
        assert_eq!(
            (proof.checkpoints, proof.signed_entries, proof.unsigned_entries),
            (3, 9, 1)
        );
    }
    assert_eq!(house.prove_published(&house.key()).published, 3);
    // After a restart the next one names the last before it.
    house.close();
    house.open();
    house.checkpoint().await;
    let proof = house.prove();
    assert!(proof.ok, "{:?}", proof.findings);
    assert_eq!(
        (proof.checkpoints, proof.signed_entries, proof.unsigned_entries),
        (4, 10, 0)
    );
}

#[tokio::test]
async fn nothing_new_makes_no_checkpoint() {
    let mut house = a_history().await;
    let made = house.checkpoint().await;
    assert!(made.new.is_empty());
    assert_eq!(made.last.map(|last| last.statement.number), Some(3));
}

#[tokio::test]
async fn a_past_that_is_written_anew_with_every_chain_right_is_found_out_and_where() {
    let mut house = a_history().await;
    house
        .rewrite(|records| {
            let four = records.iter_mut().find(|record| &record.payload[..] == b"four");
            four.expect("it was written").payload = Bytes::from_static(b"4000");
        })
        .await;
    assert_eq!(found(&house.prove()), (Kind::Rewritten, Some(PLAN), 3, 4, 5));
    assert_eq!(
        found(&house.prove_published(&house.key())),
        (Kind::Rewritten, Some(PLAN), 3, 4, 5)
    );
}

#[tokio::test]
async fn another_time_or_another_order_is_another_past() {
    let changes: [fn(&mut Vec<Record>); 3] = [
        |records| records[0].at = TimestampMs(records[0].at.0 - 1),
        |records| records.swap(0, 1),
        |records| records[0].key = Key([9; 32]),
    ];
    for change in changes {
        let mut house = a_history().await;
        house.rewrite(change).await;
        assert_eq!(found(&house.prove()), (Kind::Rewritten, Some(WORKSPACE), 1, 1, 2));
    }
}

#[tokio::test]
async fn a_past_that_was_cut_is_found_out() {
    let mut house = a_history().await;
    house
        .rewrite(|records| records.retain(|record| record.stream != PLAN || record.seq < Seq(4)))
        .await;
    assert_eq!(found(&house.prove()), (Kind::Cut, Some(PLAN), 3, 4, 5));
    house
        .rewrite(|records| records.retain(|record| record.stream != PLAN))
        .await;
    assert_eq!(found(&house.prove()), (Kind::Cut, Some(PLAN), 1, 1, 3));
}

#[tokio::test]
async fn two_plans_that_were_exchanged_are_found_out() {
    let mut house = House::new();
    for stream in [PLAN, OTHER] {
        house.write(stream, "the same words").await;
    }
    house.checkpoint().await;
    house
        .rewrite(|records| {
            for record in records {
                record.stream = if record.stream == PLAN { OTHER } else { PLAN };
            }
        })
        .await;
    let proof = house.prove();
    let kinds: Vec<Kind> = proof.findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [Kind::Rewritten, Kind::Rewritten]);
}

/// What the key in the folder cannot do, and what the published heads are for.
#[tokio::test]
async fn who_has_the_key_signs_another_past_and_only_what_was_published_shows_it() {
    let mut house = a_history().await;
    let key = house.key();
    house
        .rewrite(|records| records[2].payload = Bytes::from_static(b"never said"))
        .await;
    fs::remove_file(house.log()).expect("the attacker may do that");
    house.open();
    let published = std::mem::take(&mut house.published);
    house.checkpoint().await;
    assert!(
        house.prove().ok,
        "the folder alone vouches for itself: as the documentation says"
    );
    house.published = published;
    let proof = house.prove_published(&key);
    let kinds: Vec<Kind> = proof.findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [Kind::TwoPasts, Kind::Rewritten], "{:?}", proof.findings);
}

#[tokio::test]
async fn who_has_no_key_cannot_sign_another_past() {
    let mut house = a_history().await;
    let key = house.key();
    house
        .rewrite(|records| records[2].payload = Bytes::from_static(b"never said"))
        .await;
    fs::remove_dir_all(checkpoints_dir(&house.data())).expect("the attacker may do that");
    house.open();
    house.published.clear();
    house.checkpoint().await;
    let proof = prove(&house.data(), &key, None).expect("all can be read");
    let kinds: Vec<Kind> = proof.findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [Kind::NotSigned, Kind::NothingSigned]);
}

#[tokio::test]
async fn an_older_copy_of_the_folder_is_found_out_by_what_was_published_since() {
    let mut house = House::new();
    house.write(PLAN, "one").await;
    house.checkpoint().await;
    let (log, key) = (fs::read(house.log()).expect("it is there"), house.key());
    house.write(PLAN, "two").await;
    house.checkpoint().await;
    house.rewrite(|records| records.truncate(1)).await;
    fs::write(house.log(), log).expect("the attacker may do that");
    assert!(house.prove().ok, "nothing in the folder tells");
    assert_eq!(found(&house.prove_published(&key)), (Kind::Cut, Some(PLAN), 2, 2, 2));
}

#[tokio::test]
async fn checkpoints_without_one_between_prove_no_whole() {
    let house = a_history().await;
    let log = fs::read_to_string(house.log()).expect("it is there");
    let lines: Vec<&str> = log.lines().collect();
    fs::write(house.log(), format!("{}\n{}\n", lines[0], lines[2])).expect("the test can write it");
    assert_eq!(found(&house.prove()), (Kind::Missing, None, 2, 0, 0));
    assert!(house.prove_published(&house.key()).ok, "what was published fills it in");
    fs::write(house.log(), "").expect("the test can write it");
    assert!(house.prove_published(&house.key()).ok);
    assert_eq!(found(&house.prove()), (Kind::NothingSigned, None, 0, 0, 0));
}

#[tokio::test]
async fn the_last_published_line_alone_finds_a_change_anywhere_before_it() {
    let mut house = a_history().await;
    house
        .rewrite(|records| records[2].payload = Bytes::from_static(b"never said"))
        .await;
    // The attacker has the key: the folder's own checkpoints are of the new past.
    fs::remove_file(house.log()).expect("the attacker may do that");
    house.open();
    let last = house.published.pop().expect("three were published");
    house.published.clear();
    for n in 0..3 {
        house.write(OTHER, &format!("and on it goes {n}")).await;
        house.checkpoint().await;
    }
    house.published = vec![last];
    let proof = house.prove_published(&house.key());
    assert_eq!(proof.findings[0].kind, Kind::TwoPasts, "{:?}", proof.findings);
    assert!(
        proof.findings.iter().any(|finding| finding.kind == Kind::Rewritten
            && finding.stream == Some(PLAN)
            && finding.last_entry == Some(Seq(5))),
        "{:?}",
        proof.findings
    );
}

#[tokio::test]
async fn no_checkpoint_is_made_over_another_past() {
    let mut house = a_history().await;
    house
        .rewrite(|records| records[2].payload = Bytes::from_static(b"never said"))
        .await;
    house.open();
    house.write(PLAN, "six").await;
    let (_, checkpoints) = house.open.as_ref().expect("it is open");
    let refused = checkpoints.make().await;
    assert!(
        matches!(
            refused,
            Err(CheckpointError::OtherPast {
                stream: PLAN,
                seq: Seq(5)
            })
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_lost_key_is_not_replaced_in_silence() {
    let mut house = a_history().await;
    house.write(PLAN, "six").await;
    house.close();
    fs::remove_file(checkpoints_dir(&house.data()).join(super::KEY_FILE)).expect("it is there");
    house.open();
    let (_, checkpoints) = house.open.as_ref().expect("it is open");
    let refused = checkpoints.make().await;
    assert!(
        matches!(refused, Err(CheckpointError::OtherKey { number: 3, .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_checkpoint_that_was_torn_is_cut_and_made_again() {
    let mut house = a_history().await;
    house.close();
    let whole = fs::read(house.log()).expect("it is there");
    let third = whole[..whole.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .expect("three lines")
        + 1;
    for end in [third + 1, third + 70, whole.len() - 1] {
        fs::write(house.log(), &whole[..end]).expect("the test can write it");
        house.open();
        let made = house.checkpoint().await;
        assert_eq!(made.new.len(), 1, "cut at {end}");
        house.close();
        assert_eq!(
            fs::read(house.log()).expect("it is there").len(),
            whole.len(),
            "cut at {end}"
        );
        assert!(house.prove().ok);
    }
}

/// Numbers from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits fit") % end
    }
}

/// Changes one signed thing of the past.
fn tamper(dice: &mut Dice, records: &mut Vec<Record>, signed: usize) {
    let n = dice.below(signed);
    match dice.below(4) {
        0 => {
            let mut payload = records[n].payload.to_vec();
            let at = dice.below(payload.len());
            payload[at] ^= 1 << dice.below(8);
            records[n].payload = payload.into();
        }
        1 => records[n].at.0 -= 1,
        2 => drop(records.remove(n)),
        _ => records[n].stream = StreamId(Uuid::from_u128(77)),
    }
}

#[tokio::test]
async fn whatever_is_changed_of_what_was_signed_is_found_out() {
    let rounds = if std::env::var_os("INTERLOCK_LONG").is_some() {
        1_000
    } else {
        20
    };
    for seed in 0..rounds {
        let mut dice = Dice(seed);
        let mut house = House::new();
        let (mut written, mut signed) = (0, 0);
        for _ in 0..(10 + dice.below(20)) {
            let stream = [WORKSPACE, PLAN, OTHER][dice.below(3)];
            house.write(stream, &format!("words {written}")).await;
            written += 1;
            if dice.below(4) == 0 {
                house.checkpoint().await;
                signed = written;
            }
        }
        if signed == 0 {
            continue;
        }
        let proof = house.prove_published(&house.key());
        assert!(proof.ok, "seed {seed}: {:?}", proof.findings);
        assert_eq!(proof.signed_entries, signed as u64, "seed {seed}");
        // What came after the last checkpoint may go: it was never signed.
        house.rewrite(|records| records.truncate(signed)).await;
        assert!(house.prove().ok, "seed {seed}");
        house.rewrite(|records| tamper(&mut dice, records, signed)).await;
        let proof = house.prove();
        assert!(!proof.ok, "seed {seed}");
        let told = |kind| proof.findings.iter().any(|finding| finding.kind == kind);
        assert!(
            told(Kind::Rewritten) || told(Kind::Cut),
            "seed {seed}: {:?}",
            proof.findings
        );
    }
}
