//! Who runs the workspace, who is a guest, who is shut out.

use super::*;
use crate::SESSION_LIFETIME_MS;

fn set_administrator(person: PersonId, administrator: bool, by: PersonId) -> Command {
    Command::SetAdministrator {
        person,
        administrator,
        by,
    }
}

fn administrator_set(person: PersonId, administrator: bool, by: PersonId) -> WorkspaceEvent {
    WorkspaceEvent::AdministratorSet {
        person,
        administrator,
        by,
    }
}

#[test]
fn only_administrators_say_who_is_of_the_workspace() {
    let commands = |by| {
        [
            Command::AddPerson {
                person: PersonId(Uuid::from_u128(9)),
                email: "new@example.com".to_owned(),
                name: String::new(),
                administrator: false,
                by,
            },
            set_administrator(CYD, true, by),
            Command::SetGuest {
                person: CYD,
                guest: true,
                by,
            },
            Command::DeactivatePerson { person: CYD, by },
            Command::ReactivatePerson { person: CYD, by },
        ]
    };
    for command in commands(BOB) {
        refuses(&a_team(), command, Refused::NotAdministrator);
    }
    for command in commands(ADA).into_iter().chain(commands(PersonId::SERVER)) {
        assert!(decide(&given(&a_team()), NOW, command.clone()).is_ok(), "{command:?}");
    }
}

#[test]
fn nobody_is_added_under_the_servers_own_id() {
    let add = Command::AddPerson {
        person: PersonId::SERVER,
        email: "new@example.com".to_owned(),
        name: String::new(),
        administrator: false,
        by: ADA,
    };
    refuses(&a_team(), add, Refused::UnknownPerson);
}

#[test]
fn the_last_administrator_stays_one_and_stays() {
    refuses(
        &a_team(),
        set_administrator(ADA, false, ADA),
        Refused::LastAdministrator,
    );
    let out = Command::DeactivatePerson { person: ADA, by: ADA };
    refuses(&a_team(), out.clone(), Refused::LastAdministrator);

    let two = and(a_team(), [administrator_set(BOB, true, ADA)]);
    gives(
        &two,
        set_administrator(ADA, false, BOB),
        administrator_set(ADA, false, BOB),
    );
    gives(&two, out, WorkspaceEvent::PersonDeactivated { person: ADA, by: ADA });

    // An administrator who cannot sign in runs nothing.
    let shut_out = and(two, [WorkspaceEvent::PersonDeactivated { person: BOB, by: ADA }]);
    refuses(
        &shut_out,
        set_administrator(ADA, false, ADA),
        Refused::LastAdministrator,
    );
    refuses(&shut_out, set_administrator(CYD, true, BOB), Refused::NotAdministrator);
}

#[test]
fn who_is_shut_out_loses_all_that_lets_them_in_and_comes_back_with_their_roles() {
    let session = WorkspaceEvent::SignedIn {
        person: CYD,
        link: digest(9),
        session: digest(1),
        expires: TimestampMs(NOW.0 + SESSION_LIFETIME_MS),
    };
    let token = WorkspaceEvent::TokenCreated {
        person: CYD,
        name: "ci".to_owned(),
        digest: digest(2),
    };
    let inside = and(a_team(), [session, token, link(CYD, 3, NOW)]);
    let lets_in = |state: &State| {
        [
            state.session(&digest(1), NOW).is_some(),
            state.token(&digest(2), NOW).is_some(),
            state.link(&digest(3), NOW).is_some(),
        ]
    };
    assert_eq!(lets_in(&given(&inside)), [true; 3]);

    let shut_out = and(inside, [WorkspaceEvent::PersonDeactivated { person: CYD, by: ADA }]);
    let state = given(&shut_out);
    assert_eq!(lets_in(&state), [false; 3]);
    assert_eq!(state.role_in(PLAN, CYD), None);
    assert_eq!(state.person(CYD).map(|record| record.name.as_str()), Some("Somebody"));

    let back = Command::ReactivatePerson { person: CYD, by: ADA };
    let back_again = WorkspaceEvent::PersonReactivated { person: CYD, by: ADA };
    gives(&shut_out, back, back_again.clone());
    let state = given(&and(shut_out, [back_again]));
    assert_eq!(lets_in(&state), [false; 3], "they sign in anew");
    assert_eq!(state.role_in(PLAN, CYD), Some(Role::Seller));
}

