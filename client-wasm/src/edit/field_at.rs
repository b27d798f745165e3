//! One field of one item: where its values stand, what it holds now, and the edits that make it hold something else.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{Cell, Field, ItemId, Part, PersonId, Scalar, SectionId};
use iso_currency::Currency;
use leptos::prelude::*;
use plan::Edit;

use super::directory::{Directory, UNKNOWN_PERSON, UNTITLED};
use super::read::{Reader, Wanted, is_many};
use super::show;
use crate::browser;
use crate::store::PlanStore;
use crate::ui;

/// One field of one item.
#[derive(Debug, Clone)]
pub(crate) struct FieldAt {
    /// The item's section.
    pub(crate) section: SectionId,
    /// The item.
    pub(crate) item: ItemId,
    /// The field.
    pub(crate) field: Arc<Field>,
}

impl FieldAt {
    /// The field of a section's item; None when the schema has no such field.
    pub(crate) fn new(store: PlanStore, section: SectionId, item: ItemId, key: &str) -> Option<Self> {
        let field = store.schema().section(section)?.field(key)?.clone();
        Some(Self {
            section,
            item,
            field: Arc::new(field),
        })
    }

    /// Where a person sits who works at this field: the cell that holds its value; for a field with several values,
    /// the field itself.
    pub(crate) fn seat(&self, you: PersonId) -> Cell {
        match self.field.part() {
            Part::Own => Cell::own(self.section, self.item, you, &self.field.key),
            part => Cell {
                section: self.section,
                item: self.item,
                part,
                key: self.field.key.to_string(),
            },
        }
    }

    /// Why I may not write in the field, in words; None where I may.
    pub(crate) fn why_not(&self, store: PlanStore) -> Option<String> {
        let hidden = || store.hidden(self.section, self.item, &self.field);
        store
            .why_not(self.section, &self.field.key)
            .or_else(|| hidden().map(|hidden| store.why_hidden(self.item, hidden).to_owned()))
    }

    /// Whether what stands there cannot be read.
    pub(crate) fn is_hidden(&self, store: PlanStore) -> bool {
        store.hidden(self.section, self.item, &self.field).is_some()
    }

    /// The same once, said in a message. Answers whether the field is closed to me.
    pub(crate) fn says_why_not(&self, store: PlanStore) -> bool {
        let why = untrack(|| self.why_not(store));
        let is_closed = why.is_some();
        if let Some(why) = why {
            ui::toast_once(why);
        }
        is_closed
    }

    /// The edits that make the field hold what is wanted; `links` is what it links to now.
    pub(crate) fn edits(&self, you: PersonId, links: &[(String, Scalar)], wanted: &Wanted) -> Vec<Edit> {
        match wanted {
            Wanted::One(Some(value)) => vec![Edit::Put {
                cell: self.seat(you),
                value: value.clone(),
            }],
            Wanted::One(None) => vec![Edit::Clear { cell: self.seat(you) }],
            Wanted::Many(wanted) => self.link_edits(links, wanted),
        }
    }

    fn link_edits(&self, links: &[(String, Scalar)], wanted: &BTreeMap<String, Scalar>) -> Vec<Edit> {
        let cell = |target: &str| Cell::link(self.section, self.item, &self.field.key, target);
        let gone = links
            .iter()
            .filter(|(target, _)| !wanted.contains_key(target))
            .map(|(target, _)| Edit::Clear { cell: cell(target) });
        let come = wanted
            .iter()
            .filter(|(target, value)| !links.iter().any(|(has, now)| has == *target && now == *value))
            .map(|(target, value)| Edit::Put {
                cell: cell(target),
                value: value.clone(),
            });
        gone.chain(come).collect()
    }

    /// What the field holds now: my own value, where each person has one.
    pub(crate) fn value(&self, store: PlanStore) -> Option<Scalar> {
        let cell = self.seat(store.you());
        store.peek_value(&cell)
    }

    /// What the field links to now.
    pub(crate) fn links(&self, store: PlanStore) -> Vec<(String, Scalar)> {
        store.peek_links(self.section, self.item, &self.field.key)
    }

    /// What the field holds now, as something that another field of this kind can be given.
    pub(crate) fn wanted(&self, store: PlanStore) -> Wanted {
        if is_many(&self.field.kind) {
            return Wanted::Many(self.links(store).into_iter().collect());
        }
        Wanted::One(self.value(store))
    }

    /// What the field holds now, as text that reads back.
    pub(crate) fn text(&self, store: PlanStore) -> String {
        if is_many(&self.field.kind) {
            return show::links(&self.field, &self.links(store), &store);
        }
        let value = self.value(store);
        value.map_or_else(String::new, |value| show::plain(&self.field, &value, &store))
    }

    /// The edits that a text asks for: none where it says what is there already.
    pub(crate) fn edits_of_text(&self, store: PlanStore, text: &str) -> Result<Vec<Edit>, String> {
        let wanted = with_reader(store, |reader| reader.read(&self.field, text))?;
        Ok(self.edits_of(store, &wanted))
    }

    /// The edits that make the field hold what is wanted now: none where it does already.
    pub(crate) fn edits_of(&self, store: PlanStore, wanted: &Wanted) -> Vec<Edit> {
        if let Wanted::One(value) = wanted
            && *value == self.value(store)
        {
            return Vec::new();
        }
        self.edits(store.you(), &self.links(store), wanted)
    }

    /// The edits that empty the field.
    pub(crate) fn clearing(&self, store: PlanStore) -> Vec<Edit> {
        let nothing = if is_many(&self.field.kind) {
            Wanted::Many(BTreeMap::new())
        } else {
            Wanted::One(None)
        };
        self.edits_of(store, &nothing)
    }
}

/// Reads texts as the plan and the person have it: names, today, the plan's currency.
pub(crate) fn with_reader<R>(store: PlanStore, read: impl FnOnce(&Reader<'_>) -> R) -> R {
    read(&Reader {
        names: &store,
        today: browser::today(),
        home: home_currency(store),
    })
}

/// The currency that the plan's profile names; the euro where it names none.
pub(crate) fn home_currency(store: PlanStore) -> Currency {
    let cell = Cell::field(SectionId::Profile, ItemId::SINGLE, "currency");
    let code = store.peek_value(&cell);
    code.as_ref()
        .and_then(Scalar::as_str)
        .and_then(|code| Currency::from_code(code.trim()))
        .unwrap_or(Currency::EUR)
}

/// The title of an item now, or what an item without one is called.
pub(crate) fn title_of(store: PlanStore, section: SectionId, item: ItemId) -> String {
    let title = store.peek_title(section, item);
    if title.trim().is_empty() {
        UNTITLED.to_owned()
    } else {
        title
    }
}

impl Directory for PlanStore {
    fn people(&self) -> Vec<(PersonId, String)> {
        let people = Self::people(*self).get_untracked();
        people.into_iter().map(|person| (person.id, person.name)).collect()
    }

    fn items(&self, section: SectionId) -> Vec<(ItemId, String)> {
        let items = self.peek_items(section);
        items
            .into_iter()
            .map(|item| (item, title_of(*self, section, item)))
            .collect()
    }

    fn person_name(&self, id: PersonId) -> String {
        let name = self.peek_name(id);
        if name.is_empty() {
            UNKNOWN_PERSON.to_owned()
        } else {
            name
        }
    }

    fn item_title(&self, _sections: &[SectionId], id: ItemId) -> Option<(SectionId, String)> {
        let section = self.peek_section_of(id)?;
        Some((section, title_of(*self, section, id)))
    }
}
