//! `interlock checkpoint` and `interlock public-key`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use hyper::Method;
use journal::{OpenError, Options, SegmentJournal};

use super::{must_exist, print_lines};
use crate::app::journal_dir;
use crate::checkpoints::{Checkpoints, SigningKey, checkpoints_dir};
use crate::clock::Clock;
use crate::control;
use crate::routes::{OneLine, last_checkpoint};

/// Asks the running server, or signs where none runs; prints the last checkpoint.
pub(super) async fn run(data: &Path) -> Result<ExitCode> {
    must_exist(data)?;
    let line = match SegmentJournal::open(&journal_dir(data), Options::default()) {
        Ok(journal) => last_checkpoint(&Checkpoints::new(data, Arc::new(journal), Clock::System)).await?,
        Err(error @ OpenError::Locked { .. }) => match control::find(data).await {
            Some(server) => {
                let answer: OneLine = server.ask(Method::POST, "/control/checkpoint", &()).await?;
                answer.line
            }
            None => return Err(error.into()),
        },
        Err(error) => return Err(error.into()),
    };
    print_lines([line])
}

/// Prints the public key.
pub(super) fn public_key(data: &Path) -> Result<ExitCode> {
    must_exist(data)?;
    let key = SigningKey::of_folder(&checkpoints_dir(data))?;
    print_lines([key.public().to_string()])
}
