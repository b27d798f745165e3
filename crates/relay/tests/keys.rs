//! The keys of contacts: on disk before what they seal, bounded, and from nobody who may not write.

mod support;

use std::sync::Arc;

use domain::{Cell, ItemKey, Key, Role, Schema, Seal, SectionId, Seq};
use plan::{Edit, Keyring};
use protocol::{Bye, ClientFrame, KEYS_PER_FRAME_MAX, PeerId, ServerFrame};
use relay::{Access, SubmitError};
use support::{ANN, BEN, Client, World, actor, item};

fn keys(number: u64, byte: u8) -> Vec<ItemKey> {
    let key = |seal| ItemKey {
        item: item(number),
        seal,
        generation: 0,
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

fn keys_of(world: &World, peer: PeerId) -> Vec<ItemKey> {
    let keys = world.sent(peer).into_iter().filter_map(|frame| match frame {
        ServerFrame::Keys(keys) => Some(keys),
        _ => None,
    });
    keys.flatten().collect()
}

fn given(world: &World, client: &Client) -> usize {
    keys_of(world, client.peer).len()
}

/// Ann has made a contact, under these keys.
fn with_contact() -> (World, Client) {
    let mut world = World::new();
    let mut ann = Client::join(&mut world, ANN, actor(1));
    world.frame(ann.peer, &ClientFrame::Keys(keys(1, 3)));
    with_keys(&mut ann, &keys(1, 3));
    ann.edit(&mut world, &[make(1)]);
    world.commit();
    (world, ann)
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
fn a_key_that_was_destroyed_on_its_way_to_the_disk_is_told_to_nobody() {
    let mut world = World::new();
    let ann = Client::join(&mut world, ANN, actor(1));
    world.slow_keys = true;
    world.frame(ann.peer, &ClientFrame::Keys(keys(1, 3)));
    let now = world.now;
    world.room.handle_erased(now, &[keys(1, 3)[0].name()]);
    world.drain();
    world.store_keys();
    world.drain();
    assert_eq!(keys_of(&world, ann.peer), keys(1, 3)[1..]);
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
}

#[test]
fn who_gives_keys_without_contacts_has_a_share_and_takes_nobody_elses() {
    const SHARE: usize = 2_048;
    let mut world = World::new();
    let mut ann = Client::join(&mut world, ANN, actor(1));
    let flood = world.connect(BEN, Seq::ZERO);
    for from in (10_000..20_000).step_by(200) {
        let some: Vec<ItemKey> = (from..from + 200).flat_map(|number| keys(number, 3)).collect();
        world.frame(flood, &ClientFrame::Keys(some));
    }
    assert_eq!(world.keyring.len(), SHARE, "keys without contacts have an end");
    assert_eq!(world.closed(flood), None);

    // Another's contacts come, and make room for more of them.
    let all: Vec<ItemKey> = (1..=1_500).flat_map(|number| keys(number, 4)).collect();
    with_keys(&mut ann, &all);
    for number in 1..=1_500 {
        world.pass(10);
        world.frame(ann.peer, &ClientFrame::Keys(keys(number, 4)));
        ann.edit(&mut world, &[make(number)]);
    }
    world.commit();
    ann.read(&mut world);
    assert!(ann.rejected.is_empty() && ann.outbox.is_empty());
    assert_eq!(world.keyring.len(), SHARE + all.len());
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
    assert!(stored.expect("there").to_string().starts_with("sealed:2:"));

    // Its keys were lost: others would not open it.
    let mut lost = std::mem::take(&mut world.keyring);
    world.keyring = Keyring::new(Arc::new(Schema::standard()));
    world.rebuild(None);
    assert!(world.keyring.is_empty());
    std::mem::swap(&mut world.keyring, &mut lost);
    world.rebuild(None);
    assert_eq!(world.keyring.len(), 2);
}

#[test]
fn who_may_not_read_what_is_personal_is_told_no_key_but_the_one_they_gave() {
    let (mut world, ann) = with_contact();
    let blind = world.connect_blind(BEN);
    world.frame(blind, &ClientFrame::Keys(keys(1, 9)));
    assert_eq!(
        keys_of(&world, blind),
        [],
        "made-up keys are not answered with the true ones"
    );
    // Their own contact's: stored, confirmed, and confirmed again to who missed it.
    world.frame(blind, &ClientFrame::Keys(keys(2, 4)));
    assert_eq!(keys_of(&world, blind), keys(2, 4));
    let again = world.connect_blind(BEN);
    assert_eq!(keys_of(&world, again), []);
    world.frame(again, &ClientFrame::Keys(keys(2, 4)));
    assert_eq!(keys_of(&world, again), keys(2, 4));
    assert_eq!(keys_of(&world, ann.peer), keys(2, 4), "who may read is given them");
    // Whoever may read is still told which key was first.
    world.frame(ann.peer, &ClientFrame::Keys(keys(2, 5)));
    assert_eq!(keys_of(&world, ann.peer)[2..], keys(2, 4));
}

#[test]
fn who_may_not_read_what_is_personal_gives_no_key_to_a_contact_that_is_there() {
    let (mut world, _ann) = with_contact();
    // Its keys were lost.
    world.keyring = Keyring::new(Arc::new(Schema::standard()));
    world.rebuild(None);
    let blind = world.connect_blind(BEN);
    world.frame(blind, &ClientFrame::Keys(keys(1, 9)));
    assert!(
        world.keyring.is_empty(),
        "what others write of it would be read with theirs"
    );
    let ann = Client::join(&mut world, ANN, actor(1));
    world.frame(ann.peer, &ClientFrame::Keys(keys(1, 3)));
    assert_eq!(world.keyring.len(), 2, "who may read puts them back");
}

#[test]
fn what_the_server_refuses_to_make_for_somebody_leaves_no_key() {
    let mut world = World::new();
    let mut access = Access::open(Role::ClientExecutive);
    access.roles.insert(ANN, Role::Observer);
    let now = world.now;
    world.room.handle_access(now, access);
    world.drain();
    for number in 1..3_000 {
        let refused = world.room.submit_as(now, ANN, actor(5), &[make(number)]);
        assert!(matches!(refused, Err(SubmitError::Refused(_))), "{refused:?}");
    }
    world.drain();
    assert!(world.keyring.is_empty() && world.room.keyring().is_empty());
    let twice = [make(1), make(1)];
    let refused = world.room.submit_as(now, BEN, actor(6), &twice);
    assert!(matches!(refused, Err(SubmitError::Edit(_))), "{refused:?}");
    world.drain();
    assert!(world.keyring.is_empty(), "nor what cannot be written");
    world.room.submit_as(now, BEN, actor(6), &[make(1)]).expect("is taken");
    world.drain();
    assert_eq!(world.keyring.len(), 2);
}
