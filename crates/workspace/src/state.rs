//! The state of a workspace: a fold of its events.

use std::collections::BTreeMap;

use domain::event::SecretDigest;
use domain::{PersonId, PlanId, TimestampMs, WorkspaceEvent};

use crate::limits::{
    LINK_LIFETIME_MS, LINKS_PER_PERSON_MAX, SESSION_LIFETIME_MS, SESSIONS_PER_PERSON_MAX, SET_BACK_MS,
};

/// A person of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRecord {
    /// Their address, in lower case.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Whether they run the workspace.
    pub administrator: bool,
    /// Since when.
    pub since: TimestampMs,
}

/// A plan of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRecord {
    /// Its name.
    pub name: String,
    /// Whether it is put away.
    pub archived: bool,
    /// When it was made.
    pub created_at: TimestampMs,
    /// By whom.
    pub created_by: PersonId,
    /// The plan whose content it began with.
    pub copied_from: Option<PlanId>,
}

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
}

/// The whole workspace. Equal histories give equal states.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    people: BTreeMap<PersonId, PersonRecord>,
    by_email: BTreeMap<String, PersonId>,
    plans: BTreeMap<PlanId, PlanRecord>,
    links: BTreeMap<SecretDigest, (u64, Link)>,
    sessions: BTreeMap<SecretDigest, (u64, Session)>,
    /// How many links and sessions there have been: which is the oldest is told by this, not by a clock.
    issued: u64,
    tokens: BTreeMap<SecretDigest, Token>,
}

impl State {
    /// Takes in what happened at `at`. The event was decided when it was stored, so it is not judged again.
    pub fn evolve(&mut self, at: TimestampMs, event: &WorkspaceEvent) {
        match event {
            WorkspaceEvent::PersonAdded {
                person,
                email,
                name,
                administrator,
            } => {
                self.by_email.insert(email.clone(), *person);
                let (email, name) = (email.clone(), name.clone());
                let record = PersonRecord {
                    email,
                    name,
                    administrator: *administrator,
                    since: at,
                };
                self.people.insert(*person, record);
            }
            WorkspaceEvent::PersonRenamed { person, name } => {
                if let Some(record) = self.people.get_mut(person) {
                    record.name.clone_from(name);
                }
            }
            WorkspaceEvent::LinkIssued {
                person,
                digest,
                expires,
            } => self.add_link(*digest, *person, *expires),
            WorkspaceEvent::SignedIn {
                person,
                link,
                session,
                expires,
            } => {
                self.links.remove(link);
                self.add_session(*session, *person, *expires);
            }
            WorkspaceEvent::SignedOut { session } => {
                self.sessions.remove(session);
            }
            WorkspaceEvent::TokenCreated { person, name, digest } => {
                self.tokens.insert(
                    *digest,
                    Token {
                        person: *person,
                        name: name.clone(),
                    },
                );
            }
            WorkspaceEvent::PlanCreated {
                plan,
                name,
                by,
                copied_from,
            } => {
                let record = PlanRecord {
                    name: name.clone(),
                    archived: false,
                    created_at: at,
                    created_by: *by,
                    copied_from: *copied_from,
                };
                self.plans.insert(*plan, record);
            }
            WorkspaceEvent::PlanRenamed { plan, name, .. } => {
                if let Some(record) = self.plans.get_mut(plan) {
                    record.name.clone_from(name);
                }
            }
            WorkspaceEvent::PlanArchived { plan, .. } => self.set_archived(plan, true),
            WorkspaceEvent::PlanRestored { plan, .. } => self.set_archived(plan, false),
        }
    }

    fn set_archived(&mut self, plan: &PlanId, archived: bool) {
        if let Some(record) = self.plans.get_mut(plan) {
            record.archived = archived;
        }
    }

    fn add_link(&mut self, digest: SecretDigest, person: PersonId, expires: TimestampMs) {
        self.issued += 1;
        keep(&mut self.links, LINKS_PER_PERSON_MAX, |link| link.person == person);
        self.links.insert(digest, (self.issued, Link { person, expires }));
    }

    fn add_session(&mut self, digest: SecretDigest, person: PersonId, expires: TimestampMs) {
        self.issued += 1;
        keep(&mut self.sessions, SESSIONS_PER_PERSON_MAX, |one| one.person == person);
        self.sessions.insert(digest, (self.issued, Session { person, expires }));
    }

    /// Everyone, by id.
    pub const fn people(&self) -> &BTreeMap<PersonId, PersonRecord> {
        &self.people
    }

    /// A person.
    pub fn person(&self, id: PersonId) -> Option<&PersonRecord> {
        self.people.get(&id)
    }

    /// The person with this address; any spelling of it.
    pub fn person_by_email(&self, email: &str) -> Option<PersonId> {
        self.by_email.get(&email.trim().to_lowercase()).copied()
    }

    /// All plans, by id.
    pub const fn plans(&self) -> &BTreeMap<PlanId, PlanRecord> {
        &self.plans
    }

    /// A plan.
    pub fn plan(&self, id: PlanId) -> Option<&PlanRecord> {
        self.plans.get(&id)
    }

    /// A link that can still be used at `now`.
    pub fn link(&self, digest: &SecretDigest, now: TimestampMs) -> Option<Link> {
        let (_, link) = self.links.get(digest)?;
        is_good(link.expires, LINK_LIFETIME_MS, now).then_some(*link)
    }

    /// Whose session this is at `now`.
    pub fn session(&self, digest: &SecretDigest, now: TimestampMs) -> Option<Session> {
        let (_, session) = self.sessions.get(digest)?;
        is_good(session.expires, SESSION_LIFETIME_MS, now).then_some(*session)
    }

    /// Whom this token acts for.
    pub fn token(&self, digest: &SecretDigest) -> Option<&Token> {
        self.tokens.get(digest)
    }

    /// How many tokens a person has.
    pub fn tokens_of(&self, person: PersonId) -> usize {
        self.tokens.values().filter(|token| token.person == person).count()
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
