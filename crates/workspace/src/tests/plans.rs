//! Plans: made, copied, named, put away, taken to another stage; who may.

use domain::{Right, Stage};

use super::*;

#[test]
fn a_plan_is_made_renamed_put_away_and_brought_back() {
    let person = added(ADA, "ada@example.com", true);
    let create = Command::CreatePlan {
        plan: PLAN,
        name: " Sonnenberg ".to_owned(),
        by: ADA,
        copied_from: None,
        everyone: None,
    };
    check(
        std::slice::from_ref(&person),
        create.clone(),
        &Ok(vec![plan_made(PLAN), access(PLAN, None)]),
    );
    let made = [person, plan_made(PLAN)];
    check(&made, create, &Err(Refused::PlanExists));

    let rename = |name: &str| Command::RenamePlan {
        plan: PLAN,
        name: name.to_owned(),
        by: ADA,
    };
    let renamed = WorkspaceEvent::PlanRenamed {
        plan: PLAN,
        name: "Sonnenberg AG".to_owned(),
        by: ADA,
    };
    check(&made, rename("Sonnenberg AG"), &Ok(vec![renamed]));
    check(&made, rename("Sonnenberg"), &Ok(vec![]));
    check(&made, rename("two\nlines"), &Err(Refused::BadName));
    for bad in [
        " ",
        "\u{200b}",
        "\u{feff}\u{2060} ",
        "two\u{2028}lines",
        "gnp\u{202e}.exe",
        "\u{2067}x",
    ] {
        check(&made, rename(bad), &Err(Refused::BadName));
    }
    // Emoji and scripts that need joiners keep them.
    let family = WorkspaceEvent::PlanRenamed {
        plan: PLAN,
        name: "\u{1f469}\u{200d}\u{1f467}".to_owned(),
        by: ADA,
    };
    check(&made, rename("\u{1f469}\u{200d}\u{1f467}"), &Ok(vec![family]));

    let archive = Command::ArchivePlan { plan: PLAN, by: ADA };
    let archived = WorkspaceEvent::PlanArchived { plan: PLAN, by: ADA };
    check(&made, archive.clone(), &Ok(vec![archived.clone()]));
    let away = [made.to_vec(), vec![archived]].concat();
    check(&away, archive, &Ok(vec![]));
    check(&away, rename("Other"), &Err(Refused::PlanArchived));
    let restore = Command::RestorePlan { plan: PLAN, by: ADA };
    check(
        &away,
        restore.clone(),
        &Ok(vec![WorkspaceEvent::PlanRestored { plan: PLAN, by: ADA }]),
    );
    check(&made, restore, &Ok(vec![]));
}

#[test]
fn a_copy_needs_its_source_and_a_plan_its_person() {
    let made = [added(ADA, "ada@example.com", true), plan_made(PLAN)];
    let copy = |from, by| Command::CreatePlan {
        plan: COPY,
        name: "Copy".to_owned(),
        by,
        copied_from: Some(from),
        everyone: None,
    };
    check(&made, copy(COPY, ADA), &Err(Refused::NoSuchPlan));
    check(&made, copy(PLAN, BOB), &Err(Refused::UnknownPerson));
    let copied = WorkspaceEvent::PlanCreated {
        plan: COPY,
        name: "Copy".to_owned(),
        by: ADA,
        copied_from: Some(PLAN),
    };
    check(&made, copy(PLAN, ADA), &Ok(vec![copied, access(COPY, None)]));
}

#[test]
fn no_plan_takes_the_workspaces_own_stream() {
    let made = [added(ADA, "ada@example.com", true)];
    let create = Command::CreatePlan {
        plan: PlanId(Uuid::nil()),
        name: "Nil".to_owned(),
        by: ADA,
        copied_from: None,
        everyone: None,
    };
    check(&made, create, &Err(Refused::PlanExists));
}

fn commands_by(by: PersonId) -> [(Right, Command); 6] {
    let plan = PLAN;
    let (name, stage, everyone) = ("Other".to_owned(), Stage::Workshop, Some(Role::Observer));
    [
        (Right::Rename, Command::RenamePlan { plan, name, by }),
        (Right::Archive, Command::ArchivePlan { plan, by }),
        (Right::Archive, Command::RestorePlan { plan, by }),
        (Right::SetStage, Command::SetStage { plan, stage, by }),
        (Right::ManageMembers, Command::SetAccess { plan, everyone, by }),
        (
            Right::ManageMembers,
            Command::GiveRole {
                plan,
                person: DEE,
                role: Role::Observer,
                by,
            },
        ),
    ]
}

#[test]
fn each_role_does_to_a_plan_what_the_table_says_and_no_more() {
    for held in Role::ALL {
        let before = and(a_team(), [role(CYD, held)]);
        for (right, command) in commands_by(CYD) {
            let found = decide(&given(&before), NOW, command.clone());
            let expected = if !held.may(Right::Read) {
                Err(Refused::NoSuchPlan)
            } else if held.may(right) {
                Ok(())
            } else {
                Err(Refused::NotAllowed(right))
            };
            assert_eq!(found.map(drop), expected, "{held}: {command:?}");
        }
    }
}

#[test]
fn who_has_no_part_in_a_plan_is_told_that_there_is_none() {
    for (_, command) in commands_by(DEE) {
        refuses(&a_team(), command, Refused::NoSuchPlan);
    }
    let copy = Command::CreatePlan {
        plan: COPY,
        name: "Copy".to_owned(),
        by: DEE,
        copied_from: Some(PLAN),
        everyone: None,
    };
    refuses(&a_team(), copy, Refused::NoSuchPlan);
}

