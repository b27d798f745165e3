//! Disks in memory: [`MemoryDisk`], whose failures a test chooses, and [`SimulatedDisk`], which loses what was not
//! synced, as a seed says.

mod chance;
mod names;
mod ops;
mod platter;
mod simulated;

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use self::simulated::{Image, Lies, SimulatedDisk, Trouble};
use crate::segment::disk::{Access, Disk, DiskFile, DiskLock, LockError};

/// Far longer than any test waits for a sync; only a broken writer takes it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Files in memory. Clones are the same disk. Everything written is there at once, synced or not.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk {
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    files: Mutex<BTreeMap<String, Arc<MemoryFile>>>,
    faults: Arc<Control>,
    locked: Arc<AtomicBool>,
}

/// What the disk shall do wrong.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// Syncing a file fails.
    pub sync_fails: bool,
    /// Syncing a file waits until this is taken back.
    pub sync_waits: bool,
    /// There is no space for new files.
    pub full: bool,
    /// Writing fails with this, after the first half of the bytes.
    pub write_fails: Option<io::ErrorKind>,
    /// Reads and writes do at most so many bytes at once.
    pub at_once_bytes_max: Option<usize>,
}

/// The faults, what was counted, and a bell for both.
#[derive(Debug, Default)]
struct Control {
    state: Mutex<(Faults, Counts)>,
    changed: Condvar,
}

/// What has happened on the disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Syncs of files that were begun.
    pub syncs: u64,
    /// New files that were refused because the disk is full.
    pub refusals: u64,
}

impl Control {
    fn count(&self, count: impl FnOnce(&mut Counts)) -> MutexGuard<'_, (Faults, Counts)> {
        let mut state = lock(&self.state);
        count(&mut state.1);
        self.changed.notify_all();
        state
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MemoryDisk {
    /// Changes what the disk does wrong.
    pub fn set_faults(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut lock(&self.state.faults.state).0);
        self.state.faults.changed.notify_all();
    }

    /// How many syncs of files were begun.
    pub fn syncs(&self) -> u64 {
        lock(&self.state.faults.state).1.syncs
    }

    /// Waits until so much has happened.
    ///
    /// # Panics
    ///
    /// If it does not happen for a long time.
    pub fn wait_for(&self, happened: impl Fn(Counts) -> bool) {
        let control = &self.state.faults;
        let waiting = control
            .changed
            .wait_timeout_while(lock(&control.state), PATIENCE, |state| !happened(state.1));
        let (state, _) = waiting.unwrap_or_else(PoisonError::into_inner);
        assert!(happened(state.1), "only this has happened: {:?}", state.1);
    }

    /// A file's bytes.
    pub fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        Some(lock(&lock(&self.state.files).get(name)?.bytes).clone())
    }

    /// Puts a file there.
    pub fn put(&self, name: &str, bytes: Vec<u8>) {
        lock(&self.state.files).insert(name.to_owned(), self.file(bytes));
    }

    /// A disk of its own with the same files, no faults, and nobody holding it: what a crash leaves.
    #[must_use]
    pub fn copy(&self) -> Self {
        let copy = Self::default();
        for (name, file) in lock(&self.state.files).iter() {
            copy.put(name, lock(&file.bytes).clone());
        }
        copy
    }

    fn file(&self, bytes: Vec<u8>) -> Arc<MemoryFile> {
        Arc::new(MemoryFile {
            bytes: Mutex::new(bytes),
            faults: Arc::clone(&self.state.faults),
        })
    }

    fn faults(&self) -> Faults {
        lock(&self.state.faults.state).0.clone()
    }
}

struct Held(Arc<AtomicBool>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Disk for MemoryDisk {
    fn lock(&self) -> Result<DiskLock, LockError> {
        if self.state.locked.swap(true, Ordering::AcqRel) {
            return Err(LockError::Held { pid: None });
        }
        Ok(Box::new(Held(Arc::clone(&self.state.locked))))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(lock(&self.state.files).keys().cloned().collect())
    }

    fn open(&self, name: &str, _access: Access) -> io::Result<Arc<dyn DiskFile>> {
        let files = lock(&self.state.files);
        let file = files.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::clone(file) as Arc<dyn DiskFile>)
    }

    fn create_zeroed(&self, name: &str, bytes: u64) -> io::Result<Arc<dyn DiskFile>> {
        if self.faults().full {
            drop(self.state.faults.count(|counts| counts.refusals += 1));
            return Err(io::ErrorKind::StorageFull.into());
        }
        let bytes = usize::try_from(bytes).map_err(io::Error::other)?;
        self.put(name, vec![0; bytes]);
        self.open(name, Access::Write)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut files = lock(&self.state.files);
        let file = files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        lock(&self.state.files)
            .remove(name)
            .map(|_| ())
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn sync_dir(&self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Debug)]
struct MemoryFile {
    bytes: Mutex<Vec<u8>>,
    faults: Arc<Control>,
}

impl MemoryFile {
    fn at_once(&self, len: usize) -> usize {
        lock(&self.faults.state)
            .0
            .at_once_bytes_max
            .map_or(len, |max| len.min(max))
    }
}

impl DiskFile for MemoryFile {
    fn len(&self) -> io::Result<u64> {
        Ok(lock(&self.bytes).len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let bytes = lock(&self.bytes);
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|offset| bytes.get(offset..))
            .unwrap_or_default();
        let len = self.at_once(rest.len().min(buffer.len()));
        if let (Some(to), Some(from)) = (buffer.get_mut(..len), rest.get(..len)) {
            to.copy_from_slice(from);
        }
        Ok(len)
    }

    fn write_at(&self, new: &[u8], offset: u64) -> io::Result<usize> {
        let fails = lock(&self.faults.state).0.write_fails;
        let zeros = new.iter().all(|byte| *byte == 0);
        let len = if fails.is_some() {
            new.len() / 2
        } else {
            self.at_once(new.len())
        };
        let mut bytes = lock(&self.bytes);
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let place = bytes.get_mut(offset..offset + if zeros { new.len() } else { len });
        let place = place.ok_or_else(|| io::Error::other("a write beyond the end of a file of fixed length"))?;
        place.copy_from_slice(new.get(..place.len()).unwrap_or_default());
        match fails {
            Some(kind) if !zeros => Err(kind.into()),
            _ => Ok(place.len()),
        }
    }

    fn sync_data(&self) -> io::Result<()> {
        let state = self.faults.count(|counts| counts.syncs += 1);
        // Not for ever: a test that fails while syncs wait must still be able to drop its journal.
        let waiting = self
            .faults
            .changed
            .wait_timeout_while(state, PATIENCE, |state| state.0.sync_waits);
        let (state, _) = waiting.unwrap_or_else(PoisonError::into_inner);
        if state.0.sync_fails {
            Err(io::Error::other("the disk is broken"))
        } else {
            Ok(())
        }
    }
}
