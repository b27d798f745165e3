//! Reading the plan's content as of the last change.

use domain::{Cell, ItemId, Part, Scalar, SectionId};

use super::Table;
use super::fold::values;
use super::keys::Held;

impl Table {
    /// The items of a section, deleted ones too, in the order of their ids (which is that of their making).
    pub fn items(&self, section: SectionId) -> impl Iterator<Item = ItemId> {
        let map = self.keys.section(section);
        let keys = map.map(|map| self.keys.maps[map as usize].keys.keys());
        keys.into_iter().flatten().filter_map(|key| key.parse().ok())
    }

    /// Whether the item was ever made, deleted or not.
    pub fn has_item(&self, section: SectionId, item: ItemId) -> bool {
        self.keys.part(section, item, Part::Fields).is_some()
    }

    /// The rank of the last item in a section's list: the highest of those that are not deleted.
    pub fn last_rank(&self, section: SectionId) -> Option<String> {
        let map = self.keys.section(section)?;
        let value = |fields: u32, key: &str| values(&self.stream, &self.keys, self.keys.find(fields, key)?).pop();
        let items = self.keys.maps[map as usize].keys.keys();
        let items = items.filter_map(|item| self.keys.map_at(map, item));
        let live = items.filter(|fields| value(*fields, "deleted") != Some(Scalar::Bool(true)));
        let ranks = live.filter_map(|fields| match value(fields, "rank")? {
            Scalar::Str(rank) => Some(rank),
            Scalar::Int(_) | Scalar::Bool(_) => None,
        });
        ranks.max()
    }

    /// The value of a cell that all replicas show.
    pub fn value(&self, cell: &Cell) -> Option<Scalar> {
        values(&self.stream, &self.keys, self.keys.of_cell(cell)?).pop()
    }

    /// All values of a cell that were written at the same time, the winner first.
    pub fn values(&self, cell: &Cell) -> Vec<Scalar> {
        let key = self.keys.of_cell(cell);
        let mut values = key.map_or_else(Vec::new, |key| values(&self.stream, &self.keys, key));
        values.reverse();
        values
    }

    /// The cells of an item that hold a value, by part and key, each with the value that all replicas show.
    pub fn cells(&self, section: SectionId, item: ItemId) -> Vec<(Cell, Scalar)> {
        let parts = [Part::Fields, Part::Links, Part::Own, Part::Prose];
        let keys = parts.iter().flat_map(|part| self.part_keys(section, item, *part));
        let cell = |key| Some((self.keys.cell(key)?, values(&self.stream, &self.keys, key).pop()?));
        keys.filter_map(cell).collect()
    }

    /// A paragraph's text.
    pub fn text(&self, cell: &Cell) -> Option<String> {
        let live = &self.keys.key(self.keys.of_cell(cell)?).live;
        live.iter().find_map(|(_, held)| match held {
            Held::Text(text) => Some(self.texts[*text as usize].read()),
            Held::Value(_) | Held::Map(_) => None,
        })
    }

    /// The paragraphs of an item, deleted ones too, by field and id.
    pub fn paragraphs(&self, section: SectionId, item: ItemId) -> Vec<Cell> {
        let keys = self.part_keys(section, item, Part::Prose);
        let is_text = |key: &u32| matches!(self.keys.key(*key).live[..], [(_, Held::Text(_))]);
        keys.filter(is_text).filter_map(|key| self.keys.cell(key)).collect()
    }

    fn part_keys(&self, section: SectionId, item: ItemId, part: Part) -> impl Iterator<Item = u32> {
        let map = self.keys.part(section, item, part);
        let keys = map.map(|map| self.keys.maps[map as usize].keys.values().copied());
        keys.into_iter().flatten()
    }
}
