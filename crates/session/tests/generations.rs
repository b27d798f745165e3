//! Who could read what is personal, and may no more, reads nothing of what is written from then on, whatever they kept.

#![allow(clippy::unwrap_used, reason = "a test fails where something is not there")]

mod support;

use std::sync::Arc;

use domain::{Cell, Role, Schema, SectionId};
use plan::{Edit, Keyring};
use protocol::ServerFrame;
use relay::Access;
use session::Session;
use support::{World, item};

const PEOPLE: SectionId = SectionId::People;

fn field(number: u128, key: &str) -> Cell {
    Cell::field(PEOPLE, item(number), key)
}

fn make(number: u128, name: &str) -> Vec<Edit> {
    vec![Edit::MakeItem {
        section: PEOPLE,
        item: item(number),
        fields: vec![("title".to_owned(), name.into())],
    }]
}

fn put(key: &str, value: &str) -> Vec<Edit> {
    let cell = field(1, key);
    let value = value.into();
    vec![Edit::Put { cell, value }]
}

/// What a client reads, with these keys.
fn reads(world: &World, client: usize, ring: &Keyring, key: &str) -> Option<String> {
    let mut replica = world.replica(client).clone();
    replica.set_keyring(ring.clone());
    replica.value(&field(1, key)).map(|value| value.to_string())
}

fn value(world: &World, client: usize, key: &str) -> Option<String> {
    world
        .replica(client)
        .value(&field(1, key))
        .map(|value| value.to_string())
}

/// All keys that a client was ever sent.
fn kept(world: &World, client: usize) -> Keyring {
    let mut ring = Keyring::new(Arc::new(Schema::standard()));
    for frame in &world.clients[client].heard {
        if let ServerFrame::Keys(keys) = frame {
            for key in keys {
                ring.add(key);
            }
        }
    }
    ring
}

fn set_access(world: &mut World, generation: u32, observer: Option<usize>) {
    let mut access = Access::open(Role::ClientExecutive);
    access.generation = generation;
    let observer = observer.map(|client| world.clients[client].person);
    access.roles.extend(observer.map(|person| (person, Role::Observer)));
    let now = world.now;
    world.room.handle_access(now, access);
}

/// Once all may read again, all read the same.
fn check_all_read(world: &mut World) {
    set_access(world, 2, None);
    world.settle();
    world.check_settled();
}

/// Ann, Ben and Cyd with a contact that all of them read.
fn world() -> (World, [usize; 3]) {
    let mut world = World::new();
    let all = [world.add(), world.add(), world.add()];
    world.settle();
    set_access(&mut world, 1, None);
    world.settle();
    world.edit(all[0], make(1, "H. Brandt"));
    world.edit(all[0], put("position", "CFO"));
    world.settle();
    (world, all)
}

#[test]
fn what_is_written_after_somebody_lost_the_right_is_not_read_with_what_they_kept() {
    let (mut world, [ann, ben, cyd]) = world();
    set_access(&mut world, 2, Some(ben));
    world.settle();
    let kept = kept(&world, ben);
    world.edit(ann, put("position", "CEO"));
    world.settle();
    assert_eq!(value(&world, cyd, "position").as_deref(), Some("CEO"), "others read it");
    assert_eq!(reads(&world, ben, &kept, "position"), None);
    assert_eq!(
        reads(&world, ben, &kept, "title").as_deref(),
        Some("H. Brandt"),
        "as it was"
    );
    // What is taken back is written anew.
    world.with(ann, Session::undo);
    world.settle();
    assert_eq!(value(&world, cyd, "position").as_deref(), Some("CFO"));
    assert_eq!(reads(&world, ben, &kept, "position"), None);
    world.edit(cyd, make(2, "New"));
    world.settle();
    // With the right come the keys of all generations.
    set_access(&mut world, 2, None);
    world.settle();
    assert_eq!(value(&world, ben, "position").as_deref(), Some("CFO"));
    assert_eq!(value(&world, ben, "title").as_deref(), Some("H. Brandt"));
    world.check_settled();
}

#[test]
fn undoing_as_the_first_write_of_a_generation_gives_nothing_away() {
    let (mut world, [ann, ben, cyd]) = world();
    world.edit(ann, put("position", "CEO"));
    set_access(&mut world, 2, Some(ben));
    world.settle();
    let kept = kept(&world, ben);
    world.with(ann, Session::undo);
    world.settle();
    assert_eq!(value(&world, cyd, "position").as_deref(), Some("CFO"));
    assert_eq!(reads(&world, ben, &kept, "position"), None);
    check_all_read(&mut world);
}

