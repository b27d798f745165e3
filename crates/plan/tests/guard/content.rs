//! A plan's content, read from a document, from the table, and from the facts: to be compared.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use automerge::{Automerge, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value};
use domain::{Cell, Delta, ItemId, Part, Scalar, SectionId};
use plan::Table;

/// Items, all values of every cell (the winner first), and the paragraphs' texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) items: BTreeSet<(SectionId, ItemId)>,
    pub(crate) values: BTreeMap<Cell, Vec<Scalar>>,
    pub(crate) texts: BTreeMap<Cell, String>,
}

impl Content {
    /// What a document holds. Panics at anything that a plan does not have.
    pub(crate) fn of_document(doc: &Automerge) -> Self {
        let mut content = Self::default();
        for key in doc.keys(ROOT) {
            let section = SectionId::from_str(&key).expect("a section");
            let map = object(doc, &ROOT, &key);
            for key in doc.keys(&map) {
                let item = ItemId::from_str(&key).expect("an item");
                content.items.insert((section, item));
                let fields = object(doc, &map, &key);
                content.read_part(doc, &fields, (section, item, Part::Fields));
                for part in Part::MAPS {
                    let map = object(doc, &fields, part.map_key().expect("a map"));
                    content.read_part(doc, &map, (section, item, part));
                }
            }
        }
        content
    }

    fn read_part(&mut self, doc: &Automerge, map: &ObjId, (section, item, part): (SectionId, ItemId, Part)) {
        for key in doc.keys(map) {
            let cell = Cell {
                section,
                item,
                part,
                key: key.clone(),
            };
            let mut values = doc.get_all(map, key.as_str()).expect("the map is there");
            values.reverse();
            for (value, id) in values {
                match value {
                    Value::Scalar(value) => self.values.entry(cell.clone()).or_default().push(scalar(&value)),
                    Value::Object(ObjType::Text) => {
                        let text = doc.text(&id).expect("a text");
                        assert_eq!(self.texts.insert(cell.clone(), text), None, "one text at {cell}");
                    }
                    Value::Object(ObjType::Map) if part == Part::Fields => {}
                    Value::Object(other) => panic!("{other:?} at {cell}"),
                }
            }
        }
    }

    /// What the table holds.
    pub(crate) fn of_table(table: &Table) -> Self {
        let mut content = Self::default();
        for section in SectionId::ALL {
            for item in table.items(section) {
                content.items.insert((section, item));
                for (cell, value) in table.cells(section, item) {
                    assert_eq!(table.value(&cell), Some(value));
                    content.values.insert(cell.clone(), table.values(&cell));
                }
                for cell in table.paragraphs(section, item) {
                    let text = table.text(&cell).expect("a paragraph has a text");
                    content.texts.insert(cell, text);
                }
            }
        }
        content
    }

    /// Folds one delta, as a projection would that knows nothing but facts.
    pub(crate) fn fold(&mut self, cell: &Cell, delta: &Delta) {
        match delta {
            Delta::ItemMade => {
                assert_eq!(cell.key, "");
                assert!(self.items.insert((cell.section, cell.item)), "made once");
            }
            Delta::ParagraphMade => assert_eq!(self.texts.insert(cell.clone(), String::new()), None),
            Delta::Set { old, new, also } => {
                let before = self.values.remove(cell).unwrap_or_default();
                assert_eq!(before.first(), old.as_ref(), "the old value of {cell}");
                let after: Vec<Scalar> = new.iter().chain(also.iter().rev()).cloned().collect();
                if !after.is_empty() {
                    self.values.insert(cell.clone(), after);
                }
            }
            Delta::Text { at, old, new } => {
                let text = self.texts.get_mut(cell).expect("the paragraph was made");
                let from = byte_at(text, *at);
                assert!(text[from..].starts_with(old.as_str()), "{old:?} at {at} of {text:?}");
                text.replace_range(from..from + old.len(), new);
            }
        }
    }
}

fn byte_at(text: &str, utf16: u32) -> usize {
    let mut left = utf16 as usize;
    let mut bytes = 0;
    for char in text.chars() {
        if left == 0 {
            break;
        }
        left -= char.len_utf16();
        bytes += char.len_utf8();
    }
    assert_eq!(left, 0, "{utf16} is in {text:?}");
    bytes
}

fn object(doc: &Automerge, map: &ObjId, key: &str) -> ObjId {
    let all = doc.get_all(map, key).expect("the map is there");
    match &all[..] {
        [(Value::Object(ObjType::Map), id)] => id.clone(),
        other => panic!("one map at {key}, not {other:?}"),
    }
}

fn scalar(value: &ScalarValue) -> Scalar {
    match value {
        ScalarValue::Str(text) => Scalar::Str(text.to_string()),
        ScalarValue::Int(number) => Scalar::Int(*number),
        ScalarValue::Boolean(yes) => Scalar::Bool(*yes),
        other => panic!("a value that plans do not have: {other:?}"),
    }
}
