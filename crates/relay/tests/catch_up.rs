//! Peers that do not have everything: from any point, at any pace, everyone ends with the same document.

mod support;

use domain::Seq;
use protocol::{Bye, Hello, PROTOCOL, PeerId, ServerFrame};
use relay::{Limits, Output};
use support::{ANN, BEN, Client, PLAN, World, actor, make, put};

/// A plan with this many entries beside the genesis, by two people.
fn grown(world: &mut World, entries: u64) -> Client {
    let mut ann = Client::join(world, ANN, actor(1));
    let mut ben = Client::join(world, BEN, actor(2));
    for n in 1..=entries {
        if n % 3 == 0 {
            ben.edit(world, &[put(n - 1, "by Ben")]);
        } else {
            ann.edit(world, &[make(n)]);
        }
        world.commit();
    }
    world.leave(ben.peer);
    ann.read(world);
    ann
}

#[test]
fn a_client_that_comes_with_any_part_of_the_stream_ends_with_all_of_it() {
    let mut world = World::with(Limits {
        load_bytes: 400,
        ..Limits::default()
    });
    let mut early: Vec<Client> = Vec::new();
    let mut ann = Client::join(&mut world, ANN, actor(1));
    for n in 1..=12 {
        ann.edit(&mut world, &[make(n)]);
        world.commit();
        let mut client = Client::join(&mut world, BEN, actor(100 + u8::try_from(n).expect("small")));
        client.read(&mut world);
        assert_eq!(client.applied, Seq(n + 1));
        world.leave(client.peer);
        early.push(client);
    }
    ann.read(&mut world);
    for mut client in early {
        client.rejoin(&mut world);
        client.read(&mut world);
        assert_eq!(client.replica.heads(), ann.replica.heads());
    }
}

#[test]
fn a_snapshot_with_its_tail_equals_the_tail_alone() {
    let limits = Limits {
        snapshot_ahead_entries: 10,
        snapshot_piece_bytes: 100,
        ..Limits::default()
    };
    let mut world = World::with(limits);
    let ann = grown(&mut world, 20);
    let mut old = Client::join(&mut world, BEN, actor(3));
    old.read(&mut world);
    world.leave(old.peer);
    world.take_snapshot();
    let mut ann_more = ann;
    for n in 30..=35 {
        ann_more.edit(&mut world, &[make(n)]);
        world.commit();
    }
    ann_more.read(&mut world);

    let peer = world.connect(BEN, Seq::ZERO);
    let frames = world.sent(peer);
    let pieces = frames
        .iter()
        .filter(|frame| matches!(frame, ServerFrame::Snapshot { .. }))
        .count();
    assert!(pieces > 3, "{pieces} pieces");
    let mut new = Client::on(&mut world, peer, BEN, actor(4));
    assert_eq!(new.replica.heads(), ann_more.replica.heads());

    // One who is not far behind gets the tail alone.
    old.rejoin(&mut world);
    old.read(&mut world);
    assert_eq!(old.replica.heads(), ann_more.replica.heads());

    // Both go on from there.
    new.edit(&mut world, &[put(30, "by the new one")]);
    old.edit(&mut world, &[put(31, "by the old one")]);
    world.commit();
    for client in [&mut new, &mut old, &mut ann_more] {
        client.read(&mut world);
        assert!(client.rejected.is_empty() && client.outbox.is_empty());
    }
    assert_eq!(new.replica.heads(), old.replica.heads());
    assert_eq!(new.replica.heads(), ann_more.replica.heads());
}

#[test]
fn one_far_behind_gets_the_snapshot_and_keeps_its_outbox() {
    let mut world = World::with(Limits {
        snapshot_ahead_entries: 10,
        ..Limits::default()
    });
    let mut ben = Client::join(&mut world, BEN, actor(3));
    ben.read(&mut world);
    world.leave(ben.peer);
    let (hash, unsent) = ben.make(&mut world, &[make(90)]);
    ben.outbox.push_back((hash, unsent));
    let mut ann = grown(&mut world, 20);
    world.take_snapshot();

    ben.rejoin(&mut world);
    world.commit();
    ben.read(&mut world);
    ann.read(&mut world);
    assert!(ben.outbox.is_empty() && ben.rejected.is_empty());
    assert_eq!(ben.replica.heads(), ann.replica.heads());
}

