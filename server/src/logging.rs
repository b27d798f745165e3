//! The log: to standard error, because standard output carries what programs read.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// Automerge opens a span for every change that it decodes, and formatting it took a twentieth of what an edit costs.
const WITHOUT_SPANS: &str = "automerge=warn";

/// Starts the log.
pub fn start(config: &Config) -> Result<()> {
    let filter = EnvFilter::try_new(&config.log).with_context(|| format!("'{}' is not a log filter", config.log))?;
    // Whoever names automerge in the filter wants to see it.
    let filter = if config.log.contains("automerge") {
        filter
    } else {
        filter.add_directive(WITHOUT_SPANS.parse().context("a fixed directive")?)
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // A log that nobody reads any more must not stop the server: telling of it on the same closed pipe would panic.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal());
    match config.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}
