//! What is decided elsewhere, or by nobody, and stands in the history because it happened.

use domain::event::ErasedPart;
use domain::{ItemId, PersonId, PlanId, Right, WorkspaceEvent};

use super::Refused;
use super::rights::{administrator, known_plan, plan_for, room_for};
use super::words::checked_name;
use crate::limits::{ERASURES_PER_PLAN_MAX, NOTE_CHARS_MAX};
use crate::state::State;

/// Something leaves the workspace: refused, it does not.
pub(super) fn export(
    state: &State,
    plan: Option<PlanId>,
    what: &str,
    by: PersonId,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    match plan {
        Some(plan) => plan_for(state, plan, by, Right::Export).map(|_| ())?,
        None => administrator(state, by)?,
    }
    let what = checked_name(what)?;
    Ok(vec![WorkspaceEvent::Exported { plan, what, by }])
}

pub(super) fn denied(
    state: &State,
    plan: PlanId,
    person: PersonId,
    count: u32,
    reason: &str,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    known_plan(state, plan)?;
    state.person(person).ok_or(Refused::UnknownPerson)?;
    if count == 0 {
        return Ok(vec![]);
    }
    // Cut rather than refused: what was denied is noted in any case.
    let reason = reason.chars().take(NOTE_CHARS_MAX).collect();
    Ok(vec![WorkspaceEvent::WritesDenied {
        plan,
        person,
        count,
        reason,
    }])
}

pub(super) fn erase(
    state: &State,
    plan: PlanId,
    item: ItemId,
    part: ErasedPart,
    by: PersonId,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    let record = plan_for(state, plan, by, Right::ErasePersonal)?;
    let is_erased = |part| record.erased.contains_key(&(item, part));
    // Who is erased whole has no personality left.
    if is_erased(part) || is_erased(ErasedPart::Contact) {
        return Ok(vec![]);
    }
    room_for(record.erased.len(), ERASURES_PER_PLAN_MAX, "erasures in a plan")?;
    Ok(vec![WorkspaceEvent::ContactErased { plan, item, part, by }])
}
