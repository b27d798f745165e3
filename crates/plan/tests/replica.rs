//! The document as a client uses it.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::BTreeSet;

use bytes::Bytes;
use domain::{ActorId, Cell, ItemId, ParagraphId, PersonId, Scalar, SectionId, TimestampMs};
use plan::{Edit, EditError, OwnChange, Replica, ReplicaError, rank_between};
use uuid::Uuid;

const SECTION: SectionId = SectionId::Opportunities;
const NOW: TimestampMs = TimestampMs(1_700_000_000_000);

fn replica(number: u8) -> Replica {
    Replica::new(ActorId([number; 16]))
}

fn item(number: u128) -> ItemId {
    ItemId(Uuid::from_u128(number))
}

fn cell(number: u128, field: &str) -> Cell {
    Cell::field(SECTION, item(number), field)
}

fn paragraph(number: u128) -> Cell {
    Cell::paragraph(SECTION, item(1), "strategy", ParagraphId(Uuid::from_u128(number)))
}

fn put(cell: Cell, value: impl Into<Scalar>) -> Edit {
    Edit::Put {
        cell,
        value: value.into(),
    }
}

fn make(number: u128, rank: &str) -> Edit {
    Edit::MakeItem {
        section: SECTION,
        item: item(number),
        fields: vec![("rank".to_owned(), Scalar::from(rank))],
    }
}

fn edit(replica: &mut Replica, edits: &[Edit]) -> OwnChange {
    replica.edit(NOW, edits).unwrap().expect("it changes something")
}

#[test]
fn items_and_paragraphs_stand_in_the_order_of_their_ranks_without_the_deleted() {
    let mut one = replica(1);
    let first = rank_between(None, None);
    let second = rank_between(Some(&first), None);
    edit(&mut one, &[make(1, &second), make(2, &first), make(3, &second)]);
    assert_eq!(one.items(SECTION), vec![item(2), item(1), item(3)]);
    edit(&mut one, &[put(cell(2, "deleted"), Scalar::Bool(true))]);
    assert_eq!(one.items(SECTION), vec![item(1), item(3)]);
    assert_eq!(one.deleted_items(SECTION), vec![item(2)]);

    for (number, rank) in [(7, &second), (8, &first)] {
        let text = format!("text {number}");
        let made = Edit::MakeParagraph {
            cell: paragraph(number),
            text,
        };
        edit(
            &mut one,
            &[made, put(paragraph(number).with_suffix("rank"), rank.as_str())],
        );
    }
    let texts = |one: &Replica| -> Vec<String> {
        let paragraphs = one.paragraphs(SECTION, item(1), "strategy");
        paragraphs.into_iter().map(|(_, text)| text).collect()
    };
    assert_eq!(texts(&one), ["text 8", "text 7"]);
    edit(
        &mut one,
        &[put(paragraph(8).with_suffix("deleted"), Scalar::Bool(true))],
    );
    assert_eq!(texts(&one), ["text 7"]);
    assert_eq!(one.paragraphs(SECTION, item(1), "risks"), vec![]);
}

#[test]
fn links_and_what_belongs_to_people_read_back_by_field() {
    let mut one = replica(1);
    let person = PersonId(Uuid::from_u128(5));
    let target = item(9).to_string();
    edit(
        &mut one,
        &[
            make(1, "80"),
            put(Cell::link(SECTION, item(1), "supports", &target), Scalar::Int(2)),
            put(Cell::link_note(SECTION, item(1), "supports", &target), "why"),
            put(Cell::own(SECTION, item(1), person, "vote"), Scalar::Int(3)),
        ],
    );
    assert_eq!(one.links(SECTION, item(1), "supports"), vec![(target, Scalar::Int(2))]);
    assert_eq!(one.links(SECTION, item(1), "support"), vec![]);
    assert_eq!(one.own(SECTION, item(1), "vote"), vec![(person, Scalar::Int(3))]);
    assert_eq!(one.own(SECTION, item(2), "vote"), vec![]);
}

