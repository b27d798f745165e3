//! Typing and deleting in a paragraph, taken back and made again.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use domain::{ActorId, Cell, ItemId, ParagraphId, SectionId, TimestampMs};
use plan::{Edit, Inverse, OwnChange, Replica};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

const SECTION: SectionId = SectionId::Opportunities;
const NOW: TimestampMs = TimestampMs(1_700_000_000_000);
const SEEDS: u64 = 150;
const STEPS: usize = 12;
/// What the one who undoes types; the other types capitals.
const MINE: [&str; 6] = ["a", "bc", "🙂", "d🙂e", "é", "fgh "];

/// One who edits, undoes and redoes, and another who types into the same paragraph.
struct Desk {
    mine: Replica,
    other: Replica,
    done: Vec<Inverse>,
    undone: Vec<Inverse>,
}

impl Desk {
    fn new() -> Self {
        let item = ItemId(Uuid::from_u128(1));
        let mut mine = Replica::new(ActorId([1; 16]));
        let mut other = Replica::new(ActorId([2; 16]));
        let first = Edit::MakeItem {
            section: SECTION,
            item,
            fields: vec![],
        };
        let text = String::new();
        let paragraph = Edit::MakeParagraph { cell: note(), text };
        let made = mine.edit(NOW, &[first, paragraph]).unwrap().unwrap();
        other.apply(&[made.bytes]).unwrap();
        Self {
            mine,
            other,
            done: vec![],
            undone: vec![],
        }
    }

    fn text(&self) -> String {
        self.mine.text(&note()).unwrap()
    }

    fn my_text(&self) -> String {
        let mine = |char: &char| !char.is_ascii_uppercase();
        self.text().chars().filter(mine).collect()
    }

    /// Edits, as a step of its own or as a part of the one before.
    fn edit(&mut self, merged: bool, at: usize, delete: usize, insert: &str) {
        if let Some(change) = self.mine.edit(NOW, &[splice(at, delete, insert)]).unwrap() {
            self.show(&change);
            match self.done.last_mut() {
                Some(step) if merged => step.merge(change.inverse),
                _ => self.done.push(change.inverse),
            }
        }
    }

    fn other_types(&mut self, at: usize, insert: &str) {
        let change = self.other.edit(NOW, &[splice(at, 0, insert)]).unwrap().unwrap();
        self.mine.apply(&[change.bytes]).unwrap();
    }

    fn undo(&mut self) {
        let step = self.done.pop().expect("a step to undo");
        let back = self.take_back(&step);
        self.undone.push(back);
    }

    fn redo(&mut self) {
        let step = self.undone.pop().expect("a step to redo");
        let back = self.take_back(&step);
        self.done.push(back);
    }

    fn take_back(&mut self, step: &Inverse) -> Inverse {
        // A step whose typing was deleted within it takes nothing back.
        let Some(change) = self.mine.undo(NOW, step).unwrap() else {
            return Inverse::default();
        };
        self.show(&change);
        for other in self.done.iter_mut().chain(&mut self.undone) {
            other.rename(step, &change.inverse);
        }
        change.inverse
    }

    fn show(&mut self, change: &OwnChange) {
        self.other.apply(std::slice::from_ref(&change.bytes)).unwrap();
    }
}

fn note() -> Cell {
    let item = ItemId(Uuid::from_u128(1));
    Cell::paragraph(SECTION, item, "strategy", ParagraphId(Uuid::from_u128(7)))
}

fn splice(at: usize, delete: usize, insert: &str) -> Edit {
    Edit::Splice {
        cell: note(),
        at: u32::try_from(at).unwrap(),
        delete: u32::try_from(delete).unwrap(),
        insert: insert.to_owned(),
    }
}

/// A UTF-16 position between two characters of a text, and a length up to another one.
fn span(text: &str, random: &mut ChaCha8Rng) -> (usize, usize) {
    let mut places = vec![0];
    for char in text.chars() {
        places.push(places[places.len() - 1] + char.len_utf16());
    }
    let from = random.random_range(0..places.len());
    let to = random.random_range(from..places.len().min(from + 5));
    (places[from], places[to] - places[from])
}

