//! Single rules at their edges, each on a small plan.

use domain::schema::PARAGRAPH_CHARS_MAX;
use domain::{
    ActorId, Author, Cell, Delta, ItemId, ParagraphId, PersonId, Scalar, Schema, SectionId, Seq, TimestampMs,
};
use plan::{Action, Admitted, Edit, Op, OpName, Place, Refusal, Table, encode, genesis};
use uuid::Uuid;

use crate::world::read;

const NOW: TimestampMs = TimestampMs(1_795_000_000_000);
const SECTION: SectionId = SectionId::Opportunities;
const ITEM: ItemId = ItemId(Uuid::from_u128(0x42));

fn actor(number: u8) -> ActorId {
    ActorId([number; 16])
}

fn title() -> Cell {
    Cell::field(SECTION, ITEM, "title")
}

fn notes() -> Cell {
    Cell::paragraph(SECTION, ITEM, "notes", ParagraphId(Uuid::from_u128(0x43)))
}

fn put(value: &str) -> Edit {
    let value = value.into();
    Edit::Put { cell: title(), value }
}

fn splice(at: u32, delete: u32, insert: &str) -> Edit {
    let (cell, insert) = (notes(), insert.to_owned());
    Edit::Splice {
        cell,
        at,
        delete,
        insert,
    }
}

/// A plan with one opportunity, its title "One" and an empty paragraph.
fn plan() -> Table {
    let mut table = Table::new();
    admit(&mut table, PersonId::SERVER, 0, &genesis().bytes).expect("the genesis");
    let made = Edit::MakeItem {
        section: SECTION,
        item: ITEM,
        fields: vec![("title".to_owned(), "One".into())],
    };
    let paragraph = Edit::MakeParagraph {
        cell: notes(),
        text: String::new(),
    };
    write(&mut table, 0xa, &[made, paragraph]).expect("an honest change");
    table
}

fn admit(table: &mut Table, person: PersonId, base: u64, bytes: &[u8]) -> Result<Admitted, Refusal> {
    let decoded = read(bytes).expect("well formed");
    table.admit(
        &Schema::standard(),
        Author::executive(person),
        table.last().next(),
        Seq(base),
        &decoded,
    )
}

/// Somebody writes, having seen everything.
fn write(table: &mut Table, author: u8, edits: &[Edit]) -> Result<Admitted, Refusal> {
    let seen = table.clone();
    write_having_seen(table, &seen, author, edits)
}

/// Somebody writes who has seen less than there is.
fn write_having_seen(table: &mut Table, seen: &Table, author: u8, edits: &[Edit]) -> Result<Admitted, Refusal> {
    let authored = seen.author(actor(author), NOW, edits).expect("possible");
    let authored = authored.expect("it changes something");
    let person = PersonId(Uuid::from_u128(u128::from(author)));
    admit(table, person, authored.base.0, &authored.bytes)
}

fn set(old: Option<&str>, new: Option<&str>, also: &[&str]) -> (Cell, Delta) {
    let scalar = |text: &str| Scalar::from(text);
    let delta = Delta::Set {
        old: old.map(scalar),
        new: new.map(scalar),
        also: also.iter().copied().map(scalar).collect(),
    };
    (title(), delta)
}

fn text(at: u32, old: &str, new: &str) -> (Cell, Delta) {
    let (old, new) = (old.to_owned(), new.to_owned());
    (notes(), Delta::Text { at, old, new })
}

#[test]
fn concurrent_values_stand_beside_the_winner_until_someone_decides() {
    let mut table = plan();
    let seen = table.clone();
    let first = write(&mut table, 1, &[put("Two")]).expect("honest");
    assert_eq!(first.deltas, [set(Some("One"), Some("Two"), &[])]);
    // Actor 2 is greater than actor 1 at the same counter.
    let second = write_having_seen(&mut table, &seen, 2, &[put("Three")]).expect("honest");
    assert_eq!(second.deltas, [set(Some("Two"), Some("Three"), &["Two"])]);
    assert_eq!(table.values(&title()), ["Three".into(), "Two".into()]);
    let decided = write(&mut table, 3, &[put("Three")]).expect("honest");
    assert_eq!(decided.deltas, [set(Some("Three"), Some("Three"), &[])]);
    let cleared = write(&mut table, 3, &[Edit::Clear { cell: title() }]).expect("honest");
    assert_eq!(cleared.deltas, [set(Some("Three"), None, &[])]);
}

