//! `cargo xtask serve`: build everything, start the server with a sample plan, say where and how to sign in.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::commands::{build, setup};
use crate::web::{self, Variant};
use crate::{paths, process};

/// The sample's administrator.
const ADMINISTRATOR: &str = "admin@example.com";

/// What the server prints before its address, once it takes connections.
const LISTENING: &str = "listening on ";

/// Where the server keeps its data and where it listens.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The data folder.
    #[arg(long, value_name = "DIR", default_value_os_t = paths::root().join("data"))]
    data: PathBuf,
    /// The address to listen on.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: String,
    /// Compile fast instead of small, for work on the code.
    #[arg(long)]
    dev: bool,
}

/// Runs until the server ends; Ctrl+C and a termination signal are passed on to it.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let program = build_server(options.dev)?;
    let mut server = start(&program, options)?;
    pass_signals_on(&server)?;
    let result = follow(&program, options, &mut server);
    if result.is_err() {
        let _ = server.kill(); // it may have ended by itself, which is what the error is about
    }
    let status = server.wait()?;
    result?;
    if !status.success() {
        bail!("the server ended with {status}");
    }
    Ok(())
}

fn build_server(dev: bool) -> anyhow::Result<PathBuf> {
    if !dev {
        build::run()?;
        return Ok(paths::binary("release", "interlock"));
    }
    setup::wasm_target()?;
    web::build(Variant::Dev)?;
    process::run(&mut process::cargo(["build", "-p", "interlock"]))?;
    Ok(paths::binary("debug", "interlock"))
}

fn start(program: &PathBuf, options: &Options) -> anyhow::Result<Child> {
    let mut command = Command::new(program);
    command
        .arg("serve")
        .arg("--data")
        .arg(&options.data)
        .args(["--listen", &options.listen, "--sample"]);
    // In a group of its own, so that Ctrl+C reaches it once: through this process.
    command.stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0);
    command
        .spawn()
        .with_context(|| format!("could not start {}", program.display()))
}

/// What asks this process to end asks the server instead; this process ends when the server has.
fn pass_signals_on(server: &Child) -> anyhow::Result<()> {
    let pid = Pid::from_child(server);
    ctrlc::set_handler(move || {
        let _ = kill_process(pid, Signal::TERM); // an error means that it has ended already
    })
    .context("cannot listen for signals")
}

/// Passes the server's lines on; after the one with its address, prints the sign-in link.
fn follow(program: &PathBuf, options: &Options, server: &mut Child) -> anyhow::Result<()> {
    let output: ChildStdout = server.stdout.take().context("the server's output is a pipe")?;
    let mut is_listening = false;
    for line in BufReader::new(output).lines() {
        let line = line?;
        println!("{line}");
        if line.starts_with(LISTENING) && !is_listening {
            is_listening = true;
            print_link(program, options)?;
        }
    }
    if !is_listening {
        bail!("the server ended before it said `{LISTENING}...`");
    }
    Ok(())
}

fn print_link(program: &PathBuf, options: &Options) -> anyhow::Result<()> {
    let output = Command::new(program)
        .args(["link", ADMINISTRATOR, "--data"])
        .arg(&options.data)
        .output()?;
    if !output.status.success() {
        bail!("no sign-in link: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let link = String::from_utf8_lossy(&output.stdout);
    println!("sign in as {ADMINISTRATOR} (works once): {}", link.trim());
    println!("Ctrl+C stops the server; the data stays in {}", options.data.display());
    Ok(())
}
