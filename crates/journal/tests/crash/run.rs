//! One seeded run: people append, the disk fails, the process is killed, the power goes; and the images it leaves.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use domain::{Seq, TimestampMs};
use journal::testing::{Image, Lies, SimulatedDisk, Trouble};
use journal::{
    Append, AppendError, Damage, Key, NewRecord, OpenError, Options, Record, SteppedJournal, StreamId, verify_on,
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use crate::model::{Answer, Found, Model};

/// The longest append of most runs, and of some.
const APPEND_BYTES: [usize; 4] = [2_000, 2_000, 2_000, 12_000];
/// What a record takes besides its payload.
const RECORD_BYTES: usize = 104;
/// How often opening is tried while everything goes wrong.
const OPENINGS_MAX: usize = 6;

/// What is found wrong, in words.
pub(crate) type Checked<T = ()> = Result<T, String>;

/// A process, its disk, and what must be there.
pub(crate) struct Run {
    rng: ChaCha8Rng,
    disk: SimulatedDisk,
    journal: Option<SteppedJournal>,
    options: Options,
    model: Model,
    /// The model as it was when the disk was given the tag that is the place in here.
    points: Vec<Arc<Model>>,
    /// Something was to go wrong since the journal was opened: it may show late, in the background.
    troubled: bool,
}

/// An image, and what must be in it.
pub(crate) struct Crash {
    pub(crate) image: Image,
    pub(crate) model: Arc<Model>,
}

impl Run {
    /// A run on an empty disk.
    pub(crate) fn new(seed: u64, lies: Lies) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let disk = SimulatedDisk::new(rng.random());
        let append_bytes_max = APPEND_BYTES[rng.random_range(0..APPEND_BYTES.len())];
        let options = Options {
            segment_bytes: rng.random_range(0..4) * append_bytes_max as u64,
            append_bytes_max,
            identity: Some(rng.random()),
            ..Options::default()
        };
        Self::with(rng, disk, options, Model::default(), lies)
    }

    fn with(rng: ChaCha8Rng, disk: SimulatedDisk, options: Options, model: Model, lies: Lies) -> Self {
        let mut run = Self {
            rng,
            disk,
            journal: None,
            options,
            model: Model::default(),
            points: Vec::new(),
            troubled: false,
        };
        run.disk.set_lies(lies);
        run.remember(|known| *known = model);
        run
    }

    /// What happened on the disk, line by line.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.disk.lines()
    }

    /// The images that were made since this was asked last.
    pub(crate) fn crashes(&mut self) -> Vec<Crash> {
        let images = self.disk.take_images().into_iter();
        let crash = |image: Image| Crash {
            model: Arc::clone(&self.points[image.tag]),
            image,
        };
        images.map(crash).collect()
    }

    /// Changes the model, and ties images made from now on to it.
    fn remember(&mut self, change: impl FnOnce(&mut Model)) {
        change(&mut self.model);
        self.points.push(Arc::new(self.model.clone()));
        self.disk.set_tag(self.points.len() - 1);
    }

    /// A run of so many steps. Some operations leave images, with this probability.
    pub(crate) fn go(&mut self, steps: usize, image_chance: f64) -> Checked {
        self.disk.set_image_chance(image_chance);
        self.open()?;
        for _ in 0..steps {
            self.step()?;
        }
        self.disk.set_trouble(None, 0);
        self.close_and_open()
    }

    fn step(&mut self) -> Checked {
        match self.rng.random_range(0..100) {
            0..60 => return self.append(),
            60..68 => {
                self.disk.kill_after(self.rng.random_range(0..12));
                self.append()?;
                self.append()?;
                return self.restart();
            }
            68..73 => return self.close_and_open(),
            73..78 => return self.cut_power(),
            78..82 => self.trouble(Trouble::SyncFails),
            82..84 => self.trouble(Trouble::NameSyncFails),
            84..86 => self.trouble(Trouble::WriteFails),
            86 => self.trouble(Trouble::WriteAndSyncFail),
            87..89 => self.trouble(Trouble::ReadFails),
            89..92 => self.trouble(Trouble::NoSpace { for_writes: false }),
            92..94 => self.trouble(Trouble::NoSpace { for_writes: true }),
            94..96 => {
                let hasty = self.rng.random();
                self.disk.set_hasty(hasty);
            }
            _ => {
                self.disk.set_trouble(None, 0);
                return self.look();
            }
        }
        Ok(())
    }

    fn trouble(&mut self, trouble: Trouble) {
        self.disk.set_trouble(Some(trouble), self.rng.random_range(0..4));
        self.troubled = true;
    }

    /// Some appends as one commit group, mostly of new entries, sometimes of known ones.
    fn group(&mut self) -> Vec<Append> {
        let mut left = self.options.append_bytes_max;
        let mut group = Vec::new();
        for _ in 0..self.rng.random_range(1..5) {
            let stream = StreamId(Uuid::from_u128(self.rng.random_range(0..3)));
            let known = self.model.known.get(&stream).map_or(0, Vec::len);
            let mut records = Vec::new();
            for _ in 0..self.rng.random_range(1..4) {
                let record = if known > 0 && self.rng.random_bool(0.15) {
                    self.known_record(stream, known)
                } else {
                    self.new_record(left)
                };
                let bytes = RECORD_BYTES + record.payload.len();
                if bytes <= left {
                    left -= bytes;
                    records.push(record);
                }
            }
            let expect = self.rng.random_bool(0.2).then(|| {
                let off = self.rng.random_range(0..5_u64) / 4;
                Seq(known as u64 + off)
            });
            group.push(Append {
                stream,
                expect,
                records,
            });
        }
        group
    }

    fn known_record(&mut self, stream: StreamId, known: usize) -> NewRecord {
        let entry = &self.model.known[&stream][self.rng.random_range(0..known)];
        NewRecord {
            key: entry.key,
            at: entry.at,
            payload: entry.payload.clone(),
        }
    }

    fn new_record(&mut self, left: usize) -> NewRecord {
        let most = left.saturating_sub(RECORD_BYTES).max(1);
        let most = if self.rng.random_bool(0.7) { most.min(200) } else { most };
        let mut payload = vec![0; self.rng.random_range(0..=most)];
        // Zeros too: what is written must be told from what was never written.
        if self.rng.random_bool(0.9) {
            self.rng.fill(&mut payload[..]);
        }
        NewRecord {
            key: Key(self.rng.random()),
            at: TimestampMs(self.rng.random_range(0..1000)),
            payload: Bytes::from(payload),
        }
    }

    fn append(&mut self) -> Checked {
        let Some(mut journal) = self.journal.take() else {
            return self.restart();
        };
        let group = self.group();
        let (expected, adds) = self.model.expect(&group);
        let in_vain = journal.is_poisoned() || self.disk.is_killed();
        if !in_vain {
            self.remember(|model| model.begin(adds));
        }
        let answers = journal.append(group);
        let failed = |answer: &Answer| matches!(answer, Err(AppendError::Full | AppendError::Poisoned));
        let full = answers.contains(&Err(AppendError::Full));
        if answers == expected {
            self.remember(Model::commit);
            self.disk.note("acknowledged");
        } else if let Some((answer, expected)) = wrong_answer(&answers, &expected) {
            return Err(format!("an append was answered {answer:?} instead of {expected:?}"));
        } else if !self.troubled && !self.disk.is_killed() {
            return Err(format!("an append failed and nothing was wrong: {answers:?}"));
        } else if full && !in_vain {
            self.remember(Model::give_up);
        }
        if self.rng.random_bool(0.5) {
            journal.rest();
        }
        let over = journal.is_poisoned() || self.disk.is_killed();
        self.journal = Some(journal);
        if over || (answers.iter().any(failed) && self.rng.random_bool(0.3)) {
            return self.restart();
        }
        Ok(())
    }

    /// The process is killed, and another opens the journal.
    fn restart(&mut self) -> Checked {
        self.journal = None;
        self.disk = self.disk.restart();
        if self.rng.random_bool(0.7) {
            self.disk.set_trouble(None, 0);
        }
        self.open()
    }

    fn close_and_open(&mut self) -> Checked {
        let Some(journal) = self.journal.take() else {
            return self.restart();
        };
        journal.close();
        if self.disk.is_killed() {
            return self.restart();
        }
        if !self.troubled {
            self.remember(|model| model.marked = model.frames);
        }
        self.open()
    }

    /// The power goes; the run goes on with what is left.
    fn cut_power(&mut self) -> Checked {
        let image = self.disk.take_image();
        self.go_on_with(&image);
        self.open()
    }

    /// Goes on as if this image were the disk. Images made before stay what they are.
    fn go_on_with(&mut self, image: &Image) {
        self.journal = None;
        self.disk = self.disk.cut(image);
    }

    /// Opens, in spite of what goes wrong, and finds what must be there.
    fn open(&mut self) -> Checked {
        for _ in 0..OPENINGS_MAX {
            if self.rng.random_bool(0.1) {
                self.disk.kill_after(self.rng.random_range(0..10));
            }
            let disk = Arc::new(self.disk.clone());
            let in_trouble = self.disk.trouble().is_some();
            let opened = SteppedJournal::open_with(Arc::clone(&disk) as _, self.options.clone(), disk);
            match opened {
                Ok(journal) if !self.disk.is_killed() => return self.opened(journal),
                Err(OpenError::Damaged(damage)) => return Err(format!("it does not open: {damage}")),
                Err(error) if !self.disk.is_killed() && !in_trouble => {
                    return Err(format!("it does not open: {error}"));
                }
                _ => {}
            }
            self.disk = self.disk.restart();
            if self.rng.random_bool(0.5) {
                self.disk.set_trouble(None, 0);
            }
        }
        self.disk = self.disk.restart();
        self.disk.set_trouble(None, 0);
        let disk = Arc::new(self.disk.clone());
        match SteppedJournal::open_with(Arc::clone(&disk) as _, self.options.clone(), disk) {
            Ok(journal) => self.opened(journal),
            Err(error) => Err(format!("it does not open: {error}")),
        }
    }

    fn opened(&mut self, journal: SteppedJournal) -> Checked {
        self.disk.kill_after(usize::MAX);
        let trouble = self.disk.trouble();
        self.disk.set_trouble(None, 0);
        match self.model.compare(&contents(&journal)?)? {
            // Whoever opens it may show what is there: from now on it must stay.
            Found::KnownAndDoubt => self.remember(Model::commit),
            Found::Known => self.remember(Model::give_up),
            Found::LastMissing => return Err("the last commit group is missing".to_owned()),
        }
        self.disk.note("opened, and what is there can be seen");
        self.disk.set_trouble(trouble, self.rng.random_range(0..4));
        self.troubled = trouble.is_some();
        self.journal = Some(journal);
        Ok(())
    }

    /// What is there while it runs.
    fn look(&mut self) -> Checked {
        let Some(journal) = &self.journal else { return Ok(()) };
        if journal.is_poisoned() || self.disk.is_killed() {
            return Ok(());
        }
        match self.model.compare(&contents(journal)?)? {
            Found::Known => Ok(()),
            other => Err(format!("a reader sees something else: {other:?}")),
        }
    }
}

