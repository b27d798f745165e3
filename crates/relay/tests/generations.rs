//! Keys of contacts have generations: who may read what is personal is told which one it is, and nobody else makes a key
//! of it.

mod support;

use domain::{Cell, ItemKey, Key, Role, Seal, SectionId, Seq};
use plan::Edit;
use protocol::{ClientFrame, PeerId, ServerFrame};
use relay::Access;
use support::{ANN, BEN, World, actor, item};

fn key(number: u64, generation: u32, byte: u8) -> ItemKey {
    ItemKey {
        item: item(number),
        seal: Seal::Contact,
        generation,
        key: Key([byte; 32]),
    }
}

fn access(generation: u32, ben: Role) -> Access {
    let mut access = Access::open(Role::ClientExecutive);
    access.generation = generation;
    access.roles.insert(BEN, ben);
    access
}

fn set(world: &mut World, access: Access) {
    let now = world.now;
    world.room.handle_access(now, access);
    world.drain();
}

/// What a peer was told of keys since it was looked at last.
fn told(world: &mut World, peer: PeerId) -> (Vec<u32>, Vec<ItemKey>) {
    let (mut generations, mut keys) = (Vec::new(), Vec::new());
    for frame in world.take(peer) {
        match frame {
            ServerFrame::Generation(generation) => generations.push(generation),
            ServerFrame::Keys(more) => keys.extend(more),
            _ => {}
        }
    }
    (generations, keys)
}

fn offer(world: &mut World, peer: PeerId, key: ItemKey) {
    world.frame(peer, &ClientFrame::Keys(vec![key]));
}

#[test]
fn those_who_may_read_hear_of_a_new_generation_and_who_may_no_more_hears_nothing() {
    let mut world = World::new();
    set(&mut world, access(1, Role::Seller));
    let ann = world.connect(ANN, Seq::ZERO);
    let ben = world.connect(BEN, Seq::ZERO);
    assert_eq!(
        world
            .sent(ben)
            .iter()
            .filter(|frame| **frame == ServerFrame::Generation(1))
            .count(),
        1
    );
    told(&mut world, ann);
    told(&mut world, ben);
    set(&mut world, access(2, Role::Observer));
    assert_eq!(told(&mut world, ann), (vec![2], vec![]));
    offer(&mut world, ann, key(1, 2, 5));
    assert_eq!(told(&mut world, ann), (vec![], vec![key(1, 2, 5)]));
    assert_eq!(told(&mut world, ben), (vec![], vec![]));
    set(&mut world, access(2, Role::Seller));
    assert_eq!(
        told(&mut world, ben),
        (vec![2], vec![key(1, 2, 5)]),
        "with the right it all comes"
    );
}

#[test]
fn nobody_makes_a_key_of_a_time_to_come_and_who_may_not_read_none_of_now() {
    let mut world = World::new();
    set(&mut world, access(2, Role::Seller));
    let ann = world.connect(ANN, Seq::ZERO);
    offer(&mut world, ann, key(1, 3, 5));
    assert!(
        world.keyring.is_empty(),
        "they would read on with it once they may no more"
    );
    offer(&mut world, ann, key(1, 1, 5));
    offer(&mut world, ann, key(1, 2, 5));
    offer(&mut world, ann, key(1, 2, 6));
    assert_eq!(world.keyring.keys().collect::<Vec<_>>(), [key(1, 1, 5), key(1, 2, 5)]);
    let blind = world.connect_blind(BEN);
    offer(&mut world, blind, key(2, 2, 7));
    offer(&mut world, blind, key(2, 0, 7));
    assert_eq!(told(&mut world, blind), (vec![], vec![key(2, 0, 7)]));
    assert_eq!(world.keyring.get(key(2, 0, 7).name()), Some(key(2, 0, 7)));
}

#[test]
fn who_may_only_comment_gives_the_key_of_a_generation_of_a_contact_that_is_there_and_of_no_other() {
    let mut world = World::new();
    set(&mut world, access(1, Role::SalesManager));
    let made = Edit::MakeItem {
        section: SectionId::People,
        item: item(1),
        fields: vec![("title".to_owned(), "H. Brandt".into())],
    };
    let now = world.now;
    world.room.submit_as(now, ANN, actor(5), &[made]).expect("is taken");
    world.drain();
    world.commit();
    set(&mut world, access(2, Role::SalesManager));
    let ben = world.connect(BEN, Seq::ZERO);
    told(&mut world, ben);
    offer(&mut world, ben, key(1, 2, 7));
    offer(&mut world, ben, key(2, 2, 7));
    offer(&mut world, ben, key(2, 0, 7));
    assert_eq!(told(&mut world, ben), (vec![], vec![key(1, 2, 7)]));
    assert_eq!(world.keyring.find(key(1, 2, 7).id()), Some(key(1, 2, 7)));
    assert!(!world.keyring.knows(key(2, 0, 7).name()), "they make no contact");
}

#[test]
fn what_the_server_writes_for_somebody_is_under_a_key_of_the_generation() {
    let mut world = World::new();
    set(&mut world, access(1, Role::Seller));
    let name = |value: &str| Edit::Put {
        cell: Cell::field(SectionId::People, item(1), "title"),
        value: value.into(),
    };
    let made = Edit::MakeItem {
        section: SectionId::People,
        item: item(1),
        fields: vec![("title".to_owned(), "H. Brandt".into())],
    };
    let now = world.now;
    world.room.submit_as(now, ANN, actor(5), &[made]).expect("is taken");
    world.drain();
    world.commit();
    let kept = world.keyring.clone();
    set(&mut world, access(2, Role::Observer));
    world
        .room
        .submit_as(now, ANN, actor(5), &[name("Hanna Brandt")])
        .expect("is taken");
    world.drain();
    world.commit();
    let cell = Cell::field(SectionId::People, item(1), "title");
    let sealed = world.room.table().value(&cell).expect("is there");
    assert_eq!(kept.open(&cell, &sealed).plain(), None);
    assert_eq!(world.keyring.open(&cell, &sealed).plain(), Some("Hanna Brandt".into()));
    let generations: Vec<u32> = world.keyring.keys().map(|key| key.generation).collect();
    assert_eq!(generations, [1, 2, 1], "only what was written has another key");
}
