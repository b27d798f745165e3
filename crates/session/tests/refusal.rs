//! What happens to edits that the server refuses, and to those around them.

mod support;

use domain::schema::Who;
use domain::{Role, Schema, SectionId};
use protocol::{Reason, Rejected, ServerFrame, encode_server};
use session::CellState;
use support::{SECTION, World, cell, make, put, splice, write};

/// A server on which nobody may write the next step and the risks of an opportunity; the clients do not know.
fn strict() -> Schema {
    let mut schema = Schema::standard();
    for section in &mut schema.sections {
        for field in &mut section.fields {
            if section.id == SECTION && field.key == "next_step" {
                field.who = Who::Server;
            }
            if section.id == SectionId::Initiatives {
                field.who = Who::Server;
            }
        }
    }
    schema
}

fn world() -> (World, usize, usize) {
    let mut world = World::with_schema(strict(), relay::Limits::default());
    let (one, two) = (world.add(), world.add());
    world.settle();
    world.edit(one, vec![make(1), write(1, 1, "abc def")]);
    world.settle();
    (world, one, two)
}

#[test]
fn what_does_not_depend_on_a_refused_edit_is_proposed_again() {
    let (mut world, one, two) = world();
    world.edit(one, vec![put(1, "title", "Before")]);
    world.edit(one, vec![put(1, "next_step", "Refused")]);
    world.edit(one, vec![put(1, "title", "After")]);
    world.edit(one, vec![make(2)]);
    world.settle();
    assert_eq!(world.value(two, 1, "title").as_deref(), Some("After"));
    assert_eq!(world.value(one, 1, "next_step"), None);
    assert!(world.replica(two).has_item(SECTION, support::item(2)));
    let rejected = world.session(one).rejected();
    assert_eq!(rejected.len(), 1);
    assert_eq!(rejected[0].edits, vec![put(1, "next_step", "Refused")]);
    assert!(
        matches!(rejected[0].reason, Reason::Denied(_)),
        "{:?}",
        rejected[0].reason
    );
    assert_eq!(
        world.session(one).cell_state(&cell(1, "next_step")),
        CellState::Rejected(0)
    );
    world.check_settled();
    world.check_nothing_twice();
}

#[test]
fn what_depends_on_a_refused_edit_is_kept_aside_with_it() {
    let (mut world, one, two) = world();
    world.go_offline(one);
    world.edit(
        one,
        vec![put(1, "next_step", "Refused"), put(1, "title", "In the same change")],
    );
    world.edit(one, vec![put(1, "title", "On the same cell")]);
    world.edit(one, vec![put(1, "offering", "Elsewhere")]);
    world.clients[one].reachable = true;
    world.settle();
    let reasons: Vec<_> = world.session(one).rejected().iter().map(|edit| &edit.reason).collect();
    assert_eq!(reasons.len(), 2);
    assert_eq!(reasons[1], &Reason::AfterRejected);
    assert_eq!(world.value(two, 1, "title").as_deref(), Some("New"));
    assert_eq!(world.value(two, 1, "offering").as_deref(), Some("Elsewhere"));
    world.check_settled();
}

#[test]
fn what_is_written_into_a_refused_item_is_kept_aside_with_it() {
    let (mut world, one, _) = world();
    world.go_offline(one);
    let refused = plan::Edit::MakeItem {
        section: SECTION,
        item: support::item(9),
        fields: vec![("next_step".to_owned(), "Refused".into())],
    };
    world.edit(one, vec![refused]);
    world.edit(one, vec![put(9, "title", "Into it")]);
    world.edit(one, vec![write(9, 1, "text")]);
    world.edit(one, vec![splice(9, 1, 4, 0, " more")]);
    world.clients[one].reachable = true;
    world.settle();
    assert_eq!(world.session(one).rejected().len(), 4);
    assert!(!world.replica(one).has_item(SECTION, support::item(9)));
    world.check_settled();
}

#[test]
fn a_place_in_a_text_means_what_it_meant_when_it_is_proposed_again() {
    let (mut world, one, two) = world();
    world.go_offline(one);
    world.edit(one, vec![put(1, "next_step", "Refused")]);
    world.edit(one, vec![splice(1, 1, 4, 3, "DEF")]);
    world.edit(one, vec![splice(1, 1, 1, 1, "B")]);
    world.edit(two, vec![splice(1, 1, 0, 0, "much before: ")]);
    world.settle();
    world.clients[one].reachable = true;
    world.settle();
    assert_eq!(world.text(two, 1, 1), "much before: aBc DEF");
    world.check_settled();
}

#[test]
fn what_follows_an_own_edit_that_was_saved_behind_anothers_is_proposed_again_where_it_was_made() {
    let (mut world, one, two) = world();
    world.edit(two, vec![splice(1, 1, 0, 0, "much before: ")]);
    while world.step(two) {}
    // Saved behind it, and acknowledged, before the other's is in her plan: no time has passed.
    world.edit(one, vec![splice(1, 1, 0, 1, "A")]);
    while world.step(0) {}
    assert_eq!(world.session(one).unsaved_changes().count(), 0);
    assert_eq!(world.text(one, 1, 1), "Abc def");
    world.edit(one, vec![put(1, "next_step", "Refused")]);
    world.edit(one, vec![splice(1, 1, 4, 3, "DEF")]);
    world.settle();
    assert_eq!(world.session(one).rejected().len(), 1);
    assert_eq!(world.text(two, 1, 1), "much before: Abc DEF");
    world.check_settled();
    world.check_nothing_twice();
}

