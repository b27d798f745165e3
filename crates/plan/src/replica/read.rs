//! Reading a plan out of its document.

use std::str::FromStr;

use automerge::{ObjId, ReadDoc, ScalarValue, Value};
use domain::{ActorId, Cell, ChangeHash, ItemId, ParagraphId, Part, PersonId, Scalar, SectionId};

use super::Replica;
use super::objects::{OpRef, op_of};

impl Replica {
    /// The section's items that are not deleted, by rank, then by id.
    pub fn items(&self, section: SectionId) -> Vec<ItemId> {
        let mut ranked: Vec<(Option<String>, ItemId)> = self
            .objects
            .items(section)
            .filter(|(_, maps)| winner(&self.doc, &maps.fields, "deleted") != Some(Scalar::Bool(true)))
            .map(|(item, maps)| (rank_in(&self.doc, &maps.fields, "rank"), item))
            .collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, item)| item).collect()
    }

    /// The section's items that are deleted, by id.
    pub fn deleted_items(&self, section: SectionId) -> Vec<ItemId> {
        self.objects
            .items(section)
            .filter(|(_, maps)| winner(&self.doc, &maps.fields, "deleted") == Some(Scalar::Bool(true)))
            .map(|(item, _)| item)
            .collect()
    }

    /// Whether the item was ever made here, deleted or not.
    pub fn has_item(&self, section: SectionId, item: ItemId) -> bool {
        self.objects.item(section, item).is_some()
    }

    /// The value that all replicas show; nothing where it is sealed and cannot be read (see [`Replica::hidden`]).
    pub fn value(&self, cell: &Cell) -> Option<Scalar> {
        self.opened(cell, &self.stored(cell)?)
    }

    /// The value as it stands in the document.
    pub(super) fn stored(&self, cell: &Cell) -> Option<Scalar> {
        winner(&self.doc, self.objects.map_of(cell)?, &cell.key)
    }

    fn opened(&self, cell: &Cell, value: &Scalar) -> Option<Scalar> {
        self.keyring.open(cell, value).plain()
    }

    /// All values that stand at the cell and can be read, each with the actor who wrote it: the winner first.
    pub fn values(&self, cell: &Cell) -> Vec<(Scalar, ActorId)> {
        let stored = self.stored_values(cell).into_iter();
        stored
            .filter_map(|(value, actor)| Some((self.opened(cell, &value)?, actor)))
            .collect()
    }

    /// The same as they stand in the document.
    pub(super) fn stored_values(&self, cell: &Cell) -> Vec<(Scalar, ActorId)> {
        let Some(map) = self.objects.map_of(cell) else {
            return Vec::new();
        };
        let mut values: Vec<(OpRef, Scalar)> = self
            .doc
            .get_all(map, cell.key.as_str())
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(value, id)| Some((op_of(&id)?, scalar(&value)?)))
            .collect();
        // The winner is the greatest operation, by counter, then by the actor's bytes.
        values.sort_unstable_by(|(a, _), (b, _)| b.cmp(a));
        values
            .into_iter()
            .filter_map(|((_, actor), value)| Some((value, actor_id(&actor)?)))
            .collect()
    }

    /// The operation that wrote the value which all replicas show.
    pub(super) fn winning_op(&self, cell: &Cell) -> Option<OpRef> {
        let map = self.objects.map_of(cell)?;
        let (_, id) = self.doc.get(map, cell.key.as_str()).ok()??;
        op_of(&id)
    }

    /// The links of a field: each target with its value, by target.
    pub fn links(&self, section: SectionId, item: ItemId, field: &str) -> Vec<(String, Scalar)> {
        let Some(maps) = self.objects.item(section, item) else {
            return Vec::new();
        };
        self.keyed(&maps.links, &format!("{field}:"))
            .filter(|(target, _)| !target.contains(':'))
            .collect()
    }

    /// What each person says in a field, by person.
    pub fn own(&self, section: SectionId, item: ItemId, field: &str) -> Vec<(PersonId, Scalar)> {
        let Some(maps) = self.objects.item(section, item) else {
            return Vec::new();
        };
        self.keyed(&maps.own, "")
            .filter_map(|(key, value)| {
                let (person, of) = key.split_once(':').filter(|(_, of)| *of == field)?;
                let person = PersonId::from_str(person).ok()?;
                let cell = Cell::own(section, item, person, of);
                Some((person, self.opened(&cell, &value)?))
            })
            .collect()
    }

    /// The scalars of a map whose keys begin with `prefix`, by the rest of the key.
    fn keyed<'a>(&'a self, map: &'a ObjId, prefix: &str) -> impl Iterator<Item = (String, Scalar)> + 'a {
        let prefix = prefix.to_owned();
        self.doc.keys(map).filter_map(move |key| {
            let rest = key.strip_prefix(&prefix)?.to_owned();
            Some((rest, winner(&self.doc, map, &key)?))
        })
    }

    /// The paragraphs of a field that are not deleted, by rank, then by id.
    pub fn paragraphs(&self, section: SectionId, item: ItemId, field: &str) -> Vec<(ParagraphId, String)> {
        let Some(maps) = self.objects.item(section, item) else {
            return Vec::new();
        };
        let prefix = format!("{field}:");
        let mut ranked: Vec<(Option<String>, ParagraphId, String)> = self
            .doc
            .keys(&maps.prose)
            .filter_map(|key| {
                let id = ParagraphId::from_str(key.strip_prefix(&prefix)?).ok()?;
                let text = self.text(&Cell::paragraph(section, item, field, id))?;
                let deleted = winner(&self.doc, &maps.prose, &format!("{key}:deleted"));
                (deleted != Some(Scalar::Bool(true)))
                    .then(|| (rank_in(&self.doc, &maps.prose, &format!("{key}:rank")), id, text))
            })
            .collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, id, text)| (id, text)).collect()
    }

    /// A paragraph's text, deleted or not.
    pub fn text(&self, cell: &Cell) -> Option<String> {
        match self.objects.text(cell) {
            Some(text) => self.doc.text(text).ok(),
            None => self.sealed_text(cell),
        }
    }

    /// A paragraph's text as a change found it. None: the change or the paragraph is not here.
    pub fn text_before(&self, hash: &ChangeHash, cell: &Cell) -> Option<String> {
        let change = self.doc.get_change_by_hash(&automerge::ChangeHash(hash.0))?;
        self.doc.text_at(self.objects.text(cell)?, change.deps()).ok()
    }

    /// The words of a sealed paragraph: one value.
    fn sealed_text(&self, cell: &Cell) -> Option<String> {
        self.keyring.seal_of(cell).filter(|_| cell.part == Part::Prose)?;
        match self.value(cell)? {
            Scalar::Str(text) => Some(text),
            Scalar::Int(_) | Scalar::Bool(_) => None,
        }
    }

    /// Everything that stands in an item and can be read, as cells with the values that all replicas show; texts are left
    /// out.
    pub fn cells(&self, section: SectionId, item: ItemId) -> Vec<(Cell, Scalar)> {
        let Some(maps) = self.objects.item(section, item) else {
            return Vec::new();
        };
        [Part::Fields, Part::Links, Part::Own, Part::Prose]
            .into_iter()
            .flat_map(|part| {
                self.keyed(maps.part(part), "").filter_map(move |(key, value)| {
                    let cell = Cell {
                        section,
                        item,
                        part,
                        key,
                    };
                    let value = self.opened(&cell, &value)?;
                    Some((cell, value))
                })
            })
            .collect()
    }
}

