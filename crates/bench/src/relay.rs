//! `interlock-bench relay`: what the server spends on delivering an edit.
//!
//! A round is a run of the real server with real websockets and its journal on disk, and then the same frames at the same
//! moments from a process that does nothing but write them (`bare`). What is compared is processor time: of the server
//! for each edit that reached somebody, of the bare sender for each write.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;

use crate::bare::{self, Used};
use crate::crowd::{self, Counts, Crowd};
use crate::figures::{Figures, count, micros};
use crate::machine;
use crate::schedule::{Scenario, moments};
use crate::server::Server;

/// What the server may spend on a delivered edit, in bare writes.
const RATIO_GOAL: f64 = 2.0;

const SCENARIOS: [Scenario; 4] = [
    Scenario::new("a", 30, 30, 1.0),
    Scenario::new("b", 30, 30, 5.0),
    Scenario::new("c", 30, 1, 50.0),
    Scenario::new("d", 100, 100, 0.5),
];

/// How much to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only these scenarios, such as `ac`.
    #[arg(long, default_value = "abcd")]
    scenarios: String,
    /// Rounds of each scenario.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long each run takes, in seconds.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Where the server's data goes, instead of beside the program.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// One run of the server and one of the bare sender.
struct Round {
    counts: Counts,
    server_cpu: Duration,
    rss_mib: f64,
    bare: Used,
}

impl Round {
    fn us_per_delivered(&self) -> f64 {
        micros(self.server_cpu) / count(self.counts.delivered)
    }

    fn us_per_write(&self) -> f64 {
        micros(self.bare.cpu) / count(self.bare.writes)
    }
}

/// Measures. False: an edit did not arrive.
pub(crate) fn run(options: &Options, json: Option<&Path>) -> anyhow::Result<bool> {
    let mut figures = Figures::new("relay", json)?;
    let folder = machine::folder(options.data.as_deref())?;
    machine::describe(&mut figures, Some(folder.path()))?;
    let chosen = SCENARIOS
        .iter()
        .filter(|scenario| options.scenarios.contains(scenario.name));
    let mut missing = 0;
    for scenario in chosen {
        let folder = tempfile::tempdir_in(folder.path())?;
        let server = Server::start(folder.path())?;
        let tokens = server.people(scenario.clients)?;
        let mut rounds = Vec::new();
        for number in 0..options.rounds {
            let round = crowd::block_on(measure(options, folder.path(), &server, &tokens, scenario, number));
            let round = round.with_context(|| format!("scenario {}", scenario.name))?;
            missing += round.counts.missing;
            rounds.push(round);
        }
        print(&mut figures, scenario, &rounds)?;
    }
    Ok(missing == 0)
}

async fn measure(
    options: &Options,
    folder: &Path,
    server: &Server,
    tokens: &[String],
    scenario: &Scenario,
    number: u32,
) -> anyhow::Result<Round> {
    let clients = scenario.clients;
    let token = tokens.first().context("a person")?;
    let (plan, _) = server.plan(token, &format!("{}-{number}", scenario.name))?;
    let seed = u64::from(number);
    let mut crowd = Crowd::open(server.address(), plan, tokens, clients, seed).await?;
    let length = Duration::from_secs(options.seconds);
    let edits = moments(scenario.writers, scenario.rate, length, seed);
    let before = server.process().cpu()?;
    crowd.edit(&edits, &[], true).await?;
    let server_cpu = server.process().cpu()?.saturating_sub(before);
    let rss_mib = server.process().memory()?.now_kib / 1024.0;
    let counts = crowd.take_counts();
    drop(crowd);
    let bare = bare::replay(folder, &counts.recorded, clients).await?;
    Ok(Round {
        counts,
        server_cpu,
        rss_mib,
        bare,
    })
}

fn print(figures: &mut Figures, scenario: &Scenario, rounds: &[Round]) -> anyhow::Result<()> {
    let mut put = |metric: &str, unit: &str, more, of: &dyn Fn(&Round) -> f64| {
        let each: Vec<f64> = rounds.iter().map(of).collect();
        figures.put_rounds(&format!("{}.{metric}", scenario.name), &each, unit, more)
    };
    let none = || json!({});
    put(
        "ratio_to_bare_write",
        "ratio",
        json!({ "goal_at_most": RATIO_GOAL }),
        &|round| round.us_per_delivered() / round.us_per_write(),
    )?;
    put("us_per_delivered", "us", none(), &Round::us_per_delivered)?;
    put("us_per_bare_write", "us", none(), &Round::us_per_write)?;
    put("edits_per_frame", "edits", none(), &|round| {
        count(round.counts.delivered) / count(round.counts.entries_frames)
    })?;
    put("p50_ms", "ms", none(), &|round| round.counts.latency_ms(50))?;
    put("p95_ms", "ms", none(), &|round| round.counts.latency_ms(95))?;
    put("p99_ms", "ms", none(), &|round| round.counts.latency_ms(99))?;
    put("bytes_per_delivered", "bytes", none(), &|round| {
        count(round.counts.entries_bytes) / count(round.counts.delivered)
    })?;
    put("rss_mib", "MiB", none(), &|round| round.rss_mib)?;
    put("delivered", "edits", none(), &|round| count(round.counts.delivered))?;
    let missing = rounds.iter().map(|round| round.counts.missing).sum();
    figures.put_with(
        &format!("{}.missing", scenario.name),
        count(missing),
        "edits",
        json!({ "goal_at_most": 0 }),
    )
}
