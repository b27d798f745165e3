//! The web application: Rust compiled to wasm, bound to JavaScript, hashed names, compressed, in dist/.
//!
//! dist/index.html names everything else; all of the rest is under dist/assets with its content's hash in its name, so
//! that a browser may keep it for ever. Beside each file that gains from it lie `.br` and `.gz`. Work whose inputs have
//! not changed is skipped, and dist is not touched then: the server embeds it and would be built again.

mod bind;
mod compress;
mod loader;
mod merge;
mod names;
mod pages;
mod sizes;
mod split;
mod stamp;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

pub(crate) use sizes::Sizes;

use crate::paths;

/// How the client is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// Small: what is shipped and tested.
    Release,
    /// Quick to compile, with names in stack traces; compressed lightly.
    Dev,
}

/// Files of dist by their path in it.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// Makes dist/ what the sources say, and measures it.
pub(crate) fn build(variant: Variant) -> anyhow::Result<Sizes> {
    let compiled = bind::compile(variant)?;
    let sources = pages::read_sources(&paths::assets())?;
    let stamp = stamp::Stamp::of(variant, &compiled, &sources)?;
    let dist = paths::dist();
    if !stamp.is_current(&dist) {
        eprintln!("web: packing");
        stamp::Stamp::forget()?;
        let files = pages::assemble(bind::bind(&compiled, variant)?, sources)?;
        write_all(&dist, &compress::with_compressed(files, variant))?;
        stamp.remember(&dist)?;
    }
    Sizes::measure(&dist)
}

/// An empty folder for one step's files, inside the target folder.
fn fresh_folder(step: &str) -> anyhow::Result<PathBuf> {
    let folder = paths::target().join("xtask-web").join(step);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// Every file below a folder, in order.
fn files_under(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(files_under(&entry.path())?);
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Replaces the folder's content by these files.
fn write_all(dist: &Path, files: &Files) -> anyhow::Result<()> {
    if dist.exists() {
        fs::remove_dir_all(dist).context("cannot clear dist")?;
    }
    for (name, bytes) in files {
        let path = dist.join(name);
        let folder = path.parent().context("a file of dist has a folder")?;
        fs::create_dir_all(folder)?;
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