/// An answer that is neither what it must be nor a refusal because of the disk. Once one is refused, another may still
/// be told where entries are that were there before, and none that it has new ones.
fn wrong_answer<'a>(answers: &'a [Answer], expected: &'a [Answer]) -> Option<(&'a Answer, &'a Answer)> {
    let refused = |answer: &Answer| matches!(answer, Err(AppendError::Full | AppendError::Poisoned));
    let any_refused = answers.iter().any(refused);
    let mut pairs = answers.iter().zip(expected);
    pairs.find(|(answer, expected)| {
        let harmless = match answer {
            Ok(committed) => committed.records.iter().all(|placed| placed.duplicate),
            Err(AppendError::Fenced { .. }) => true,
            Err(_) => false,
        };
        answer != expected && !refused(answer) && !(any_refused && harmless)
    })
}

/// All that a reader sees.
pub(crate) fn contents(journal: &SteppedJournal) -> Checked<BTreeMap<StreamId, Vec<Record>>> {
    let mut all = BTreeMap::new();
    for (stream, head) in journal.streams() {
        let records = journal
            .read(stream, Seq(1), usize::MAX)
            .map_err(|error| format!("what is there cannot be read: {error}"))?;
        if records.last().map(journal::Head::from) != Some(head) {
            return Err(format!("stream {stream} does not end where it says"));
        }
        all.insert(stream, records);
    }
    Ok(all)
}

