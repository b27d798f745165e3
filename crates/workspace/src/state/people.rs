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
    /// Who brought them in, where that was no administrator.
    pub brought_by: Option<PersonId>,
    /// Whether they have ever signed in, or a program in their name.
    pub came: bool,
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
            brought_by: None,
            came: false,
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

    pub(super) fn set_guest(&mut self, person: PersonId, guest: bool, by: PersonId) {
        let brings = guest && !self.is_administrator(by);
        self.with_person(person, |record| {
            record.guest = guest;
            record.brought_by = record.brought_by.or(brings.then_some(by));
        });
    }

    pub(super) fn remove_person(&mut self, person: PersonId) {
        let Some(record) = self.people.remove(&person) else {
            return;
        };
        self.by_email.remove(&record.email);
        self.removed.insert(person, record.name);
        self.end_all_of(person);
        for plan in self.plans.values_mut() {
            plan.take_role(person);
            if plan.assignment.as_ref().is_some_and(|duty| duty.to == person) {
                plan.assignment = None;
            }
        }
        for team in self.teams.values_mut() {
            team.members.remove(&person);
        }
    }

    /// What a person is called, or was: histories name those too who were taken away.
    pub fn name_of(&self, person: PersonId) -> Option<&str> {
        let record = self.people.get(&person).map(|record| &record.name);
        record.or_else(|| self.removed.get(&person)).map(String::as_str)
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
