//! What a person is in a plan: of all that was said about it, what counts.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::TeamId;
use domain::{PersonId, PlanId, Right, Role, Stage, Standing, WorkspaceEvent};

use super::{Assignment, PlanRecord, State, TeamRecord};

/// Who is what in a plan: all that a room needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The plan's stage.
    pub stage: Stage,
    /// What everyone of the workspace is who is not named.
    pub everyone: Option<Role>,
    /// What these people are, managers of the plan's team among them.
    pub roles: BTreeMap<PersonId, Role>,
    /// Who has no part in it, whatever everyone has.
    pub without: BTreeSet<PersonId>,
    /// Of the keys that seal what is personal.
    pub generation: u32,
}

impl State {
    /// What a person is in a plan: their own role there or, where it may no more, what they are as a manager of the team
    /// that the plan is assigned to; else what everyone is. Who cannot sign in is nothing.
    pub fn role_in(&self, plan: PlanId, person: PersonId) -> Option<Role> {
        let record = self.plan(plan)?;
        let own = record.members.get(&person).map(|member| member.role);
        self.role_with(record, person, own)
    }

    /// The same, were `own` the person's own role.
    pub(crate) fn role_with(&self, plan: &PlanRecord, person: PersonId, own: Option<Role>) -> Option<Role> {
        let who = self.active_person(person)?;
        let everyone = || plan.everyone.filter(|_| !who.guest);
        let named = stronger(own, self.manages(plan, person).then_some(Role::SalesManager));
        named.or_else(everyone)
    }

    /// What a person is in a plan, with its stage; nothing: they may not read it.
    pub fn standing_in(&self, plan: PlanId, person: PersonId) -> Option<Standing> {
        let role = self.role_in(plan, person).filter(|role| role.may(Right::Read))?;
        let stage = self.plan(plan)?.stage;
        Some(Standing { role, stage })
    }

    /// Whether a person may do something in a plan.
    pub fn may(&self, plan: PlanId, person: PersonId, right: Right) -> bool {
        self.role_in(plan, person).is_some_and(|role| role.may(right))
    }

    /// The plans that a person may read, archived ones too.
    pub fn readable_plans(&self, person: PersonId) -> impl Iterator<Item = (PlanId, &PlanRecord)> {
        let plans = self.plans.iter().map(|(id, record)| (*id, record));
        plans.filter(move |(id, _)| self.may(*id, person, Right::Read))
    }

    /// Who is what in a plan.
    pub fn access(&self, plan: PlanId) -> Option<Access> {
        let record = self.plan(plan)?;
        let managers = self.team_of(record).into_iter().flat_map(TeamRecord::managers);
        let named: BTreeSet<PersonId> = record.members.keys().copied().chain(managers).collect();
        let roles: BTreeMap<PersonId, Role> = named
            .into_iter()
            .filter_map(|person| Some((person, self.role_in(plan, person)?)))
            .collect();
        let is_without = |person: &PersonId| self.role_in(plan, *person).is_none();
        let without = match record.everyone {
            Some(_) => self.people.keys().copied().filter(is_without).collect(),
            None => BTreeSet::new(),
        };
        Some(Access {
            stage: record.stage,
            everyone: record.everyone,
            roles,
            without,
            generation: record.generation,
        })
    }

    /// Who could read what is personal where, of those who perhaps may no more after this.
    pub(super) fn readers_before(&self, event: &WorkspaceEvent) -> Vec<(PlanId, PersonId)> {
        let pairs = self.perhaps_less(event).into_iter();
        pairs
            .filter(|(plan, person)| self.may(*plan, *person, Right::ReadPersonal))
            .collect()
    }

