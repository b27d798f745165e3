//! Texts that a field could not take: typed or pasted, kept at their cell with the reason until someone mends or
//! drops them. Nothing that a person wrote is lost because it could not be read.

use std::collections::BTreeMap;

use domain::Cell;
use leptos::prelude::*;

/// A text that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unread {
    /// What was typed or pasted.
    pub(crate) text: String,
    /// Why it was not taken.
    pub(crate) why: String,
}

/// All such texts of the open plan, by the seat of their field.
#[derive(Clone, Copy)]
pub(crate) struct Unreads(RwSignal<BTreeMap<Cell, Unread>>);

/// Makes the plan's store of such texts; called once where a plan is opened.
pub(crate) fn provide() {
    provide_context(Unreads(RwSignal::new(BTreeMap::new())));
}

impl Unreads {
    /// The open plan's.
    pub(crate) fn expect() -> Self {
        expect_context::<Self>()
    }

    /// Keeps a text.
    pub(crate) fn keep(self, seat: Cell, text: String, why: String) {
        self.0.update(|all| {
            all.insert(seat, Unread { text, why });
        });
    }

    /// Forgets the text of a field.
    pub(crate) fn drop(self, seat: &Cell) {
        if self.0.with_untracked(|all| all.contains_key(seat)) {
            self.0.update(|all| {
                all.remove(seat);
            });
        }
    }

    /// The text of a field, if one was not taken.
    pub(crate) fn get(self, seat: &Cell) -> Option<Unread> {
        self.0.with(|all| all.get(seat).cloned())
    }

    /// All of them, with their cells.
    pub(crate) fn all(self) -> Vec<(Cell, Unread)> {
        self.0.with(|all| {
            let all = all.iter();
            all.map(|(seat, unread)| (seat.clone(), unread.clone())).collect()
        })
    }

    /// How many there are.
    pub(crate) fn count(self) -> usize {
        self.0.with(BTreeMap::len)
    }

    /// Whether there is any.
    pub(crate) fn is_any(self) -> bool {
        self.0.with_untracked(|all| !all.is_empty())
    }

    /// The text of a field, once.
    pub(crate) fn get_untracked(self, seat: &Cell) -> Option<Unread> {
        self.0.with_untracked(|all| all.get(seat).cloned())
    }
}
