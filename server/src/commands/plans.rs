//! `interlock plans`: the plans with their ids.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use hyper::Method;

use super::{Workspace, find_existing, print_lines};
use crate::routes::{PlanLine, plan_lines};

/// Asks the running server, or reads the journal where none runs.
pub(super) async fn run(data: &Path, json: bool) -> Result<ExitCode> {
    let plans: Vec<PlanLine> = match find_existing(data).await? {
        Workspace::Running(server) => server.ask(Method::GET, "/control/plans", &()).await?,
        Workspace::Here(directory) => plan_lines(&directory),
    };
    if json {
        return print_lines([serde_json::to_string(&plans)?]);
    }
    print_lines(plans.into_iter().map(|plan| {
        let archived = if plan.archived { "  (archived)" } else { "" };
        format!("{}  {}{archived}", plan.id, plan.name)
    }))
}
