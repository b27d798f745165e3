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
        ("format", |_| step(&mut cargo(words("fmt --all --check")))),
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

/// Every crate but `e2e`; the client's too: what does not touch the page is tested natively.
fn unit_tests(long: bool) -> anyhow::Result<Tally> {
    let (tests, documentation) = if has_nextest() {
        // Chosen by a filter, not by packages: cargo builds a dependency again for every other choice of packages.
        let tests = cargo(words("nextest run --workspace --no-fail-fast -E").chain(["not package(e2e)"]));
        (tests, cargo(words("test --workspace --no-fail-fast --doc"))) // of which nextest runs none
    } else {
        let tests = cargo(words(
            "test --workspace --exclude e2e --no-fail-fast --lib --bins --tests",
        ));
        (
            tests,
            cargo(words("test --workspace --exclude e2e --no-fail-fast --doc")),
        )
    };
    let mut tally = Tally::default();
    for mut command in [tests, documentation] {
        tally += tally::run(with_length(&mut command, long))?;
    }
    Ok(tally)
}

/// One test at a time: each has a server and browsers of its own, and the machine may have two cores.
fn end_to_end(long: bool) -> anyhow::Result<Tally> {
    process::run(&mut cargo(words("build --workspace --all-targets")))?; // the programs, as the tests were built
    let mut tests = if has_nextest() {
        cargo(words("nextest run --workspace --no-fail-fast --test-threads=1 -E").chain(["package(e2e)"]))
    } else {
        cargo(words("test -p e2e --no-fail-fast -- --test-threads=1"))
    };
    tests.env("INTERLOCK_BIN_DIR", paths::target().join("debug"));
    tally::run(with_length(&mut tests, long))
}

fn lints() -> anyhow::Result<Tally> {
    process::run(&mut cargo(words("clippy --workspace --all-targets -- -D warnings")))?;
    // Once more as the browser gets it: what is only for the browser is not seen natively.
    step(&mut cargo(words(
        "clippy -p client-wasm --target wasm32-unknown-unknown -- -D warnings",
    )))
}

fn checks_for_the_browser() -> anyhow::Result<Tally> {
    for name in IN_THE_BROWSER {
        process::run(&mut cargo(["check", "-p", name, "--target", "wasm32-unknown-unknown"]))?;
    }
    Ok(Tally::default())
}

fn has_nextest() -> bool {
    find_program(&["cargo-nextest"]).is_some()
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(' ')
}

fn with_length(command: &mut Command, long: bool) -> &mut Command {
    if long {
        // The second says to nextest how long a test may take (`.config/nextest.toml`).
        command.env(LONG, "1").env("NEXTEST_PROFILE", "long");
    }
    command
}
