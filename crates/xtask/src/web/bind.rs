//! From the client crate to wasm and the script that loads it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use wasm_bindgen_cli_support::Bindgen;

use super::{Files, Variant};
use crate::{paths, process};

const TARGET: &str = "wasm32-unknown-unknown";

impl Variant {
    /// Cargo's profile, and the name of the folder that it writes to.
    fn profile(self) -> (&'static str, &'static str) {
        match self {
            Self::Release => ("wasm-release", "wasm-release"),
            Self::Dev => ("dev", "debug"),
        }
    }
}

/// Compiles the client; returns the file that cargo made.
///
/// In the shared target folder: the release profile is the client's own, so its folder, and its lock, are too.
pub(super) fn compile(variant: Variant) -> anyhow::Result<PathBuf> {
    let (profile, folder) = variant.profile();
    process::run(&mut process::cargo([
        "build",
        "-p",
        "client-wasm",
        "--target",
        TARGET,
        "--profile",
        profile,
    ]))?;
    Ok(paths::target().join(TARGET).join(folder).join("client_wasm.wasm"))
}

/// Makes `client.wasm`, `client.js` and the snippets that the script imports.
pub(super) fn bind(compiled: &PathBuf, variant: Variant) -> anyhow::Result<Files> {
    let mut output = Bindgen::new()
        .input_path(compiled)
        .out_name("client")
        .web(true)?
        .typescript(false)
        // The start script passes the hashed address; a fixed default would name a file that is not there.
        .omit_default_module_path(true)
        .remove_name_section(variant == Variant::Release)
        .remove_producers_section(true)
        .generate_output()
        .map_err(|error| anyhow!("wasm-bindgen: {error:#}"))?;

    // A fresh folder: what an earlier version of a dependency left must not be shipped.
    let folder = paths::target().join("xtask-web");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    output
        .emit(&folder)
        .map_err(|error| anyhow!("wasm-bindgen: {error:#}"))?;

    let mut files = BTreeMap::new();
    files.insert(
        "client.wasm".to_owned(),
        fs::read(folder.join("client_bg.wasm")).context("no wasm file")?,
    );
    files.insert(
        "client.js".to_owned(),
        fs::read(folder.join("client.js")).context("no script")?,
    );
    read_snippets(&folder.join("snippets"), "snippets", &mut files)?;
    Ok(files)
}

/// Snippets keep their names: the script imports them by relative paths, which hold their crate's hash already.
fn read_snippets(folder: &std::path::Path, prefix: &str, files: &mut Files) -> anyhow::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read_snippets(&entry.path(), &name, files)?;
        } else {
            files.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(())
}
