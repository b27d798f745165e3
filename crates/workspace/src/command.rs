//! What can be asked of a workspace.

use domain::event::SecretDigest;
use domain::{PersonId, PlanId};

/// A wish. Ids and digests in it are new and made by the caller, who has the randomness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Add a person.
    AddPerson {
        /// Their new id.
        person: PersonId,
        /// Their address, however it is spelled.
        email: String,
        /// Their name; taken from the address when empty.
        name: String,
        /// Whether they run the workspace.
        administrator: bool,
    },
    /// Rename a person.
    RenamePerson {
        /// Who.
        person: PersonId,
        /// The new name.
        name: String,
    },
    /// Issue a sign-in link to an address; its person is added if new, the first of all as administrator.
    IssueLink {
        /// The address.
        email: String,
        /// The id of the person, should they be new.
        newcomer: PersonId,
        /// Of the link's secret.
        digest: SecretDigest,
    },
    /// Use up a link and open a session.
    SignIn {
        /// Of the link's secret.
        link: SecretDigest,
        /// Of the new cookie's secret.
        session: SecretDigest,
    },
    /// End a session.
    SignOut {
        /// Of the cookie's secret.
        session: SecretDigest,
    },
    /// Make an API token that acts for a person.
    CreateToken {
        /// Their address.
        email: String,
        /// What it is for.
        name: String,
        /// Of the token.
        digest: SecretDigest,
    },
    /// Make a plan.
    CreatePlan {
        /// Its new id.
        plan: PlanId,
        /// Its name.
        name: String,
        /// By whom.
        by: PersonId,
        /// The plan whose content it begins with.
        copied_from: Option<PlanId>,
    },
    /// Rename a plan.
    RenamePlan {
        /// Which.
        plan: PlanId,
        /// Its new name.
        name: String,
        /// By whom.
        by: PersonId,
    },
    /// Put a plan away.
    ArchivePlan {
        /// Which.
        plan: PlanId,
        /// By whom.
        by: PersonId,
    },
    /// Bring an archived plan back.
    RestorePlan {
        /// Which.
        plan: PlanId,
        /// By whom.
        by: PersonId,
    },
}
