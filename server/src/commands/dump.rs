//! `interlock dump`: every entry as a JSON line, with what it did.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use domain::PlanId;
use journal::{Record, StreamId};
use protocol::Body;
use serde_json::{Value, json};

use crate::app::journal_dir;
use crate::refold::{FoldError, Refold, entry};

/// Prints the entries of a plan, or of everything, in the order in which they were committed. It reads the files only:
/// a server may be running.
pub(super) fn run(data: &Path, plan: Option<PlanId>) -> Result<ExitCode> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut folds: BTreeMap<StreamId, Refold> = BTreeMap::new();
    let mut failed: Option<anyhow::Error> = None;
    journal::dump(&journal_dir(data), plan.map(StreamId::from), |record| {
        let printed = line(&mut folds, &record).map_err(anyhow::Error::from).and_then(|line| {
            writeln!(out, "{line}")?;
            Ok(())
        });
        match printed {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    match failed {
        None => {}
        // Whoever read the lines has seen enough.
        Some(error) if is_broken_pipe(&error) => return Ok(ExitCode::SUCCESS),
        Some(error) => {
            out.flush()?;
            bail!(error);
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Whether whoever read what was printed has gone.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn line(folds: &mut BTreeMap<StreamId, Refold>, record: &Record) -> Result<Value, FoldError> {
    let entry = entry(record)?;
    let mut line = json!({
        "stream": if record.stream == StreamId::WORKSPACE { "workspace".to_owned() } else { record.stream.to_string() },
        "seq": record.seq,
        "at": record.at,
        "author": entry.author,
        "epoch": entry.epoch,
        "chain": record.chain.to_string(),
    });
    match entry.body {
        Body::Change { hash, base, bytes } => {
            line["kind"] = json!("change");
            line["plan"] = json!(record.stream.to_string());
            line["hash"] = json!(hash.to_string());
            line["base"] = json!(base);
            line["bytes"] = json!(bytes.len());
            let facts = folds.entry(record.stream).or_default().take(record)?;
            line["facts"] = json!(facts);
        }
        Body::Workspace(event) => {
            line["kind"] = json!("workspace");
            line["hash"] = json!(record.key.to_string());
            line["event"] = json!(event);
        }
    }
    Ok(line)
}
