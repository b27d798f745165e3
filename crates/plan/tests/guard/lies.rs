//! What lies is refused, or it is harmless: it applies, saves, loads, and everybody sees what the table says, also
//! after honest people have built upon it. Lies are well-formed here; bytes that are not are in `garbled`.

use bytes::Bytes;
use domain::Seq;
use plan::{Content, Decoded};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::arena::{Arena, Tally};
use crate::effort;
use crate::mutate::{Known, lie, mutate};
use crate::world::{Submit, World, read};

/// Worlds, the states of each in which lies are told, and how many there: 100,000 together.
const WORLDS: u64 = 40;
const STATES: usize = 10;
const LIES: usize = 250;
/// How many steps honest people take before each.
const STEPS: usize = 12;

#[test]
fn what_lies_is_refused_or_harmless() {
    let mut tally = Tally::default();
    for seed in 0..effort(WORLDS) {
        println!("seed {seed}");
        run(seed, &mut tally);
    }
    println!("{tally:?}");
    // A test of lies that are all refused at the door would prove nothing.
    let offered = tally.offered();
    assert!(
        tally.refused > offered / 2 && tally.admitted > offered / 50 && tally.built_upon > offered / 500,
        "{tally:?}"
    );
}

fn run(seed: u64, tally: &mut Tally) {
    let mut world = World::new(1_000_000 + seed, 2 + usize::try_from(seed % 4).expect("small"));
    for _ in 0..STATES {
        (0..STEPS).for_each(|_| world.step());
        let known: Vec<Decoded> = world
            .stream
            .iter()
            .map(|admitted| read(&admitted.submit.bytes).expect("honest"))
            .collect();
        let known = Known {
            changes: &known,
            last: world.table.last(),
        };
        let mut arena = Arena::new(&mut world);
        for _ in 0..LIES {
            let (person, honest) = arena.next_submit();
            let submit = lied(&honest, &known, &mut arena.world().rng);
            if submit == honest {
                tally.same += 1;
            } else {
                arena.offer(person, &submit, tally);
            }
        }
    }
}

fn lied(honest: &Submit, known: &Known<'_>, rng: &mut ChaCha8Rng) -> Submit {
    let mut base: Seq = honest.base;
    let mut content: Content = read(&honest.bytes).expect("honest").content;
    for _ in 0..rng.random_range(1..3) {
        if !content.ops.is_empty() {
            mutate(&mut content, &mut base, known, rng);
        }
    }
    let bytes: Bytes = lie(&content).into();
    Submit { bytes, base }
}
