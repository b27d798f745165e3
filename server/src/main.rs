//! The binary `interlock`.

use std::process::ExitCode;

use clap::Parser;
use interlock_server::commands::{Cli, report, run};

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => report(&error),
    }
}
