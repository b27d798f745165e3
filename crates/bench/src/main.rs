//! Load and benchmarks for Interlock.

mod load;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Load and benchmarks for Interlock.
#[derive(Debug, Parser)]
#[command(name = "interlock-bench", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Clients that edit one plan together, as the web application would; prints one JSON object at the end.
    ///
    /// Exit code 1: an edit is not saved, somebody lacks one, or two documents differ.
    Load(load::Options),
}

fn main() -> ExitCode {
    let Cli { command } = Cli::parse();
    let result = match command {
        Command::Load(options) => load::run(&options),
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
