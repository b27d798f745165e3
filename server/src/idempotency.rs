//! `Idempotency-Key`: what is asked for with a key is done once, however often it is sent.
//!
//! A key is noted on disk, with the ids that will be used, before anything is done: a retry after a crash makes the same
//! ids, and what the first try made is found there. A change of what is there already makes no id: it bears the seed's time,
//! which no other change of the server's bears, and is found in the journal by that (`earlier`). No answer is kept, so no
//! words of a plan stand here: a retry is answered with what is there now. Keys are kept for a day, and at most [`KEYS_MAX`]
//! of them. Where none is taken (`keyed`), one is refused.

mod keyed;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::{PersonId, Seq, TimestampMs};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::app::{App, make_private_folder};
use crate::clock::Stamps;
use crate::problem::ApiError;
use crate::secret::random_bytes;

pub use keyed::{Keyed, guard_key};

/// The header.
const HEADER: &str = "idempotency-key";
/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 200;
/// How long a key is kept, in milliseconds: a day.
const KEPT_MS: i64 = 24 * 60 * 60 * 1000;
/// Keys that are kept. More: the oldest are forgotten, also before their day is over.
pub const KEYS_MAX: usize = 20_000;

/// Where new ids come from: the same seed gives the same ids. Its time is given to no other seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seed {
    at: TimestampMs,
    random: [u8; 16],
}

impl Seed {
    /// A new one.
    pub fn new(stamps: &Stamps) -> Self {
        Self {
            at: stamps.next(),
            random: random_bytes(),
        }
    }

    /// The time that a change of it bears.
    pub const fn at(&self) -> TimestampMs {
        self.at
    }

    /// The n-th id, a `UUIDv7`.
    pub fn uuid(&self, nth: u32) -> Uuid {
        let mut hash = blake3::Hasher::new_derive_key("interlock api id 1");
        hash.update(&self.random);
        hash.update(&nth.to_le_bytes());
        let mut random = [0; 10];
        hash.finalize_xof().fill(&mut random);
        let millis = u64::try_from(self.at.0).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

/// What is noted of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    seed: Seed,
    /// Of what was asked for, under the key itself, so that a key is not taken for two things.
    request: [u8; 32],
    /// The plan's last entry before anything was done, where a plan is changed.
    before: Seq,
    done: bool,
}

/// A key's place: of the person and the key.
type Name = [u8; 32];

#[derive(Debug, Default)]
struct Known {
    notes: BTreeMap<Name, Note>,
    /// Those under way.
    busy: BTreeSet<Name>,
}

/// The keys that are kept.
#[derive(Debug)]
pub struct Keys {
    dir: PathBuf,
    known: Mutex<Known>,
}

impl Keys {
    /// Reads those that were kept. What cannot be read is forgotten.
    pub fn open(data: &Path, now: TimestampMs) -> io::Result<Self> {
        let dir = data.join("idempotency");
        make_private_folder(&dir)?;
        let mut notes = BTreeMap::new();
        for entry in fs::read_dir(&dir)? {
            let path = entry?.path();
            match read(&path) {
                Some((name, note)) if note.seed.at.0 > now.0 - KEPT_MS => drop(notes.insert(name, note)),
                // Too old, or half written: the request it stands for was never begun.
                _ => fs::remove_file(&path)?,
            }
        }
        let known = Mutex::new(Known {
            notes,
            busy: BTreeSet::new(),
        });
        Ok(Self { dir, known })
    }

    /// The newest time of all that are kept.
    pub fn newest(&self) -> TimestampMs {
        let known = self.known();
        let newest = known.notes.values().map(|note| note.seed.at).max();
        newest.unwrap_or(TimestampMs(0))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing under this lock panics half-way through a change.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a key for a request; the note that is there, or a new one that is not on disk yet.
    fn take(&self, name: Name, new: Note, now: TimestampMs) -> Result<(Note, bool), ApiError> {
        let mut known = self.known();
        if known.busy.contains(&name) {
            return Err(ApiError::KeyBusy);
        }
        let old = known.notes.get(&name).filter(|note| note.seed.at.0 > now.0 - KEPT_MS);
        let (note, again) = match old {
            Some(note) if note.request != new.request => return Err(ApiError::KeyReused),
            Some(note) => (note.clone(), true),
            None => (new, false),
        };
        known.busy.insert(name);
        known.notes.insert(name, note.clone());
        Ok((note, again))
    }

    fn store(&self, name: &Name, note: &Note) -> io::Result<()> {
        let path = self.path(name);
        let new = path.with_extension("new");
        let mut file = File::create(&new)?;
        let bytes = postcard::to_stdvec(&(name, note)).map_err(io::Error::other)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&new, &path)?;
        File::open(&self.dir)?.sync_all()
    }

    fn forget(&self, name: &Name) {
        // A note that stays behind is one that a retry finds.
        let _ = fs::remove_file(self.path(name));
    }

    /// Those that must go so that there is place, the oldest first.
    fn overflow(&self, now: TimestampMs) -> Vec<Name> {
        let mut known = self.known();
        let mut by_age: Vec<(TimestampMs, Name)> =
            known.notes.iter().map(|(name, note)| (note.seed.at, *name)).collect();
        by_age.sort_unstable();
        let over = by_age.len().saturating_sub(KEYS_MAX);
        let old = by_age.iter().take_while(|(at, _)| at.0 <= now.0 - KEPT_MS).count();
        let gone: Vec<Name> = by_age.into_iter().take(over.max(old)).map(|(_, name)| name).collect();
        for name in &gone {
            known.notes.remove(name);
        }
        gone
    }

