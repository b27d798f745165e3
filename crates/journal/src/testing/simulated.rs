//! A disk that loses what was not synced, in every way a real one does, and fails when it is told to; all from a seed.
//!
//! It keeps two things apart: what the process sees (the system's cache), and what is on the disk (`platter`, `names`).
//! An [`Image`] is what a power cut at this moment may leave: of every write that no sync has confirmed, any part; of
//! every name, any state since the folder was synced. A failed sync takes back nothing that is seen, but what it
//! covered is not on the disk, and the next sync, though it succeeds, does not put it there. A killed process
//! ([`SimulatedDisk::kill_after`]) leaves what it wrote in the cache, for the next one to find, and not on the disk.
//!
//! What is not simulated: a write that spoils bytes beside it (disks promise that they do not), and a disk that takes
//! back what it has synced ([`Lies`] do that, to see that the tests find it).

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::chance::{below, chance};
use super::names::{FileId, Names};
use super::ops::Op;
use super::platter::Platter;
use crate::segment::allocate::{Background, Finish, Job};
use crate::segment::disk::{Access, Disk, DiskFile, DiskLock, LockError};

/// What a power cut leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The files, by name.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What the test had told the disk by then; see [`SimulatedDisk::set_tag`].
    pub tag: usize,
    /// How many operations there had been.
    pub ops: usize,
}

/// What goes wrong on purpose, until it is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// There is no space: new files find none, and (where the file system copies on write) nor do writes.
    NoSpace {
        /// Whether writes into existing files fail too.
        for_writes: bool,
    },
    /// A write fails after a part of its bytes.
    WriteFails,
    /// A write fails after a part of its bytes, and so does the next sync of a file.
    WriteAndSyncFail,
    /// Syncing a file fails, and what it covered is given up.
    SyncFails,
    /// Syncing the folder fails.
    NameSyncFails,
    /// A read fails.
    ReadFails,
}

/// What the disk says it has done and has not: as an engine that leaves it out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lies {
    /// Syncs of files do nothing.
    pub file_syncs: bool,
    /// Syncs of the folder do nothing.
    pub name_syncs: bool,
}

/// See the module. Clones are the same disk, in the hands of the same process.
#[derive(Clone)]
pub struct SimulatedDisk {
    world: Arc<World>,
    /// The process that uses it: after a kill, what it still tries comes to nothing.
    life: u64,
}

struct World {
    state: Mutex<State>,
    /// What is done in the background, a step now and then; not under the lock of the state, which the step takes.
    background: Mutex<Option<Job>>,
}

struct State {
    rng: ChaCha8Rng,
    files: Vec<Platter>,
    names: Names,
    life: u64,
    locked: bool,
    kill_after: Option<usize>,
    trouble: Option<(Trouble, usize)>,
    hasty: bool,
    lies: Lies,
    ops: Vec<Op>,
    tag: usize,
    image_chance: f64,
    images: Vec<Image>,
}

impl SimulatedDisk {
    /// An empty disk.
    pub fn new(seed: u64) -> Self {
        Self::with(BTreeMap::new(), seed)
    }

    /// What an image left, in the hands of a new process.
    pub fn from_image(image: &Image, seed: u64) -> Self {
        Self::with(image.files.clone(), seed)
    }

