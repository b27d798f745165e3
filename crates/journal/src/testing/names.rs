//! The names in a simulated folder, and which of them survive the power going.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;

use super::chance::{below, chance};

/// Which file a name means.
pub(super) type FileId = usize;

/// The names as they are seen, and as they are on the disk.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    seen: BTreeMap<String, FileId>,
    durable: BTreeMap<String, FileId>,
    /// What was done since the names were durable.
    pending: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Set(String, FileId),
    Rename(String, String, FileId),
    Remove(String),
}

impl Names {
    /// Names that are all on the disk.
    pub(super) fn durable(names: BTreeMap<String, FileId>) -> Self {
        Self {
            seen: names.clone(),
            durable: names,
            pending: Vec::new(),
        }
    }

    pub(super) fn seen(&self) -> &BTreeMap<String, FileId> {
        &self.seen
    }

    pub(super) fn set(&mut self, name: &str, file: FileId) {
        self.change(Change::Set(name.to_owned(), file));
    }

    /// Whether there was such a name.
    pub(super) fn rename(&mut self, from: &str, to: &str) -> bool {
        let Some(file) = self.seen.get(from).copied() else {
            return false;
        };
        self.change(Change::Rename(from.to_owned(), to.to_owned(), file));
        true
    }

    /// Whether there was such a name.
    pub(super) fn remove(&mut self, name: &str) -> bool {
        let known = self.seen.contains_key(name);
        if known {
            self.change(Change::Remove(name.to_owned()));
        }
        known
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.seen);
        self.pending.push(change);
    }

    /// A sync of the folder.
    pub(super) fn sync(&mut self) {
        self.durable.clone_from(&self.seen);
        self.pending.clear();
    }

    /// What is on the disk after the power went: the changes up to one of them, or any of them.
    pub(super) fn image(&self, rng: &mut ChaCha8Rng) -> BTreeMap<String, FileId> {
        let mut names = self.durable.clone();
        let in_order = chance(rng, 0.5);
        let first = below(rng, self.pending.len() + 1);
        for (number, change) in self.pending.iter().enumerate() {
            if if in_order { number < first } else { chance(rng, 0.5) } {
                change.apply(&mut names);
            }
        }
        names
    }
}

impl Change {
    fn apply(&self, names: &mut BTreeMap<String, FileId>) {
        match self {
            Self::Set(name, file) => {
                names.insert(name.clone(), *file);
            }
            Self::Rename(from, to, file) => {
                if names.get(from) == Some(file) {
                    names.remove(from);
                }
                names.insert(to.clone(), *file);
            }
            Self::Remove(name) => {
                names.remove(name);
            }
        }
    }
}
