//! Connections: frames under way both ways, in order within a connection and in no order between two; a socket of the
//! server that fills when its reader is slow; ends that do not know of each other's death.

use std::collections::VecDeque;

use bytes::Bytes;
use domain::{PlanId, Role};
use protocol::{Bye, PeerId, ServerFrame, encode_server};
use rand::RngExt;

use crate::coverage::Seen;
use crate::schedule::Event;
use crate::world::World;

/// A connection, by its place in the world's list.
pub(crate) type ConnId = usize;

/// A client notices a connection that is dead and silent after this time, by its network's own means.
const KEEPALIVE_MS: i64 = 120_000;
/// The server notices it after this time: three pings without an answer.
const SILENCE_MS: i64 = 80_000;
/// A connection that finds nobody fails after this time, at most.
const REFUSED_MS: i64 = 3_000;
/// Most frames that a socket takes at once.
const TAKE_FRAMES: usize = 4;

/// One connection.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each end has its own view of whether it lives, and none follows from another"
)]
pub(crate) struct Conn {
    pub(crate) device: usize,
    pub(crate) plan: PlanId,
    /// Which server process it leads to.
    pub(crate) boot: u64,
    /// Its number in the room, once it has said Hello.
    pub(crate) peer: Option<PeerId>,
    /// The client's side takes it for alive.
    pub(crate) client_open: bool,
    /// The server's side takes it for alive.
    pub(crate) server_open: bool,
    /// Nothing passes any more.
    broken: bool,
    /// The server says no more after what is in the socket.
    closing: bool,
    latency_ms: i64,
    up: VecDeque<Bytes>,
    last_up: i64,
    /// Sent by the server and not taken by the network.
    socket: VecDeque<Bytes>,
    taking: bool,
    down: VecDeque<Bytes>,
    last_down: i64,
}

impl Conn {
    /// Whether nothing passes any more.
    pub(crate) const fn is_broken(&self) -> bool {
        self.broken
    }

    /// The server's last word; the room has forgotten the peer.
    pub(crate) fn say_bye(&mut self, bye: Bye) {
        self.socket.push_back(encode_server(&ServerFrame::Bye(bye)));
        self.closing = true;
    }

    /// The server's end is gone with its process. What is under way to the client may arrive still.
    pub(crate) fn server_dies(&mut self, arrives: bool) {
        self.server_open = false;
        self.broken = true;
        self.up.clear();
        self.socket.clear();
        if !arrives {
            self.down.clear();
        }
    }
}

impl World {
    /// A session wants a connection.
    pub(crate) fn connect(&mut self, device: usize, plan: PlanId) {
        let latency_ms = self.rng.random_range(0..=self.config.latency_ms);
        let conn = self.conns.len();
        let boot = self.boot;
        if self.conns.iter().any(|conn| conn.device == device && conn.server_open) {
            self.coverage.one(Seen::DuplicateConnects);
        }
        self.conns.push(Conn {
            device,
            plan,
            boot,
            peer: None,
            client_open: true,
            server_open: false,
            broken: false,
            closing: false,
            latency_ms,
            up: VecDeque::new(),
            last_up: self.now,
            socket: VecDeque::new(),
            taking: false,
            down: VecDeque::new(),
            last_down: self.now,
        });
        self.devices[device].conn = Some(conn);
        // Some attempts find nobody and take long to say so, or never do.
        let wait = if self.devices[device].reachable {
            latency_ms + self.rng.random_range(0..=latency_ms)
        } else {
            self.rng.random_range(0..REFUSED_MS)
        };
        self.schedule.at(self.now + wait, Event::Opened(conn));
    }

    pub(crate) fn on_opened(&mut self, id: ConnId) {
        let there = self.server.is_some() && self.boot == self.conns[id].boot;
        let conn = &mut self.conns[id];
        let device = conn.device;
        if !conn.client_open {
            return;
        }
        if !there || !self.devices[device].reachable {
            conn.client_open = false;
            self.devices[device].conn = None;
            self.with_session(device, session::Session::handle_disconnected);
            return;
        }
        conn.server_open = true;
        self.with_session(device, session::Session::handle_connected);
    }

    /// The client sends a frame.
    pub(crate) fn send_up(&mut self, id: ConnId, bytes: Bytes) {
        let jitter = self.rng.random_range(0..=self.conns[id].latency_ms);
        let conn = &mut self.conns[id];
        if conn.broken || !conn.client_open {
            return;
        }
        conn.last_up = conn.last_up.max(self.now + conn.latency_ms + jitter);
        conn.up.push_back(bytes);
        let at = conn.last_up;
        self.schedule.at(at, Event::Up(id));
    }

    pub(crate) fn on_up(&mut self, id: ConnId) {
        let conn = &mut self.conns[id];
        let Some(bytes) = conn.up.pop_front() else { return };
        if conn.server_open && conn.boot == self.boot {
            self.trace.bytes("up", &bytes);
            self.server_hears(id, bytes);
        }
    }

    /// The server sends a frame.
    pub(crate) fn send_down(&mut self, id: ConnId, bytes: Bytes) {
        self.coverage.one(Seen::Frames);
        self.conns[id].socket.push_back(bytes);
        self.take_soon(id);
    }

    /// The socket takes what waits, unless its reader is slow.
    pub(crate) fn take_soon(&mut self, id: ConnId) {
        let conn = &mut self.conns[id];
        if conn.taking || conn.socket.is_empty() {
            return;
        }
        conn.taking = true;
        let at = self.now.max(self.devices[conn.device].stalled_until);
        self.schedule.at(at, Event::Take(id));
    }

