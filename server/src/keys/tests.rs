use std::time::Duration;

use domain::{ActorId, SectionId};
use expect_test::expect;
use plan::Edit;

use super::*;

const PLAN: PlanId = PlanId(Uuid::from_u128(1));
const ANN: PersonId = PersonId(Uuid::from_u128(2));
const AT: TimestampMs = TimestampMs(5);

fn key(number: u8, seal: Seal) -> ItemKey {
    ItemKey {
        item: ItemId(Uuid::from_u128(u128::from(number))),
        seal,
        generation: 0,
        key: Key([number; 32]),
    }
}

fn open(data: &Path) -> KeyStore {
    KeyStore::open(data, Arc::new(Schema::standard()))
}

#[test]
fn keys_come_back_and_a_destroyed_one_is_in_no_file() {
    let data = tempfile::tempdir().expect("a folder");
    let store = open(data.path());
    let keys = [key(0x61, Seal::Contact), key(0x62, Seal::Contact)];
    store.store(PLAN, &keys, AT).expect("is stored");
    let again = ItemKey {
        key: Key([9; 32]),
        ..keys[0]
    };
    store.store(PLAN, &[again], AT).expect("is stored");
    assert_eq!(
        open(data.path()).ring(PLAN).expect("reads").get(keys[0].name()),
        Some(keys[0])
    );
    store.erase(PLAN, &[keys[0].name()], AT, ANN).expect("is erased");
    store.store(PLAN, &[keys[0]], AT).expect("changes nothing");
    let ring = open(data.path()).ring(PLAN).expect("reads");
    assert_eq!(ring.get(keys[0].name()), None);
    assert!(ring.knows(keys[0].name()));
    assert_eq!(ring.get(keys[1].name()), Some(keys[1]));
    let erasure = Erasure {
        item: keys[0].item,
        seal: Seal::Contact,
        at: AT,
        by: ANN,
    };
    assert_eq!(open(data.path()).erasures(PLAN).expect("reads"), [erasure]);
    for entry in fs::read_dir(dir(data.path())).expect("is there") {
        let bytes = fs::read(entry.expect("is there").path()).expect("reads");
        assert!(!bytes.windows(32).any(|window| window == [0x61; 32]));
    }
}

#[test]
fn who_looks_does_not_wait_for_a_file_that_is_being_written() {
    let data = tempfile::tempdir().expect("a folder");
    let store = open(data.path());
    let key = key(0x61, Seal::Contact);
    store.store(PLAN, &[key], AT).expect("is stored");
    let writing = unpoisoned(&store.inner.files);
    let (tell, told) = std::sync::mpsc::channel();
    let other = store.clone();
    std::thread::spawn(move || tell.send(other.ring(PLAN).map(|ring| ring.get(key.name()))));
    let seen = told.recv_timeout(Duration::from_secs(30));
    drop(writing);
    assert_eq!(seen.expect("it does not wait").expect("reads"), Some(key));
}

#[test]
fn a_file_that_is_not_as_it_was_written_is_never_guessed_at() {
    let data = tempfile::tempdir().expect("a folder");
    let store = open(data.path());
    store.store(PLAN, &[key(1, Seal::Personality)], AT).expect("is stored");
    let path = store.inner.path(PLAN);
    let whole = fs::read(&path).expect("reads");
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&path, &bytes).expect("is written");
        assert!(
            matches!(open(data.path()).ring(PLAN), Err(KeyError::Damaged(_))),
            "{at}"
        );
        fs::write(&path, &whole[..at]).expect("is written");
        assert!(open(data.path()).ring(PLAN).is_err(), "{at}");
    }
    assert!(
        open(data.path()).reader(PLAN, true).is_empty(),
        "a reader is shown nothing"
    );
}

#[test]
fn keys_that_no_contact_came_for_are_let_go_after_a_while_and_those_of_contacts_stay() {
    let data = tempfile::tempdir().expect("a folder");
    let store = open(data.path());
    let mut table = Table::new();
    let made = Edit::MakeItem {
        section: SectionId::People,
        item: key(1, Seal::Contact).item,
        fields: Vec::new(),
    };
    let genesis = plan::genesis();
    replay(&mut table, &genesis.bytes);
    let authored = table.author(ActorId([1; 16]), AT, &[made]).expect("is written");
    replay(&mut table, &authored.expect("changes something").bytes);
    let both = [key(1, Seal::Contact), key(2, Seal::Contact)];
    store.store(PLAN, &both, AT).expect("is stored");
    store
        .erase(PLAN, &[key(3, Seal::Contact).name()], AT, ANN)
        .expect("is erased");
    let later = |ms| TimestampMs(AT.0 + ms);
    let count = |now| store.ring_for(PLAN, &table, now).expect("reads").keys().count();
    assert_eq!(count(later(UNCLAIMED_MS)), 2, "its contact may be on its way");
    assert_eq!(count(later(UNCLAIMED_MS + 1)), 1);
    let ring = open(data.path()).ring(PLAN).expect("reads");
    assert_eq!(ring.keys().collect::<Vec<_>>(), [both[0]]);
    assert!(ring.is_erased(key(3, Seal::Contact).name()), "what was erased stays so");
    store
        .store(PLAN, &both, later(9))
        .expect("whoever has it gives it again");
    assert_eq!(count(later(10)), 2);
}

