//! Load and benchmarks for Interlock: a module for each, all of them subcommands.
//!
//! A benchmark prints its figures as JSON lines (`figures`); what they mean is in `docs/benchmarks.md`.

mod bare;
mod crowd;
mod edits;
mod figures;
mod fill;
mod get;
mod history;
mod idle;
mod journal;
mod load;
mod longplan;
mod machine;
mod open;
mod opening;
mod past;
mod presence;
mod process;
mod relay;
mod schedule;
mod server;
mod storm;
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
    /// What admitting a change costs after a long history, beside a short one.
    History(history::Options),
    /// What it costs that everyone sees where the others are.
    Presence(presence::Options),
    /// Everyone opens a long plan within a second after the server has started again.
    Storm(storm::Options),
    /// What a connection costs in memory that does nothing.
    Idle(idle::Options),
    /// How long a long plan takes to arrive after `kill -9`, beside a plain GET of as many bytes.
    Open(longplan::Options),
    /// How long a long plan as of some moment takes, beside a moment whose state is saved.
    Past(past::Options),
    /// The process that only writes.
    #[command(hide = true)]
    BareSender(bare::Options),
    /// The process that only answers a plain GET.
    #[command(hide = true)]
    BareGet(get::Options),
}

fn main() -> ExitCode {
    let Cli { json, command } = Cli::parse();
    let json = json.as_deref();
    let result = match command {
        Command::Load(options) => load::run(&options),
        Command::Relay(options) => relay::run(&options, json),
        Command::Journal(settings) => journal::run(&settings, json),
        Command::History(options) => history::run(&options, json),
        Command::Presence(options) => presence::run(&options, json),
        Command::Storm(options) => storm::run(&options, json),
        Command::Idle(options) => idle::run(&options, json),
        Command::Open(options) => open::run(&options, json),
        Command::Past(options) => past::run(&options, json),
        Command::BareGet(options) => get::run(&options),
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
