//! Whether dist is already what these inputs give.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::{Files, Variant};
use crate::paths;

/// A hash over everything that dist is made from, this program included.
pub(super) struct Stamp {
    inputs: blake3::Hash,
}

impl Stamp {
    /// The stamp of these inputs.
    pub(super) fn of(variant: Variant, compiled: &Path, sources: &Files) -> anyhow::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        hasher.update(if variant == Variant::Release {
            b"release"
        } else {
            b"dev"
        });
        hash_part(
            &mut hasher,
            &fs::read(compiled).with_context(|| format!("no {}", compiled.display()))?,
        );
        hash_part(&mut hasher, &fs::read(std::env::current_exe()?)?);
        for (name, bytes) in sources {
            hash_part(&mut hasher, name.as_bytes());
            hash_part(&mut hasher, bytes);
        }
        Ok(Self {
            inputs: hasher.finalize(),
        })
    }

    /// Whether dist was made from these inputs and nobody has changed it since.
    pub(super) fn is_current(&self, dist: &Path) -> bool {
        let Ok(known) = fs::read_to_string(file()) else {
            return false;
        };
        self.text(dist).is_ok_and(|text| text == known)
    }

    /// To be called before dist is touched: a build that is broken off must not look like a finished one.
    pub(super) fn forget() -> anyhow::Result<()> {
        match fs::remove_file(file()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// To be called when dist is complete.
    pub(super) fn remember(&self, dist: &Path) -> anyhow::Result<()> {
        fs::write(file(), self.text(dist)?).context("cannot write the stamp of dist")
    }

    /// The inputs' hash, and the files that are there now with their sizes.
    fn text(&self, dist: &Path) -> anyhow::Result<String> {
        let mut lines = Vec::new();
        for path in super::files_under(dist)? {
            lines.push(format!("{} {}", path.display(), fs::metadata(&path)?.len()));
        }
        Ok(format!("{}\n{}\n", self.inputs.to_hex(), lines.join("\n")))
    }
}

fn hash_part(hasher: &mut blake3::Hasher, part: &[u8]) {
    // The length in front, so that two parts cannot pass for two others.
    hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
}

fn file() -> PathBuf {
    paths::target().join("dist.stamp")
}
