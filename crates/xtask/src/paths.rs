//! Where things are in the repository.

use std::path::{Path, PathBuf};

/// The repository's root. Known at compile time: xtask is never installed, only run in place.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("crates/xtask is two folders below the root")
}

/// Cargo's target folder, which the environment may have moved.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |moved| root().join(moved))
}

/// The web application as it is served, and as the server embeds it.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// The source files of the page that are not Rust: style, icon, font, start script.
pub(crate) fn assets() -> PathBuf {
    root().join("client-wasm").join("assets")
}

/// A binary that cargo has built; `profile` is the folder's name (`debug`, `release`).
pub(crate) fn binary(profile: &str, name: &str) -> PathBuf {
    target()
        .join(profile)
        .join(name)
        .with_extension(std::env::consts::EXE_EXTENSION)
}
