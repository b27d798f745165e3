//! `interlock-bench storm`: everyone comes within a second after the server has started again.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;
use tokio::time::Instant;

use crate::crowd::block_on;
use crate::figures::{Figures, millis};
use crate::longplan::{self, LongPlan};
use crate::server::Server;
use crate::{machine, opening};

/// How long it takes until the last of them has come.
const WITHIN: Duration = Duration::from_secs(1);

/// How much to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Clients that open the plan.
    #[arg(long, default_value_t = 150, value_parser = clap::value_parser!(u16).range(1..1_000))]
    clients: u16,
    /// Lengths of the plan, in changes.
    #[arg(long, value_delimiter = ',', default_value = "5000,20000")]
    changes: Vec<usize>,
    /// Rounds at each length.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Where the server's data goes, instead of beside the program.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

struct Round {
    /// What each client's opening took, sorted.
    times: Vec<Duration>,
    before_mib: f64,
    peak_mib: f64,
    opened_mib: f64,
    cpu: Duration,
}

/// Measures.
pub(crate) fn run(options: &Options, json: Option<&Path>) -> anyhow::Result<bool> {
    let mut figures = Figures::new("storm", json)?;
    let folder = machine::folder(options.data.as_deref())?;
    machine::describe(&mut figures, Some(folder.path()))?;
    for length in &options.changes {
        let folder = tempfile::tempdir_in(folder.path())?;
        let rounds = block_on(measure(options, folder.path(), *length))?;
        print(&mut figures, *length, &rounds)?;
    }
    Ok(true)
}

async fn measure(options: &Options, folder: &Path, length: usize) -> anyhow::Result<Vec<Round>> {
    let clients = usize::from(options.clients);
    let (mut server, plan) = longplan::make(folder, length, clients).await?;
    let mut rounds = Vec::new();
    for _ in 0..options.rounds {
        server = server.kill_and_start()?;
        rounds.push(round(&server, &plan, clients).await?);
    }
    Ok(rounds)
}

async fn round(server: &Server, plan: &LongPlan, clients: usize) -> anyhow::Result<Round> {
    let process = server.process();
    let (before_mib, cpu) = (process.memory()?.now_kib / 1024.0, process.cpu()?);
    let begin = Instant::now();
    let every = WITHIN.div_f64(f64::from(u32::try_from(clients)?));
    let mut openings = Vec::new();
    for number in 0..clients {
        let token = plan.tokens.get(number).context("a person for each client")?.clone();
        let at = begin + every.mul_f64(f64::from(u32::try_from(number)?));
        openings.push(tokio::task::spawn_local(one(server.address(), plan.plan, token, at)));
    }
    let mut times = Vec::new();
    // All stay until the last has come.
    let mut opened = Vec::new();
    for opening in openings {
        let one = opening.await??;
        times.push(one.last_byte);
        opened.push(one.connection());
    }
    times.sort_unstable();
    let memory = process.memory()?;
    Ok(Round {
        times,
        before_mib,
        peak_mib: memory.peak_kib / 1024.0,
        opened_mib: memory.now_kib / 1024.0,
        cpu: process.cpu()?.saturating_sub(cpu),
    })
}

async fn one(address: SocketAddr, plan: domain::PlanId, token: String, at: Instant) -> anyhow::Result<opening::Opened> {
    // Its own moment in the second in which all come.
    tokio::time::sleep_until(at).await;
    opening::open(address, plan, &token).await
}

fn print(figures: &mut Figures, length: usize, rounds: &[Round]) -> anyhow::Result<()> {
    let mut put = |metric: &str, unit: &str, of: &dyn Fn(&Round) -> f64| {
        let each: Vec<f64> = rounds.iter().map(of).collect();
        figures.put_rounds(metric, &each, unit, json!({ "changes": length }))
    };
    let at = |round: &Round, hundredth: usize| {
        let index = (round.times.len() * hundredth / 100).min(round.times.len().saturating_sub(1));
        round.times.get(index).map_or(0.0, |time| millis(*time))
    };
    put("all_ms", "ms", &|round| at(round, 100))?;
    put("p50_ms", "ms", &|round| at(round, 50))?;
    put("p95_ms", "ms", &|round| at(round, 95))?;
    put("cpu_ms", "ms", &|round| millis(round.cpu))?;
    put("start_rss_mib", "MiB", &|round| round.before_mib)?;
    put("peak_rss_mib", "MiB", &|round| round.peak_mib)?;
    put("opened_rss_mib", "MiB", &|round| round.opened_mib)
}