#[test]
fn a_delete_leaves_the_winner_or_nothing() {
    let mut table = plan();
    let seen = table.clone();
    write(&mut table, 1, &[put("Two")]).expect("honest");
    write_having_seen(&mut table, &seen, 2, &[put("Three")]).expect("honest");
    let decided = table
        .author(actor(3), NOW, &[put("Three")])
        .expect("possible")
        .expect("a change");
    let mut content = read(&decided.bytes).expect("ours").content;
    let cleared = table.author(actor(3), NOW, &[Edit::Clear { cell: title() }]);
    let all = read(&cleared.expect("possible").expect("a change").bytes).expect("ours");
    let loser = content.ops[0].preds[0];
    content.ops[0].preds = all.ops[0].preds.iter().copied().filter(|pred| *pred != loser).collect();
    let refused = admit(
        &mut table,
        PersonId(Uuid::from_u128(3)),
        decided.base.0,
        &encode(&content).0,
    );
    assert_eq!(
        refused,
        Err(Refusal::Inconsistent("a delete of some of the values".into()))
    );
}

#[test]
fn one_actor_deletes_a_character_once_two_may_at_once() {
    let mut table = plan();
    write(&mut table, 1, &[splice(0, 0, "ab😀c")]).expect("honest");
    let seen = table.clone();
    let first = write(&mut table, 1, &[splice(1, 3, "")]).expect("honest");
    assert_eq!(first.deltas, [text(1, "b😀", "")]);
    // Somebody who has not seen that deletes more: what is gone already is no fact.
    let second = write_having_seen(&mut table, &seen, 2, &[splice(0, 5, "x")]).expect("honest");
    assert_eq!(second.deltas, [text(0, "ac", "x")]);
    assert_eq!(table.text(&notes()), Some("x".to_owned()));

    // The first actor again, at its old base, as if it had forgotten its own delete.
    let authored = seen.author(actor(1), NOW, &[splice(1, 1, "")]).expect("possible");
    let mut content = read(&authored.expect("a change").bytes).expect("ours").content;
    let mut own = seen.clone();
    write(&mut own, 1, &[splice(1, 3, "")]).expect("honest");
    let honest = write_content_after(&own, 1);
    (content.seq, content.start_op, content.deps) = (honest.seq, honest.start_op, honest.deps);
    let refused = admit(
        &mut table,
        PersonId(Uuid::from_u128(1)),
        seen.last().0,
        &encode(&content).0,
    );
    assert_eq!(
        refused,
        Err(Refusal::Inconsistent("a delete of a deleted character".into()))
    );
}

/// Some honest change of an actor that has seen everything.
fn write_content_after(table: &Table, author: u8) -> plan::Content {
    let authored = table.author(actor(author), NOW, &[put("Some")]).expect("possible");
    read(&authored.expect("a change").bytes).expect("ours").content
}

#[test]
fn a_splice_with_emoji_is_one_fact_in_utf16_units() {
    let mut table = plan();
    write(&mut table, 1, &[splice(0, 0, "👩‍👩‍👧 und Ann")]).expect("honest");
    let units = u32::try_from("👩‍👩‍👧 ".encode_utf16().count()).expect("few");
    let spliced = write(&mut table, 2, &[splice(units, 3, "with 😀")]).expect("honest");
    assert_eq!(spliced.deltas, [text(units, "und", "with 😀")]);
    assert_eq!(table.text(&notes()), Some("👩‍👩‍👧 with 😀 Ann".to_owned()));
}

#[test]
fn a_new_item_is_told_before_its_fields() {
    let mut table = plan();
    let item = ItemId(Uuid::from_u128(0x77));
    let made = Edit::MakeItem {
        section: SECTION,
        item,
        fields: vec![("title".to_owned(), "New".into())],
    };
    let admitted = write(&mut table, 1, &[made]).expect("honest");
    let (seq, at, author) = (Seq(3), TimestampMs(5), PersonId(Uuid::from_u128(1)));
    let facts = admitted.facts(seq, at, author);
    let told: Vec<_> = facts.iter().map(|fact| (fact.cell.key.as_str(), &fact.delta)).collect();
    let set = Delta::Set {
        old: None,
        new: Some("New".into()),
        also: Vec::new(),
    };
    assert_eq!(told, [("", &Delta::ItemMade), ("title", &set)]);
    assert!(
        facts
            .iter()
            .all(|fact| (fact.seq, fact.at, fact.claimed) == (seq, at, NOW))
    );
}

