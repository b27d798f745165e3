//! Undo and redo, alone and with others at work.

mod support;

use domain::{Cell, Role, Scalar};
use plan::Edit;
use session::{Session, UndoOutcome};
use support::{SECTION, World, cell, item, make, paragraph, person, put, splice, write};

fn world() -> (World, usize, usize) {
    let mut world = World::new();
    let (one, two) = (world.add(), world.add());
    world.settle();
    world.edit(one, vec![make(1), write(1, 1, "one two three")]);
    world.settle();
    (world, one, two)
}

fn undo(world: &mut World, index: usize) -> UndoOutcome {
    world.with(index, Session::undo)
}

fn redo(world: &mut World, index: usize) -> UndoOutcome {
    world.with(index, Session::redo)
}

#[test]
fn a_value_goes_back_and_forth() {
    let (mut world, one, two) = world();
    world.edit(one, vec![put(1, "title", "A")]);
    world.edit(one, vec![put(1, "title", "B")]);
    assert_eq!(undo(&mut world, one), UndoOutcome::Done(vec![cell(1, "title")]));
    assert_eq!(world.value(one, 1, "title").as_deref(), Some("A"));
    undo(&mut world, one);
    assert_eq!(world.value(one, 1, "title").as_deref(), Some("New"));
    redo(&mut world, one);
    redo(&mut world, one);
    assert_eq!(world.value(one, 1, "title").as_deref(), Some("B"));
    assert_eq!(redo(&mut world, one), UndoOutcome::Nothing);
    world.settle();
    assert_eq!(world.value(two, 1, "title").as_deref(), Some("B"));
    world.check_settled();
}

#[test]
fn a_value_that_another_has_changed_since_stays_and_their_name_is_told() {
    let (mut world, one, two) = world();
    world.edit(one, vec![put(1, "title", "Mine"), put(1, "offering", "Mine too")]);
    world.settle();
    world.edit(two, vec![put(1, "title", "Theirs")]);
    world.settle();
    assert_eq!(
        undo(&mut world, one),
        UndoOutcome::ChangedSince {
            cell: cell(1, "title"),
            by: Some(person(2))
        }
    );
    assert_eq!(world.value(one, 1, "title").as_deref(), Some("Theirs"));
    assert_eq!(
        world.value(one, 1, "offering").as_deref(),
        Some("Mine too"),
        "all or nothing"
    );
    world.check_settled();
}

#[test]
fn a_pasted_block_is_one_step() {
    let (mut world, one, _) = world();
    world.edit(
        one,
        vec![make(2), make(3), put(2, "title", "Row"), put(1, "offering", "Cloud")],
    );
    undo(&mut world, one);
    assert_eq!(world.replica(one).items(SECTION), vec![item(1)]);
    assert_eq!(world.value(one, 1, "offering"), None);
    redo(&mut world, one);
    assert_eq!(world.replica(one).items(SECTION).len(), 3);
    assert_eq!(world.value(one, 2, "title").as_deref(), Some("Row"));
    world.settle();
    world.check_settled();
}

#[test]
fn a_burst_of_typing_is_one_step() {
    let (mut world, one, _) = world();
    for (at, char) in ["x", "y", "z"].into_iter().enumerate() {
        let at = u32::try_from(at).expect("three");
        world
            .with(one, |session, now| {
                session.edit_merging(now, vec![splice(1, 1, at, 0, char)])
            })
            .expect("it can be made");
        world.run_for(500);
    }
    assert_eq!(world.text(one, 1, 1), "xyzone two three");
    undo(&mut world, one);
    assert_eq!(world.text(one, 1, 1), "one two three");
    redo(&mut world, one);
    assert_eq!(world.text(one, 1, 1), "xyzone two three");
    undo(&mut world, one);
    undo(&mut world, one);
    assert_eq!(world.replica(one).items(SECTION), vec![], "the step before");
}

#[test]
fn a_pause_ends_the_burst() {
    let (mut world, one, _) = world();
    for char in ["x", "y"] {
        world
            .with(one, |session, now| {
                session.edit_merging(now, vec![splice(1, 1, 0, 0, char)])
            })
            .expect("it can be made");
        world.run_for(5_000);
    }
    undo(&mut world, one);
    assert_eq!(world.text(one, 1, 1), "xone two three");
}

