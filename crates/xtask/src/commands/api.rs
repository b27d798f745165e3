//! `cargo xtask api`: a server with the sample, its API's document through a linter, then generated requests against it.
//!
//! Needs `npx` and `python3`; both tools are fetched into `target/tmp/api` on the first run. Takes minutes, so it is no part
//! of `cargo xtask test`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};

use crate::{paths, process};

/// The linter.
const LINTER: &str = "@redocly/cli@2.77.0";
/// What generates the requests.
const GENERATOR: &str = "schemathesis==4.32.5";
/// Answers that fail the run: a fault of the server, and whatever is not in the document.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
    response_schema_conformance";
/// Live editing is no HTTP; the others would end the token that asks, and nothing more would be tried.
const LEFT_OUT: &[&str] = &["syncPlan", "revokeToken", "changePerson"];
/// What the server prints before its address.
const LISTENING: &str = "listening on ";

/// How much is tried.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Generated requests for each operation, about.
    #[arg(long, default_value_t = 330)]
    requests: u32,
    /// The generator's seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A server that is built already.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// A server that ends with this.
struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which the run has noticed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs all of it; fails when something is found.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let program = if let Some(program) = &options.program {
        program.clone()
    } else {
        process::run(&mut process::cargo(["build", "-p", "interlock"]))?;
        paths::binary("debug", "interlock")
    };
    let (dir, data) = (folder(), folder().join("data"));
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    fs::create_dir_all(&dir)?;
    let server = start(&program, &data)?;
    let document = format!("{}/api/v1/openapi.json", server.address);
    lint(&document)?;
    let token = token(&program, &data)?;
    generate(options, &program, &document, &token)
}

/// Where all of it happens.
fn folder() -> PathBuf {
    paths::root().join("target/tmp/api")
}

fn start(program: &Path, data: &Path) -> anyhow::Result<Server> {
    let mut child = Command::new(program)
        .arg("serve")
        .arg("--data")
        .arg(data)
        .args(["--listen", "127.0.0.1:0", "--sample", "--log", "warn"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start {}", program.display()))?;
    let output = child.stdout.take().context("the server's output is a pipe")?;
    let mut lines = BufReader::new(output).lines();
    let address = loop {
        let Some(line) = lines.next() else {
            bail!("the server ended before it said `{LISTENING}...`");
        };
        if let Some(address) = line?.strip_prefix(LISTENING) {
            break address.trim().to_owned();
        }
    };
    // Read on, so that the server never waits for its own words to be taken.
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| eprintln!("{line}")));
    Ok(Server { child, address })
}

fn token(program: &Path, data: &Path) -> anyhow::Result<String> {
    let output = Command::new(program)
        .args(["token", "create", "api", "--as", "admin@example.com", "--data"])
        .arg(data)
        .output()?;
    if !output.status.success() {
        bail!("no token: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn lint(document: &str) -> anyhow::Result<()> {
    let rules = paths::root().join("crates/xtask/src/commands/api.yaml");
    let mut command = Command::new("npx");
    command.args(["--yes", LINTER, "lint", document, "--config"]).arg(rules);
    process::run(&mut command)
}

fn generate(options: &Options, program: &Path, document: &str, token: &str) -> anyhow::Result<()> {
    let (dir, data) = (&folder(), &folder().join("data"));
    let venv = dir.join("venv");
    let tool = venv.join("bin/st");
    if !tool.exists() {
        process::run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        process::run(Command::new(venv.join("bin/pip")).args(["install", "--quiet", GENERATOR]))?;
    }
    let plan = plan(program, data)?;
    // Among what is generated, some must meet what is there.
    let known = format!("[parameters]\n\"path.plan\" = \"{plan}\"\n\"path.section\" = \"opportunities\"\n");
    fs::write(dir.join("schemathesis.toml"), known)?;
    let mut command = Command::new(tool);
    command
        .current_dir(dir)
        .args(["--config-file", "schemathesis.toml", "run", document])
        .args([
            "--checks",
            CHECKS,
            "--continue-on-failure",
            "--suppress-health-check",
            "all",
        ])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--max-examples", &options.requests.to_string()])
        .args(["--seed", &options.seed.to_string(), "--workers", "2"]);
    for operation in LEFT_OUT {
        command.args(["--exclude-operation-id", operation]);
    }
    eprintln!(
        "$ st run {document} --max-examples {} --seed {}",
        options.requests, options.seed
    );
    let status = command.status().context("could not start schemathesis")?;
    if !status.success() {
        bail!("the generated requests found something ({status})");
    }
    Ok(())
}

/// The sample's plan.
fn plan(program: &Path, data: &Path) -> anyhow::Result<String> {
    let output = Command::new(program).arg("plans").arg("--data").arg(data).output()?;
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let first = lines.split_whitespace().next();
    first.map(str::to_owned).context("the sample has a plan")
}
