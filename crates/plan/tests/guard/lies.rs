//! What lies is refused, or it is harmless: it applies, saves, loads, and everybody sees what the table says, also
//! after honest people have built upon it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, ReadDoc};
use bytes::Bytes;
use domain::{PersonId, Seq};
use plan::{Decoded, Refusal};
use rand::RngExt;
use uuid::Uuid;

use crate::content::Content;
use crate::effort;
use crate::mutate::{Known, lie, mutate, mutate_bytes};
use crate::world::{Client, Submit, World, change, read};

/// Worlds, and lies told in each.
const WORLDS: u64 = 40;
const LIES: usize = 500;
/// How many steps honest people take before the lying begins.
const STEPS: usize = 80;

#[derive(Default, Debug)]
struct Tally {
    same: usize,
    malformed: usize,
    refused: usize,
    admitted: usize,
    built_upon: usize,
}

#[test]
fn what_lies_is_refused_or_harmless() {
    let mut tally = Tally::default();
    for seed in 0..effort(WORLDS) {
        run(seed, &mut tally);
    }
    println!("{tally:?}");
    // A test of lies that are all refused at the door would prove nothing.
    assert!(
        tally.refused > tally.malformed && tally.admitted > 100 && tally.built_upon > 10,
        "{tally:?}"
    );
}

fn run(seed: u64, tally: &mut Tally) {
    let mut world = World::new(1_000_000 + seed, 2 + usize::try_from(seed % 4).expect("small"));
    for _ in 0..STEPS {
        world.step();
    }
    let known: Vec<Decoded> = world
        .stream
        .iter()
        .map(|admitted| read(&admitted.submit.bytes).expect("honest"))
        .collect();
    let doc = world.document();
    let before = world.table.save();
    let mut told = 0;
    while told < LIES {
        let Some((person, honest)) = next_submit(&mut world) else {
            continue;
        };
        told += 1;
        let mut base = honest.base;
        let bytes = mutated(&mut world, &known, &honest.bytes, &mut base);
        if bytes == honest.bytes && base == honest.base {
            tally.same += 1;
            continue;
        }
        let submit = Submit {
            bytes: bytes.into(),
            base,
        };
        let Ok(decoded) = read(&submit.bytes) else {
            tally.malformed += 1;
            continue;
        };
        let seq = world.table.last().next();
        let mut table = world.table.clone();
        match table.admit(&world.schema, person, seq, base, &decoded) {
            Err(Refusal::Inconsistent(_) | Refusal::Duplicate { .. } | Refusal::Denied(_) | Refusal::TooMany(_)) => {
                tally.refused += 1;
                assert!(
                    told % 16 != 0 || table.save() == before,
                    "seed {seed}: a refused change leaves a trace"
                );
            }
            Ok(_) => {
                tally.admitted += 1;
                let build = tally.admitted.is_multiple_of(8);
                tally.built_upon += usize::from(build);
                let outcome = catch_unwind(AssertUnwindSafe(|| check(&mut world, &doc, table, &submit, build)));
                assert!(
                    outcome.is_ok(),
                    "seed {seed}: an admitted lie kills (base {base}): {decoded:#?}"
                );
            }
        }
    }
}

/// Some client's next change. Made for the lie: the honest one is not sent.
fn next_submit(world: &mut World) -> Option<(PersonId, Submit)> {
    let client = world.rng.random_range(0..world.clients.len());
    if world.clients[client].outbox.is_empty() {
        world.edit(client);
    }
    let client = &world.clients[client];
    let submit = client.outbox.front()?.clone();
    Some((client.person, submit))
}

fn mutated(world: &mut World, known: &[Decoded], honest: &Bytes, base: &mut Seq) -> Vec<u8> {
    let mut bytes = honest.to_vec();
    if world.rng.random_bool(0.1) {
        mutate_bytes(&mut bytes, &mut world.rng);
        return bytes;
    }
    let mut content = read(honest).expect("honest").content;
    let known = Known {
        changes: known,
        last: world.table.last(),
    };
    for _ in 0..world.rng.random_range(1..3) {
        if !content.ops.is_empty() {
            mutate(&mut content, base, &known, &mut world.rng);
        }
    }
    lie(&content)
}

/// An admitted lie does no harm.
fn check(world: &mut World, doc: &Automerge, table: plan::Table, submit: &Submit, build: bool) {
    let content = Content::of_table(&table);
    let mut live = doc.clone();
    live.apply_changes([change(&submit.bytes)])
        .expect("what is admitted applies");
    assert!(live.get_missing_deps(&[]).is_empty(), "it is not waiting for anything");
    assert_eq!(Content::of_document(&live), content, "the document and the table");
    let loaded = Automerge::load(&live.save()).expect("what is saved loads");
    assert_eq!(Content::of_document(&loaded), content, "saved and loaded");
    check_alone(doc, submit);
    if build {
        build_upon(world, live, table);
    }
}

/// A replica that holds nothing but what the change depends on: what lies outside of its past is not there.
fn check_alone(doc: &Automerge, submit: &Submit) {
    let lie = change(&submit.bytes);
    let mut past = doc.fork_at(lie.deps()).expect("the dependencies are there");
    past.apply_changes([lie]).expect("it applies to its past");
    let content = Content::of_document(&past);
    let loaded = Automerge::load(&past.save()).expect("what is saved loads");
    assert_eq!(Content::of_document(&loaded), content, "its past, saved and loaded");
}

/// Somebody who has seen the lie goes on working.
fn build_upon(world: &mut World, mut doc: Automerge, mut table: plan::Table) {
    let actor = domain::ActorId(world.rng.random());
    doc.set_actor(actor.0.into());
    let mut client = Client {
        person: PersonId(Uuid::from_u128(77)),
        actor,
        doc,
        applied: table.last(),
        outbox: std::collections::VecDeque::new(),
    };
    for _ in 0..6 {
        client.edit(&mut world.rng);
    }
    for submit in &client.outbox {
        let decoded = read(&submit.bytes).expect("honest");
        let seq = table.last().next();
        table
            .admit(&world.schema, client.person, seq, submit.base, &decoded)
            .expect("an honest change on top");
    }
    assert_eq!(Content::of_document(&client.doc), Content::of_table(&table));
    Automerge::load(&client.doc.save()).expect("what is saved loads");
}
