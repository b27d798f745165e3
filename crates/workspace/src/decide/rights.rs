//! Who may ask: the questions that most rules begin with.

use domain::{PersonId, PlanId, Right, Role};

use super::Refused;
use crate::state::{PlanRecord, State, covers};

/// The plan, for somebody who may do this in it. Who may not read it is told that there is none.
pub(super) fn plan_for(state: &State, plan: PlanId, by: PersonId, right: Right) -> Result<&PlanRecord, Refused> {
    let record = known_plan(state, plan)?;
    if by == PersonId::SERVER {
        return Ok(record);
    }
    if !state.may(plan, by, Right::Read) {
        Err(Refused::NoSuchPlan)
    } else if state.may(plan, by, right) {
        Ok(record)
    } else {
        Err(Refused::NotAllowed(right))
    }
}

/// The same, for a plan that is not put away.
pub(super) fn open_plan_for(state: &State, plan: PlanId, by: PersonId, right: Right) -> Result<&PlanRecord, Refused> {
    let record = plan_for(state, plan, by, right)?;
    if record.archived {
        Err(Refused::PlanArchived)
    } else {
        Ok(record)
    }
}

pub(super) fn known_plan(state: &State, plan: PlanId) -> Result<&PlanRecord, Refused> {
    state.plan(plan).ok_or(Refused::NoSuchPlan)
}

/// Refuses who does not run the workspace.
pub(super) fn administrator(state: &State, by: PersonId) -> Result<(), Refused> {
    if state.is_administrator(by) {
        Ok(())
    } else {
        Err(Refused::NotAdministrator)
    }
}

/// Refuses who is not known or cannot sign in.
pub(super) fn active(state: &State, person: PersonId) -> Result<(), Refused> {
    let record = state.person(person).ok_or(Refused::UnknownPerson)?;
    if record.active { Ok(()) } else { Err(Refused::Inactive) }
}

/// Refuses to give or take a role that may what `by` may not.
pub(super) fn not_above(state: &State, plan: PlanId, by: PersonId, role: Role) -> Result<(), Refused> {
    let own = state.role_in(plan, by);
    if by == PersonId::SERVER || own.is_some_and(|own| covers(own, role)) {
        Ok(())
    } else {
        Err(Refused::AboveYou(role))
    }
}

/// Refuses one more where there are as many as there may be.
pub(super) const fn room_for(count: usize, max: usize, what: &'static str) -> Result<(), Refused> {
    if count < max {
        Ok(())
    } else {
        Err(Refused::TooMany { what, max })
    }
}