fn replay(table: &mut Table, bytes: &bytes::Bytes) {
    let change = plan::decode(&plan::precheck(bytes, &plan::Limits::default()).expect("passes")).expect("decodes");
    let base = table.last();
    table.replay(base.next(), base, &change).expect("replays");
}

#[test]
fn no_file_is_written_that_would_not_be_read() {
    let data = tempfile::tempdir().expect("a folder");
    let store = open(data.path());
    let many: Vec<ItemKey> = (0..=KEYS_MAX)
        .map(|number| ItemKey {
            item: ItemId(Uuid::from_u128(number as u128)),
            ..key(1, Seal::Contact)
        })
        .collect();
    store.store(PLAN, &many[..KEYS_MAX], AT).expect("so many are stored");
    assert!(matches!(store.store(PLAN, &many, AT), Err(KeyError::Full)));
    let names: Vec<KeyName> = many.iter().map(ItemKey::name).collect();
    store
        .erase(PLAN, &names, AT, ANN)
        .expect("erasing is possible all the same");
    assert_eq!(open(data.path()).ring(PLAN).expect("reads").len(), many.len());
    let long = fs::OpenOptions::new()
        .write(true)
        .open(store.inner.path(PLAN))
        .expect("is there");
    long.set_len(FILE_BYTES_MAX + 1).expect("grows");
    assert!(matches!(open(data.path()).ring(PLAN), Err(KeyError::TooLong(_))));
}

/// A file of one key, and of one that was destroyed, in the form of before there were generations; without its checksum.
const FORM_1: &str = "696e7465726c6f636b206b65797320310a000000000000000000000000000000010100010101010101010101010101010101\
    0101010101010101010101010101010101000000000000000500000000000000000000000000000000000000000000000000\
    0000000000000200010000000000000000000000000000000000000000000000000000000000000000000000000000000500\
    000000000000000000000000000002";

#[test]
fn both_forms_of_a_file_are_read_for_ever() {
    let hex = |bytes: &[u8]| {
        let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
        digits.collect::<String>()
    };
    let data = tempfile::tempdir().expect("a folder");
    let store = open(data.path());
    let path = store.inner.path(PLAN);
    let newer = ItemKey {
        generation: 300,
        ..key(1, Seal::Personality)
    };
    store.store(PLAN, &[newer], AT).expect("is stored");
    store
        .erase(PLAN, &[key(2, Seal::Contact).name()], AT, ANN)
        .expect("is erased");
    expect!["696e7465726c6f636b206b65797320320a0000000000000000000000000000000101000000012c0101010101010101010101010101010101010101010101010101010101010101000000000000000500000000000000000000000000000000000000000000000000000000000000020001000000000000000000000000000000000000000000000000000000000000000000000000000000000000000500000000000000000000000000000002642cbd062b37ed0151c77d510009170399e999c2af55d4883a0c66111d4acbe5"].assert_eq(&hex(&fs::read(&path).expect("reads")));

    let bytes = FORM_1.as_bytes().chunks(2).map(|digits| {
        let digits = std::str::from_utf8(digits).expect("ASCII");
        u8::from_str_radix(digits, 16).expect("hex")
    });
    let bytes: Vec<u8> = bytes.collect();
    let checksum = blake3::hash(&bytes);
    fs::write(&path, [&bytes, &checksum.as_bytes()[..]].concat()).expect("is written");
    let store = open(data.path());
    let old = key(1, Seal::Personality);
    assert_eq!(store.ring(PLAN).expect("reads").keys().collect::<Vec<_>>(), [old]);
    store.store(PLAN, &[newer], AT).expect("is stored");
    let ring = open(data.path()).ring(PLAN).expect("reads");
    assert_eq!(ring.keys().collect::<Vec<_>>(), [old, newer]);
    assert_eq!(ring.erased().collect::<Vec<_>>(), [key(2, Seal::Contact).name()]);
    store.erase(PLAN, &[old.name()], AT, ANN).expect("is erased");
    assert_eq!(
        open(data.path()).ring(PLAN).expect("reads").keys().count(),
        0,
        "all generations"
    );
}

#[test]
fn a_copy_stands_apart() {
    let data = tempfile::tempdir().expect("a folder");
    let to = data.path().join("apart");
    assert_eq!(copy(data.path(), &to).expect("nothing to copy"), 0);
    open(data.path())
        .store(PLAN, &[key(1, Seal::Contact)], AT)
        .expect("is stored");
    assert_eq!(copy(data.path(), &to).expect("copied"), 1);
    assert!(copy(data.path(), &to).is_err(), "never over another copy");
    let name = format!("{PLAN}.keys");
    let read = |folder: &Path| fs::read(folder.join(&name)).expect("reads");
    assert_eq!(read(&to), read(&dir(data.path())));
}
