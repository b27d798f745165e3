//! Bytes that were a change: flipped, spliced, cut, with numbers and lengths that lie and runs that claim far more than
//! there is. Length and checksum are made right again, so that nothing is refused for those alone.

mod parts;

use domain::Seq;
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use self::parts::Parts;
use crate::arena::{Arena, Tally};
use crate::effort;
use crate::mutate::{body, chunk, signed, unsigned};
use crate::world::{Submit, World};

/// Worlds, the states of each in which bytes are garbled, and how many there: 100,000 together.
const WORLDS: u64 = 20;
const STATES: usize = 10;
const GARBLED: usize = 500;
const STEPS: usize = 12;

#[test]
fn what_is_garbled_is_refused_or_harmless() {
    let mut tally = Tally::default();
    for seed in 0..effort(WORLDS) {
        println!("seed {seed}");
        run(seed, &mut tally);
    }
    println!("{tally:?}");
    // Some get as far as the guard, and some through it: an operation's value with another letter, say.
    let offered = tally.offered();
    assert!(
        tally.refused > offered / 50 && tally.admitted > offered / 2_000,
        "{tally:?}"
    );
}

fn run(seed: u64, tally: &mut Tally) {
    let mut world = World::new(3_000_000 + seed, 2 + usize::try_from(seed % 4).expect("small"));
    for _ in 0..STATES {
        (0..STEPS).for_each(|_| world.step());
        let others: Vec<Vec<u8>> = world
            .stream
            .iter()
            .map(|admitted| body(&admitted.submit.bytes).to_vec())
            .collect();
        let mut arena = Arena::new(&mut world);
        for _ in 0..GARBLED {
            let (person, honest) = arena.next_submit();
            let rng = &mut arena.world().rng;
            let bytes = garbled(&honest.bytes, &others, rng);
            let base = if rng.random_bool(0.05) {
                Seq(rng.random_range(0..=honest.base.0 + 3))
            } else {
                honest.base
            };
            let submit = Submit {
                bytes: bytes.into(),
                base,
            };
            if submit == honest {
                tally.same += 1;
            } else {
                arena.offer(person, &submit, tally);
            }
        }
    }
}

/// One to three things wrong with a change's bytes.
fn garbled(honest: &[u8], others: &[Vec<u8>], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut garbled = body(honest).to_vec();
    for _ in 0..rng.random_range(1..4) {
        let other = others.choose(rng).expect("the genesis");
        match rng.random_range(0..12) {
            0..3 => flip(&mut garbled, rng),
            3 => splice(&mut garbled, other, rng),
            4 => garbled.truncate(rng.random_range(0..=garbled.len())),
            5 => number(&mut garbled, rng),
            _ => {
                // What is no longer in parts is garbled enough.
                let (Some(mut parts), Some(other)) = (Parts::read(&garbled), Parts::read(other)) else {
                    continue;
                };
                garble_parts(&mut parts, &other, rng);
                garbled = parts.bytes();
            }
        }
    }
    let mut bytes = chunk(&garbled);
    if rng.random_bool(0.03) {
        let at = rng.random_range(0..bytes.len().min(12));
        bytes[at] = rng.random();
    }
    bytes
}

/// A byte becomes another, comes, or goes.
fn flip(bytes: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    if bytes.is_empty() {
        return;
    }
    let at = rng.random_range(0..bytes.len());
    match rng.random_range(0..5) {
        0 => bytes[at] ^= 1 << rng.random_range(0..8),
        1 => bytes[at] = *[0, 1, 0x7f, 0x80, 0xff].choose(rng).expect("some"),
        2 => bytes.insert(at, rng.random()),
        3 => drop(bytes.remove(at)),
        _ => bytes[at] = bytes[at].wrapping_add(1),
    }
}

/// A piece of another change takes the place of a piece.
fn splice(bytes: &mut Vec<u8>, other: &[u8], rng: &mut ChaCha8Rng) {
    let piece = |len: usize, rng: &mut ChaCha8Rng| {
        let from = rng.random_range(0..=len);
        from..rng.random_range(from..=len.min(from + 24))
    };
    let (gone, new) = (piece(bytes.len(), rng), piece(other.len(), rng));
    bytes.splice(gone, other[new].iter().copied());
}

