//! `interlock verify`: every record and every chain of the journal.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use journal::OpenError;
use serde_json::{Value, json};

use crate::app::journal_dir;

/// Prints a JSON summary; exit code 1 when the journal is damaged or cannot be read.
pub(super) fn run(data: &Path) -> Result<ExitCode> {
    match journal::verify(&journal_dir(data)) {
        Ok(summary) => {
            let mut shown = serde_json::to_value(&summary)?;
            shown["ok"] = json!(true);
            say(&shown)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            let mut shown = json!({ "ok": false, "error": error.to_string() });
            if let OpenError::Damaged(damage) = &error {
                shown["file"] = json!(damage.file);
                shown["offset"] = json!(damage.offset);
            }
            say(&shown)?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// A reader that has gone away, such as `head`, is an error and no panic.
fn say(shown: &Value) -> io::Result<()> {
    writeln!(io::stdout(), "{shown}")
}
