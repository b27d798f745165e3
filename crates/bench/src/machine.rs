//! What the figures were taken on: processor, kernel, the file system under a folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::figures::Figures;

/// Says what the machine is, as the first line of a benchmark. `folder`: where its files are.
pub(crate) fn describe(figures: &mut Figures, folder: Option<&Path>) -> anyhow::Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut about = json!({ "processor": processor(), "kernel": kernel() });
    if let (Some(about), Some(folder)) = (about.as_object_mut(), folder) {
        about.insert("file_system".to_owned(), Value::String(file_system(folder)));
    }
    let cores = u32::try_from(cores).unwrap_or(u32::MAX);
    figures.put_with("machine", f64::from(cores), "cores", about)
}

/// The kind of file system that a folder is on, such as `ext4`; `unknown` where the system does not say.
pub(crate) fn file_system(folder: &Path) -> String {
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mut best: Option<(&str, &str)> = None;
    for line in mounts.lines() {
        let mut words = line.split(' ').skip(1);
        let (Some(at), Some(kind)) = (words.next(), words.next()) else {
            continue;
        };
        // The longest mount point that leads to the folder; of equal ones the last, which lies over the others.
        if folder.starts_with(at) && best.is_none_or(|(longest, _)| at.len() >= longest.len()) {
            best = Some((at, kind));
        }
    }
    best.map_or_else(|| "unknown".to_owned(), |(_, kind)| kind.to_owned())
}

/// A folder for a benchmark's files, which goes with it. Not in the system's folder for temporary files: that is often
/// memory, and what is measured is a disk.
pub(crate) fn folder(parent: Option<&Path>) -> anyhow::Result<tempfile::TempDir> {
    let parent = match parent {
        Some(parent) => parent.to_owned(),
        None => beside_the_program()?.join("bench-data"),
    };
    fs::create_dir_all(&parent).with_context(|| format!("cannot make {}", parent.display()))?;
    let folder = tempfile::Builder::new().prefix("run-").tempdir_in(&parent);
    folder.with_context(|| format!("cannot make a folder in {}", parent.display()))
}

/// The folder with this program, where the others of the same build are.
pub(crate) fn beside_the_program() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("cannot tell where this program is")?;
    let folder = program.parent().context("a program is in a folder")?;
    Ok(folder.to_owned())
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name"));
    let name = name.map(|rest| rest.trim_start_matches([' ', '\t', ':']).to_owned());
    name.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

fn kernel() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease");
    release.map_or_else(|_| "unknown".to_owned(), |release| release.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn the_file_system_of_a_folder_is_named() {
        assert_eq!(file_system(Path::new("/proc")), "proc");
        assert_ne!(file_system(Path::new("/")), "unknown");
    }
}
