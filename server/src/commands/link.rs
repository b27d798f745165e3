//! `interlock link EMAIL`: a one-time sign-in address.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use hyper::Method;

use super::{Workspace, find, print_lines};
use crate::app::make_data_folder;
use crate::clock::Clock;
use crate::config::{Config, ServeArgs};
use crate::directory::Directory;
use crate::routes::{LinkRequest, OneLine, issue_link};

/// Asks the running server, or writes into the journal where none runs.
pub(super) async fn run(data: &Path, email: String) -> Result<ExitCode> {
    // The first person may come before the first start.
    let is_new = !data.join("journal").exists();
    make_data_folder(data)?;
    let line = match find(data).await? {
        Workspace::Running(server) => {
            let answer: OneLine = server
                .ask(Method::POST, "/control/link", &LinkRequest { email })
                .await?;
            answer.line
        }
        Workspace::Here(directory) => offline(data, &directory, email).await?,
    };
    if is_new {
        // Perhaps the folder's name is misspelled: only a person can know.
        eprintln!(
            "interlock: there was no workspace in {}: a new one was made",
            data.display()
        );
    }
    print_lines([line])
}

async fn offline(data: &Path, directory: &Directory, email: String) -> Result<String> {
    let args = ServeArgs {
        data: Some(data.to_owned()),
        ..ServeArgs::default()
    };
    let config = Config::resolve(args)?;
    let address = config.public_url.unwrap_or_else(|| format!("http://{}", config.listen));
    Ok(issue_link(directory, &Clock::System, &address, email).await?)
}
