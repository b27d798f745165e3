//! `interlock plans`: the plans with their ids.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use hyper::Method;

use super::open_directory;
use crate::control;
use crate::routes::{PlanLine, plan_lines};

/// Asks the running server, or reads the journal where none runs.
pub(super) async fn run(data: &Path, json: bool) -> Result<ExitCode> {
    let plans: Vec<PlanLine> = match control::find(data).await {
        Some(server) => server.ask(Method::GET, "/control/plans", &()).await?,
        None => plan_lines(&open_directory(data).await?),
    };
    if json {
        println!("{}", serde_json::to_string(&plans)?);
        return Ok(ExitCode::SUCCESS);
    }
    for plan in plans {
        let archived = if plan.archived { "  (archived)" } else { "" };
        println!("{}  {}{archived}", plan.id, plan.name);
    }
    Ok(ExitCode::SUCCESS)
}
