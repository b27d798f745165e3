//! From the client crate to wasm and the script that loads it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use wasm_bindgen_cli_support::Bindgen;

use super::{Files, Variant, files_under, split};
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

/// Makes `client.wasm`, `client.js`, the snippets that the script imports, and the parts that load later.
///
/// They name each other by relative paths, so they stay together in one folder.
pub(super) fn bind(compiled: &Path, variant: Variant) -> anyhow::Result<Files> {
    let mut files = Files::new();
    let main = split::split(&fs::read(compiled).context("no compiled client")?, variant, &mut files)?;
    let mut output = Bindgen::new()
        .input_bytes("client", main)
        .out_name("client")
        .web(true)?
        .typescript(false)
        // The start script passes the hashed address; a fixed default would name a file that is not there.
        .omit_default_module_path(true)
        .remove_name_section(variant == Variant::Release)
        .remove_producers_section(true)
        // The parts that load later share the table and the memory.
        .keep_lld_exports(true)
        .generate_output()
        .map_err(|error| anyhow!("wasm-bindgen: {error:#}"))?;

    // A fresh folder: what an earlier version of a dependency left must not be shipped.
    let folder = super::fresh_folder("bound")?;
    output
        .emit(&folder)
        .map_err(|error| anyhow!("wasm-bindgen: {error:#}"))?;

    files.insert(
        "client.wasm".to_owned(),
        fs::read(folder.join("client_bg.wasm")).context("no wasm file")?,
    );
    files.insert(
        "client.js".to_owned(),
        fs::read(folder.join("client.js")).context("no script")?,
    );
    let snippets = folder.join("snippets");
    for path in if snippets.exists() {
        files_under(&snippets)?
    } else {
        Vec::new()
    } {
        let name = path.strip_prefix(&folder)?.to_string_lossy().into_owned();
        files.insert(name, fs::read(&path)?);
    }
    Ok(files)
}
