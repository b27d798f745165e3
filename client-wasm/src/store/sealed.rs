//! What is personal about a contact and cannot be read here: withheld from this role, or erased for good.

use domain::{Cell, Field, ItemId, Part, Right, SectionId};
use leptos::prelude::*;
use plan::Hidden;

use super::PlanStore;

impl PlanStore {
    /// Why a field of an item cannot be read; None where it can. Whoever asks in a view hears when it changes.
    pub(crate) fn hidden(self, section: SectionId, item: ItemId, field: &Field) -> Option<Hidden> {
        field.sealed?;
        let is_known = self.standing().with(Option::is_some);
        if is_known && !self.may(Right::ReadPersonal) {
            return Some(Hidden::Withheld);
        }
        let key = match field.part() {
            Part::Fields => &field.key,
            // Entries and texts that cannot be read are none; the name tells whether the contact was erased.
            Part::Own | Part::Links | Part::Prose => "title",
        };
        let cell = self.cell(&Cell::field(section, item, key));
        cell.with(|cell| cell.hidden)
    }
}
