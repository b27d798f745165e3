//! Teams: made and kept by those who run the workspace.

use domain::ids::TeamId;
use domain::{PersonId, WorkspaceEvent};

use super::Refused;
use super::rights::{active, administrator, room_for};
use super::words::checked_name;
use crate::limits::{PEOPLE_PER_TEAM_MAX, TEAMS_MAX};
use crate::state::{State, TeamRecord};

pub(super) fn make(state: &State, team: TeamId, name: &str, by: PersonId) -> Result<Vec<WorkspaceEvent>, Refused> {
    administrator(state, by)?;
    if state.team(team).is_some() {
        return Err(Refused::TeamExists);
    }
    room_for(state.teams().len(), TEAMS_MAX, "teams")?;
    let name = checked_name(name)?;
    Ok(vec![WorkspaceEvent::TeamMade { team, name, by }])
}

pub(super) fn rename(state: &State, team: TeamId, name: &str, by: PersonId) -> Result<Vec<WorkspaceEvent>, Refused> {
    let record = kept(state, team, by)?;
    let name = checked_name(name)?;
    Ok(if record.name == name {
        vec![]
    } else {
        vec![WorkspaceEvent::TeamRenamed { team, name, by }]
    })
}

pub(super) fn remove(state: &State, team: TeamId, by: PersonId) -> Result<Vec<WorkspaceEvent>, Refused> {
    kept(state, team, by)?;
    Ok(vec![WorkspaceEvent::TeamRemoved { team, by }])
}

pub(super) fn set_member(
    state: &State,
    team: TeamId,
    person: PersonId,
    manager: bool,
    by: PersonId,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    let record = kept(state, team, by)?;
    active(state, person)?;
    let before = record.members.get(&person).copied();
    if before == Some(manager) {
        return Ok(vec![]);
    }
    // Managers read the team's plans.
    if manager && person == by {
        return Err(Refused::RaisesSelf);
    }
    if before.is_none() {
        room_for(record.members.len(), PEOPLE_PER_TEAM_MAX, "people in a team")?;
    }
    Ok(vec![WorkspaceEvent::TeamMemberSet {
        team,
        person,
        manager,
        by,
    }])
}

pub(super) fn remove_member(
    state: &State,
    team: TeamId,
    person: PersonId,
    by: PersonId,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    if !kept(state, team, by)?.members.contains_key(&person) {
        return Err(Refused::NotMember);
    }
    Ok(vec![WorkspaceEvent::TeamMemberRemoved { team, person, by }])
}

fn kept(state: &State, team: TeamId, by: PersonId) -> Result<&TeamRecord, Refused> {
    administrator(state, by)?;
    state.team(team).ok_or(Refused::NoSuchTeam)
}
