//! `interlock-bench presence`: what it costs that everyone sees where the others are.
//!
//! A round is a run of the relay's scenario `a`, and the same run with every client pointing at another cell twice a
//! second, in turn first and second. What is compared is the server's processor time for each delivered edit.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;

use crate::crowd::{Counts, Crowd, block_on};
use crate::figures::{Figures, count, micros};
use crate::machine;
use crate::schedule::{Scenario, moments};
use crate::server::Server;

/// What presence may make of the price of an edit.
const RATIO_GOAL: f64 = 1.5;
/// How often everyone points at another cell, a second.
const PLACES_RATE: f64 = 2.0;
const SCENARIO: Scenario = Scenario::new("presence", 30, 30, 1.0);

/// How much to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Rounds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long each run takes, in seconds.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Where the server's data goes, instead of beside the program.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// One run.
struct Run {
    counts: Counts,
    cpu: Duration,
}

impl Run {
    fn us_per_delivered(&self) -> f64 {
        micros(self.cpu) / count(self.counts.delivered)
    }
}

/// Measures. False: an edit did not arrive.
pub(crate) fn run(options: &Options, json: Option<&Path>) -> anyhow::Result<bool> {
    let mut figures = Figures::new("presence", json)?;
    let folder = machine::folder(options.data.as_deref())?;
    machine::describe(&mut figures, Some(folder.path()))?;
    let server = Server::start(folder.path())?;
    let tokens = server.people(SCENARIO.clients)?;
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for number in 0..options.rounds {
        // What comes second may find a warmer server: they take turns.
        for pointing in [number % 2 == 0, number % 2 != 0] {
            let run = block_on(measure(options, &server, &tokens, number, pointing))?;
            if pointing { &mut with } else { &mut without }.push(run);
        }
    }
    print(&mut figures, options, &with, &without)
}

async fn measure(
    options: &Options,
    server: &Server,
    tokens: &[String],
    number: u32,
    pointing: bool,
) -> anyhow::Result<Run> {
    let token = tokens.first().context("a person")?;
    let (plan, _) = server.plan(token, &format!("presence-{number}-{pointing}"))?;
    let (clients, seed) = (SCENARIO.clients, u64::from(number));
    let mut crowd = Crowd::open(server.address(), plan, tokens, clients, seed).await?;
    let length = Duration::from_secs(options.seconds);
    let edits = moments(SCENARIO.writers, SCENARIO.rate, length, seed);
    let places = if pointing {
        moments(clients, PLACES_RATE, length, seed + 1_000)
    } else {
        Vec::new()
    };
    let before = server.process().cpu()?;
    crowd.edit(&edits, &places, false).await?;
    let cpu = server.process().cpu()?.saturating_sub(before);
    let counts = crowd.take_counts();
    Ok(Run { counts, cpu })
}

fn print(figures: &mut Figures, options: &Options, with: &[Run], without: &[Run]) -> anyhow::Result<bool> {
    let pairs: Vec<(&Run, &Run)> = with.iter().zip(without).collect();
    let mut put = |metric: &str, unit: &str, more, of: &dyn Fn(&(&Run, &Run)) -> f64| {
        let each: Vec<f64> = pairs.iter().map(of).collect();
        figures.put_rounds(metric, &each, unit, more)
    };
    let none = || json!({});
    let goal = json!({ "goal_at_most": RATIO_GOAL });
    put("ratio_to_without", "ratio", goal, &|(with, without)| {
        with.us_per_delivered() / without.us_per_delivered()
    })?;
    put("us_per_delivered", "us", none(), &|(with, _)| with.us_per_delivered())?;
    put("us_per_delivered_without", "us", none(), &|(_, without)| {
        without.us_per_delivered()
    })?;
    put("p50_ms", "ms", none(), &|(with, _)| with.counts.latency_ms(50))?;
    put("p50_ms_without", "ms", none(), &|(_, without)| {
        without.counts.latency_ms(50)
    })?;
    put("p99_ms", "ms", none(), &|(with, _)| with.counts.latency_ms(99))?;
    put("p99_ms_without", "ms", none(), &|(_, without)| {
        without.counts.latency_ms(99)
    })?;
    let client_seconds = f64::from(u32::try_from(options.seconds)?) * count(SCENARIO.clients);
    put("presence_frames", "frames a second and client", none(), &|(with, _)| {
        count(with.counts.presence_frames) / client_seconds
    })?;
    let missing: usize = with.iter().chain(without).map(|run| run.counts.missing).sum();
    figures.put_with("missing", count(missing), "edits", json!({ "goal_at_most": 0 }))?;
    Ok(missing == 0)
}
