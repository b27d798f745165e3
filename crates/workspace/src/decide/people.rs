//! People: added, named, made administrators and guests, shut out and let in again.

use domain::{PersonId, WorkspaceEvent};

use super::Refused;
use super::members::not_the_last_executive;
use super::rights::{active, administrator, room_for};
use super::words::{checked_email, checked_name, name_of_address};
use crate::limits::{NEWCOMERS_PER_INVITER_MAX, PEOPLE_KEPT, PEOPLE_MAX};
use crate::state::{PersonRecord, State};

/// Who is to be added.
pub(super) struct Newcomer<'a> {
    pub(super) person: PersonId,
    pub(super) email: &'a str,
    pub(super) name: &'a str,
    pub(super) administrator: bool,
}

pub(super) fn add(state: &State, newcomer: &Newcomer<'_>) -> Result<WorkspaceEvent, Refused> {
    let person = newcomer.person;
    // The nil id is the server's own.
    if person == PersonId::SERVER {
        return Err(Refused::UnknownPerson);
    }
    let email = checked_email(newcomer.email)?;
    if state.person_by_email(&email).is_some() || state.person(person).is_some() {
        return Err(Refused::EmailTaken(email));
    }
    room_for(state.people().len(), PEOPLE_MAX, "people")?;
    let name = if newcomer.name.trim().is_empty() {
        name_of_address(&email)
    } else {
        checked_name(newcomer.name)?
    };
    Ok(WorkspaceEvent::PersonAdded {
        person,
        email,
        name,
        administrator: newcomer.administrator,
    })
}

/// Somebody is brought in by who does not run the workspace: so many that a mistake or a grudge does not fill it with
/// people who never come.
pub(super) fn bring(state: &State, newcomer: &Newcomer<'_>, by: PersonId) -> Result<Vec<WorkspaceEvent>, Refused> {
    let added = add(state, newcomer)?;
    room_for(
        state.people().len(),
        PEOPLE_MAX - PEOPLE_KEPT,
        "people without an administrator",
    )?;
    let waiting = state
        .people()
        .values()
        .filter(|one| one.brought_by == Some(by) && !one.came);
    room_for(
        waiting.count(),
        NEWCOMERS_PER_INVITER_MAX,
        "people whom one person invited and who have never signed in",
    )?;
    let person = newcomer.person;
    let guest = true;
    Ok(vec![added, WorkspaceEvent::GuestSet { person, guest, by }])
}

pub(super) fn rename(state: &State, person: PersonId, name: &str) -> Result<Vec<WorkspaceEvent>, Refused> {
    let record = known(state, person)?;
    let name = checked_name(name)?;
    Ok(if record.name == name {
        vec![]
    } else {
        vec![WorkspaceEvent::PersonRenamed { person, name }]
    })
}

pub(super) fn set_administrator(
    state: &State,
    person: PersonId,
    on: bool,
    by: PersonId,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    administrator(state, by)?;
    if known(state, person)?.administrator == on {
        return Ok(vec![]);
    }
    if on {
        active(state, person)?;
    } else {
        not_the_last_administrator(state, person)?;
    }
    Ok(vec![WorkspaceEvent::AdministratorSet {
        person,
        administrator: on,
        by,
    }])
}

pub(super) fn set_guest(
    state: &State,
    person: PersonId,
    guest: bool,
    by: PersonId,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    administrator(state, by)?;
    if known(state, person)?.guest == guest {
        return Ok(vec![]);
    }
    // An administrator who is a guest would have the plans of everyone.
    if person == by && !guest {
        return Err(Refused::RaisesSelf);
    }
    Ok(vec![WorkspaceEvent::GuestSet { person, guest, by }])
}

pub(super) fn deactivate(state: &State, person: PersonId, by: PersonId) -> Result<Vec<WorkspaceEvent>, Refused> {
    administrator(state, by)?;
    if !known(state, person)?.active {
        return Ok(vec![]);
    }
    not_the_last_administrator(state, person)?;
    Ok(vec![WorkspaceEvent::PersonDeactivated { person, by }])
}

pub(super) fn reactivate(state: &State, person: PersonId, by: PersonId) -> Result<Vec<WorkspaceEvent>, Refused> {
    administrator(state, by)?;
    Ok(if known(state, person)?.active {
        vec![]
    } else {
        vec![WorkspaceEvent::PersonReactivated { person, by }]
    })
}

/// Who has come is named by what they did; who has not leaves nothing but their name.
pub(super) fn remove(state: &State, person: PersonId, by: PersonId) -> Result<Vec<WorkspaceEvent>, Refused> {
    administrator(state, by)?;
    if known(state, person)?.came {
        return Err(Refused::HasCome);
    }
    not_the_last_administrator(state, person)?;
    for record in state.plans().values() {
        if let Some(member) = record.members.get(&person) {
            not_the_last_executive(state, record, person, member.role)?;
        }
    }
    Ok(vec![WorkspaceEvent::PersonRemoved { person, by }])
}

fn known(state: &State, person: PersonId) -> Result<&PersonRecord, Refused> {
    state.person(person).ok_or(Refused::UnknownPerson)
}

fn not_the_last_administrator(state: &State, person: PersonId) -> Result<(), Refused> {
    let mut running = state.people().keys().filter(|one| state.is_administrator(**one));
    let is_last = state.is_administrator(person) && running.all(|one| *one == person);
    if is_last {
        Err(Refused::LastAdministrator)
    } else {
        Ok(())
    }
}
