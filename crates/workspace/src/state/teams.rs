//! Teams: people, and who of them manages it.

use std::collections::BTreeMap;

use domain::PersonId;
use domain::ids::TeamId;

use super::{PlanRecord, State};

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamRecord {
    /// Its name.
    pub name: String,
    /// Who is in it, and whether they manage it.
    pub members: BTreeMap<PersonId, bool>,
}

impl TeamRecord {
    /// Those who manage it.
    pub fn managers(&self) -> impl Iterator<Item = PersonId> {
        let managers = self.members.iter().filter(|(_, manages)| **manages);
        managers.map(|(person, _)| *person)
    }

    /// Whether a person manages it.
    pub fn is_managed_by(&self, person: PersonId) -> bool {
        self.members.get(&person).copied().unwrap_or(false)
    }
}

impl State {
    pub(super) fn add_team(&mut self, team: TeamId, name: &str) {
        let record = TeamRecord {
            name: name.to_owned(),
            members: BTreeMap::new(),
        };
        self.teams.insert(team, record);
    }

    pub(super) fn with_team(&mut self, team: TeamId, change: impl FnOnce(&mut TeamRecord)) {
        if let Some(record) = self.teams.get_mut(&team) {
            change(record);
        }
    }

    pub(super) fn remove_team(&mut self, team: TeamId) {
        self.teams.remove(&team);
        let assignments = self.plans.values_mut().filter_map(|plan| plan.assignment.as_mut());
        for assignment in assignments.filter(|assignment| assignment.team == Some(team)) {
            assignment.team = None;
        }
    }

    /// All teams, by id.
    pub const fn teams(&self) -> &BTreeMap<TeamId, TeamRecord> {
        &self.teams
    }

    /// A team.
    pub fn team(&self, id: TeamId) -> Option<&TeamRecord> {
        self.teams.get(&id)
    }

    /// The team that a plan is assigned to.
    pub(super) fn team_of(&self, plan: &PlanRecord) -> Option<&TeamRecord> {
        self.team(plan.assignment.as_ref()?.team?)
    }

    /// Whether a person manages the team that a plan is assigned to.
    pub(super) fn manages(&self, plan: &PlanRecord, person: PersonId) -> bool {
        self.team_of(plan).is_some_and(|team| team.is_managed_by(person))
    }
}
