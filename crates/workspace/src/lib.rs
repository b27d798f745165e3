//! People, plans with their members and stages, teams, sign-in links, sessions and tokens: what a workspace is, decided
//! from its own history.
//!
//! [`decide`] looks at the state and a command and answers with events or a refusal; [`State::evolve`] folds events
//! into the state. No I/O, no clock, no randomness: `now` and new ids and digests come with the command. What is not
//! here: secrets themselves (only their digests), and what stands inside a plan.

mod command;
mod decide;
mod limits;
mod state;

pub use command::Command;
pub use decide::{Refused, check_name, decide, invitation_holds};
pub use limits::{
    EMAIL_CHARS_MAX, ERASURES_PER_PLAN_MAX, INVITATIONS_PER_PLAN_MAX, KINDS_PER_WEBHOOK_MAX, LINK_LIFETIME_MS,
    LINKS_PER_PERSON_MAX, MEMBERS_PER_PLAN_MAX, NAME_CHARS_MAX, NEWCOMERS_PER_INVITER_MAX, NOTE_CHARS_MAX, PEOPLE_KEPT,
    PEOPLE_MAX, PEOPLE_PER_TEAM_MAX, PLANS_MAX, PLANS_PER_TOKEN_MAX, PLANS_PER_WEBHOOK_MAX, SESSION_LIFETIME_MS,
    SESSIONS_PER_PERSON_MAX, TEAMS_MAX, TOKENS_PER_PERSON_MAX, URL_CHARS_MAX, WEBHOOKS_MAX,
};
pub use state::{
    Access, Answer, Assignment, Invitation, Link, Member, Named, PersonRecord, PlanRecord, Session, State, TeamRecord,
    Token, Webhook,
};

#[cfg(test)]
mod tests;
