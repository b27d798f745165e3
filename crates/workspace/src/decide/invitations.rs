//! Asking somebody to take part in a plan, and their answer.

use domain::event::Reply;
use domain::{PersonId, PlanId, Right, Role, WorkspaceEvent};

use super::Refused;
use super::people::{self, Newcomer};
use super::rights::{active, known_plan, not_above, open_plan_for, plan_for, room_for};
use super::words::checked_note;
use crate::limits::{INVITATIONS_PER_PLAN_MAX, MEMBERS_PER_PLAN_MAX};
use crate::state::{Invitation, State};

/// Who is asked, as what, with what words.
pub(super) struct Asked<'a> {
    pub(super) newcomer: Newcomer<'a>,
    pub(super) role: Role,
    pub(super) note: &'a str,
}

/// Somebody new is added first. Who runs the workspace knows who belongs to it; whom anybody else brings is a guest.
pub(super) fn invite(
    state: &State,
    plan: PlanId,
    asked: &Asked<'_>,
    by: PersonId,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    let record = open_plan_for(state, plan, by, Right::ManageMembers)?;
    let role = asked.role;
    not_above(state, plan, by, role)?;
    let note = checked_note(asked.note)?;
    let mut events = Vec::new();
    let known = state.person_by_email(asked.newcomer.email);
    if let Some(person) = known {
        active(state, person)?;
    } else if state.is_administrator(by) {
        events.push(people::add(state, &asked.newcomer)?);
    } else {
        events.extend(people::bring(state, &asked.newcomer, by)?);
    }
    let person = known.unwrap_or(asked.newcomer.person);
    if record.members.contains_key(&person) {
        return Err(Refused::AlreadyMember);
    }
    match record.invitations.get(&person) {
        Some(open) if is_open(open) && open.role == role && open.note == note && holds(state, plan, open) => {
            return Ok(vec![]);
        }
        // To ask again, as something else or in other words, takes the place of what was asked before.
        Some(before) => not_above(state, plan, by, before.role)?,
        None => room_for(
            record.invitations.len(),
            INVITATIONS_PER_PLAN_MAX,
            "invitations to a plan",
        )?,
    }
    events.push(WorkspaceEvent::Invited {
        plan,
        person,
        role,
        note,
        by,
    });
    Ok(events)
}

/// What an invited person says.
pub(super) struct Says<'a> {
    pub(super) reply: Reply,
    pub(super) note: &'a str,
}

pub(super) fn answer(
    state: &State,
    plan: PlanId,
    person: PersonId,
    says: &Says<'_>,
    by: PersonId,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    if by != person {
        return Err(Refused::NotYours);
    }
    active(state, person)?;
    // Whether there is such a plan is not for those to know who were not asked.
    let record = state.plan(plan).ok_or(Refused::InvitationGone)?;
    let invitation = record.invitations.get(&person).ok_or(Refused::InvitationGone)?;
    let note = checked_note(says.note)?;
    let before = invitation.answer.as_ref().map(|answer| answer.reply);
    match (before, says.reply) {
        (Some(Reply::Accepted), Reply::Accepted) | (Some(Reply::Declined), Reply::Declined) => return Ok(vec![]),
        // Who takes part leaves, rather than having never come.
        (Some(Reply::Accepted), Reply::Declined) => return Err(Refused::AlreadyMember),
        // Who has said no is asked again, or not.
        (Some(Reply::Declined), Reply::Accepted) => return Err(Refused::InvitationGone),
        (None, Reply::Accepted) => {
            if record.archived {
                return Err(Refused::PlanArchived);
            }
            if !holds(state, plan, invitation) {
                return Err(Refused::InvitationGone);
            }
            room_for(record.members.len(), MEMBERS_PER_PLAN_MAX, "members of a plan")?;
        }
        (None, Reply::Declined) => {}
    }
    Ok(vec![WorkspaceEvent::InvitationAnswered {
        plan,
        person,
        reply: says.reply,
        note,
        by,
    }])
}

pub(super) fn withdraw(
    state: &State,
    plan: PlanId,
    person: PersonId,
    by: PersonId,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    plan_for(state, plan, by, Right::ManageMembers)?;
    let record = known_plan(state, plan)?;
    let invitation = record.invitations.get(&person).filter(|one| !is_accepted(one));
    let role = invitation.ok_or(Refused::InvitationGone)?.role;
    not_above(state, plan, by, role)?;
    Ok(vec![WorkspaceEvent::InvitationWithdrawn { plan, person, by }])
}

/// Whether who invited may still invite to that: nobody comes in by the word of somebody who has lost the right.
pub fn holds(state: &State, plan: PlanId, invitation: &Invitation) -> bool {
    let by = invitation.by;
    let may = by == PersonId::SERVER || state.may(plan, by, Right::ManageMembers);
    may && not_above(state, plan, by, invitation.role).is_ok()
}

fn is_open(invitation: &Invitation) -> bool {
    invitation.answer.is_none()
}

fn is_accepted(invitation: &Invitation) -> bool {
    let answer = invitation.answer.as_ref();
    answer.is_some_and(|answer| answer.reply == Reply::Accepted)
}
