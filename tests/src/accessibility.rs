//! axe-core in the page.

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::page::Page;

/// Unchanged file of the npm package; see its README for the licence.
const AXE: &str = include_str!("../vendor/axe-core/axe.min.js");

const RUN: &str = r"
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'] }).then(
        (result) => done(result.violations.flatMap((v) => v.nodes.map((n) => `${v.id} (${v.impact}): ${v.help}: ${n.html}`))),
        (error) => done([String(error)]),
    );
";

/// Demands that axe-core finds nothing wrong with the page as it stands.
pub async fn check(page: &Page<'_>, what: &str) -> anyhow::Result<()> {
    page.driver()
        .execute(AXE, Vec::new())
        .await
        .context("axe-core does not load")?;
    let found = page
        .driver()
        .execute_async(RUN, Vec::new())
        .await
        .context("axe-core does not run")?;
    let found: Vec<String> = match found.json() {
        Value::Null => Vec::new(),
        violations => serde_json::from_value(violations.clone())?,
    };
    ensure!(
        found.is_empty(),
        "{what} has {} accessibility violations:\n{}",
        found.len(),
        found.join("\n")
    );
    Ok(())
}
