//! Asking somebody to take part in a plan, and their answer.

use domain::Right;
use domain::event::Reply;

use super::*;

const EVE: PersonId = PersonId(Uuid::from_u128(5));

fn invite(email: &str, role: Role, by: PersonId) -> Command {
    Command::Invite {
        plan: PLAN,
        email: email.to_owned(),
        name: String::new(),
        newcomer: EVE,
        role,
        note: " Come along\nto the workshop ".to_owned(),
        by,
    }
}

fn invited(person: PersonId, role: Role, by: PersonId) -> WorkspaceEvent {
    WorkspaceEvent::Invited {
        plan: PLAN,
        person,
        role,
        note: "Come along\nto the workshop".to_owned(),
        by,
    }
}

fn answer(person: PersonId, reply: Reply) -> Command {
    Command::AnswerInvitation {
        plan: PLAN,
        person,
        reply,
        note: "Well".to_owned(),
        by: person,
    }
}

fn answered(person: PersonId, reply: Reply) -> WorkspaceEvent {
    WorkspaceEvent::InvitationAnswered {
        plan: PLAN,
        person,
        reply,
        note: "Well".to_owned(),
        by: person,
    }
}

#[test]
fn somebody_new_is_added_as_a_guest_unless_an_administrator_asks_them() {
    let person = WorkspaceEvent::PersonAdded {
        person: EVE,
        email: "eve@partner.example".to_owned(),
        name: "Eve".to_owned(),
        administrator: false,
    };
    let guest = WorkspaceEvent::GuestSet {
        person: EVE,
        guest: true,
        by: BOB,
    };
    let asked = invited(EVE, Role::Expert, BOB);
    check(
        &a_team(),
        invite("Eve@partner.example", Role::Expert, BOB),
        &Ok(vec![person.clone(), guest, asked]),
    );
    check(
        &a_team(),
        invite("Eve@partner.example", Role::Expert, ADA),
        &Ok(vec![person, invited(EVE, Role::Expert, ADA)]),
    );
}

#[test]
fn who_is_asked_has_no_role_until_they_accept() {
    let asked = and(a_team(), [invited(DEE, Role::Expert, BOB)]);
    assert_eq!(given(&asked).role_in(PLAN, DEE), None);
    gives(&asked, answer(DEE, Reply::Accepted), answered(DEE, Reply::Accepted));
    let accepted = and(asked.clone(), [answered(DEE, Reply::Accepted)]);
    assert_eq!(given(&accepted).role_in(PLAN, DEE), Some(Role::Expert));
    changes_nothing(&accepted, answer(DEE, Reply::Accepted));
    refuses(&accepted, answer(DEE, Reply::Declined), Refused::AlreadyMember);

    let declined = and(asked, [answered(DEE, Reply::Declined)]);
    assert_eq!(given(&declined).role_in(PLAN, DEE), None);
    refuses(&declined, answer(DEE, Reply::Accepted), Refused::InvitationGone);
    gives(
        &declined,
        invite("dee@example.com", Role::Expert, BOB),
        invited(DEE, Role::Expert, BOB),
    );
}

#[test]
fn what_somebody_asked_who_may_no_more_is_asked_again_in_the_same_words() {
    let asked = and(a_team(), [invited(DEE, Role::Facilitator, BOB)]);
    changes_nothing(&asked, invite("dee@example.com", Role::Facilitator, ADA));
    let lost = and(asked, [role(BOB, Role::Seller)]);
    gives(
        &lost,
        invite("dee@example.com", Role::Facilitator, ADA),
        invited(DEE, Role::Facilitator, ADA),
    );
}

/// `count` people whom somebody brought in by invitations.
fn brought(by: PersonId, from: u128, count: usize) -> Vec<WorkspaceEvent> {
    let people = (from..).take(count).map(|n| PersonId(Uuid::from_u128(n)));
    let events = people.flat_map(|person| {
        let guest = WorkspaceEvent::GuestSet {
            person,
            guest: true,
            by,
        };
        [added(person, &format!("{person}@made-up.example"), false), guest]
    });
    events.collect()
}