#[test]
fn what_an_edit_touches_is_told_here_and_where_it_is_applied() {
    let (mut one, mut two) = (replica(1), replica(2));
    let made = edit(&mut one, &[make(1, "80"), put(cell(1, "title"), "A")]);
    let cells = BTreeSet::from([cell(1, ""), cell(1, "rank"), cell(1, "title")]);
    assert_eq!(made.touched, cells);
    assert_eq!(two.apply(std::slice::from_ref(&made.bytes)).unwrap(), cells);

    let text = Edit::MakeParagraph {
        cell: paragraph(7),
        text: "text".to_owned(),
    };
    let written = edit(&mut one, &[text]);
    assert_eq!(written.touched, BTreeSet::from([paragraph(7)]));
    assert_eq!(two.apply(&[written.bytes]).unwrap(), written.touched);
    assert_eq!(one.heads(), two.heads());
}

#[test]
fn a_losing_write_and_the_end_of_a_conflict_touch_the_cell() {
    let (mut one, mut two) = (replica(1), replica(2));
    let made = edit(&mut one, &[make(1, "80")]);
    two.apply(&[made.bytes]).unwrap();
    let by_one = edit(&mut one, &[put(cell(1, "title"), "One")]);
    let by_two = edit(&mut two, &[put(cell(1, "title"), "Two")]);
    let title = BTreeSet::from([cell(1, "title")]);
    assert_eq!(one.apply(&[by_two.bytes]).unwrap(), title);
    assert_eq!(two.apply(&[by_one.bytes]).unwrap(), title);
    let values = [
        (Scalar::from("Two"), ActorId([2; 16])),
        (Scalar::from("One"), ActorId([1; 16])),
    ];
    assert_eq!(one.values(&cell(1, "title")), values);
    assert_eq!(two.values(&cell(1, "title")), values);
    // Writing what the winner says already: the other value goes.
    let decided = edit(&mut one, &[put(cell(1, "title"), "Two")]);
    assert_eq!(decided.touched, title);
    assert_eq!(two.apply(&[decided.bytes]).unwrap(), title);
    assert_eq!(two.values(&cell(1, "title")), values[..1]);
}

#[test]
fn an_edit_that_fails_leaves_no_trace() {
    let mut one = replica(1);
    let heads = one.heads();
    let error = one.edit(NOW, &[make(1, "80"), put(cell(2, "title"), "A")]).unwrap_err();
    assert_eq!(error, EditError::NoItem(SECTION, item(2)));
    assert_eq!(one.heads(), heads);
    assert!(!one.has_item(SECTION, item(1)));
    assert_eq!(one.edit(NOW, &[]).unwrap().map(|change| change.hash), None);
}

#[test]
fn a_document_goes_through_its_bytes() {
    let mut one = replica(1);
    edit(&mut one, &[make(1, "80"), put(cell(1, "title"), "A")]);
    let mut again = Replica::load(&one.save(), ActorId([3; 16])).unwrap();
    assert_eq!(again.heads(), one.heads());
    assert_eq!(again.value(&cell(1, "title")), Some(Scalar::from("A")));
    let on = edit(&mut again, &[put(cell(1, "title"), "B")]);
    one.apply(&[on.bytes]).unwrap();
    assert_eq!(one.value(&cell(1, "title")), Some(Scalar::from("B")));
}

#[test]
fn bytes_that_do_not_belong_here_are_errors() {
    let (mut one, mut two) = (replica(1), replica(2));
    assert!(matches!(
        Replica::load(b"no document", ActorId([1; 16])),
        Err(ReplicaError::Document(_))
    ));
    let junk = Bytes::from_static(b"no change");
    assert!(matches!(one.apply(&[junk]), Err(ReplicaError::Malformed(_))));
    edit(&mut one, &[make(1, "80")]);
    let child = edit(&mut one, &[put(cell(1, "title"), "A")]);
    assert_eq!(two.apply(&[child.bytes]), Err(ReplicaError::MissingDependencies(1)));
}

#[test]
fn without_some_changes_it_is_as_if_they_and_what_builds_on_them_had_not_been() {
    let (mut one, mut two) = (replica(1), replica(2));
    let made = edit(&mut one, &[make(1, "80")]);
    two.apply(&[made.bytes]).unwrap();
    let heads = two.heads();
    let dropped = edit(&mut one, &[put(cell(1, "title"), "A")]);
    edit(&mut one, &[put(cell(1, "title"), "B")]);
    let back = one.without(&BTreeSet::from([dropped.hash]), ActorId([9; 16])).unwrap();
    assert_eq!(back.heads(), heads);
    assert_eq!(back.value(&cell(1, "title")), None);
}
