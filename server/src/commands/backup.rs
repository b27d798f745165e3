//! `interlock backup`: a copy of the journal, checked.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use super::verify;
use crate::backup;

/// Copies, and prints the summary of the copy, as `interlock verify` does.
pub(super) fn run(data: &Path, to: &Path) -> Result<ExitCode> {
    verify::show(&backup::copy(data, to)?)
}
