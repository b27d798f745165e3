//! Links, sessions and tokens: what shows who somebody is.

use domain::event::{Scope, SecretDigest};
use domain::{PersonId, PlanId, Right, TimestampMs, WorkspaceEvent};

use super::Refused;
use super::people::{self, Newcomer};
use super::rights::active;
use super::words::checked_name;
use crate::limits::{LINK_LIFETIME_MS, PLANS_PER_TOKEN_MAX, SESSION_LIFETIME_MS, TOKENS_PER_PERSON_MAX};
use crate::state::State;

pub(super) fn issue_link(
    state: &State,
    now: TimestampMs,
    email: &str,
    newcomer: PersonId,
    digest: SecretDigest,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    let mut events = Vec::new();
    let person = if let Some(person) = state.person_by_email(email) {
        active(state, person)?;
        person
    } else {
        let newcomer = Newcomer {
            person: newcomer,
            email,
            name: "",
            administrator: state.people().is_empty(),
        };
        events.push(people::add(state, &newcomer)?);
        newcomer.person
    };
    let expires = TimestampMs(now.0.saturating_add(LINK_LIFETIME_MS));
    events.push(WorkspaceEvent::LinkIssued {
        person,
        digest,
        expires,
    });
    Ok(events)
}

pub(super) fn sign_in(
    state: &State,
    now: TimestampMs,
    link: SecretDigest,
    session: SecretDigest,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    let person = state.link(&link, now).ok_or(Refused::LinkGone)?.person;
    let expires = TimestampMs(now.0.saturating_add(SESSION_LIFETIME_MS));
    Ok(vec![WorkspaceEvent::SignedIn {
        person,
        link,
        session,
        expires,
    }])
}

pub(super) fn sign_out(state: &State, now: TimestampMs, session: SecretDigest) -> Result<Vec<WorkspaceEvent>, Refused> {
    match state.session(&session, now) {
        Some(_) => Ok(vec![WorkspaceEvent::SignedOut { session }]),
        None => Err(Refused::SessionGone),
    }
}

/// A token that is to be made.
pub(super) struct NewToken<'a> {
    pub(super) person: PersonId,
    pub(super) name: &'a str,
    pub(super) digest: SecretDigest,
    pub(super) scopes: Vec<Scope>,
    pub(super) plans: Option<Vec<PlanId>>,
    pub(super) expires: Option<TimestampMs>,
}

/// Only the person makes a token that acts for them, and the owner of the data folder: who runs the workspace would
/// otherwise be whoever they like.
pub(super) fn make_token(
    state: &State,
    now: TimestampMs,
    new: NewToken<'_>,
    by: PersonId,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    let person = new.person;
    if by != person && by != PersonId::SERVER {
        return Err(Refused::NotYours);
    }
    active(state, person)?;
    if state.any_token(&new.digest).is_some() {
        return Err(Refused::TokenExists);
    }
    let name = checked_name(new.name)?;
    let scopes = ordered(new.scopes);
    let plans = new.plans.map(ordered);
    let is_over = new.expires.is_some_and(|expires| expires <= now);
    if scopes.is_empty() || plans.as_ref().is_some_and(Vec::is_empty) || is_over {
        return Err(Refused::BadToken);
    }
    if plans.as_ref().is_some_and(|plans| plans.len() > PLANS_PER_TOKEN_MAX) {
        return Err(Refused::TooMany {
            what: "plans for one token",
            max: PLANS_PER_TOKEN_MAX,
        });
    }
    let mut named = plans.iter().flatten();
    if named.any(|plan| !state.may(*plan, person, Right::Read)) {
        return Err(Refused::NoSuchPlan);
    }
    let mut events = room_for_token(state, now, person, by)?;
    events.push(WorkspaceEvent::TokenMade {
        person,
        name,
        digest: new.digest,
        scopes,
        plans,
        expires: new.expires,
        by,
    });
    Ok(events)
}

/// A token whose time is over makes place for a new one.
fn room_for_token(
    state: &State,
    now: TimestampMs,
    person: PersonId,
    by: PersonId,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    if state.tokens_of(person).count() < TOKENS_PER_PERSON_MAX {
        return Ok(vec![]);
    }
    let mut over = state
        .tokens_of(person)
        .filter(|(digest, _)| state.token(digest, now).is_none());
    let (digest, _) = over.next().ok_or(Refused::TooMany {
        what: "tokens for one person",
        max: TOKENS_PER_PERSON_MAX,
    })?;
    Ok(vec![WorkspaceEvent::TokenRevoked { digest, by }])
}

pub(super) fn revoke_token(state: &State, digest: SecretDigest, by: PersonId) -> Result<Vec<WorkspaceEvent>, Refused> {
    let token = state.any_token(&digest).ok_or(Refused::NoSuchToken)?;
    if by == token.person || state.is_administrator(by) {
        Ok(vec![WorkspaceEvent::TokenRevoked { digest, by }])
    } else {
        Err(Refused::NoSuchToken)
    }
}

fn ordered<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort_unstable();
    all.dedup();
    all
}
