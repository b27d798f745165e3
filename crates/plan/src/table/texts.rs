//! Paragraphs: their characters in the order of all replicas, the deleted ones among them.

use domain::{Cell, Delta};
use serde::{Deserialize, Serialize};

use super::stream::OpIx;

/// One character of a paragraph.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Element {
    /// The operation that inserted it.
    pub(crate) op: OpIx,
    pub(crate) char: char,
    pub(crate) deleted: bool,
}

impl Element {
    fn units(self) -> u32 {
        if self.deleted { 0 } else { units(self.char) }
    }
}

/// UTF-16 units of a character.
pub(crate) fn units(char: char) -> u32 {
    if u32::from(char) > 0xffff { 2 } else { 1 }
}

/// UTF-16 units of a text.
fn units_of(text: &str) -> u32 {
    text.chars().map(units).sum()
}

/// A paragraph's text.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TextRecord {
    /// The key that it was made at.
    pub(crate) key: u32,
    pub(crate) elements: Vec<Element>,
    /// How many of them are not deleted.
    pub(crate) alive: usize,
    /// The last place: an element's index and the UTF-16 units before it. Most writes are beside the one before.
    #[serde(skip)]
    place: (usize, u32),
}

impl TextRecord {
    pub(crate) fn new(key: u32) -> Self {
        Self {
            key,
            elements: Vec::new(),
            alive: 0,
            place: (0, 0),
        }
    }

    /// The text.
    pub(crate) fn read(&self) -> String {
        let alive = self.elements.iter().filter(|element| !element.deleted);
        alive.map(|element| element.char).collect()
    }

    /// Where an operation's character stands.
    pub(crate) fn find(&self, op: OpIx) -> Option<usize> {
        let near = self.place.0.saturating_sub(1);
        let beside = self
            .elements
            .iter()
            .skip(near)
            .take(3)
            .position(|element| element.op == op);
        match beside {
            Some(offset) => Some(near + offset),
            None => self.elements.iter().position(|element| element.op == op),
        }
    }

    /// Inserts a character after the element at `after` (or at the front), behind those of the same place that are
    /// newer, as `is_newer` tells. Gives the UTF-16 units before it.
    pub(crate) fn insert(&mut self, after: Option<usize>, new: Element, is_newer: impl Fn(OpIx) -> bool) -> u32 {
        let mut at = after.map_or(0, |after| after + 1);
        while self.elements.get(at).is_some_and(|element| is_newer(element.op)) {
            at += 1;
        }
        let before = self.seek(at);
        self.elements.insert(at, new);
        self.alive += 1;
        before
    }

    /// Deletes the character at an index. Gives the UTF-16 units before it, or nothing if it was deleted before.
    pub(crate) fn delete(&mut self, at: usize) -> Option<u32> {
        if self.elements[at].deleted {
            return None;
        }
        let before = self.seek(at);
        self.elements[at].deleted = true;
        self.alive -= 1;
        Some(before)
    }

    fn seek(&mut self, at: usize) -> u32 {
        let (mut index, mut before) = self.place;
        while index < at {
            before += self.elements[index].units();
            index += 1;
        }
        while index > at {
            index -= 1;
            before -= self.elements[index].units();
        }
        self.place = (index, before);
        before
    }
}

/// A span of text that grows while one operation follows another at the same place.
#[derive(Debug, Default)]
pub(crate) struct Span {
    at: u32,
    old: String,
    new: String,
}

impl Span {
    /// Takes in an inserted character, if it stands just behind what was inserted before.
    pub(crate) fn insert(&mut self, at: u32, char: char) -> bool {
        if self.is_empty() {
            self.at = at;
        } else if at != self.at + units_of(&self.new) {
            return false;
        }
        self.new.push(char);
        true
    }

    /// Takes in a deleted character, if it stands just behind the span, just before it, or at its end.
    pub(crate) fn delete(&mut self, at: u32, char: char) -> bool {
        let end = self.at + units_of(&self.new);
        if self.is_empty() {
            self.at = at;
            self.old.push(char);
        } else if at == end {
            self.old.push(char);
        } else if self.new.is_empty() && at + units(char) == self.at {
            self.at = at;
            self.old.insert(0, char);
        } else if self.new.ends_with(char) && at + units(char) == end {
            self.new.pop();
        } else {
            return false;
        }
        true
    }

    fn is_empty(&self) -> bool {
        self.old.is_empty() && self.new.is_empty()
    }

    /// The fact, unless nothing came of it.
    pub(crate) fn into_delta(self, cell: Cell) -> Option<(Cell, Delta)> {
        let Self { at, old, new } = self;
        let changed = !(old.is_empty() && new.is_empty());
        changed.then_some((cell, Delta::Text { at, old, new }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_deletes_and_inserts_is_one_span() {
        let mut span = Span::default();
        assert!(span.insert(4, 'a') && span.insert(5, '😀') && span.insert(7, 'b'));
        assert!(span.delete(8, 'x') && span.delete(8, 'y'));
        assert!(span.delete(7, 'b'), "takes back what it put in");
        assert!(!span.delete(0, 'q'), "another place is another span");
        assert_eq!((span.at, span.old.as_str(), span.new.as_str()), (4, "xy", "a😀"));
    }

    #[test]
    fn deleting_backwards_is_one_span() {
        let mut span = Span::default();
        assert!(span.delete(5, 'c') && span.delete(3, '😀') && span.delete(2, 'a'));
        assert_eq!((span.at, span.old.as_str(), span.new.as_str()), (2, "a😀c", ""));
    }
}
