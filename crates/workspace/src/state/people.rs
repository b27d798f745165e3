//! The people of a workspace.

use std::collections::BTreeMap;

use domain::{PersonId, PlanId, Role, TimestampMs};

use super::State;

/// A person of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each may be so whatever the others are")]
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
    /// From when to when they were shut out last, if they are in again.
    pub away: Option<(TimestampMs, TimestampMs)>,
    /// Since when they are shut out.
    pub(super) shut_out: Option<TimestampMs>,
}

/// Somebody who was made client executive of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// Of which.
    pub plan: PlanId,
    /// Who.
    pub person: PersonId,
    /// By whom.
    pub by: PersonId,
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
            away: None,
            shut_out: None,
        };
        self.people.insert(person, record);
    }

    pub(super) fn with_person(&mut self, person: PersonId, change: impl FnOnce(&mut PersonRecord)) {
        if let Some(record) = self.people.get_mut(&person) {
            change(record);
        }
    }

    pub(super) fn reactivate(&mut self, at: TimestampMs, person: PersonId) {
        self.with_person(person, |record| {
            record.active = true;
            record.away = record.shut_out.take().map(|since| (since, at)).or(record.away);
        });
    }

    /// Who was made client executive of a person's own plans while they could not sign in, the last time.
    pub fn named_while_away(&self, person: PersonId) -> Vec<Named> {
        let Some((from, to)) = self.person(person).and_then(|record| record.away) else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for (plan, record) in &self.plans {
            let owns = |one: &PersonId| {
                let own = record.members.get(one);
                own.filter(|member| member.role == Role::ClientExecutive)
            };
            if owns(&person).is_none() {
                continue;
            }
            let named = record.members.keys().filter_map(|one| Some((*one, owns(one)?)));
            let meanwhile = named.filter(|(one, member)| *one != person && (from..=to).contains(&member.since));
            all.extend(meanwhile.map(|(one, member)| Named {
                plan: *plan,
                person: one,
                by: member.by,
            }));
        }
        all
    }

    pub(super) fn deactivate(&mut self, at: TimestampMs, person: PersonId) {
        self.with_person(person, |record| {
            record.active = false;
            record.shut_out = record.shut_out.or(Some(at));
        });
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
