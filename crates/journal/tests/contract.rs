//! The contract, for every engine.

use std::sync::Arc;

use journal::contract::Engine;
use journal::testing::MemoryDisk;
use journal::{MemoryJournal, Options, SegmentJournal, contract_tests};
use tempfile::TempDir;

/// The journal in memory. "Opened again" is the same one: it has nothing else.
struct InMemory;

impl Engine for InMemory {
    type Journal = MemoryJournal;

    fn open(&mut self) -> MemoryJournal {
        MemoryJournal::new()
    }

    async fn reopen(&mut self, journal: MemoryJournal) -> MemoryJournal {
        journal
    }
}

/// Segments in a real folder.
struct InFolder {
    dir: TempDir,
}

impl InFolder {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().expect("a temporary folder"),
        }
    }
}

impl Engine for InFolder {
    type Journal = SegmentJournal;

    fn open(&mut self) -> SegmentJournal {
        let options = Options {
            segment_bytes: 1 << 20,
            ..Options::default()
        };
        SegmentJournal::open(self.dir.path(), options).expect("opens")
    }

    async fn reopen(&mut self, journal: SegmentJournal) -> SegmentJournal {
        journal.close().await;
        self.open()
    }
}

/// Segments so short that every few entries need a new one, on a disk that reads and writes a few bytes at once.
struct InShortSegments {
    disk: MemoryDisk,
}

impl InShortSegments {
    fn new() -> Self {
        let disk = MemoryDisk::default();
        disk.set_faults(|faults| faults.at_once_bytes_max = Some(777));
        Self { disk }
    }
}

impl Engine for InShortSegments {
    type Journal = SegmentJournal;

    fn open(&mut self) -> SegmentJournal {
        let options = Options {
            segment_bytes: 0,
            append_bytes_max: 2000,
            ..Options::default()
        };
        SegmentJournal::open_on(Arc::new(self.disk.clone()), options).expect("opens")
    }

    async fn reopen(&mut self, journal: SegmentJournal) -> SegmentJournal {
        journal.close().await;
        self.open()
    }
}

contract_tests!(memory, InMemory);
contract_tests!(folder, InFolder::new());
contract_tests!(short_segments, InShortSegments::new());
