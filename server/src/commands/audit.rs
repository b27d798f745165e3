//! `interlock audit`: who did what, from the journal's files.

use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use super::dump::is_broken_pipe;
use super::must_exist;
use crate::app::journal_dir;
use crate::audit::Auditor;
pub(super) use crate::audit::{Format, Only, Scope};

/// Prints the audit of a plan, or of the workspace, in the order in which it was committed. It reads the files only: a
/// server may be running.
pub(super) fn run(data: &Path, scope: Scope, only: Only, format: Format) -> Result<ExitCode> {
    must_exist(data)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut auditor = Auditor::new(scope, only);
    let mut failed: Option<anyhow::Error> = None;
    write!(out, "{}", format.head())?;
    journal::dump(&journal_dir(data), None, |record| {
        if !auditor.reads(record.stream) {
            return ControlFlow::Continue(());
        }
        let lines = auditor.take(&record).map_err(anyhow::Error::from);
        let written = lines.and_then(|lines| {
            for line in &lines {
                out.write_all(format.write(line).as_bytes())?;
            }
            Ok(())
        });
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    match failed.map_or_else(|| out.flush().map_err(anyhow::Error::from), Err) {
        // Whoever read the lines has seen enough.
        Err(error) if !is_broken_pipe(&error) => Err(error),
        Ok(()) | Err(_) => Ok(ExitCode::SUCCESS),
    }
}
