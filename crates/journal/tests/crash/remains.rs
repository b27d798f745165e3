//! A write that failed, and whose taking back failed too: what is seen in its place is zeros, and what is on the disk may
//! be parts of it. Seeds find this once in 100,000 images; here it is made to happen.

use std::sync::Arc;

use domain::Seq;
use journal::contract::{append, stream};
use journal::testing::{Image, SimulatedDisk, Trouble};
use journal::{AppendError, Options, SteppedJournal};

const SEEDS: u64 = 60;

fn options() -> Options {
    Options {
        segment_bytes: 0,
        append_bytes_max: 12_000,
        ..Options::default()
    }
}

fn open(disk: &SimulatedDisk) -> SteppedJournal {
    SteppedJournal::open_on(Arc::new(disk.clone()), options())
        .unwrap_or_else(|error| panic!("it does not open: {error}"))
}

/// Appends an entry of so many bytes, different from all of other lengths.
fn add(journal: &mut SteppedJournal, bytes: usize) -> Result<(), AppendError> {
    let answers = journal.append(vec![append(stream(1), &[&"x".repeat(bytes)])]);
    answers.into_iter().try_for_each(|answer| answer.map(|_| ()))
}

/// Appends these, then one that fails, then, in another process, those; the power is cut at every moment of that.
fn check(before: &[usize], failing: usize, after: &[usize]) {
    for seed in 0..SEEDS {
        let disk = SimulatedDisk::new(seed);
        let mut journal = open(&disk);
        for bytes in before {
            add(&mut journal, *bytes).expect("appends");
        }
        disk.set_trouble(Some(Trouble::WriteAndSyncFail), 0);
        assert_eq!(add(&mut journal, failing), Err(AppendError::Poisoned));
        drop(journal);
        let disk = disk.restart();
        disk.set_tag(before.len());
        disk.set_image_chance(1.0);
        let mut journal = open(&disk);
        for (number, bytes) in after.iter().enumerate() {
            add(&mut journal, *bytes).expect("appends");
            disk.set_tag(before.len() + number + 1);
        }
        let all: Vec<usize> = before.iter().chain(after).copied().collect();
        let mut images = disk.take_images();
        images.push(disk.take_image());
        for (number, image) in images.iter().enumerate() {
            check_image(image, &all, &format!("seed {seed}, image {number}"));
        }
    }
}

fn check_image(image: &Image, all: &[usize], which: &str) {
    println!("{which}");
    let journal = open(&SimulatedDisk::from_image(image, 0));
    let records = journal.read(stream(1), Seq(1), usize::MAX).expect("reads");
    let found: Vec<usize> = records.iter().map(|record| record.payload.len()).collect();
    assert!(
        found.len() >= image.tag && all.starts_with(&found),
        "{which}: {found:?} of {all:?}"
    );
}

#[test]
fn remains_behind_the_last_frame_do_not_come_to_light() {
    check(&[10], 9_000, &[2_000, 11_000, 20]);
}

#[test]
fn remains_in_the_spare_segment_do_not_come_to_light() {
    check(&[9_000], 8_000, &[500, 600, 11_000]);
}
