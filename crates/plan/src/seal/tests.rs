use std::sync::Arc;

use domain::seal::{ItemKey, Key, SEALED_PREFIX, Seal};
use domain::{ActorId, Cell, ItemId, Scalar, Schema, SectionId, TimestampMs};
use uuid::Uuid;

use super::value::SEALED_BYTES_MAX;
use super::{Hidden, Keyring, Opened, Salt, SealError};
use crate::edit::Edit;

const ITEM: ItemId = ItemId(Uuid::from_u128(7));

fn key(seal: Seal, byte: u8) -> ItemKey {
    ItemKey {
        item: ITEM,
        seal,
        generation: 0,
        key: Key([byte; 32]),
    }
}

fn ring() -> Keyring {
    let mut ring = Keyring::new(Arc::new(Schema::standard()));
    assert!(ring.add(&key(Seal::Contact, 1)));
    assert!(ring.add(&key(Seal::Personality, 2)));
    ring
}

fn cell(field: &str) -> Cell {
    Cell::field(SectionId::People, ITEM, field)
}

fn salt(number: usize) -> Salt {
    Salt {
        actor: ActorId([3; 16]),
        at: TimestampMs(4),
        number,
    }
}

fn close(ring: &Keyring, cell: &Cell, words: &str) -> Scalar {
    ring.close(cell, &words.into(), salt(0)).expect("it has the key")
}

#[test]
fn words_come_back_and_stand_nowhere_in_between() {
    let (ring, title) = (ring(), cell("title"));
    for words in ["", "H. Brandt", "Grüße 👋\u{0}\u{1}", &"ä".repeat(2_000)] {
        let sealed = close(&ring, &title, words);
        let text = sealed.as_str().expect("a string");
        assert!(text.starts_with(SEALED_PREFIX) && (words.is_empty() || !text.contains(words)));
        assert_eq!(ring.open(&title, &sealed), Opened::Plain(words.into()));
    }
    for value in [Scalar::Int(-3), Scalar::Bool(true), Scalar::Bool(false)] {
        let sealed = ring.close(&title, &value, salt(0)).expect("it has the key");
        assert_eq!(ring.open(&title, &sealed), Opened::Plain(value));
    }
}

#[test]
fn the_same_words_look_different_each_time_and_choices_have_one_length() {
    let ring = ring();
    let title = cell("title");
    let once = ring.close(&title, &"a".into(), salt(0)).expect("sealed");
    let again = ring.close(&title, &"a".into(), salt(1)).expect("sealed");
    assert_ne!(once, again);
    let lengths = ["champion", "supporter", "neutral"].map(|word| close(&ring, &title, word).to_string().len());
    assert_eq!(lengths, [lengths[0]; 3]);
}

#[test]
fn a_seal_opens_in_its_own_cell_and_under_its_own_key_only() {
    let ring = ring();
    let sealed = close(&ring, &cell("title"), "H. Brandt");
    let hidden = Opened::Hidden(Hidden::Withheld);
    assert_eq!(ring.open(&cell("position"), &sealed), hidden, "moved to another cell");
    assert_eq!(
        ring.check(&cell("position"), Seal::Contact, &sealed),
        Err(SealError::Broken)
    );
    let mut other = Keyring::new(Arc::new(Schema::standard()));
    assert_eq!(other.open(&cell("title"), &sealed), hidden, "without a key");
    assert_eq!(
        other.check(&cell("title"), Seal::Contact, &sealed),
        Err(SealError::NoKey)
    );
    other.add(&key(Seal::Contact, 9));
    assert_eq!(other.open(&cell("title"), &sealed), hidden, "under another key");
    assert_eq!(
        other.check(&cell("title"), Seal::Contact, &sealed),
        Err(SealError::Broken)
    );
}

#[test]
fn a_text_that_was_cut_or_changed_anywhere_does_not_open() {
    let (ring, title) = (ring(), cell("title"));
    let sealed = close(&ring, &title, "H. Brandt").to_string();
    for end in 0..sealed.len() {
        let cut = Scalar::from(&sealed[..end]);
        if end >= SEALED_PREFIX.len() {
            assert_eq!(ring.open(&title, &cut), Opened::Hidden(Hidden::Withheld), "{end}");
        }
        assert!(ring.check(&title, Seal::Contact, &cut).is_err(), "{end}");
    }
    for at in SEALED_PREFIX.len()..sealed.len() {
        let mut bytes = sealed.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = Scalar::Str(String::from_utf8(bytes).expect("ASCII"));
        assert!(ring.check(&title, Seal::Contact, &changed).is_err(), "{at}");
    }
    let long = Scalar::Str(format!("{SEALED_PREFIX}{}", "A".repeat(SEALED_BYTES_MAX + 1)));
    assert_eq!(ring.check(&title, Seal::Contact, &long), Err(SealError::Broken));
}

