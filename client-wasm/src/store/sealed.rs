//! What is personal about a contact and cannot be read here: withheld from this role, or erased for good.

use domain::seal::{ERASED, WITHHELD};
use domain::{Cell, Field, ItemId, Part, Right, Scalar, Seal, SectionId};
use leptos::prelude::*;
use plan::Hidden;

use super::{Key, PlanStore};
use crate::words;

/// Why a value of one of the server's answers cannot be read: a marker stands in its place.
pub(crate) fn hidden_in(value: &Scalar) -> Option<Hidden> {
    match value.as_str()? {
        ERASED => Some(Hidden::Erased),
        WITHHELD => Some(Hidden::Withheld),
        _ => None,
    }
}

impl PlanStore {
    /// Why a field of an item cannot be read; None where it can. Whoever asks in a view hears when it changes.
    pub(crate) fn hidden(self, section: SectionId, item: ItemId, field: &Field) -> Option<Hidden> {
        let seal = field.sealed?;
        if self.withholds(section) {
            return Some(Hidden::Withheld);
        }
        let mut is_plain = false;
        if field.part() == Part::Fields {
            let cell = self.cell(&Cell::field(section, item, &field.key)).get();
            if cell.hidden.is_some() {
                return cell.hidden;
            }
            // Written before contacts were sealed.
            is_plain = cell.value.is_some();
        }
        // Keys that come or go are told to whoever tracks anything.
        self.track(Key::Own(section, item, field.key.to_string()));
        (!is_plain && self.is_erased(item, seal)).then_some(Hidden::Erased)
    }

    /// Whether a field says something that cannot be read, or could not be read if it did, once.
    pub(crate) fn peek_is_hidden(self, section: SectionId, item: ItemId, field: &Field) -> bool {
        field.sealed.is_some_and(|seal| match field.part() {
            Part::Fields => self.peek_cell(&Cell::field(section, item, &field.key)).hidden.is_some(),
            Part::Own | Part::Links | Part::Prose => self.is_erased(item, seal),
        })
    }

    /// Why nothing is written where something cannot be read: what was erased, if it was.
    pub(crate) fn why_hidden(self, item: ItemId, hidden: Hidden) -> &'static str {
        match hidden {
            Hidden::Erased if self.is_erased(item, Seal::Contact) => words::CONTACT_ERASED,
            Hidden::Erased => words::PERSONALITY_ERASED,
            Hidden::Withheld => words::why_hidden(hidden),
        }
    }

    /// Of entries and texts that cannot be read, none is there to ask.
    fn is_erased(self, item: ItemId, seal: Seal) -> bool {
        self.replica(|replica| replica.is_erased(item, seal))
    }

    /// Whether what is personal in a section is not for me. Whoever asks in a view hears when it changes.
    pub(crate) fn withholds(self, section: SectionId) -> bool {
        let is_known = self.standing().with(Option::is_some);
        is_known && !self.may(Right::ReadPersonal) && self.schema().has_seals(section)
    }

    /// What an item is called whose title cannot be read: which one it is stays to be told.
    pub(crate) fn hidden_title(self, section: SectionId, item: ItemId, hidden: Hidden) -> String {
        let schema = self.schema();
        let one = schema.section(section).map(|section| section.one.as_ref());
        let number = self.peek_items(section).iter().position(|other| *other == item);
        words::hidden_title(one.unwrap_or_default(), number.map(|before| before + 1), hidden)
    }
}
