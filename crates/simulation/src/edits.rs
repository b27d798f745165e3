//! What people do to a plan: every kind of edit, mostly at the same few places, so that they meet.

use domain::schema::{Field, Kind};
use domain::{Cell, ItemId, ParagraphId, Part, PersonId, Scalar, SectionId};
use plan::{Edit, Replica, rank_between};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use crate::client::person;
use crate::config::{Config, SECTIONS};

/// People look at the first few items and fields of a list most of the time.
const FAVOURITES: usize = 3;

/// Someone who is about to edit.
pub(crate) struct Editor<'a> {
    pub(crate) replica: &'a Replica,
    pub(crate) config: &'a Config,
    pub(crate) person: PersonId,
    pub(crate) rng: ChaCha8Rng,
    /// Ids made here are nobody else's.
    pub(crate) device: usize,
    pub(crate) dice: u32,
    pub(crate) made: u32,
}

impl<'a> Editor<'a> {
    /// One who does what the dice say.
    pub(crate) fn new(replica: &'a Replica, config: &'a Config, person: PersonId, device: usize, dice: u32) -> Self {
        Self {
            replica,
            config,
            person,
            rng: ChaCha8Rng::seed_from_u64(u64::from(dice)),
            device,
            dice,
            made: 0,
        }
    }

    /// Edits that make one change.
    pub(crate) fn edits(&mut self) -> Vec<Edit> {
        let section = *SECTIONS.choose(&mut self.rng).expect("there are sections");
        let section = if self.rng.random_bool(0.5) {
            SECTIONS[0]
        } else {
            section
        };
        let item = if section.is_single() {
            Some(ItemId::SINGLE)
        } else {
            self.item(section)
        };
        let Some(item) = item.filter(|_| section.is_single() || self.rng.random_ratio(11, 12)) else {
            return self.make_item(section);
        };
        match self.rng.random_range(0..20) {
            9..14 => self.prose(section, item),
            14 | 15 => self.clear(section, item),
            16 => self.delete(section, item),
            17 => self.reorder(section, item),
            18 => self.paste(section),
            _ => self.put(section, item),
        }
    }

    /// An item that a person sees; now and then one that is deleted.
    fn item(&mut self, section: SectionId) -> Option<ItemId> {
        let mut items = self.replica.items(section);
        if self.rng.random_ratio(1, 15) {
            items = self.replica.deleted_items(section);
        }
        self.favourite(&items).copied()
    }

