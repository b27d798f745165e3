//! The key store: the keys of each plan's contacts, in files of their own.
//!
//! What they seal stands in the journal for good, and in every backup of it; so the keys stand in neither. Destroying a
//! key is the only way to erase, and all that it needs. A file is written whole: under another name, forced to disk, then
//! renamed over the old one, which is overwritten before its place on the disk is free again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::event::ErasedPart;
use domain::seal::KEYS_MAX;
use domain::{ItemId, ItemKey, Key, KeyId, KeyName, PersonId, PlanId, Schema, Seal, TimestampMs};
use plan::{Keyring, Table};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use workspace::State;

use crate::app::make_private_folder;
use crate::openapi::shapes;

/// How a file of this form begins.
const MAGIC: &[u8; 17] = b"interlock keys 2\n";
/// Item, seal, state, generation, key, time, person.
const RECORD_BYTES: usize = 16 + 1 + 1 + GENERATION_BYTES + 32 + 8 + 16;
const GENERATION_BYTES: usize = 4;
/// How a file of before there were generations begins. It is read, and written anew in the form of now.
const MAGIC_1: &[u8; 17] = b"interlock keys 1\n";
/// BLAKE3 of all before it, at the end.
const CHECKSUM_BYTES: usize = 32;
/// Longest file that is read, in bytes: as many keys as are stored, and the same again for what was erased.
const FILE_BYTES_MAX: u64 = (2 * KEYS_MAX * RECORD_BYTES) as u64;
/// How long a key is kept that no contact has come for, in milliseconds: an hour. A page that has an unsaved contact gives
/// its keys again with each connection.
const UNCLAIMED_MS: i64 = 60 * 60 * 1_000;

/// The key store of all plans.
#[derive(Debug, Clone)]
pub struct KeyStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    schema: Arc<Schema>,
    /// Held while a file is read or written, which takes as long as the disk does.
    files: Mutex<()>,
    /// What was read so far, or written. Never held for longer than it takes to look: requests look on async threads.
    plans: Mutex<BTreeMap<PlanId, Arc<PlanKeys>>>,
}

/// The keys of a plan, and what was destroyed.
#[derive(Debug, Clone)]
struct PlanKeys {
    ring: Keyring,
    since: BTreeMap<KeyId, TimestampMs>,
    erasures: BTreeMap<KeyName, (TimestampMs, PersonId)>,
}

/// What was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Erasure {
    /// Which contact: an item of the section `people`.
    #[schema(value_type = Uuid)]
    pub item: ItemId,
    /// Which of its seals.
    #[schema(value_type = shapes::Seal)]
    pub seal: Seal,
    /// When, in milliseconds since 1970.
    #[schema(value_type = i64)]
    pub at: TimestampMs,
    /// By whom.
    #[schema(value_type = Uuid)]
    pub by: PersonId,
}

/// Why keys could not be read or stored.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The disk.
    #[error("the keys of the plan's contacts: {0}")]
    Io(#[from] io::Error),
    /// The file is not as it was written.
    #[error("the key store {} is damaged: put it back from a copy, or move it away and lose what is sealed with it", .0.display())]
    Damaged(PathBuf),
    /// More keys than a plan may have.
    #[error("the plan has {KEYS_MAX} keys of contacts, as many as it may have: no contact can be added")]
    Full,
    /// The file is longer than any that is written.
    #[error("the key store {} is longer than any that this version writes: put it back from a copy", .0.display())]
    TooLong(PathBuf),
}

impl KeyStore {
    /// In a data folder.
    pub fn open(data: &Path, schema: Arc<Schema>) -> Self {
        Self {
            inner: Arc::new(Inner {
                dir: dir(data),
                schema,
                files: Mutex::default(),
                plans: Mutex::default(),
            }),
        }
    }

