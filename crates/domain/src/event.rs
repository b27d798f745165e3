//! Control events of the workspace's stream. The server alone decides them (crate `workspace`); they are entries of the
//! journal like changes are, so that audit and time travel see both.

mod digest;
mod scope;

use serde::{Deserialize, Serialize};

use crate::ids::{ItemId, PersonId, PlanId, TeamId, TimestampMs, WebhookId};
use crate::role::{Role, Stage};

pub use digest::{DigestError, SecretDigest};
pub use scope::{Scope, UnknownScope};

/// What an invited person answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// They take part.
    Accepted,
    /// They do not.
    Declined,
}

/// What was made unreadable about one of the customer's people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasedPart {
    /// Everything personal about them, their name too.
    Contact,
    /// The notes on their personality.
    Personality,
}

/// What happened in the workspace. Stored form: variants are only ever added, at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorkspaceEvent {
    /// A person was added.
    PersonAdded {
        /// Who.
        person: PersonId,
        /// Their address, in lower case: unique in the workspace.
        email: String,
        /// Their name.
        name: String,
        /// Whether they run the workspace.
        administrator: bool,
    },
    /// A person was renamed.
    PersonRenamed {
        /// Who.
        person: PersonId,
        /// The new name.
        name: String,
    },
    /// A one-time sign-in link was issued.
    LinkIssued {
        /// For whom.
        person: PersonId,
        /// Of the link's secret.
        digest: SecretDigest,
        /// Until when it can be used.
        expires: TimestampMs,
    },
    /// A link was used up and a session opened with it.
    SignedIn {
        /// Who.
        person: PersonId,
        /// Of the link that was used.
        link: SecretDigest,
        /// Of the session's cookie.
        session: SecretDigest,
        /// Until when the session lasts.
        expires: TimestampMs,
    },
    /// A session ended.
    SignedOut {
        /// Which.
        session: SecretDigest,
    },
    /// An API token was made.
    TokenCreated {
        /// On whose behalf it acts.
        person: PersonId,
        /// What it is for, in its owner's words.
        name: String,
        /// Of the token.
        digest: SecretDigest,
    },
    /// A plan was made.
    PlanCreated {
        /// Which.
        plan: PlanId,
        /// Its name.
        name: String,
        /// By whom.
        by: PersonId,
        /// The plan whose content it began with.
        copied_from: Option<PlanId>,
    },
    /// A plan was renamed.
    PlanRenamed {
        /// Which.
        plan: PlanId,
        /// Its new name.
        name: String,
        /// By whom.
        by: PersonId,
    },
    /// A plan was put away: it is not listed, and nobody can edit it.
    PlanArchived {
        /// Which.
        plan: PlanId,
        /// By whom.
        by: PersonId,
    },
    /// An archived plan was brought back.
    PlanRestored {
        /// Which.
        plan: PlanId,
        /// By whom.
        by: PersonId,
    },
    /// A person was given a role in a plan, in place of the one they had.
    RoleGiven {
        /// In which.
        plan: PlanId,
        /// Who.
        person: PersonId,
        /// What they are from then on.
        role: Role,
        /// By whom.
        by: PersonId,
    },
    /// A person lost their role in a plan, or laid it down.
    RoleTaken {
        /// In which.
        plan: PlanId,
        /// Who.
        person: PersonId,
        /// By whom.
        by: PersonId,
    },
    /// It was said what everyone of the workspace is in a plan who has no role of their own there.
    AccessSet {
        /// In which.
        plan: PlanId,
        /// What they are; nothing: the plan is for its members only.
        everyone: Option<Role>,
        /// By whom.
        by: PersonId,
    },
    /// A plan is at another stage.
    StageSet {
        /// Which.
        plan: PlanId,
        /// At which.
        stage: Stage,
        /// By whom.
        by: PersonId,
    },
    /// A person was asked to take part in a plan.
    Invited {
        /// In which.
        plan: PlanId,
        /// Who.
        person: PersonId,
        /// What they will be.
        role: Role,
        /// Words to them.
        note: String,
        /// By whom.
        by: PersonId,
    },
    /// An invited person answered; who accepts has the role from then on.
    InvitationAnswered {
        /// To which plan.
        plan: PlanId,
        /// Who.
        person: PersonId,
        /// What.
        reply: Reply,
        /// Their words.
        note: String,
        /// By whom.
        by: PersonId,
    },
    /// An invitation was taken back.
    InvitationWithdrawn {
        /// To which plan.
        plan: PlanId,
        /// Of whom.
        person: PersonId,
        /// By whom.
        by: PersonId,
    },
    /// A team was made.
    TeamMade {
        /// Which.
        team: TeamId,
        /// Its name.
        name: String,
        /// By whom.
        by: PersonId,
    },
    /// A team was renamed.
    TeamRenamed {
        /// Which.
        team: TeamId,
        /// Its new name.
        name: String,
        /// By whom.
        by: PersonId,
    },
    /// A team is no more. Its plans stay assigned to their people.
    TeamRemoved {
        /// Which.
        team: TeamId,
        /// By whom.
        by: PersonId,
    },
    /// A person came into a team, or is something else in it.
    TeamMemberSet {
        /// Into which.
        team: TeamId,
        /// Who.
        person: PersonId,
        /// Whether they manage it: the plans that are assigned to it are theirs to read.
        manager: bool,
        /// By whom.
        by: PersonId,
    },
    /// A person left a team.
    TeamMemberRemoved {
        /// Which.
        team: TeamId,
        /// Who.
        person: PersonId,
        /// By whom.
        by: PersonId,
    },
    /// It was said who owes a plan, until when, and whose managers look after it.
    PlanAssigned {
        /// Which.
        plan: PlanId,
        /// Who owes it.
        to: PersonId,
        /// The team whose managers read it.
        team: Option<TeamId>,
        /// Until when, as an ISO day.
        due: Option<String>,
        /// By whom.
        by: PersonId,
    },
    /// Nobody owes a plan any more.
    PlanUnassigned {
        /// Which.
        plan: PlanId,
        /// By whom.
        by: PersonId,
    },
    /// A person runs the workspace from then on, or does no longer.
    AdministratorSet {
        /// Who.
        person: PersonId,
        /// Whether they do.
        administrator: bool,
        /// By whom.
        by: PersonId,
    },
    /// A person is a guest from then on, or is no longer: guests see the plans that they have a role in, and no other.
    GuestSet {
        /// Who.
        person: PersonId,
        /// Whether they are.
        guest: bool,
        /// By whom.
        by: PersonId,
    },
    /// A person can no longer sign in; their sessions, links and tokens end. Histories keep their name.
    PersonDeactivated {
        /// Who.
        person: PersonId,
        /// By whom.
        by: PersonId,
    },
    /// A person can sign in again and has the roles that they had.
    PersonReactivated {
        /// Who.
        person: PersonId,
        /// By whom.
        by: PersonId,
    },
    /// An API token was made. (One of [`Self::TokenCreated`] has all scopes in all plans, for ever.)
    TokenMade {
        /// On whose behalf it acts.
        person: PersonId,
        /// What it is for, in its owner's words.
        name: String,
        /// Of the token.
        digest: SecretDigest,
        /// What it may be used for.
        scopes: Vec<Scope>,
        /// In which plans; nothing: wherever the person may.
        plans: Option<Vec<PlanId>>,
        /// Until when; nothing: until it is revoked.
        expires: Option<TimestampMs>,
        /// By whom.
        by: PersonId,
    },
    /// An API token was made worthless.
    TokenRevoked {
        /// Which.
        digest: SecretDigest,
        /// By whom.
        by: PersonId,
    },
    /// Something was taken out of the workspace.
    Exported {
        /// Out of which plan; nothing: out of the workspace.
        plan: Option<PlanId>,
        /// What: "plan as JSON", "audit as CSV".
        what: String,
        /// By whom.
        by: PersonId,
    },
    /// Edits of a person were refused because they may not write there. One event stands for all of a short time.
    WritesDenied {
        /// In which plan.
        plan: PlanId,
        /// Whose.
        person: PersonId,
        /// How many.
        count: u32,
        /// Why the first of them was.
        reason: String,
    },
    /// What was held about one of the customer's people was made unreadable for good.
    ContactErased {
        /// In which plan.
        plan: PlanId,
        /// Who it was, as an item of the plan.
        item: ItemId,
        /// How much of it.
        part: ErasedPart,
        /// By whom.
        by: PersonId,
    },
    /// Another system is told from then on what happens here. Its secret stands elsewhere.
    WebhookAdded {
        /// Which.
        webhook: WebhookId,
        /// Where it is told.
        url: String,
        /// What happens in these plans; nothing: what happens anywhere.
        plans: Option<Vec<PlanId>>,
        /// Of what kinds of happenings it is told.
        kinds: Vec<String>,
        /// By whom.
        by: PersonId,
    },
    /// Another system is no longer told.
    WebhookRemoved {
        /// Which.
        webhook: WebhookId,
        /// By whom.
        by: PersonId,
    },
    /// A signed checkpoint over all streams was sent to where the operator wants checkpoints.
    CheckpointPublished {
        /// Its number, from 1.
        number: u64,
        /// What names it.
        hash: [u8; 32],
        /// The host that took it.
        to: String,
    },
    /// Somebody tried to sign in with a link that is no longer good, or never was. One event stands for all of a short
    /// time: anybody can cause it.
    SignInsFailed {
        /// How often.
        count: u32,
    },
    /// A person who had never come was taken away: with their invitations, and without a trace but their name.
    PersonRemoved {
        /// Who.
        person: PersonId,
        /// By whom.
        by: PersonId,
    },
}
