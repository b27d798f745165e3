//! Who is where: the latest only, gathered for a moment, and nobody is kept waiting by a slow one.

mod support;

use domain::Seq;
use protocol::{ClientFrame, PeerId, PeerPresence, Person, Place, ServerFrame};
use relay::Limits;
use support::{ANN, BEN, World, title};

fn at(n: u64, draft: &str) -> Place {
    Place {
        cell: Some(title(n)),
        draft: Some(draft.to_owned()),
        caret: Some(0),
    }
}

/// What a peer was told of places since it was last asked, one list for each frame.
fn told(world: &mut World, peer: PeerId) -> Vec<Vec<PeerPresence>> {
    let frames = world.take(peer).into_iter();
    frames
        .filter_map(|frame| {
            if let ServerFrame::Presence(places) = frame {
                Some(places)
            } else {
                None
            }
        })
        .collect()
}

fn two() -> (World, PeerId, PeerId) {
    let mut world = World::new();
    let ann = world.connect(ANN, Seq(1));
    let ben = world.connect(BEN, Seq(1));
    world.pass(1_000);
    world.take(ann);
    world.take(ben);
    (world, ann, ben)
}

#[test]
fn the_first_move_after_a_quiet_time_is_told_at_once() {
    let (mut world, ann, ben) = two();
    world.frame(ann, &ClientFrame::Presence(at(1, "x")));
    let places = told(&mut world, ben);
    assert_eq!(
        places,
        [[PeerPresence {
            peer: ann,
            person: ANN,
            place: Some(at(1, "x"))
        }]]
    );
}

#[test]
fn a_clock_that_is_set_back_keeps_nobody_waiting() {
    const HOUR_MS: i64 = 60 * 60 * 1000;
    let (mut world, ann, ben) = two();
    world.frame(ann, &ClientFrame::Presence(at(1, "x")));
    assert_eq!(told(&mut world, ben).len(), 1);
    // One move waits for its time when the clock goes back, the next comes after.
    world.frame(ann, &ClientFrame::Presence(at(1, "xy")));
    world.now.0 -= HOUR_MS;
    world.frame(ann, &ClientFrame::Presence(at(1, "xyz")));
    world.pass(Limits::default().presence_interval_ms);
    let last = told(&mut world, ben).into_iter().flatten().next_back();
    assert_eq!(last.and_then(|peer| peer.place), Some(at(1, "xyz")));
}

#[test]
fn moves_are_gathered_and_only_the_latest_is_told() {
    let (mut world, ann, ben) = two();
    world.frame(ann, &ClientFrame::Presence(at(1, "x")));
    told(&mut world, ben);
    for n in 0..20 {
        world.frame(ann, &ClientFrame::Presence(at(2, &"y".repeat(n))));
    }
    assert_eq!(
        told(&mut world, ben),
        Vec::<Vec<_>>::new(),
        "not before the interval is over"
    );
    world.pass(Limits::default().presence_interval_ms);
    let places = told(&mut world, ben);
    assert_eq!(
        places,
        [[PeerPresence {
            peer: ann,
            person: ANN,
            place: Some(at(2, &"y".repeat(19)))
        }]]
    );
    world.pass(60_000);
    assert_eq!(told(&mut world, ben), Vec::<Vec<_>>::new(), "nothing is told twice");
    assert_eq!(world.deadline, None);
}

#[test]
fn the_same_place_again_is_not_told() {
    let (mut world, ann, ben) = two();
    world.frame(ann, &ClientFrame::Presence(at(1, "x")));
    world.pass(1_000);
    told(&mut world, ben);
    world.frame(ann, &ClientFrame::Presence(at(1, "x")));
    world.pass(1_000);
    assert_eq!(told(&mut world, ben), Vec::<Vec<_>>::new());
}

#[test]
fn who_comes_is_told_of_everyone_and_everyone_of_them() {
    let (mut world, ann, ben) = two();
    world.frame(ann, &ClientFrame::Presence(at(1, "x")));
    world.pass(1_000);
    told(&mut world, ben);
    let late = world.connect(BEN, Seq(1));
    let first = told(&mut world, late).remove(0);
    let mut peers: Vec<_> = first
        .iter()
        .map(|presence| (presence.peer, presence.place.clone()))
        .collect();
    peers.sort_by_key(|(peer, _)| *peer);
    let nowhere = || Some(Place::default());
    assert_eq!(peers, [(ann, Some(at(1, "x"))), (ben, nowhere()), (late, nowhere())]);
    let news = told(&mut world, ben);
    assert_eq!(
        news,
        [[PeerPresence {
            peer: late,
            person: BEN,
            place: nowhere()
        }]]
    );
}

