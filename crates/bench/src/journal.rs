//! How close the journal is to its disk: durable entries a second, beside a bare loop that writes the same bytes in the
//! same groups.
//!
//! A round has two halves, one after the other on the same disk. First the journal takes entries from concurrent
//! appenders, each of whom waits until its entry is durable before it appends the next; a disk that writes down the
//! length of every frame is under it. Then the bare loop: those lengths, one write and one fdatasync each, into a file
//! as long as a segment. Both files are zero-filled and synced before the clock starts. What the journal adds (sequence
//! numbers, hashes, checksums, an index, waking people up) is what is missing to a ratio of 1.

use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, ensure};
use bytes::Bytes;
use domain::TimestampMs;
use journal::{
    Access, Append, Disk, DiskFile, DiskLock, FsDisk, Journal, Key, LockError, NewRecord, Options, StreamId,
};
use serde_json::json;

use crate::figures::{Figures, Spread};
use crate::machine;

/// What the ratio should be at least.
const RATIO_GOAL: f64 = 0.8;
/// A disk that is faster than this has no need to wait, and what is measured is something else: no verdict then.
const FDATASYNC_LEAST_US: f64 = 50.0;
/// Where a segment's frames begin, and the bare loop's writes.
const START_BYTES: u64 = 4096;
/// Both files have this length.
const FILE_BYTES: u64 = 64 << 20;

/// How the journal is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Settings {
    /// How many append at once.
    #[arg(long, default_value_t = 30)]
    appenders: u32,
    /// The length of an entry in bytes.
    #[arg(long, default_value_t = 200)]
    bytes: usize,
    /// How many rounds: many short ones, so that what else the machine does falls on both halves of some.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long the journal takes entries in a round, in milliseconds.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    millis: u64,
    /// The folder to measure in, on the disk that is meant; beside this program if not given.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// What one round took.
struct Round {
    entries: u64,
    groups: usize,
    journal: Duration,
    bare: Duration,
    /// The median fdatasync of the bare loop, and of the journal's.
    fdatasync_us: f64,
    journal_fdatasync_us: f64,
}

/// Measures; prints the figures.
pub(crate) fn run(settings: &Settings, json: Option<&Path>) -> anyhow::Result<bool> {
    let mut figures = Figures::new("journal", json)?;
    let folder = machine::folder(settings.data.as_deref())?;
    machine::describe(&mut figures, Some(folder.path()))?;
    // One that does not count: threads, files and the processor's clock come to speed.
    round(settings, folder.path())?;
    let rounds: Vec<Round> = (0..settings.rounds)
        .map(|_| round(settings, folder.path()))
        .collect::<anyhow::Result<_>>()?;
    report(&mut figures, settings, &rounds, &machine::file_system(folder.path()))?;
    Ok(true)
}

fn report(figures: &mut Figures, settings: &Settings, rounds: &[Round], file_system: &str) -> anyhow::Result<()> {
    let each = |figure: fn(&Round) -> f64| rounds.iter().map(figure).collect::<Vec<f64>>();
    let fdatasync = each(|round| round.fdatasync_us);
    let ratios = each(|round| round.bare.as_secs_f64() / round.journal.as_secs_f64());
    let per_second = each(|round| as_f64(round.entries) / round.journal.as_secs_f64());
    let bare_per_second = each(|round| as_f64(round.entries) / round.bare.as_secs_f64());
    let per_group = each(|round| as_f64(round.entries) / as_f64(round.groups as u64));
    let setting = json!({ "appenders": settings.appenders, "entry_bytes": settings.bytes });
    figures.put_rounds("entries_per_second", &per_second, "1/s", setting)?;
    figures.put_rounds("bare_entries_per_second", &bare_per_second, "1/s", json!({}))?;
    figures.put_rounds("entries_per_group", &per_group, "entries", json!({}))?;
    figures.put_rounds(
        "bare_fdatasync_us",
        &fdatasync,
        "us",
        json!({ "of": "the median in a round" }),
    )?;
    let journal_fdatasync = each(|round| round.journal_fdatasync_us);
    figures.put_rounds(
        "journal_fdatasync_us",
        &journal_fdatasync,
        "us",
        json!({ "of": "the median in a round" }),
    )?;
    let disk_us = Spread::of(&fdatasync).context("at least one round")?.median;
    let ratio = Spread::of(&ratios).context("at least one round")?.median;
    let verdict = if disk_us < FDATASYNC_LEAST_US {
        "none: fdatasync takes less than 50 us here, so nothing waits for a disk"
    } else if ratio >= RATIO_GOAL {
        "reached"
    } else {
        "missed"
    };
    let beside = json!({ "goal_at_least": RATIO_GOAL, "verdict": verdict, "file_system": file_system });
    figures.put_rounds("ratio_to_bare", &ratios, "ratio", beside)
}

/// A count as a figure.
#[expect(clippy::cast_precision_loss, reason = "counts of a few seconds are far below 2^53")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

fn round(settings: &Settings, folder: &Path) -> anyhow::Result<Round> {
    let dir = folder.join("journal");
    let disk = Recording::new(FsDisk::create(&dir)?);
    let (entries, journal) = measure_journal(settings, &disk)?;
    let Log { lengths, syncs } = disk.take();
    let bytes: u64 = lengths.iter().map(|length| *length as u64).sum();
    // What goes into a second segment is not written down, and the bare file has no more room either.
    ensure!(
        bytes + START_BYTES <= FILE_BYTES && bytes >= entries * settings.bytes as u64,
        "more than a segment was written: take fewer --millis"
    );
    // In a thread of its own, as the journal's writer is: which processor a thread is on, and whether that is the one
    // the disk reports to, makes a quarter of an fdatasync.
    let path = folder.join("bare");
    let bare = std::thread::scope(|scope| scope.spawn(|| measure_bare(&lengths, &path)).join());
    let (bare, bare_syncs) = bare.map_err(|_| anyhow!("the bare loop has panicked"))??;
    std::fs::remove_dir_all(&dir)?;
    Ok(Round {
        entries,
        groups: lengths.len(),
        journal,
        bare,
        fdatasync_us: median_us(bare_syncs)?,
        journal_fdatasync_us: median_us(syncs)?,
    })
}

