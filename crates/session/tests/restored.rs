//! A plan that was archived under its pages, and restored.

mod support;

use protocol::{Bye, ServerFrame, encode_server};
use session::{Connection, Session};
use support::{World, make, put};

#[test]
fn a_plan_that_was_archived_goes_on_when_it_is_asked_for_after_it_was_restored() {
    let mut world = World::new();
    let (one, two) = (world.add(), world.add());
    world.edit_when_ready(one, vec![make(1)]);
    world.settle();
    world.hear(one, &encode_server(&ServerFrame::Bye(Bye::NoSuchPlan)));
    world.settle();
    world.edit(one, vec![put(1, "title", "Written meanwhile")]);
    world.run_for(60_000);
    assert_eq!(
        world.session(one).connection(),
        &Connection::Ended(Bye::NoSuchPlan),
        "it does not ask by itself"
    );
    assert_eq!(world.session(one).unsaved(), 1);

    world.with(one, Session::reconnect_now);
    world.settle();
    assert_eq!(world.session(one).connection(), &Connection::Online);
    assert_eq!(world.value(two, 1, "title").as_deref(), Some("Written meanwhile"));
    world.check_settled();
}

#[test]
fn who_has_a_part_again_goes_on_with_what_was_not_saved() {
    let mut world = World::new();
    let (one, two) = (world.add(), world.add());
    world.edit_when_ready(one, vec![make(1)]);
    world.settle();
    world.disk_stalled = true;
    world.edit(one, vec![put(1, "title", "Not saved yet")]);
    world.hear(one, &encode_server(&ServerFrame::Bye(Bye::NoAccess)));
    assert_eq!(world.session(one).connection(), &Connection::Ended(Bye::NoAccess));
    assert_eq!(world.session(one).unsaved(), 1, "it is kept");
    world.disk_stalled = false;
    world.settle();

    world.with(one, Session::reconnect_now);
    world.settle();
    assert_eq!(world.session(one).connection(), &Connection::Online);
    assert_eq!(world.value(two, 1, "title").as_deref(), Some("Not saved yet"));
    world.check_settled();
}

#[test]
fn other_ends_are_for_good() {
    let mut world = World::new();
    let one = world.add();
    world.settle();
    world.hear(one, &encode_server(&ServerFrame::Bye(Bye::SignedOut)));
    world.settle();
    world.with(one, Session::reconnect_now);
    world.settle();
    assert_eq!(world.session(one).connection(), &Connection::Ended(Bye::SignedOut));
}
