//! `interlock-bench open`: how long a long plan takes to arrive from a server that was just killed and started.
//!
//! A round kills the server, starts it, and opens the plan once; then a process that was just started too answers a plain
//! GET of as many bytes.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;

use crate::crowd::block_on;
use crate::figures::{Figures, count, millis};
use crate::get::Plain;
use crate::longplan::{self, LongPlan, Options};
use crate::server::Server;
use crate::{machine, opening};

/// What an opening may take, in plain GETs.
const RATIO_GOAL: f64 = 3.0;
/// How old the snapshot may be, in changes.
const AGE_GOAL: u32 = 1_000;

struct Round {
    first: Duration,
    last: Duration,
    get_first: Duration,
    get_last: Duration,
    client_load: Duration,
    bytes: u64,
    age: u64,
}

/// Measures.
pub(crate) fn run(options: &Options, json: Option<&Path>) -> anyhow::Result<bool> {
    let mut figures = Figures::new("open", json)?;
    let folder = machine::folder(options.data.as_deref())?;
    machine::describe(&mut figures, Some(folder.path()))?;
    let rounds = block_on(measure(options, folder.path()))?;
    print(&mut figures, &rounds)?;
    Ok(true)
}

async fn measure(options: &Options, folder: &Path) -> anyhow::Result<Vec<Round>> {
    let (mut server, plan) = longplan::make(folder, usize::try_from(options.changes)?, 1).await?;
    let mut rounds = Vec::new();
    for _ in 0..options.rounds {
        server = server.kill_and_start()?;
        rounds.push(round(folder, &server, &plan).await?);
    }
    Ok(rounds)
}

async fn round(folder: &Path, server: &Server, plan: &LongPlan) -> anyhow::Result<Round> {
    let token = plan.tokens.first().context("a person")?;
    let opened = opening::open(server.address(), plan.plan, token).await?;
    // Before the plain GET: meanwhile the server ends what it does after an opening, and does not compete with it.
    let client_load = opened.client_load()?;
    let bare = Plain::start(folder, opened.bytes)?;
    let (get_first, get_last) = bare.get().await?;
    let snapshot = opened.snapshot.as_ref().context("no snapshot came")?;
    Ok(Round {
        first: opened.first_byte,
        last: opened.last_byte,
        get_first,
        get_last,
        client_load,
        bytes: opened.bytes,
        age: opened.head.0 - snapshot.seq.0,
    })
}

fn print(figures: &mut Figures, rounds: &[Round]) -> anyhow::Result<()> {
    let mut put = |metric: &str, unit: &str, more, of: &dyn Fn(&Round) -> f64| {
        let each: Vec<f64> = rounds.iter().map(of).collect();
        figures.put_rounds(metric, &each, unit, more)
    };
    let none = || json!({});
    let goal = || json!({ "goal_at_most": RATIO_GOAL });
    put("ratio_to_get", "ratio", goal(), &|round| {
        millis(round.last) / millis(round.get_last)
    })?;
    put("first_byte_ratio_to_get", "ratio", goal(), &|round| {
        millis(round.first) / millis(round.get_first)
    })?;
    put("first_byte_ms", "ms", none(), &|round| millis(round.first))?;
    put("last_byte_ms", "ms", none(), &|round| millis(round.last))?;
    put("get_first_byte_ms", "ms", none(), &|round| millis(round.get_first))?;
    put("get_last_byte_ms", "ms", none(), &|round| millis(round.get_last))?;
    put("client_load_ms", "ms", none(), &|round| millis(round.client_load))?;
    put("bytes", "bytes", none(), &|round| {
        count(usize::try_from(round.bytes).unwrap_or(usize::MAX))
    })?;
    put(
        "snapshot_age_changes",
        "changes",
        json!({ "goal_at_most": AGE_GOAL }),
        &|round| count(usize::try_from(round.age).unwrap_or(usize::MAX)),
    )
}