#[test]
fn runs_typed_from_the_end_come_back_in_their_order() {
    let mut desk = Desk::new();
    desk.edit(false, 0, 0, "two ");
    desk.edit(true, 0, 0, "one ");
    for _ in 0..3 {
        desk.undo();
        assert_eq!(desk.text(), "");
        desk.redo();
        assert_eq!(desk.text(), "one two ");
    }
    desk.other_types(4, "AND ");
    desk.undo();
    assert_eq!(desk.text(), "AND ");
    desk.redo();
    assert_eq!(desk.text(), "one AND two ");
}

#[test]
fn what_was_deleted_and_came_back_is_still_what_was_typed() {
    let mut desk = Desk::new();
    desk.edit(false, 0, 0, "abc");
    desk.edit(false, 1, 1, "");
    desk.undo();
    assert_eq!(desk.text(), "abc");
    desk.undo();
    assert_eq!(desk.text(), "");
    desk.redo();
    desk.redo();
    assert_eq!(desk.text(), "ac");
}

#[test]
fn what_was_typed_and_deleted_in_one_step_does_not_come_back() {
    let mut desk = Desk::new();
    desk.edit(false, 0, 0, "abc");
    desk.edit(true, 1, 1, "");
    desk.undo();
    assert_eq!(desk.text(), "");
    desk.redo();
    assert_eq!(desk.text(), "ac");
}

#[test]
fn each_undo_and_each_redo_gives_the_text_of_its_step() {
    for seed in 0..SEEDS {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut desk = Desk::new();
        let texts = work(&mut desk, &mut random, false);
        go_back_and_forth(&mut desk, &texts, |desk| desk.text(), &format!("seed {seed}"));
    }
}

#[test]
fn each_undo_and_each_redo_gives_my_text_while_another_types_between() {
    for seed in 0..SEEDS {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut desk = Desk::new();
        let texts = work(&mut desk, &mut random, true);
        let look = |desk: &mut Desk| {
            let my_text = desk.my_text();
            let (at, _) = span(&desk.text(), &mut random);
            desk.other_types(at, "XY");
            my_text
        };
        go_back_and_forth(&mut desk, &texts, look, &format!("seed {seed}"));
        assert_eq!(desk.mine.heads(), desk.other.heads(), "seed {seed}");
    }
}

/// Random edits; the text of mine before the first and after each step.
fn work(desk: &mut Desk, random: &mut ChaCha8Rng, with_other: bool) -> Vec<String> {
    let mut texts = vec![desk.my_text()];
    for _ in 0..STEPS {
        let steps = desk.done.len();
        let merged = steps > 0 && random.random_bool(0.4);
        let (at, len) = span(&desk.text(), random);
        let insert = MINE[random.random_range(0..MINE.len())];
        match random.random_range(0..4) {
            0 | 1 => desk.edit(merged, at, 0, insert),
            2 => desk.edit(merged, at, len, ""),
            _ => desk.edit(merged, at, len, insert),
        }
        if desk.done.len() > steps {
            texts.push(desk.my_text());
        } else if let Some(last) = texts.last_mut() {
            *last = desk.my_text();
        }
        if with_other && random.random_bool(0.5) {
            let (at, _) = span(&desk.text(), random);
            desk.other_types(at, "QR");
        }
    }
    texts
}

/// Undoes all and redoes all, twice, and looks after each.
fn go_back_and_forth(desk: &mut Desk, texts: &[String], mut look: impl FnMut(&mut Desk) -> String, context: &str) {
    for _ in 0..2 {
        for text in texts.iter().rev().skip(1) {
            desk.undo();
            assert_eq!(look(desk), *text, "undo, {context}");
        }
        for text in &texts[1..] {
            desk.redo();
            assert_eq!(look(desk), *text, "redo, {context}");
        }
    }
}
