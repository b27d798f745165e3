//! The verbs that change the open plan: edits, what takes them back, and what becomes of refused ones.

use domain::{Cell, ItemId, Scalar, SectionId};
use plan::{Edit, EditError};
use session::{Session, UndoOutcome};

use super::PlanStore;
use crate::browser;

impl PlanStore {
    /// Makes edits: one change, one step of undo. Nothing of it is done when it fails.
    pub(crate) fn try_edit(self, edits: Vec<Edit>) -> Result<(), EditError> {
        self.link().input(|session, now| session.edit(now, edits)).map(|_| ())
    }

    /// The same for what is typed: edits that follow each other shortly are one step of undo.
    pub(crate) fn try_edit_typing(self, edits: Vec<Edit>) -> Result<(), EditError> {
        self.link()
            .input(|session, now| session.edit_merging(now, edits))
            .map(|_| ())
    }

    /// Makes edits and says in a toast why they cannot be made. Answers whether they were.
    pub(crate) fn edit(self, edits: Vec<Edit>) -> bool {
        if self.refuses_past() {
            return false;
        }
        self.edit_now(edits)
    }

    /// The same, while a past may be looked at: what is brought back is an edit of today.
    pub(crate) fn edit_now(self, edits: Vec<Edit>) -> bool {
        match self.try_edit(edits) {
            Ok(()) => true,
            Err(error) => {
                crate::ui::toast_once(self.why_refused(&error));
                false
            }
        }
    }

    /// Makes an item at the end of its section, with its first fields, and answers its id.
    pub(crate) fn make_item(self, section: SectionId, fields: Vec<(String, Scalar)>) -> Option<ItemId> {
        let item = browser::new_item();
        let last = self.peek_items(section).last().copied();
        let rank = self.rank_between(section, last, None);
        let mut fields = fields;
        fields.push(("rank".to_owned(), Scalar::Str(rank)));
        self.edit(vec![Edit::MakeItem { section, item, fields }])
            .then_some(item)
    }

    /// A rank between two items of a section.
    pub(crate) fn rank_between(self, section: SectionId, before: Option<ItemId>, after: Option<ItemId>) -> String {
        let rank = |item: Option<ItemId>| match self.peek_value(&Cell::field(section, item?, "rank")) {
            Some(Scalar::Str(rank)) => Some(rank),
            _ => None,
        };
        plan::rank_between(rank(before).as_deref(), rank(after).as_deref())
    }

    /// Puts an item away, with a toast that brings it back.
    pub(crate) fn delete_item(self, section: SectionId, item: ItemId) {
        let cell = Cell::field(section, item, "deleted");
        let title = self.peek_title(section, item);
        if self.edit(vec![Edit::Put {
            cell: cell.clone(),
            value: Scalar::Bool(true),
        }]) {
            crate::ui::toast_undo(crate::words::deleted(&title), move || {
                self.edit(vec![Edit::Clear { cell: cell.clone() }]);
            });
        }
    }

    /// Takes back my last edit, where it is still mine; says so where it is not.
    pub(crate) fn undo(self) -> UndoOutcome {
        if self.refuses_past() {
            return UndoOutcome::Nothing;
        }
        let outcome = self.link().input(Session::undo);
        self.tell(&outcome, crate::words::NOTHING_TO_UNDO);
        outcome
    }

    /// Makes again what I took back.
    pub(crate) fn redo(self) -> UndoOutcome {
        if self.refuses_past() {
            return UndoOutcome::Nothing;
        }
        let outcome = self.link().input(Session::redo);
        self.tell(&outcome, crate::words::NOTHING_TO_REDO);
        outcome
    }

    fn tell(self, outcome: &UndoOutcome, nothing: &str) {
        match outcome {
            UndoOutcome::Done(_) => {}
            UndoOutcome::Nothing => crate::ui::toast(nothing.to_owned()),
            UndoOutcome::Denied(denied) => {
                crate::ui::toast(self.why_refused(&EditError::Denied(denied.clone())));
            }
            UndoOutcome::ChangedSince { cell, by } => {
                let name = by.map(|person| self.peek_name(person)).unwrap_or_default();
                let schema = self.schema();
                let label = schema.field_of(cell).map_or(cell.field_key(), |field| &field.label);
                crate::ui::toast(crate::words::changed_since(label, &name));
            }
        }
    }

    /// Proposes a refused edit again.
    pub(crate) fn retry(self, index: usize) {
        self.link().input(|session, now| session.retry(now, index));
    }

    /// Lets a refused edit go.
    pub(crate) fn dismiss(self, index: usize) {
        self.link().input(|session, _| session.dismiss(index));
    }
}
