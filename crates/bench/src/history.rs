//! What admitting one change costs after a long history, relative to a short one: from its bytes to its facts, without
//! disk. And how long the whole history takes to be folded anew.
//!
//! CPU time of this thread, not time on the clock: other programs on the machine change it less.

mod client;
mod stream;

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use domain::{Author, PersonId, Schema, TimestampMs};
use nix::time::{ClockId, clock_gettime};
use plan::{Limits, Table, decode, precheck};
use serde_json::json;

use self::stream::{Made, Stream};
use crate::figures::{Figures, count, micros, millis};

/// Actors that the history is of: a workshop's, and what a plan has after years of devices and rejected edits.
const ACTORS: [(&str, usize); 2] = [("", 30), ("3000_actors.", 3_000)];
/// The short history, in changes.
const SHORT: usize = 1_000;
/// A plan as it is after a workshop and some months, for what a client does when it opens it.
const OPENED: usize = 20_000;
/// How often the short history is built in each round, for as many measured changes as the long one has.
const SHORT_TIMES: usize = 4;

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The long history, in changes.
    #[arg(long, default_value_t = 200_000)]
    changes: usize,
    /// Rounds; in each, the short and the long history take turns.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Changes that are measured on the long history in each round.
    #[arg(long, default_value_t = 2_000)]
    measured: usize,
    /// Another seed makes other edits.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Measures and prints.
pub(crate) fn run(options: &Options, json: Option<&Path>) -> anyhow::Result<bool> {
    let mut figures = Figures::new("history", json)?;
    for (prefix, actors) in ACTORS {
        measure(options, prefix, actors, &mut figures)?;
    }
    Ok(true)
}

fn measure(options: &Options, prefix: &str, actors: usize, figures: &mut Figures) -> anyhow::Result<()> {
    let length = options.changes + options.rounds * options.measured;
    let made = Stream::new(actors, options.seed).make(length)?;
    let (history, rest) = made.split_at_checked(options.changes).context("so many changes")?;
    let (mut long, replay) = replay(history)?;
    let short_measured = (options.measured / SHORT_TIMES).max(1);
    let short_history = made.get(..SHORT).context("at least a short history")?;
    let next = made
        .get(SHORT..SHORT + short_measured)
        .context("at least a short history")?;

    let (mut at_short, mut at_long, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in rest.chunks(options.measured).take(options.rounds) {
        let mut short = Duration::ZERO;
        for _ in 0..SHORT_TIMES {
            let (mut table, _) = self::replay(short_history)?;
            short += admit(&mut table, next)?;
        }
        let short = micros(short) / count(SHORT_TIMES * next.len());
        let long = micros(admit(&mut long, round)?) / count(round.len());
        at_short.push(short);
        at_long.push(long);
        ratios.push(long / short);
    }
    let beside = json!({ "actors": actors, "changes": options.changes, "items": stream::ITEMS });
    let mut put = |metric: &str, rounds: &[f64], unit: &str| {
        figures.put_rounds(&format!("{prefix}{metric}"), rounds, unit, beside.clone())
    };
    put("ratio_200k_to_1k", &ratios, "ratio")?;
    put("us_per_change_1k", &at_short, "us")?;
    put("us_per_change_200k", &at_long, "us")?;
    put("replay_s", &[replay.as_secs_f64()], "s")?;
    let opened = made.get(..OPENED).unwrap_or(&made);
    let openings = (0..3)
        .map(|_| client::open(opened))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut put_openings = |metric: &str, time: fn(&client::Opening) -> Duration| {
        let times: Vec<f64> = openings.iter().map(|opening| millis(time(opening))).collect();
        put(metric, &times, "ms")
    };
    put_openings("client_load_20k_ms", |opening| opening.load)?;
    put_openings("client_guard_at_once_20k_ms", |opening| opening.at_once)?;
    put_openings("client_guard_slices_20k_ms", |opening| opening.slices)?;
    put_openings("client_guard_longest_slice_ms", |opening| opening.longest_slice)?;
    put(
        "table_bytes_per_change",
        &[count(long.save().len()) / count(made.len())],
        "bytes",
    )
}

/// Folds a history anew, as a room without a snapshot does. Gives the table, and the CPU time.
fn replay(history: &[Made]) -> anyhow::Result<(Table, Duration)> {
    let mut table = Table::new();
    let begun = cpu_time()?;
    for made in history {
        let decoded = precheck(&made.bytes, &Limits::of_journal()).and_then(|checked| decode(&checked))?;
        let seq = table.last().next();
        let admitted = table.replay(seq, made.base, &decoded)?;
        drop(admitted.facts(seq, TimestampMs(1), made.author));
    }
    Ok((table, cpu_time()?.saturating_sub(begun)))
}

/// Admits changes as a room does. Gives the CPU time.
fn admit(table: &mut Table, changes: &[Made]) -> anyhow::Result<Duration> {
    let schema = Schema::standard();
    let limits = Limits::default();
    let begun = cpu_time()?;
    for made in changes {
        let decoded = precheck(&made.bytes, &limits).and_then(|checked| decode(&checked))?;
        let seq = table.last().next();
        let admitted = table.admit(&schema, Author::executive(made.author), seq, made.base, &decoded)?;
        drop(admitted.facts(seq, TimestampMs(1), made.author));
    }
    Ok(cpu_time()?.saturating_sub(begun))
}

fn cpu_time() -> anyhow::Result<Duration> {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).context("the thread's CPU time")?;
    Ok(Duration::from(time))
}

/// Whose an actor is: three devices a person.
fn person(actor: usize) -> PersonId {
    PersonId(uuid::Uuid::from_u128(
        0x0193_0000_0000_7000_8000_0000_0000_0000 + actor as u128 / 3,
    ))
}
