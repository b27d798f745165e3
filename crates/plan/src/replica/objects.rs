//! Where the document's objects are: places to objects for reading and writing, op ids to places for what a change
//! touched. An item's maps and a paragraph's text are made once and never replaced, so that this only grows.

use std::collections::BTreeMap;
use std::str::FromStr;

use automerge::legacy::{Key, ObjectId, OpType};
use automerge::{Automerge, ExpandedChange, ObjId, ROOT, ReadDoc, Value};
use domain::{Cell, ItemId, Part, PersonId, SectionId};

use super::Touched;

/// An operation's name: its counter and its actor. What it made, or wrote.
pub(super) type OpRef = (u64, automerge::ActorId);

/// What an object is.
#[derive(Debug, Clone)]
enum Place {
    Section(SectionId),
    Map(SectionId, ItemId, Part),
    Text(Cell),
}

/// An item's four maps.
#[derive(Debug, Clone)]
pub(super) struct ItemMaps {
    pub(super) fields: ObjId,
    pub(super) links: ObjId,
    pub(super) own: ObjId,
    pub(super) prose: ObjId,
}

impl ItemMaps {
    pub(super) fn part(&self, part: Part) -> &ObjId {
        match part {
            Part::Fields => &self.fields,
            Part::Links => &self.links,
            Part::Own => &self.own,
            Part::Prose => &self.prose,
        }
    }
}

/// The objects of a document.
#[derive(Debug, Clone, Default)]
pub(super) struct Objects {
    sections: BTreeMap<SectionId, ObjId>,
    items: BTreeMap<(SectionId, ItemId), ItemMaps>,
    texts: BTreeMap<Cell, ObjId>,
    places: BTreeMap<OpRef, Place>,
}

impl Objects {
    /// All objects of a document.
    pub(super) fn of(doc: &Automerge) -> Self {
        let mut objects = Self::default();
        for section in SectionId::ALL {
            objects.find_section(doc, section);
        }
        objects
    }

    pub(super) fn section(&self, section: SectionId) -> Option<&ObjId> {
        self.sections.get(&section)
    }

    pub(super) fn item(&self, section: SectionId, item: ItemId) -> Option<&ItemMaps> {
        self.items.get(&(section, item))
    }

    pub(super) fn map_of(&self, cell: &Cell) -> Option<&ObjId> {
        Some(self.item(cell.section, cell.item)?.part(cell.part))
    }

    pub(super) fn text(&self, cell: &Cell) -> Option<&ObjId> {
        self.texts.get(cell)
    }

    pub(super) fn items(&self, section: SectionId) -> impl Iterator<Item = (ItemId, &ItemMaps)> {
        let least = ItemId(PersonId::SERVER.0);
        self.items
            .range((section, least)..)
            .take_while(move |((of, _), _)| *of == section)
            .map(|((_, item), maps)| (*item, maps))
    }

    /// Notes what an applied change made, and adds to `touched` what it wrote.
    pub(super) fn note(&mut self, doc: &Automerge, change: &ExpandedChange, touched: &mut Touched) {
        for op in &change.operations {
            let place = match &op.obj {
                ObjectId::Root => None,
                ObjectId::Id(id) => match self.places.get(&(id.0, id.1.clone())).cloned() {
                    Some(place) => Some(place),
                    None => continue,
                },
            };
            let made = matches!(op.action, OpType::Make(_));
            match (place, &op.key) {
                (Some(Place::Text(cell)), _) => {
                    touched.insert(cell);
                }
                (Some(Place::Map(section, item, part)), Key::Map(key)) => {
                    let cell = Cell {
                        section,
                        item,
                        part,
                        key: key.to_string(),
                    };
                    if made && part == Part::Prose {
                        self.find_text(doc, &cell);
                    }
                    if !(made && part == Part::Fields) {
                        touched.insert(cell);
                    }
                }
                (Some(Place::Section(section)), Key::Map(key)) => {
                    if let Ok(item) = ItemId::from_str(key) {
                        self.find_item(doc, section, item);
                        touched.insert(Cell::field(section, item, ""));
                    }
                }
                (None, Key::Map(key)) => {
                    if let Ok(section) = SectionId::from_str(key) {
                        self.find_section(doc, section);
                    }
                }
                (_, Key::Seq(_)) => {}
            }
        }
    }

    fn find_section(&mut self, doc: &Automerge, section: SectionId) {
        let Some(object) = object_at(doc, &ROOT, section.as_str()) else {
            return;
        };
        self.name(&object, Place::Section(section));
        self.sections.insert(section, object.clone());
        for key in doc.keys(&object) {
            if let Ok(item) = ItemId::from_str(&key) {
                self.find_item(doc, section, item);
            }
        }
    }

    fn find_item(&mut self, doc: &Automerge, section: SectionId, item: ItemId) {
        let Some(parent) = self.sections.get(&section) else {
            return;
        };
        let Some(fields) = object_at(doc, parent, &item.to_string()) else {
            return;
        };
        let map = |part: Part| object_at(doc, &fields, part.map_key()?);
        let (Some(links), Some(own), Some(prose)) = (map(Part::Links), map(Part::Own), map(Part::Prose)) else {
            return;
        };
        let maps = ItemMaps {
            fields,
            links,
            own,
            prose,
        };
        for part in [Part::Fields, Part::Links, Part::Own, Part::Prose] {
            self.name(maps.part(part), Place::Map(section, item, part));
        }
        let keys: Vec<String> = doc.keys(&maps.prose).collect();
        self.items.insert((section, item), maps);
        for key in keys {
            self.find_text(
                doc,
                &Cell {
                    section,
                    item,
                    part: Part::Prose,
                    key,
                },
            );
        }
    }

    fn find_text(&mut self, doc: &Automerge, cell: &Cell) {
        let Some(parent) = self.map_of(cell) else { return };
        if let Some(text) = object_at(doc, parent, &cell.key) {
            self.name(&text, Place::Text(cell.clone()));
            self.texts.insert(cell.clone(), text);
        }
    }

    fn name(&mut self, object: &ObjId, place: Place) {
        if let Some(op) = op_of(object) {
            self.places.insert(op, place);
        }
    }
}

/// The object at a key, if one stands there.
fn object_at(doc: &Automerge, parent: &ObjId, key: &str) -> Option<ObjId> {
    match doc.get(parent, key) {
        Ok(Some((Value::Object(_), object))) => Some(object),
        _ => None,
    }
}

/// The operation that an id names.
pub(super) fn op_of(id: &ObjId) -> Option<OpRef> {
    match id {
        ObjId::Root => None,
        ObjId::Id(counter, actor, _) => Some((*counter, actor.clone())),
    }
}