#[test]
fn edits_made_while_a_refusal_is_on_its_way_are_not_lost() {
    let (mut world, one, two) = world();
    world.disk_stalled = true;
    // The first is admitted and waits for the disk, the second is refused at once: the answers overtake each other.
    world.edit(one, vec![put(1, "title", "First")]);
    world.run_for(100);
    world.edit(one, vec![put(1, "next_step", "Refused")]);
    world.run_for(100);
    world.edit(one, vec![put(1, "offering", "Later")]);
    world.run_for(100);
    assert_eq!(world.session(one).unsaved(), 3);
    assert_eq!(world.session(one).rejected().len(), 0);
    world.disk_stalled = false;
    world.settle();
    assert_eq!(world.session(one).rejected().len(), 1);
    assert_eq!(world.value(two, 1, "title").as_deref(), Some("First"));
    assert_eq!(world.value(two, 1, "offering").as_deref(), Some("Later"));
    world.check_settled();
}

#[test]
fn a_refused_edit_can_be_tried_again_and_let_go() {
    let (mut world, one, _) = world();
    world.edit(one, vec![put(1, "next_step", "Refused")]);
    world.settle();
    world.with(one, |session, now| session.retry(now, 0));
    assert_eq!(world.session(one).unsaved(), 1);
    world.settle();
    assert_eq!(world.session(one).rejected().len(), 1);
    world.with(one, |session, _| session.dismiss(0));
    assert_eq!(world.session(one).rejected().len(), 0);
    world.with(one, |session, now| session.retry(now, 7));
    world.with(one, |session, _| session.dismiss(7));
    world.check_settled();
}

#[test]
fn many_refusals_in_a_row_end_with_everything_sorted() {
    let (mut world, one, two) = world();
    world.go_offline(one);
    for number in 10..30 {
        world.edit(one, vec![make(number)]);
        world.edit(one, vec![put(number, "next_step", "Refused")]);
        world.edit(one, vec![put(number, "title", "Fine")]);
    }
    world.clients[one].reachable = true;
    world.settle();
    assert_eq!(world.session(one).rejected().len(), 20);
    for number in 10..30 {
        assert_eq!(world.value(two, number, "title").as_deref(), Some("Fine"));
    }
    world.check_settled();
    world.check_nothing_twice();
}

#[test]
fn an_undo_after_a_refusal_takes_back_what_was_proposed_again() {
    let (mut world, one, two) = world();
    world.go_offline(one);
    world.edit(one, vec![put(1, "next_step", "Refused")]);
    world.edit(one, vec![put(1, "title", "Mine")]);
    world.clients[one].reachable = true;
    world.settle();
    world.with(one, session::Session::undo);
    world.settle();
    assert_eq!(world.value(two, 1, "title").as_deref(), Some("New"));
    world.check_settled();
}

#[test]
fn when_the_server_cannot_save_the_edits_wait() {
    let (mut world, one, _) = world();
    world.disk_stalled = true;
    world.edit(one, vec![put(1, "title", "Waits")]);
    world.run_for(50);
    let hash = world.session(one).unsaved_changes().next().map(|own| own.hash);
    let full = ServerFrame::Reject(Rejected {
        hash: hash.expect("one waits"),
        reason: Reason::Unavailable("no space left".to_owned()),
    });
    world.hear(one, &encode_server(&full));
    assert_eq!(world.session(one).unsaved(), 1);
    assert_eq!(world.session(one).rejected().len(), 0);
    assert_eq!(
        world.session(one).unavailable(),
        Some("no space left"),
        "and it is said why"
    );
    world.disk_stalled = false;
    world.settle();
    world.check_settled();
    world.check_nothing_twice();
    assert_eq!(world.session(one).unavailable(), None);
}

#[test]
fn what_may_be_written_again_is_not_refused_for_others_that_were() {
    let (mut world, one, two) = world();
    for (number, next) in (10..).zip(["One", "Two", "Three", "Four"]) {
        world.edit(two, vec![make(number)]);
        world.settle();
        world.edit(one, vec![put(number, "next_step", next)]);
        world.settle();
    }
    assert_eq!(world.session(one).rejected().len(), 4);
    // Refused while she was an observer, and neither that nor its reason has reached her page.
    world.set_role(one, Role::Observer);
    world.edit(one, vec![put(1, "title", "Mine")]);
    assert!(world.step(0), "it reaches the server");
    world.cut(one);
    world.set_role(one, Role::ClientExecutive);
    world.run_for(60_000);
    world.settle();
    assert_eq!(world.session(one).rejected().len(), 4);
    assert_eq!(world.value(two, 1, "title").as_deref(), Some("Mine"));
    world.check_settled();
}
