//! Load and benchmarks for Interlock: a module for each, all of them subcommands.
//!
//! A benchmark prints its figures as JSON lines (`figures`); what they mean is in `docs/benchmarks.md`.

mod bare;
mod crowd;
mod edits;
mod figures;
mod journal;
mod load;
mod machine;
mod process;
mod relay;
mod schedule;
mod server;
mod wire;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Load and benchmarks for Interlock.
#[derive(Debug, Parser)]
#[command(name = "interlock-bench", version)]
struct Cli {
    /// Writes a benchmark's JSON lines into this file too.
    #[arg(long, global = true, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Clients that edit one plan together, as the web application would; prints one JSON object at the end.
    ///
    /// Exit code 1: an edit is not saved, somebody lacks one, or two documents differ.
    Load(load::Options),
    /// What the server spends on delivering an edit, beside a process that only writes the same frames.
    Relay(relay::Options),
    /// How many durable entries a second the journal takes, beside a loop that only writes and syncs the same groups.
    Journal(journal::Settings),
    /// The process that only writes.
    #[command(hide = true)]
    BareSender(bare::Options),
}

fn main() -> ExitCode {
    let Cli { json, command } = Cli::parse();
    let json = json.as_deref();
    let result = match command {
        Command::Load(options) => load::run(&options),
        Command::Relay(options) => relay::run(&options, json),
        Command::Journal(settings) => journal::run(&settings, json),
        Command::BareSender(options) => bare::run(&options),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
