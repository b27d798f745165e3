//! The whole plan as of an entry: what every cell held, rebuilt from facts alone.

use std::collections::BTreeMap;

use domain::{Cell, Delta, Fact, ItemId, Part, PersonId, Scalar, SectionId, Seq, TimestampMs};
use serde::{Deserialize, Serialize};

use crate::projection::Projection;

/// When something happened, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The entry.
    pub seq: Seq,
    /// When.
    pub at: TimestampMs,
    /// By whom.
    pub by: PersonId,
}

impl Stamp {
    const fn of(fact: &Fact) -> Self {
        Self {
            seq: fact.seq,
            at: fact.at,
            by: fact.author,
        }
    }
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Held {
    /// A value, and those that were written at the same time and stand beside it.
    Value(Scalar, Vec<Scalar>),
    /// A paragraph's text.
    Text(String),
}

impl Held {
    /// The value, if it is one.
    pub const fn value(&self) -> Option<&Scalar> {
        match self {
            Self::Value(value, _) => Some(value),
            Self::Text(_) => None,
        }
    }

    /// The text of a paragraph. One that is kept under seal is a value, whose words are text too.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Value(value, _) => value.as_str(),
            Self::Text(text) => Some(text),
        }
    }
}

/// An item as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemState {
    /// Who made it.
    pub made: Stamp,
    /// Who changed it last.
    pub changed: Stamp,
    /// What it holds, by part (in the order of their variants) and key.
    parts: [BTreeMap<String, Held>; 4],
}

/// A plan as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanState {
    sections: BTreeMap<SectionId, BTreeMap<ItemId, ItemState>>,
    facts: u64,
    last: Option<Stamp>,
}

/// All parts of an item.
const PARTS: [Part; 4] = [Part::Fields, Part::Links, Part::Own, Part::Prose];

impl ItemState {
    const fn new(made: Stamp) -> Self {
        Self {
            made,
            changed: made,
            parts: [const { BTreeMap::new() }; 4],
        }
    }

    /// The cells of a part, by key.
    pub const fn part(&self, part: Part) -> &BTreeMap<String, Held> {
        let [fields, links, own, prose] = &self.parts;
        match part {
            Part::Fields => fields,
            Part::Links => links,
            Part::Own => own,
            Part::Prose => prose,
        }
    }

    const fn part_mut(&mut self, part: Part) -> &mut BTreeMap<String, Held> {
        let [fields, links, own, prose] = &mut self.parts;
        match part {
            Part::Fields => fields,
            Part::Links => links,
            Part::Own => own,
            Part::Prose => prose,
        }
    }

    /// Every cell, by part and key.
    pub fn cells(&self) -> impl Iterator<Item = (Part, &str, &Held)> {
        let cells = |part| {
            self.part(part)
                .iter()
                .map(move |(key, held)| (part, key.as_str(), held))
        };
        PARTS.into_iter().flat_map(cells)
    }

    /// What it is called.
    pub fn title(&self) -> Option<&str> {
        self.part(Part::Fields).get("title")?.value()?.as_str()
    }

    /// Whether it is deleted.
    pub fn is_deleted(&self) -> bool {
        let deleted = self.part(Part::Fields).get("deleted").and_then(Held::value);
        deleted == Some(&Scalar::Bool(true))
    }

    /// The paragraphs of a field that are not deleted, in their order: each with its id and its text.
    pub fn paragraphs(&self, field: &str) -> Vec<(&str, &str)> {
        let prose = self.part(Part::Prose);
        let scalar = |id: &str, what: &str| prose.get(&format!("{field}:{id}:{what}")).and_then(Held::value);
        let of_field = prose.iter().filter_map(|(key, held)| {
            let id = key.strip_prefix(field)?.strip_prefix(':')?;
            (!id.contains(':')).then_some((id, held.text()?))
        });
        let mut paragraphs: Vec<_> = of_field
            .filter(|(id, _)| scalar(id, "deleted") != Some(&Scalar::Bool(true)))
            .collect();
        // As pages show them: by rank, and where two have the same, by id.
        paragraphs.sort_by_key(|(id, _)| (scalar(id, "rank").and_then(Scalar::as_str).unwrap_or_default(), *id));
        paragraphs
    }

    /// What is in the cell of a fact goes from before it to after it.
    fn apply(&mut self, fact: &Fact) {
        let key = &fact.cell.key;
        let cells = self.part_mut(fact.cell.part);
        match &fact.delta {
            Delta::ItemMade => {}
            Delta::ParagraphMade => {
                cells.insert(key.clone(), Held::Text(String::new()));
            }
            Delta::Set { new, also, .. } => put(cells, key, new.as_ref(), also),
            Delta::Text { at, old, new } => {
                if let Some(Held::Text(text)) = cells.get_mut(key) {
                    replace(text, *at, old, new);
                }
            }
        }
        self.changed = Stamp::of(fact);
    }

    /// What is in the cell of a fact goes from after it to before it. What stood beside a value is not known then.
    fn take_back(&mut self, fact: &Fact) {
        let key = &fact.cell.key;
        let cells = self.part_mut(fact.cell.part);
        match &fact.delta {
            Delta::ItemMade => {}
            Delta::ParagraphMade => {
                cells.remove(key);
            }
            Delta::Set { old, .. } => put(cells, key, old.as_ref(), &[]),
            Delta::Text { at, old, new } => {
                if let Some(Held::Text(text)) = cells.get_mut(key) {
                    replace(text, *at, new, old);
                }
            }
        }
    }
}

