//! Links, sessions and who is the first.

use super::*;
use crate::{LINKS_PER_PERSON_MAX, SESSION_LIFETIME_MS, SESSIONS_PER_PERSON_MAX};

#[test]
fn the_first_person_runs_the_workspace_and_is_named_after_their_address() {
    let command = Command::IssueLink {
        email: " Ada.Lovelace@Example.com ".to_owned(),
        newcomer: ADA,
        digest: digest(1),
    };
    let person = WorkspaceEvent::PersonAdded {
        person: ADA,
        email: "ada.lovelace@example.com".to_owned(),
        name: "Ada Lovelace".to_owned(),
        administrator: true,
    };
    check(&[], command, &Ok(vec![person, link(ADA, 1, NOW)]));
}

#[test]
fn a_second_newcomer_does_not_run_the_workspace() {
    let command = Command::IssueLink {
        email: "bob@example.com".to_owned(),
        newcomer: BOB,
        digest: digest(1),
    };
    let person = WorkspaceEvent::PersonAdded {
        person: BOB,
        email: "bob@example.com".to_owned(),
        name: "Bob".to_owned(),
        administrator: false,
    };
    check(
        &[added(ADA, "ada@example.com", true)],
        command,
        &Ok(vec![person, link(BOB, 1, NOW)]),
    );
}

#[test]
fn a_link_for_somebody_known_adds_nobody() {
    let command = Command::IssueLink {
        email: "ADA@example.com".to_owned(),
        newcomer: BOB,
        digest: digest(1),
    };
    check(
        &[added(ADA, "ada@example.com", true)],
        command,
        &Ok(vec![link(ADA, 1, NOW)]),
    );
}

#[test]
fn an_address_must_look_like_one_and_be_free() {
    for email in [
        "",
        "ada",
        "@example.com",
        "ada@",
        "a b@example.com",
        "ada@x@y",
        "ada@.com",
        "\"a\"@x.com",
    ] {
        let command = Command::AddPerson {
            person: ADA,
            email: email.to_owned(),
            name: String::new(),
            administrator: false,
            by: PersonId::SERVER,
        };
        check(&[], command, &Err(Refused::BadEmail(email.to_owned())));
    }
    let command = Command::AddPerson {
        person: BOB,
        email: "Ada@example.com".to_owned(),
        name: String::new(),
        administrator: false,
        by: PersonId::SERVER,
    };
    let taken = Refused::EmailTaken("ada@example.com".to_owned());
    check(&[added(ADA, "ada@example.com", true)], command, &Err(taken));
}

#[test]
fn a_link_opens_one_session_and_no_second() {
    let before = [added(ADA, "ada@example.com", true), link(ADA, 1, NOW)];
    let command = Command::SignIn {
        link: digest(1),
        session: digest(2),
    };
    let expires = TimestampMs(NOW.0 + SESSION_LIFETIME_MS);
    let signed_in = WorkspaceEvent::SignedIn {
        person: ADA,
        link: digest(1),
        session: digest(2),
        expires,
    };
    check(&before, command.clone(), &Ok(vec![signed_in.clone()]));

    let after = [before.to_vec(), vec![signed_in]].concat();
    check(&after, command, &Err(Refused::LinkGone));
    assert_eq!(
        given(&after).session(&digest(2), NOW).map(|session| session.person),
        Some(ADA)
    );
    assert_eq!(
        given(&after).session(&digest(2), expires),
        None,
        "a session ends when its time is over"
    );
}

#[test]
fn a_link_lapses() {
    let issued = TimestampMs(NOW.0 - LINK_LIFETIME_MS);
    let before = [added(ADA, "ada@example.com", true), link(ADA, 1, issued)];
    check(
        &before,
        Command::SignIn {
            link: digest(1),
            session: digest(2),
        },
        &Err(Refused::LinkGone),
    );
}

