//! Teams, their managers, and the plans that are assigned to them.

use domain::Right;
use domain::ids::TeamId;

use super::*;

const TEAM: TeamId = TeamId(Uuid::from_u128(20));

fn team_made() -> WorkspaceEvent {
    WorkspaceEvent::TeamMade {
        team: TEAM,
        name: "North".to_owned(),
        by: ADA,
    }
}

fn set(person: PersonId, manager: bool, by: PersonId) -> Command {
    Command::SetTeamMember {
        team: TEAM,
        person,
        manager,
        by,
    }
}

fn is_set(person: PersonId, manager: bool) -> WorkspaceEvent {
    WorkspaceEvent::TeamMemberSet {
        team: TEAM,
        person,
        manager,
        by: ADA,
    }
}

fn assign(to: PersonId, by: PersonId) -> Command {
    Command::AssignPlan {
        plan: PLAN,
        to,
        team: Some(TEAM),
        due: Some("2026-11-30".to_owned()),
        by,
    }
}

fn assigned(by: PersonId) -> WorkspaceEvent {
    WorkspaceEvent::PlanAssigned {
        plan: PLAN,
        to: CYD,
        team: Some(TEAM),
        due: Some("2026-11-30".to_owned()),
        by,
    }
}

#[test]
fn administrators_keep_teams() {
    let new_team = |by| Command::MakeTeam {
        team: TEAM,
        name: " North ".to_owned(),
        by,
    };
    gives(&a_team(), new_team(ADA), team_made());
    refuses(&a_team(), new_team(BOB), Refused::NotAdministrator);
    let made = and(a_team(), [team_made()]);
    refuses(&made, new_team(ADA), Refused::TeamExists);
    gives(&made, set(DEE, true, ADA), is_set(DEE, true));
    refuses(&made, set(DEE, true, BOB), Refused::NotAdministrator);
    let staffed = and(made, [is_set(DEE, true)]);
    changes_nothing(&staffed, set(DEE, true, ADA));
    gives(&staffed, set(DEE, false, ADA), is_set(DEE, false));
    let remove = |person| Command::RemoveTeamMember {
        team: TEAM,
        person,
        by: ADA,
    };
    refuses(&staffed, remove(CYD), Refused::NotMember);
    let removed = WorkspaceEvent::TeamMemberRemoved {
        team: TEAM,
        person: DEE,
        by: ADA,
    };
    gives(&staffed, remove(DEE), removed);
    refuses(&a_team(), set(DEE, true, ADA), Refused::NoSuchTeam);
}

#[test]
fn a_manager_reads_the_plans_of_the_team_while_they_are_assigned_to_it() {
    let staffed = and(a_team(), [team_made(), is_set(DEE, true)]);
    assert_eq!(given(&staffed).role_in(PLAN, DEE), None);
    gives(&staffed, assign(CYD, ADA), assigned(ADA));
    let with_plan = and(staffed, [assigned(ADA)]);
    changes_nothing(&with_plan, assign(CYD, ADA));
    assert_eq!(given(&with_plan).role_in(PLAN, DEE), Some(Role::SalesManager));
    let ends = [
        WorkspaceEvent::PlanUnassigned { plan: PLAN, by: ADA },
        WorkspaceEvent::TeamRemoved { team: TEAM, by: ADA },
        is_set(DEE, false),
        WorkspaceEvent::TeamMemberRemoved {
            team: TEAM,
            person: DEE,
            by: ADA,
        },
    ];
    for end in ends {
        let state = given(&and(with_plan.clone(), [end.clone()]));
        assert_eq!(state.role_in(PLAN, DEE), None, "{end:?}");
    }
}

#[test]
fn of_what_a_manager_is_named_and_what_they_are_by_their_team_the_stronger_counts() {
    let with_plan = and(a_team(), [team_made(), is_set(DEE, true), assigned(ADA)]);
    for (named, counts) in [
        (Role::Observer, Role::SalesManager),
        (Role::CustomerContact, Role::SalesManager),
        (Role::Seller, Role::Seller),
        (Role::Facilitator, Role::Facilitator),
    ] {
        let state = given(&and(with_plan.clone(), [role(DEE, named)]));
        assert_eq!(state.role_in(PLAN, DEE), Some(counts));
    }
}

#[test]
fn nobody_makes_themselves_the_reader_of_a_plan() {
    let admin = WorkspaceEvent::AdministratorSet {
        person: DEE,
        administrator: true,
        by: ADA,
    };
    let before = and(a_team(), [admin, team_made()]);
    refuses(&before, set(DEE, true, DEE), Refused::RaisesSelf);
    gives(
        &before,
        set(DEE, false, DEE),
        WorkspaceEvent::TeamMemberSet {
            team: TEAM,
            person: DEE,
            manager: false,
            by: DEE,
        },
    );
    let managed = and(before, [is_set(DEE, true)]);
    refuses(&managed, assign(CYD, DEE), Refused::RaisesSelf);
    // Whoever decides about the plan may hand it to the team.
    gives(&managed, assign(CYD, BOB), assigned(BOB));
}

#[test]
fn a_plan_is_owed_by_somebody_who_reads_it_on_a_day_that_there_is() {
    let before = and(a_team(), [team_made()]);
    refuses(&before, assign(DEE, ADA), Refused::NotMember);
    refuses(&before, assign(CYD, CYD), Refused::NotAllowed(Right::ManageMembers));
    refuses(&before, assign(CYD, DEE), Refused::NoSuchPlan);
    refuses(&a_team(), assign(CYD, ADA), Refused::NoSuchTeam);
    let on = |due: &str| Command::AssignPlan {
        plan: PLAN,
        to: CYD,
        team: None,
        due: Some(due.to_owned()),
        by: ADA,
    };
    for due in ["2026-02-30", "soon", "2026-1-1", ""] {
        refuses(&before, on(due), Refused::BadDay(due.to_owned()));
    }
    let unassign = Command::UnassignPlan { plan: PLAN, by: ADA };
    changes_nothing(&before, unassign.clone());
    let owed = and(before, [assigned(ADA)]);
    gives(&owed, unassign, WorkspaceEvent::PlanUnassigned { plan: PLAN, by: ADA });
}
