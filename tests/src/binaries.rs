//! Where the programs under test are.

use std::path::{Path, PathBuf};

/// The folder with `interlock` and `interlock-bench`, when it is not the target folder's `debug`.
const FOLDER: &str = "INTERLOCK_BIN_DIR";

/// Set for a long run: more cycles, more seeds.
const LONG: &str = "INTERLOCK_LONG";

/// The path of a program that cargo has built.
///
/// # Panics
/// When it is not there: a test that silently does without it would be worth nothing.
pub fn binary(name: &str) -> PathBuf {
    let folder = std::env::var_os(FOLDER).map_or_else(|| target().join("debug"), PathBuf::from);
    let path = folder.join(name);
    assert!(
        path.is_file(),
        "{} is not there: `cargo xtask test` builds it, or set {FOLDER}",
        path.display()
    );
    path
}

/// Cargo's target folder.
pub fn target() -> PathBuf {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |moved| root.join(moved))
}

/// Whether this is a long run.
pub fn is_long() -> bool {
    std::env::var_os(LONG).is_some_and(|value| value == "1")
}