#[test]
fn so_many_values_stand_in_one_cell_and_no_more() {
    const VALUES_MAX: u8 = 64;
    let mut table = plan();
    let seen = table.clone();
    for author in 1..=VALUES_MAX {
        let value = format!("Value {author}");
        write_having_seen(&mut table, &seen, 100 + author, &[put(&value)]).expect("below the limit");
    }
    let one_more = seen
        .author(actor(99), NOW, &[put("One more")])
        .expect("possible")
        .expect("a change");
    let refused = admit(
        &mut table.clone(),
        PersonId(Uuid::from_u128(99)),
        one_more.base.0,
        &one_more.bytes,
    );
    assert!(matches!(refused, Err(Refusal::TooMany(_))), "{refused:?}");
    // Who has seen them all may write: then there is one.
    write(&mut table, 99, &[put("Decided")]).expect("it makes them fewer");
    assert_eq!(table.values(&title()), ["Decided".into()]);
}

#[test]
fn so_many_write_without_seeing_each_other_and_no_more() {
    const HEADS_MAX: u16 = 512;
    let actor = |number: u16| {
        let mut bytes = [9; 16];
        bytes[..2].copy_from_slice(&number.to_be_bytes());
        ActorId(bytes)
    };
    let edit = |number: u16| Edit::MakeItem {
        section: SECTION,
        item: ItemId(Uuid::from_u128(0x1000 + u128::from(number))),
        fields: Vec::new(),
    };
    let write = |table: &mut Table, seen: &Table, number: u16| {
        let authored = seen.author(actor(number), NOW, &[edit(number)]).expect("possible");
        let authored = authored.expect("a change");
        admit(table, PersonId(Uuid::from_u128(7)), authored.base.0, &authored.bytes)
    };
    let mut table = plan();
    let seen = table.clone();
    for number in 0..HEADS_MAX {
        write(&mut table, &seen, number).expect("below the limit");
    }
    let refused = write(&mut table.clone(), &seen, 999);
    assert!(matches!(refused, Err(Refusal::TooMany(_))), "{refused:?}");
    // Whoever has seen them all may write, which makes one of them; then others may again who have not seen that.
    let all = table.clone();
    write(&mut table, &all, 1_000).expect("it depends on all of them");
    write(&mut table, &all, 1_001).expect("honest");
    write(&mut table, &seen, 1_002).expect("honest, if late");
}

#[test]
fn a_paragraph_is_full_at_its_limit_but_those_who_could_not_know_are_not_refused() {
    let mut table = plan();
    let half = "x".repeat(PARAGRAPH_CHARS_MAX / 2 + 1);
    let seen = table.clone();
    write(&mut table, 1, &[splice(0, 0, &half)]).expect("below the limit");
    write_having_seen(&mut table, &seen, 2, &[splice(0, 0, &half)]).expect("it could not know");
    assert_eq!(table.text(&notes()).map(|text| text.len()), Some(2 * half.len()));
    // `Table::author` would say so first: a client that does not ask.
    let mut content = write_content_after(&table, 3);
    let insert = read(
        &seen
            .author(actor(4), NOW, &[splice(0, 0, "x")])
            .expect("possible")
            .expect("a change")
            .bytes,
    );
    content.ops = insert.expect("ours").content.ops;
    let base = table.last().0;
    let refused = admit(&mut table, PersonId(Uuid::from_u128(3)), base, &encode(&content).0);
    assert!(matches!(refused, Err(Refusal::TooMany(_))), "{refused:?}");
}

#[test]
fn a_change_that_comes_again_is_a_duplicate() {
    let mut table = plan();
    let authored = table
        .author(actor(1), NOW, &[put("Two")])
        .expect("possible")
        .expect("a change");
    let person = PersonId(Uuid::from_u128(1));
    admit(&mut table, person, authored.base.0, &authored.bytes).expect("honest");
    let seq = table.last();
    assert_eq!(table.position(&authored.hash), Some(seq));
    let again = admit(&mut table, person, authored.base.0, &authored.bytes);
    assert_eq!(again, Err(Refusal::Duplicate { seq }));
    assert_eq!(table.last(), seq);
}