    fn path(&self, name: &Name) -> PathBuf {
        self.dir.join(blake3::Hash::from_bytes(*name).to_hex().as_str())
    }
}

fn read(path: &Path) -> Option<(Name, Note)> {
    let bytes = fs::read(path).ok()?;
    let (name, note): (Name, Note) = postcard::from_bytes(&bytes).ok()?;
    let named = path.file_name()?.to_str()? == blake3::Hash::from_bytes(name).to_hex().as_str();
    named.then_some((name, note))
}

/// The header, if the request has it.
#[derive(Debug, Clone, IntoParams)]
#[into_params(names("Idempotency-Key"), parameter_in = Header)]
pub struct IdempotencyKey(
    /// The request is done once, however often it is sent with this key within a day. Take a new one for each thing to be
    /// done, such as a UUID.
    #[param(min_length = 1, max_length = 200, pattern = "^[!-~]*$")]
    Option<String>,
);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Some(value) = parts.headers.get(HEADER) else {
            return Ok(Self(None));
        };
        let key = value
            .to_str()
            .ok()
            .filter(|key| (1..=KEY_BYTES_MAX).contains(&key.len()));
        let key = key.ok_or_else(|| {
            ApiError::BadRequest(format!("an Idempotency-Key is text of 1 to {KEY_BYTES_MAX} characters"))
        })?;
        Ok(Self(Some(key.to_owned())))
    }
}

/// A request's turn.
#[derive(Debug)]
pub struct Turn {
    note: Note,
    again: bool,
    /// None: without a key.
    kept: Option<(Arc<Keys>, Name)>,
}

impl IdempotencyKey {
    /// Begins what the request asks for. `request` is all that it says.
    pub async fn begin(self, app: &App, person: PersonId, request: impl Serialize) -> Result<Turn, ApiError> {
        self.begin_at(app, person, Seq::ZERO, request).await
    }

    /// The same of a change of a plan, whose last entry is `before`: what becomes of the change comes after it.
    pub async fn begin_at(
        self,
        app: &App,
        person: PersonId,
        before: Seq,
        request: impl Serialize,
    ) -> Result<Turn, ApiError> {
        let mut note = Note {
            seed: Seed::new(&app.stamps),
            request: [0; 32],
            before,
            done: false,
        };
        let Some(key) = self.0 else {
            let (again, kept) = (false, None);
            return Ok(Turn { note, again, kept });
        };
        let now = app.clock.now();
        let request = serde_json::to_vec(&request).map_err(|error| ApiError::Internal(error.to_string()))?;
        // Under the key, which is on no disk: what was asked for may be words that are erased one day, and few enough to be
        // guessed from a plain digest.
        let under = blake3::derive_key("interlock idempotent request 1", key.as_bytes());
        note.request = *blake3::keyed_hash(&under, &request).as_bytes();
        let mut name = blake3::Hasher::new_derive_key("interlock idempotency key 1");
        name.update(person.0.as_bytes());
        name.update(key.as_bytes());
        let name = *name.finalize().as_bytes();
        let keys = Arc::clone(&app.keys_of_requests);
        let (note, again) = keys.take(name, note, now)?;
        let turn = Turn {
            note,
            again,
            kept: Some((Arc::clone(&keys), name)),
        };
        if !again {
            let note = turn.note.clone();
            let known = Arc::clone(&keys);
            let stored = blocking(move || {
                for name in keys.overflow(now) {
                    keys.forget(&name);
                }
                keys.store(&name, &note)
            });
            if let Err(error) = stored.await {
                // Nothing is done without a note on disk: a retry makes its own.
                known.known().notes.remove(&name);
                return Err(error);
            }
        }
        Ok(turn)
    }
}

impl Turn {
    /// Where its ids come from.
    pub const fn seed(&self) -> Seed {
        self.note.seed
    }

    /// The plan's last entry before it was begun.
    pub const fn before(&self) -> Seq {
        self.note.before
    }

    /// Whether it was begun before.
    pub const fn is_again(&self) -> bool {
        self.again
    }

    /// Whether it was done before.
    pub const fn is_done(&self) -> bool {
        self.note.done
    }

    /// Notes what became of it: whoever asks again for what is done is told so, and what was refused may be asked for anew.
    pub async fn settle<T>(mut self, result: Result<T, ApiError>) -> Result<T, ApiError> {
        let Some((keys, name)) = self.kept.clone() else {
            return result;
        };
        match &result {
            Ok(_) => {
                self.note.done = true;
                keys.known().notes.insert(name, self.note.clone());
                let note = self.note.clone();
                if let Err(error) = blocking(move || keys.store(&name, &note)).await {
                    // It is done all the same; a retry after a restart finds what it made.
                    tracing::warn!(%error, "an idempotency key could not be noted as done");
                }
            }
            // Nobody knows how far it came: a retry goes on with the same ids.
            Err(ApiError::Unavailable(_) | ApiError::Internal(_)) => {}
            Err(_) if self.again => {}
            Err(_) => {
                keys.known().notes.remove(&name);
                let forget = move || {
                    keys.forget(&name);
                    Ok(())
                };
                let _ = blocking(forget).await;
            }
        }
        result
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some((keys, name)) = &self.kept else { return };
        // Whoever asked may have gone in the middle of it: the note stays, and a retry goes on with the same ids.
        keys.known().busy.remove(name);
    }
}

async fn blocking(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<(), ApiError> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|error| ApiError::Internal(error.to_string()))?;
    done.map_err(|error| ApiError::Unavailable(format!("the server cannot note the Idempotency-Key: {error}")))
}
