//! Snapshots: what is read back is what was written, goes on from there, and anything else is noticed.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::{ActorId, Author, Cell, ItemId, PersonId, Schema, SectionId, Seq, TimestampMs};
use plan::snapshot::{JournalChange, Keeper, Manifest, Resume, SnapshotError, SnapshotFiles};
use plan::{Edit, Replica, Table};
use uuid::Uuid;

const ANN: PersonId = PersonId(Uuid::from_u128(0xa1));
const ACTOR: ActorId = ActorId([1; 16]);

fn item(n: u64) -> ItemId {
    ItemId(Uuid::from_u128(
        0x0193_a1c0_0000_7000_8000_0000_0000_0000 | u128::from(n),
    ))
}

fn title(n: u64) -> Cell {
    Cell::field(SectionId::Opportunities, item(n), "title")
}

/// A stream of the genesis and so many changes by one person.
fn stream(changes: u64) -> Vec<JournalChange> {
    let genesis = plan::genesis().bytes.clone();
    let at = TimestampMs(1_000);
    let mut stream = vec![JournalChange {
        seq: Seq(1),
        at,
        author: PersonId::SERVER,
        base: Seq::ZERO,
        bytes: genesis,
    }];
    let mut replica = Replica::new(ACTOR);
    for n in 2..=changes + 1 {
        let edit = if n % 2 == 0 {
            let fields = vec![("title".to_owned(), format!("Opportunity {n}").as_str().into())];
            Edit::MakeItem {
                section: SectionId::Opportunities,
                item: item(n),
                fields,
            }
        } else {
            Edit::Put {
                cell: title(n - 1),
                value: format!("New name {n}").as_str().into(),
            }
        };
        let at = TimestampMs(1_000 + i64::try_from(n).expect("small"));
        let change = replica
            .edit(at, &[edit])
            .expect("a good edit")
            .expect("it changes something");
        stream.push(JournalChange {
            seq: Seq(n),
            at,
            author: ANN,
            base: Seq(n - 1),
            bytes: change.bytes,
        });
    }
    stream
}

fn kept(stream: &[JournalChange]) -> Keeper {
    let mut keeper = Keeper::new();
    for change in stream {
        keeper.push(change.clone()).expect("it fits");
    }
    keeper
}

fn snapshot(stream: &[JournalChange]) -> SnapshotFiles {
    kept(stream).take().expect("a snapshot")
}

fn content(table: &Table) -> BTreeMap<String, String> {
    let items: Vec<ItemId> = table.items(SectionId::Opportunities).collect();
    let cells = items
        .into_iter()
        .flat_map(|item| table.cells(SectionId::Opportunities, item));
    cells
        .map(|(cell, value)| (cell.to_string(), value.to_string()))
        .collect()
}

#[test]
fn a_keeper_goes_on_from_a_snapshot_as_if_there_had_been_none() {
    let stream = stream(2_500); // more than two batches
    let (before, after) = stream.split_at(1_700);
    let files = snapshot(before);
    let mut resumed = Keeper::open(&files.manifest, &files.document, &files.resume).expect("our own files");
    assert_eq!(resumed.last(), Seq(1_700));
    for change in after {
        resumed.push(change.clone()).expect("it fits");
    }
    let (resumed, whole) = (resumed.take().expect("a snapshot"), snapshot(&stream));
    assert_eq!(resumed.manifest.heads, whole.manifest.heads);
    assert_eq!(
        resumed.document, whole.document,
        "the same bytes, for one version and order"
    );
    let of = |files: &SnapshotFiles| content(&Resume::load(&files.resume).expect("our own file").table);
    assert_eq!(of(&resumed), of(&whole));
}

#[test]
fn a_room_resumes_with_the_table_the_time_and_the_owners() {
    let stream = stream(40);
    let resume = Resume::load(&snapshot(&stream).resume).expect("our own file");
    assert_eq!(resume.table.last(), Seq(41));
    assert_eq!(resume.last_at, stream[40].at);
    assert_eq!(
        resume.owners,
        BTreeMap::from([(plan::genesis().actor, PersonId::SERVER), (ACTOR, ANN)])
    );
    assert_eq!(resume.table.value(&title(40)), Some("New name 41".into()));
}