#[test]
fn who_invites_brings_in_so_many_who_have_not_come() {
    const MANY: usize = crate::NEWCOMERS_PER_INVITER_MAX;
    let eve = || invite("eve@partner.example", Role::Expert, BOB);
    let almost = and(a_team(), brought(BOB, 1_000, MANY - 1));
    assert!(decide(&given(&almost), NOW, eve()).is_ok());
    let full = and(a_team(), brought(BOB, 1_000, MANY));
    assert!(matches!(
        decide(&given(&full), NOW, eve()),
        Err(Refused::TooMany { max: MANY, .. })
    ));
    // Who is here already is asked; an administrator brings whom they like; so does somebody else.
    let known = decide(&given(&full), NOW, invite("dee@example.com", Role::Expert, BOB));
    assert!(known.is_ok());
    let by_ada = decide(&given(&full), NOW, invite("eve@partner.example", Role::Expert, ADA));
    assert!(by_ada.is_ok());
    // One of them comes: there is room for one more.
    let came = PersonId(Uuid::from_u128(1_000));
    let sign_in = WorkspaceEvent::SignedIn {
        person: came,
        link: digest(1),
        session: digest(2),
        expires: NOW,
    };
    let one_came = and(full.clone(), [sign_in]);
    assert!(decide(&given(&one_came), NOW, eve()).is_ok());
    // Or is taken away.
    let removed = WorkspaceEvent::PersonRemoved { person: came, by: ADA };
    assert!(decide(&given(&and(full, [removed])), NOW, eve()).is_ok());
}

#[test]
fn invitations_leave_places_for_those_whom_administrators_add() {
    let free = crate::PEOPLE_MAX - crate::PEOPLE_KEPT;
    // All by one who is not there: what they brought counts for nobody else.
    let full = and(a_team(), brought(EVE, 1_000, free - 4));
    let refused = decide(&given(&full), NOW, invite("eve@partner.example", Role::Expert, BOB));
    assert!(matches!(refused, Err(Refused::TooMany { .. })), "{refused:?}");
    let by_ada = decide(&given(&full), NOW, invite("eve@partner.example", Role::Expert, ADA));
    assert!(by_ada.is_ok());
    let on_the_command_line = Command::IssueLink {
        email: "fay@example.com".to_owned(),
        newcomer: EVE,
        digest: digest(1),
    };
    assert!(decide(&given(&full), NOW, on_the_command_line).is_ok());
}

#[test]
fn nobody_answers_for_another_or_without_being_asked() {
    let asked = and(a_team(), [invited(DEE, Role::Expert, BOB)]);
    let mut forged = answer(DEE, Reply::Accepted);
    if let Command::AnswerInvitation { by, .. } = &mut forged {
        *by = BOB;
    }
    refuses(&asked, forged, Refused::NotYours);
    refuses(&a_team(), answer(DEE, Reply::Accepted), Refused::InvitationGone);
    let gone = WorkspaceEvent::InvitationWithdrawn {
        plan: PLAN,
        person: DEE,
        by: BOB,
    };
    let withdraw = |by| Command::WithdrawInvitation {
        plan: PLAN,
        person: DEE,
        by,
    };
    gives(&asked, withdraw(BOB), gone.clone());
    refuses(&asked, withdraw(CYD), Refused::NotAllowed(Right::ManageMembers));
    refuses(&asked, withdraw(DEE), Refused::NoSuchPlan);
    let withdrawn = and(asked, [gone]);
    refuses(&withdrawn, answer(DEE, Reply::Accepted), Refused::InvitationGone);
    refuses(&withdrawn, withdraw(BOB), Refused::InvitationGone);
}

#[test]
fn asking_is_for_who_gives_roles_and_to_no_role_above_theirs() {
    let dee = "dee@example.com";
    refuses(
        &a_team(),
        invite(dee, Role::Observer, CYD),
        Refused::NotAllowed(Right::ManageMembers),
    );
    refuses(&a_team(), invite(dee, Role::Observer, DEE), Refused::NoSuchPlan);
    refuses(
        &a_team(),
        invite(dee, Role::ClientExecutive, BOB),
        Refused::AboveYou(Role::ClientExecutive),
    );
    refuses(
        &a_team(),
        invite("cyd@example.com", Role::Expert, BOB),
        Refused::AlreadyMember,
    );
    let shut_out = and(a_team(), [WorkspaceEvent::PersonDeactivated { person: DEE, by: ADA }]);
    refuses(&shut_out, invite(dee, Role::Observer, BOB), Refused::Inactive);
    // What an executive asked, a facilitator does not take back or lower.
    let by_ada = and(a_team(), [invited(DEE, Role::ClientExecutive, ADA)]);
    let withdraw = Command::WithdrawInvitation {
        plan: PLAN,
        person: DEE,
        by: BOB,
    };
    for command in [withdraw, invite(dee, Role::Observer, BOB)] {
        refuses(&by_ada, command, Refused::AboveYou(Role::ClientExecutive));
    }
}

