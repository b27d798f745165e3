//! What a crash leaves of a disk whose last writes were not synced; and what is wrong with it while it runs.

use std::io::ErrorKind;

use journal::testing::MemoryDisk;
use rand::{Rng, RngExt};

/// A disk writes a sector whole or not at all.
const SECTOR_BYTES: usize = 512;

/// Some sectors as they were before the last writes, some as they are after: any order, any part.
pub(crate) fn mixed(before: &MemoryDisk, after: &MemoryDisk, rng: &mut impl Rng) -> MemoryDisk {
    use journal::Disk;
    let names = |disk: &MemoryDisk| disk.list().expect("memory can be listed");
    let image = after.copy();
    if names(before) != names(after) {
        // A segment was made in between, which is synced with its name before anything is written into it.
        return image;
    }
    for name in names(after) {
        let (Some(old), Some(mut bytes)) = (before.bytes(&name), after.bytes(&name)) else {
            continue;
        };
        for (new, old) in bytes.chunks_mut(SECTOR_BYTES).zip(old.chunks(SECTOR_BYTES)) {
            if new != old && rng.random_bool(0.5) {
                new.copy_from_slice(old);
            }
        }
        image.put(&name, bytes);
    }
    image
}

/// What is wrong with the disk.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sick {
    pub(crate) sync_fails: bool,
    /// No space for new files.
    pub(crate) full: bool,
    /// None for writes into files either.
    pub(crate) full_everywhere: bool,
}

impl Sick {
    /// Whether anything is.
    pub(crate) const fn any(self) -> bool {
        self.sync_fails || self.full
    }

    /// Makes a disk so.
    pub(crate) fn apply(self, disk: &MemoryDisk) {
        disk.set_faults(|faults| {
            faults.sync_fails = self.sync_fails;
            faults.full = self.full;
            faults.write_fails = (self.full && self.full_everywhere).then_some(ErrorKind::StorageFull);
        });
    }
}
