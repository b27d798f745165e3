//! A table that comes from bytes is whole, or it is refused: nothing reaches past an end, whatever the bytes were.

use domain::{ActorId, SectionId, TimestampMs};
use plan::snapshot::Resume;
use plan::{Edit, Table, TableError};
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use crate::effort;
use crate::world::{World, read};

const WORLDS: u64 = 8;
const GARBLED: usize = 1_500;

#[test]
fn a_table_of_garbled_bytes_is_refused_or_works_without_panic() {
    let (mut refused, mut damaged, mut loaded) = (0, 0, 0);
    for seed in 0..effort(WORLDS) {
        println!("seed {seed}");
        let mut world = World::new(4_000_000 + seed, 3);
        (0..150).for_each(|_| world.step());
        let bytes = world.table.save();
        for _ in 0..GARBLED {
            match Table::load(&garbled(&bytes, &mut world.rng)) {
                Ok(table) => {
                    loaded += 1;
                    work_with(table, &world);
                }
                Err(TableError::Damaged(_)) => damaged += 1,
                Err(_) => refused += 1,
            }
        }
    }
    println!("unreadable {refused}, damaged {damaged}, loaded {loaded}");
    assert!(refused.min(damaged).min(loaded) > 100, "{refused} {damaged} {loaded}");
}

fn garbled(bytes: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(1..3) {
        let at = rng.random_range(1..bytes.len());
        match rng.random_range(0..7) {
            0 => bytes[at] ^= 1 << rng.random_range(0..7),
            1 => bytes[at] = bytes[at].wrapping_add(1),
            2 => bytes[at] = *[0, 1, 0x7f, 0xff].choose(rng).expect("some"),
            3 => drop(bytes.remove(at)),
            4 => bytes.insert(at, rng.random()),
            5 => drop(bytes.splice(at..at, [0xff, 0xff, 0xff, 0xff, 0x0f])),
            _ => bytes.truncate(at.max(2)),
        }
    }
    bytes
}

/// Everything that a room does with a table.
fn work_with(mut table: Table, world: &World) {
    for section in SectionId::ALL {
        let items: Vec<_> = table.items(section).take(4).collect();
        for item in items {
            let cells = table.cells(section, item);
            let texts = table.paragraphs(section, item);
            for text in &texts {
                let _ = table.text(text);
            }
            let mut edits: Vec<Edit> = texts.into_iter().map(splice).collect();
            edits.extend(cells.into_iter().map(|(cell, value)| Edit::Put { cell, value }));
            let _ = table.author(ActorId([3; 16]), TimestampMs(1), &edits);
        }
    }
    for submit in world.clients.iter().flat_map(|client| &client.outbox) {
        let decoded = read(&submit.bytes).expect("honest");
        let seq = table.last().next();
        let _ = table.replay(seq, submit.base, &decoded);
        let _ = table.position(&decoded.hash);
    }
    let _ = table.save();
}

fn splice(cell: domain::Cell) -> Edit {
    Edit::Splice {
        cell,
        at: 0,
        delete: 0,
        insert: "x".to_owned(),
    }
}

#[test]
fn a_table_cut_anywhere_or_with_more_behind_it_is_refused() {
    let mut world = World::new(6, 2);
    (0..60).for_each(|_| world.step());
    let bytes = world.table.save();
    for end in 0..bytes.len() {
        assert!(Table::load(&bytes[..end]).is_err(), "cut at {end}");
    }
    assert!(Table::load(&[&bytes[..], &[0]].concat()).is_err());
    assert!(Table::load(&bytes).is_ok());
}

#[test]
fn a_resume_file_cut_anywhere_is_refused() {
    let bytes = Resume::new().save();
    for end in 0..bytes.len() {
        assert!(Resume::load(&bytes[..end]).is_err(), "cut at {end}");
    }
}