#[test]
fn only_the_server_begins_a_plan_and_with_the_genesis() {
    let mut table = Table::new();
    let person = PersonId(Uuid::from_u128(1));
    assert!(admit(&mut table, person, 0, &genesis().bytes).is_err());
    let other = write_content_after(&plan(), 1);
    assert!(admit(&mut table, PersonId::SERVER, 0, &encode(&other).0).is_err());
    admit(&mut table, PersonId::SERVER, 0, &genesis().bytes).expect("the genesis");
    let again = admit(&mut table, PersonId::SERVER, 1, &genesis().bytes);
    assert_eq!(again, Err(Refusal::Duplicate { seq: Seq(1) }));
}

#[test]
fn an_unfinished_item_does_not_end_a_change() {
    let table = plan();
    let made = Edit::MakeItem {
        section: SECTION,
        item: ItemId(Uuid::from_u128(0x77)),
        fields: vec![("title".to_owned(), "New".into())],
    };
    let authored = table
        .author(actor(1), NOW, &[made])
        .expect("possible")
        .expect("a change");
    let whole = read(&authored.bytes).expect("ours").content;
    for left in 1..=4 {
        let mut content = whole.clone();
        content.ops.truncate(left);
        let verdict = admit(
            &mut table.clone(),
            PersonId(Uuid::from_u128(1)),
            authored.base.0,
            &encode(&content).0,
        );
        assert_eq!(verdict.is_ok(), left == 4, "{left} operations");
    }
    let swapped = |one: usize, other: usize| {
        let mut content = whole.clone();
        let keys = (content.ops[one].place.clone(), content.ops[other].place.clone());
        (content.ops[other].place, content.ops[one].place) = keys;
        admit(
            &mut table.clone(),
            PersonId(Uuid::from_u128(1)),
            authored.base.0,
            &encode(&content).0,
        )
    };
    assert!(swapped(1, 2).is_err() && swapped(2, 3).is_err(), "in their order");
    let text = Op {
        action: Action::MakeText,
        place: Place::Key("links".to_owned()),
        ..whole.ops[1].clone()
    };
    let mut content = whole.clone();
    content.ops[1] = text;
    assert!(
        admit(
            &mut table.clone(),
            PersonId(Uuid::from_u128(1)),
            authored.base.0,
            &encode(&content).0
        )
        .is_err()
    );
}

#[test]
fn a_whole_paragraph_is_deleted_and_written_anew_in_one_change() {
    let mut table = plan();
    let (old, new) = ("x".repeat(PARAGRAPH_CHARS_MAX), "y".repeat(PARAGRAPH_CHARS_MAX));
    write(&mut table, 1, &[splice(0, 0, &old)]).expect("as long as may be");
    let all = u32::try_from(PARAGRAPH_CHARS_MAX).expect("few");
    write(&mut table, 2, &[splice(0, all, &new)]).expect("within the operations that its bytes may stand for");
    write(&mut table, 1, &[splice(0, all, "")]).expect("deletes are a run of nearly no bytes");
    assert_eq!(table.text(&notes()), Some(String::new()));
}

#[test]
fn what_a_journal_holds_is_read_even_where_admission_has_become_stricter() {
    let rows = plan::Limits::default().runs_free + 1_000;
    let mut content = write_content_after(&plan(), 1);
    // The same key over and over, each time the same: a few bytes for any number of operations.
    let put = Op {
        action: Action::Put(Scalar::Bool(true)),
        ..content.ops[0].clone()
    };
    for _ in 0..rows {
        let before = OpName {
            counter: content.start_op + u32::try_from(content.ops.len()).expect("few") - 1,
            actor: content.actor,
        };
        content.ops.push(Op {
            preds: vec![before],
            ..put.clone()
        });
    }
    let (bytes, _) = encode(&content);
    assert!(read(&bytes).is_err(), "{} bytes", bytes.len());
    assert!(plan::precheck(&bytes, &plan::Limits::of_journal()).is_ok());
}
