//! Everything a request may need, in one place.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result};
use domain::event::SecretDigest;
use domain::{PlanId, Schema};
use journal::{Options, SegmentJournal};
use tokio::sync::{Semaphore, watch};

use crate::audit::Places;
use crate::checkpoints::Checkpoints;
use crate::clock::{Clock, Stamps};
use crate::config::Config;
use crate::denials::Denials;
use crate::directory::Directory;
use crate::fairness::Fairness;
use crate::idempotency::Keys;
use crate::keys::KeyStore;
use crate::metrics::Metrics;
use crate::read_models::{ReadModels, Worker};
use crate::rooms::{Rooms, RoomsInit};
use crate::snapshots::Snapshots;
use crate::token_uses::TokenUses;
use crate::webhooks::{Allowed, Webhooks, WebhooksInit};
use crate::{sample, secret};

/// How long rooms may take to end: their appends under way, no more.
const ROOMS_TIME: Duration = Duration::from_secs(20);
/// How long sockets may take to say their last word.
const SOCKETS_TIME: Duration = Duration::from_secs(5);

/// The running server.
pub struct App {
    /// What it runs with.
    pub config: Config,
    /// Its clock.
    pub clock: Clock,
    /// The truth.
    pub journal: Arc<SegmentJournal>,
    /// People, plans, sessions, tokens.
    pub directory: Directory,
    /// The schema of every plan.
    pub schema: Arc<Schema>,
    /// What lists and reports are served from.
    pub models: ReadModels,
    /// The plans that are open.
    pub rooms: Rooms,
    /// What an operator watches.
    pub metrics: Arc<Metrics>,
    /// A place for each websocket.
    pub websockets: Arc<Semaphore>,
    /// The keys of contacts.
    pub keys: KeyStore,
    /// Other systems that are told what happens.
    pub webhooks: Webhooks,
    /// The times that the server's own changes bear.
    pub stamps: Arc<Stamps>,
    /// What was asked for with an idempotency key.
    pub keys_of_requests: Arc<Keys>,
    /// What one person may take of it all.
    pub fairness: Fairness,
    /// When tokens were last used.
    pub token_uses: TokenUses,
    /// Refused writes, for the audit.
    pub denials: Denials,
    /// A place for each audit that is being told: one of a plan folds all of it.
    pub audits: Places,
    /// What is signed of the journal.
    pub checkpoints: Checkpoints,
    worker: Worker,
    /// Opens the control addresses to whoever can read the data folder.
    pub owner: (String, SecretDigest),
    /// The address it is reached at: known once it listens, unless the configuration says it.
    address: OnceLock<String>,
    stopping: watch::Sender<bool>,
}

impl App {
    /// Opens a data folder.
    pub async fn open(config: Config, clock: Clock) -> Result<Arc<Self>> {
        make_data_folder(&config.data)?;
        let dir = journal_dir(&config.data);
        let opening = tokio::task::spawn_blocking(move || SegmentJournal::open(&dir, Options::default()));
        Self::open_on(config, clock, Arc::new(opening.await??)).await
    }

