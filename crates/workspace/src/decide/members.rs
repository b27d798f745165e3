//! Who takes part in a plan: roles given and taken.

use domain::{PersonId, PlanId, Right, Role, WorkspaceEvent};

use super::Refused;
use super::rights::{active, known_plan, not_above, plan_for, room_for};
use crate::limits::MEMBERS_PER_PLAN_MAX;
use crate::state::{PlanRecord, State, covers};

pub(super) fn give(
    state: &State,
    plan: PlanId,
    person: PersonId,
    role: Role,
    by: PersonId,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    let record = known_plan(state, plan)?;
    let before = record.members.get(&person).map(|member| member.role);
    if let Err(refused) = may_give(state, plan, before, role, by) {
        recovers(state, record, (person, role), by).map_err(|of_themselves| of_themselves.unwrap_or(refused))?;
    }
    active(state, person)?;
    match before {
        Some(before) if before == role => return Ok(vec![]),
        Some(before) => not_the_last_executive(state, record, person, before)?,
        None => room_for(record.members.len(), MEMBERS_PER_PLAN_MAX, "members of a plan")?,
    }
    Ok(vec![WorkspaceEvent::RoleGiven { plan, person, role, by }])
}

fn may_give(state: &State, plan: PlanId, before: Option<Role>, role: Role, by: PersonId) -> Result<(), Refused> {
    plan_for(state, plan, by, Right::ManageMembers)?;
    not_above(state, plan, by, role)?;
    before.map_or(Ok(()), |before| not_above(state, plan, by, before))
}

/// A plan that nobody owns any more is given a client executive by those who run the workspace, but not to themselves.
/// It is an event like any other: who did it is in the plan's history.
fn recovers(
    state: &State,
    record: &PlanRecord,
    (person, role): (PersonId, Role),
    by: PersonId,
) -> Result<(), Option<Refused>> {
    let is_recovery = state.is_administrator(by) && role == Role::ClientExecutive && executives(state, record) == 0;
    if !is_recovery {
        Err(None)
    } else if person == by {
        Err(Some(Refused::RaisesSelf))
    } else {
        Ok(())
    }
}

pub(super) fn take(
    state: &State,
    plan: PlanId,
    person: PersonId,
    by: PersonId,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    let record = known_plan(state, plan)?;
    let own = record.members.get(&person).map(|member| member.role);
    if by == person {
        leaves(state, plan, record, person)?;
    } else {
        plan_for(state, plan, by, Right::ManageMembers)?;
        own.map_or(Ok(()), |own| not_above(state, plan, by, own))?;
    }
    let own = own.ok_or(Refused::NotMember)?;
    not_the_last_executive(state, record, person, own)?;
    Ok(vec![WorkspaceEvent::RoleTaken { plan, person, by }])
}

/// Whoever has a role may lay it down, where that does not give them more: an observer of a plan in which everyone is a
/// seller stays one.
fn leaves(state: &State, plan: PlanId, record: &PlanRecord, person: PersonId) -> Result<(), Refused> {
    if !record.members.contains_key(&person) {
        let reads = state.may(plan, person, Right::Read);
        return Err(if reads { Refused::NotMember } else { Refused::NoSuchPlan });
    }
    let now = state.role_in(plan, person).ok_or(Refused::NoSuchPlan)?;
    match state.role_with(record, person, None) {
        Some(then) if !covers(now, then) => Err(Refused::RaisesSelf),
        Some(_) | None => Ok(()),
    }
}

/// Those who own the plan and can sign in.
fn executives(state: &State, record: &PlanRecord) -> usize {
    let named = record.members.iter();
    named
        .filter(|(person, member)| member.role == Role::ClientExecutive && state.active_person(**person).is_some())
        .count()
}

pub(super) fn not_the_last_executive(
    state: &State,
    record: &PlanRecord,
    person: PersonId,
    role: Role,
) -> Result<(), Refused> {
    let is_one = role == Role::ClientExecutive && state.active_person(person).is_some();
    if is_one && executives(state, record) == 1 {
        Err(Refused::LastExecutive)
    } else {
        Ok(())
    }
}
