//! Power cuts, killed processes and failing disks at any point of seeded runs: what was acknowledged is there, with its
//! bytes and in its place, and nothing else is, except all or nothing of what was being written.
//!
//! `INTERLOCK_SEED=n cargo test -p journal --test crash` repeats one run. A run that fails says its seed, and where it
//! wrote what happened on the disk, line by line.

mod flips;
mod model;
mod remains;
mod run;
mod threads;

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use journal::testing::Lies;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::run::{Checked, Crash, Run, check, check_flipped};

/// How many images are opened, and with `INTERLOCK_LONG=1`.
const IMAGES: usize = 10_000;
const IMAGES_LONG: usize = 200_000;
/// How many steps a run has.
const STEPS: usize = 30;
/// How many runs a disk that lies has until it is found out; one or two are enough.
const LYING_RUNS: u64 = 20;
/// How probable it is that an operation leaves an image: about 8 in a run, and as many of the openings of these.
const IMAGE_CHANCE: f64 = 0.03;

fn is_long() -> bool {
    std::env::var("INTERLOCK_LONG").is_ok_and(|long| long == "1")
}

/// What failed, with what is needed to see how.
struct Failure {
    seed: u64,
    what: String,
    story: Vec<String>,
}

/// Runs a seed, opens all its images, and counts them.
fn run_seed(seed: u64, lies: Lies) -> Result<usize, Failure> {
    let mut run = Run::new(seed, lies);
    let went = catch(|| run.go(STEPS, IMAGE_CHANCE));
    let failure = |what: String, run: &Run, crash: Option<&Crash>| {
        let mut story = run.lines();
        if let Some(crash) = crash {
            story.truncate(crash.image.ops);
            story.extend(
                crash
                    .image
                    .files
                    .iter()
                    .map(|(name, bytes)| format!("left {name}: {}", hex(bytes))),
            );
        }
        Failure { seed, what, story }
    };
    went.map_err(|what| failure(what, &run, None))?;
    let left = run.crashes();
    let mut count = 0;
    for (number, crash) in left.iter().enumerate() {
        let seed = seed.wrapping_mul(1000).wrapping_add(number as u64);
        let mut more = Vec::new();
        catch(|| check(crash, run.options(), lies, seed, Some(&mut more)))
            .map_err(|what| failure(what, &run, Some(crash)))?;
        for second in &more {
            catch(|| check(second, run.options(), lies, seed, None))
                .map_err(|what| failure(format!("after a second crash: {what}"), &run, Some(crash)))?;
        }
        if number % 8 == 0 {
            let flipped = flip(crash, seed);
            catch(|| check_flipped(&flipped, run.options(), seed).map(|_| ()))
                .map_err(|what| failure(format!("with a flipped bit: {what}"), &run, Some(&flipped)))?;
            count += 1;
        }
        count += 1 + more.len();
    }
    Ok(count)
}

/// A panic is a failure too.
fn catch(check: impl FnOnce() -> Checked) -> Checked {
    catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|_| Err("a panic, see above".to_owned()))
}

fn flip(crash: &Crash, seed: u64) -> Crash {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut image = crash.image.clone();
    let file = rng.random_range(0..image.files.len().max(1));
    if let Some(bytes) = image.files.values_mut().nth(file).filter(|bytes| !bytes.is_empty()) {
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0) + 1;
        let byte = rng.random_range(0..used);
        bytes[byte] ^= 1 << rng.random_range(0..8);
    }
    Crash {
        image,
        model: crash.model.clone(),
    }
}

fn hex(bytes: &[u8]) -> String {
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let mut hex = String::new();
    for byte in &bytes[..used] {
        write!(hex, "{byte:02x}").expect("writing to a string does not fail");
    }
    write!(hex, " and {} zeros", bytes.len() - used).expect("writing to a string does not fail");
    hex
}

/// Writes a failure down and gives up.
fn report(failure: &Failure) -> ! {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("crash-{}.txt", failure.seed));
    let written = std::fs::write(&path, failure.story.join("\n"));
    let seed = failure.seed;
    panic!(
        "seed {seed}: {}\n  what happened on the disk: {} ({written:?})\n  again: INTERLOCK_SEED={seed} cargo test -p journal --test crash",
        failure.what,
        path.display()
    );
}

#[test]
fn whatever_a_crash_leaves_opens_with_exactly_what_was_acknowledged() {
    if let Ok(seed) = std::env::var("INTERLOCK_SEED") {
        let seed = seed.parse().expect("INTERLOCK_SEED is a number");
        let images = run_seed(seed, Lies::default()).unwrap_or_else(|failure| report(&failure));
        println!("seed {seed}: {images} images");
        return;
    }
    let (mut images, mut seed) = (0, 0);
    while images < if is_long() { IMAGES_LONG } else { IMAGES } {
        images += run_seed(seed, Lies::default()).unwrap_or_else(|failure| report(&failure));
        seed += 1;
    }
    println!("{images} images of {seed} runs");
}

/// The first failure of so many runs on a disk that lies.
fn found_out(lies: Lies) -> Failure {
    let failure = (0..LYING_RUNS).find_map(|seed| run_seed(seed, lies).err());
    failure.unwrap_or_else(|| panic!("{LYING_RUNS} runs found nothing wrong with a disk with these lies: {lies:?}"))
}

/// The tests can fail: an engine that leaves out a sync does what one does on a disk that only says it has synced.
#[test]
fn a_sync_that_is_left_out_is_found_out() {
    let files = found_out(Lies {
        file_syncs: true,
        name_syncs: false,
    });
    println!("files: seed {}: {}", files.seed, files.what);
    let names = found_out(Lies {
        file_syncs: false,
        name_syncs: true,
    });
    println!("names: seed {}: {}", names.seed, names.what);
}
