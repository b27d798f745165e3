//! Names of people who are not of the plan, and did something to it all the same: an administrator, or who said no.

use std::collections::BTreeMap;

use domain::PersonId;
use leptos::prelude::*;

use super::PlanStore;
use crate::api::past::Control;

/// What they are called, as far as the server has named them.
pub(super) type Strangers = RwSignal<BTreeMap<PersonId, String>>;

impl PlanStore {
    /// Takes in who did what happened to the plan as a whole.
    pub(crate) fn learn_names(self, control: &[Control]) {
        let named: Vec<(PersonId, String)> = control
            .iter()
            .filter_map(|event| Some((event.author, event.author_name.clone()?)))
            .collect();
        // The page may have gone meanwhile.
        if let Some(inner) = self.inner.try_get_value() {
            let _ = inner.strangers.try_update(|strangers| strangers.extend(named));
        }
    }

    /// What somebody is called who is not of the plan. Whoever asks in a view hears when it is known.
    pub(crate) fn stranger(self, person: PersonId) -> Option<String> {
        self.strangers().with(|strangers| strangers.get(&person).cloned())
    }

    pub(super) fn peek_stranger(self, person: PersonId) -> Option<String> {
        self.strangers()
            .with_untracked(|strangers| strangers.get(&person).cloned())
    }

    fn strangers(self) -> Strangers {
        self.inner.with_value(|inner| inner.strangers)
    }
}
