//! In which plans' histories an event of the workspace stands, and what it means there: for the histories and the audit
//! alike.

use domain::ids::TeamId;
use domain::{PersonId, PlanId, Right, Role, WorkspaceEvent};
use reports::{Then, control_plan};
use workspace::{PlanRecord, State, TeamRecord};

/// The plans that an event is told in, with what was so in each. `state`: as it was before.
///
/// Who comes to read a plan, or goes, without anybody having touched it is told there too: its team's managers, and its
/// client executives whom an administrator shuts out or lets in.
pub fn told_in(state: &State, event: &WorkspaceEvent) -> Vec<(PlanId, Then)> {
    use WorkspaceEvent as E;
    if let Some(plan) = control_plan(event) {
        return vec![(plan, then(state, plan, event))];
    }
    match event {
        E::TeamMemberSet {
            team, person, manager, ..
        } if manages(state, *team, *person) != *manager => plans_of_team(state, *team),
        E::TeamMemberRemoved { team, person, .. } if manages(state, *team, *person) => plans_of_team(state, *team),
        E::TeamRemoved { team, .. } => plans_of_team(state, *team),
        E::PersonDeactivated { person, .. } | E::PersonReactivated { person, .. } => {
            let own = state.plans().iter().filter(|(_, plan)| is_executive(plan, *person));
            own.map(|(id, _)| (*id, Then::default())).collect()
        }
        _ => Vec::new(),
    }
}

/// What was so when an event of a plan happened. `state`: as it was before.
pub fn then(state: &State, plan: PlanId, event: &WorkspaceEvent) -> Then {
    use WorkspaceEvent as E;
    let Some(record) = state.plan(plan) else {
        return Then::default();
    };
    match event {
        E::PlanAssigned { team: Some(team), .. } => team_then(state, *team),
        E::InvitationAnswered { person, .. } => Then {
            inviter: record.invitations.get(person).map(|one| one.by),
            ..Then::default()
        },
        E::RoleGiven {
            role: Role::ClientExecutive,
            by,
            ..
        } if *by != PersonId::SERVER && !state.may(plan, *by, Right::ManageMembers) => Then {
            shut_out: shut_out_of(state, record),
            ..Then::default()
        },
        _ => Then::default(),
    }
}

fn shut_out_of(state: &State, plan: &PlanRecord) -> Vec<PersonId> {
    let named = plan.members.keys().copied();
    named
        .filter(|person| is_executive(plan, *person) && state.active_person(*person).is_none())
        .collect()
}

fn is_executive(plan: &PlanRecord, person: PersonId) -> bool {
    let own = plan.members.get(&person);
    own.is_some_and(|member| member.role == Role::ClientExecutive)
}

fn manages(state: &State, team: TeamId, person: PersonId) -> bool {
    state.team(team).is_some_and(|team| team.is_managed_by(person))
}

fn plans_of_team(state: &State, team: TeamId) -> Vec<(PlanId, Then)> {
    let is_theirs = |plan: &PlanRecord| plan.assignment.as_ref().is_some_and(|duty| duty.team == Some(team));
    let plans = state.plans().iter().filter(|(_, plan)| is_theirs(plan));
    plans.map(|(id, _)| (*id, team_then(state, team))).collect()
}

fn team_then(state: &State, team: TeamId) -> Then {
    let record = state.team(team);
    let managers = record.into_iter().flat_map(TeamRecord::managers);
    Then {
        team: record.map(|team| team.name.clone()),
        managers: managers.filter(|one| state.active_person(*one).is_some()).collect(),
        ..Then::default()
    }
}
