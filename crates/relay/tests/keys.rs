//! The keys of contacts: on disk before what they seal, bounded, and from nobody who may not write.

mod support;

use std::sync::Arc;

use domain::{Cell, ItemKey, Key, Role, Schema, Seal, SectionId};
use plan::{Edit, Keyring};
use protocol::{Bye, ClientFrame, KEYS_PER_FRAME_MAX, ServerFrame};
use relay::Access;
use support::{ANN, BEN, Client, World, actor, item};

fn keys(number: u64, byte: u8) -> Vec<ItemKey> {
    let key = |seal| ItemKey {
        item: item(number),
        seal,
        key: Key([byte; 32]),
    };
    Seal::ALL.map(key).to_vec()
}

fn make(number: u64) -> Edit {
    Edit::MakeItem {
        section: SectionId::People,
        item: item(number),
        fields: vec![("title".to_owned(), "H. Brandt".into())],
    }
}

fn with_keys(client: &mut Client, keys: &[ItemKey]) {
    let mut ring = Keyring::new(Arc::new(Schema::standard()));
    for key in keys {
        ring.add(key);
    }
    client.replica.set_keyring(ring);
}

fn given(world: &World, client: &Client) -> usize {
    let keys = world.sent(client.peer).into_iter().map(|frame| match frame {
        ServerFrame::Keys(keys) => keys.len(),
        _ => 0,
    });
    keys.sum()
}

#[test]
fn nothing_sealed_is_on_disk_before_its_key_is() {
    let mut world = World::new();
    let mut ann = Client::join(&mut world, ANN, actor(1));
    world.slow_keys = true;
    world.frame(ann.peer, &ClientFrame::Keys(keys(1, 3)));
    with_keys(&mut ann, &keys(1, 3));
    ann.edit(&mut world, &[make(1)]);
    assert!(world.appending.is_none(), "the change waits for its key");
    assert_eq!(given(&world, &ann), 0, "and nobody is told that it is stored");
    world.store_keys();
    world.drain();
    assert!(world.appending.is_some());
    assert_eq!(given(&world, &ann), 2);
    world.commit();
    ann.read(&mut world);
    assert!(ann.rejected.is_empty() && ann.outbox.is_empty());
}

#[test]
fn keys_that_cannot_be_stored_end_the_room_like_a_failed_append() {
    let mut world = World::new();
    let ann = Client::join(&mut world, ANN, actor(1));
    world.slow_keys = true;
    world.frame(ann.peer, &ClientFrame::Keys(keys(1, 3)));
    let now = world.now;
    world.room.handle_keys_failed(now, "the disk is full");
    world.drain();
    assert!(
        world
            .failed
            .as_ref()
            .is_some_and(|why| why.starts_with(relay::APPEND_FAILED))
    );
}

#[test]
fn keys_are_taken_from_who_writes_and_in_bounds() {
    let mut world = World::new();
    let ann = Client::join(&mut world, ANN, actor(1));
    let mut access = Access::open(Role::ClientExecutive);
    access.roles.insert(ANN, Role::Observer);
    let now = world.now;
    world.room.handle_access(now, access);
    world.frame(ann.peer, &ClientFrame::Keys(keys(1, 3)));
    assert!(world.keyring.is_empty(), "an observer gives none");
    let ben = Client::join(&mut world, BEN, actor(2));
    let mut many = Vec::new();
    for number in 0..=u64::try_from(KEYS_PER_FRAME_MAX).expect("small") {
        many.extend(keys(number, 3));
    }
    for some in many.chunks(KEYS_PER_FRAME_MAX).take(2) {
        world.frame(ben.peer, &ClientFrame::Keys(some.to_vec()));
    }
    assert_eq!(world.keyring.len(), 2 * KEYS_PER_FRAME_MAX);
    world.frame(ben.peer, &ClientFrame::Keys(many));
    assert!(matches!(world.sockets[&ben.peer].closed, Some(Bye::BadFrame(_))));
    let again = Client::join(&mut world, BEN, actor(2));
    let mut number = 10_000;
    while world.sockets[&again.peer].closed.is_none() {
        let some: Vec<ItemKey> = (0..200).flat_map(|more| keys(number + more, 3)).collect();
        world.frame(again.peer, &ClientFrame::Keys(some));
        number += 200;
        assert!(number < 20_000, "keys without contacts have an end");
    }
    assert_eq!(world.sockets[&again.peer].closed, Some(Bye::TooMuch));
}

#[test]
fn the_server_makes_keys_for_what_it_makes_and_for_contacts_from_before() {
    let mut world = World::new();
    let now = world.now;
    world
        .room
        .submit_as(now, ANN, actor(5), &[make(1)])
        .expect("is taken")
        .expect("changes something");
    world.drain();
    world.commit();
    assert_eq!(world.keyring.len(), 2);
    let stored = world
        .room
        .table()
        .value(&Cell::field(SectionId::People, item(1), "title"));
    assert!(stored.expect("there").to_string().starts_with("sealed:1:"));

    // Its keys were lost: others would not open it.
    let mut lost = std::mem::take(&mut world.keyring);
    world.keyring = Keyring::new(Arc::new(Schema::standard()));
    world.rebuild(None);
    assert!(world.keyring.is_empty());
    std::mem::swap(&mut world.keyring, &mut lost);
    world.rebuild(None);
    assert_eq!(world.keyring.len(), 2);
}
