//! `interlock-bench idle`: what a connection costs in memory that does nothing but stand.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use domain::PlanId;
use serde_json::json;

use crate::crowd::{Crowd, block_on};
use crate::figures::{Figures, count};
use crate::machine;
use crate::opening::{self, Connection};
use crate::process::Process;
use crate::server::Server;

/// What a further connection of an open plan may cost, in KiB.
const FURTHER_GOAL_KIB: f64 = 20.0;
/// How many people connect: nobody has a thousand pages open.
const PEOPLE: usize = 50;
/// How long the server may take until its memory stays where it is.
const SETTLE: Duration = Duration::from_secs(5);
/// Between two looks at the memory.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// So little growth between two looks is none, in KiB.
const STILL_KIB: f64 = 8.0;

/// How much to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Plans.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    plans: u16,
    /// Connections to each.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(2..))]
    each: u16,
    /// Rounds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Where the server's data goes, instead of beside the program.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// The server's memory, in KiB: without anybody, with one connection to each plan, with all.
struct Round {
    start: f64,
    first: f64,
    all: f64,
}

/// Measures.
pub(crate) fn run(options: &Options, json: Option<&Path>) -> anyhow::Result<bool> {
    let mut figures = Figures::new("idle", json)?;
    let folder = machine::folder(options.data.as_deref())?;
    machine::describe(&mut figures, Some(folder.path()))?;
    let rounds = block_on(measure(options, folder.path()))?;
    let (plans, each) = (usize::from(options.plans), usize::from(options.each));
    let mut put = |metric: &str, unit: &str, more, of: &dyn Fn(&Round) -> f64| {
        let each: Vec<f64> = rounds.iter().map(of).collect();
        figures.put_rounds(metric, &each, unit, more)
    };
    let goal = json!({ "goal_at_most": FURTHER_GOAL_KIB });
    put("kib_per_further_connection", "KiB", goal, &|round| {
        (round.all - round.first) / count(plans * (each - 1))
    })?;
    put("kib_per_connection", "KiB", json!({ "plans": plans }), &|round| {
        (round.all - round.start) / count(plans * each)
    })?;
    put("start_rss_mib", "MiB", json!({}), &|round| round.start / 1024.0)?;
    put("all_rss_mib", "MiB", json!({}), &|round| round.all / 1024.0)?;
    Ok(true)
}

async fn measure(options: &Options, folder: &Path) -> anyhow::Result<Vec<Round>> {
    let mut server = Server::start(folder)?;
    let tokens = server.people(PEOPLE)?;
    let token = tokens.first().context("a person")?;
    let mut plans = Vec::new();
    for number in 0..options.plans {
        let (plan, _) = server.plan(token, &format!("plan {number}"))?;
        // Some items, as a crowd makes them before it edits.
        drop(Crowd::open(server.address(), plan, &tokens, 1, 1).await?);
        plans.push(plan);
    }
    let mut rounds = Vec::new();
    for _ in 0..options.rounds {
        server = server.kill_and_start()?;
        rounds.push(round(&server, &plans, &tokens, usize::from(options.each)).await?);
    }
    Ok(rounds)
}

async fn round(server: &Server, plans: &[PlanId], tokens: &[String], each: usize) -> anyhow::Result<Round> {
    let process = server.process();
    let start = still(process).await?;
    let mut connections = connect(server, plans, tokens, 1).await?;
    let first = still(process).await?;
    connections.extend(connect(server, plans, tokens, each - 1).await?);
    let all = still(process).await?;
    drop(connections);
    Ok(Round { start, first, all })
}

async fn connect(server: &Server, plans: &[PlanId], tokens: &[String], each: usize) -> anyhow::Result<Vec<Connection>> {
    let mut connections = Vec::new();
    let mut people = tokens.iter().cycle();
    for plan in plans {
        for _ in 0..each {
            let token = people.next().context("somebody")?;
            let opened = opening::open(server.address(), *plan, token).await?;
            connections.push(opened.connection());
        }
    }
    Ok(connections)
}

/// The memory when it does not grow any more, in KiB.
async fn still(process: Process) -> anyhow::Result<f64> {
    let mut last = process.memory()?.now_kib;
    for _ in 0..SETTLE.as_millis() / LOOK_EVERY.as_millis() {
        // What an allocator and a kernel still do to a process's memory is no event that could be waited for.
        tokio::time::sleep(LOOK_EVERY).await;
        let now = process.memory()?.now_kib;
        if (now - last).abs() < STILL_KIB {
            return Ok(now);
        }
        last = now;
    }
    Ok(last)
}
