//! A plan's keys have another generation whenever somebody who could read what is personal may no more.

use domain::event::Reply;
use domain::ids::TeamId;

use super::*;

const TEAM: TeamId = TeamId(Uuid::from_u128(20));

fn generation(events: &[WorkspaceEvent]) -> u32 {
    given(events).plan(PLAN).expect("it was made").generation
}

/// How much further the plan's generation is after this.
#[track_caller]
fn counts(before: &[WorkspaceEvent], then: WorkspaceEvent, by: u32) {
    let after = and(before.to_vec(), [then]);
    assert_eq!(generation(&after), generation(before) + by, "{:?}", after.last());
}

fn guest(person: PersonId) -> WorkspaceEvent {
    WorkspaceEvent::GuestSet {
        person,
        guest: true,
        by: ADA,
    }
}

fn in_team(person: PersonId, manager: bool) -> WorkspaceEvent {
    WorkspaceEvent::TeamMemberSet {
        team: TEAM,
        person,
        manager,
        by: ADA,
    }
}

#[test]
fn a_role_that_takes_the_right_counts_and_one_that_does_not_does_not() {
    assert_eq!(generation(&[plan_made(PLAN)]), 1);
    let team = a_team();
    for (person, role_given, by) in [
        (CYD, Role::Observer, 1),
        (CYD, Role::CustomerContact, 1),
        (CYD, Role::Expert, 0),
        (DEE, Role::Observer, 0),
        (DEE, Role::Seller, 0),
    ] {
        counts(&team, role(person, role_given), by);
    }
    let taken = |person| WorkspaceEvent::RoleTaken {
        plan: PLAN,
        person,
        by: ADA,
    };
    counts(&team, taken(CYD), 1);
    counts(&and(team.clone(), [role(CYD, Role::Observer)]), taken(CYD), 0);
    let invited = WorkspaceEvent::Invited {
        plan: PLAN,
        person: CYD,
        role: Role::Observer,
        note: String::new(),
        by: ADA,
    };
    let answered = |reply| WorkspaceEvent::InvitationAnswered {
        plan: PLAN,
        person: CYD,
        reply,
        note: String::new(),
        by: CYD,
    };
    counts(&team, invited.clone(), 0);
    counts(&and(team.clone(), [invited.clone()]), answered(Reply::Declined), 0);
    counts(&and(team, [invited]), answered(Reply::Accepted), 1);
}

#[test]
fn what_everyone_is_and_who_is_of_everyone_counts() {
    let team = a_team();
    counts(&team, access(PLAN, Some(Role::Seller)), 0);
    let open = and(team.clone(), [access(PLAN, Some(Role::Seller))]);
    counts(&open, access(PLAN, Some(Role::Observer)), 1);
    counts(&open, access(PLAN, Some(Role::Expert)), 0);
    counts(&open, access(COPY, None), 0);
    counts(&open, guest(DEE), 1);
    counts(&team, guest(DEE), 0);
    let gone = |person| WorkspaceEvent::PersonDeactivated { person, by: ADA };
    counts(&team, gone(CYD), 1);
    counts(&team, gone(DEE), 0);
    let back = WorkspaceEvent::PersonReactivated { person: CYD, by: ADA };
    counts(&and(team, [gone(CYD)]), back, 0);
}

#[test]
fn who_manages_no_more_the_team_that_a_plan_is_assigned_to_counts() {
    let made = WorkspaceEvent::TeamMade {
        team: TEAM,
        name: "South".to_owned(),
        by: ADA,
    };
    let assigned = |team| WorkspaceEvent::PlanAssigned {
        plan: PLAN,
        to: CYD,
        team,
        due: None,
        by: ADA,
    };
    let before = and(a_team(), [made, in_team(DEE, true)]);
    counts(&before, in_team(DEE, false), 0);
    counts(&before, assigned(Some(TEAM)), 0);
    let before = and(before, [assigned(Some(TEAM))]);
    counts(&before, in_team(DEE, false), 1);
    counts(&before, in_team(BOB, false), 0);
    counts(&before, assigned(None), 1);
    counts(&before, WorkspaceEvent::PlanUnassigned { plan: PLAN, by: ADA }, 1);
    counts(&before, WorkspaceEvent::TeamRemoved { team: TEAM, by: ADA }, 1);
    let left = WorkspaceEvent::TeamMemberRemoved {
        team: TEAM,
        person: DEE,
        by: ADA,
    };
    counts(&before, left, 1);
}
