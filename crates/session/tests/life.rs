//! Editing, losing the connection and coming back, against a real room.

mod support;

use domain::{Scalar, Seq};
use protocol::{Committed, Entry, ServerFrame, encode_server};
use session::{CellState, Connection, Event};
use support::{World, cell, make, put, splice, write};

#[test]
fn an_edit_waits_until_the_server_has_it_on_disk() {
    let mut world = World::new();
    let one = world.add();
    world.settle();
    world.disk_stalled = true;
    world.edit(one, vec![make(1)]);
    world.run_for(1_000);
    assert_eq!(world.session(one).unsaved(), 1);
    assert_eq!(world.session(one).cell_state(&cell(1, "title")), CellState::Waiting);

    world.disk_stalled = false;
    world.run_for(1_000);
    assert_eq!(world.session(one).unsaved(), 0);
    assert_eq!(world.session(one).cell_state(&cell(1, "title")), CellState::Saved);
    assert_eq!(world.clients[one].events.last(), Some(&Event::Head(Seq(2))));
    world.check_settled();
}

#[test]
fn what_was_edited_offline_arrives_once_after_the_connection_is_back() {
    let mut world = World::new();
    let (one, two) = (world.add(), world.add());
    world.edit_when_ready(one, vec![make(1)]);
    world.settle();
    world.go_offline(one);
    for number in 2..200 {
        world.edit(one, vec![make(number), put(number, "title", "Offline")]);
    }
    world.edit(two, vec![put(1, "title", "Meanwhile")]);
    world.settle();
    assert!(matches!(world.session(one).connection(), Connection::Offline { .. }));
    assert_eq!(world.session(one).unsaved(), 198);

    world.clients[one].reachable = true;
    world.settle();
    assert_eq!(world.value(two, 199, "title").as_deref(), Some("Offline"));
    assert_eq!(world.value(one, 1, "title").as_deref(), Some("Meanwhile"));
    world.check_settled();
    world.check_nothing_twice();
}

#[test]
fn what_was_saved_but_not_acknowledged_is_not_saved_twice() {
    let mut world = World::new();
    let (one, two) = (world.add(), world.add());
    world.settle();
    world.edit(one, vec![make(1)]);
    world.edit(one, vec![put(1, "title", "Mine")]);
    // The frames reach the server and the disk; the acknowledgements are lost.
    while world.journal.len() < 3 {
        assert!(world.step(0));
    }
    world.cut(one);
    world.edit(two, vec![make(2)]);
    world.settle();
    world.check_settled();
    world.check_nothing_twice();
    assert_eq!(world.journal.len(), 4);
}

#[test]
fn a_killed_server_loses_nothing_that_clients_still_hold() {
    let mut world = World::new();
    let (one, two) = (world.add(), world.add());
    world.settle();
    world.edit(one, vec![make(1)]);
    world.settle();
    world.disk_stalled = true;
    world.edit(one, vec![put(1, "title", "Not on disk")]);
    world.edit(two, vec![put(1, "next_step", "Neither")]);
    world.run_for(1_000);
    world.disk_stalled = false;
    world.kill_server();
    world.settle();
    assert_eq!(world.value(two, 1, "title").as_deref(), Some("Not on disk"));
    assert_eq!(world.value(one, 1, "next_step").as_deref(), Some("Neither"));
    world.check_settled();
    world.check_nothing_twice();
}

#[test]
fn two_people_converge_on_other_cells_on_one_cell_and_in_one_paragraph() {
    let mut world = World::new();
    let (one, two) = (world.add(), world.add());
    world.settle();
    world.edit(one, vec![make(1), write(1, 1, "hello world")]);
    world.settle();
    world.go_offline(one);
    world.go_offline(two);
    world.edit(one, vec![put(1, "title", "One"), put(1, "next_step", "Call")]);
    world.edit(two, vec![put(1, "title", "Two"), put(1, "offering", "Cloud")]);
    world.edit(one, vec![splice(1, 1, 0, 5, "HELLO")]);
    world.edit(two, vec![splice(1, 1, 11, 0, " 🙂!")]);
    world.clients[one].reachable = true;
    world.clients[two].reachable = true;
    world.settle();
    world.check_settled();
    assert_eq!(world.text(one, 1, 1), "HELLO world 🙂!");
    assert_eq!(world.text(two, 1, 1), "HELLO world 🙂!");
    assert_eq!(world.value(one, 1, "next_step").as_deref(), Some("Call"));
    assert_eq!(world.value(one, 1, "offering").as_deref(), Some("Cloud"));
    // Both titles stay until someone decides; each knows whose they are.
    let values = world.replica(one).values(&cell(1, "title"));
    let people: Vec<_> = values
        .iter()
        .map(|(_, actor)| world.session(one).person_of(*actor))
        .collect();
    assert_eq!(values.len(), 2);
    assert!(people.contains(&Some(support::person(1))) && people.contains(&Some(support::person(2))));
    world.edit(one, vec![put(1, "title", &values[0].0.to_string())]);
    world.settle();
    assert_eq!(world.replica(two).values(&cell(1, "title")).len(), 1);
    world.check_settled();
}

