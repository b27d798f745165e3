//! `interlock token create NAME --as EMAIL`: an API token.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use hyper::Method;

use super::{open_directory, print_lines};
use crate::control;
use crate::routes::{OneLine, TokenRequest, create_token};

/// Asks the running server, or writes into the journal where none runs.
pub(super) async fn run(data: &Path, name: String, email: String) -> Result<ExitCode> {
    let line = match control::find(data).await {
        Some(server) => {
            let answer: OneLine = server
                .ask(Method::POST, "/control/token", &TokenRequest { name, email })
                .await?;
            answer.line
        }
        None => create_token(&open_directory(data).await?, name, email).await?,
    };
    print_lines([line])
}
