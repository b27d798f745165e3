//! `interlock token create NAME --as EMAIL`: an API token.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use hyper::Method;

use super::{Workspace, find_existing, print_lines};
use crate::routes::{OneLine, TokenRequest, create_token};

/// Asks the running server, or writes into the journal where none runs.
pub(super) async fn run(data: &Path, name: String, email: String) -> Result<ExitCode> {
    let line = match find_existing(data).await? {
        Workspace::Running(server) => {
            let answer: OneLine = server
                .ask(Method::POST, "/control/token", &TokenRequest { name, email })
                .await?;
            answer.line
        }
        Workspace::Here(directory) => create_token(&directory, name, email).await?,
    };
    print_lines([line])
}