#[test]
fn what_is_committed_during_the_catch_up_comes_once_and_in_order() {
    let mut world = World::with(Limits {
        load_bytes: 300,
        ..Limits::default()
    });
    let mut ann = grown(&mut world, 12);
    world.slow_loads = true;
    let peer = world.connect(BEN, Seq::ZERO);
    for n in 50..=60 {
        ann.edit(&mut world, &[make(n)]);
        world.commit();
        // One load is answered for every edit: the end moves away meanwhile.
        let load = world.loads.pop_front();
        world.loads.extend(load);
        world.slow_loads = false;
        world.drain();
        world.slow_loads = true;
    }
    world.answer_loads();
    let mut ben = Client::on(&mut world, peer, BEN, actor(5));
    ben.read(&mut world);
    ann.read(&mut world);
    assert_eq!(ben.replica.heads(), ann.replica.heads());
}

#[test]
fn an_own_change_is_acknowledged_during_the_catch_up_and_comes_again_in_its_place() {
    let mut world = World::new();
    let mut ann = grown(&mut world, 12);
    let mut ben = Client::join(&mut world, BEN, actor(5));
    ben.read(&mut world);
    world.leave(ben.peer);
    let (hash, unsent) = ben.make(&mut world, &[make(90)]);
    ben.outbox.push_back((hash, unsent));
    for n in 50..=55 {
        ann.edit(&mut world, &[make(n)]);
        world.commit();
    }
    world.slow_loads = true;
    ben.rejoin(&mut world);
    ann.edit(&mut world, &[make(56)]);
    world.commit();
    let acked = world
        .sent(ben.peer)
        .iter()
        .any(|frame| matches!(frame, ServerFrame::Ack(_)));
    assert!(acked, "the Ack does not wait for the catch-up");
    world.answer_loads();
    ben.read(&mut world);
    ann.read(&mut world);
    assert!(ben.outbox.is_empty());
    assert_eq!(ben.replica.heads(), ann.replica.heads());
}

#[test]
fn a_slow_peer_is_left_behind_within_its_budget_and_catches_up_without_gap_or_repeat() {
    let limits = Limits {
        send_budget_bytes: 4_000,
        load_bytes: 1_000,
        ..Limits::default()
    };
    let mut world = World::with(limits);
    let mut ann = Client::join(&mut world, ANN, actor(1));
    let peer = world.connect_slow(BEN, Seq::ZERO);
    for n in 1..=200 {
        ann.edit(&mut world, &[make(n)]);
        world.commit();
    }
    ann.read(&mut world);
    let socket = &world.sockets[&peer];
    assert!(
        socket.under_way_bytes_max <= 6_000,
        "{} bytes under way",
        socket.under_way_bytes_max
    );
    assert_eq!(socket.closed, None);
    let mut drains = 0;
    while world.sockets[&peer].under_way_bytes > 0 {
        world.drain_socket(peer);
        drains += 1;
        assert!(drains < 10_000, "it never ends");
    }
    assert!(drains > 5, "it was behind: {drains}");
    let ben = Client::on(&mut world, peer, BEN, actor(5));
    assert_eq!(ben.replica.heads(), ann.replica.heads());

    // And it is live again.
    let before = world.loads.len();
    ann.edit(&mut world, &[make(500)]);
    world.commit();
    assert_eq!(world.loads.len(), before);
    let last = world.take(peer);
    assert!(matches!(last.last(), Some(ServerFrame::Entries(entries)) if entries.len() == 1));
}

#[test]
fn a_peer_that_sends_without_reading_its_answers_is_disconnected() {
    let limits = Limits {
        send_budget_bytes: 1_000,
        send_bytes_max: 3_000,
        ..Limits::default()
    };
    let mut world = World::with(limits);
    let peer = world.connect_slow(ANN, Seq::ZERO);
    world.drain_socket(peer);
    world.drain_socket(peer);
    let mut ann = Client::on(&mut world, peer, ANN, actor(1));
    for n in 1..=200 {
        ann.edit(&mut world, &[make(n)]);
        world.commit();
        if world.closed(peer).is_some() {
            break;
        }
    }
    assert_eq!(world.closed(peer), Some(&Bye::TooMuch));
    assert!(world.room.is_idle());
}