#[test]
fn two_who_write_first_in_a_generation_end_with_one_key_and_nothing_lost() {
    let (mut world, [ann, ben, cyd]) = world();
    set_access(&mut world, 2, Some(ben));
    world.settle();
    world.edit(ann, put("position", "CEO"));
    world.edit(cyd, put("source", "A fair"));
    world.settle();
    world.run_for(60_000);
    world.settle();
    for client in [ann, cyd] {
        assert_eq!(value(&world, client, "position").as_deref(), Some("CEO"));
        assert_eq!(value(&world, client, "source").as_deref(), Some("A fair"));
        assert_eq!(world.session(client).rejected(), []);
    }
    let ids = world.keyring.keys().map(|key| key.generation);
    assert_eq!(ids.filter(|generation| *generation == 2).count(), 1);
    check_all_read(&mut world);
}

#[test]
fn who_was_away_when_it_happened_is_taken_and_read_and_goes_on_with_the_new_keys() {
    let (mut world, [ann, ben, cyd]) = world();
    world.go_offline(ann);
    world.edit(ann, put("position", "CEO"));
    set_access(&mut world, 2, Some(ben));
    world.settle();
    let kept = kept(&world, ben);
    world.clients[ann].reachable = true;
    world.run_for(60_000);
    world.settle();
    assert_eq!(world.session(ann).rejected(), []);
    assert_eq!(value(&world, cyd, "position").as_deref(), Some("CEO"));
    world.edit(ann, put("position", "COO"));
    world.settle();
    assert_eq!(value(&world, cyd, "position").as_deref(), Some("COO"));
    assert_eq!(reads(&world, ben, &kept, "position"), None);
    check_all_read(&mut world);
}

#[test]
fn who_has_a_key_that_a_server_on_an_older_key_store_has_not_gives_it_or_lets_it_go() {
    let (mut world, [ann, ben, cyd]) = world();
    world.edit(ann, put("source", "A fair"));
    world.settle();
    let before = world.keyring.clone();
    set_access(&mut world, 2, Some(ben));
    world.settle();
    world.edit(ann, put("position", "CEO"));
    world.settle();
    // The keys are as they were before that, once the server is there again; the generation is.
    for generation in [2, 1] {
        world.kill_server();
        world.keyring = before.clone();
        world.settle();
        set_access(&mut world, generation, None);
        world.run_for(60_000);
        world.settle();
        let position = format!("CFO {generation}");
        world.edit(ann, put("position", &position));
        world.settle();
        assert_eq!(world.session(ann).rejected(), [], "{generation}");
        assert_eq!(value(&world, cyd, "position"), Some(position));
    }
}

#[test]
fn who_was_told_a_generation_goes_on_when_a_backup_from_before_the_first_was_put_back() {
    let mut world = World::new();
    let (ann, cyd) = (world.add(), world.add());
    world.settle();
    world.edit(ann, make(1, "H. Brandt"));
    world.settle();
    let backup = (world.journal.clone(), world.keyring.clone());
    set_access(&mut world, 1, None);
    world.settle();
    world.edit(ann, put("position", "CFO"));
    world.settle();
    (world.journal, world.keyring) = backup;
    world.put_back(1);
    world.settle();
    assert_eq!(value(&world, cyd, "position"), None, "it is gone");
    world.edit(ann, put("position", "CEO"));
    world.settle();
    assert_eq!(world.session(ann).rejected(), []);
    assert_eq!(value(&world, cyd, "position").as_deref(), Some("CEO"));
    world.check_settled();
}

#[test]
fn who_may_only_comment_is_the_first_to_write_of_a_contact_in_a_generation() {
    let (mut world, [ann, ben, cyd]) = world();
    let comment = Cell::paragraph(PEOPLE, item(1), "comments", support::paragraph_id(1));
    // Away when it begins: what waits is made again with a key of it.
    for (generation, away) in [(2, false), (3, true)] {
        if away {
            world.go_offline(ben);
        }
        let mut access = Access::open(Role::ClientExecutive);
        access.generation = generation;
        access.roles.insert(world.clients[ben].person, Role::SalesManager);
        world.room.handle_access(world.now, access);
        world.settle();
        let text = format!("Seen in Lyon {generation}");
        let value = text.as_str().into();
        world.edit(
            ben,
            vec![Edit::Put {
                cell: comment.clone(),
                value,
            }],
        );
        world.clients[ben].reachable = true;
        world.run_for(60_000);
        world.settle();
        assert_eq!(world.session(ben).rejected(), []);
        for client in [ann, cyd] {
            let read = world.replica(client).value(&comment);
            assert_eq!(read.map(|value| value.to_string()).as_deref(), Some(text.as_str()));
        }
    }
    world.check_settled();
}