#[test]
fn typing_that_others_typed_into_goes_and_theirs_stays() {
    let (mut world, one, two) = world();
    world.edit(one, vec![splice(1, 1, 4, 3, "2 🙂 zwei")]);
    world.settle();
    assert_eq!(world.text(two, 1, 1), "one 2 🙂 zwei three");
    world.edit(two, vec![splice(1, 1, 6, 2, "!!")]);
    world.settle();
    assert_eq!(world.text(one, 1, 1), "one 2 !! zwei three");
    undo(&mut world, one);
    let undone = world.text(one, 1, 1);
    assert!(
        undone.contains("two") && undone.contains("!!") && !undone.contains("zwei"),
        "{undone}"
    );
    redo(&mut world, one);
    let redone = world.text(one, 1, 1);
    assert!(
        !redone.contains("two") && redone.contains("!!") && redone.contains("zwei"),
        "{redone}"
    );
    world.settle();
    world.check_settled();
}

#[test]
fn deleted_text_comes_back_where_it_stood() {
    let (mut world, one, two) = world();
    world.edit(one, vec![splice(1, 1, 4, 4, "")]);
    world.settle();
    world.edit(two, vec![splice(1, 1, 0, 0, "zero ")]);
    world.settle();
    assert_eq!(world.text(one, 1, 1), "zero one three");
    undo(&mut world, one);
    assert_eq!(world.text(one, 1, 1), "zero one two three");
    world.settle();
    world.check_settled();
}

#[test]
fn a_made_item_is_put_away_and_comes_back() {
    let (mut world, one, _) = world();
    world.edit(one, vec![make(2)]);
    undo(&mut world, one);
    assert_eq!(world.replica(one).items(SECTION), vec![item(1)]);
    redo(&mut world, one);
    assert_eq!(world.replica(one).items(SECTION), vec![item(1), item(2)]);
}

#[test]
fn a_made_item_that_another_has_filled_in_stays() {
    let (mut world, one, two) = world();
    world.edit(one, vec![make(2)]);
    world.settle();
    world.edit(two, vec![put(2, "next_step", "Call them")]);
    world.settle();
    assert_eq!(
        undo(&mut world, one),
        UndoOutcome::ChangedSince {
            cell: cell(2, "next_step"),
            by: Some(person(2))
        }
    );
    assert!(world.replica(one).items(SECTION).contains(&item(2)));
}

#[test]
fn a_deleted_item_comes_back() {
    let (mut world, one, _) = world();
    world.edit(
        one,
        vec![Edit::Put {
            cell: cell(1, "deleted"),
            value: Scalar::Bool(true),
        }],
    );
    assert_eq!(world.replica(one).items(SECTION), vec![]);
    undo(&mut world, one);
    assert_eq!(world.replica(one).items(SECTION), vec![item(1)]);
}

#[test]
fn a_made_paragraph_goes_unless_others_wrote_into_it() {
    let (mut world, one, two) = world();
    let texts = |world: &World| world.replica(0).paragraphs(SECTION, item(1), "strategy").len();
    world.edit(one, vec![write(1, 2, "mine")]);
    undo(&mut world, one);
    assert_eq!(texts(&world), 1);
    redo(&mut world, one);
    assert_eq!(texts(&world), 2);
    assert_eq!(world.text(one, 1, 2), "mine");
    world.settle();
    world.edit(two, vec![splice(1, 2, 4, 0, " theirs")]);
    world.settle();
    undo(&mut world, one);
    undo(&mut world, one);
    let left = world.replica(one).text(&paragraph(1, 2));
    assert_eq!(left.as_deref(), Some(" theirs"));
}

#[test]
fn a_cleared_cell_comes_back_and_an_identical_put_is_no_step() {
    let (mut world, one, _) = world();
    world.edit(one, vec![Edit::Clear { cell: cell(1, "title") }]);
    assert_eq!(world.value(one, 1, "title"), None);
    world.edit(one, vec![Edit::Clear { cell: cell(1, "title") }]);
    undo(&mut world, one);
    assert_eq!(world.value(one, 1, "title").as_deref(), Some("New"));
    world.edit(one, vec![put(1, "title", "New")]);
    redo(&mut world, one);
    assert_eq!(world.value(one, 1, "title"), None);
    world.settle();
    world.check_settled();
}

