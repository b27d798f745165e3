//! The files of the repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Folders with files that others have made and that stay as they came.
const FOREIGN: [&str; 1] = ["tests/vendor/"];

/// One text file of our own.
pub(crate) struct Source {
    /// Its path in the repository.
    pub(crate) path: String,
    /// Its content.
    pub(crate) text: String,
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All files of ours with one of these extensions that git knows, or would know.
pub(crate) fn with_extension(extensions: &[&str]) -> Vec<Source> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    assert!(output.status.success(), "git ls-files failed");
    let list = String::from_utf8(output.stdout).expect("paths are text");
    let sources: Vec<Source> = list
        .split('\0')
        .filter(|path| !FOREIGN.iter().any(|folder| path.starts_with(folder)))
        .filter(|path| {
            Path::new(path)
                .extension()
                .is_some_and(|extension| extensions.iter().any(|one| extension == *one))
        })
        .filter_map(|path| {
            let text = fs::read_to_string(root().join(path)).ok()?; // removed, but not yet for git
            Some(Source {
                path: path.to_owned(),
                text,
            })
        })
        .collect();
    assert!(!sources.is_empty(), "there are no files with {extensions:?}");
    sources
}

/// Shows everything that breaks a rule, with the rule.
pub(crate) fn report(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}\n{}", broken.join("\n"));
}