#[test]
fn both_forms_of_a_sealed_value_are_read_for_ever() {
    let (mut ring, title) = (ring(), cell("title"));
    ring.add(&ItemKey {
        generation: 300,
        ..key(Seal::Contact, 5)
    });
    assert_eq!(close(&ring, &title, "H. Brandt").as_str(), Some(FORM_2));
    for form in [FORM_1, FORM_2] {
        assert_eq!(ring.open(&title, &form.into()), Opened::Plain("H. Brandt".into()));
        assert_eq!(ring.check(&title, Seal::Contact, &form.into()), Ok("H. Brandt".into()));
    }
}

/// As it was sealed with the first key of generation 0, and as it is with one of generation 300.
const FORM_1: &str =
    "sealed:1:zypCA3wd8BPELpAtQe40vAxqTC1pRKVrcNSwK0vcdmOAr1ow_hzhHZs_qJTo1zdf86E6HBs4PhyenG5r9inY1kY23-mH_pAM";
const FORM_2: &str =
    "sealed:2:AAABLPGrRj_H5f5LcA4VAUtjjw8SZUW9DQgcTNc6ZZFMIMNTAvMfHU5cM4VXkW2MozBIS5tXA_UkMzl7ueBbwe3jW2jB85yNhYDYsQ";

#[test]
fn new_words_are_sealed_with_a_key_of_the_plans_generation_or_not_at_all() {
    let mut ring = ring();
    let (title, words) = (cell("title"), Scalar::from("H. Brandt"));
    let old = close(&ring, &title, "H. Brandt");
    let leaver = ring.clone();
    ring.set_generation(2);
    let put = |field| Edit::Put {
        cell: cell(field),
        value: "x".into(),
    };
    let missing = ring.missing_for(&[put("title"), put("position"), put("rank")]);
    assert_eq!(missing, [(ITEM, Seal::Contact)], "one for all that it seals");
    assert_eq!(ring.close(&title, &words, salt(1)), Err(SealError::NoKey));
    let newer = ItemKey {
        generation: 2,
        ..key(Seal::Contact, 7)
    };
    assert!(ring.add(&newer));
    assert!(ring.missing_for(&[put("title")]).is_empty());
    let new = ring.close(&title, &words, salt(1)).expect("it has the key");
    assert_eq!(leaver.open(&title, &new), Opened::Hidden(Hidden::Withheld));
    assert_eq!(leaver.check(&title, Seal::Contact, &new), Err(SealError::NoKey));
    for value in [&old, &new] {
        assert_eq!(ring.open(&title, value), Opened::Plain(words.clone()));
        assert_eq!(
            ring.check(&title, Seal::Contact, value),
            Ok(words.clone()),
            "older ones are taken"
        );
    }
    assert_eq!(
        ring.close_over(&title, Some(&old), &words, salt(2)),
        Ok(old.clone()),
        "nothing new"
    );
    ring.erase((ITEM, Seal::Contact));
    for value in [&old, &new] {
        assert_eq!(ring.open(&title, value), Opened::Hidden(Hidden::Erased));
    }
    assert!(!ring.add(&newer) && ring.missing_for(&[put("title")]).is_empty());
    assert!(ring.keys().all(|key| key.seal == Seal::Personality));
}

#[test]
fn what_was_destroyed_stays_so_whoever_brings_the_key() {
    let mut ring = ring();
    let sealed = close(&ring, &cell("title"), "H. Brandt");
    ring.erase((ITEM, Seal::Contact));
    assert!(!ring.add(&key(Seal::Contact, 1)));
    ring.replace(&key(Seal::Contact, 1));
    assert_eq!(ring.open(&cell("title"), &sealed), Opened::Hidden(Hidden::Erased));
    assert_eq!(ring.close(&cell("title"), &"x".into(), salt(0)), Err(SealError::Erased));
    let political = ring.close(&cell("political"), &"inner".into(), salt(0));
    assert!(political.is_ok(), "the other seal is whole");
    let open = ring.without_keys();
    assert_eq!(open.open(&cell("title"), &sealed), Opened::Hidden(Hidden::Erased));
    let political = political.expect("sealed");
    assert_eq!(
        open.open(&cell("political"), &political),
        Opened::Hidden(Hidden::Withheld)
    );
}

#[test]
fn a_plain_value_is_read_where_it_stands_and_refused_where_it_is_written() {
    let ring = ring();
    let plain = Scalar::from("written before contacts were sealed");
    assert_eq!(ring.open(&cell("title"), &plain), Opened::Plain(plain.clone()));
    assert_eq!(
        ring.check(&cell("title"), Seal::Contact, &plain),
        Err(SealError::Plain("Name".to_owned()))
    );
    let elsewhere = Cell::field(SectionId::Opportunities, ITEM, "title");
    let looks = Scalar::from("sealed:1:what somebody typed");
    assert_eq!(ring.open(&elsewhere, &looks), Opened::Plain(looks.clone()));
}

#[test]
fn a_key_is_never_shown() {
    assert_eq!(format!("{:?}", Key([0x41; 32])), "Key(..)");
}
