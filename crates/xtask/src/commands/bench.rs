//! `cargo xtask bench NAME`: the benchmarks, from release binaries.

use std::path::PathBuf;

use crate::commands::build;
use crate::{paths, process};

/// Which benchmark, and where its lines go.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The benchmark's name; `interlock-bench run --help` lists them.
    name: String,
    /// Also write the lines to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Builds the release binaries and hands over to `interlock-bench run`.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    build::run()?;
    let mut bench = std::process::Command::new(paths::binary("release", "interlock-bench"));
    bench
        .arg("run")
        .arg(&options.name)
        .env("INTERLOCK_BIN", paths::binary("release", "interlock"));
    if let Some(file) = &options.json {
        bench.arg("--json").arg(file);
    }
    process::run(&mut bench)
}
