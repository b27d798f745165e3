//! `cargo xtask api`: a server with the sample, its API's document through a linter, then generated requests against it.
//!
//! What the requests meet is prepared by `api_hooks.py`: people of every role, with tokens and sessions, and real ids. The
//! linter and the generator are fetched on the first run, in the versions that are named here; `npx` and `python3` are
//! installed where they are missing. Takes minutes, so it is no part of `cargo xtask test`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::setup;
use crate::{paths, process};

/// The linter.
const LINTER: &str = "@redocly/cli@2.77.0";
/// What generates the requests.
const GENERATOR: &str = "schemathesis==4.32.5";
/// Answers that fail the run: a fault of the server, and whatever is not in the document.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
    response_schema_conformance";
/// What makes requests meet something.
const HOOKS: &str = include_str!("api_hooks.py");
/// Who asks, by what they are in the sample's plan. Those who may everything are many: one person does only so much in a
/// short time. The last has no part in it.
const PEOPLE: &[(&str, &str)] = &[
    ("admin@example.com", "client_executive"),
    ("mara.keller@example.com", "client_executive"),
    ("owner-1@example.com", "client_executive"),
    ("owner-2@example.com", "client_executive"),
    ("owner-3@example.com", "client_executive"),
    ("owner-4@example.com", "client_executive"),
    ("owner-5@example.com", "client_executive"),
    ("owner-6@example.com", "client_executive"),
    ("facilitator@example.com", "facilitator"),
    ("seller@example.com", "seller"),
    ("political@example.com", "political"),
    ("expert@example.com", "expert"),
    ("manager@example.com", "sales_manager"),
    ("observer@example.com", "observer"),
    ("customer@example.com", "customer_contact"),
    ("stranger@example.com", ""),
];
/// Sign-in links for the requests to use up: as many as one person has.
const LINKS: usize = 8;
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
    setup::api_tools()?;
    lint(&document)?;
    generate(options, &program, &server, &document)
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
        .args([
            "--listen",
            "127.0.0.1:0",
            "--sample",
            "--webhooks-inside",
            "--log",
            "error",
        ])
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

/// Runs the program, and gives what it prints.
fn printed(program: &Path, arguments: &[&str], data: &Path) -> anyhow::Result<String> {
    let output = Command::new(program).args(arguments).arg("--data").arg(data).output()?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        bail!("interlock {}: {}", arguments.join(" "), why.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The secret of a sign-in link.
fn link(program: &Path, data: &Path, email: &str) -> anyhow::Result<String> {
    let link = printed(program, &["link", email], data)?;
    let secret = link.split('#').nth(1).context("a link has its secret behind the #")?;
    Ok(secret.to_owned())
}

/// Somebody's sign-in link and token.
fn person(program: &Path, data: &Path, email: &str, role: &str) -> anyhow::Result<Value> {
    let secret = link(program, data, email)?;
    let token = printed(program, &["token", "create", "api", "--as", email], data)?;
    Ok(json!({ "email": email, "role": role, "link": secret, "token": token }))
}

fn lint(document: &str) -> anyhow::Result<()> {
    let rules = paths::root().join("crates/xtask/src/commands/api.yaml");
    let mut command = Command::new("npx");
    command.args(["--yes", LINTER, "lint", document, "--config"]).arg(rules);
    process::run(&mut command)
}

fn generate(options: &Options, program: &Path, server: &Server, document: &str) -> anyhow::Result<()> {
    let (dir, data) = (&folder(), &folder().join("data"));
    let tool = generator(dir)?;
    fs::write(dir.join("api_hooks.py"), HOOKS)?;
    fs::write(dir.join("schemathesis.toml"), "")?;
    let people = PEOPLE.iter().map(|(email, role)| person(program, data, email, role));
    let given = json!({
        "address": server.address,
        "plan": plan(program, data)?,
        "seed": options.seed,
        "people": people.collect::<anyhow::Result<Vec<Value>>>()?,
        "links": (0..LINKS).map(|_| link(program, data, "visitor@example.com")).collect::<anyhow::Result<Vec<String>>>()?,
        "counts": dir.join("counts.json"),
    });
    let mut command = Command::new(tool);
    command
        .current_dir(dir)
        .env("PYTHONPATH", dir)
        .env("SCHEMATHESIS_HOOKS", "api_hooks")
        .env("INTERLOCK_API_RUN", given.to_string())
        .args(["--config-file", "schemathesis.toml", "run", document])
        .args([
            "--checks",
            CHECKS,
            "--continue-on-failure",
            "--suppress-health-check",
            "all",
        ])
        .args(["--max-examples", &options.requests.to_string()])
        .args(["--seed", &options.seed.to_string(), "--workers", "2"]);
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

/// The generator, in an environment of its own.
fn generator(dir: &Path) -> anyhow::Result<PathBuf> {
    let venv = dir.join("venv");
    let (tool, noted) = (venv.join("bin/st"), venv.join("installed"));
    if fs::read_to_string(&noted).is_ok_and(|what| what == GENERATOR) {
        return Ok(tool);
    }
    process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
    process::run(Command::new(venv.join("bin/pip")).args(["install", "--quiet", GENERATOR]))?;
    // Last: what was interrupted is done anew.
    fs::write(noted, GENERATOR)?;
    Ok(tool)
}

/// The sample's plan.
fn plan(program: &Path, data: &Path) -> anyhow::Result<String> {
    let lines = printed(program, &["plans"], data)?;
    let first = lines.split_whitespace().next();
    first.map(str::to_owned).context("the sample has a plan")
}
