//! The guard of one who receives: a document that came as a snapshot is followed as exactly as one from the beginning,
//! honest entries fit, and lies do not.

use bytes::Bytes;
use domain::ActorId;
use plan::{Decoded, Replica, Watch};
use rand::RngExt;

use crate::effort;
use crate::mutate::{Known, lie, mutate};
use crate::world::{Admitted, World, read};

const WORLDS: u64 = 10;
/// Steps before the snapshot, and after it.
const STEPS: usize = 200;
const LIES: usize = 200;

/// Somebody does something; no position is taken by anything but changes, as in a plan's stream today.
fn step(world: &mut World) {
    let client = world.rng.random_range(0..world.clients.len());
    match world.rng.random_range(0..9) {
        0..5 => world.edit(client),
        5..7 => world.send(client),
        _ => world.receive(client),
    }
}

fn snapshot_of(stream: &[Admitted]) -> Replica {
    let reader = ActorId([0xee; 16]);
    let mut replica = Replica::new(reader);
    // As the server's worker does: in batches.
    for batch in stream.chunks(37) {
        let changes: Vec<Bytes> = batch.iter().map(|admitted| admitted.submit.bytes.clone()).collect();
        replica.apply(&changes).expect("what was admitted applies");
    }
    let again = Replica::load(&replica.save(), reader).expect("what is saved loads");
    Replica::load(&again.save(), reader).expect("what is saved loads")
}

fn follow(watch: &mut Watch, entry: &Admitted) -> Result<(), plan::Unfit> {
    let decoded = read(&entry.submit.bytes).expect("it decodes");
    watch.receive(entry.seq, entry.submit.base, &decoded.hash, &entry.submit.bytes)
}

#[test]
fn a_snapshot_is_followed_as_exactly_as_the_whole_stream() {
    for seed in 0..effort(WORLDS) {
        println!("seed {seed}");
        let mut world = World::new(5_000_000 + seed, 2 + usize::try_from(seed % 4).expect("small"));
        (0..STEPS).for_each(|_| step(&mut world));
        let last = world.table.last();
        let mut watch = Watch::of(&snapshot_of(&world.stream), last);
        assert!(watch.is_exact(), "its history is folded");
        let mut whole = Watch::default();
        (0..STEPS).for_each(|_| step(&mut world));
        world.settle();
        for entry in &world.stream {
            assert_eq!(follow(&mut whole, entry), Ok(()), "an honest entry");
            if entry.seq > last {
                assert_eq!(follow(&mut watch, entry), Ok(()), "an honest entry behind a snapshot");
            }
        }
        assert!(watch.is_exact() && whole.is_exact());
        lie_to(&mut world, &mut watch, &mut whole);
    }
}

/// What the server's table refuses, a client refuses too; behind a snapshot, if its author has seen that.
fn lie_to(world: &mut World, watch: &mut Watch, whole: &mut Watch) {
    let known: Vec<Decoded> = world
        .stream
        .iter()
        .map(|entry| read(&entry.submit.bytes).expect("honest"))
        .collect();
    let known = Known {
        changes: &known,
        last: world.table.last(),
    };
    world.edit(0);
    let Some(honest) = world.clients[0].outbox.front().cloned() else {
        return;
    };
    let seq = world.table.last().next();
    let mut lies = 0;
    for _ in 0..LIES {
        let mut base = honest.base;
        let mut content = read(&honest.bytes).expect("honest").content;
        mutate(&mut content, &mut base, &known, &mut world.rng);
        let bytes = lie(&content);
        let Ok(decoded) = read(&bytes) else { continue };
        if world.table.clone().replay(seq, base, &decoded).is_ok() {
            continue;
        }
        let refuse = |watch: &mut Watch| watch.receive(seq, base, &decoded.hash, &bytes).is_err();
        assert!(refuse(whole), "{decoded:#?}");
        if base == honest.base {
            lies += 1;
            assert!(refuse(watch), "base {base}: {decoded:#?}");
        }
    }
    assert!(lies > LIES / 2, "{lies}");
    let decoded = read(&honest.bytes).expect("honest");
    for watch in [watch, whole] {
        assert_eq!(watch.receive(seq, honest.base, &decoded.hash, &honest.bytes), Ok(()));
    }
}

#[test]
fn a_long_history_is_folded_in_slices_and_what_came_meanwhile_is_checked_then() {
    let mut world = World::new(7, 3);
    while world.stream.len() < 1_300 {
        step(&mut world);
    }
    let (history, rest) = world.stream.split_at(1_200);
    let last = history.last().expect("some").seq;
    let mut watch = Watch::of(&snapshot_of(history), last);
    assert!(watch.is_behind() && !watch.is_exact());
    let (lied_about, honest) = rest.split_last().expect("some");
    for entry in honest {
        assert_eq!(follow(&mut watch, entry), Ok(()), "it waits");
    }
    let mut content = read(&lied_about.submit.bytes).expect("honest").content;
    content.start_op += 1;
    let bytes = lie(&content);
    let hash = read(&bytes).expect("well-formed").hash;
    let lied = watch.receive(lied_about.seq, lied_about.submit.base, &hash, &bytes);
    assert_eq!(lied, Ok(()), "nothing to compare it with yet");
    let mut slices = 0;
    let found = loop {
        if let Err(unfit) = watch.advance(100) {
            break unfit;
        }
        slices += 1;
        assert!(watch.is_behind(), "the lie is found at the end of the history");
    };
    assert_eq!((slices, found.seq), (12, lied_about.seq));
}

#[test]
fn an_entry_by_another_name_is_unfit() {
    let mut world = World::new(8, 2);
    (0..20).for_each(|_| step(&mut world));
    let mut watch = Watch::default();
    let first = &world.stream[0];
    let named = domain::ChangeHash([7; 32]);
    let verdict = watch.receive(first.seq, first.submit.base, &named, &first.submit.bytes);
    assert!(verdict.is_err());
    assert_eq!(follow(&mut watch, first), Ok(()));
}
