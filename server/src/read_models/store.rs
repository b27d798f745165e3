//! The cache on disk: sled, used so that losing it costs time and nothing else.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use domain::{Fact, PlanId};
use reports::{ActionTracker, Folded, HistoryKey, ItemKey, PlanState, PlanSummary, Projection};
use sled::Db;
use uuid::Uuid;

use super::{Models, control};
use crate::app::make_private_folder;

/// Memory for sled's pages, in bytes.
const PAGES_BYTES: u64 = 64 << 20;
/// How often sled writes out what it holds, in milliseconds. What a killed server loses of it is folded again.
const FLUSH_MS: u64 = 5_000;
/// Raised when the keys or the stored facts change their form.
const LAYOUT: u32 = 1;
const VERSION_KEY: &[u8] = b"version";
const SUMMARY: u8 = b's';
const ACTIONS: u8 = b'a';

/// Text of an error that only the log sees.
pub(crate) type StoreError = String;

/// An open cache.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub(super) db: Db,
}

/// What is written, in this order: after a crash the first of it is there, up to somewhere.
///
/// Not one of sled's batches, which would be there whole: the first of them turns a lock of the whole process on for every
/// look from then on, and readers and writers were seen to wait for each other under it for ever (sled 0.34, its issues 1301
/// and 1412).
#[derive(Debug, Default)]
pub(super) struct Writes(Vec<(Vec<u8>, Option<Vec<u8>>)>);

impl Writes {
    pub(super) fn insert(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.0.push((key, Some(value)));
    }

    pub(super) fn remove(&mut self, key: &[u8]) {
        self.0.push((key.to_vec(), None));
    }
}

impl Store {
    /// Opens the cache, or begins a new one where it cannot be used. The flag says that an old one was thrown away.
    pub(crate) fn open(dir: &Path) -> Result<(Self, bool), StoreError> {
        let there = dir.exists();
        // sled would let everybody read it.
        make_private_folder(dir).map_err(|error| error.to_string())?;
        match Self::try_open(dir) {
            Ok(store) => return Ok((store, false)),
            Err(why) if there => tracing::warn!(why, "the cache is thrown away and built anew"),
            Err(why) => return Err(why),
        }
        fs::remove_dir_all(dir).map_err(|error| error.to_string())?;
        make_private_folder(dir).map_err(|error| error.to_string())?;
        Self::try_open(dir).map(|store| (store, true))
    }

    fn try_open(dir: &Path) -> Result<Self, StoreError> {
        let open = || {
            let config = sled::Config::new().path(dir).cache_capacity(PAGES_BYTES);
            config.flush_every_ms(Some(FLUSH_MS)).open()
        };
        // sled panics on some damage instead of saying so.
        let db = catch_unwind(open)
            .map_err(|_| "sled panicked".to_owned())?
            .map_err(|error| error.to_string())?;
        let version = version();
        match catch_unwind(AssertUnwindSafe(|| db.get(VERSION_KEY))) {
            Ok(Ok(Some(found))) if found == version.as_bytes() => {}
            Ok(Ok(None)) if db.is_empty() => {
                db.insert(VERSION_KEY, version.as_bytes())
                    .map_err(|error| error.to_string())?;
            }
            Ok(Ok(_)) => return Err("it is of another version".to_owned()),
            Ok(Err(error)) => return Err(error.to_string()),
            Err(_) => return Err("sled panicked".to_owned()),
        }
        Ok(Self { db })
    }

    /// The models of all plans, as they were saved.
    pub(crate) fn models(&self) -> Result<Vec<(PlanId, Models)>, StoreError> {
        let mut all = Vec::new();
        for found in self.db.scan_prefix([SUMMARY]) {
            let (key, summary) = found.map_err(|error| error.to_string())?;
            let plan = key
                .get(1..)
                .and_then(|id| Uuid::from_slice(id).ok())
                .map(PlanId)
                .ok_or("a key of no plan")?;
            let actions = self
                .db
                .get(model_key(ACTIONS, plan))
                .map_err(|error| error.to_string())?;
            // Also where a crash came just between the two: then all is folded anew.
            let actions = actions.ok_or("a plan with half its models")?;
            let models = Models {
                summary: Folded::load(&summary).map_err(|error| error.to_string())?,
                actions: Folded::load(&actions).map_err(|error| error.to_string())?,
            };
            if models.summary.cursor() != models.actions.cursor() {
                return Err("models that stand at different entries".to_owned());
            }
            all.push((plan, models));
        }
        Ok(all)
    }

    /// Saves facts, and the models that have them: models whose facts are not there are never found.
    pub(crate) fn save(&self, plan: PlanId, facts: &[Fact], models: &Models) -> Result<(), StoreError> {
        let mut writes = Writes::default();
        for (key, fact) in HistoryKey::of_all(plan, facts) {
            let stored = postcard::to_stdvec(fact).expect("serialising into memory does not fail");
            writes.insert(key.bytes(), stored);
            let own = ItemKey {
                section: fact.cell.section,
                item: fact.cell.item,
                at: key,
            };
            writes.insert(own.bytes(), Vec::new());
        }
        writes.insert(model_key(SUMMARY, plan), models.summary.save());
        writes.insert(model_key(ACTIONS, plan), models.actions.save());
        self.write(writes)
    }

    pub(super) fn write(&self, writes: Writes) -> Result<(), StoreError> {
        for (key, value) in writes.0 {
            let done = match value {
                Some(value) => self.db.insert(key, value),
                None => self.db.remove(key),
            };
            done.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// The fact at a place.
    pub(super) fn fact(&self, at: &HistoryKey) -> Result<Fact, StoreError> {
        let value = self.db.get(at.bytes()).map_err(|error| error.to_string())?;
        read_fact(&value.ok_or("an index without its fact")?)
    }

    /// Writes everything out.
    pub(crate) fn write_out(&self) {
        if let Err(error) = self.db.flush() {
            tracing::warn!(%error, "the cache could not be written out; it is built anew");
        }
    }
}

pub(super) fn read_fact(bytes: &[u8]) -> Result<Fact, StoreError> {
    postcard::from_bytes(bytes).map_err(|error| error.to_string())
}

fn model_key(kind: u8, plan: PlanId) -> Vec<u8> {
    [&[kind][..], plan.0.as_bytes()].concat()
}

fn version() -> String {
    format!(
        "layout {LAYOUT}, {} {}, {} {}, {} {}, control {}",
        PlanSummary::NAME,
        PlanSummary::VERSION,
        ActionTracker::NAME,
        ActionTracker::VERSION,
        PlanState::NAME,
        PlanState::VERSION,
        control::VERSION
    )
}