    /// The keys of a plan's contacts. Reads a file the first time.
    pub fn ring(&self, plan: PlanId) -> Result<Keyring, KeyError> {
        self.inner.with(plan, |keys| keys.ring.clone())
    }

    /// The same for a reader: without keys where they may not read what is personal. What cannot be read is withheld.
    pub fn reader(&self, plan: PlanId, reads_personal: bool) -> Keyring {
        match self.ring(plan) {
            Ok(ring) if reads_personal => ring,
            Ok(ring) => ring.without_keys(),
            Err(error) => {
                tracing::error!(%plan, %error, "contacts cannot be read");
                Keyring::new(Arc::clone(&self.inner.schema))
            }
        }
    }

    /// Stores keys; they are on disk when it returns. What is there already, or was destroyed, stays.
    pub fn store(&self, plan: PlanId, new: &[ItemKey], at: TimestampMs) -> Result<(), KeyError> {
        self.inner.change(plan, |keys| {
            for key in new {
                if keys.ring.add(key) {
                    keys.since.insert(key.id(), at);
                }
            }
            // A file that is longer would not be read.
            if keys.ring.keys().count() > KEYS_MAX {
                Err(KeyError::Full)
            } else {
                Ok(())
            }
        })
    }

    /// The keys of a plan that is read from its journal, whose content this is. Keys that no contact has come for in a long
    /// while are let go: nothing is sealed with them, and there are only so many.
    pub fn ring_for(&self, plan: PlanId, table: &Table, now: TimestampMs) -> Result<Keyring, KeyError> {
        let schema = &self.inner.schema;
        let sections = schema.sections.iter().map(|section| section.id);
        let sealed = sections.filter(|section| schema.has_seals(*section));
        let there: BTreeSet<ItemId> = sealed.flat_map(|section| table.items(section)).collect();
        let unclaimed = self.inner.with(plan, |keys| {
            let is_old = |id: &KeyId| {
                let since = keys.since.get(id).copied().unwrap_or_default();
                // Also what is of a time to come: the clock was set back meanwhile.
                now.0.abs_diff(since.0) > UNCLAIMED_MS.unsigned_abs()
            };
            let ids = keys.ring.keys().map(|key| key.id());
            let unclaimed = ids.filter(|id| !there.contains(&id.0) && is_old(id));
            unclaimed.collect::<Vec<KeyId>>()
        })?;
        if !unclaimed.is_empty() {
            self.inner.change(plan, |keys| {
                for id in &unclaimed {
                    keys.ring.forget(*id);
                    keys.since.remove(id);
                }
                Ok(())
            })?;
        }
        self.ring(plan)
    }

    /// Destroys keys, whether they were there or not; they are gone when it returns.
    pub fn erase(&self, plan: PlanId, names: &[KeyName], at: TimestampMs, by: PersonId) -> Result<(), KeyError> {
        self.inner.change(plan, |keys| {
            for name in names {
                for key in keys.ring.all_of(*name) {
                    keys.since.remove(&key.id());
                }
                keys.ring.erase(*name);
                keys.erasures.entry(*name).or_insert((at, by));
            }
            Ok(())
        })
    }

    /// What was erased in a plan.
    pub fn erasures(&self, plan: PlanId) -> Result<Vec<Erasure>, KeyError> {
        self.inner.with(plan, |keys| {
            let all = keys.erasures.iter();
            all.map(|((item, seal), (at, by))| Erasure {
                item: *item,
                seal: *seal,
                at: *at,
                by: *by,
            })
            .collect()
        })
    }

    /// Destroys again what the workspace says was erased: the store may have been put back from an older copy, and a
    /// server may have been killed between the word and the deed.
    pub fn erase_again(&self, state: &State) -> Result<(), KeyError> {
        for (plan, record) in state.plans() {
            let mut gone: Vec<(KeyName, TimestampMs)> = Vec::new();
            for ((item, part), at) in &record.erased {
                gone.extend(names_of(*item, *part).map(|name| (name, *at)));
            }
            if gone.is_empty() {
                continue;
            }
            let ring = self.ring(*plan)?;
            for (name, at) in gone {
                if ring.get(name).is_some() || !ring.knows(name) {
                    tracing::warn!(%plan, item = %name.0, "a contact that was erased had its key again: it is destroyed");
                    self.erase(*plan, &[name], at, PersonId::SERVER)?;
                }
            }
        }
        Ok(())
    }
}

