//! What shows who somebody is: sign-in links, sessions, API tokens. Only digests of their secrets are known here.

use std::collections::BTreeMap;

use domain::event::{Scope, SecretDigest};
use domain::{PersonId, PlanId, Right, TimestampMs};

use super::State;
use crate::limits::{
    LINK_LIFETIME_MS, LINKS_PER_PERSON_MAX, SESSION_LIFETIME_MS, SESSIONS_PER_PERSON_MAX, SET_BACK_MS,
};

/// An unused sign-in link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// For whom.
    pub person: PersonId,
    /// Until when.
    pub expires: TimestampMs,
}

/// An open session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub person: PersonId,
    /// Until when.
    pub expires: TimestampMs,
}

/// An API token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// On whose behalf it acts.
    pub person: PersonId,
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// In which plans; nothing: wherever the person may.
    pub plans: Option<Vec<PlanId>>,
    /// Since when it is there.
    pub since: TimestampMs,
    /// Until when; nothing: until it is revoked.
    pub expires: Option<TimestampMs>,
}

impl Token {
    /// Whether it may be used for something in a plan, provided that its person may.
    pub fn opens(&self, plan: PlanId, right: Right) -> bool {
        let is_here = self.plans.as_ref().is_none_or(|plans| plans.contains(&plan));
        is_here && self.scopes.contains(&Scope::of(right))
    }
}

/// All of them, by the digest of their secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Secrets {
    links: BTreeMap<SecretDigest, (u64, Link)>,
    sessions: BTreeMap<SecretDigest, (u64, Session)>,
    /// How many links and sessions there have been: which is the oldest is told by this, not by a clock.
    issued: u64,
    tokens: BTreeMap<SecretDigest, Token>,
}

impl Secrets {
    pub(super) fn add_link(&mut self, digest: SecretDigest, person: PersonId, expires: TimestampMs) {
        self.issued += 1;
        keep(&mut self.links, LINKS_PER_PERSON_MAX, |link| link.person == person);
        self.links.insert(digest, (self.issued, Link { person, expires }));
    }

    pub(super) fn sign_in(
        &mut self,
        link: SecretDigest,
        session: SecretDigest,
        person: PersonId,
        expires: TimestampMs,
    ) {
        self.links.remove(&link);
        self.issued += 1;
        keep(&mut self.sessions, SESSIONS_PER_PERSON_MAX, |one| one.person == person);
        self.sessions
            .insert(session, (self.issued, Session { person, expires }));
    }

    pub(super) fn sign_out(&mut self, session: SecretDigest) {
        self.sessions.remove(&session);
    }

    pub(super) fn add_token(&mut self, digest: SecretDigest, token: Token) {
        self.tokens.insert(digest, token);
    }

    pub(super) fn revoke_token(&mut self, digest: SecretDigest) {
        self.tokens.remove(&digest);
    }
}

impl State {
    pub(super) fn add_token(&mut self, digest: SecretDigest, token: Token) {
        self.with_person(token.person, |one| one.came = true);
        self.secrets.add_token(digest, token);
    }

    pub(super) fn end_all_of(&mut self, person: PersonId) {
        self.secrets.links.retain(|_, (_, link)| link.person != person);
        self.secrets.sessions.retain(|_, (_, session)| session.person != person);
        self.secrets.tokens.retain(|_, token| token.person != person);
    }

    /// A link that can still be used at `now`.
    pub fn link(&self, digest: &SecretDigest, now: TimestampMs) -> Option<Link> {
        let (_, link) = self.secrets.links.get(digest)?;
        is_good(link.expires, LINK_LIFETIME_MS, now).then_some(*link)
    }

    /// Whose session this is at `now`.
    pub fn session(&self, digest: &SecretDigest, now: TimestampMs) -> Option<Session> {
        let (_, session) = self.secrets.sessions.get(digest)?;
        is_good(session.expires, SESSION_LIFETIME_MS, now).then_some(*session)
    }

    /// A token that can be used at `now`.
    pub fn token(&self, digest: &SecretDigest, now: TimestampMs) -> Option<&Token> {
        let token = self.secrets.tokens.get(digest)?;
        token.expires.is_none_or(|expires| now < expires).then_some(token)
    }

    /// A token, be its time over or not.
    pub fn any_token(&self, digest: &SecretDigest) -> Option<&Token> {
        self.secrets.tokens.get(digest)
    }

    /// All tokens, those too whose time is over.
    pub fn tokens(&self) -> impl Iterator<Item = (SecretDigest, &Token)> {
        self.secrets.tokens.iter().map(|(digest, token)| (*digest, token))
    }

    /// The tokens of a person, those too whose time is over.
    pub fn tokens_of(&self, person: PersonId) -> impl Iterator<Item = (SecretDigest, &Token)> {
        self.tokens().filter(move |(_, token)| token.person == person)
    }
}

/// Makes place for one more of a person's: the oldest goes, where they have as many as they may.
///
/// Nothing goes because its time is over: a clock that ran ahead for an hour would sign everyone out for good.
fn keep<T>(all: &mut BTreeMap<SecretDigest, (u64, T)>, max: usize, is_own: impl Fn(&T) -> bool) {
    let own = || all.iter().filter(|(_, (_, one))| is_own(one));
    if own().count() < max {
        return;
    }
    let oldest = own().min_by_key(|(_, (number, _))| *number).map(|(digest, _)| *digest);
    oldest.map(|digest| all.remove(&digest));
}

/// Whether what ends then is good now: not over, and not of a clock that ran ahead.
const fn is_good(expires: TimestampMs, lifetime_ms: i64, now: TimestampMs) -> bool {
    let made = expires.0.saturating_sub(lifetime_ms);
    now.0 < expires.0 && made <= now.0.saturating_add(SET_BACK_MS)
}
