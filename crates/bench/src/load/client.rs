//! One client: the session core over a websocket, and a person who edits at random.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::bail;
use domain::{ChangeHash, Schema, Seq, TimestampMs};
use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{Body, ServerFrame, decode_server};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use session::{Config, Connection, Event, Output, Session};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::{Interval, MissedTickBehavior};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::acks::{Acks, Heard};
use super::report::Times;
use crate::edits;

/// How long a connection may take to be opened.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What the clients do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// They open the plan.
    #[default]
    Open,
    /// They edit.
    Edit,
    /// They wait until everything is saved and everywhere.
    Settle,
    /// They stop.
    End,
}

/// How it stands with a client.
#[derive(Debug, Clone, Default)]
pub(crate) struct Status {
    pub(crate) number: usize,
    pub(crate) phase: Phase,
    pub(crate) online: bool,
    /// A connection was lost at some time.
    pub(crate) lost: bool,
    pub(crate) disconnects: usize,
    pub(crate) sent: usize,
    pub(crate) acked: usize,
    pub(crate) unsaved: usize,
    pub(crate) rejected: usize,
    pub(crate) seq: Seq,
    /// Only while settling: they are dear.
    pub(crate) heads: String,
    pub(crate) trouble: String,
}

/// One client.
pub(crate) struct Client {
    session: Session,
    schema: std::sync::Arc<Schema>,
    request: Request,
    socket: Option<Socket>,
    deadline: Option<TimestampMs>,
    random: ChaCha8Rng,
    ticks: Interval,
    acks: Acks,
    times: Times,
    own: HashSet<ChangeHash>,
    settled: HashSet<ChangeHash>,
    /// Received from others, not in the document yet.
    arriving: BTreeMap<Seq, ChangeHash>,
    status: Status,
}

/// What a client waits for.
enum Next {
    Phase(Phase),
    Message(Option<Vec<u8>>),
    Timeout,
    Edit,
}

