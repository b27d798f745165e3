//! `interlock-bench past`: how long a long plan as of some moment takes to answer, beside the same for a moment whose
//! state is saved.
//!
//! Both are whole answers over HTTP of a warm server. The server says with each which saved state it began with: that
//! moment is asked for next, so that the two take turns.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use domain::Seq;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use crate::crowd::block_on;
use crate::figures::{Figures, Spread, millis};
use crate::longplan::{self, LongPlan};
use crate::machine;
use crate::wire::Wire;

/// What a moment may take, in readings of a saved state.
const RATIO_GOAL: f64 = 2.0;
/// Looks before anything is measured: the slider's first is not warm.
const WARM_LOOKS: u32 = 20;
/// How many of a round's looks in a hundred may take longer than what `p95` says.
const SLOWEST_IN_100: usize = 5;

/// How much to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    plan: longplan::Options,
    /// Moments in a round.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    looks: u32,
    /// What the moments are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// One look at the plan as it was.
struct Look {
    /// From before the question to the last byte.
    took: Duration,
    /// The last entry in the saved state it began with.
    saved: Seq,
    /// Reading that state, and folding what came after it, as the server says.
    reading: f64,
    folding: f64,
    bytes: u64,
}

/// Measures.
pub(crate) fn run(options: &Options, json: Option<&Path>) -> anyhow::Result<bool> {
    let mut figures = Figures::new("past", json)?;
    let folder = machine::folder(options.plan.data.as_deref())?;
    machine::describe(&mut figures, Some(folder.path()))?;
    let rounds = block_on(measure(options, folder.path()))?;
    print(&mut figures, &rounds)?;
    Ok(true)
}

/// A round's looks: at any moment, and at the moment of the saved state that this one began with.
type Round = Vec<(Look, Look)>;

async fn measure(options: &Options, folder: &Path) -> anyhow::Result<Vec<Round>> {
    let (server, plan) = longplan::make(folder, usize::try_from(options.plan.changes)?, 1).await?;
    let mut client = Client::new(server.address(), &plan).await?;
    let mut random = ChaCha8Rng::seed_from_u64(options.seed);
    // The later three quarters, where the plan is large.
    let mut moment = || Seq(random.random_range(u64::from(options.plan.changes / 4)..u64::from(options.plan.changes)));
    for _ in 0..WARM_LOOKS {
        client.look(moment()).await?;
    }
    let mut rounds = Vec::new();
    for _ in 0..options.plan.rounds {
        let mut round = Round::new();
        for _ in 0..options.looks {
            let look = client.look(moment()).await?;
            let saved = client.look(look.saved).await?;
            ensure!(saved.saved == look.saved, "the saved state of {} went away", look.saved);
            round.push((look, saved));
        }
        rounds.push(round);
    }
    Ok(rounds)
}

/// A connection that is kept, as a browser keeps it.
struct Client<'a> {
    wire: Wire,
    address: SocketAddr,
    plan: &'a LongPlan,
    token: &'a str,
}

impl<'a> Client<'a> {
    async fn new(address: SocketAddr, plan: &'a LongPlan) -> anyhow::Result<Self> {
        Ok(Self {
            wire: Wire::connect(address).await?,
            address,
            plan,
            token: plan.tokens.first().context("a person")?,
        })
    }

    async fn look(&mut self, seq: Seq) -> anyhow::Result<Look> {
        let (plan, address, token) = (self.plan.plan, self.address, self.token);
        let began = Instant::now();
        let question = format!(
            "GET /api/v1/plans/{plan}/as-of?seq={seq} HTTP/1.1\r\nHost: {address}\r\n\
             Authorization: Bearer {token}\r\n\r\n"
        );
        self.wire.hand().write(question.as_bytes()).await?;
        let head = self.wire.head().await?;
        ensure!(head.starts_with("HTTP/1.1 200 "), "the server answered: {head}");
        let bytes = header(&head, "content-length")?.parse()?;
        self.wire.skip(bytes).await?;
        let took = began.elapsed();
        let timing = header(&head, "server-timing")?;
        Ok(Look {
            took,
            saved: Seq(between(timing, "saved;desc=\"", "\"")?.parse()?),
            reading: between(timing, "dur=", ",")?.parse()?,
            folding: between(timing, "fold;dur=", "")?.parse()?,
            bytes,
        })
    }
}