    fn with(files: BTreeMap<String, Vec<u8>>, seed: u64) -> Self {
        let (names, files): (Vec<_>, Vec<_>) = files.into_iter().unzip();
        let names = names.into_iter().enumerate().map(|(file, name)| (name, file)).collect();
        let state = State {
            rng: ChaCha8Rng::seed_from_u64(seed),
            files: files.into_iter().map(Platter::durable).collect(),
            names: Names::durable(names),
            life: 0,
            locked: false,
            kill_after: None,
            trouble: None,
            hasty: false,
            lies: Lies::default(),
            ops: Vec::new(),
            tag: 0,
            image_chance: 0.0,
            images: Vec::new(),
        };
        let world = World {
            state: Mutex::new(state),
            background: Mutex::new(None),
        };
        Self {
            world: Arc::new(world),
            life: 0,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.world.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What images shall say of the moment they were made in.
    pub fn set_tag(&self, tag: usize) {
        self.state().tag = tag;
    }

    /// How probable it is that an operation leaves an image of the disk as it was before.
    pub fn set_image_chance(&self, probability: f64) {
        self.state().image_chance = probability;
    }

    /// Makes an image now.
    pub fn take_image(&self) -> Image {
        self.state().image()
    }

    /// The images that were made, each once.
    pub fn take_images(&self) -> Vec<Image> {
        std::mem::take(&mut self.state().images)
    }

    /// Reads and writes do at most a part at once, and are interrupted.
    pub fn set_hasty(&self, hasty: bool) {
        self.state().hasty = hasty;
    }

    /// Lets something go wrong at the operation of its kind after so many; no space, then, until it is taken back.
    pub fn set_trouble(&self, trouble: Option<Trouble>, after: usize) {
        self.state().trouble = trouble.map(|trouble| (trouble, after));
    }

    /// What is to go wrong and has not yet, or does until it is taken back.
    pub fn trouble(&self) -> Option<Trouble> {
        self.state().trouble.map(|(trouble, _)| trouble)
    }

    /// Lets syncs do nothing.
    pub fn set_lies(&self, lies: Lies) {
        self.state().lies = lies;
    }

    /// Kills the process at its operation after so many.
    pub fn kill_after(&self, ops: usize) {
        self.state().kill_after = Some(ops);
    }

    /// Whether this process was killed.
    pub fn is_killed(&self) -> bool {
        self.state().life != self.life
    }

    /// The disk in the hands of a new process; the one before, if it lives, is killed.
    #[must_use]
    pub fn restart(&self) -> Self {
        // Before the state is locked: dropping a job may close what it holds.
        drop(self.background().take());
        let mut state = self.state();
        state.life += 1;
        state.locked = false;
        state.kill_after = None;
        let State { files, rng, .. } = &mut *state;
        for file in files {
            file.evict(rng);
        }
        state.note("the process was killed; another begins");
        let life = state.life;
        drop(state);
        Self {
            world: Arc::clone(&self.world),
            life,
        }
    }

    /// The disk after a power cut, in the hands of a new process. What was made of it before, images and operations,
    /// is kept.
    #[must_use]
    pub fn cut(&self, image: &Image) -> Self {
        let after = self.restart();
        let mut state = after.state();
        let (names, files): (Vec<_>, Vec<_>) = image.files.clone().into_iter().unzip();
        let first = state.files.len();
        state.files.extend(files.into_iter().map(Platter::durable));
        state.names = Names::durable(names.into_iter().zip(first..).collect());
        state.note("the power went");
        drop(state);
        after
    }

    /// Writes words among the operations.
    pub fn note(&self, words: &str) {
        self.state().note(words);
    }

    /// All operations so far, a line each.
    pub fn lines(&self) -> Vec<String> {
        self.state().ops.iter().map(ToString::to_string).collect()
    }

    fn background(&self) -> MutexGuard<'_, Option<Job>> {
        self.world.background.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an operation that changes something: the background may do a step first, an image may be made of how it
    /// was, and the process may be killed.
    fn begin(&self) -> io::Result<MutexGuard<'_, State>> {
        self.step_background();
        let mut state = self.state();
        let State { rng, image_chance, .. } = &mut *state;
        if chance(rng, *image_chance) {
            let image = state.image();
            state.images.push(image);
        }
        state.live(self.life)?;
        Ok(state)
    }

    fn step_background(&self) {
        let step = chance(&mut self.state().rng, 0.5);
        // Taken out while it works: what it does on the disk comes here too.
        let job = if step { self.background().take() } else { None };
        if let Some(mut job) = job
            && job()
        {
            *self.background() = Some(job);
        }
    }

    fn file(&self, file: FileId) -> Arc<dyn DiskFile> {
        Arc::new(SimulatedFile {
            disk: self.clone(),
            file,
        })
    }
}

fn killed() -> io::Error {
    io::Error::other("the process was killed")
}

impl State {
    fn note(&mut self, words: &str) {
        self.ops.push(Op::Note(words.to_owned()));
    }

    fn image(&mut self) -> Image {
        let names = self.names.image(&mut self.rng);
        let mut files = BTreeMap::new();
        for (name, file) in names {
            if let Some(platter) = self.files.get(file) {
                files.insert(name, platter.image(&mut self.rng));
            }
        }
        Image {
            files,
            tag: self.tag,
            ops: self.ops.len(),
        }
    }

