//! Thousands of worlds, each from its seed. `INTERLOCK_SEED=7` runs one of them, `INTERLOCK_SEEDS=0..100` some,
//! `INTERLOCK_REPLAY=FILE` a script that was saved.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use simulation::{Coverage, Failure, Script, Seen, replay, run, shorten};

const SEEDS: u64 = 2_000;
const SEEDS_LONG: u64 = 50_000;

/// The seeds that this run is for.
fn seeds() -> Range<u64> {
    let number = |text: &str| text.parse::<u64>().expect("seeds are numbers");
    if let Ok(seed) = std::env::var("INTERLOCK_SEED") {
        let seed = number(&seed);
        return seed..seed + 1;
    }
    if let Ok(range) = std::env::var("INTERLOCK_SEEDS") {
        let (from, to) = range.split_once("..").expect("seeds are a range such as 0..100");
        return number(from)..number(to);
    }
    let long = std::env::var_os("INTERLOCK_LONG").is_some();
    0..if long { SEEDS_LONG } else { SEEDS }
}

/// Saves what failed, shortened, and says how to run it again.
fn report(failure: Failure) -> String {
    let seed = failure.script.seed;
    let whole = failure.why.clone();
    let short = shorten(failure);
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("world-{seed}.txt"));
    std::fs::write(&file, short.script.to_string()).expect("the script can be saved");
    format!(
        "INTERLOCK_SEED={seed}: {whole}\nshortened to {} operations: {}\n  INTERLOCK_REPLAY={} cargo test -p simulation --test world replay",
        short.script.ops.len(),
        short.why,
        file.display()
    )
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how long it took is printed, and decides nothing"
)]
fn whatever_happens_the_world_comes_to_rest_and_all_are_equal() {
    let seeds = seeds();
    let (begin, next) = (Instant::now(), AtomicU64::new(seeds.start));
    let sum = Mutex::new((Coverage::default(), Vec::new()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return;
            }
            let result = run(seed);
            let mut sum = sum.lock().expect("no panic under this lock");
            match result {
                Ok(outcome) => sum.0.merge(&outcome.coverage),
                Err(failure) => {
                    // One is enough to work on.
                    next.store(seeds.end, Ordering::Relaxed);
                    sum.1.push(failure);
                }
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let (coverage, failures) = sum.into_inner().expect("no panic under this lock");
    let count = seeds.end - seeds.start;
    println!(
        "{count} worlds in {:.1?} on {threads} threads: {coverage}",
        begin.elapsed()
    );
    if let Some(first) = failures.into_iter().min_by_key(|failure| failure.script.seed) {
        println!("seed {} failed, and is made shorter: {}", first.script.seed, first.why);
        panic!("{}", report(first));
    }
    if count >= SEEDS {
        check_coverage(&coverage, count / SEEDS);
    }
}

/// What 2,000 worlds must have met, at least: about a third of what they do. A world that meets nothing proves nothing.
const MET: [(Seen, u64); 49] = [
    (Seen::Edits, 20_000),
    (Seen::Entries, 20_000),
    (Seen::Undone, 1_000),
    (Seen::ChangedSince, 20),
    (Seen::Crashes, 1_000),
    (Seen::PowerCuts, 500),
    (Seen::CrashesInAppend, 250),
    (Seen::TornAppends, 40),
    (Seen::SavedUntold, 120),
    (Seen::Stops, 300),
    (Seen::Cuts, 2_000),
    (Seen::HalfOpen, 1_000),
    (Seen::DuplicateConnects, 800),
    (Seen::BehindReaders, 2_000),
    (Seen::Snapshots, 800),
    (Seen::SnapshotsSent, 700),
    (Seen::Resumed, 700),
    (Seen::SpoiledCaches, 120),
    (Seen::Unloads, 300),
    (Seen::FailedSyncs, 150),
    (Seen::FullDisks, 60),
    (Seen::RoomsRebuilt, 1_000),
    (Seen::Rejected, 400),
    (Seen::ProposedAgain, 1_200),
    (Seen::Reloads, 150),
    (Seen::ConcurrentCells, 200),
    (Seen::NotOffered, 2_000),
    (Seen::Denied, 600),
    (Seen::KeysSent, 4_000),
    (Seen::CommandsRefused, 1_000),
    (Seen::CommandsUnsaved, 150),
    (Seen::StagesSet, 350),
    (Seen::StandingsChanged, 1_400),
    (Seen::Demoted, 100),
    (Seen::ShutOut, 180),
    (Seen::LetIn, 90),
    (Seen::ChangedUnderEdits, 500),
    (Seen::ChangedOffline, 400),
    (Seen::ChangedHalfOpen, 140),
    (Seen::ChangedInOpening, 20),
    (Seen::ChangedInAppend, 150),
    (Seen::CrashesUntold, 40),
    (Seen::CrashesInDecision, 45),
    (Seen::Backups, 150),
    (Seen::Restores, 35),
    (Seen::GoneWithRestore, 150),
    (Seen::SharedBrowsers, 100),
    (Seen::ActorsTakenAgain, 100),
    (Seen::ActorsLeft, 60),
];

fn check_coverage(coverage: &Coverage, times: u64) {
    for (seen, least) in MET {
        let count = coverage.count(seen);
        assert!(
            count >= least * times,
            "only {count} {seen:?} in all worlds: they try too little"
        );
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..20 {
        let once = run(seed).map(|outcome| outcome.trace);
        let twice = run(seed).map(|outcome| outcome.trace);
        assert_eq!(once, twice, "seed {seed}");
    }
}

#[test]
fn replay_a_script() {
    let Some(file) = std::env::var_os("INTERLOCK_REPLAY") else {
        return;
    };
    let text = std::fs::read_to_string(file).expect("the script can be read");
    let script: Script = text.parse().expect("it is a script");
    let outcome = replay(&script).unwrap_or_else(|failure| panic!("{}", failure.why));
    println!("{}: {}", outcome.trace, outcome.coverage.count(Seen::Edits));
}
