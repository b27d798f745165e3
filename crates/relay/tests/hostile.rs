//! Bytes and habits of clients that are broken or mean harm.

mod support;

use domain::{Seq, TimestampMs};
use protocol::{Bye, ClientFrame, Hello, PROTOCOL, Submitted, encode_client};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relay::Limits;
use support::{ANN, BEN, Client, PLAN, World, actor, make, put};

/// Runs of random bytes, and of honest frames with random damage.
const SEEDS: u64 = 10_000;

#[test]
fn random_bytes_end_a_connection_and_nothing_else() {
    let mut world = World::new();
    let mut ann = Client::join(&mut world, ANN, actor(1));
    ann.edit(&mut world, &[make(1)]);
    world.commit();
    ann.read(&mut world);
    for seed in 0..SEEDS {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let peer = world.connect(BEN, Seq(2));
        let mut bytes = vec![0; random.random_range(0..200)];
        random.fill_bytes(&mut bytes);
        if random.random_bool(0.5)
            && let Some(first) = bytes.first_mut()
        {
            *first %= 4; // a frame of some kind
        }
        world.bytes(peer, &bytes);
        assert!(world.failed.is_none(), "seed {seed}");
        world.leave(peer);
        world.sockets.remove(&peer);
    }
    assert_eq!(world.journal.len(), 2);
    ann.edit(&mut world, &[put(1, "after all that")]);
    world.commit();
    ann.read(&mut world);
    assert!(ann.outbox.is_empty() && ann.rejected.is_empty());
}

#[test]
fn damaged_submits_are_refused_or_harmless() {
    let mut world = World::new();
    let mut honest = Client::join(&mut world, ANN, actor(1));
    honest.edit(&mut world, &[make(1)]);
    world.commit();
    honest.read(&mut world);
    let mut ben = Client::join(&mut world, BEN, actor(2));
    let (_, change) = ben.make(&mut world, &[put(1, "by Ben"), make(2)]);
    for seed in 0..SEEDS {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut bytes = change.bytes.to_vec();
        for _ in 0..random.random_range(1..4) {
            let at = random.random_range(0..bytes.len());
            bytes[at] = random.random();
        }
        if random.random_bool(0.2) {
            bytes.truncate(random.random_range(0..bytes.len()));
        }
        let base = if random.random_bool(0.2) {
            Seq(random.random())
        } else {
            change.base
        };
        let submit = ClientFrame::Submit(vec![Submitted {
            base,
            bytes: bytes.into(),
        }]);
        let peer = world.connect(BEN, Seq(2));
        world.bytes(peer, &encode_client(&submit));
        assert!(world.failed.is_none(), "seed {seed}");
        world.leave(peer);
        world.sockets.remove(&peer);
    }
    // Whatever was admitted on the way, everyone can still read the plan.
    world.commit();
    let mut reader = Client::join(&mut world, ANN, actor(8));
    reader.read(&mut world);
    assert_eq!(reader.applied, world.room.committed());
}

#[test]
fn a_second_hello_ends_the_connection() {
    let mut world = World::new();
    let peer = world.connect(ANN, Seq(1));
    let hello = Hello {
        protocol: PROTOCOL,
        plan: PLAN,
        epoch: 0,
        have: Seq::ZERO,
    };
    world.frame(peer, &ClientFrame::Hello(hello));
    assert!(matches!(world.closed(peer), Some(Bye::BadFrame(_))));
}

#[test]
fn too_many_frames_end_the_connection() {
    let mut world = World::with(Limits {
        frames_per_second: 10,
        frames_burst: 20,
        ..Limits::default()
    });
    let polite = world.connect(ANN, Seq(1));
    for _ in 0..100 {
        world.frame(polite, &ClientFrame::Submit(Vec::new()));
        world.pass(100);
    }
    assert_eq!(world.closed(polite), None);
    let flooding = world.connect(BEN, Seq(1));
    for _ in 0..21 {
        world.frame(flooding, &ClientFrame::Submit(Vec::new()));
    }
    assert_eq!(world.closed(flooding), Some(&Bye::TooMuch));
}

#[test]
fn too_much_that_waits_for_the_disk_ends_the_connection_and_costs_no_memory() {
    let limits = Limits {
        unsaved_changes_max: 10,
        ..Limits::default()
    };
    let mut world = World::with(limits);
    let mut ann = Client::join(&mut world, ANN, actor(1));
    for n in 1..=10 {
        ann.edit(&mut world, &[make(n)]);
    }
    assert_eq!(world.closed(ann.peer), None);
    ann.edit(&mut world, &[make(11)]);
    assert_eq!(world.closed(ann.peer), Some(&Bye::TooMuch));
    // What was admitted stays, and the rest comes with the next connection.
    world.commit();
    ann.rejoin(&mut world);
    world.commit();
    ann.read(&mut world);
    assert!(ann.outbox.is_empty());
    assert_eq!(world.journal.len(), 12);
}

#[test]
fn too_many_changes_in_one_submit_end_the_connection() {
    let mut world = World::with(Limits {
        submit_changes_max: 2,
        ..Limits::default()
    });
    let mut ann = Client::join(&mut world, ANN, actor(1));
    let changes: Vec<Submitted> = (1..=3).map(|n| ann.make(&mut world, &[make(n)]).1).collect();
    ann.submit(&mut world, changes);
    assert_eq!(world.closed(ann.peer), Some(&Bye::TooMuch));
    assert!(world.room.is_quiet());
}

#[test]
fn a_full_room_takes_no_more_peers() {
    let mut world = World::with(Limits {
        peers_max: 2,
        ..Limits::default()
    });
    let first = world.connect(ANN, Seq(1));
    let second = world.connect(ANN, Seq(1));
    let third = world.connect(BEN, Seq(1));
    assert_eq!(
        [first, second, third].map(|peer| world.closed(peer).is_some()),
        [false, false, true]
    );
}

#[test]
fn clocks_at_their_ends_do_no_harm() {
    let mut world = World::new();
    let peer = world.connect(ANN, Seq(1));
    for now in [i64::MIN, i64::MAX, 0] {
        world.now = TimestampMs(now);
        world.frame(peer, &ClientFrame::Submit(Vec::new()));
        world.room.handle_timeout(world.now);
        world.drain();
    }
    assert_eq!(world.closed(peer), None);
}
