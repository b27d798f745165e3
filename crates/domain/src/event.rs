//! Control events of the workspace's stream. The server alone decides them (crate `workspace`); they are entries of the
//! journal like changes are, so that audit and time travel see both.

use serde::{Deserialize, Serialize};

use crate::ids::{PersonId, PlanId, TimestampMs};

/// BLAKE3 of a secret (a sign-in link, a session cookie, an API token): the journal never holds the secret itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SecretDigest(pub [u8; 32]);

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
}