/// The value of a header in an answer's head.
fn header<'a>(head: &'a str, name: &str) -> anyhow::Result<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    let found = lines.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found
        .map(|(_, value)| value.trim())
        .with_context(|| format!("the answer has no {name}"))
}

/// What stands between two words; nothing as the second: the rest.
fn between<'a>(text: &'a str, before: &str, after: &str) -> anyhow::Result<&'a str> {
    let (_, rest) = text
        .split_once(before)
        .with_context(|| format!("no {before} in {text}"))?;
    let end = if after.is_empty() {
        Some(rest.len())
    } else {
        rest.find(after)
    };
    end.and_then(|end| rest.get(..end))
        .with_context(|| format!("no {after} after {before} in {text}"))
}

fn print(figures: &mut Figures, rounds: &[Round]) -> anyhow::Result<()> {
    let goal = json!({ "goal_at_most": RATIO_GOAL });
    let whole = |look: &Look| millis(look.took);
    let within = |look: &Look| look.reading + look.folding;
    let median = |figures: Vec<f64>| Spread::of(&figures).map_or(f64::NAN, |spread| spread.median);
    let moments = |round: &Round, of: &dyn Fn(&Look) -> f64| round.iter().map(|(look, _)| of(look)).collect::<Vec<_>>();
    let saved = |round: &Round, of: &dyn Fn(&Look) -> f64| round.iter().map(|(_, look)| of(look)).collect::<Vec<_>>();
    let mut put = |metric: &str, unit: &str, more: &serde_json::Value, of: &dyn Fn(&Round) -> f64| {
        let each: Vec<f64> = rounds.iter().map(of).collect();
        figures.put_rounds(metric, &each, unit, more.clone())
    };
    let none = json!({});
    put("ratio_to_saved", "ratio", &goal, &|round| {
        median(moments(round, &whole)) / median(saved(round, &whole))
    })?;
    put("p95_ratio_to_saved", "ratio", &none, &|round| {
        slowest(moments(round, &whole)) / median(saved(round, &whole))
    })?;
    put("store_ratio_to_saved", "ratio", &goal, &|round| {
        median(moments(round, &within)) / median(moments(round, &|look| look.reading))
    })?;
    put("moment_ms", "ms", &none, &|round| median(moments(round, &whole)))?;
    put("moment_p95_ms", "ms", &none, &|round| slowest(moments(round, &whole)))?;
    put("saved_ms", "ms", &none, &|round| median(saved(round, &whole)))?;
    put("reading_ms", "ms", &none, &|round| {
        median(moments(round, &|look| look.reading))
    })?;
    put("folding_ms", "ms", &none, &|round| {
        median(moments(round, &|look| look.folding))
    })?;
    #[expect(clippy::cast_precision_loss, reason = "an answer is a few megabytes")]
    put("bytes", "bytes", &none, &|round| {
        median(moments(round, &|look| look.bytes as f64))
    })
}

/// The fastest of the slowest.
fn slowest(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let at = figures.len().saturating_sub(1 + figures.len() * SLOWEST_IN_100 / 100);
    figures.get(at).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_says_is_found_in_its_head() {
        let head = "HTTP/1.1 200 OK\r\nServer-Timing: saved;desc=\"19456\";dur=1.250, fold;dur=0.500\r\n\r\n";
        let timing = header(head, "server-timing").expect("it is there");
        assert_eq!(between(timing, "saved;desc=\"", "\"").expect("a number"), "19456");
        assert_eq!(between(timing, "dur=", ",").expect("a time"), "1.250");
        assert_eq!(between(timing, "fold;dur=", "").expect("a time"), "0.500");
        assert!(header(head, "content-length").is_err());
    }
}
