//! Roles in a plan: who gives and takes them.

use domain::Right;

use super::*;

fn give(person: PersonId, role: Role, by: PersonId) -> Command {
    Command::GiveRole {
        plan: PLAN,
        person,
        role,
        by,
    }
}

fn given_by(person: PersonId, role: Role, by: PersonId) -> WorkspaceEvent {
    WorkspaceEvent::RoleGiven {
        plan: PLAN,
        person,
        role,
        by,
    }
}

fn take(person: PersonId, by: PersonId) -> Command {
    Command::TakeRole { plan: PLAN, person, by }
}

fn taken(person: PersonId, by: PersonId) -> WorkspaceEvent {
    WorkspaceEvent::RoleTaken { plan: PLAN, person, by }
}

#[test]
fn a_role_is_given_changed_and_taken() {
    gives(
        &a_team(),
        give(DEE, Role::Expert, BOB),
        given_by(DEE, Role::Expert, BOB),
    );
    changes_nothing(&a_team(), give(CYD, Role::Seller, BOB));
    gives(
        &a_team(),
        give(CYD, Role::Observer, BOB),
        given_by(CYD, Role::Observer, BOB),
    );
    gives(&a_team(), take(CYD, BOB), taken(CYD, BOB));
    refuses(&a_team(), take(DEE, BOB), Refused::NotMember);
    refuses(
        &a_team(),
        give(DEE, Role::Expert, CYD),
        Refused::NotAllowed(Right::ManageMembers),
    );
    let nobody = PersonId(Uuid::from_u128(99));
    refuses(&a_team(), give(nobody, Role::Expert, BOB), Refused::UnknownPerson);
    assert_eq!(given(&and(a_team(), [taken(CYD, BOB)])).role_in(PLAN, CYD), None);
}

#[test]
fn only_a_client_executive_makes_and_unmakes_one() {
    refuses(
        &a_team(),
        give(CYD, Role::ClientExecutive, BOB),
        Refused::AboveYou(Role::ClientExecutive),
    );
    refuses(
        &a_team(),
        give(BOB, Role::ClientExecutive, BOB),
        Refused::AboveYou(Role::ClientExecutive),
    );
    let two = and(a_team(), [role(CYD, Role::ClientExecutive)]);
    for command in [give(ADA, Role::Seller, BOB), take(ADA, BOB)] {
        refuses(&two, command, Refused::AboveYou(Role::ClientExecutive));
    }
    gives(&two, give(ADA, Role::Seller, CYD), given_by(ADA, Role::Seller, CYD));
    gives(
        &a_team(),
        give(BOB, Role::ClientExecutive, ADA),
        given_by(BOB, Role::ClientExecutive, ADA),
    );
}

#[test]
fn the_last_client_executive_neither_leaves_nor_becomes_something_else() {
    for command in [take(ADA, ADA), give(ADA, Role::Seller, ADA)] {
        refuses(&a_team(), command, Refused::LastExecutive);
    }
    // One who cannot sign in owns nothing.
    let shut_out = [
        role(CYD, Role::ClientExecutive),
        WorkspaceEvent::PersonDeactivated { person: CYD, by: ADA },
    ];
    refuses(&and(a_team(), shut_out), take(ADA, ADA), Refused::LastExecutive);
    let two = and(a_team(), [role(CYD, Role::ClientExecutive)]);
    gives(&two, take(ADA, ADA), taken(ADA, ADA));
}

#[test]
fn who_has_a_role_lays_it_down_unless_that_gave_them_more() {
    gives(&a_team(), take(CYD, CYD), taken(CYD, CYD));
    refuses(&a_team(), take(DEE, DEE), Refused::NoSuchPlan);
    let open = and(a_team(), [access(PLAN, Some(Role::Seller)), role(CYD, Role::Observer)]);
    refuses(&open, take(CYD, CYD), Refused::RaisesSelf);
    refuses(&open, take(DEE, DEE), Refused::NotMember);
    let contact = and(a_team(), [role(CYD, Role::CustomerContact)]);
    gives(&contact, take(CYD, CYD), taken(CYD, CYD));
}

#[test]
fn what_one_is_named_counts_before_what_everyone_is() {
    let open = and(a_team(), [access(PLAN, Some(Role::Seller)), role(CYD, Role::Observer)]);
    let state = given(&open);
    assert_eq!(state.role_in(PLAN, CYD), Some(Role::Observer));
    assert_eq!(state.role_in(PLAN, DEE), Some(Role::Seller));
    assert_eq!(state.role_in(PLAN, BOB), Some(Role::Facilitator));
}

/// Dee runs the workspace and has no part in the plan.
fn with_an_administrator() -> Vec<WorkspaceEvent> {
    let event = WorkspaceEvent::AdministratorSet {
        person: DEE,
        administrator: true,
        by: ADA,
    };
    and(a_team(), [event])
}

#[test]
fn an_administrator_has_no_say_in_a_plan_that_somebody_owns() {
    for role in Role::ALL {
        refuses(&with_an_administrator(), give(CYD, role, DEE), Refused::NoSuchPlan);
    }
    refuses(&with_an_administrator(), take(CYD, DEE), Refused::NoSuchPlan);
}

#[test]
fn an_administrator_gives_a_plan_that_nobody_owns_to_somebody_else() {
    let left = WorkspaceEvent::PersonDeactivated { person: ADA, by: DEE };
    let orphaned = and(with_an_administrator(), [left]);
    let to_cyd = given_by(CYD, Role::ClientExecutive, DEE);
    gives(&orphaned, give(CYD, Role::ClientExecutive, DEE), to_cyd.clone());
    refuses(&orphaned, give(DEE, Role::ClientExecutive, DEE), Refused::RaisesSelf);
    refuses(&orphaned, give(CYD, Role::Facilitator, DEE), Refused::NoSuchPlan);
    refuses(
        &orphaned,
        give(CYD, Role::ClientExecutive, BOB),
        Refused::AboveYou(Role::ClientExecutive),
    );
    refuses(
        &and(orphaned, [to_cyd]),
        give(BOB, Role::ClientExecutive, DEE),
        Refused::NoSuchPlan,
    );
}

#[test]
fn the_owner_of_the_data_folder_gives_any_role() {
    let by = PersonId::SERVER;
    gives(
        &a_team(),
        give(DEE, Role::ClientExecutive, by),
        given_by(DEE, Role::ClientExecutive, by),
    );
    refuses(&a_team(), take(ADA, by), Refused::LastExecutive);
}

#[test]
fn a_plan_takes_so_many_members() {
    let first = 1_000;
    let many = (first..first + crate::MEMBERS_PER_PLAN_MAX as u128)
        .map(|n| role(PersonId(Uuid::from_u128(n)), Role::Observer));
    let full = and(a_team(), many);
    let too_many = Refused::TooMany {
        what: "members of a plan",
        max: crate::MEMBERS_PER_PLAN_MAX,
    };
    refuses(&full, give(DEE, Role::Observer, BOB), too_many);
    gives(&full, give(CYD, Role::Expert, BOB), given_by(CYD, Role::Expert, BOB));
}
