//! What can be asked of a workspace.

use domain::event::{ErasedPart, Reply, Scope, SecretDigest};
use domain::ids::{TeamId, WebhookId};
use domain::{ItemId, PersonId, PlanId, Role, Stage, TimestampMs};

/// A wish. Ids and digests in it are new and made by the caller, who has the randomness. `by` is who wishes it:
/// [`PersonId::SERVER`] stands for the owner of the data folder, and no signed-in person ever does.
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
        /// By whom.
        by: PersonId,
    },
    /// Rename a person.
    RenamePerson {
        /// Who.
        person: PersonId,
        /// The new name.
        name: String,
    },
    /// Let a person run the workspace, or no longer.
    SetAdministrator {
        /// Who.
        person: PersonId,
        /// Whether they do.
        administrator: bool,
        /// By whom.
        by: PersonId,
    },
    /// Make a person a guest, or more than one.
    SetGuest {
        /// Who.
        person: PersonId,
        /// Whether they are.
        guest: bool,
        /// By whom.
        by: PersonId,
    },
    /// Shut a person out: nothing lets them in any more.
    DeactivatePerson {
        /// Who.
        person: PersonId,
        /// By whom.
        by: PersonId,
    },
    /// Take a person away who has never come.
    RemovePerson {
        /// Who.
        person: PersonId,
        /// By whom.
        by: PersonId,
    },
    /// Let them in again.
    ReactivatePerson {
        /// Who.
        person: PersonId,
        /// By whom.
        by: PersonId,
    },
    /// Issue a sign-in link to an address; its person is added if new, the first of all as administrator. Whoever has the link is
    /// that person: it is for the owner of the data folder to ask for one.
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
    MakeToken {
        /// For whom.
        person: PersonId,
        /// What it is for.
        name: String,
        /// Of the token.
        digest: SecretDigest,
        /// What it may be used for.
        scopes: Vec<Scope>,
        /// In which plans; nothing: wherever the person may.
        plans: Option<Vec<PlanId>>,
        /// Until when; nothing: until it is revoked.
        expires: Option<TimestampMs>,
        /// By whom: the person, or the owner of the data folder.
        by: PersonId,
    },
    /// Make an API token worthless.
    RevokeToken {
        /// Which.
        digest: SecretDigest,
        /// By whom.
        by: PersonId,
    },
    /// Make a plan. Its maker owns it.
    CreatePlan {
        /// Its new id.
        plan: PlanId,
        /// Its name.
        name: String,
        /// By whom.
        by: PersonId,
        /// The plan whose content it begins with.
        copied_from: Option<PlanId>,
        /// What everyone of the workspace is in it; nothing: it is for its members only.
        everyone: Option<Role>,
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
    /// Take a plan to another stage.
    SetStage {
        /// Which.
        plan: PlanId,
        /// To which.
        stage: Stage,
        /// By whom.
        by: PersonId,
    },
    /// Say what everyone of the workspace is in a plan.
    SetAccess {
        /// In which.
        plan: PlanId,
        /// What; nothing: it is for its members only.
        everyone: Option<Role>,
        /// By whom.
        by: PersonId,
    },
    /// Give a person a role in a plan, in place of the one they have.
    GiveRole {
        /// In which.
        plan: PlanId,
        /// Who.
        person: PersonId,
        /// Which.
        role: Role,
        /// By whom.
        by: PersonId,
    },
    /// Take a person's role in a plan; their own: lay it down.
    TakeRole {
        /// In which.
        plan: PlanId,
        /// Who.
        person: PersonId,
        /// By whom.
        by: PersonId,
    },
    /// Ask a person to take part in a plan; they are added if new.
    Invite {
        /// In which.
        plan: PlanId,
        /// Their address.
        email: String,
        /// Their name, should they be new; taken from the address when empty.
        name: String,
        /// Their id, should they be new.
        newcomer: PersonId,
        /// What they will be.
        role: Role,
        /// Words to them.
        note: String,
        /// By whom.
        by: PersonId,
    },
    /// Answer an invitation.
    AnswerInvitation {
        /// To which.
        plan: PlanId,
        /// Who was asked.
        person: PersonId,
        /// Yes or no.
        reply: Reply,
        /// Their words.
        note: String,
        /// By whom: nobody answers for another.
        by: PersonId,
    },
    /// Take an invitation back that was not accepted.
    WithdrawInvitation {
        /// To which.
        plan: PlanId,
        /// Who was asked.
        person: PersonId,
        /// By whom.
        by: PersonId,
    },
    /// Make a team.
    MakeTeam {
        /// Its new id.
        team: TeamId,
        /// Its name.
        name: String,
        /// By whom.
        by: PersonId,
    },
    /// Rename a team.
    RenameTeam {
        /// Which.
        team: TeamId,
        /// Its new name.
        name: String,
        /// By whom.
        by: PersonId,
    },
    /// Do away with a team. Its plans stay assigned to their people.
    RemoveTeam {
        /// Which.
        team: TeamId,
        /// By whom.
        by: PersonId,
    },
    /// Bring a person into a team, or make them something else in it.
    SetTeamMember {
        /// Which.
        team: TeamId,
        /// Who.
        person: PersonId,
        /// Whether they manage it, and so read its plans.
        manager: bool,
        /// By whom.
        by: PersonId,
    },
    /// Take a person out of a team.
    RemoveTeamMember {
        /// Which.
        team: TeamId,
        /// Who.
        person: PersonId,
        /// By whom.
        by: PersonId,
    },
    /// Say who owes a plan, until when, and whose managers look after it.
    AssignPlan {
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
    /// Say that nobody owes a plan any more.
    UnassignPlan {
        /// Which.
        plan: PlanId,
        /// By whom.
        by: PersonId,
    },
    /// Note that something is taken out: refused, it is not.
    NoteExport {
        /// Out of which plan; nothing: out of the workspace.
        plan: Option<PlanId>,
        /// What.
        what: String,
        /// By whom.
        by: PersonId,
    },
    /// Note that edits of a person were refused because they may not write there.
    NoteDenied {
        /// In which plan.
        plan: PlanId,
        /// Whose.
        person: PersonId,
        /// How many.
        count: u32,
        /// Why the first of them was.
        reason: String,
    },
    /// Note that somebody tried links that are not good.
    NoteFailedSignIns {
        /// How often.
        count: u32,
    },
    /// Note that a checkpoint was published.
    NoteCheckpoint {
        /// Its number.
        number: u64,
        /// What names it.
        hash: [u8; 32],
        /// The host that took it.
        to: String,
    },
    /// Make what is held about one of the customer's people unreadable for good.
    EraseContact {
        /// In which plan.
        plan: PlanId,
        /// Who it is.
        item: ItemId,
        /// How much of it.
        part: ErasedPart,
        /// By whom.
        by: PersonId,
    },
    /// Tell another system what happens here.
    AddWebhook {
        /// Its new id.
        webhook: WebhookId,
        /// Where.
        url: String,
        /// What happens in these plans; nothing: what happens anywhere.
        plans: Option<Vec<PlanId>>,
        /// Of what kinds of happenings.
        kinds: Vec<String>,
        /// By whom.
        by: PersonId,
    },
    /// Tell it no longer.
    RemoveWebhook {
        /// Which.
        webhook: WebhookId,
        /// By whom.
        by: PersonId,
    },
}
