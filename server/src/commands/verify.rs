//! `interlock verify`: every record and every chain of the journal, and whether it continues what was signed.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use journal::{OpenError, Summary};
use serde_json::{Value, json};

use crate::app::journal_dir;
use crate::checkpoints::{PublicKey, proof};

/// Prints a JSON summary; exit code 1 when the journal is damaged, cannot be read, or is not the signed one.
pub(super) fn run(data: &Path, key: Option<&PublicKey>, published: Option<&Path>) -> Result<ExitCode> {
    let error = match (journal::verify(&journal_dir(data)), key) {
        (Ok(summary), None) => return show(&summary),
        (Ok(summary), Some(key)) => return prove(data, &summary, key, published),
        (Err(error), _) => error,
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

/// Prints what a journal holds, and whether it continues what was signed.
fn prove(data: &Path, summary: &Summary, key: &PublicKey, published: Option<&Path>) -> Result<ExitCode> {
    let mut shown = serde_json::to_value(summary)?;
    let ok = match proof::prove(data, key, published) {
        Ok(proof) => {
            shown["checkpoints"] = serde_json::to_value(&proof)?;
            proof.ok
        }
        Err(error) => {
            shown["error"] = json!(error.to_string());
            false
        }
    };
    shown["ok"] = json!(ok);
    say(&shown)?;
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A reader that has gone away, such as `head`, is an error and no panic.
fn say(shown: &Value) -> io::Result<()> {
    writeln!(io::stdout(), "{shown}")
}