#[test]
fn to_ask_again_takes_the_place_of_what_was_asked_before() {
    let asked = and(a_team(), [invited(DEE, Role::Facilitator, ADA)]);
    let dee = "dee@example.com";
    changes_nothing(&asked, invite(dee, Role::Facilitator, ADA));
    gives(
        &asked,
        invite(dee, Role::Observer, ADA),
        invited(DEE, Role::Observer, ADA),
    );
    let lowered = and(
        asked,
        [invited(DEE, Role::Observer, ADA), answered(DEE, Reply::Accepted)],
    );
    assert_eq!(given(&lowered).role_in(PLAN, DEE), Some(Role::Observer));
}

#[test]
fn an_old_invitation_does_not_overrule_a_role_that_was_given_or_taken_since() {
    let asked = and(a_team(), [invited(DEE, Role::Facilitator, ADA)]);
    let named = and(asked, [role(DEE, Role::Observer)]);
    refuses(&named, answer(DEE, Reply::Accepted), Refused::InvitationGone);

    let accepted = and(
        a_team(),
        [invited(DEE, Role::Facilitator, ADA), answered(DEE, Reply::Accepted)],
    );
    let taken = WorkspaceEvent::RoleTaken {
        plan: PLAN,
        person: DEE,
        by: ADA,
    };
    let out = and(accepted, [taken]);
    refuses(&out, answer(DEE, Reply::Accepted), Refused::InvitationGone);
}

#[test]
fn words_to_an_invited_person_have_a_limit() {
    let long = |note: String| Command::Invite {
        plan: PLAN,
        email: "dee@example.com".to_owned(),
        name: String::new(),
        newcomer: EVE,
        role: Role::Expert,
        note,
        by: BOB,
    };
    refuses(&a_team(), long("x".repeat(crate::NOTE_CHARS_MAX + 1)), Refused::BadNote);
    refuses(&a_team(), long("gnp\u{202e}.exe".to_owned()), Refused::BadNote);
    assert!(decide(&given(&a_team()), NOW, long("x".repeat(crate::NOTE_CHARS_MAX))).is_ok());
}

#[test]
fn an_invitation_holds_only_while_who_made_it_may_still_make_it() {
    // BOB may invite: a facilitator until ADA takes the role, or makes less of it.
    let facilitates = and(a_team(), [role(BOB, Role::Facilitator)]);
    let asked = and(facilitates, [invited(DEE, Role::Facilitator, BOB)]);
    gives(&asked, answer(DEE, Reply::Accepted), answered(DEE, Reply::Accepted));
    let taken = WorkspaceEvent::RoleTaken {
        plan: PLAN,
        person: BOB,
        by: ADA,
    };
    let shut_out = WorkspaceEvent::PersonDeactivated { person: BOB, by: ADA };
    for lost in [taken, role(BOB, Role::Seller), shut_out] {
        let later = and(asked.clone(), [lost]);
        refuses(&later, answer(DEE, Reply::Accepted), Refused::InvitationGone);
        // To say no harms nobody; and asked by somebody else they may come.
        gives(&later, answer(DEE, Reply::Declined), answered(DEE, Reply::Declined));
        let again = and(later, [invited(DEE, Role::Facilitator, ADA)]);
        gives(&again, answer(DEE, Reply::Accepted), answered(DEE, Reply::Accepted));
    }
    let archived = WorkspaceEvent::PlanArchived { plan: PLAN, by: ADA };
    refuses(
        &and(asked, [archived]),
        answer(DEE, Reply::Accepted),
        Refused::PlanArchived,
    );
}