#[test]
fn what_the_schema_does_not_allow_is_not_made() {
    let (mut world, one, _) = world();
    for edit in [
        put(1, "no_such_field", "x"),
        put(1, "amount", "much"),
        put(99, "title", "no such item"),
        splice(1, 1, 12, 5, "beyond the end"),
        splice(1, 1, 0, 0, &"x".repeat(2_001)),
        make(1),
        Edit::Put {
            cell: Cell::own(SECTION, item(1), person(2), "vote"),
            value: Scalar::Int(3),
        },
    ] {
        let edits = vec![put(1, "title", "not without the other"), edit];
        let result = world.with(one, |session, now| session.edit(now, edits));
        assert!(result.is_err());
    }
    assert_eq!(world.value(one, 1, "title").as_deref(), Some("New"));
    assert_eq!(world.session(one).unsaved(), 0);
    world.edit(one, vec![splice(1, 1, 0, 13, "🙂")]);
    let half = world.with(one, |session, now| session.edit(now, vec![splice(1, 1, 1, 0, "x")]));
    assert!(half.is_err(), "inside a character");
    world.settle();
    world.check_settled();
}

#[test]
fn a_note_typed_from_its_end_comes_back_in_its_order() {
    let (mut world, one, two) = world();
    world.edit(one, vec![write(1, 2, "")]);
    for text in ["two ", "one "] {
        world
            .with(one, |session, now| {
                session.edit_merging(now, vec![splice(1, 2, 0, 0, text)])
            })
            .expect("it can be made");
    }
    for _ in 0..3 {
        undo(&mut world, one);
        assert_eq!(world.text(one, 1, 2), "");
        redo(&mut world, one);
        assert_eq!(world.text(one, 1, 2), "one two ");
    }
    world.settle();
    world.edit(two, vec![splice(1, 2, 4, 0, "and ")]);
    world.settle();
    undo(&mut world, one);
    assert_eq!(world.text(one, 1, 2), "and ");
    redo(&mut world, one);
    assert_eq!(world.text(one, 1, 2), "one and two ");
    world.settle();
    assert_eq!(world.text(two, 1, 2), "one and two ");
    world.check_settled();
}

#[test]
fn what_was_typed_then_deleted_and_brought_back_can_still_be_taken_back() {
    let (mut world, one, _) = world();
    world.edit(one, vec![splice(1, 1, 4, 0, "mine ")]);
    world.edit(one, vec![splice(1, 1, 0, 9, "")]);
    undo(&mut world, one);
    assert_eq!(world.text(one, 1, 1), "one mine two three");
    undo(&mut world, one);
    assert_eq!(world.text(one, 1, 1), "one two three");
    redo(&mut world, one);
    redo(&mut world, one);
    assert_eq!(world.text(one, 1, 1), "two three");
    world.settle();
    world.check_settled();
}

#[test]
fn what_may_not_be_written_any_more_is_not_taken_back_until_it_may_again() {
    let (mut world, one, two) = world();
    world.edit(one, vec![put(1, "title", "Mine")]);
    world.settle();
    let set_role = |world: &mut World, role| {
        world.set_role(one, role);
        world.settle();
    };
    set_role(&mut world, Role::Observer);
    assert!(matches!(undo(&mut world, one), UndoOutcome::Denied(_)));
    assert_eq!(world.session(one).unsaved(), 0, "nothing was done");
    set_role(&mut world, Role::Seller);
    assert_eq!(undo(&mut world, one), UndoOutcome::Done(vec![cell(1, "title")]));
    world.settle();
    set_role(&mut world, Role::Observer);
    assert!(matches!(redo(&mut world, one), UndoOutcome::Denied(_)));
    set_role(&mut world, Role::Seller);
    assert_eq!(redo(&mut world, one), UndoOutcome::Done(vec![cell(1, "title")]));
    world.settle();
    assert_eq!(world.value(two, 1, "title").as_deref(), Some("Mine"));
    world.check_settled();
}