/// Opens what a crash left, twice, appends to it, and checks it all. Images of these openings are added to `more`.
pub(crate) fn check(crash: &Crash, options: &Options, lies: Lies, seed: u64, more: Option<&mut Vec<Crash>>) -> Checked {
    let disk = SimulatedDisk::from_image(&crash.image, seed);
    let verified = verify_on(&disk).map_err(|error| format!("verify finds it damaged: {error}"))?;
    if verified.durable_frame.unwrap_or(0) < crash.model.marked {
        return Err(format!(
            "{} frames were marked durable: {verified:?}",
            crash.model.marked
        ));
    }
    let rng = ChaCha8Rng::seed_from_u64(seed);
    let mut run = Run::with(rng, disk, options.clone(), (*crash.model).clone(), lies);
    if more.is_some() {
        run.disk.set_image_chance(0.15);
    }
    run.open()?;
    let heads = run.journal.as_ref().map(SteppedJournal::streams).unwrap_or_default();
    let there: Vec<(StreamId, u64, String)> = heads
        .iter()
        .map(|(stream, head)| (*stream, head.seq.0, head.chain.to_string()))
        .collect();
    let said: Vec<(StreamId, u64, String)> = verified
        .streams
        .iter()
        .map(|of| (of.stream, of.records, of.chain.clone()))
        .collect();
    if there != said {
        return Err(format!("verify says {said:?}, and there is {there:?}"));
    }
    run.append()?;
    run.append()?;
    run.close_and_open()?;
    let after = verify_on(&run.disk).map_err(|error| format!("verify finds it damaged in the end: {error}"))?;
    if (after.frames, after.unfinished_bytes) != (run.model.frames, 0) {
        return Err(format!("verify counts {} frames of {}", after.frames, run.model.frames));
    }
    if let Some(more) = more {
        more.extend(run.crashes());
    }
    Ok(())
}

