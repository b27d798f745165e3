//! `interlock link EMAIL`: a one-time sign-in address.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use hyper::Method;

use super::{open_directory, print_lines};
use crate::clock::Clock;
use crate::config::{Config, ServeArgs};
use crate::control;
use crate::routes::{LinkRequest, OneLine, issue_link};

/// Asks the running server, or writes into the journal where none runs.
pub(super) async fn run(data: &Path, email: String) -> Result<ExitCode> {
    let line = match control::find(data).await {
        Some(server) => {
            let answer: OneLine = server
                .ask(Method::POST, "/control/link", &LinkRequest { email })
                .await?;
            answer.line
        }
        None => offline(data, email).await?,
    };
    print_lines([line])
}

async fn offline(data: &Path, email: String) -> Result<String> {
    let args = ServeArgs {
        data: Some(data.to_owned()),
        ..ServeArgs::default()
    };
    let config = Config::resolve(args)?;
    let address = config.public_url.unwrap_or_else(|| format!("http://{}", config.listen));
    let directory = open_directory(data).await?;
    Ok(issue_link(&directory, &Clock::System, &address, email).await?)
}