    /// In which plans an event can leave whom with less than they had. It names every event: a new one does not compile
    /// before it is decided, since whoever is left out here goes on reading what is written from then on.
    fn perhaps_less(&self, event: &WorkspaceEvent) -> Vec<(PlanId, PersonId)> {
        use WorkspaceEvent as E;
        let everyone_in = |plan: PlanId| self.people.keys().map(move |person| (plan, *person));
        let everywhere = |person: PersonId| self.plans.keys().map(move |plan| (*plan, person));
        let assigned = |is_it: &dyn Fn(&Assignment) -> bool| {
            let assigned = |record: &PlanRecord| record.assignment.as_ref().is_some_and(is_it);
            let plans = self.plans.iter().filter(|(_, record)| assigned(record));
            plans.map(|(plan, _)| *plan).collect::<Vec<PlanId>>().into_iter()
        };
        let of_team = |team: TeamId| assigned(&move |duty| duty.team == Some(team));
        match event {
            E::RoleGiven { plan, person, .. }
            | E::RoleTaken { plan, person, .. }
            | E::InvitationAnswered { plan, person, .. } => vec![(*plan, *person)],
            E::AccessSet { plan, .. } | E::PlanAssigned { plan, .. } | E::PlanUnassigned { plan, .. } => {
                everyone_in(*plan).collect()
            }
            E::TeamRemoved { team, .. } => of_team(*team).flat_map(everyone_in).collect(),
            E::TeamMemberSet { team, person, .. } | E::TeamMemberRemoved { team, person, .. } => {
                of_team(*team).map(|plan| (plan, *person)).collect()
            }
            E::GuestSet { person, .. } | E::PersonDeactivated { person, .. } => everywhere(*person).collect(),
            // With them goes what they owed, and with that its team's managers.
            E::PersonRemoved { person, .. } => {
                let owed = assigned(&|duty| duty.to == *person).flat_map(everyone_in);
                everywhere(*person).chain(owed).collect()
            }
            // Names, and what shows who somebody is.
            E::PersonAdded { .. }
            | E::PersonRenamed { .. }
            | E::LinkIssued { .. }
            | E::SignedIn { .. }
            | E::SignedOut { .. }
            | E::SignInsFailed { .. }
            | E::TokenCreated { .. }
            | E::TokenMade { .. }
            | E::TokenRevoked { .. }
            | E::PlanRenamed { .. }
            | E::TeamMade { .. }
            | E::TeamRenamed { .. }
            // What gives, if anything.
            | E::PersonReactivated { .. }
            | E::PlanCreated { .. }
            | E::Invited { .. }
            | E::InvitationWithdrawn { .. }
            // What nobody reads more or less by: of what is archived as before, at every stage alike, running a workspace
            // or not.
            | E::PlanArchived { .. }
            | E::PlanRestored { .. }
            | E::StageSet { .. }
            | E::AdministratorSet { .. }
            // What is for the audit, for other systems, or gone for all alike.
            | E::ContactErased { .. }
            | E::Exported { .. }
            | E::WritesDenied { .. }
            | E::WebhookAdded { .. }
            | E::WebhookRemoved { .. }
            | E::CheckpointPublished { .. } => Vec::new(),
        }
    }

    /// Those with whom a person shares a plan that both may read, the person too.
    pub fn companions(&self, person: PersonId) -> BTreeSet<PersonId> {
        let mut all = BTreeSet::from([person]);
        for (id, record) in self.readable_plans(person) {
            if record.everyone.is_some_and(|role| role.may(Right::Read)) {
                let others = self.people.keys().copied();
                all.extend(others.filter(|other| self.may(id, *other, Right::Read)));
            } else {
                all.extend(self.readers_of(record, id));
            }
        }
        all
    }

    /// Those who are named in a plan and may read it.
    fn readers_of<'a>(&'a self, record: &'a PlanRecord, id: PlanId) -> impl Iterator<Item = PersonId> + 'a {
        let managers = self.team_of(record).into_iter().flat_map(TeamRecord::managers);
        let named = record.members.keys().copied().chain(managers);
        named.filter(move |person| self.may(id, *person, Right::Read))
    }
}

/// Of two roles the one that may all that the other may, and more; the first, where neither does.
fn stronger(first: Option<Role>, second: Option<Role>) -> Option<Role> {
    match (first, second) {
        (Some(first), Some(second)) if covers(second, first) => Some(second),
        (first, second) => first.or(second),
    }
}

/// Whether one role may all that another may.
pub(crate) fn covers(role: Role, other: Role) -> bool {
    Right::ALL.into_iter().all(|right| role.may(right) || !other.may(right))
}