#[test]
fn a_resumed_table_admits_what_the_whole_one_admits() {
    let stream = stream(30);
    let mut resume = Resume::load(&snapshot(&stream[..30]).resume).expect("our own file");
    let next = &stream[30];
    let change = plan::precheck(&next.bytes, &plan::Limits::default()).and_then(|checked| plan::decode(&checked));
    let change = change.expect("an honest change");
    let schema = Schema::standard();
    assert!(
        resume
            .table
            .admit(&schema, Author::executive(ANN), next.seq, next.base, &change)
            .is_ok()
    );
}

#[test]
fn the_document_says_what_the_table_says() {
    let stream = stream(60);
    let mut keeper = kept(&stream);
    let files = keeper.take().expect("a snapshot");
    let table = Resume::load(&files.resume).expect("our own file").table;
    let document = keeper.document().expect("a document");
    for item in table.items(SectionId::Opportunities) {
        let title = Cell::field(SectionId::Opportunities, item, "title");
        assert!(table.value(&title).is_some());
        assert_eq!(document.value(&title), table.value(&title));
    }
}

#[test]
fn entries_that_do_not_follow_each_other_are_refused() {
    let stream = stream(5);
    let mut keeper = kept(&stream[..3]);
    let gap = keeper.push(stream[4].clone());
    assert_eq!(
        gap,
        Err(SnapshotError::Gap {
            expected: Seq(4),
            found: Seq(5)
        })
    );
    let again = kept(&stream[..3]).push(stream[2].clone());
    assert_eq!(
        again,
        Err(SnapshotError::Gap {
            expected: Seq(4),
            found: Seq(3)
        })
    );
}

#[test]
fn a_change_that_does_not_fit_is_refused() {
    let stream = stream(5);
    let wrong = JournalChange {
        seq: Seq(4),
        ..stream[4].clone()
    };
    assert!(matches!(
        kept(&stream[..3]).push(wrong),
        Err(SnapshotError::Change { seq: Seq(4), .. })
    ));
    let garbage = JournalChange {
        bytes: Bytes::from_static(b"garbage"),
        ..stream[3].clone()
    };
    assert!(matches!(
        kept(&stream[..3]).push(garbage),
        Err(SnapshotError::Change { seq: Seq(4), .. })
    ));
}

#[test]
fn control_entries_are_passed_over() {
    let stream = stream(3);
    let mut keeper = kept(&stream[..2]);
    keeper.skip(Seq(3), TimestampMs(9_000)).expect("the next");
    let files = keeper.take().expect("a snapshot");
    let resume = Resume::load(&files.resume).expect("our own file");
    assert_eq!((files.manifest.seq, resume.last_at), (Seq(3), TimestampMs(9_000)));
}

#[test]
fn files_that_are_not_the_manifests_are_refused() {
    let stream = stream(6);
    let (old, new) = (snapshot(&stream[..4]), snapshot(&stream));
    let manifest = Manifest::parse(&new.manifest.to_string()).expect("our own text");
    assert!(Keeper::open(&manifest, &new.document, &new.resume).is_ok());
    for (document, resume) in [
        (&old.document, &new.resume),
        (&new.document, &old.resume),
        (&old.document, &old.resume),
    ] {
        assert!(matches!(
            Keeper::open(&manifest, document, resume),
            Err(SnapshotError::Mismatch(_))
        ));
    }
    let mut flipped = new.document.to_vec();
    flipped[100] ^= 1;
    assert!(matches!(
        Keeper::open(&manifest, &flipped, &new.resume),
        Err(SnapshotError::Mismatch(_))
    ));
}

#[test]
fn a_resume_file_cut_anywhere_is_an_error_not_a_panic() {
    let files = snapshot(&stream(4));
    for end in 0..files.resume.len() {
        assert!(Resume::load(&files.resume[..end]).is_err(), "cut at {end}");
    }
}
