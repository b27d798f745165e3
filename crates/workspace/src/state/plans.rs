//! The plans of a workspace, with who takes part in each.

use std::collections::BTreeMap;

use domain::event::{ErasedPart, Reply};
use domain::ids::TeamId;
use domain::{ItemId, PersonId, PlanId, Role, Stage, TimestampMs};

use super::State;

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
    /// Where it stands.
    pub stage: Stage,
    /// What everyone of the workspace is in it who has no role of their own; nothing: it is for its members only.
    pub everyone: Option<Role>,
    /// Who has a role of their own. Ask [`State::role_in`] what a person is: this is not all that counts.
    pub members: BTreeMap<PersonId, Member>,
    /// Who was invited, with their answers.
    pub invitations: BTreeMap<PersonId, Invitation>,
    /// Who owes it.
    pub assignment: Option<Assignment>,
    /// What was erased in it, and when.
    pub erased: BTreeMap<(ItemId, ErasedPart), TimestampMs>,
    /// Of the keys that seal what is personal in it: from 1, and counted up whenever somebody who could read that may no more.
    pub generation: u32,
}

/// A person with a role of their own in a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Which.
    pub role: Role,
    /// Since when.
    pub since: TimestampMs,
    /// By whom; by themselves: they accepted an invitation, or made the plan.
    pub by: PersonId,
}

/// An invitation to take part in a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// What the person will be.
    pub role: Role,
    /// Words to them.
    pub note: String,
    /// By whom.
    pub by: PersonId,
    /// When.
    pub at: TimestampMs,
    /// What they answered.
    pub answer: Option<Answer>,
}

/// An answer to an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Yes or no.
    pub reply: Reply,
    /// Their words.
    pub note: String,
    /// When.
    pub at: TimestampMs,
}

/// Who owes a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Who.
    pub to: PersonId,
    /// The team whose managers read it.
    pub team: Option<TeamId>,
    /// Until when, as an ISO day.
    pub due: Option<String>,
    /// By whom.
    pub by: PersonId,
    /// When it was assigned.
    pub at: TimestampMs,
}

impl State {
    /// Before there were roles, every person wrote in every plan: that is what a plan without further events is.
    pub(super) fn add_plan(&mut self, at: TimestampMs, plan: PlanId, name: &str, by: PersonId, source: Option<PlanId>) {
        let maker = Member {
            role: Role::ClientExecutive,
            since: at,
            by,
        };
        let members = if by == PersonId::SERVER {
            BTreeMap::new()
        } else {
            BTreeMap::from([(by, maker)])
        };
        let record = PlanRecord {
            name: name.to_owned(),
            archived: false,
            created_at: at,
            created_by: by,
            copied_from: source,
            stage: Stage::default(),
            everyone: Some(Role::Seller),
            members,
            invitations: BTreeMap::new(),
            assignment: None,
            erased: BTreeMap::new(),
            generation: 1,
        };
        self.plans.insert(plan, record);
    }

    pub(super) fn with_plan(&mut self, plan: PlanId, change: impl FnOnce(&mut PlanRecord)) {
        if let Some(record) = self.plans.get_mut(&plan) {
            change(record);
        }
    }

    pub(super) fn answer(&mut self, plan: PlanId, person: PersonId, answer: Answer) {
        let Some(record) = self.plans.get_mut(&plan) else {
            return;
        };
        let Some(invitation) = record.invitations.get_mut(&person) else {
            return;
        };
        if answer.reply == Reply::Accepted {
            let role = invitation.role;
            record.members.insert(
                person,
                Member {
                    role,
                    since: answer.at,
                    by: invitation.by,
                },
            );
        }
        invitation.answer = Some(answer);
    }

    /// All plans, by id.
    pub const fn plans(&self) -> &BTreeMap<PlanId, PlanRecord> {
        &self.plans
    }

    /// A plan.
    pub fn plan(&self, id: PlanId) -> Option<&PlanRecord> {
        self.plans.get(&id)
    }
}

impl PlanRecord {
    pub(super) fn give_role(&mut self, at: TimestampMs, person: PersonId, role: Role, by: PersonId) {
        let is_open = |invitation: &Invitation| {
            let accepted = invitation
                .answer
                .as_ref()
                .is_some_and(|answer| answer.reply == Reply::Accepted);
            !accepted
        };
        // An older wish must not be able to overrule this when it is answered later.
        if self.invitations.get(&person).is_some_and(is_open) {
            self.invitations.remove(&person);
        }
        self.members.insert(person, Member { role, since: at, by });
    }

    pub(super) fn take_role(&mut self, person: PersonId) {
        self.invitations.remove(&person);
        self.members.remove(&person);
    }
}