#[test]
fn a_guest_has_the_plans_they_are_named_in_and_makes_none() {
    let guest = WorkspaceEvent::GuestSet {
        person: CYD,
        guest: true,
        by: ADA,
    };
    let before = and(a_team(), [plan_made(COPY), access(COPY, Some(Role::Seller)), guest]);
    let state = given(&before);
    assert_eq!(state.role_in(PLAN, CYD), Some(Role::Seller));
    assert_eq!(state.role_in(COPY, CYD), None);
    assert_eq!(state.role_in(COPY, DEE), Some(Role::Seller));
    let create = Command::CreatePlan {
        plan: PlanId(Uuid::from_u128(12)),
        name: "Mine".to_owned(),
        by: CYD,
        copied_from: None,
        everyone: None,
    };
    refuses(&before, create, Refused::Guest);
}

#[test]
fn an_administrator_who_is_a_guest_does_not_lift_that() {
    let guest = WorkspaceEvent::GuestSet {
        person: ADA,
        guest: true,
        by: BOB,
    };
    let lift = Command::SetGuest {
        person: ADA,
        guest: false,
        by: ADA,
    };
    refuses(&and(a_team(), [guest]), lift, Refused::RaisesSelf);
}

#[test]
fn who_has_never_come_is_taken_away_with_all_that_was_promised_them() {
    let remove = |person, by| Command::RemovePerson { person, by };
    let gone = WorkspaceEvent::PersonRemoved { person: DEE, by: ADA };
    let asked = WorkspaceEvent::Invited {
        plan: PLAN,
        person: DEE,
        role: Role::Expert,
        note: String::new(),
        by: ADA,
    };
    let before = and(a_team(), [asked]);
    gives(&before, remove(DEE, ADA), gone.clone());
    refuses(&before, remove(DEE, BOB), Refused::NotAdministrator);
    refuses(&before, remove(ADA, ADA), Refused::LastAdministrator);
    let owns_alone = [
        role(DEE, Role::ClientExecutive),
        WorkspaceEvent::RoleTaken {
            plan: PLAN,
            person: ADA,
            by: ADA,
        },
    ];
    refuses(&and(a_team(), owns_alone), remove(DEE, ADA), Refused::LastExecutive);

    let state = given(&and(before.clone(), [gone]));
    assert_eq!(state.person(DEE), None);
    assert_eq!(state.person_by_email("dee@example.com"), None);
    let record = state.plan(PLAN).expect("it is there");
    assert!(record.invitations.is_empty());
    assert_eq!(state.name_of(DEE), Some("Somebody"), "the audit still names them");

    let came = WorkspaceEvent::SignedIn {
        person: DEE,
        link: digest(1),
        session: digest(2),
        expires: NOW,
    };
    refuses(&and(before.clone(), [came]), remove(DEE, ADA), Refused::HasCome);
    let program = WorkspaceEvent::TokenCreated {
        person: DEE,
        name: "CRM".to_owned(),
        digest: digest(3),
    };
    refuses(&and(before, [program]), remove(DEE, ADA), Refused::HasCome);
}

#[test]
fn who_was_given_a_plan_while_its_executive_was_shut_out_is_known_when_they_are_back() {
    let mut state = given(&and(a_team(), [role(ADA, Role::ClientExecutive)]));
    assert_eq!(state.named_while_away(ADA), []);
    let at = |ms: i64| TimestampMs(NOW.0 + ms);
    state.evolve(at(1), &WorkspaceEvent::PersonDeactivated { person: ADA, by: DEE });
    let given_by_dee = WorkspaceEvent::RoleGiven {
        plan: PLAN,
        person: BOB,
        role: Role::ClientExecutive,
        by: DEE,
    };
    state.evolve(at(2), &given_by_dee);
    assert_eq!(state.named_while_away(ADA), [], "not before they are back");
    state.evolve(at(3), &WorkspaceEvent::PersonReactivated { person: ADA, by: DEE });
    let named = crate::Named {
        plan: PLAN,
        person: BOB,
        by: DEE,
    };
    assert_eq!(state.named_while_away(ADA), [named]);
    assert_eq!(state.named_while_away(BOB), []);
    state.evolve(at(4), &role(CYD, Role::ClientExecutive));
    assert_eq!(state.named_while_away(ADA), [named], "what happens later is seen");
}