fn put(cells: &mut BTreeMap<String, Held>, key: &str, value: Option<&Scalar>, also: &[Scalar]) {
    match value {
        // Most writes are of a cell that is there: its key is not made anew.
        Some(value) => match cells.get_mut(key) {
            Some(held) => *held = Held::Value(value.clone(), also.to_vec()),
            None => drop(cells.insert(key.to_owned(), Held::Value(value.clone(), also.to_vec()))),
        },
        None => drop(cells.remove(key)),
    }
}

/// The text of a paragraph before it was changed, of the text after. `None`: a fact that changes no text so.
pub fn text_before(after: &str, delta: &Delta) -> Option<String> {
    let Delta::Text { at, old, new } = delta else {
        return None;
    };
    let mut text = after.to_owned();
    replace(&mut text, *at, new, old);
    Some(text)
}

/// Puts `new` in the place of `old`, which stands at a UTF-16 position.
fn replace(text: &mut String, at: u32, old: &str, new: &str) {
    let from = byte_at(text, at);
    debug_assert!(
        text.get(from..).is_some_and(|rest| rest.starts_with(old)),
        "a span that is not in the text before it"
    );
    let to = (from + old.len()).min(text.len());
    if text.is_char_boundary(to) {
        text.replace_range(from..to, new);
    }
}

/// The byte at which a UTF-16 position stands; the end for one beyond it.
pub fn byte_at(text: &str, at: u32) -> usize {
    let at = at as usize;
    if text.is_ascii() {
        return at.min(text.len());
    }
    let mut units = 0;
    for (byte, char) in text.char_indices() {
        if units >= at {
            return byte;
        }
        units += char.len_utf16();
    }
    text.len()
}

impl PlanState {
    /// An item, deleted or not.
    pub fn item(&self, section: SectionId, item: ItemId) -> Option<&ItemState> {
        self.sections.get(&section)?.get(&item)
    }

    /// The items of a section, deleted ones too, in the order of their ids.
    pub fn items(&self, section: SectionId) -> impl Iterator<Item = (ItemId, &ItemState)> {
        let items = self.sections.get(&section).into_iter().flatten();
        items.map(|(id, item)| (*id, item))
    }

    /// What a cell holds.
    pub fn held(&self, cell: &Cell) -> Option<&Held> {
        self.item(cell.section, cell.item)?.part(cell.part).get(&cell.key)
    }

    /// What an item of any section is called.
    pub fn title(&self, item: ItemId) -> Option<&str> {
        let mut sections = self.sections.values();
        sections.find_map(|items| items.get(&item))?.title()
    }

    /// The last thing that happened.
    pub const fn last(&self) -> Option<Stamp> {
        self.last
    }

    /// How many facts it was folded from.
    pub const fn facts(&self) -> u64 {
        self.facts
    }

    /// Takes away texts in cells that are meant, in sections that have some.
    pub fn remove_texts(&mut self, is_among: impl Fn(SectionId) -> bool, is_meant: impl Fn(&Cell) -> bool) {
        for (section, items) in self.sections.iter_mut().filter(|(section, _)| is_among(**section)) {
            for (item, state) in items {
                state.part_mut(Part::Prose).retain(|key, held| {
                    let cell = Cell {
                        section: *section,
                        item: *item,
                        part: Part::Prose,
                        key: key.clone(),
                    };
                    matches!(held, Held::Value(..)) || !is_meant(&cell)
                });
            }
        }
    }

    /// Puts other values in the place of those that are meant: what is sealed is opened for its reader.
    pub fn rewrite(&mut self, is_meant: impl Fn(SectionId, &Scalar) -> bool, value: impl Fn(&Cell, &Scalar) -> Scalar) {
        for (section, items) in &mut self.sections {
            for (item, state) in items {
                for part in PARTS {
                    for (key, held) in state.part_mut(part) {
                        let Held::Value(winner, others) = held else { continue };
                        if !is_meant(*section, winner) && !others.iter().any(|other| is_meant(*section, other)) {
                            continue;
                        }
                        let cell = Cell {
                            section: *section,
                            item: *item,
                            part,
                            key: key.clone(),
                        };
                        for scalar in std::iter::once(winner).chain(others) {
                            *scalar = value(&cell, scalar);
                        }
                    }
                }
            }
        }
    }

    /// Goes back to before a fact, which must be the last one of its cell. For reading a history backwards: who changed
    /// what last is not gone back to, nor what stood beside a value.
    pub fn take_back(&mut self, fact: &Fact) {
        let items = self.sections.get_mut(&fact.cell.section);
        if let Some(item) = items.and_then(|items| items.get_mut(&fact.cell.item)) {
            item.take_back(fact);
        }
    }
}

impl Projection for PlanState {
    const NAME: &'static str = "state";
    const VERSION: u32 = 1;

    fn apply(&mut self, fact: &Fact) {
        let items = self.sections.entry(fact.cell.section).or_default();
        let item = items.entry(fact.cell.item);
        item.or_insert_with(|| ItemState::new(Stamp::of(fact))).apply(fact);
        self.facts += 1;
        self.last = Some(Stamp::of(fact));
    }
}
