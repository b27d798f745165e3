//! One bit of a whole, closed journal has flipped: it is found and named, or it is a bit that means nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use journal::contract::{append, stream};
use journal::testing::{Image, SimulatedDisk};
use journal::{
    Damage, Journal as _, OpenError, Options, Record, SegmentJournal, SteppedJournal, StreamId, verify, verify_on,
};

use crate::is_long;
use crate::run::contents;

const SEGMENT_HEADER_BYTES: usize = 68;
/// Where frames begin.
const FRAMES_START: usize = 4096;

fn options() -> Options {
    Options {
        segment_bytes: 0,
        append_bytes_max: 1500,
        identity: Some([5; 32]),
        ..Options::default()
    }
}

/// A journal of two segments in use and one that is not yet, with a mark of its last frame.
async fn small_journal(folder: &Path) {
    let journal = SegmentJournal::open(folder, options()).expect("opens");
    for number in 0..5 {
        let words = [
            format!("{number} {}", "long ".repeat(40)),
            "short".to_owned() + &number.to_string(),
        ];
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        journal
            .append(append(stream(number % 2), &words))
            .await
            .expect("appends");
    }
    journal.close().await;
}

fn files_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let paths = std::fs::read_dir(folder)
        .expect("lists")
        .map(|entry| entry.expect("an entry").path());
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    paths
        .map(|path| (name(&path), std::fs::read(&path).expect("reads")))
        .collect()
}

/// What opening a folder with these files finds.
fn open(files: &BTreeMap<String, Vec<u8>>) -> Result<BTreeMap<StreamId, Vec<Record>>, OpenError> {
    let image = Image {
        files: files.clone(),
        tag: 0,
        ops: 0,
    };
    let disk = Arc::new(SimulatedDisk::from_image(&image, 0));
    let verified = verify_on(&*disk);
    let opened = SteppedJournal::open_on(disk, options());
    match (&opened, &verified) {
        (Ok(_), Ok(_)) | (Err(OpenError::NewerFormat { .. }), Err(OpenError::NewerFormat { .. })) => {}
        (Err(OpenError::Damaged(opened)), Err(OpenError::Damaged(verified))) => assert_eq!(opened, verified),
        (opened, verified) => {
            let opened = opened.as_ref().map(SteppedJournal::streams);
            panic!("opening says {opened:?}, verify says {verified:?}");
        }
    }
    opened.map(|journal| contents(&journal).expect("reads"))
}

/// The bytes of a file that mean something: a segment's header and its frames.
fn used(name: &str, bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    if !name.ends_with(".segment") {
        return Vec::new();
    }
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let frames = FRAMES_START..end.next_multiple_of(8).max(FRAMES_START);
    vec![0..SEGMENT_HEADER_BYTES, frames]
}

#[tokio::test]
async fn every_byte_of_a_small_journal_may_flip_and_nothing_wrong_is_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    small_journal(folder.path()).await;
    let whole = files_of(folder.path());
    let right = open(&whole).expect("opens");
    assert_eq!(right.values().map(Vec::len).sum::<usize>(), 10);
    assert!(whole.len() >= 5, "three segments, a mark, a lock: {:?}", whole.keys());
    let (mut found, mut meaningless) = (0, 0);
    for (name, bytes) in &whole {
        let used = used(name, bytes);
        let mut files = whole.clone();
        for (byte, value) in bytes.iter().enumerate() {
            let means_something = used.iter().any(|used| used.contains(&byte));
            let all_bits = means_something || *value != 0 || is_long();
            for bit in 0..8 {
                if !all_bits && bit != byte % 8 {
                    continue;
                }
                files.get_mut(name).expect("the file")[byte] ^= 1 << bit;
                match open(&files) {
                    Ok(there) => {
                        assert!(!means_something, "bit {bit} of byte {byte} of {name} was not missed");
                        assert!(
                            there == right,
                            "bit {bit} of byte {byte} of {name} changed what is there"
                        );
                        meaningless += 1;
                    }
                    Err(OpenError::Damaged(Damage { file, offset, .. })) => {
                        assert!(
                            file == *name && offset <= byte as u64,
                            "{file} at {offset} for {byte} of {name}"
                        );
                        found += 1;
                    }
                    Err(OpenError::NewerFormat { file, .. }) => {
                        assert!(
                            file == *name && (16..20).contains(&byte),
                            "byte {byte} of {name} is no version"
                        );
                        found += 1;
                    }
                    Err(error) => panic!("bit {bit} of byte {byte} of {name}: {error}"),
                }
                files.get_mut(name).expect("the file")[byte] ^= 1 << bit;
            }
        }
    }
    assert!(found > 10_000, "{found} flips were found, {meaningless} meant nothing");
    println!("{found} flips were found, {meaningless} meant nothing");
    assert_eq!(
        verify(folder.path()).expect("verifies").records,
        10,
        "the folder itself was left alone"
    );
}
