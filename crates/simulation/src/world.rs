//! The world: what there is, and the loop that lets time pass.

use std::collections::BTreeMap;

use domain::{Fact, PlanId, Seq, TimestampMs};
use journal::Key;
use journal::testing::SimulatedDisk;
use plan::Keyring;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use crate::backups::{Backup, Until};
use crate::cache::Cache;
use crate::client::{Clock, Device};
use crate::config::Config;
use crate::coverage::Coverage;
use crate::judge::Judge;
use crate::net::Conn;
use crate::schedule::{Event, Schedule};
use crate::server::Server;
use crate::tabs::Browser;
use crate::told::Told;
use crate::trace::Trace;

/// When the world begins, by a true clock.
pub(crate) const BEGIN: TimestampMs = TimestampMs(1_700_000_000_000);
/// Events of one run at most: a world that does more in its few minutes goes round in circles.
const EVENTS_MAX: u64 = 200_000;

/// See the module.
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) config: Config,
    pub(crate) rng: ChaCha8Rng,
    /// True time, in milliseconds since the world began.
    pub(crate) now: i64,
    pub(crate) schedule: Schedule,
    pub(crate) trace: Trace,
    pub(crate) coverage: Coverage,
    pub(crate) disk: SimulatedDisk,
    /// The disk takes no less than so many milliseconds until some time.
    pub(crate) slow: (i64, i64),
    pub(crate) cache: Cache,
    pub(crate) server: Option<Server>,
    /// Which process it is.
    pub(crate) boot: u64,
    pub(crate) server_clock: Clock,
    /// Plans that were ever asked for.
    pub(crate) plans_made: usize,
    /// Rooms that there were.
    pub(crate) rooms: u64,
    /// Connections that have said Hello.
    pub(crate) peers: u64,
    pub(crate) plans: Vec<PlanId>,
    pub(crate) conns: Vec<Conn>,
    pub(crate) devices: Vec<Device>,
    /// What their browsers keep.
    pub(crate) browsers: Vec<Browser>,
    pub(crate) told: Told,
    /// The control events that were told, by their places in the workspace's stream.
    pub(crate) controls: BTreeMap<Seq, Key>,
    /// What may be written, and what was.
    pub(crate) judge: Judge,
    /// The keys of each plan's contacts.
    pub(crate) keys: BTreeMap<PlanId, Keyring>,
    /// The last backup that was made.
    pub(crate) backup: Option<Backup>,
    /// Which life of the data folder it is: a backup that is put back begins another one.
    pub(crate) epoch: u32,
    /// A backup was put back, of which so much must be there, and no server has begun on it.
    pub(crate) restored: Option<Until>,
    /// What rooms said their changes did.
    pub(crate) facts: BTreeMap<(PlanId, Seq), Vec<Fact>>,
}

impl World {
    /// A world in which nobody has done anything: the server is up, and some have the plan open.
    pub(crate) fn new(seed: u64) -> Self {
        let config = Config::of(seed);
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x7071_d000_0000_0000);
        let devices: Vec<Device> = (0..config.devices)
            .map(|number| Device::new(number, &config, &mut rng))
            .collect();
        let mut world = Self {
            seed,
            rng,
            now: 0,
            schedule: Schedule::default(),
            trace: Trace::default(),
            coverage: Coverage::default(),
            disk: SimulatedDisk::new(seed),
            slow: (0, 0),
            cache: Cache::default(),
            server: None,
            boot: 0,
            server_clock: Clock::default(),
            plans_made: 1,
            rooms: 0,
            peers: 0,
            plans: Vec::new(),
            conns: Vec::new(),
            browsers: devices.iter().map(|_| Browser::default()).collect(),
            devices,
            told: Told::default(),
            controls: BTreeMap::new(),
            judge: Judge::default(),
            keys: BTreeMap::new(),
            backup: None,
            epoch: 0,
            restored: None,
            facts: BTreeMap::new(),
            config,
        };
        world.plans.push(plan_id(0));
        world.on_boot(0);
        for device in 0..world.config.devices - world.config.late {
            world.open(device, 0);
        }
        world
    }

    /// The server's time.
    pub(crate) fn server_now(&self) -> TimestampMs {
        self.server_clock.read(self.now)
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, ms: i64) {
        let until = self.now + ms;
        while let Some((at, event)) = self.schedule.pop(until) {
            self.now = self.now.max(at);
            self.happen(event);
        }
        self.now = until;
    }

    /// The next thing happens, if there is any up to a time.
    pub(crate) fn step(&mut self, until: i64) -> bool {
        let Some((at, event)) = self.schedule.pop(until) else {
            return false;
        };
        self.now = self.now.max(at);
        self.happen(event);
        true
    }

    /// A small time by chance.
    pub(crate) fn some_ms(&mut self, most: i64) -> i64 {
        self.rng.random_range(0..=most)
    }

    fn happen(&mut self, event: Event) {
        let now = u64::try_from(self.now).unwrap_or(0);
        self.trace.note(name(&event), &[now]);
        assert!(self.trace.steps() < EVENTS_MAX, "the world goes round in circles");
        match event {
            Event::Opened(conn) => self.on_opened(conn),
            Event::Up(conn) => self.on_up(conn),
            Event::Take(conn) => self.on_take(conn),
            Event::Down(conn) => self.on_down(conn),
            Event::LostAtClient(conn) => self.on_lost_at_client(conn),
            Event::LostAtServer(conn) => self.on_lost_at_server(conn),
            Event::Wake { device, token } => self.on_wake(device, token),
            Event::Begin { plan, room } => self.on_begin(plan, room),
            Event::RoomWake { plan, room, token } => self.on_room_wake(plan, room, token),
            Event::Disk { plan, room } => self.on_disk(plan, room),
            Event::History {
                plan,
                room,
                peer,
                from,
                bytes_max,
            } => self.on_history(plan, room, peer, from, bytes_max),
            Event::Piece {
                plan,
                room,
                peer,
                info,
                offset,
                bytes_max,
            } => self.on_piece(plan, room, peer, &info, offset, bytes_max),
            Event::Snapshot { plan, boot } => self.on_snapshot(plan, boot),
            Event::Manifest { plan, boot, files } => self.on_manifest(plan, boot, &files),
            Event::Control(boot) => self.on_control(boot),
            Event::Access { plan, room } => self.on_access(plan, room),
            Event::Idle { plan, room, token } => self.on_idle(plan, room, token),
            Event::Boot(boot) => self.on_boot(boot),
        }
    }
}

/// The plans of a world.
pub(crate) fn plan_id(number: usize) -> PlanId {
    PlanId(Uuid::from_u128(
        0x0000_0000_0000_7000_8000_0000_0000_0042 + number as u128,
    ))
}

fn name(event: &Event) -> &'static str {
    match event {
        Event::Opened(_) => "opened",
        Event::Up(_) => "up",
        Event::Take(_) => "take",
        Event::Down(_) => "down",
        Event::LostAtClient(_) => "lost at client",
        Event::LostAtServer(_) => "lost at server",
        Event::Wake { .. } => "wake",
        Event::Begin { .. } => "begin",
        Event::RoomWake { .. } => "room wake",
        Event::Disk { .. } => "disk",
        Event::History { .. } => "history",
        Event::Piece { .. } => "piece",
        Event::Snapshot { .. } => "snapshot",
        Event::Manifest { .. } => "manifest",
        Event::Control(_) => "control",
        Event::Access { .. } => "access",
        Event::Idle { .. } => "idle",
        Event::Boot(_) => "boot",
    }
}