/// Opens what a crash left after one bit of it has flipped: it is found, or what is there is right.
pub(crate) fn check_flipped(crash: &Crash, options: &Options, seed: u64) -> Checked<Option<Damage>> {
    let disk = SimulatedDisk::from_image(&crash.image, seed);
    let verified = verify_on(&disk);
    let opened = SteppedJournal::open_on(Arc::new(disk), options.clone());
    let journal = match (opened, &verified) {
        (Err(OpenError::Damaged(damage)), Err(OpenError::Damaged(_))) => return Ok(Some(damage)),
        (Err(OpenError::NewerFormat { .. }), Err(OpenError::NewerFormat { .. })) => return Ok(None),
        (Ok(journal), Ok(_)) => journal,
        (opened, verified) => {
            let opened = opened.map(|journal| journal.streams());
            return Err(format!("opening says {opened:?}, verify says {verified:?}"));
        }
    };
    let marked = verified.ok().and_then(|summary| summary.durable_frame).unwrap_or(0);
    match crash.model.compare(&contents(&journal)?)? {
        // Nobody can tell a last frame that has rotted from one that was torn, unless it was marked durable.
        Found::LastMissing if marked >= crash.model.frames => Err("a frame that was marked durable is gone".to_owned()),
        _ => Ok(None),
    }
}

impl Run {
    /// The options its journal was opened with.
    pub(crate) fn options(&self) -> &Options {
        &self.options
    }
}