#[test]
fn who_leaves_is_gone_for_all() {
    let (mut world, ann, ben) = two();
    world.leave(ann);
    world.pass(1_000);
    assert_eq!(
        told(&mut world, ben),
        [[PeerPresence {
            peer: ann,
            person: ANN,
            place: None
        }]]
    );
}

#[test]
fn a_polite_goodbye_is_a_leave() {
    let (mut world, ann, ben) = two();
    world.frame(ann, &ClientFrame::Bye);
    world.pass(1_000);
    assert_eq!(
        told(&mut world, ben),
        [[PeerPresence {
            peer: ann,
            person: ANN,
            place: None
        }]]
    );
    assert_eq!(world.room.peers(), 1);
}

#[test]
fn a_draft_in_another_persons_own_cell_is_not_passed_on() {
    let (mut world, ann, ben) = two();
    let schema = domain::Schema::standard();
    let (section, field) = schema
        .sections
        .iter()
        .find_map(|section| {
            section
                .fields
                .iter()
                .find(|field| field.own)
                .map(|field| (section.id, field))
        })
        .expect("the schema has a field of one's own");
    for (person, draft) in [(ANN, Some("x".to_owned())), (BEN, None)] {
        let cell = domain::Cell::own(section, support::item(1), person, &field.key);
        let place = Place {
            cell: Some(cell),
            draft: Some("x".to_owned()),
            caret: None,
        };
        world.frame(ann, &ClientFrame::Presence(place));
        world.pass(1_000);
        let place = told(&mut world, ben).remove(0).remove(0).place.expect("she is here");
        assert_eq!(place.draft, draft);
    }
}

#[test]
fn a_slow_peer_misses_moves_and_is_told_the_latest_when_it_can_take_it() {
    let mut world = World::with(Limits {
        send_budget_bytes: 2_000,
        ..Limits::default()
    });
    let ann = world.connect(ANN, Seq(1));
    let gone = world.connect(ANN, Seq(1));
    let slow = world.connect_slow(BEN, Seq(1));
    world.pass(1_000);
    for n in 0..100 {
        world.frame(ann, &ClientFrame::Presence(at(n, &"d".repeat(200))));
        world.pass(1_000);
    }
    world.leave(gone);
    world.pass(1_000);
    assert!(world.sockets[&slow].under_way_bytes_max <= 2_000);
    told(&mut world, slow);
    world.drain_socket(slow);
    let latest = told(&mut world, slow).concat();
    assert_eq!(latest.len(), 2, "each once: {latest:?}");
    let place = |peer| {
        latest
            .iter()
            .find(|presence| presence.peer == peer)
            .map(|presence| presence.place.clone())
    };
    assert_eq!(place(ann), Some(Some(at(99, &"d".repeat(200)))));
    assert_eq!(place(gone), Some(None));
}

#[test]
fn people_who_join_or_change_their_name_are_told_to_all() {
    let (mut world, ann, _ben) = two();
    let person = |id, name: &str| Person {
        id,
        name: name.to_owned(),
    };
    let cleo = domain::PersonId(uuid::Uuid::from_u128(0xc3));
    world
        .room
        .handle_people(vec![person(ANN, "Anna"), person(BEN, "Ben"), person(cleo, "Cleo")]);
    world.drain();
    let [ServerFrame::People { people, .. }] = &world.take(ann)[..] else {
        panic!("the news")
    };
    assert_eq!(people[..], [person(ANN, "Anna"), person(cleo, "Cleo")]);
}

#[test]
fn a_directory_that_does_not_fit_into_the_welcome_follows_it() {
    let mut world = World::new();
    let people: Vec<Person> = (0..5_000u128)
        .map(|n| Person {
            id: domain::PersonId(uuid::Uuid::from_u128(n + 1)),
            name: format!("Person {n}"),
        })
        .collect();
    world.room.handle_people(people);
    let peer = world.connect(ANN, Seq(1));
    let known: usize = world
        .sent(peer)
        .iter()
        .map(|frame| match frame {
            ServerFrame::Welcome(welcome) => welcome.people.len(),
            ServerFrame::People { people, .. } => people.len(),
            _ => 0,
        })
        .sum();
    assert_eq!(known, 5_000);
}
