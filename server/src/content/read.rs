//! An item as JSON.

use std::collections::{BTreeMap, BTreeSet};

use domain::schema::{Field, Kind, Section};
use domain::{Cell, ItemId, Part, Scalar, Schema, SectionId};
use plan::Table;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{Lens, Shown};

/// An item of a section.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Item, example = json!({
    "id": "019ab0c2-6f00-7000-8000-000000000002", "section": "actions", "deleted": false,
    "fields": { "title": "Call the CIO", "due": "2026-11-20" }, "also": {}, "withheld": [], "erased": []
}))]
pub struct ItemView {
    /// Its id. Ids are in the order in which items were made.
    #[schema(value_type = Uuid)]
    pub id: ItemId,
    /// The section.
    #[schema(value_type = String)]
    pub section: SectionId,
    /// Whether it was deleted; it can be brought back.
    pub deleted: bool,
    /// Its fields by key; those that are empty are missing. A line, choice, day, amount, person or item is text; a whole
    /// number a number; yes or no a boolean; several choices or people a list of keys; links a list of
    /// `{"target", "strength", "note"}`; prose a list of `{"id", "text", "rank"}`; what each person says for themselves an
    /// object by person.
    #[schema(value_type = BTreeMap<String, Value>)]
    pub fields: Map<String, Value>,
    /// Other values that were written at the same time, until somebody decides.
    #[schema(value_type = BTreeMap<String, Vec<Value>>)]
    pub also: BTreeMap<String, Vec<Value>>,
    /// Fields that say something and are not for the one who asks.
    #[schema(value_type = Vec<String>)]
    pub withheld: BTreeSet<String>,
    /// Fields whose words were erased for good.
    #[schema(value_type = Vec<String>)]
    pub erased: BTreeSet<String>,
}

/// One field of an item.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldValue)]
pub struct FieldView {
    /// Its key.
    pub field: String,
    /// What it says, in the form that an item's `fields` have; null: nothing.
    #[schema(required)]
    pub value: Option<Value>,
    /// Other values that were written at the same time, until somebody decides.
    pub also: Vec<Value>,
    /// Whether it says something that is not for the one who asks.
    pub withheld: bool,
    /// Whether its words were erased for good.
    pub erased: bool,
}

/// Whether an item was deleted.
pub fn is_deleted(table: &Table, section: SectionId, item: ItemId) -> bool {
    table.value(&Cell::field(section, item, "deleted")) == Some(Scalar::Bool(true))
}

/// A whole item.
pub fn item_view(table: &Table, schema: &Schema, lens: &Lens, section: SectionId, item: ItemId) -> ItemView {
    let mut view = ItemView {
        id: item,
        section,
        deleted: is_deleted(table, section, item),
        fields: Map::new(),
        also: BTreeMap::new(),
        withheld: BTreeSet::new(),
        erased: BTreeSet::new(),
    };
    let reader = Reader::new(table, schema, lens, section, item);
    let fields = schema
        .section(section)
        .map_or(&[][..], |section: &Section| &section.fields);
    for field in fields.iter().filter(|field| field.key != "deleted") {
        let FieldView {
            field,
            value,
            also,
            withheld,
            erased,
        } = reader.field(field);
        if withheld {
            view.withheld.insert(field.clone());
        }
        if erased {
            view.erased.insert(field.clone());
        }
        if !also.is_empty() {
            view.also.insert(field.clone(), also);
        }
        if let Some(value) = value {
            view.fields.insert(field, value);
        }
    }
    view
}

/// One field of an item.
pub fn field_view(
    table: &Table,
    schema: &Schema,
    lens: &Lens,
    (section, item): (SectionId, ItemId),
    field: &Field,
) -> FieldView {
    Reader::new(table, schema, lens, section, item).field(field)
}

/// An item's cells, by the field that they belong to.
struct Reader<'t> {
    table: &'t Table,
    schema: &'t Schema,
    lens: &'t Lens,
    cells: BTreeMap<String, Vec<(Cell, Scalar)>>,
    paragraphs: Vec<Cell>,
}

/// What was found on the way through a field's cells.
#[derive(Default)]
struct Hidden {
    withheld: bool,
    erased: bool,
}

impl<'t> Reader<'t> {
    fn new(table: &'t Table, schema: &'t Schema, lens: &'t Lens, section: SectionId, item: ItemId) -> Self {
        let mut cells: BTreeMap<String, Vec<(Cell, Scalar)>> = BTreeMap::new();
        for (cell, value) in table.cells(section, item) {
            cells
                .entry(cell.field_key().to_owned())
                .or_default()
                .push((cell, value));
        }
        let paragraphs = table.paragraphs(section, item);
        Self {
            table,
            schema,
            lens,
            cells,
            paragraphs,
        }
    }

