//! A seeded world: people come, edit, drop, come back; the disk is slow or fails; sockets stall. In the end everyone
//! has the same document, nothing acknowledged is missing, and nothing is there twice.

mod support;

use std::collections::BTreeSet;

use domain::{ChangeHash, PersonId, Seq};
use plan::edit::Edit;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relay::Limits;
use support::{ANN, BEN, Client, World, actor, hash, make, put};

const SEEDS: u64 = 30;
const SEEDS_LONG: u64 = 2_000;
const STEPS: u32 = 250;
const CLIENTS: u8 = 4;

struct Run {
    world: World,
    clients: Vec<Client>,
    connected: Vec<bool>,
    made: u64,
    random: ChaCha8Rng,
    acknowledged: BTreeSet<ChangeHash>,
}

impl Run {
    fn new(seed: u64) -> Self {
        let limits = Limits {
            load_bytes: 500,
            send_budget_bytes: 3_000,
            send_bytes_max: 60_000,
            snapshot_ahead_entries: 20,
            snapshot_piece_bytes: 300,
            group_changes_max: 5,
            ..Limits::default()
        };
        let mut world = World::with(limits);
        let clients: Vec<Client> = (1..=CLIENTS)
            .map(|n| Client::join(&mut world, person(n), actor(n)))
            .collect();
        let connected = vec![true; clients.len()];
        let random = ChaCha8Rng::seed_from_u64(seed);
        Self {
            world,
            clients,
            connected,
            made: 0,
            random,
            acknowledged: BTreeSet::new(),
        }
    }

    fn step(&mut self) {
        let n = self.random.random_range(0..self.clients.len());
        match self.random.random_range(0..100) {
            0..50 => self.edit(n),
            50..65 => {
                self.world.commit_one();
            }
            65..75 => self.read(n),
            75..80 => self.drop(n),
            80..86 => self.come_back(n),
            86..90 => self.stall(n),
            90..94 => self.world.drain_socket(self.clients[n].peer),
            94..96 => self.world.take_snapshot(),
            96..98 => self.world.slow_loads = !self.world.slow_loads,
            98 => self.fail(),
            _ => self.world.pass(100),
        }
        self.note_closed();
    }

    fn edit(&mut self, n: usize) {
        let edit = if self.made < 3 || self.random.random_bool(0.3) {
            self.made += 1;
            make(self.made)
        } else {
            let item = self.random.random_range(1..=self.made);
            put(item, &format!("{} by {n}", self.random.random::<u32>()))
        };
        let client = &mut self.clients[n];
        client.read(&mut self.world);
        // Only what this client has heard of can be edited.
        if matches!(&edit, Edit::Put { cell, .. } if client.replica.value(cell).is_none()) {
            return;
        }
        let (hash, submitted) = client.make(&mut self.world, &[edit]);
        client.outbox.push_back((hash, submitted.clone()));
        if self.connected[n] {
            client.submit(&mut self.world, vec![submitted]);
        }
    }

    fn read(&mut self, n: usize) {
        let before: BTreeSet<ChangeHash> = self.clients[n].outbox.iter().map(|(hash, _)| *hash).collect();
        self.clients[n].read(&mut self.world);
        let after: BTreeSet<ChangeHash> = self.clients[n].outbox.iter().map(|(hash, _)| *hash).collect();
        self.acknowledged.extend(before.difference(&after));
    }

    fn drop(&mut self, n: usize) {
        if std::mem::take(&mut self.connected[n]) {
            self.world.leave(self.clients[n].peer);
        }
    }

    fn come_back(&mut self, n: usize) {
        if !self.connected[n] {
            self.read(n);
            self.connected[n] = true;
            self.clients[n].rejoin(&mut self.world);
        }
    }

    fn stall(&mut self, n: usize) {
        let slow = self.random.random_bool(0.5);
        if let Some(socket) = self.world.sockets.get_mut(&self.clients[n].peer) {
            socket.slow = slow;
        }
    }

    fn fail(&mut self) {
        if self.world.appending.is_some() {
            self.world.fail_append("chance");
            self.world.rebuild(None);
        }
    }

    fn note_closed(&mut self) {
        for (n, client) in self.clients.iter().enumerate() {
            self.connected[n] &= self.world.closed(client.peer).is_none();
        }
    }

    /// No more faults: from here on everything must come to its end.
    fn settle(&mut self) {
        self.world.slow_loads = false;
        for n in 0..self.clients.len() {
            self.drop(n);
        }
        self.world.answer_loads();
        self.world.commit();
        for n in 0..self.clients.len() {
            self.come_back(n);
            self.world.commit();
        }
        for n in 0..self.clients.len() {
            self.read(n);
        }
    }

    fn check(&self, seed: u64) {
        let head = self.world.room.committed();
        for client in &self.clients {
            assert!(client.rejected.is_empty(), "seed {seed}: {:?}", client.rejected);
            assert_eq!(client.outbox.len(), 0, "seed {seed}");
            assert_eq!(client.applied, head, "seed {seed}");
            assert_eq!(client.replica.heads(), self.clients[0].replica.heads(), "seed {seed}");
        }
        let stored: BTreeSet<ChangeHash> = self.world.journal.iter().filter_map(hash).collect();
        assert_eq!(stored.len(), self.world.journal.len(), "seed {seed}: nothing twice");
        assert!(
            self.acknowledged.is_subset(&stored),
            "seed {seed}: what was acknowledged is there"
        );
        let seqs = self.world.facts.iter().map(|fact| fact.seq);
        assert!(seqs.is_sorted(), "seed {seed}: facts in order");
        assert_eq!(
            head,
            Seq(u64::try_from(self.world.journal.len()).expect("small")),
            "seed {seed}"
        );
    }
}

fn person(n: u8) -> PersonId {
    if n.is_multiple_of(2) { ANN } else { BEN }
}

#[test]
fn whatever_happens_everyone_ends_with_what_was_acknowledged() {
    let seeds = if std::env::var_os("INTERLOCK_LONG").is_some() {
        SEEDS_LONG
    } else {
        SEEDS
    };
    let mut stored = 0;
    for seed in 0..seeds {
        let mut run = Run::new(seed);
        for _ in 0..STEPS {
            run.step();
        }
        run.settle();
        run.check(seed);
        stored += run.world.journal.len();
    }
    assert!(
        stored > 50 * usize::try_from(seeds).expect("small"),
        "the runs did something: {stored}"
    );
}