/// A number as no program of ours would write it: too large, too long, or without an end.
fn lying_number(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = Vec::new();
    match rng.random_range(0..6) {
        0 => unsigned(&mut bytes, 1 << rng.random_range(7..64)),
        1 => unsigned(&mut bytes, u64::MAX - rng.random_range(0..3)),
        2 => signed(&mut bytes, -(1 << rng.random_range(7..63))),
        3 => signed(&mut bytes, *[i64::MIN, i64::MAX, -1, -2, 0].choose(rng).expect("some")),
        4 => bytes.extend([0x80 | rng.random::<u8>(), 0x80, 0x00]),
        _ => bytes.extend([0xff; 11]),
    }
    bytes
}

/// A lying number takes the place of a byte.
fn number(bytes: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    let at = rng.random_range(0..=bytes.len());
    let end = (at + rng.random_range(0..3)).min(bytes.len());
    bytes.splice(at..end, lying_number(rng));
}

fn garble_parts(parts: &mut Parts, other: &Parts, rng: &mut ChaCha8Rng) {
    let count = parts.columns.len();
    if count == 0 {
        return;
    }
    let at = rng.random_range(0..count);
    match rng.random_range(0..8) {
        // A column's length lies.
        0 => {
            let lies = [-1, 1, 7, 1 << 20, i64::from(i32::MAX), i64::MAX];
            parts.columns[at].more = *lies.choose(rng).expect("some");
        }
        1 => parts.columns[at].specification ^= 1 << rng.random_range(0..8),
        2 => drop(parts.columns.remove(at)),
        // A column of another change.
        3 => {
            if let Some(column) = other.columns.choose(rng) {
                match parts
                    .columns
                    .iter_mut()
                    .find(|own| own.specification == column.specification)
                {
                    Some(own) => own.bytes.clone_from(&column.bytes),
                    None => parts.columns.insert(at, column.clone()),
                }
            }
        }
        4 => parts.columns[at].bytes = run_of(rows(rng), rng),
        5 => parts.columns[at].bytes.extend(run_of(rows(rng), rng)),
        6 => bomb(parts, rng),
        _ => flip(&mut parts.columns[at].bytes, rng),
    }
}

/// So many rows: few, just within what is allowed, just beyond, and absurd.
fn rows(rng: &mut ChaCha8Rng) -> i64 {
    let counts = [
        1,
        2,
        3,
        100,
        1_000,
        2_000,
        9_999,
        10_000,
        10_001,
        20_000,
        1 << 20,
        1 << 31,
        i64::MAX,
    ];
    *counts.choose(rng).expect("some")
}

/// A run of one value, of none, or of values that are not there.
fn run_of(rows: i64, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = Vec::new();
    match rng.random_range(0..4) {
        0 => {
            bytes.push(0);
            unsigned(&mut bytes, rows.unsigned_abs());
        }
        1 => signed(&mut bytes, -rows),
        2 => unsigned(&mut bytes, rows.unsigned_abs()),
        _ => {
            signed(&mut bytes, rows);
            bytes.push(*[0, 1, 2, 3, 4, 6, 0x16, 0x7f].choose(rng).expect("some"));
        }
    }
    bytes
}

/// Every column claims as many rows: what adds up, and is nearly nothing to send.
fn bomb(parts: &mut Parts, rng: &mut ChaCha8Rng) {
    let rows = rows(rng);
    for column in &mut parts.columns {
        let value: &[u8] = match column.specification {
            0x15 => b"\x05title",
            0x34 => {
                column.bytes.clear();
                unsigned(&mut column.bytes, rows.unsigned_abs());
                continue;
            }
            0x42 => &[*[0, 1, 3, 4].choose(rng).expect("some")],
            0x57 => &[],
            0x70 => &[*[0, 0, 1, 2].choose(rng).expect("some")],
            0x13 | 0x73 => &[*[0, 1, 0x7f].choose(rng).expect("some")],
            0x02 => &[*[1, 7, 9].choose(rng).expect("some")],
            _ => &[0],
        };
        column.bytes.clear();
        if !value.is_empty() {
            signed(&mut column.bytes, rows);
            column.bytes.extend(value);
        }
    }
}