fn median_us(mut times: Vec<Duration>) -> anyhow::Result<f64> {
    times.sort_unstable();
    let middle = times.get(times.len() / 2).context("nothing was written")?;
    Ok(middle.as_secs_f64() * 1e6)
}

/// Lets all append for the time of a round; how many entries became durable, and how long it took until the last.
fn measure_journal(settings: &Settings, disk: &Recording) -> anyhow::Result<(u64, Duration)> {
    let options = Options {
        segment_bytes: FILE_BYTES,
        ..Options::default()
    };
    let journal = Arc::new(journal::SegmentJournal::open_on(Arc::new(disk.clone()), options)?);
    drop(disk.take());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build()?;
    let over = Arc::new(AtomicBool::new(false));
    let started = Instant::now();
    let entries = runtime.block_on(async {
        let mut appenders = tokio::task::JoinSet::new();
        for number in 0..settings.appenders {
            appenders.spawn(append_until(
                Arc::clone(&over),
                Arc::clone(&journal),
                number,
                settings.bytes,
            ));
        }
        // The length of a round: what is measured is how much is durable in it.
        tokio::time::sleep(Duration::from_millis(settings.millis)).await;
        over.store(true, Ordering::Release);
        let mut entries = 0;
        while let Some(appended) = appenders.join_next().await {
            entries += appended??;
        }
        anyhow::Ok(entries)
    })?;
    Ok((entries, started.elapsed()))
}

/// Appends one entry after the other, each when the one before is durable, to a stream as a plan's room does.
async fn append_until(
    over: Arc<AtomicBool>,
    journal: Arc<journal::SegmentJournal>,
    appender: u32,
    bytes: usize,
) -> anyhow::Result<u64> {
    let stream = StreamId(uuid::Uuid::from_u128(u128::from(appender % 3) + 1));
    let mut count = 0_u64;
    while !over.load(Ordering::Acquire) {
        let mut key = [0; 32];
        key[..4].copy_from_slice(&appender.to_le_bytes());
        key[4..12].copy_from_slice(&count.to_le_bytes());
        let record = NewRecord {
            key: Key(key),
            at: TimestampMs(0),
            payload: Bytes::from(vec![7; bytes]),
        };
        let append = Append {
            stream,
            expect: None,
            records: vec![record],
        };
        journal.append(append).await?;
        count += 1;
    }
    Ok(count)
}

/// The same writes without anything around them; how long they took, and each fdatasync.
fn measure_bare(lengths: &[usize], path: &Path) -> anyhow::Result<(Duration, Vec<Duration>)> {
    let file = std::fs::File::create(path)?;
    let zeros = vec![0; 1 << 20];
    for offset in (0..FILE_BYTES).step_by(zeros.len()) {
        file.write_all_at(&zeros, offset)?;
    }
    file.sync_all()?;
    let longest = lengths.iter().copied().max().unwrap_or(0);
    let bytes = vec![7; longest];
    let mut syncs = Vec::with_capacity(lengths.len());
    let started = Instant::now();
    let mut offset = START_BYTES;
    for length in lengths {
        file.write_all_at(&bytes[..*length], offset)?;
        let before = Instant::now();
        file.sync_data()?;
        syncs.push(before.elapsed());
        offset += *length as u64;
    }
    Ok((started.elapsed(), syncs))
}

/// A folder of the file system that writes down each write into a segment, and each sync of one.
#[derive(Clone)]
struct Recording {
    disk: FsDisk,
    log: Arc<Mutex<Log>>,
}

/// What was written down.
#[derive(Default)]
struct Log {
    lengths: Vec<usize>,
    syncs: Vec<Duration>,
}

impl Recording {
    fn new(disk: FsDisk) -> Self {
        let log = Arc::default();
        Self { disk, log }
    }

    /// What was written down since this was asked last.
    fn take(&self) -> Log {
        std::mem::take(&mut lock(&self.log))
    }

    fn recorded(&self, name: &str, file: Arc<dyn DiskFile>) -> Arc<dyn DiskFile> {
        if !name.ends_with(".segment") {
            return file;
        }
        let log = Arc::clone(&self.log);
        Arc::new(RecordedFile { file, log })
    }
}

impl Disk for Recording {
    fn lock(&self) -> Result<DiskLock, LockError> {
        self.disk.lock()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list()
    }

    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn DiskFile>> {
        Ok(self.recorded(name, self.disk.open(name, access)?))
    }

    fn create_zeroed(&self, name: &str, bytes: u64) -> io::Result<Arc<dyn DiskFile>> {
        self.disk.create_zeroed(name, bytes)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }

    fn sync_dir(&self) -> io::Result<()> {
        self.disk.sync_dir()
    }
}

struct RecordedFile {
    file: Arc<dyn DiskFile>,
    log: Arc<Mutex<Log>>,
}

fn lock(log: &Mutex<Log>) -> MutexGuard<'_, Log> {
    // Nothing that can panic runs under this lock.
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

impl DiskFile for RecordedFile {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let written = self.file.write_at(bytes, offset)?;
        lock(&self.log).lengths.push(written);
        Ok(written)
    }

    fn sync_data(&self) -> io::Result<()> {
        let before = Instant::now();
        self.file.sync_data()?;
        lock(&self.log).syncs.push(before.elapsed());
        Ok(())
    }
}
