//! The journal as a server runs it, with its threads: what happens when is up to the system, so nothing here can be
//! repeated by a seed; but what must hold is the same.

use std::sync::{Arc, Mutex};

use journal::contract::{append, check_stream, stream};
use journal::testing::SimulatedDisk;
use journal::{Journal as _, Options, SegmentJournal, SteppedJournal, verify_on};

use crate::run::contents;

const STREAMS: usize = 4;
const ENTRIES: usize = 120;

/// How many entries each stream had, acknowledged.
type Point = [usize; STREAMS];

fn options() -> Options {
    Options {
        segment_bytes: 0,
        append_bytes_max: 3000,
        ..Options::default()
    }
}

fn words(of: usize, number: usize) -> String {
    format!("{of} {number} {}", "x".repeat(number * 37 % 500))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_of_a_journal_with_its_threads_loses_nothing_that_was_acknowledged() {
    let disk = SimulatedDisk::new(1);
    disk.set_image_chance(0.2);
    let journal = Arc::new(SegmentJournal::open_on(Arc::new(disk.clone()), options()).expect("opens"));
    let points: Arc<Mutex<Vec<Point>>> = Arc::new(Mutex::new(vec![[0; STREAMS]]));
    let mut writers = tokio::task::JoinSet::new();
    for of in 0..STREAMS {
        let (journal, points, disk) = (Arc::clone(&journal), Arc::clone(&points), disk.clone());
        writers.spawn(async move {
            for number in 0..ENTRIES {
                let entry = append(stream(of as u128), &[&words(of, number)]);
                journal.append(entry).await.expect("appends");
                let mut points = points.lock().expect("no panic under it");
                let mut point = *points.last().expect("the first is there");
                point[of] += 1;
                points.push(point);
                disk.set_tag(points.len() - 1);
            }
        });
    }
    writers.join_all().await;
    journal.close().await;
    let images = disk.take_images();
    assert!(images.len() > 50, "only {} images", images.len());
    let points = points.lock().expect("no panic under it");
    for (number, image) in images.iter().enumerate() {
        let disk = SimulatedDisk::from_image(image, number as u64);
        verify_on(&disk).unwrap_or_else(|error| panic!("image {number}: {error}"));
        let opened = SteppedJournal::open_on(Arc::new(disk), options());
        let found = contents(&opened.unwrap_or_else(|error| panic!("image {number}: {error}"))).expect("reads");
        for of in 0..STREAMS {
            let records = found.get(&stream(of as u128)).map_or(&[][..], Vec::as_slice);
            check_stream(stream(of as u128), records);
            assert!(
                records.len() >= points[image.tag][of],
                "image {number}: stream {of} has lost entries"
            );
            for (number, record) in records.iter().enumerate() {
                assert_eq!(record.payload, words(of, number), "entry {number} of stream {of}");
            }
        }
    }
}