    /// Whether the process still lives, after one more operation.
    fn live(&mut self, life: u64) -> io::Result<()> {
        if self.life != life {
            return Err(killed());
        }
        match &mut self.kill_after {
            Some(0) => {
                self.life += 1;
                self.kill_after = None;
                self.note("the process is killed here");
                Err(killed())
            }
            Some(ops) => {
                *ops -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Whether the trouble happens now.
    fn happens(&mut self, is: impl Fn(Trouble) -> bool) -> bool {
        match &mut self.trouble {
            Some((trouble, after)) if is(*trouble) => {
                if *after > 0 {
                    *after -= 1;
                    return false;
                }
                self.trouble = match *trouble {
                    Trouble::NoSpace { .. } => self.trouble,
                    Trouble::WriteAndSyncFail => Some((Trouble::SyncFails, 0)),
                    _ => None,
                };
                true
            }
            _ => false,
        }
    }

    /// How much of so many bytes is done at once.
    fn at_once(&mut self, len: usize) -> io::Result<usize> {
        if !self.hasty || len == 0 {
            return Ok(len);
        }
        if chance(&mut self.rng, 0.05) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        Ok(if chance(&mut self.rng, 0.5) {
            1 + below(&mut self.rng, len)
        } else {
            len
        })
    }

    fn write(&mut self, file: FileId, bytes: &[u8], offset: u64) -> io::Result<()> {
        let place = usize::try_from(offset).map_err(io::Error::other)?;
        self.ops.push(Op::Write(file, offset, bytes.to_vec()));
        self.files[file].write(bytes, place);
        Ok(())
    }
}

impl Disk for SimulatedDisk {
    fn lock(&self) -> Result<DiskLock, LockError> {
        let mut state = self.state();
        state.live(self.life)?;
        if std::mem::replace(&mut state.locked, true) {
            return Err(LockError::Held { pid: None });
        }
        Ok(Box::new(Held(self.clone())))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut state = self.state();
        state.live(self.life)?;
        Ok(state.names.seen().keys().cloned().collect())
    }

    fn open(&self, name: &str, _access: Access) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        state.live(self.life)?;
        let file = *state.names.seen().get(name).ok_or(io::ErrorKind::NotFound)?;
        drop(state);
        Ok(self.file(file))
    }

    fn create_zeroed(&self, name: &str, bytes: u64) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.begin()?;
        let bytes = usize::try_from(bytes).map_err(io::Error::other)?;
        let full = state.happens(|trouble| matches!(trouble, Trouble::NoSpace { .. }));
        let made = if full { below(&mut state.rng, bytes) } else { bytes };
        let file = state.files.len();
        state.files.push(Platter::zeroed(made));
        state.names.set(name, file);
        state.ops.push(Op::Create(file, name.to_owned(), made));
        drop(state);
        if full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(self.file(file))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.begin()?;
        state.ops.push(Op::Rename(from.to_owned(), to.to_owned()));
        let known = state.names.rename(from, to);
        known.then_some(()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.begin()?;
        state.ops.push(Op::Remove(name.to_owned()));
        let known = state.names.remove(name);
        known.then_some(()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn sync_dir(&self) -> io::Result<()> {
        let mut state = self.begin()?;
        let failed = state.happens(|trouble| trouble == Trouble::NameSyncFails);
        state.ops.push(Op::SyncNames { failed });
        if failed {
            return Err(io::Error::other("the disk is broken"));
        }
        if !state.lies.name_syncs {
            state.names.sync();
        }
        Ok(())
    }
}

impl Background for SimulatedDisk {
    fn start(&self, job: Job) -> io::Result<Finish> {
        *self.background() = Some(job);
        let disk = self.clone();
        Ok(Box::new(move || {
            let job = disk.background().take();
            if let Some(mut job) = job {
                while job() {}
            }
            true
        }))
    }
}

/// The lock of a process.
struct Held(SimulatedDisk);

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if state.life == self.0.life {
            state.locked = false;
        }
    }
}

struct SimulatedFile {
    disk: SimulatedDisk,
    file: FileId,
}

impl DiskFile for SimulatedFile {
    fn len(&self) -> io::Result<u64> {
        let mut state = self.disk.state();
        state.live(self.disk.life)?;
        Ok(state.files[self.file].bytes().len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.disk.state();
        state.live(self.disk.life)?;
        if state.happens(|trouble| trouble == Trouble::ReadFails) {
            return Err(io::Error::other("the disk cannot read this"));
        }
        let len = state.at_once(buffer.len())?;
        let bytes = state.files[self.file].bytes();
        let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..));
        let rest = rest.unwrap_or_default();
        let len = len.min(rest.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        Ok(len)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let lived = !self.disk.is_killed();
        let begun = self.disk.begin();
        if begun.is_err() && lived {
            // A process that is killed in a write has done a part of it.
            let mut state = self.disk.state();
            let part = below(&mut state.rng, bytes.len() + 1);
            state.write(self.file, &bytes[..part], offset)?;
        }
        let mut state = begun?;
        let fails = state.happens(|trouble| matches!(trouble, Trouble::WriteFails | Trouble::WriteAndSyncFail));
        let full = state.happens(|trouble| matches!(trouble, Trouble::NoSpace { for_writes: true }));
        if fails || (full && chance(&mut state.rng, 0.5)) {
            let part = below(&mut state.rng, bytes.len());
            state.write(self.file, &bytes[..part], offset)?;
            let kind = if fails {
                io::ErrorKind::Other
            } else {
                io::ErrorKind::StorageFull
            };
            return Err(kind.into());
        }
        let len = state.at_once(bytes.len())?;
        state.write(self.file, &bytes[..len], offset)?;
        Ok(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.disk.begin()?;
        let failed = state.happens(|trouble| trouble == Trouble::SyncFails);
        state.ops.push(Op::Sync {
            file: self.file,
            failed,
        });
        let State { files, rng, lies, .. } = &mut *state;
        if failed {
            files[self.file].sync_failed(rng);
            return Err(io::Error::other("the disk is broken"));
        }
        if !lies.file_syncs {
            files[self.file].sync();
        }
        Ok(())
    }
}
