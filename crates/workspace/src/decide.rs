//! Which commands a workspace agrees to, and what then happened.

use domain::event::SecretDigest;
use domain::{PersonId, PlanId, TimestampMs, WorkspaceEvent};

use crate::command::Command;
use crate::limits::{
    EMAIL_CHARS_MAX, LINK_LIFETIME_MS, NAME_CHARS_MAX, PEOPLE_MAX, PLANS_MAX, SESSION_LIFETIME_MS,
    TOKENS_PER_PERSON_MAX,
};
use crate::state::{PlanRecord, State};

/// Why a command was refused, in words for the person who asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nobody here has this address.
    #[error("nobody here has the address '{0}'")]
    UnknownEmail(String),
    /// Nobody here has this id.
    #[error("this person is not of the workspace")]
    UnknownPerson,
    /// Someone has it already.
    #[error("'{0}' is already a person of this workspace")]
    EmailTaken(String),
    /// Not an address.
    #[error("'{0}' is not an e-mail address")]
    BadEmail(String),
    /// Empty, too long, nothing to be seen, or with characters that break or turn the line.
    #[error("a name has 1 to {NAME_CHARS_MAX} characters that can be seen, without line breaks")]
    BadName,
    /// The link was used, lapsed, or never was.
    #[error("this sign-in link was used already or has expired: ask for a new one")]
    LinkGone,
    /// No such session.
    #[error("this session has ended")]
    SessionGone,
    /// No such plan.
    #[error("there is no such plan")]
    NoSuchPlan,
    /// The id is in use.
    #[error("there is such a plan already")]
    PlanExists,
    /// The plan is put away.
    #[error("this plan is archived: restore it first")]
    PlanArchived,
    /// A limit of the workspace.
    #[error("this workspace takes at most {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        max: usize,
    },
}

/// What happens when `command` is given at `now`: events to append, or nothing where it is so already.
pub fn decide(state: &State, now: TimestampMs, command: Command) -> Result<Vec<WorkspaceEvent>, Refused> {
    match command {
        Command::AddPerson {
            person,
            email,
            name,
            administrator,
        } => add_person(state, person, &email, &name, administrator).map(|event| vec![event]),
        Command::RenamePerson { person, name } => rename_person(state, person, &name),
        Command::IssueLink {
            email,
            newcomer,
            digest,
        } => issue_link(state, now, &email, newcomer, digest),
        Command::SignIn { link, session } => sign_in(state, now, link, session),
        Command::SignOut { session } => match state.session(&session, now) {
            Some(_) => Ok(vec![WorkspaceEvent::SignedOut { session }]),
            None => Err(Refused::SessionGone),
        },
        Command::CreateToken { email, name, digest } => create_token(state, &email, &name, digest),
        Command::CreatePlan {
            plan,
            name,
            by,
            copied_from,
        } => create_plan(state, plan, &name, by, copied_from),
        Command::RenamePlan { plan, name, by } => rename_plan(state, plan, &name, by),
        Command::ArchivePlan { plan, by } => {
            let archived = known_plan(state, plan)?.archived;
            known_person(state, by)?;
            Ok(if archived {
                vec![]
            } else {
                vec![WorkspaceEvent::PlanArchived { plan, by }]
            })
        }
        Command::RestorePlan { plan, by } => {
            let archived = known_plan(state, plan)?.archived;
            known_person(state, by)?;
            Ok(if archived {
                vec![WorkspaceEvent::PlanRestored { plan, by }]
            } else {
                vec![]
            })
        }
    }
}

fn add_person(
    state: &State,
    person: PersonId,
    email: &str,
    name: &str,
    administrator: bool,
) -> Result<WorkspaceEvent, Refused> {
    let email = checked_email(email)?;
    if state.person_by_email(&email).is_some() || state.person(person).is_some() {
        return Err(Refused::EmailTaken(email));
    }
    if state.people().len() >= PEOPLE_MAX {
        return Err(Refused::TooMany {
            what: "people",
            max: PEOPLE_MAX,
        });
    }
    let name = if name.trim().is_empty() {
        name_of_address(&email)
    } else {
        checked_name(name)?
    };
    Ok(WorkspaceEvent::PersonAdded {
        person,
        email,
        name,
        administrator,
    })
}

fn rename_person(state: &State, person: PersonId, name: &str) -> Result<Vec<WorkspaceEvent>, Refused> {
    let record = state.person(person).ok_or(Refused::UnknownPerson)?;
    let name = checked_name(name)?;
    Ok(if record.name == name {
        vec![]
    } else {
        vec![WorkspaceEvent::PersonRenamed { person, name }]
    })
}

