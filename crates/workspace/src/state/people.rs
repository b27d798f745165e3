//! The people of a workspace.

use std::collections::BTreeMap;

use domain::{PersonId, TimestampMs};

use super::State;

/// A person of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRecord {
    /// Their address, in lower case.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Whether they run the workspace.
    pub administrator: bool,
    /// Whether they see the plans that they have a role in, and no other: what everyone is, they are not.
    pub guest: bool,
    /// Whether they can sign in.
    pub active: bool,
    /// Since when they are here.
    pub since: TimestampMs,
}

impl State {
    pub(super) fn add_person(
        &mut self,
        since: TimestampMs,
        person: PersonId,
        (email, name): (&str, &str),
        administrator: bool,
    ) {
        self.by_email.insert(email.to_owned(), person);
        let record = PersonRecord {
            email: email.to_owned(),
            name: name.to_owned(),
            administrator,
            guest: false,
            active: true,
            since,
        };
        self.people.insert(person, record);
    }

    pub(super) fn with_person(&mut self, person: PersonId, change: impl FnOnce(&mut PersonRecord)) {
        if let Some(record) = self.people.get_mut(&person) {
            change(record);
        }
    }

    pub(super) fn deactivate(&mut self, person: PersonId) {
        self.with_person(person, |record| record.active = false);
        self.end_all_of(person);
    }

    /// Everyone, by id: those too who can no longer sign in.
    pub const fn people(&self) -> &BTreeMap<PersonId, PersonRecord> {
        &self.people
    }

    /// A person.
    pub fn person(&self, id: PersonId) -> Option<&PersonRecord> {
        self.people.get(&id)
    }

    /// A person who can sign in.
    pub fn active_person(&self, id: PersonId) -> Option<&PersonRecord> {
        self.person(id).filter(|record| record.active)
    }

    /// The person with this address; any spelling of it.
    pub fn person_by_email(&self, email: &str) -> Option<PersonId> {
        self.by_email.get(&email.trim().to_lowercase()).copied()
    }

    /// Whether a person runs the workspace. The server itself, which acts for the owner of the data folder, does.
    pub fn is_administrator(&self, person: PersonId) -> bool {
        person == PersonId::SERVER || self.active_person(person).is_some_and(|record| record.administrator)
    }
}
