//! `cargo xtask test`: every check and every test; the closing line has the counts.
//!
//! A step that fails does not stop the next: one run shows everything that is wrong.

use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::commands::setup;
use crate::paths;
use crate::process::{self, cargo, find_program};
use crate::tally::{self, Tally};
use crate::web::{self, Variant};

/// Crates that run in the browser, checked for it one by one: what one of them needs must not hide behind another.
const IN_THE_BROWSER: [&str; 6] = ["domain", "plan", "protocol", "session", "workspace", "reports"];

/// Tells tests to use many more seeds, images, mutations and cycles.
const LONG: &str = "INTERLOCK_LONG";

/// One part of a run; it is told whether the run is a long one.
type Step = fn(bool) -> anyhow::Result<Tally>;

/// How much to test.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Many more seeds, images, mutations and cycles.
    #[arg(long)]
    long: bool,
}

/// Runs all steps; success means that each of them did.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    setup::run()?;
    let mut total = Tally::default();
    let steps: [(&str, Step); 6] = [
        ("format", |_| step(&mut cargo(["fmt", "--all", "--check"]))),
        ("web application", |_| web_application()),
        ("unit and property tests", unit_tests),
        ("end to end", end_to_end),
        ("lints", |_| lints()),
        ("wasm32", |_| checks_for_the_browser()),
    ];
    let mut times = Vec::new();
    for (name, run_step) in steps {
        eprintln!("== {name}");
        let start = Instant::now();
        let tally = run_step(options.long).unwrap_or_else(|error| {
            eprintln!("{name}: {error:#}");
            Tally {
                failed: 1,
                ..Tally::default()
            }
        });
        times.push(format!("{name}: {tally} ({} s)", start.elapsed().as_secs()));
        total += tally;
    }
    eprintln!("== summary\n{}", times.join("\n"));
    println!("{total}");
    Ok(if total.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A check that has no tests of its own: it adds to the count only when it fails.
fn step(command: &mut Command) -> anyhow::Result<Tally> {
    process::run(command)?;
    Ok(Tally::default())
}

fn web_application() -> anyhow::Result<Tally> {
    let sizes = web::build(Variant::Release)?;
    sizes.print();
    sizes.check_budget()?;
    Ok(Tally::default())
}

fn unit_tests(long: bool) -> anyhow::Result<Tally> {
    let here = ["--workspace", "--exclude", "client-wasm", "--exclude", "e2e"];
    let mut tests = if find_program(&["cargo-nextest"]).is_some() {
        cargo(["nextest", "run", "--no-fail-fast"])
    } else {
        cargo(["test", "--no-fail-fast", "--lib", "--bins", "--tests"])
    };
    let mut tally = tally::run(with_length(tests.args(here), long))?;
    tally += tally::run(cargo(["test", "--doc", "--no-fail-fast"]).args(here))?; // nextest runs no documentation tests
    Ok(tally)
}

fn end_to_end(long: bool) -> anyhow::Result<Tally> {
    process::run(&mut cargo(["build", "-p", "interlock", "-p", "interlock-bench"]))?;
    // One test at a time: each has a server and browsers of its own, and the machine may have two cores.
    let mut tests = cargo(["test", "-p", "e2e", "--no-fail-fast", "--", "--test-threads=1"]);
    tests.env("INTERLOCK_BIN_DIR", paths::target().join("debug"));
    tally::run(with_length(&mut tests, long))
}

fn lints() -> anyhow::Result<Tally> {
    let native = [
        "clippy",
        "--workspace",
        "--exclude",
        "client-wasm",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    process::run(&mut cargo(native))?;
    step(&mut cargo([
        "clippy",
        "-p",
        "client-wasm",
        "--target",
        "wasm32-unknown-unknown",
        "--",
        "-D",
        "warnings",
    ]))
}

fn checks_for_the_browser() -> anyhow::Result<Tally> {
    for name in IN_THE_BROWSER {
        process::run(&mut cargo(["check", "-p", name, "--target", "wasm32-unknown-unknown"]))?;
    }
    Ok(Tally::default())
}

fn with_length(command: &mut Command, long: bool) -> &mut Command {
    if long {
        command.env(LONG, "1");
    }
    command
}
