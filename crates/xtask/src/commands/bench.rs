//! `cargo xtask bench NAME`: the release binaries, then one of `interlock-bench`'s benchmarks.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::Context as _;

use crate::commands::build;
use crate::{paths, process};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The benchmark: journal, history, relay, presence, storm, idle, open or past.
    name: String,
    /// Writes the JSON lines into this file too.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Takes the release binaries as they are.
    #[arg(long)]
    no_build: bool,
    /// Passed on, such as `--rounds 1`; `interlock-bench NAME --help` says what there is.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    more: Vec<String>,
}

/// Runs it to its end; fails when it does.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    if !options.no_build {
        build::run()?;
    }
    let mut command = Command::new(paths::binary("release", "interlock-bench"));
    command.arg(&options.name);
    if let Some(json) = &options.json {
        command.arg("--json").arg(json);
    }
    command.args(&options.more);
    eprintln!("$ {}", process::words(&command));
    let status = command.status().context("could not start interlock-bench")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
