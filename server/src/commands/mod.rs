//! The command line: one file for each command.

mod audit;
mod backup;
mod checkpoint;
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
use domain::{PersonId, PlanId};
use journal::{OpenError, Options, SegmentJournal};

use crate::app::journal_dir;
use crate::checkpoints::PublicKey;
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
        /// Check also that the journal continues what this key has signed, as interlock public-key printed it.
        #[arg(long, value_name = "KEY")]
        public_key: Option<PublicKey>,
        /// Checkpoints that were published, a JSON line each: the past must be theirs too.
        #[arg(long, value_name = "FILE", requires = "public_key")]
        checkpoints: Option<PathBuf>,
        /// Which data folder.
        #[command(flatten)]
        data: DataArgs,
    },
    /// Print who did what, server running or not: in a plan, or in the workspace.
    Audit {
        /// This plan's, with every change of its content.
        #[arg(long, value_name = "ID")]
        plan: Option<PlanId>,
        /// How.
        #[arg(long, value_name = "FORMAT", default_value = "jsonl")]
        format: audit::Format,
        /// Only what this person did, and what was done about them.
        #[arg(long, value_name = "ID")]
        person: Option<PersonId>,
        /// Only what is of this kind, such as exported or role_given.
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
        /// Which data folder.
        #[command(flatten)]
        data: DataArgs,
    },
    /// Sign what has happened since the last checkpoint, server running or not, and print the last checkpoint as a JSON
    /// line.
    Checkpoint {
        /// Which data folder.
        #[command(flatten)]
        data: DataArgs,
    },
    /// Print the public key that checkpoints are checked with; the key is made if there is none.
    PublicKey {
        /// Which data folder.
        #[command(flatten)]
        data: DataArgs,
    },
    /// Copy the journal and the settings into a new folder, server running or not, and check the copy: a JSON summary as
    /// of verify. The keys of contacts are not in it: without them, what is personal about contacts cannot be read.
    Backup {
        /// The new folder.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// Another new folder, for the keys of contacts: keep it apart from the copy and for a short time, because who has
        /// both reads what was erased since.
        #[arg(long, value_name = "DIR")]
        keys: Option<PathBuf>,
        /// Another new folder, for the webhooks' secrets and how far each was told: keep it as you keep the keys, because who
        /// has it signs requests in this server's name.
        #[arg(long, value_name = "DIR")]
        webhooks: Option<PathBuf>,
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
            Command::Verify {
                public_key,
                checkpoints,
                data,
            } => verify::run(&data.data, public_key.as_ref(), checkpoints.as_deref()),
            Command::Audit {
                plan,
                format,
                person,
                kind,
                data,
            } => {
                let scope = plan.map_or(audit::Scope::Workspace, audit::Scope::Plan);
                let only = audit::Only {
                    person,
                    kind,
                    ..audit::Only::default()
                };
                audit::run(&data.data, scope, only, format)
            }
            Command::Checkpoint { data } => checkpoint::run(&data.data).await,
            Command::PublicKey { data } => checkpoint::public_key(&data.data),
            Command::Backup {
                to,
                keys,
                webhooks,
                data,
            } => backup::run(&data.data, &to, keys.as_deref(), webhooks.as_deref()),
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

/// Finds the workspace of a data folder that must be there.
async fn find_existing(data: &Path) -> Result<Workspace> {
    must_exist(data)?;
    find(data).await
}

/// A name that is mistyped makes nothing new.
fn must_exist(data: &Path) -> Result<()> {
    let there = journal_dir(data).try_exists();
    if !there.with_context(|| format!("cannot look into {}", data.display()))? {
        bail!("there is no journal in {}: is this the data folder?", data.display());
    }
    Ok(())
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
