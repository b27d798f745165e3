//! `kill -9` under load: nothing that anyone was told is saved may be gone.

use std::collections::BTreeSet;
use std::time::Duration;

use e2e::binaries::is_long;
use e2e::load::Load;
use e2e::server::{self, ADMINISTRATOR, Server};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CYCLES: u32 = 4;
const CYCLES_LONG: u32 = 50;

/// Overrides the number of cycles.
const CYCLES_VARIABLE: &str = "INTERLOCK_KILL_CYCLES";

/// Overrides the seed, to repeat a failed run.
const SEED_VARIABLE: &str = "INTERLOCK_SEED";
const SEED: u64 = 0x1c;

/// The kill comes at a random moment of this time after the first saved edit.
const WINDOW_MS: u64 = 1500;

const CLIENTS: u32 = 6;

/// Edits a second, of each client.
const RATE: u32 = 50;

fn number<T: std::str::FromStr>(variable: &str) -> Option<T> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn a_killed_server_has_every_change_that_anyone_was_told_of() {
    let seed = number(SEED_VARIABLE).unwrap_or(SEED);
    let cycles = number(CYCLES_VARIABLE).unwrap_or(if is_long() { CYCLES_LONG } else { CYCLES });
    eprintln!("{SEED_VARIABLE}={seed} {CYCLES_VARIABLE}={cycles}");
    run(seed, cycles).unwrap_or_else(|error| panic!("seed {seed}: {error:#}"));
}

fn run(seed: u64, cycles: u32) -> anyhow::Result<()> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let mut server = Server::start(&data)?;
    let token = server.token("load", ADMINISTRATOR)?;
    let plan = server.sample()?.id;
    let mut told = BTreeSet::new();

    for cycle in 1..=cycles {
        let load = Load::start(&server, &token, &plan, CLIENTS, RATE, folder.path())?;
        let moment = Duration::from_millis(random.random_range(0..WINDOW_MS));
        let before = told.len();
        told.extend(
            load.read_for(moment)?
                .into_iter()
                .map(|told| told.hash().to_ascii_lowercase()),
        );
        server.kill();
        told.extend(load.stop().into_iter().map(|told| told.hash().to_ascii_lowercase()));

        let kept: BTreeSet<String> = server::dump(&data)?
            .iter()
            .filter_map(|entry| entry["hash"].as_str().map(str::to_ascii_lowercase))
            .collect();
        let lost: Vec<&String> = told.difference(&kept).collect();
        assert!(
            lost.is_empty(),
            "cycle {cycle} lost {} of {} changes: {lost:?}",
            lost.len(),
            told.len()
        );
        server = Server::start(&data)?;
        server::verify(&data)?;
        let new = told.len() - before;
        assert!(new > 0, "cycle {cycle}: the load has written nothing");
        eprintln!("cycle {cycle}: killed after {moment:?}, {new} new changes told of, none lost");
    }
    server.stop()
}
