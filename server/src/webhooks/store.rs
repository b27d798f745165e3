//! What is kept of each webhook outside the journal: its secret, how far it has been told, its last deliveries. One file
//! each, that only the server's own user can read; a folder that is gone loses secrets, and no words of any plan.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::ids::WebhookId;
use domain::{PlanId, Seq, TimestampMs};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::events::Event;
use crate::app::make_private_folder;

/// Deliveries of one webhook that are kept.
pub(super) const DELIVERIES_MAX: usize = 100;

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is tried, or tried again.
    Pending,
    /// The other side has said yes.
    Delivered,
    /// It was tried as often as it is; it can be retried by hand.
    GivenUp,
}

/// One request to another system, with all its tries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// Its id, the same in every try.
    pub id: Uuid,
    /// When it was made, in milliseconds since 1970.
    #[schema(value_type = i64)]
    pub at: TimestampMs,
    /// How it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub tries: u32,
    /// When it was tried last.
    #[schema(value_type = Option<i64>, required)]
    pub tried_at: Option<TimestampMs>,
    /// What came of the last try, in words.
    #[schema(required)]
    pub answer: Option<String>,
    /// What it tells.
    pub events: Vec<Event>,
}

/// The file of one webhook.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    /// What requests are signed with.
    pub secret: String,
    /// The last entry of the workspace's stream that it was told of.
    pub workspace: Seq,
    /// The last entry of each plan's.
    pub plans: BTreeMap<PlanId, Seq>,
    /// The last deliveries, the newest at the end.
    pub deliveries: VecDeque<Delivery>,
}

impl Kept {
    /// One more delivery; the oldest goes.
    pub fn note(&mut self, delivery: Delivery) {
        self.deliveries.push_back(delivery);
        while self.deliveries.len() > DELIVERIES_MAX {
            self.deliveries.pop_front();
        }
    }

    /// One that is kept.
    pub fn delivery(&mut self, id: Uuid) -> Option<&mut Delivery> {
        self.deliveries.iter_mut().find(|delivery| delivery.id == id)
    }
}

/// The folder of all of them.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    dir: PathBuf,
    /// Those that were removed: what is still under way for one must not bring its file back. Held while a file is written.
    removed: Arc<Mutex<BTreeSet<WebhookId>>>,
}

impl Store {
    /// Makes the folder, if it is not there.
    pub(crate) fn open(data: &Path) -> io::Result<Self> {
        let dir = dir(data);
        make_private_folder(&dir)?;
        let removed = Arc::default();
        Ok(Self { dir, removed })
    }

    /// What is kept of a webhook; nothing, if its file is gone or cannot be read.
    pub(crate) fn read(&self, webhook: WebhookId) -> Option<Kept> {
        serde_json::from_slice(&fs::read(self.path(webhook)).ok()?).ok()
    }

    /// Keeps it, unless it was removed.
    pub(crate) fn write(&self, webhook: WebhookId, kept: &Kept) -> io::Result<()> {
        let removed = self.removed();
        if removed.contains(&webhook) {
            return Ok(());
        }
        let (path, new) = (self.path(webhook), self.path(webhook).with_extension("new"));
        write_private(&new, &serde_json::to_vec(kept)?)?;
        fs::rename(new, path)
    }

    /// Forgets it.
    pub(crate) fn remove(&self, webhook: WebhookId) {
        let mut removed = self.removed();
        removed.insert(webhook);
        // Not there: as good.
        let _ = fs::remove_file(self.path(webhook));
    }

    fn removed(&self) -> MutexGuard<'_, BTreeSet<WebhookId>> {
        // Nothing that can panic runs under this lock.
        self.removed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, webhook: WebhookId) -> PathBuf {
        self.dir.join(format!("{webhook}.json"))
    }
}

/// Copies what is kept of all webhooks into a new folder, apart from the rest: who has it signs in the server's name.
pub fn copy(data: &Path, to: &Path) -> io::Result<usize> {
    make_private_folder(to)?;
    if fs::read_dir(to)?.next().is_some() {
        let why = "the folder for the webhooks is not empty";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
    }
    let Ok(entries) = fs::read_dir(dir(data)) else {
        return Ok(0); // no server has run here
    };
    let mut count = 0;
    for entry in entries {
        let path = entry?.path();
        // A webhook that goes meanwhile needs no copy.
        let (Some(name), true) = (path.file_name(), path.extension().is_some_and(|kind| kind == "json")) else {
            continue;
        };
        let Ok(kept) = fs::read(&path) else { continue };
        write_private(&to.join(name), &kept)?;
        count += 1;
    }
    #[cfg(unix)]
    fs::File::open(to)?.sync_all()?;
    Ok(count)
}

fn dir(data: &Path) -> PathBuf {
    data.join("webhooks")
}

/// A file that only its owner reads, forced to disk.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_data()
}