#[test]
fn a_copy_is_for_who_may_rename() {
    let copy = |by| Command::CreatePlan {
        plan: COPY,
        name: "Copy".to_owned(),
        by,
        copied_from: Some(PLAN),
        everyone: None,
    };
    refuses(&a_team(), copy(CYD), Refused::NotAllowed(Right::Rename));
    assert!(decide(&given(&a_team()), NOW, copy(BOB)).is_ok());
}

#[test]
fn a_plan_of_before_there_were_roles_is_everyones_to_write_and_its_makers_to_own() {
    let before = [
        added(ADA, "ada@example.com", true),
        added(BOB, "bob@example.com", false),
        plan_made(PLAN),
    ];
    let state = given(&before);
    assert_eq!(state.role_in(PLAN, ADA), Some(Role::ClientExecutive));
    assert_eq!(state.role_in(PLAN, BOB), Some(Role::Seller));
    assert_eq!(state.role_in(PLAN, CYD), None, "is not of the workspace");
}

#[test]
fn a_new_plan_is_its_members_alone_unless_its_maker_says_otherwise() {
    let people = vec![
        added(ADA, "ada@example.com", true),
        added(BOB, "bob@example.com", false),
    ];
    let create = |everyone| Command::CreatePlan {
        plan: PLAN,
        name: "Sonnenberg".to_owned(),
        by: ADA,
        copied_from: None,
        everyone,
    };
    for everyone in [None, Some(Role::Seller), Some(Role::Observer)] {
        let made = decide(&given(&people), NOW, create(everyone)).expect("it can be made");
        let state = given(&and(people.clone(), made));
        assert_eq!(state.role_in(PLAN, BOB), everyone);
        assert_eq!(state.role_in(PLAN, ADA), Some(Role::ClientExecutive));
    }
    for role in [
        Role::ClientExecutive,
        Role::Facilitator,
        Role::SalesManager,
        Role::CustomerContact,
    ] {
        refuses(&people, create(Some(role)), Refused::NotForEveryone(role));
        let set = Command::SetAccess {
            plan: PLAN,
            everyone: Some(role),
            by: ADA,
        };
        refuses(&a_team(), set, Refused::NotForEveryone(role));
    }
}

#[test]
fn a_plan_is_taken_from_stage_to_stage_while_it_is_not_put_away() {
    let to = |stage| Command::SetStage {
        plan: PLAN,
        stage,
        by: BOB,
    };
    changes_nothing(&a_team(), to(Stage::PreWork));
    let set = WorkspaceEvent::StageSet {
        plan: PLAN,
        stage: Stage::Workshop,
        by: BOB,
    };
    gives(&a_team(), to(Stage::Workshop), set.clone());
    let state = given(&and(a_team(), [set]));
    assert_eq!(
        state.standing_in(PLAN, CYD).map(|standing| standing.stage),
        Some(Stage::Workshop)
    );
    let away = WorkspaceEvent::PlanArchived { plan: PLAN, by: ADA };
    refuses(&and(a_team(), [away]), to(Stage::Workshop), Refused::PlanArchived);
}

#[test]
fn a_room_hears_the_same_as_is_answered_one_by_one() {
    let team = domain::ids::TeamId(Uuid::from_u128(20));
    let before = and(
        a_team(),
        [
            access(PLAN, Some(Role::Expert)),
            WorkspaceEvent::TeamMade {
                team,
                name: "North".to_owned(),
                by: ADA,
            },
            WorkspaceEvent::TeamMemberSet {
                team,
                person: DEE,
                manager: true,
                by: ADA,
            },
            WorkspaceEvent::PlanAssigned {
                plan: PLAN,
                to: CYD,
                team: Some(team),
                due: None,
                by: ADA,
            },
            WorkspaceEvent::GuestSet {
                person: BOB,
                guest: true,
                by: ADA,
            },
            WorkspaceEvent::PersonDeactivated { person: CYD, by: ADA },
            added(PersonId(Uuid::from_u128(5)), "eve@example.com", false),
            added(PersonId(Uuid::from_u128(6)), "gus@example.com", false),
            WorkspaceEvent::GuestSet {
                person: PersonId(Uuid::from_u128(6)),
                guest: true,
                by: ADA,
            },
        ],
    );
    let state = given(&before);
    let access = state.access(PLAN).expect("the plan is there");
    for person in state.people().keys() {
        let heard = if access.without.contains(person) {
            None
        } else {
            access.roles.get(person).copied().or(access.everyone)
        };
        assert_eq!(heard, state.role_in(PLAN, *person), "{person}");
    }
    assert_eq!(state.role_in(PLAN, DEE), Some(Role::SalesManager));
    assert_eq!(state.access(COPY), None);
}

#[test]
fn the_plans_of_a_person_are_those_they_may_read() {
    let state = given(&and(
        a_team(),
        [plan_made(COPY), access(COPY, Some(Role::CustomerContact))],
    ));
    let plans = |person| state.readable_plans(person).map(|(id, _)| id).collect::<Vec<_>>();
    assert_eq!(plans(ADA), [PLAN, COPY]);
    assert_eq!(plans(CYD), [PLAN]);
    assert!(
        plans(DEE).is_empty(),
        "a customer contact sees what is published, and that is not the plan"
    );
}

#[test]
fn people_know_those_with_whom_they_share_a_plan() {
    let state = given(&a_team());
    assert_eq!(state.companions(CYD), [ADA, BOB, CYD].into());
    assert_eq!(state.companions(DEE), [DEE].into());
    let open = given(&and(a_team(), [access(PLAN, Some(Role::Observer))]));
    assert_eq!(open.companions(DEE), [ADA, BOB, CYD, DEE].into());
}