#[test]
fn signing_out_ends_the_session() {
    let expires = TimestampMs(NOW.0 + 1);
    let signed_in = WorkspaceEvent::SignedIn {
        person: ADA,
        link: digest(1),
        session: digest(2),
        expires,
    };
    let before = [added(ADA, "ada@example.com", true), signed_in];
    let out = WorkspaceEvent::SignedOut { session: digest(2) };
    check(&before, Command::SignOut { session: digest(2) }, &Ok(vec![out.clone()]));
    let after = [before.to_vec(), vec![out]].concat();
    check(
        &after,
        Command::SignOut { session: digest(2) },
        &Err(Refused::SessionGone),
    );
}

#[test]
fn a_person_who_asks_for_ever_more_links_or_sessions_loses_the_oldest() {
    let mut events = vec![added(ADA, "ada@example.com", true)];
    let count = u8::try_from(LINKS_PER_PERSON_MAX.max(SESSIONS_PER_PERSON_MAX) + 1).expect("a small limit");
    for n in 0..count {
        let expires = TimestampMs(NOW.0 + 1 + i64::from(n));
        events.push(WorkspaceEvent::LinkIssued {
            person: ADA,
            digest: digest(n),
            expires,
        });
        events.push(WorkspaceEvent::SignedIn {
            person: ADA,
            link: digest(255),
            session: digest(n),
            expires,
        });
    }
    let state = given(&events);
    let links = (0..count).filter(|n| state.link(&digest(*n), NOW).is_some()).count();
    let sessions = (0..count).filter(|n| state.session(&digest(*n), NOW).is_some()).count();
    assert_eq!((links, sessions), (LINKS_PER_PERSON_MAX, SESSIONS_PER_PERSON_MAX));
    assert!(state.link(&digest(0), NOW).is_none() && state.link(&digest(count - 1), NOW).is_some());
}

/// A clock that shows ten years too much for an hour, while somebody signs in.
#[test]
fn a_clock_that_ran_ahead_ends_no_session_and_leaves_none_that_lives_for_years() {
    let years = 10 * 365 * 24 * 60 * 60 * 1000;
    let (ahead, back) = (TimestampMs(NOW.0 + years), TimestampMs(NOW.0 + 60 * 60 * 1000));
    let signed_in = |session: u8, at: TimestampMs| WorkspaceEvent::SignedIn {
        person: ADA,
        link: digest(99),
        session: digest(session),
        expires: TimestampMs(at.0 + SESSION_LIFETIME_MS),
    };
    let mut state = given(&[added(ADA, "ada@example.com", true), signed_in(1, NOW)]);
    state.evolve(ahead, &signed_in(2, ahead));
    state.evolve(ahead, &link(ADA, 3, ahead));
    assert_eq!(state.session(&digest(1), ahead), None, "it seems to be over");
    assert!(state.session(&digest(2), ahead).is_some());

    // The clock is right again. Entries still bear the time that it had, since theirs never goes back.
    state.evolve(ahead, &signed_in(4, back));
    state.evolve(ahead, &link(ADA, 5, back));
    state.evolve(ahead, &link(ADA, 6, back));
    assert!(state.session(&digest(1), back).is_some(), "it was not lost");
    assert!(state.session(&digest(4), back).is_some());
    assert!(state.link(&digest(5), back).is_some(), "a further link ends no other");
    assert_eq!(state.session(&digest(2), back), None, "good for years otherwise");
    assert_eq!(state.link(&digest(3), back), None, "good for years otherwise");
}

#[test]
fn a_clock_that_is_set_back_by_hours_ends_no_session() {
    let state = given(&[
        added(ADA, "ada@example.com", true),
        link(ADA, 1, NOW),
        WorkspaceEvent::SignedIn {
            person: ADA,
            link: digest(9),
            session: digest(2),
            expires: TimestampMs(NOW.0 + SESSION_LIFETIME_MS),
        },
    ]);
    let before = TimestampMs(NOW.0 - 5 * 60 * 60 * 1000);
    assert!(state.link(&digest(1), before).is_some());
    assert!(state.session(&digest(2), before).is_some());
}

#[test]
fn no_link_is_issued_to_who_was_shut_out() {
    let out = WorkspaceEvent::PersonDeactivated { person: BOB, by: ADA };
    let command = Command::IssueLink {
        email: "bob@example.com".to_owned(),
        newcomer: CYD,
        digest: digest(1),
    };
    refuses(&and(a_team(), [out]), command, Refused::Inactive);
}