fn rank_in(doc: &impl ReadDoc, map: &ObjId, key: &str) -> Option<String> {
    match winner(doc, map, key) {
        Some(Scalar::Str(rank)) => Some(rank),
        _ => None,
    }
}

/// The scalar that wins at a key.
fn winner(doc: &impl ReadDoc, map: &ObjId, key: &str) -> Option<Scalar> {
    let (value, _) = doc.get(map, key).ok()??;
    scalar(&value)
}

/// The same, with the operation that wrote it.
pub(super) fn winner_with_op(doc: &impl ReadDoc, map: &ObjId, key: &str) -> Option<(Scalar, OpRef)> {
    let (value, id) = doc.get(map, key).ok()??;
    Some((scalar(&value)?, op_of(&id)?))
}

fn scalar(value: &Value<'_>) -> Option<Scalar> {
    match value.as_scalar()? {
        ScalarValue::Str(text) => Some(Scalar::Str(text.to_string())),
        ScalarValue::Int(number) => Some(Scalar::Int(*number)),
        ScalarValue::Boolean(yes) => Some(Scalar::Bool(*yes)),
        _ => None,
    }
}

/// The actor, if it is one of ours: 16 bytes.
pub(super) fn actor_id(actor: &automerge::ActorId) -> Option<ActorId> {
    actor.to_bytes().try_into().ok().map(ActorId)
}
