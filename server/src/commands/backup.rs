//! `interlock backup`: a copy of the journal, checked.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use super::verify;
use crate::{backup, keys};

/// Copies, and prints the summary of the copy, as `interlock verify` does.
pub(super) fn run(data: &Path, to: &Path, keys: Option<&Path>, webhooks: Option<&Path>) -> Result<ExitCode> {
    let summary = backup::copy(data, to)?;
    // After the journal: every key that the copy needs is there by then.
    if let Some(keys) = keys {
        keys::copy(data, keys).with_context(|| format!("cannot copy the keys to {}", keys.display()))?;
    }
    // After the journal, too: every webhook of the copy has its secret.
    if let Some(webhooks) = webhooks {
        crate::webhooks::copy(data, webhooks)
            .with_context(|| format!("cannot copy the webhooks' secrets to {}", webhooks.display()))?;
    }
    verify::show(&summary)
}
