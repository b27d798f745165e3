//! Seeded runs: three sessions edit, undo, lose connections; the server is killed; some edits are refused. When the
//! faults stop, all agree, nothing is lost and nothing stands twice. And foreign bytes never hurt.

mod support;

use domain::schema::Who;
use domain::{Scalar, Schema};
use plan::Edit;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use session::Session;
use support::{SECTION, World, cell, make, paragraph, put, splice, write};

const CLIENTS: usize = 3;
const STEPS: usize = 400;

/// How many seeds: many more when `INTERLOCK_LONG` is set.
fn seeds() -> u64 {
    if std::env::var_os("INTERLOCK_LONG").is_some() {
        500
    } else {
        25
    }
}

#[test]
fn sessions_converge_after_any_faults() {
    for seed in 0..seeds() {
        run(seed, Schema::standard());
    }
}

#[test]
fn sessions_converge_when_edits_are_refused_too() {
    for seed in 0..seeds() {
        let mut schema = Schema::standard();
        let section = schema.sections.iter_mut().find(|section| section.id == SECTION);
        for field in &mut section.expect("a standard section").fields {
            if field.key == "next_step" {
                field.who = Who::Server;
            }
        }
        run(seed, schema);
    }
}

fn run(seed: u64, schema: Schema) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let limits = relay::Limits {
        snapshot_ahead_entries: 20,
        snapshot_piece_bytes: 512,
        ..relay::Limits::default()
    };
    let mut world = World::with_schema(schema, limits);
    for _ in 0..CLIENTS {
        world.add();
    }
    world.settle();
    println!("seed {seed}");
    for _ in 0..STEPS {
        act(&mut world, &mut rng);
    }
    world.disk_stalled = false;
    for client in &mut world.clients {
        client.reachable = true;
    }
    world.settle();
    world.settle();
    world.check_settled();
    world.check_nothing_twice();
}

fn act(world: &mut World, rng: &mut ChaCha8Rng) {
    let index = rng.random_range(0..CLIENTS);
    match rng.random_range(0..100) {
        0..40 => edit(world, rng, index),
        40..44 => {
            world.with(index, Session::undo);
        }
        44..46 => {
            world.with(index, Session::redo);
        }
        46..48 => world.cut(index),
        48 => world.go_offline(index),
        49..52 => world.clients[index].reachable = true,
        52 => world.kill_server(),
        53..55 => world.disk_stalled = !world.disk_stalled,
        55 => world.take_snapshot(),
        56..60 => {
            let ms = rng.random_range(1..3_000);
            world.run_for(ms);
        }
        _ => {
            let choice = rng.random_range(0..100);
            world.step(choice);
            let at = domain::TimestampMs(world.now.0 + 5);
            world.wake(at);
        }
    }
}

/// Some edit, mostly a possible one; what cannot be made is refused by the session and is no matter.
fn edit(world: &mut World, rng: &mut ChaCha8Rng, index: usize) {
    let number = rng.random_range(1..6);
    let fields = ["title", "offering", "next_step"];
    let field = fields[rng.random_range(0..fields.len())];
    let letters: String = (0..rng.random_range(0..6))
        .map(|_| rng.random_range('a'..='z'))
        .collect();
    let count = rng.random_range(1..3);
    let edits = (0..count)
        .map(|_| match rng.random_range(0..10) {
            0 => make(number),
            1 => write(number, rng.random_range(1..3), &letters),
            2..5 => {
                let at = rng.random_range(1..3);
                let text = world.session(index).replica().and_then(|replica| {
                    let text = replica.text(&paragraph(number, at))?;
                    u32::try_from(text.len()).ok()
                });
                let len = text.unwrap_or(0);
                let from = rng.random_range(0..=len);
                splice(number, at, from, rng.random_range(0..=(len - from).min(4)), &letters)
            }
            5 => Edit::Clear {
                cell: cell(number, field),
            },
            6 => Edit::Put {
                cell: cell(number, "deleted"),
                value: Scalar::Bool(rng.random_bool(0.5)),
            },
            _ => put(number, field, &letters),
        })
        .collect();
    // Refusals by the session itself are part of the run.
    let _ = world.with(index, |session, now| session.edit(now, edits));
}

#[test]
fn bytes_that_are_no_frames_end_a_connection_and_nothing_else() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut world = World::new();
    let (one, two) = (world.add(), world.add());
    world.settle();
    world.edit(one, vec![make(1), write(1, 1, "text")]);
    world.settle();
    let frames = [
        protocol::encode_server(&protocol::ServerFrame::Entries(world.journal.clone())),
        protocol::encode_server(&protocol::ServerFrame::Ack(Vec::new())),
    ];
    for round in 0..500 {
        let mut bytes = frames[round % frames.len()].to_vec();
        if round % 3 == 0 {
            bytes = vec![0; rng.random_range(0..200)];
            rng.fill_bytes(&mut bytes);
        } else {
            for _ in 0..rng.random_range(1..4) {
                let at = rng.random_range(0..bytes.len());
                bytes[at] = rng.random();
            }
        }
        world.hear(two, &bytes);
        world.run_for(100);
    }
    world.settle();
    world.check_settled();
}