    /// Opens a data folder whose journal is open already.
    pub async fn open_on(config: Config, clock: Clock, journal: Arc<SegmentJournal>) -> Result<Arc<Self>> {
        let schema = Arc::new(Schema::standard());
        let epoch = crate::epoch::of(&config.data, &*journal)?;
        let keys = KeyStore::open(&config.data, Arc::clone(&schema));
        if config.sample {
            sample::ensure(&journal, &keys, &schema, clock.now()).await?;
        }
        let directory = Directory::open(Arc::clone(&journal), clock.clone()).await?;
        keys.erase_again(&directory.state())?;
        let address = config.public_url.clone().map_or_else(OnceLock::new, OnceLock::from);
        let metrics = Arc::new(Metrics::default());
        let snapshots = Snapshots::new(&config.data);
        let (models, worker) = ReadModels::open(
            &config.data,
            Arc::clone(&journal),
            snapshots.clone(),
            Arc::clone(&metrics),
        )?;
        models.opened().await;
        let stopping = watch::channel(false).0;
        let keys_of_requests = Arc::new(Keys::open(&config.data, clock.now())?);
        let stamps = Arc::new(Stamps::new(clock.clone(), keys_of_requests.newest()));
        let denials = Denials::start(directory.clone());
        let rooms = Rooms::new(RoomsInit {
            journal: Arc::clone(&journal),
            directory: directory.clone(),
            schema: Arc::clone(&schema),
            clock: clock.clone(),
            stamps: Arc::clone(&stamps),
            metrics: Arc::clone(&metrics),
            snapshots,
            epoch,
            models: models.clone(),
            denials: denials.clone(),
            keys: keys.clone(),
            stopping: stopping.subscribe(),
            idle_time: config.room_idle_time,
        });
        let checkpoints = Checkpoints::new(&config.data, Arc::clone(&journal), clock.clone());
        let websockets = Arc::new(Semaphore::new(config.connections_max));
        let webhooks = open_webhooks(&config, &journal, &directory, &clock, stopping.subscribe())?;
        let fairness = Fairness::new(config.connections_max);
        Ok(Arc::new(Self {
            config,
            clock,
            journal,
            directory,
            schema,
            models,
            rooms,
            metrics,
            websockets,
            webhooks,
            keys_of_requests,
            stamps,
            keys,
            fairness,
            token_uses: TokenUses::default(),
            denials,
            audits: Places::default(),
            checkpoints,
            worker,
            owner: secret::new_secret(),
            address,
            stopping,
        }))
    }

    /// The address it is reached at, such as `http://127.0.0.1:8080`, without a slash at its end.
    pub fn address(&self) -> &str {
        self.address.get().map_or("http://127.0.0.1", String::as_str)
    }

    /// Says where it listens; a configured public address stays.
    pub fn listens_at(&self, local: std::net::SocketAddr) {
        // Set already: the configuration said it.
        let _ = self.address.set(format!("http://{local}"));
    }

    /// Whether people reach it over https.
    pub fn is_https(&self) -> bool {
        self.address().starts_with("https://")
    }

    /// The plan, if it is there; archived or not.
    pub fn has_plan(&self, plan: PlanId) -> bool {
        self.directory.state().plan(plan).is_some()
    }

    /// Turns true when the server begins to stop.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// Begins to stop: no new connections, peers are told.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Ends everything in order; returns when what was taken is on disk.
    pub async fn close(&self) {
        self.stop();
        if !self.rooms.ended(ROOMS_TIME).await {
            tracing::warn!("plans were still open when the time to stop was over");
        }
        // Sockets say their last word.
        let all = u32::try_from(self.config.connections_max).unwrap_or(u32::MAX);
        if tokio::time::timeout(SOCKETS_TIME, self.websockets.acquire_many(all))
            .await
            .is_err()
        {
            tracing::warn!("websockets were still open when the time to stop was over");
        }
        self.denials.close().await;
        self.worker.close().await;
        self.journal.close().await;
    }
}

/// Where the journal is in a data folder.
pub fn journal_dir(data: &Path) -> PathBuf {
    data.join("journal")
}

/// Makes a folder that only its owner can look into; one that is there stays as it is.
pub fn make_private_folder(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(dir)
}

/// Makes the data folder, if it is not there.
pub fn make_data_folder(dir: &Path) -> Result<()> {
    make_private_folder(dir).with_context(|| format!("cannot make the data folder {}", dir.display()))
}

fn open_webhooks(
    config: &Config,
    journal: &Arc<SegmentJournal>,
    directory: &Directory,
    clock: &Clock,
    stopping: watch::Receiver<bool>,
) -> std::io::Result<Webhooks> {
    let init = WebhooksInit {
        journal: Arc::clone(journal),
        directory: directory.clone(),
        clock: clock.clone(),
        allowed: Allowed {
            inside: config.webhooks_inside,
        },
        trusted: config.webhooks_trusted.clone(),
        patience: config.webhooks_patience,
        stopping,
    };
    Webhooks::open(&config.data, init)
}