    fn favourite<'b, T>(&mut self, of: &'b [T]) -> Option<&'b T> {
        let few = of.len().min(FAVOURITES);
        let some = if self.rng.random_bool(0.8) { &of[..few] } else { of };
        some.choose(&mut self.rng)
    }

    fn id(&mut self) -> Uuid {
        self.made += 1;
        let number = (self.device as u128) << 40 | u128::from(self.made) << 34 | u128::from(self.dice);
        Uuid::from_u128(0x018b_cfe5_0000_7000_8000_0000_0000_0000 | number)
    }

    fn make_item(&mut self, section: SectionId) -> Vec<Edit> {
        let last = self.replica.items(section).last().copied();
        let rank = rank_between(last.and_then(|item| self.rank(section, item)).as_deref(), None);
        vec![Edit::MakeItem {
            section,
            item: ItemId(self.id()),
            fields: vec![
                ("title".to_owned(), Scalar::Str(self.words())),
                ("rank".to_owned(), Scalar::Str(rank)),
            ],
        }]
    }

    fn rank(&self, section: SectionId, item: ItemId) -> Option<String> {
        let value = self.replica.value(&Cell::field(section, item, "rank"))?;
        value.as_str().map(str::to_owned)
    }

    fn words(&mut self) -> String {
        let letters = ["ä", "b", "c", " ", "ß", "👋", "x"];
        let count = self.rng.random_range(0..6);
        let text: String = (0..count)
            .filter_map(|_| letters.choose(&mut self.rng).copied())
            .collect();
        format!("{text}{:x}", self.dice % 4096)
    }

    fn field(&mut self, section: SectionId) -> Option<&'a Field> {
        let config = self.config;
        let fields = &config.schema.section(section)?.fields;
        let prose = |field: &&Field| field.kind != Kind::Prose;
        let fields: Vec<&Field> = fields.iter().filter(prose).collect();
        self.favourite(&fields).copied()
    }

    fn put(&mut self, section: SectionId, item: ItemId) -> Vec<Edit> {
        let Some(field) = self.field(section) else {
            return Vec::new();
        };
        let Some(cell) = self.cell(section, item, field) else {
            return Vec::new();
        };
        let value = match (&field.kind, cell.key.ends_with(":note")) {
            (_, true) => Scalar::Str(self.words()),
            (Kind::Items { strength: true, .. }, _) => Scalar::Int(self.rng.random_range(1..=3)),
            (Kind::Items { .. } | Kind::Choices(_) | Kind::Sellers, _) => Scalar::Bool(true),
            (kind, _) => self.value(kind),
        };
        vec![Edit::Put { cell, value }]
    }

    /// Where a value of the field stands.
    fn cell(&mut self, section: SectionId, item: ItemId, field: &Field) -> Option<Cell> {
        match field.part() {
            Part::Fields => Some(Cell::field(section, item, &field.key)),
            Part::Own => Some(Cell::own(section, item, self.person, &field.key)),
            Part::Prose => None,
            Part::Links => {
                let target = match &field.kind {
                    Kind::Items { to, .. } => self.item(*to.first()?)?.to_string(),
                    Kind::Sellers => person(self.rng.random_range(0..self.config.people)).to_string(),
                    _ => field.choices().choose(&mut self.rng)?.key.to_string(),
                };
                if matches!(field.kind, Kind::Items { .. }) && self.rng.random_ratio(1, 4) {
                    return Some(Cell::link_note(section, item, &field.key, &target));
                }
                Some(Cell::link(section, item, &field.key, &target))
            }
        }
    }

    fn value(&mut self, kind: &Kind) -> Scalar {
        let text = match kind {
            Kind::Whole { from, to, .. } => return Scalar::Int(self.rng.random_range(*from..=*to)),
            Kind::Flag => return Scalar::Bool(self.rng.random_bool(0.5)),
            Kind::Choice(choices) => {
                let choice = choices.choose(&mut self.rng);
                choice.map_or_else(String::new, |choice| choice.key.to_string())
            }
            Kind::Money => format!("{} EUR", self.rng.random_range(1..900_000_000)),
            Kind::Date => format!("2026-12-{:02}", self.rng.random_range(1..=28)),
            Kind::Seller => person(self.rng.random_range(0..self.config.people)).to_string(),
            Kind::Item(to) => {
                let there = to.first().and_then(|section| self.item(*section));
                there.unwrap_or(ItemId::SINGLE).to_string()
            }
            Kind::Rank => format!("{:02x}", self.rng.random_range(1..=255)),
            _ => self.words(),
        };
        Scalar::Str(text)
    }

    /// Empties something that has a value; a person may empty only what is not another's.
    fn clear(&mut self, section: SectionId, item: ItemId) -> Vec<Edit> {
        let own = format!("{}:", self.person);
        let mine = |cell: &Cell| cell.part != Part::Own || cell.key.starts_with(&own);
        let cells = self.replica.cells(section, item);
        let mut cells: Vec<Cell> = cells.into_iter().map(|(cell, _)| cell).filter(mine).collect();
        cells.retain(|cell| cell.part != Part::Prose && !["rank", "deleted"].contains(&cell.key.as_str()));
        let cell = cells.choose(&mut self.rng).cloned();
        cell.map(|cell| Edit::Clear { cell }).into_iter().collect()
    }

    /// Deletes an item, or takes one back from the deleted.
    fn delete(&mut self, section: SectionId, item: ItemId) -> Vec<Edit> {
        if section.is_single() {
            return Vec::new();
        }
        let cell = Cell::field(section, item, "deleted");
        let deleted = self.replica.value(&cell) == Some(Scalar::Bool(true));
        vec![Edit::Put {
            cell,
            value: Scalar::Bool(!deleted),
        }]
    }

    /// Moves an item between two others.
    fn reorder(&mut self, section: SectionId, item: ItemId) -> Vec<Edit> {
        let items = self.replica.items(section);
        if section.is_single() || items.len() < 2 {
            return Vec::new();
        }
        let at = self.rng.random_range(0..items.len());
        let rank = |at: usize| items.get(at).and_then(|item| self.rank(section, *item));
        let before = at.checked_sub(1).and_then(rank);
        let rank = rank_between(before.as_deref(), rank(at).as_deref());
        vec![Edit::Put {
            cell: Cell::field(section, item, "rank"),
            value: Scalar::Str(rank),
        }]
    }

    /// Several cells of several items at once.
    fn paste(&mut self, section: SectionId) -> Vec<Edit> {
        let count = self.rng.random_range(2..6);
        (0..count)
            .filter_map(|_| Some((self.item(section)?, section)))
            .collect::<Vec<_>>()
            .into_iter()
            .flat_map(|(item, section)| self.put(section, item))
            .collect()
    }

    /// Writes in a paragraph, or makes or deletes one.
    fn prose(&mut self, section: SectionId, item: ItemId) -> Vec<Edit> {
        let config = self.config;
        let fields = config.schema.section(section).map(|section| &section.fields);
        let prose: Vec<&Field> = fields
            .into_iter()
            .flatten()
            .filter(|field| field.kind == Kind::Prose)
            .collect();
        let Some(field) = self.favourite(&prose).copied() else {
            return Vec::new();
        };
        let paragraphs = self.replica.paragraphs(section, item, &field.key);
        let known = self.favourite(&paragraphs).cloned();
        let Some((id, text)) = known.filter(|_| self.rng.random_ratio(9, 10)) else {
            return self.make_paragraph(section, item, &field.key);
        };
        let cell = Cell::paragraph(section, item, &field.key, id);
        if self.rng.random_ratio(1, 15) {
            let cell = cell.with_suffix("deleted");
            let value = Scalar::Bool(true);
            return vec![Edit::Put { cell, value }];
        }
        self.splice(cell, &text).into_iter().collect()
    }

    fn make_paragraph(&mut self, section: SectionId, item: ItemId, field: &str) -> Vec<Edit> {
        let cell = Cell::paragraph(section, item, field, ParagraphId(self.id()));
        let rank = Edit::Put {
            cell: cell.with_suffix("rank"),
            value: Scalar::Str(rank_between(None, None)),
        };
        let text = self.words();
        vec![Edit::MakeParagraph { cell, text }, rank]
    }

    /// Replaces a span, at places between characters.
    fn splice(&mut self, cell: Cell, text: &str) -> Option<Edit> {
        let mut places = vec![0];
        for letter in text.chars() {
            let last = places.last().copied().unwrap_or(0);
            places.push(last + u32::try_from(letter.len_utf16()).ok()?);
        }
        let from = self.rng.random_range(0..places.len());
        let most = if self.rng.random_bool(0.5) { 0 } else { 4 };
        let to = (from + self.rng.random_range(0..=most)).min(places.len() - 1);
        Some(Edit::Splice {
            cell,
            at: places[from],
            delete: places[to] - places[from],
            insert: if self.rng.random_ratio(1, 4) {
                String::new()
            } else {
                self.words()
            },
        })
    }
}
