//! `interlock backup`: a copy of the journal, checked.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use super::verify;
use crate::backup;

/// Copies, then checks every record of the copy and prints the summary, as `interlock verify` does.
pub(super) fn run(data: &Path, to: &Path) -> Result<ExitCode> {
    backup::copy(data, to)?;
    verify::run(to)
}
