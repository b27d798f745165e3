//! The parameters of a world, chosen by its seed: how many people, how slow, how small the budgets, what fails.

use std::sync::Arc;

use domain::schema::Who;
use domain::{Role, Schema, SectionId};
use journal::Options;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::ops::Verb;

/// The most that one append may take, in bytes: small, so that segments are short and there are many.
const APPEND_BYTES_MAX: usize = 24 * 1024;
/// What a group of changes may take: with its framing it fits into one append.
const GROUP_BYTES_MAX: usize = 8 * 1024;
/// The sections that people edit.
pub(crate) const SECTIONS: [SectionId; 7] = [
    SectionId::Opportunities,
    SectionId::Initiatives,
    SectionId::Actions,
    SectionId::People,
    SectionId::Profile,
    SectionId::Decisions,
    SectionId::Objectives,
];

/// The parameters of one world.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Operations of the script.
    pub(crate) ops: usize,
    /// About how much time passes between two of a burst, in milliseconds.
    pub(crate) pause_ms: u32,
    /// Devices; some belong to the same person.
    pub(crate) devices: usize,
    /// How many of them open the plan only later.
    pub(crate) late: usize,
    /// Whether the devices of a person are tabs of one browser.
    pub(crate) tabs: bool,
    /// How many people there are.
    pub(crate) people: usize,
    /// Milliseconds that a frame is under way, at most.
    pub(crate) latency_ms: i64,
    /// Milliseconds that an append takes, at most.
    pub(crate) disk_ms: i64,
    /// A room that nobody is in leaves memory after this time.
    pub(crate) idle_ms: i64,
    /// A snapshot is taken after so many entries.
    pub(crate) snapshot_entries: u64,
    /// Faults of each kind come so many times as often as usual, in quarters.
    storms: [u32; 5],
    /// Whether backups are made and put back.
    restores: bool,
    /// What everyone is in the first plan, and what each person is who is named.
    pub(crate) everyone: Option<Role>,
    pub(crate) roles: Vec<Option<Role>>,
    /// One of so many pages takes itself for a client executive's, whatever the server says.
    pub(crate) forging: u32,
    /// Bounds of rooms.
    pub(crate) limits: relay::Limits,
    /// What the clients think may be written.
    pub(crate) schema: Arc<Schema>,
    /// What the server lets them write.
    pub(crate) server_schema: Arc<Schema>,
}

impl Config {
    /// The parameters of a seed.
    pub(crate) fn of(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let devices = rng.random_range(2..=5);
        let refuses = rng.random_ratio(1, 3);
        let schema = Schema::standard();
        let mut server_schema = schema.clone();
        if refuses {
            refuse_some(&mut rng, &mut server_schema);
        }
        let people = rng.random_range(2..=devices);
        let (everyone, roles) = parts(&mut rng, people);
        Self {
            ops: if rng.random_ratio(1, 20) {
                400
            } else {
                rng.random_range(40..110)
            },
            pause_ms: [5, 40, 200][rng.random_range(0..3)],
            devices,
            late: rng.random_range(0..devices),
            people,
            latency_ms: [2, 30, 400][rng.random_range(0..3)],
            disk_ms: [1, 10, 120][rng.random_range(0..3)],
            idle_ms: [50, 1_000, 30_000][rng.random_range(0..3)],
            snapshot_entries: rng.random_range(4..60),
            storms: std::array::from_fn(|_| [0, 4, 4, 12][rng.random_range(0..4)]),
            everyone,
            roles,
            forging: [0, 0, 8, 3][rng.random_range(0..4)],
            limits: limits(&mut rng),
            restores: rng.random_ratio(1, 4),
            tabs: rng.random_bool(0.5),
            schema: Arc::new(schema),
            server_schema: Arc::new(server_schema),
        }
    }

    /// How often an operation comes in this world. Some worlds have no faults of a kind, some have many.
    pub(crate) fn weight(&self, verb: Verb, usual: u32) -> u32 {
        let [network, server, disk, clocks, roles] = self.storms;
        let quarters = match verb {
            Verb::Cut | Verb::Offline | Verb::Stall => network,
            Verb::Crash | Verb::Stop => server,
            Verb::SyncFails | Verb::WriteFails | Verb::Full | Verb::Slow => disk,
            Verb::Clock | Verb::ServerClock => clocks,
            Verb::Role | Verb::Stage => roles,
            Verb::Backup | Verb::Restore => u32::from(self.restores) * 4,
            _ => 4,
        };
        usual * quarters
    }

    /// Whether the server is ever killed in this world.
    pub(crate) const fn has_crashes(&self) -> bool {
        self.storms[1] > 0
    }

    /// How the journal works.
    pub(crate) fn journal(seed: u64) -> Options {
        let mut identity = [0; 32];
        identity[..8].copy_from_slice(&seed.to_le_bytes());
        Options {
            segment_bytes: 0,
            append_bytes_max: APPEND_BYTES_MAX,
            identity: Some(identity),
            ..Options::default()
        }
    }
}

/// Who has which part in the plan when the world begins. In some worlds all own it.
fn parts(rng: &mut impl Rng, people: usize) -> (Option<Role>, Vec<Option<Role>>) {
    if rng.random_ratio(1, 4) {
        return (None, vec![Some(Role::ClientExecutive); people]);
    }
    let everyone = [None, Some(Role::Seller), Some(Role::Seller), Some(Role::Observer)][rng.random_range(0..4)];
    let role = |number| match number {
        // Who makes a plan owns it.
        0 => Some(Role::ClientExecutive),
        _ if rng.random_ratio(1, 5) => None,
        _ => Some(some_role(rng)),
    };
    (everyone, (0..people).map(role).collect())
}

/// A role by chance: mostly one that writes.
pub(crate) fn some_role(rng: &mut impl Rng) -> Role {
    let common = [
        Role::ClientExecutive,
        Role::Facilitator,
        Role::Seller,
        Role::Seller,
        Role::Seller,
        Role::Observer,
        Role::Observer,
    ];
    if rng.random_ratio(3, 4) {
        common[rng.random_range(0..common.len())]
    } else {
        Role::ALL[rng.random_range(0..Role::ALL.len())]
    }
}

/// Budgets so small that they are met.
fn limits(rng: &mut impl Rng) -> relay::Limits {
    let usual = relay::Limits::default();
    let send_budget_bytes = [1_200, 6_000, usual.send_budget_bytes][rng.random_range(0..3)];
    relay::Limits {
        send_budget_bytes,
        send_bytes_max: send_budget_bytes.max(20_000) * 3,
        load_bytes: [300, 3_000, usual.load_bytes][rng.random_range(0..3)],
        snapshot_piece_bytes: [700, usual.snapshot_piece_bytes][rng.random_range(0..2)],
        snapshot_ahead_entries: rng.random_range(5..60),
        group_changes_max: [1, 4, usual.group_changes_max][rng.random_range(0..3)],
        group_bytes_max: GROUP_BYTES_MAX,
        rejected_actors_max: [1, 3, usual.rejected_actors_max][rng.random_range(0..3)],
        ..usual
    }
}

/// A server that refuses some fields which the clients have: one of another version, or with another mind.
fn refuse_some(rng: &mut impl Rng, schema: &mut Schema) {
    for section in &mut schema.sections {
        if !SECTIONS.contains(&section.id) {
            continue;
        }
        for field in &mut section.fields {
            let basic = ["title", "rank", "deleted"].contains(&field.key.as_ref());
            if !basic && rng.random_ratio(1, 8) {
                field.who = Who::Server;
            }
        }
    }
}
