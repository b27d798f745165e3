//! API tokens: for whom, for what, until when.

use domain::event::Scope;
use domain::{PlanId, Right};

use super::*;
use crate::{PLANS_PER_TOKEN_MAX, TOKENS_PER_PERSON_MAX};

const LATER: TimestampMs = TimestampMs(NOW.0 + 1000);

fn make(person: PersonId, by: PersonId) -> Command {
    with(person, by, vec![Scope::Write, Scope::Read, Scope::Read], None, None)
}

fn with(
    person: PersonId,
    by: PersonId,
    scopes: Vec<Scope>,
    plans: Option<Vec<PlanId>>,
    expires: Option<TimestampMs>,
) -> Command {
    Command::MakeToken {
        person,
        name: "bench".to_owned(),
        digest: digest(7),
        scopes,
        plans,
        expires,
        by,
    }
}

fn made(n: u8, expires: Option<TimestampMs>) -> WorkspaceEvent {
    WorkspaceEvent::TokenMade {
        person: CYD,
        name: "bench".to_owned(),
        digest: digest(n),
        scopes: vec![Scope::Read, Scope::Write],
        plans: None,
        expires,
        by: CYD,
    }
}

#[test]
fn a_person_makes_tokens_for_themselves_and_nobody_else_does() {
    gives(&a_team(), make(CYD, CYD), made(7, None));
    refuses(&a_team(), make(CYD, ADA), Refused::NotYours);
    assert!(decide(&given(&a_team()), NOW, make(CYD, PersonId::SERVER)).is_ok());
    let nobody = PersonId(Uuid::from_u128(99));
    refuses(&a_team(), make(nobody, nobody), Refused::UnknownPerson);
    refuses(&and(a_team(), [made(7, None)]), make(CYD, CYD), Refused::TokenExists);
}

#[test]
fn a_token_is_for_something_somewhere_and_for_some_time() {
    let read = || vec![Scope::Read];
    refuses(&a_team(), with(CYD, CYD, vec![], None, None), Refused::BadToken);
    refuses(&a_team(), with(CYD, CYD, read(), Some(vec![]), None), Refused::BadToken);
    refuses(&a_team(), with(CYD, CYD, read(), None, Some(NOW)), Refused::BadToken);
    refuses(
        &a_team(),
        with(CYD, CYD, read(), Some(vec![COPY]), None),
        Refused::NoSuchPlan,
    );
    refuses(
        &a_team(),
        with(DEE, DEE, read(), Some(vec![PLAN]), None),
        Refused::NoSuchPlan,
    );
    let many = (0..=PLANS_PER_TOKEN_MAX)
        .map(|n| PlanId(Uuid::from_u128(n as u128)))
        .collect();
    let too_many = Refused::TooMany {
        what: "plans for one token",
        max: PLANS_PER_TOKEN_MAX,
    };
    refuses(&a_team(), with(CYD, CYD, read(), Some(many), None), too_many);
}

#[test]
fn a_token_opens_what_its_scopes_and_plans_say() {
    let command = with(CYD, CYD, vec![Scope::Read], Some(vec![PLAN]), None);
    let events = decide(&given(&a_team()), NOW, command).expect("it can be made");
    let state = given(&and(a_team(), events));
    let token = state.token(&digest(7), NOW).expect("it is good");
    for right in Right::ALL {
        let reads = matches!(right, Right::Read | Right::Export);
        assert_eq!(token.opens(PLAN, right), reads, "{right:?}");
        assert!(!token.opens(COPY, right), "{right:?}");
    }
}

#[test]
fn a_token_lapses_and_is_revoked() {
    let before = and(a_team(), [made(7, Some(LATER))]);
    let state = given(&before);
    assert!(state.token(&digest(7), NOW).is_some());
    assert!(state.token(&digest(7), LATER).is_none());
    assert!(state.token(&digest(8), NOW).is_none());
    let revoke = |by| Command::RevokeToken { digest: digest(7), by };
    let revoked = |by| WorkspaceEvent::TokenRevoked { digest: digest(7), by };
    gives(&before, revoke(CYD), revoked(CYD));
    gives(&before, revoke(ADA), revoked(ADA));
    refuses(&before, revoke(BOB), Refused::NoSuchToken);
    refuses(&a_team(), revoke(CYD), Refused::NoSuchToken);
    assert!(given(&and(before, [revoked(CYD)])).token(&digest(7), NOW).is_none());
}

#[test]
fn a_token_of_before_there_were_scopes_opens_everything() {
    let old = WorkspaceEvent::TokenCreated {
        person: CYD,
        name: "old".to_owned(),
        digest: digest(7),
    };
    let state = given(&and(a_team(), [old]));
    let token = state.token(&digest(7), NOW).expect("it is good");
    assert!(Right::ALL.into_iter().all(|right| token.opens(PLAN, right)));
    assert_eq!((token.plans.as_ref(), token.expires), (None, None));
}

#[test]
fn a_person_has_so_many_tokens_and_lapsed_ones_make_place() {
    let count = u8::try_from(TOKENS_PER_PERSON_MAX).expect("a small limit");
    let full = |expires| and(a_team(), (100..100 + count).map(|n| made(n, expires)));
    let too_many = Refused::TooMany {
        what: "tokens for one person",
        max: TOKENS_PER_PERSON_MAX,
    };
    refuses(&full(None), make(CYD, CYD), too_many.clone());
    refuses(&full(Some(LATER)), make(CYD, CYD), too_many);
    let revoked = WorkspaceEvent::TokenRevoked {
        digest: digest(100),
        by: CYD,
    };
    check(&full(Some(NOW)), make(CYD, CYD), &Ok(vec![revoked, made(7, None)]));
}
