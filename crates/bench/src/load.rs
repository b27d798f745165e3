//! `interlock-bench load`: many clients in one plan, each with the client's real core.

mod acks;
mod client;
mod report;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use domain::{ActorId, PlanId, Schema};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use uuid::Uuid;

use self::acks::Acks;
use self::client::{Client, Phase, Status};
use self::report::{Report, Times};

/// How long the clients may take to open the plan.
const READY_LIMIT: Duration = Duration::from_mins(1);
/// News of clients that wait to be counted.
const NEWS_MAX: usize = 10_000;

/// What to do.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The server's address, such as http://127.0.0.1:8080.
    #[arg(long)]
    url: String,
    /// An API token.
    #[arg(long, env = "INTERLOCK_TOKEN", hide_env_values = true)]
    token: String,
    /// The plan's id.
    #[arg(long, value_parser = plan_id)]
    plan: PlanId,
    /// How many clients.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    clients: u32,
    /// Edits a second, of each client; 0.5 is one edit every two seconds.
    #[arg(long, default_value_t = 5.0, value_parser = rate)]
    rate: f64,
    /// How long they edit, in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Writes a line `ACK <hash> <monotonic ns>` for every acknowledged change and `SEEN <hash> <monotonic ns>` for every
    /// one received from others, each at once.
    #[arg(long, value_name = "FILE")]
    acks: Option<PathBuf>,
    /// How long everyone may take at the end to have everything, in seconds.
    #[arg(long, default_value_t = 30)]
    settle: u32,
    /// What the edits are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Ends as soon as a connection is lost, instead of coming back until the time is up.
    #[arg(long)]
    until_disconnect: bool,
}

fn plan_id(text: &str) -> Result<PlanId, String> {
    text.parse().map_err(|error: domain::ids::IdError| error.to_string())
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    let bounds = 0.01..=1_000.0;
    if bounds.contains(&rate) {
        Ok(rate)
    } else {
        Err("0.01 to 1000 edits a second are possible".to_owned())
    }
}

/// Runs the load and prints its report. True: everyone has everything.
pub(crate) fn run(options: &Options) -> anyhow::Result<bool> {
    let acks = Acks::open(options.acks.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(load(options, acks))?;
    // Clients that still try to connect are of no more interest.
    runtime.shutdown_background();
    println!("{}", serde_json::to_string(&report)?);
    Ok(report.is_good())
}

async fn load(options: &Options, acks: Acks) -> anyhow::Result<Report> {
    let times = Times::default();
    let (phase, _) = watch::channel(Phase::Open);
    let (news, mut heard) = mpsc::channel(NEWS_MAX);
    let schema = Arc::new(Schema::standard());
    for number in 0..options.clients {
        let config = session::Config {
            plan: options.plan,
            actor: ActorId(*Uuid::now_v7().as_bytes()),
            schema: Arc::clone(&schema),
            seed: options.seed.wrapping_mul(1_000_003).wrapping_add(u64::from(number)),
            entropy: rand::random(),
        };
        let request = request(options)?;
        let client = Client::new(
            number,
            config,
            request,
            acks.clone(),
            times.clone(),
            options.clients,
            options.rate,
        );
        tokio::spawn(client.run(phase.subscribe(), news.clone()));
    }
    drop(news);

    let clients = usize::try_from(options.clients).context("so many clients fit into memory")?;
    let mut all = Everyone {
        status: vec![Status::default(); clients],
        lost: false,
        until_disconnect: options.until_disconnect,
    };
    if !all
        .hear_until(&mut heard, Instant::now() + READY_LIMIT, Everyone::are_ready)
        .await
        && !all.ends_early()
    {
        bail!(
            "not every client could open the plan within {READY_LIMIT:?}: {}",
            all.trouble()
        );
    }
    phase.send_replace(Phase::Edit);
    let edits_end = Instant::now() + Duration::from_secs(u64::from(options.seconds));
    all.hear_until(&mut heard, edits_end, |_| false).await;
    phase.send_replace(Phase::Settle);
    // Statuses from before the last edit would lie: each client answers the new phase with a fresh one.
    all.status.iter_mut().for_each(|status| status.phase = Phase::Edit);
    let settle_end = Instant::now() + Duration::from_secs(u64::from(options.settle));
    all.hear_until(&mut heard, settle_end, Everyone::are_equal).await;
    phase.send_replace(Phase::End);
    Ok(Report::new(&all.status, all.are_equal(), &times))
}

/// What the clients have said last.
struct Everyone {
    status: Vec<Status>,
    lost: bool,
    until_disconnect: bool,
}

impl Everyone {
    /// Listens until something holds, or the time is up, or it is to end early. True: it holds.
    async fn hear_until(
        &mut self,
        heard: &mut mpsc::Receiver<Status>,
        end: Instant,
        holds: impl Fn(&Self) -> bool,
    ) -> bool {
        loop {
            if holds(self) {
                return true;
            }
            if self.ends_early() {
                return false;
            }
            match tokio::time::timeout_at(end.into(), heard.recv()).await {
                Ok(Some(status)) => {
                    self.lost |= status.lost;
                    let index = status.number;
                    if let Some(slot) = self.status.get_mut(index) {
                        *slot = status;
                    }
                }
                Ok(None) | Err(_) => return false,
            }
        }
    }

    fn ends_early(&self) -> bool {
        self.lost && self.until_disconnect
    }

    fn are_ready(&self) -> bool {
        self.status.iter().all(|status| status.online)
    }

    /// Everyone has stopped, nothing waits, and all documents are the same.
    fn are_equal(&self) -> bool {
        let Some(first) = self.status.first() else { return true };
        self.status.iter().all(|status| {
            status.phase == Phase::Settle
                && status.online
                && status.unsaved == 0
                && status.seq == first.seq
                && status.heads == first.heads
        })
    }

    fn trouble(&self) -> String {
        let waiting = self.status.iter().find(|status| !status.online);
        waiting.map_or_else(|| "all are online".to_owned(), |status| status.trouble.clone())
    }
}

/// The websocket's address, with the token.
fn request(options: &Options) -> anyhow::Result<Request> {
    let url = options.url.trim_end_matches('/');
    let Some(rest) = url.strip_prefix("http://") else {
        bail!("'{url}' is not an address that this program speaks to: expected http://HOST:PORT");
    };
    let mut request = format!("ws://{rest}/api/v1/plans/{}/sync", options.plan).into_client_request()?;
    let bearer = HeaderValue::from_str(&format!("Bearer {}", options.token)).context("not a token")?;
    request.headers_mut().insert("authorization", bearer);
    Ok(request)
}