#[test]
fn a_snapshot_with_its_tail_and_the_tail_alone_are_equal() {
    let mut world = World::new();
    let one = world.add();
    world.settle();
    for number in 1..30 {
        world.edit(one, vec![make(number), write(number, 1, "some text")]);
    }
    world.settle();
    let by_tail = world.add();
    world.settle();
    world.take_snapshot();
    world.edit(one, vec![put(3, "title", "After the snapshot")]);
    world.settle();
    let by_snapshot = world.add();
    world.settle();
    let parts = world.clients[by_snapshot]
        .heard
        .iter()
        .filter(|frame| matches!(frame, ServerFrame::Snapshot { .. }))
        .count();
    assert!(parts > 0, "the snapshot was used");
    assert_eq!(
        world.value(by_snapshot, 3, "title").as_deref(),
        Some("After the snapshot")
    );
    assert_eq!(world.session(by_tail).heads(), world.session(by_snapshot).heads());
    world.check_settled();
}

#[test]
fn one_who_is_far_behind_gets_a_snapshot_under_the_edits_that_wait() {
    let limits = relay::Limits {
        snapshot_ahead_entries: 10,
        snapshot_piece_bytes: 100,
        ..relay::Limits::default()
    };
    let mut world = World::with_schema(domain::Schema::standard(), limits);
    let (one, two) = (world.add(), world.add());
    world.settle();
    world.edit(one, vec![make(1)]);
    world.settle();
    world.go_offline(one);
    world.edit(one, vec![put(1, "title", "Offline")]);
    world.edit(one, vec![make(100)]);
    for number in 2..40 {
        world.edit(two, vec![make(number)]);
    }
    world.settle();
    world.take_snapshot();
    world.clients[one].reachable = true;
    world.clients[one].events.clear();
    world.settle();
    assert!(world.clients[one].events.contains(&Event::Ready));
    assert_eq!(world.value(two, 1, "title").as_deref(), Some("Offline"));
    world.check_settled();
    world.check_nothing_twice();
}

#[test]
fn a_snapshot_comes_under_edits_that_build_upon_one_saved_behind_it() {
    let limits = relay::Limits {
        snapshot_ahead_entries: 3,
        ..relay::Limits::default()
    };
    let mut world = World::with_schema(domain::Schema::standard(), limits);
    let (one, two) = (world.add(), world.add());
    world.edit_when_ready(one, vec![make(1)]);
    world.settle();
    // A slow page: what others do is still under way to it when it hears that its own edit is saved.
    world.clients[two].hears_only_acks = true;
    for number in 2..9 {
        world.edit(one, vec![make(number)]);
        world.run_for(100);
    }
    world.take_snapshot();
    world.edit(two, vec![put(1, "title", "Saved")]);
    world.run_for(100);
    assert_eq!(world.session(two).unsaved(), 0);
    world.clients[two].hears_only_acks = false;
    world.cut(two);
    world.edit(two, vec![put(1, "offering", "Waits")]);
    world.run_for(2_000);
    assert_eq!(world.session(two).fault(), None);
    world.settle();
    let snapshots = |frame: &&ServerFrame| matches!(frame, ServerFrame::Snapshot { .. });
    assert_eq!(
        world.clients[two].heard.iter().filter(snapshots).count(),
        1,
        "it is fetched once"
    );
    assert_eq!(world.value(one, 1, "offering").as_deref(), Some("Waits"));
    world.check_settled();
}

#[test]
fn in_a_new_epoch_what_waits_is_proposed_again() {
    let mut world = World::new();
    let one = world.add();
    world.settle();
    world.edit(one, vec![put_profile("Before")]);
    world.settle();
    world.go_offline(one);
    world.edit(one, vec![make(1)]);
    world.edit(one, vec![put(1, "title", "Waiting")]);
    world.begin_epoch(1);
    world.clients[one].reachable = true;
    world.settle();
    assert_eq!(world.value(one, 1, "title").as_deref(), Some("Waiting"));
    assert_eq!(world.session(one).rejected(), &[]);
    world.check_settled();
}

#[test]
fn what_waits_and_is_in_a_new_epochs_snapshot_is_saved_and_not_made_again() {
    let mut world = World::new();
    let one = world.add();
    world.settle();
    // It reaches the disk, and a backup of it, and its answer is lost.
    world.edit(one, vec![make(1)]);
    let before = world.journal.len();
    while world.journal.len() == before {
        assert!(world.step(1), "it is on its way");
    }
    world.go_offline(one);
    assert_eq!(world.session(one).unsaved(), 1);
    world.edit(one, vec![put(1, "title", "Waiting")]);
    world.take_snapshot();
    world.put_back(1);
    world.clients[one].reachable = true;
    world.settle();
    assert_eq!(world.session(one).rejected(), &[]);
    assert_eq!(world.value(one, 1, "title").as_deref(), Some("Waiting"));
    world.check_settled();
    world.check_nothing_twice();
}

