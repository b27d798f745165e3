//! What I may write in the open plan, and why not: asked before an editor opens, so that nobody types in vain.
//!
//! The rules are the schema's, which the server asks, too. Whatever is decided here is only a courtesy.

use domain::{Author, Denied, Right, Schema, SectionId};
use leptos::prelude::*;
use plan::EditError;

use super::PlanStore;
use crate::words;

impl PlanStore {
    /// Why I may not write in a field, in words; None where I may. Whoever asks in a view hears when it changes.
    pub(crate) fn why_not(self, section: SectionId, key: &str) -> Option<String> {
        self.denied(|schema, author| schema.check_field(author, section, key))
    }

    /// Why I may not make an item in a section.
    pub(crate) fn why_no_item(self, section: SectionId) -> Option<String> {
        self.denied(|schema, author| schema.check_item(author, section))
    }

    /// Whether I may write in a field of the plan as it is, whatever past is looked at.
    pub(crate) fn may_write_now(self, section: SectionId, key: &str) -> bool {
        let Some(standing) = self.standing.get() else {
            return false;
        };
        let author = Author {
            person: self.you(),
            standing,
        };
        self.schema
            .with_value(|schema| schema.check_field(author, section, key).is_ok())
    }

    /// Whether I have a right in the plan.
    pub(crate) fn may(self, right: Right) -> bool {
        !self.shut_out.get() && self.standing.get().is_some_and(|standing| standing.role.may(right))
    }

    /// Whether I have lost every part in the plan while it was open.
    pub(crate) fn shut_out(self) -> Signal<bool> {
        self.shut_out.into()
    }

    /// Why an edit cannot be made, in words.
    pub(crate) fn why_refused(self, error: &EditError) -> String {
        match (error, self.standing.get_untracked()) {
            (EditError::Denied(denied), Some(standing)) => words::why_not(standing.role, denied),
            (error, _) => error.to_string(),
        }
    }

    fn denied(self, check: impl FnOnce(&Schema, Author) -> Result<(), Denied>) -> Option<String> {
        if self.shut_out.get() {
            return Some(words::NO_PART.to_owned());
        }
        if self.is_past() {
            return Some(crate::history::words::PAST_IS_READ.to_owned());
        }
        // Before the server has said what I am there is no plan to write in either.
        let standing = self.standing.get()?;
        let author = Author {
            person: self.you(),
            standing,
        };
        let denied = self.schema.with_value(|schema| check(schema, author)).err()?;
        Some(words::why_not(standing.role, &denied))
    }
}