    pub(crate) fn on_take(&mut self, id: ConnId) {
        let conn = &mut self.conns[id];
        conn.taking = false;
        if !conn.server_open {
            return;
        }
        if self.devices[conn.device].stalled_until > self.now {
            self.take_soon(id);
            return;
        }
        let count = conn.socket.len().min(TAKE_FRAMES);
        let taken: Vec<Bytes> = conn.socket.drain(..count).collect();
        let bytes = taken.iter().map(Bytes::len).sum();
        for frame in taken {
            let jitter = self.rng.random_range(0..=self.conns[id].latency_ms);
            let conn = &mut self.conns[id];
            if !conn.broken && conn.client_open {
                conn.last_down = conn.last_down.max(self.now + conn.latency_ms + jitter);
                conn.down.push_back(frame);
                self.schedule.at(conn.last_down, Event::Down(id));
            }
        }
        let conn = &self.conns[id];
        let (peer, plan, done) = (conn.peer, conn.plan, conn.closing && conn.socket.is_empty());
        if done {
            let conn = &mut self.conns[id];
            conn.server_open = false;
            self.schedule.at(conn.last_down, Event::LostAtClient(id));
        } else if let Some(peer) = peer {
            self.with_room(plan, |room, now| room.handle_drained(now, peer, bytes));
        }
        self.take_soon(id);
    }

    pub(crate) fn on_down(&mut self, id: ConnId) {
        let conn = &mut self.conns[id];
        let Some(bytes) = conn.down.pop_front() else { return };
        if conn.client_open {
            let device = conn.device;
            self.trace.bytes("down", &bytes);
            let bytes = if self.devices[device].forges {
                forged(&bytes)
            } else {
                bytes
            };
            self.with_session(device, |session, now| session.handle_frame(now, &bytes));
        }
    }

    /// The client drops its side: what it sent before still arrives, then the end.
    pub(crate) fn drop_at_client(&mut self, device: usize) {
        let Some(id) = self.devices[device].conn.take() else {
            return;
        };
        let conn = &mut self.conns[id];
        conn.client_open = false;
        conn.down.clear();
        if conn.server_open && !conn.broken {
            let at = conn.last_up.max(self.now) + conn.latency_ms;
            self.schedule.at(at, Event::LostAtServer(id));
        }
    }

    pub(crate) fn on_lost_at_client(&mut self, id: ConnId) {
        let conn = &mut self.conns[id];
        if !std::mem::take(&mut conn.client_open) {
            return;
        }
        conn.down.clear();
        let device = conn.device;
        self.devices[device].conn = None;
        self.with_session(device, session::Session::handle_disconnected);
    }

    pub(crate) fn on_lost_at_server(&mut self, id: ConnId) {
        let conn = &mut self.conns[id];
        if conn.boot != self.boot || !std::mem::take(&mut conn.server_open) {
            return;
        }
        conn.socket.clear();
        conn.up.clear();
        if let Some(peer) = conn.peer {
            let plan = conn.plan;
            self.room_hears_leave(plan, peer);
        }
    }

    /// A connection breaks. Chance says what of it still arrives, and who notices when.
    pub(crate) fn cut(&mut self, device: usize) {
        let Some(id) = self.devices[device].conn else { return };
        self.coverage.one(Seen::Cuts);
        let (up_arrives, down_arrives) = (self.rng.random_bool(0.5), self.rng.random_bool(0.5));
        let (client_silent, server_silent) = (self.rng.random_ratio(1, 4), self.rng.random_ratio(1, 3));
        if client_silent || server_silent {
            self.coverage.one(Seen::HalfOpen);
        }
        let conn = &mut self.conns[id];
        conn.broken = true;
        if !up_arrives {
            conn.up.clear();
        }
        if !down_arrives {
            conn.down.clear();
        }
        let soon = |rng: &mut rand_chacha::ChaCha8Rng| rng.random_range(0..500);
        let client_at = if client_silent {
            KEEPALIVE_MS
        } else {
            soon(&mut self.rng)
        };
        let server_at = if server_silent { SILENCE_MS } else { soon(&mut self.rng) };
        self.schedule.at(self.now + client_at, Event::LostAtClient(id));
        self.schedule.at(self.now + server_at, Event::LostAtServer(id));
    }

    /// The server's process is gone: its connections die, and their clients notice sooner or later.
    pub(crate) fn cut_all(&mut self) {
        for id in 0..self.conns.len() {
            if !self.conns[id].server_open {
                continue;
            }
            let arrives = self.rng.random_bool(0.7);
            self.conns[id].server_dies(arrives);
            let silent = self.rng.random_ratio(1, 6);
            if silent {
                self.coverage.one(Seen::HalfOpen);
            }
            let wait = if silent {
                KEEPALIVE_MS
            } else {
                self.rng.random_range(0..1_000)
            };
            let at = self.now.max(self.conns[id].last_down) + wait;
            self.schedule.at(at, Event::LostAtClient(id));
        }
    }
}

/// What a page is told, made into what it would like to hear: that it is a client executive's.
fn forged(bytes: &Bytes) -> Bytes {
    match protocol::decode_server(bytes) {
        Ok(ServerFrame::Welcome(mut welcome)) => {
            welcome.standing.role = Role::ClientExecutive;
            encode_server(&ServerFrame::Welcome(welcome))
        }
        Ok(ServerFrame::Standing(mut standing)) => {
            standing.role = Role::ClientExecutive;
            encode_server(&ServerFrame::Standing(standing))
        }
        _ => bytes.clone(),
    }
}
