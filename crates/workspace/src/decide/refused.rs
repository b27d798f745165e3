//! Why a command was refused.

use domain::{Right, Role};

use crate::limits::{NAME_CHARS_MAX, NOTE_CHARS_MAX};

/// Why a command was refused, in words for the person who asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nobody here has this address.
    #[error("nobody here has the address '{0}'")]
    UnknownEmail(String),
    /// Nobody here has this id.
    #[error("this person is not of the workspace")]
    UnknownPerson,
    /// They were here once.
    #[error("this person can no longer sign in here: an administrator may change that")]
    Inactive,
    /// They have signed in once, or a program has in their name.
    #[error("this person has been here, and histories may name them: shut them out instead")]
    HasCome,
    /// Someone has it already.
    #[error("'{0}' is already a person of this workspace")]
    EmailTaken(String),
    /// Not an address.
    #[error("'{0}' is not an e-mail address")]
    BadEmail(String),
    /// Empty, too long, nothing to be seen, or with characters that break or turn the line.
    #[error("a name has 1 to {NAME_CHARS_MAX} characters that can be seen, without line breaks")]
    BadName,
    /// Too long, or with characters that turn the line.
    #[error("a note has at most {NOTE_CHARS_MAX} characters, and none that cannot be seen")]
    BadNote,
    /// Not a day.
    #[error("'{0}' is not a day: expected one such as 2026-11-22")]
    BadDay(String),
    /// The link was used, lapsed, or never was.
    #[error("this sign-in link was used already or has expired: ask for a new one")]
    LinkGone,
    /// No such session.
    #[error("this session has ended")]
    SessionGone,
    /// No such plan, or none that the person may read: the two are not told apart.
    #[error("there is no such plan")]
    NoSuchPlan,
    /// The id is in use.
    #[error("there is such a plan already")]
    PlanExists,
    /// The plan is put away.
    #[error("this plan is archived: restore it first")]
    PlanArchived,
    /// The person reads the plan, but may not do that.
    #[error("what you are in this plan does not let you {}", .0.words())]
    NotAllowed(Right),
    /// It is for those who run the workspace.
    #[error("only an administrator may do that")]
    NotAdministrator,
    /// It is for the person it is about.
    #[error("only they themselves may do that")]
    NotYours,
    /// What one would get is more than one has.
    #[error("nobody gives themselves more rights than they have: somebody else must do that")]
    RaisesSelf,
    /// The role that is given, or the one that is taken, may more than who gives or takes it.
    #[error("a {0} may more than you in this plan: only somebody who may all of that can change it")]
    AboveYou(Role),
    /// Nobody would own the plan.
    #[error("a plan has a client executive: name another one first")]
    LastExecutive,
    /// Nobody would run the workspace.
    #[error("a workspace has an administrator: name another one first")]
    LastAdministrator,
    /// The role is not one that everyone can have.
    #[error("a {0} is named, not everyone in the workspace")]
    NotForEveryone(Role),
    /// The person has no role of their own in the plan, or is not in the team.
    #[error("this person is not a member")]
    NotMember,
    /// The person has a role already.
    #[error("this person is a member already")]
    AlreadyMember,
    /// It was withdrawn, or never was.
    #[error("there is no such invitation, or no longer")]
    InvitationGone,
    /// Guests have the plans they were asked into, and no other.
    #[error("guests of this workspace make no plans: ask an administrator to make you more than a guest")]
    Guest,
    /// No such team.
    #[error("there is no such team")]
    NoSuchTeam,
    /// The id is in use.
    #[error("there is such a team already")]
    TeamExists,
    /// No such token, or none of the person's.
    #[error("there is no such token")]
    NoSuchToken,
    /// The digest is in use.
    #[error("there is such a token already")]
    TokenExists,
    /// A token for nothing, or one whose time is over when it is made.
    #[error("a token has a scope at least, and a time that is still to come or none")]
    BadToken,
    /// No such webhook, or none of the person's.
    #[error("there is no such webhook")]
    NoSuchWebhook,
    /// The id is in use.
    #[error("there is such a webhook already")]
    WebhookExists,
    /// No address, or nothing to tell.
    #[error("a webhook has an address, a kind of happening at least, and a plan at least or none")]
    BadWebhook,
    /// A limit of the workspace.
    #[error("this workspace takes at most {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        max: usize,
    },
}
