//! Plans: made, copied, named, put away, brought back, taken to another stage, assigned.

use domain::ids::TeamId;
use domain::value::parse_day;
use domain::{PersonId, PlanId, Right, Role, Stage, WorkspaceEvent};

use super::Refused;
use super::rights::{active, known_plan, open_plan_for, plan_for, room_for};
use super::words::checked_name;
use crate::limits::PLANS_MAX;
use crate::state::{PlanRecord, State, covers};

/// A plan that is to be made.
pub(super) struct NewPlan<'a> {
    pub(super) plan: PlanId,
    pub(super) name: &'a str,
    pub(super) by: PersonId,
    pub(super) copied_from: Option<PlanId>,
    pub(super) everyone: Option<Role>,
}

pub(super) fn create(state: &State, new: &NewPlan<'_>) -> Result<Vec<WorkspaceEvent>, Refused> {
    let (plan, by) = (new.plan, new.by);
    active(state, by)?;
    if state.person(by).is_some_and(|record| record.guest) {
        return Err(Refused::Guest);
    }
    if let Some(source) = new.copied_from {
        plan_for(state, source, by, Right::Rename)?;
    }
    // The nil id is the workspace's own stream.
    if plan.0.is_nil() || state.plan(plan).is_some() {
        return Err(Refused::PlanExists);
    }
    room_for(state.plans().len(), PLANS_MAX, "plans")?;
    can_be_everyone(new.everyone)?;
    let made = WorkspaceEvent::PlanCreated {
        plan,
        name: checked_name(new.name)?,
        by,
        copied_from: new.copied_from,
    };
    // Said in any case: a plan of which nothing is said is one of before there were roles, and everyone's.
    let everyone = new.everyone;
    Ok(vec![made, WorkspaceEvent::AccessSet { plan, everyone, by }])
}

pub(super) fn rename(state: &State, plan: PlanId, name: &str, by: PersonId) -> Result<Vec<WorkspaceEvent>, Refused> {
    let record = open_plan_for(state, plan, by, Right::Rename)?;
    let name = checked_name(name)?;
    Ok(if record.name == name {
        vec![]
    } else {
        vec![WorkspaceEvent::PlanRenamed { plan, name, by }]
    })
}

pub(super) fn archive(state: &State, plan: PlanId, by: PersonId) -> Result<Vec<WorkspaceEvent>, Refused> {
    Ok(if plan_for(state, plan, by, Right::Archive)?.archived {
        vec![]
    } else {
        vec![WorkspaceEvent::PlanArchived { plan, by }]
    })
}

pub(super) fn restore(state: &State, plan: PlanId, by: PersonId) -> Result<Vec<WorkspaceEvent>, Refused> {
    Ok(if plan_for(state, plan, by, Right::Archive)?.archived {
        vec![WorkspaceEvent::PlanRestored { plan, by }]
    } else {
        vec![]
    })
}

pub(super) fn set_stage(state: &State, plan: PlanId, to: Stage, by: PersonId) -> Result<Vec<WorkspaceEvent>, Refused> {
    let record = open_plan_for(state, plan, by, Right::SetStage)?;
    Ok(if record.stage == to {
        vec![]
    } else {
        vec![WorkspaceEvent::StageSet { plan, stage: to, by }]
    })
}

pub(super) fn set_access(
    state: &State,
    plan: PlanId,
    everyone: Option<Role>,
    by: PersonId,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    let record = plan_for(state, plan, by, Right::ManageMembers)?;
    can_be_everyone(everyone)?;
    Ok(if record.everyone == everyone {
        vec![]
    } else {
        vec![WorkspaceEvent::AccessSet { plan, everyone, by }]
    })
}

/// Who owes a plan, and until when.
pub(super) struct Duty<'a> {
    pub(super) to: PersonId,
    pub(super) team: Option<TeamId>,
    pub(super) due: Option<&'a str>,
}

pub(super) fn assign(
    state: &State,
    plan: PlanId,
    duty: &Duty<'_>,
    by: PersonId,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    let record = assignable(state, plan, by)?;
    if record.archived {
        return Err(Refused::PlanArchived);
    }
    let (to, team) = (duty.to, duty.team);
    active(state, to)?;
    if !state.may(plan, to, Right::Read) {
        return Err(Refused::NotMember);
    }
    if let Some(team) = team {
        may_hand_to(state, plan, team, by)?;
    }
    let due = duty.due.map(checked_day).transpose()?;
    let is_so = |now: &crate::state::Assignment| (now.to, now.team, &now.due) == (to, team, &due);
    if record.assignment.as_ref().is_some_and(is_so) {
        return Ok(vec![]);
    }
    Ok(vec![WorkspaceEvent::PlanAssigned {
        plan,
        to,
        team,
        due,
        by,
    }])
}

pub(super) fn unassign(state: &State, plan: PlanId, by: PersonId) -> Result<Vec<WorkspaceEvent>, Refused> {
    Ok(if assignable(state, plan, by)?.assignment.is_some() {
        vec![WorkspaceEvent::PlanUnassigned { plan, by }]
    } else {
        vec![]
    })
}

/// Administrators assign plans, and those who say who takes part in one.
fn assignable(state: &State, plan: PlanId, by: PersonId) -> Result<&PlanRecord, Refused> {
    if state.is_administrator(by) {
        known_plan(state, plan)
    } else {
        plan_for(state, plan, by, Right::ManageMembers)
    }
}

/// A team's managers read the plans that are assigned to it: nobody hands themselves a plan to read.
fn may_hand_to(state: &State, plan: PlanId, team: TeamId, by: PersonId) -> Result<(), Refused> {
    let manages = state.team(team).ok_or(Refused::NoSuchTeam)?.is_managed_by(by);
    let role = state.role_in(plan, by);
    if manages && !role.is_some_and(|role| covers(role, Role::SalesManager)) {
        Err(Refused::RaisesSelf)
    } else {
        Ok(())
    }
}

/// Everyone reads and works; who decides about a plan, or looks at who did what in it, is named. And a plan that
/// everyone has a role in that may not read is nobody's wish.
fn can_be_everyone(role: Option<Role>) -> Result<(), Refused> {
    match role {
        None | Some(Role::Seller | Role::Political | Role::Expert | Role::Observer) => Ok(()),
        Some(role @ (Role::ClientExecutive | Role::Facilitator | Role::SalesManager | Role::CustomerContact)) => {
            Err(Refused::NotForEveryone(role))
        }
    }
}

fn checked_day(text: &str) -> Result<String, Refused> {
    match parse_day(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err(Refused::BadDay(text.chars().take(20).collect())),
    }
}