fn issue_link(
    state: &State,
    now: TimestampMs,
    email: &str,
    newcomer: PersonId,
    digest: SecretDigest,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    let mut events = Vec::new();
    let person = if let Some(person) = state.person_by_email(email) {
        person
    } else {
        let first = state.people().is_empty();
        events.push(add_person(state, newcomer, email, "", first)?);
        newcomer
    };
    let expires = TimestampMs(now.0.saturating_add(LINK_LIFETIME_MS));
    events.push(WorkspaceEvent::LinkIssued {
        person,
        digest,
        expires,
    });
    Ok(events)
}

fn sign_in(
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

fn create_token(state: &State, email: &str, name: &str, digest: SecretDigest) -> Result<Vec<WorkspaceEvent>, Refused> {
    let person = state
        .person_by_email(email)
        .ok_or_else(|| Refused::UnknownEmail(email.to_owned()))?;
    if state.tokens_of(person).count() >= TOKENS_PER_PERSON_MAX {
        return Err(Refused::TooMany {
            what: "tokens for one person",
            max: TOKENS_PER_PERSON_MAX,
        });
    }
    let name = checked_name(name)?;
    Ok(vec![WorkspaceEvent::TokenCreated { person, name, digest }])
}

fn create_plan(
    state: &State,
    plan: PlanId,
    name: &str,
    by: PersonId,
    copied_from: Option<PlanId>,
) -> Result<Vec<WorkspaceEvent>, Refused> {
    known_person(state, by)?;
    if let Some(source) = copied_from {
        known_plan(state, source)?;
    }
    // The nil id is the workspace's own stream.
    if plan.0.is_nil() || state.plan(plan).is_some() {
        return Err(Refused::PlanExists);
    }
    if state.plans().len() >= PLANS_MAX {
        return Err(Refused::TooMany {
            what: "plans",
            max: PLANS_MAX,
        });
    }
    let name = checked_name(name)?;
    Ok(vec![WorkspaceEvent::PlanCreated {
        plan,
        name,
        by,
        copied_from,
    }])
}

fn rename_plan(state: &State, plan: PlanId, name: &str, by: PersonId) -> Result<Vec<WorkspaceEvent>, Refused> {
    known_person(state, by)?;
    let record = known_plan(state, plan)?;
    if record.archived {
        return Err(Refused::PlanArchived);
    }
    let name = checked_name(name)?;
    Ok(if record.name == name {
        vec![]
    } else {
        vec![WorkspaceEvent::PlanRenamed { plan, name, by }]
    })
}

fn known_plan(state: &State, plan: PlanId) -> Result<&PlanRecord, Refused> {
    state.plan(plan).ok_or(Refused::NoSuchPlan)
}

fn known_person(state: &State, person: PersonId) -> Result<(), Refused> {
    state.person(person).map(|_| ()).ok_or(Refused::UnknownPerson)
}

/// Whether a person, plan or token may be called so.
pub fn check_name(name: &str) -> Result<(), Refused> {
    checked_name(name).map(|_| ())
}

fn checked_name(name: &str) -> Result<String, Refused> {
    let name = name.trim();
    let is_short = name.chars().count() <= NAME_CHARS_MAX;
    let is_seen = name.chars().any(|c| !c.is_whitespace() && !is_invisible(c));
    if is_short && is_seen && !name.chars().any(disturbs_line) {
        Ok(name.to_owned())
    } else {
        Err(Refused::BadName)
    }
}

/// Characters that take no room. Some join emoji or letters, so they may be part of a name, but not all of it.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Characters that break the line or turn the direction of what stands after the name.
fn disturbs_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An address in its one spelling. Only its rough form is checked: whether it takes mail, only mail can tell.
fn checked_email(email: &str) -> Result<String, Refused> {
    let lower = email.trim().to_lowercase();
    let formed = lower.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty() && !host.is_empty() && !host.contains('@') && !host.starts_with('.') && !host.ends_with('.')
    });
    let clean = !lower
        .chars()
        .any(|c| c.is_whitespace() || is_invisible(c) || disturbs_line(c) || matches!(c, '<' | '>' | ',' | ';' | '"'));
    if formed && clean && lower.chars().count() <= EMAIL_CHARS_MAX {
        Ok(lower)
    } else {
        Err(Refused::BadEmail(email.chars().take(EMAIL_CHARS_MAX).collect()))
    }
}

/// "ada.lovelace@example.com" is called "Ada Lovelace" until she says otherwise.
fn name_of_address(email: &str) -> String {
    let local = email.split('@').next().unwrap_or_default();
    let words: Vec<String> = local
        .split(['.', '_', '-', '+'])
        .filter(|word| !word.is_empty())
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        })
        .collect();
    let name: String = words.join(" ").chars().take(NAME_CHARS_MAX).collect();
    if name.is_empty() {
        email.chars().take(NAME_CHARS_MAX).collect()
    } else {
        name
    }
}