    fn field(&self, field: &Field) -> FieldView {
        let mut hidden = Hidden::default();
        let cells = self.cells.get(field.key.as_ref()).map_or(&[][..], Vec::as_slice);
        let cells: Vec<&(Cell, Scalar)> = cells.iter().filter(|(cell, _)| cell.part == field.part()).collect();
        let value = match field.part() {
            Part::Fields => cells
                .first()
                .and_then(|(cell, value)| self.shown(cell, value, &mut hidden)),
            Part::Own => self.own(&cells, &mut hidden),
            Part::Links => self.links(field, &cells, &mut hidden),
            Part::Prose => self.prose(field, &cells, &mut hidden),
        };
        let also = match field.part() {
            Part::Fields => cells
                .first()
                .map_or_else(Vec::new, |(cell, _)| self.also(cell, &mut hidden)),
            Part::Own | Part::Links | Part::Prose => Vec::new(),
        };
        FieldView {
            field: field.key.to_string(),
            value,
            also,
            withheld: hidden.withheld,
            erased: hidden.erased,
        }
    }

    fn shown(&self, cell: &Cell, value: &Scalar, hidden: &mut Hidden) -> Option<Value> {
        match self.lens.open(self.schema, cell, value) {
            Shown::Plain(value) => return Some(json_of(&value)),
            Shown::Withheld => hidden.withheld = true,
            Shown::Erased => hidden.erased = true,
        }
        None
    }

    fn also(&self, cell: &Cell, hidden: &mut Hidden) -> Vec<Value> {
        let values = self.table.values(cell);
        let others = values.iter().skip(1);
        others.filter_map(|value| self.shown(cell, value, hidden)).collect()
    }

    fn own(&self, cells: &[&(Cell, Scalar)], hidden: &mut Hidden) -> Option<Value> {
        let mut by_person = Map::new();
        for (cell, value) in cells {
            let person = cell.key.split(':').next().unwrap_or_default();
            if let Some(value) = self.shown(cell, value, hidden) {
                by_person.insert(person.to_owned(), value);
            }
        }
        (!by_person.is_empty()).then_some(Value::Object(by_person))
    }

    fn links(&self, field: &Field, cells: &[&(Cell, Scalar)], hidden: &mut Hidden) -> Option<Value> {
        let mut links = Vec::new();
        for (cell, value) in cells {
            let mut words = cell.key.split(':').skip(1);
            let (Some(target), None) = (words.next(), words.next()) else {
                continue;
            };
            if !matches!(field.kind, Kind::Items { .. }) {
                links.push(json!(target));
                continue;
            }
            let note = cell.with_suffix("note");
            let written = cells.iter().find(|(cell, _)| *cell == note);
            let note = written.and_then(|(cell, value)| self.shown(cell, value, hidden));
            links.push(json!({ "target": target, "strength": value.as_int(), "note": note }));
        }
        (!links.is_empty()).then_some(Value::Array(links))
    }

    fn prose(&self, field: &Field, cells: &[&(Cell, Scalar)], hidden: &mut Hidden) -> Option<Value> {
        let value_at = |cell: &Cell| cells.iter().find(|(there, _)| there == cell).map(|(_, value)| value);
        let mut paragraphs: Vec<(Option<String>, String, Value)> = Vec::new();
        let texts = self.paragraphs.iter().filter(|cell| cell.field_key() == field.key);
        let mut found: Vec<(&Cell, Value)> = Vec::new();
        for (cell, text) in texts.filter_map(|cell| Some((cell, self.table.text(cell)?))) {
            found.extend(self.shown(cell, &Scalar::Str(text), hidden).map(|text| (cell, text)));
        }
        // A contact's paragraph is one value.
        for (cell, value) in cells.iter().filter(|(cell, _)| cell.key.split(':').count() == 2) {
            if let Some(text) = self.shown(cell, value, hidden) {
                found.push((cell, text));
            }
        }
        for (cell, text) in found {
            if value_at(&cell.with_suffix("deleted")) == Some(&Scalar::Bool(true)) {
                continue;
            }
            let rank = value_at(&cell.with_suffix("rank")).and_then(|rank| Some(rank.as_str()?.to_owned()));
            let id = cell.key.split(':').nth(1).unwrap_or_default().to_owned();
            paragraphs.push((rank, id, text));
        }
        paragraphs.sort_by(|(a_rank, a_id, _), (b_rank, b_id, _)| (a_rank, a_id).cmp(&(b_rank, b_id)));
        let shown = paragraphs
            .into_iter()
            .map(|(rank, id, text)| json!({ "id": id, "text": text, "rank": rank }));
        let shown: Vec<Value> = shown.collect();
        (!shown.is_empty()).then_some(Value::Array(shown))
    }
}

fn json_of(value: &Scalar) -> Value {
    match value {
        Scalar::Str(text) => json!(text),
        Scalar::Int(number) => json!(number),
        Scalar::Bool(yes) => json!(yes),
    }
}