fn put_profile(name: &str) -> plan::Edit {
    plan::Edit::Put {
        cell: domain::Cell::field(domain::SectionId::Profile, domain::ItemId::SINGLE, "title"),
        value: Scalar::from(name),
    }
}

#[test]
fn entries_that_come_again_change_nothing() {
    let mut world = World::new();
    let (one, two) = (world.add(), world.add());
    world.settle();
    world.edit(one, vec![make(1)]);
    world.settle();
    world.clients[two].events.clear();
    let again = ServerFrame::Entries(world.journal.clone());
    world.hear(two, &encode_server(&again));
    world.settle();
    assert_eq!(world.clients[two].events, vec![]);
    world.check_settled();
}

#[test]
fn a_gap_in_the_entries_makes_the_session_connect_again() {
    let mut world = World::new();
    let (one, two) = (world.add(), world.add());
    world.settle();
    world.edit(one, vec![make(1)]);
    world.settle();
    let last = world.journal.last().expect("there are entries").clone();
    let ahead = Committed {
        seq: Seq(last.seq.0 + 2),
        entry: Entry { ..last.entry },
        at: last.at,
    };
    world.hear(two, &encode_server(&ServerFrame::Entries(vec![ahead])));
    assert!(matches!(world.session(two).connection(), Connection::Offline { .. }));
    assert!(world.session(two).fault().is_some());
    world.settle();
    world.check_settled();
}

#[test]
fn a_change_that_does_not_apply_makes_the_session_fetch_the_plan_anew() {
    let mut world = World::new();
    let (one, two) = (world.add(), world.add());
    world.settle();
    world.edit(one, vec![make(1)]);
    world.settle();
    world.go_offline(two);
    world.edit(two, vec![make(2)]);
    let orphan = world.session(two).unsaved_changes().next().expect("one waits").clone();
    world.edit(two, vec![put(2, "title", "Built on it")]);
    let child = world.session(two).unsaved_changes().nth(1).expect("two wait").clone();
    assert_ne!(orphan.hash, child.hash);

    let last = world.journal.last().expect("there are entries").clone();
    let entry = Entry {
        body: protocol::Body::Change {
            hash: child.hash,
            base: child.base,
            bytes: child.bytes,
        },
        ..last.entry
    };
    let bad = Committed {
        seq: last.seq.next(),
        at: last.at,
        entry,
    };
    world.hear(one, &encode_server(&ServerFrame::Entries(vec![bad])));
    world.clients[one].events.clear();
    world.clients[two].reachable = true;
    world.settle();
    assert!(world.clients[one].events.contains(&Event::Ready));
    world.check_settled();
}

#[test]
fn a_clock_that_is_set_back_makes_nothing_late() {
    let mut world = World::new();
    let (one, two) = (world.add(), world.add());
    world.settle();
    world.edit(one, vec![make(1)]);
    while world.journal.len() < 2 {
        assert!(world.step(0), "the edit is saved");
    }
    while world.step(0) {}
    assert_eq!(world.session(two).last_seq(), Seq(1), "it is gathered for a moment");
    world.now.0 -= 7_200_000;
    world.with(two, |session, now| session.set_place(now, protocol::Place::default()));
    world.run_for(1_000);
    assert_eq!(world.session(two).last_seq(), Seq(2));
}

#[test]
fn a_connection_that_falls_silent_is_given_up() {
    let mut world = World::new();
    let one = world.add();
    world.settle();
    world.disk_stalled = true;
    world.edit(one, vec![make(1)]);
    world.clients[one].events.clear();
    world.settle();
    assert!(world.clients[one].events.contains(&Event::Connection));
    world.disk_stalled = false;
    world.settle();
    world.check_settled();
    world.check_nothing_twice();
}

#[test]
fn who_is_signed_out_is_told_and_not_connected_again() {
    let mut world = World::new();
    let one = world.add();
    world.settle();
    world.hear(one, &encode_server(&ServerFrame::Bye(protocol::Bye::SignedOut)));
    world.settle();
    assert_eq!(
        world.session(one).connection(),
        &Connection::Ended(protocol::Bye::SignedOut)
    );
    // Editing goes on: what is typed is not thrown away.
    world.edit(one, vec![make(1)]);
    assert_eq!(world.session(one).unsaved(), 1);
}

#[test]
fn everyone_sees_where_the_others_are_and_when_they_go() {
    let mut world = World::new();
    let (one, two) = (world.add(), world.add());
    world.settle();
    let place = protocol::Place {
        cell: Some(cell(1, "title")),
        draft: Some("typing".to_owned()),
        caret: Some(6),
    };
    world.with(one, |session, now| session.set_place(now, place.clone()));
    world.run_for(500);
    let seen: Vec<_> = world.session(two).peers().values().cloned().collect();
    assert_eq!(seen.len(), 1, "not myself");
    assert_eq!(seen[0].person, support::person(1));
    assert_eq!(seen[0].place, Some(place));
    world.go_offline(one);
    world.run_for(500);
    assert!(world.session(two).peers().is_empty());
    assert!(world.session(one).peers().is_empty());
}
