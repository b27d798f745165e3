//! A long plan on a server that was just killed and started: what `open` and `storm` measure.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use domain::{PlanId, Seq};

use crate::fill::{Filler, wait_for_snapshot};
use crate::opening;
use crate::server::Server;

/// How old the newest snapshot is when the plan has its full length, in changes.
const TAIL: usize = 950;
/// People who write the tail, so that none of them writes faster than the server lets one person.
const WRITERS: usize = 10;

/// How much to measure on one long plan.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Changes of the plan.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(2_000..))]
    pub(crate) changes: u32,
    /// Rounds.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,
    /// Where the server's data goes, instead of beside the program.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

/// The plan, and the tokens of those who may open it.
pub(crate) struct LongPlan {
    pub(crate) plan: PlanId,
    pub(crate) tokens: Vec<String>,
}

/// Makes a plan of so many changes, the last [`TAIL`] of them newer than its snapshot. The server that is given back is
/// still the one that took them.
pub(crate) async fn make(folder: &Path, length: usize, people: usize) -> anyhow::Result<(Server, LongPlan)> {
    let server = Server::start(folder)?;
    let tokens = server.people(people.max(WRITERS))?;
    let token = tokens.first().context("a person")?;
    let (plan, person) = server.plan(token, &format!("{length} changes"))?;
    // The plan begins when somebody opens it.
    drop(opening::open(server.address(), plan, token).await?);
    let data = server.data().to_owned();
    drop(server);
    let mut filler = Filler::open(&data, plan, person, 1).await?;
    filler.write(&data, Seq(u64::try_from(length - TAIL)?)).await?;
    let server = Server::start(folder)?;
    filler.send(server.address(), token, 1).await?;
    wait_for_snapshot(&data, plan).await?;
    for writer in tokens.iter().take(WRITERS) {
        let left = length.saturating_sub(usize::try_from(filler.last().0)?);
        filler
            .send(server.address(), writer, left.min(TAIL / WRITERS + 1))
            .await?;
    }
    Ok((server, LongPlan { plan, tokens }))
}