impl Client {
    pub(crate) fn new(
        number: u32,
        config: Config,
        request: Request,
        acks: Acks,
        times: Times,
        clients: u32,
        rate: f64,
    ) -> Self {
        let every = Duration::from_secs_f64(1.0 / rate);
        // The clients take turns, so that their edits are spread evenly.
        let first = tokio::time::Instant::now() + every.mul_f64(f64::from(number) / f64::from(clients));
        let mut ticks = tokio::time::interval_at(first, every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let random = ChaCha8Rng::seed_from_u64(config.seed);
        let schema = std::sync::Arc::clone(&config.schema);
        Self {
            session: Session::new(config),
            schema,
            request,
            socket: None,
            deadline: None,
            random,
            ticks,
            acks,
            times,
            own: HashSet::new(),
            settled: HashSet::new(),
            arriving: BTreeMap::new(),
            status: Status {
                number: usize::try_from(number).unwrap_or(usize::MAX),
                ..Status::default()
            },
        }
    }

    /// Runs until the end is told.
    pub(crate) async fn run(mut self, mut phase: watch::Receiver<Phase>, news: mpsc::Sender<Status>) {
        while self.status.phase != Phase::End {
            if let Err(error) = self.drain().await {
                self.status.trouble = format!("{error:#}");
            }
            self.tell(&news);
            match self.wait(&mut phase).await {
                Next::Phase(phase) => self.status.phase = phase,
                Next::Message(Some(bytes)) => self.on_bytes(&bytes),
                Next::Message(None) => self.disconnected(),
                Next::Timeout => {
                    self.deadline = None;
                    self.session.handle_timeout(now());
                }
                Next::Edit => self.edit(),
            }
        }
    }

    async fn wait(&mut self, phase: &mut watch::Receiver<Phase>) -> Next {
        let editing = self.status.phase == Phase::Edit;
        let deadline = self.deadline.map(|deadline| {
            let wait_ms = u64::try_from(deadline.0.saturating_sub(now().0)).unwrap_or(0);
            tokio::time::Instant::now() + Duration::from_millis(wait_ms)
        });
        tokio::select! {
            changed = phase.changed() => {
                // The sender is gone: so is everybody else.
                Next::Phase(changed.map_or(Phase::End, |()| *phase.borrow_and_update()))
            }
            message = receive(&mut self.socket) => Next::Message(message),
            () = sleep_until(deadline) => Next::Timeout,
            _ = self.ticks.tick(), if editing => Next::Edit,
        }
    }

    /// Does what the session wants.
    async fn drain(&mut self) -> anyhow::Result<()> {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Connect => self.connect().await?,
                Output::Disconnect => self.socket = None,
                Output::Send(bytes) => {
                    if let Some(socket) = &mut self.socket
                        && socket.send(Message::Binary(bytes)).await.is_err()
                    {
                        self.disconnected();
                    }
                }
                Output::Timeout(at) => self.deadline = Some(at),
                Output::Event(event) => self.on_event(&event),
            }
        }
        Ok(())
    }

    async fn connect(&mut self) -> anyhow::Result<()> {
        let connecting = tokio_tungstenite::connect_async(self.request.clone());
        match tokio::time::timeout(CONNECT_LIMIT, connecting).await {
            Ok(Ok((socket, _))) => {
                self.socket = Some(socket);
                self.session.handle_connected(now());
                Ok(())
            }
            Ok(Err(error)) => {
                self.session.handle_disconnected(now());
                bail!("cannot connect: {error}");
            }
            Err(_) => {
                self.session.handle_disconnected(now());
                bail!("cannot connect within {CONNECT_LIMIT:?}");
            }
        }
    }

    fn disconnected(&mut self) {
        if self.socket.take().is_some() {
            self.status.lost = true;
            self.status.disconnects += 1;
        }
        self.session.handle_disconnected(now());
    }

    /// Writes down what the server says, then lets the session have it.
    fn on_bytes(&mut self, bytes: &[u8]) {
        match decode_server(bytes) {
            Ok(ServerFrame::Ack(acks)) => {
                let heard: Vec<_> = acks.iter().map(|ack| (Heard::Acknowledged, ack.hash)).collect();
                self.own.extend(acks.iter().map(|ack| ack.hash));
                self.write_down(&heard);
            }
            Ok(ServerFrame::Entries(entries)) => {
                let mut heard = Vec::new();
                for entry in entries {
                    let Body::Change { hash, .. } = entry.entry.body else {
                        continue;
                    };
                    if self.own.contains(&hash) {
                        heard.push((Heard::Acknowledged, hash));
                    } else {
                        self.arriving.insert(entry.seq, hash);
                        heard.push((Heard::Seen, hash));
                    }
                }
                self.write_down(&heard);
            }
            Ok(ServerFrame::Bye(bye)) => self.status.trouble = bye.to_string(),
            Ok(_) => {}
            Err(error) => self.status.trouble = error.to_string(),
        }
        self.session.handle_frame(now(), bytes);
    }

    fn write_down(&mut self, heard: &[(Heard, ChangeHash)]) {
        // An own change that comes in an Ack and again in its group is said once.
        let fresh = |(heard, hash): &&(Heard, ChangeHash)| match heard {
            Heard::Acknowledged => self.settled.insert(*hash),
            Heard::Seen => true,
        };
        let fresh: Vec<_> = heard.iter().filter(fresh).copied().collect();
        if let Err(error) = self.acks.write(&fresh) {
            self.status.trouble = format!("{error:#}");
        }
    }

    fn on_event(&mut self, event: &Event) {
        if let Event::Head(seq) = event {
            let later = self.arriving.split_off(&seq.next());
            let arrived: Vec<ChangeHash> = std::mem::replace(&mut self.arriving, later).into_values().collect();
            self.times.seen(&arrived, Instant::now());
        }
    }

    fn edit(&mut self) {
        let Some(replica) = self.session.replica() else { return };
        let edits = edits::next(replica, &self.schema, &mut self.random);
        if edits.is_empty() {
            return;
        }
        let made = Instant::now();
        match self.session.edit(now(), edits) {
            Ok(Some(hash)) => {
                self.own.insert(hash);
                self.status.sent += 1;
                self.times.made(hash, made);
            }
            Ok(None) => {}
            Err(error) => self.status.trouble = error.to_string(),
        }
    }

    /// Tells how it stands. When too much news waits, this one is left out: there is a newer one soon.
    fn tell(&mut self, news: &mpsc::Sender<Status>) {
        let status = &mut self.status;
        status.online = matches!(self.session.connection(), Connection::Online);
        status.acked = self.settled.len();
        status.unsaved = self.session.unsaved();
        status.rejected = self.session.rejected().len();
        if let Some(rejected) = self.session.rejected().last() {
            status.trouble = format!("rejected: {}: {:?}", rejected.reason, rejected.edits);
        }
        status.seq = self.session.last_seq();
        let settling = status.phase == Phase::Settle;
        status.heads = if settling { self.session.heads() } else { String::new() };
        let _ = news.try_send(status.clone());
    }
}

/// The next binary message; None: the connection is gone. Never, while there is none.
async fn receive(socket: &mut Option<Socket>) -> Option<Vec<u8>> {
    let Some(socket) = socket else {
        return std::future::pending().await;
    };
    loop {
        match socket.next().await {
            Some(Ok(Message::Binary(bytes))) => return Some(bytes.into()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            Some(Ok(_)) => {}
        }
    }
}

async fn sleep_until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

fn now() -> TimestampMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    TimestampMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
