//! `cargo xtask`: everything the README tells a person to type.
//!
//! One file per command under `commands`, the web build under `web`; the tidy test is in `tests/`.

mod commands;
mod paths;
mod process;
mod tally;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own build tool.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything, start a server with a sample plan, print its address and a sign-in link.
    Serve(commands::serve::Options),
    /// Make the release binaries, with the web application inside.
    Build,
    /// Make the web application only, in dist/.
    Web(commands::web::Options),
    /// Run every check and test, the browser's included.
    Test(commands::test::Options),
    /// Build the release binaries and take a benchmark; its figures are JSON lines.
    Bench(commands::bench::Options),
    /// Hold the API's document to a linter, and a server to its document with generated requests.
    Api(commands::api::Options),
    /// Install what the other commands need: the wasm target, a browser and its driver, a font.
    Setup,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}"); // without the backtrace: the words say what to do
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(options) => commands::serve::run(options)?,
        Command::Build => commands::build::run()?,
        Command::Web(options) => commands::web::run(options)?,
        Command::Test(options) => return commands::test::run(options),
        Command::Bench(options) => return commands::bench::run(options),
        Command::Api(options) => commands::api::run(options)?,
        Command::Setup => commands::setup::run()?,
    }
    Ok(ExitCode::SUCCESS)
}