#[test]
fn a_client_of_a_past_that_the_server_does_not_know_gets_everything() {
    let mut world = World::new();
    let ann = grown(&mut world, 6);
    for hello in [
        Hello {
            protocol: PROTOCOL,
            plan: PLAN,
            epoch: 0,
            have: Seq(500),
        },
        Hello {
            protocol: PROTOCOL,
            plan: PLAN,
            epoch: 3,
            have: Seq(2),
        },
    ] {
        let peer = world.connect_with(BEN, &hello, false);
        let ben = Client::on(&mut world, peer, BEN, actor(6));
        assert_eq!(ben.replica.heads(), ann.replica.heads());
    }
}

#[test]
fn a_page_of_another_version_or_plan_is_told_so() {
    let mut world = World::new();
    let hello = Hello {
        protocol: PROTOCOL + 1,
        plan: PLAN,
        epoch: 0,
        have: Seq::ZERO,
    };
    let peer = world.connect_with(ANN, &hello, false);
    assert_eq!(world.closed(peer), Some(&Bye::OtherProtocol { server: PROTOCOL }));
    let other = domain::PlanId(uuid::Uuid::from_u128(9));
    let peer = world.connect_with(
        ANN,
        &Hello {
            protocol: PROTOCOL,
            plan: other,
            epoch: 0,
            have: Seq::ZERO,
        },
        false,
    );
    assert_eq!(world.closed(peer), Some(&Bye::NoSuchPlan));
    assert!(world.room.is_idle());
}

#[test]
fn history_that_cannot_be_read_ends_the_connection_not_the_room() {
    let mut world = World::new();
    let ann = grown(&mut world, 6);
    world.slow_loads = true;
    let peer = world.connect(BEN, Seq::ZERO);
    assert!(matches!(
        world.loads.pop_front(),
        Some(Output::Load { from: Seq(1), .. })
    ));
    world.room.handle_history(world.now, peer, Vec::new());
    world.drain();
    assert_eq!(world.closed(peer), Some(&Bye::Fault));
    assert_eq!((world.closed(ann.peer), &world.failed), (None, &None));
}

#[test]
fn history_with_a_gap_ends_the_connection() {
    let mut world = World::new();
    grown(&mut world, 6);
    world.slow_loads = true;
    let peer = world.connect(BEN, Seq::ZERO);
    let gap = vec![world.journal[0].clone(), world.journal[2].clone()];
    world.room.handle_history(world.now, peer, gap);
    world.drain();
    assert_eq!(world.closed(peer), Some(&Bye::Fault));
}

#[test]
fn a_snapshot_that_vanished_ends_the_connection() {
    let mut world = World::new();
    grown(&mut world, 6);
    world.take_snapshot();
    world.snapshot = None;
    let peer = world.connect(BEN, Seq::ZERO);
    assert_eq!(world.closed(peer), Some(&Bye::Fault));
}

#[test]
fn answers_for_a_peer_that_has_left_change_nothing() {
    let mut world = World::new();
    grown(&mut world, 6);
    world.take_snapshot();
    world.slow_loads = true;
    let peer = world.connect(BEN, Seq::ZERO);
    world.leave(peer);
    world.answer_loads();
    world.room.handle_history(world.now, peer, world.journal.clone());
    world.room.handle_drained(world.now, peer, 1_000);
    world.room.handle_frame(world.now, peer, &[3]);
    world.room.handle_frame(world.now, PeerId(999), &[3]);
    world.drain();
    assert!(world.failed.is_none());
}

#[test]
fn an_idle_room_wants_nothing() {
    let mut world = World::new();
    let ann = grown(&mut world, 3);
    assert!(!world.room.is_idle());
    world.leave(ann.peer);
    world.pass(60_000);
    assert!(world.room.is_idle());
    assert_eq!(world.deadline, None);
    assert_eq!(world.room.poll_output(), None);
}