/// What an erasure destroys. Who is erased whole has no personality left.
pub fn names_of(item: ItemId, part: ErasedPart) -> impl Iterator<Item = KeyName> {
    let seals: &[Seal] = match part {
        ErasedPart::Contact => &Seal::ALL,
        ErasedPart::Personality => &[Seal::Personality],
    };
    seals.iter().map(move |seal| (item, *seal))
}

/// Where the key store is in a data folder.
pub fn dir(data: &Path) -> PathBuf {
    data.join("keys")
}

impl Inner {
    fn known(&self, plan: PlanId) -> Option<Arc<PlanKeys>> {
        unpoisoned(&self.plans).get(&plan).cloned()
    }

    fn learn(&self, plan: PlanId, keys: PlanKeys) -> Arc<PlanKeys> {
        let keys = Arc::new(keys);
        unpoisoned(&self.plans).insert(plan, Arc::clone(&keys));
        keys
    }

    fn with<T>(&self, plan: PlanId, look: impl FnOnce(&PlanKeys) -> T) -> Result<T, KeyError> {
        if let Some(keys) = self.known(plan) {
            return Ok(look(&keys));
        }
        let turn = unpoisoned(&self.files);
        let keys = match self.known(plan) {
            Some(keys) => keys,
            None => self.learn(plan, self.read(plan)?),
        };
        drop(turn);
        Ok(look(&keys))
    }

    /// One at a time: a file that is written has all that was written before. What is looked at meanwhile is as it was.
    fn change(&self, plan: PlanId, change: impl FnOnce(&mut PlanKeys) -> Result<(), KeyError>) -> Result<(), KeyError> {
        let _turn = unpoisoned(&self.files);
        let mut keys = match self.known(plan) {
            Some(keys) => PlanKeys::clone(&keys),
            None => self.read(plan)?,
        };
        change(&mut keys)?;
        self.write(plan, &keys)?;
        self.learn(plan, keys);
        Ok(())
    }

    fn path(&self, plan: PlanId) -> PathBuf {
        self.dir.join(format!("{plan}.keys"))
    }

    fn read(&self, plan: PlanId) -> Result<PlanKeys, KeyError> {
        let mut keys = PlanKeys {
            ring: Keyring::new(Arc::clone(&self.schema)),
            since: BTreeMap::new(),
            erasures: BTreeMap::new(),
        };
        let path = self.path(plan);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(keys),
            Err(error) => return Err(error.into()),
        };
        if file.metadata()?.len() > FILE_BYTES_MAX {
            return Err(KeyError::TooLong(path));
        }
        let mut bytes = Vec::new();
        file.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
        keys.take(&bytes).ok_or(KeyError::Damaged(path))?;
        Ok(keys)
    }

    fn write(&self, plan: PlanId, keys: &PlanKeys) -> Result<(), KeyError> {
        make_private_folder(&self.dir)?;
        let path = self.path(plan);
        let new = path.with_extension("new");
        let mut file = private_file(&new)?;
        file.write_all(&keys.bytes())?;
        file.sync_all()?;
        let old = OpenOptions::new().write(true).open(&path).ok();
        fs::rename(&new, &path)?;
        sync_folder(&self.dir)?;
        if let Some(old) = old {
            overwrite(old)?;
        }
        Ok(())
    }
}

