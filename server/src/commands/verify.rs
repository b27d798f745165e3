//! `interlock verify`: every record and every chain of the journal.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use journal::{OpenError, Summary};
use serde_json::{Value, json};

use crate::app::journal_dir;

/// Prints a JSON summary; exit code 1 when the journal is damaged or cannot be read.
pub(super) fn run(data: &Path) -> Result<ExitCode> {
    let error = match journal::verify(&journal_dir(data)) {
        Ok(summary) => return show(&summary),
        Err(error) => error,
    };
    let mut shown = json!({ "ok": false, "error": error.to_string() });
    if let OpenError::Damaged(damage) = &error {
        shown["file"] = json!(damage.file);
        shown["offset"] = json!(damage.offset);
    }
    say(&shown)?;
    Ok(ExitCode::FAILURE)
}

/// Prints what a journal holds.
pub(super) fn show(summary: &Summary) -> Result<ExitCode> {
    let mut shown = serde_json::to_value(summary)?;
    shown["ok"] = json!(true);
    say(&shown)?;
    Ok(ExitCode::SUCCESS)
}

/// A reader that has gone away, such as `head`, is an error and no panic.
fn say(shown: &Value) -> io::Result<()> {
    writeln!(io::stdout(), "{shown}")
}
