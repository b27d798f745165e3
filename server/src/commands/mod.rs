//! The command line: one file for each command.

mod backup;
mod dump;
mod failure;
mod link;
mod plans;
mod serve;
mod token;
mod verify;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand};
use domain::PlanId;
use journal::{OpenError, Options, SegmentJournal};

use crate::app::journal_dir;
use crate::clock::Clock;
use crate::config::ServeArgs;
use crate::control::{self, Running};
use crate::directory::Directory;

pub use failure::report;
pub use serve::run as serve;

/// Interlock: a self-hosted workspace for account planning.
#[derive(Debug, Parser)]
#[command(name = "interlock", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server.
    Serve(Box<ServeArgs>),
    /// Print a one-time sign-in address for a person, who is added if new.
    Link {
        /// The person's e-mail address.
        email: String,
        /// Which data folder.
        #[command(flatten)]
        data: DataArgs,
    },
    /// API tokens.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Check every record and every chain of the journal, server running or not: a JSON summary, exit code 1 when it is
    /// damaged.
    Verify {
        /// Which data folder.
        #[command(flatten)]
        data: DataArgs,
    },
    /// Copy the journal and the settings into a new folder, server running or not, and check the copy: a JSON summary as
    /// of verify.
    Backup {
        /// The new folder.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// Which data folder.
        #[command(flatten)]
        data: DataArgs,
    },
    /// Print every entry as a JSON line, server running or not.
    Dump {
        /// Only this plan's.
        #[arg(long, value_name = "ID")]
        plan: Option<PlanId>,
        /// Which data folder.
        #[command(flatten)]
        data: DataArgs,
    },
    /// List the plans with their ids.
    Plans {
        /// As JSON.
        #[arg(long)]
        json: bool,
        /// Which data folder.
        #[command(flatten)]
        data: DataArgs,
    },
}

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Print a new API token (Authorization: Bearer ...).
    Create {
        /// What it is for.
        name: String,
        /// The e-mail address of the person it acts for.
        #[arg(long = "as", value_name = "EMAIL")]
        email: String,
        /// Which data folder.
        #[command(flatten)]
        data: DataArgs,
    },
}

/// Which data folder.
#[derive(Debug, Args)]
pub struct DataArgs {
    /// The data folder.
    #[arg(long, env = "INTERLOCK_DATA", value_name = "DIR")]
    pub data: PathBuf,
}

/// Does what the command line says.
pub fn run(cli: Cli) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve(args) => serve::run(*args).await,
            Command::Link { email, data } => link::run(&data.data, email).await,
            Command::Token(TokenCommand::Create { name, email, data }) => token::run(&data.data, name, email).await,
            Command::Verify { data } => verify::run(&data.data),
            Command::Backup { to, data } => backup::run(&data.data, &to),
            Command::Dump { plan, data } => dump::run(&data.data, plan),
            Command::Plans { json, data } => plans::run(&data.data, json).await,
        }
    })
}

/// Where a command finds the workspace.
enum Workspace {
    /// In the server that runs on the folder.
    Running(Running),
    /// In the folder itself: no server runs on it.
    Here(Directory),
}

/// Finds the workspace of a data folder. The journal's lock tells whether a server runs; what the control file of a
/// server that was killed says may be somebody else's address by now.
async fn find(data: &Path) -> Result<Workspace> {
    match SegmentJournal::open(&journal_dir(data), Options::default()) {
        Ok(journal) => {
            let directory = Directory::open(Arc::new(journal), Clock::System).await?;
            Ok(Workspace::Here(directory))
        }
        Err(error @ OpenError::Locked { .. }) => match control::find(data).await {
            Some(server) => Ok(Workspace::Running(server)),
            None => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// Finds the workspace of a data folder that must be there: a name that is mistyped makes no new one.
async fn find_existing(data: &Path) -> Result<Workspace> {
    let there = journal_dir(data).try_exists();
    if !there.with_context(|| format!("cannot look into {}", data.display()))? {
        bail!("there is no journal in {}: is this the data folder?", data.display());
    }
    find(data).await
}

/// Prints lines for whoever reads them; a reader that has seen enough is no error.
fn print_lines(lines: impl IntoIterator<Item = String>) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    for line in lines {
        match writeln!(out, "{line}") {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(ExitCode::SUCCESS)
}