/// A panic under one of these locks leaves what is behind it as it was: what is written is put in at the end.
fn unpoisoned<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PlanKeys {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let mut push = |(item, seal, generation): KeyId, key: Option<Key>, at: TimestampMs, by: PersonId| {
            bytes.extend_from_slice(item.0.as_bytes());
            bytes.push(match seal {
                Seal::Contact => 0,
                Seal::Personality => 1,
            });
            bytes.push(u8::from(key.is_none()));
            bytes.extend_from_slice(&generation.to_be_bytes());
            bytes.extend_from_slice(&key.map_or([0; 32], |key| key.0));
            bytes.extend_from_slice(&at.0.to_be_bytes());
            bytes.extend_from_slice(by.0.as_bytes());
        };
        for key in self.ring.keys() {
            let since = self.since.get(&key.id()).copied().unwrap_or_default();
            push(key.id(), Some(key.key), since, PersonId::SERVER);
        }
        for ((item, seal), (at, by)) in &self.erasures {
            push((*item, *seal, 0), None, *at, *by);
        }
        let checksum = blake3::hash(&bytes);
        bytes.extend_from_slice(checksum.as_bytes());
        bytes
    }

    /// Takes in a file's bytes. None: they are not as they were written.
    fn take(&mut self, bytes: &[u8]) -> Option<()> {
        let (records, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM_BYTES)?)?;
        if blake3::hash(records).as_bytes() != checksum {
            return None;
        }
        let (records, generation_bytes) = match records.strip_prefix(MAGIC) {
            Some(records) => (records, GENERATION_BYTES),
            None => (records.strip_prefix(MAGIC_1)?, 0),
        };
        let mut records = records.chunks_exact(RECORD_BYTES - GENERATION_BYTES + generation_bytes);
        for record in records.by_ref() {
            let (item, rest) = record.split_first_chunk::<16>()?;
            let ([seal, gone], rest) = rest.split_first_chunk::<2>()?;
            let (generation, rest) = rest.split_at_checked(generation_bytes)?;
            let generation = generation.try_into().map_or(0, u32::from_be_bytes);
            let (key, rest) = rest.split_first_chunk::<32>()?;
            let (at, by) = rest.split_first_chunk::<8>()?;
            let name = (ItemId(Uuid::from_bytes(*item)), *Seal::ALL.get(usize::from(*seal))?);
            let at = TimestampMs(i64::from_be_bytes(*at));
            if *gone == 0 {
                let (item, seal) = name;
                let key = ItemKey {
                    item,
                    seal,
                    generation,
                    key: Key(*key),
                };
                self.ring.add(&key);
                self.since.insert(key.id(), at);
            } else {
                let by = PersonId(Uuid::from_slice(by).ok()?);
                self.ring.erase(name);
                self.erasures.insert(name, (at, by));
            }
        }
        records.remainder().is_empty().then_some(())
    }
}

/// Copies the key store into a new folder, apart from everything that its keys open.
pub fn copy(data: &Path, to: &Path) -> io::Result<usize> {
    make_private_folder(to)?;
    if fs::read_dir(to)?.next().is_some() {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "the folder for the keys is not empty",
        ));
    }
    let Ok(entries) = fs::read_dir(dir(data)) else {
        return Ok(0); // no contact has ever been written
    };
    let mut count = 0;
    for entry in entries {
        let entry = entry?;
        if entry.path().extension().is_none_or(|extension| extension != "keys") {
            continue;
        }
        let mut file = private_file(&to.join(entry.file_name()))?;
        file.write_all(&fs::read(entry.path())?)?;
        file.sync_all()?;
        count += 1;
    }
    sync_folder(to)?;
    Ok(count)
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// Overwrites a file that has no name any more. Where a disk keeps old blocks all the same, only its own erasing helps.
fn overwrite(mut old: File) -> io::Result<()> {
    let len = usize::try_from(old.metadata()?.len()).map_err(io::Error::other)?;
    old.rewind()?;
    old.write_all(&vec![0; len])?;
    old.sync_all()
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests;
