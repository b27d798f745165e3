//! What a saved state is worth: how long a plan of 20,000 changes takes as of any moment, beside reading the saved state
//! alone; and that there are neither too few nor too many of them.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use domain::{Cell, Delta, Fact, ItemId, ParagraphId, PersonId, PlanId, Scalar, SectionId, Seq, TimestampMs};
use reports::{Folded, PlanState};
use uuid::Uuid;

use super::Models;
use super::store::Store;

const PLAN: PlanId = PlanId(Uuid::from_u128(1));
const ITEMS: u64 = 1_000;
const SECTION: SectionId = SectionId::Opportunities;
/// What is typed into a note at once.
const WORDS: &str = "Brandt wants it by the end of the year ";
/// How long notes become.
const NOTE_CHARS: u32 = 1_500;

/// A history of so many changes: items with nine fields each, then values and notes, a fact or two an entry.
struct History {
    titles: Vec<String>,
    notes: Vec<u32>,
    seq: u64,
}

impl History {
    fn new() -> Self {
        let titles = (0..ITEMS).map(|n| format!("Opportunity {n}")).collect();
        Self {
            titles,
            notes: vec![0; usize::try_from(ITEMS).expect("small")],
            seq: 0,
        }
    }

    fn next(&mut self) -> Vec<Fact> {
        self.seq += 1;
        let number = usize::try_from((self.seq.wrapping_mul(7_919)) % ITEMS).expect("small");
        let item = ItemId(Uuid::from_u128(0x7000_8000_0000_0000_0000 + number as u128));
        if self.seq <= ITEMS {
            self.made(number, item)
        } else {
            vec![self.edited(number, item)]
        }
    }

    fn fact(&self, cell: Cell, delta: Delta) -> Fact {
        Fact {
            seq: Seq(self.seq),
            at: TimestampMs(i64::try_from(self.seq).expect("small") * 1_000),
            claimed: TimestampMs(0),
            author: PersonId(Uuid::from_u128(5)),
            cell,
            delta,
        }
    }

    fn made(&self, number: usize, item: ItemId) -> Vec<Fact> {
        let fields = [
            "title",
            "offering",
            "unit",
            "close",
            "owner",
            "next_step",
            "crm_id",
            "metrics",
            "rank",
        ];
        let text = |field: &str| match field {
            "title" => self.titles[number].clone(),
            _ => format!("{field} of it"),
        };
        let made = self.fact(Cell::field(SECTION, item, ""), Delta::ItemMade);
        let set = |field| self.fact(Cell::field(SECTION, item, field), set(None, text(field)));
        std::iter::once(made).chain(fields.map(set)).collect()
    }

    fn edited(&mut self, number: usize, item: ItemId) -> Fact {
        let paragraph = Cell::paragraph(SECTION, item, "notes", ParagraphId(item.0));
        let at = self.notes[number];
        match self.seq % 5 {
            0 if at == 0 || at > NOTE_CHARS => {
                self.notes[number] = at.max(1);
                self.fact(paragraph.with_suffix("rank"), set(None, "80".to_owned()))
            }
            1 if at == 1 => {
                self.notes[number] = 2;
                self.fact(paragraph, Delta::ParagraphMade)
            }
            2 | 3 if at > 1 && at < NOTE_CHARS => {
                self.notes[number] += u32::try_from(WORDS.len()).expect("short");
                let (old, new) = (String::new(), WORDS.to_owned());
                self.fact(paragraph, Delta::Text { at: at - 2, old, new })
            }
            _ => {
                let mut title = self.titles[number].clone();
                write!(title, "{}", self.seq % 10).expect("into memory");
                title.truncate(40);
                let old = std::mem::replace(&mut self.titles[number], title.clone());
                self.fact(Cell::field(SECTION, item, "title"), set(Some(Scalar::Str(old)), title))
            }
        }
    }
}

fn set(old: Option<Scalar>, new: String) -> Delta {
    let new = Some(Scalar::Str(new));
    Delta::Set { old, new, also: vec![] }
}

/// Fills a store as the worker does, in groups.
fn fill(store: &Store, changes: u64) {
    let (mut history, mut models, mut rest) = (History::new(), Models::default(), 0);
    while history.seq < changes {
        let facts: Vec<Fact> = (0..50).flat_map(|_| history.next()).collect();
        let upto = Seq(history.seq);
        models.take(&facts, upto);
        store.save(PLAN, &facts, &models).expect("the cache takes it");
        rest = u64::saturating_sub(rest, facts.len() as u64);
        if rest == 0 {
            rest = store.save_states(PLAN, upto).expect("the cache takes it");
        }
    }
}

/// The shortest of some runs: what else the machine does only makes them longer.
fn shortest<T>(run: impl Fn() -> T) -> (Duration, T) {
    const RUNS: usize = 3;
    let timed = || {
        let began = Instant::now();
        let done = run();
        (began.elapsed(), done)
    };
    let mut best = timed();
    for _ in 1..RUNS {
        let next = timed();
        if next.0 < best.0 {
            best = next;
        }
    }
    best
}

#[test]
fn as_of_takes_at_most_twice_the_time_of_reading_the_saved_state() {
    const CHANGES: u64 = 20_000;
    const LOOKS: u64 = 12;
    let dir = tempfile::tempdir().expect("a folder for the test");
    let (store, _) = Store::open(&dir.path().join("cache")).expect("a new cache opens");
    fill(&store, CHANGES);

    let mut whole = History::new();
    let mut folded = Folded::<PlanState>::default();
    let (mut reading, mut looking) = (Duration::ZERO, Duration::ZERO);
    for look in 1..=LOOKS {
        // Moments of the last three quarters, where the plan is large; at odd places between two saved states.
        let seq = Seq(CHANGES / 4 + (CHANGES * 3 / 4) * look / LOOKS - 37 * (look % 7));
        while whole.seq < seq.0 {
            let facts = whole.next();
            folded.take(&facts, Seq(whole.seq));
        }
        let (read, saved) = shortest(|| store.saved_state(PLAN, seq).expect("it can be read"));
        let (looked, as_of) = shortest(|| store.as_of(PLAN, seq).expect("it can be read"));
        assert_eq!(as_of, folded, "as of {seq}");
        assert!(saved.cursor() <= seq);
        reading += read;
        looking += looked;
    }
    let ratio = looking.as_secs_f64() / reading.as_secs_f64();
    let each = |time: Duration| time / u32::try_from(LOOKS).expect("few");
    println!(
        "as of any moment of {CHANGES} changes: {:.1?}; its saved state alone: {:.1?}; ratio {ratio:.2}",
        each(looking),
        each(reading)
    );
    assert!(ratio <= 2.0, "{looking:?} is more than twice {reading:?}");
}

#[test]
fn saved_states_are_as_many_as_a_long_history_needs_and_no_more() {
    let dir = tempfile::tempdir().expect("a folder for the test");
    let (store, _) = Store::open(&dir.path().join("cache")).expect("a new cache opens");
    let mut counts = Vec::new();
    for changes in [200, 2_000, 14_000] {
        let dir = dir.path().join(changes.to_string());
        let (store, _) = Store::open(&dir).expect("a new cache opens");
        fill(&store, changes);
        counts.push(store.states(PLAN));
    }
    drop(store);
    let [few, some, many] = counts[..] else {
        panic!("three histories")
    };
    assert!((4..=10).contains(&few), "{few}");
    assert!((20..=64).contains(&some), "{some}");
    assert!((24..=64).contains(&many), "{many}");
}
