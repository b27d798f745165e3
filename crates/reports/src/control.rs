//! What happened to a plan beside its content: roles, stage, name, whether it is put away.

use domain::event::{ErasedPart, Reply};
use domain::{ItemId, PersonId, PlanId, WorkspaceEvent};

use crate::words::{self, Names};

/// A control event as a line of a plan's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlLine {
    /// In which plan's history it stands.
    pub plan: PlanId,
    /// What kind of event it is, for programs.
    pub event: &'static str,
    /// What happened, in words that follow its author's name.
    pub words: String,
}

/// Which plan's history an event belongs into, if any.
pub fn control_plan(event: &WorkspaceEvent) -> Option<PlanId> {
    struct Nobody;
    impl Names for Nobody {
        fn person(&self, _: PersonId) -> Option<String> {
            None
        }
        fn item(&self, _: ItemId) -> Option<String> {
            None
        }
    }
    control_line(event, &Nobody).map(|line| line.plan)
}

/// An event as a line of its plan's history. What only the audit shows (who took something out, whose edits were
/// refused, where something is sent) is none.
pub fn control_line(event: &WorkspaceEvent, names: &dyn Names) -> Option<ControlLine> {
    use WorkspaceEvent as Event;
    let line = |plan: &PlanId, event: &'static str, words: String| {
        Some(ControlLine {
            plan: *plan,
            event,
            words,
        })
    };
    let name = |person: &PersonId| names.person(*person).unwrap_or_else(|| "someone".to_owned());
    match event {
        Event::PlanCreated {
            plan,
            name,
            copied_from,
            ..
        } => {
            let copy = copied_from.map_or("", |_| " as a copy of another");
            line(
                plan,
                "plan_created",
                format!("made the plan \u{201c}{name}\u{201d}{copy}"),
            )
        }
        Event::PlanRenamed { plan, name, .. } => line(
            plan,
            "plan_renamed",
            format!("renamed the plan to \u{201c}{name}\u{201d}"),
        ),
        Event::PlanArchived { plan, .. } => line(plan, "plan_archived", "archived the plan".to_owned()),
        Event::PlanRestored { plan, .. } => line(plan, "plan_restored", "brought the plan back".to_owned()),
        Event::RoleGiven { plan, person, role, .. } => line(
            plan,
            "role_given",
            format!("made {} {}", name(person), role.label().to_lowercase()),
        ),
        Event::RoleTaken { plan, person, by } if person == by => line(plan, "role_taken", "left the plan".to_owned()),
        Event::RoleTaken { plan, person, .. } => line(plan, "role_taken", format!("took {}'s role away", name(person))),
        Event::AccessSet { plan, everyone, .. } => {
            let words = match everyone {
                Some(role) => format!("opened the plan to everyone as {}", role.label().to_lowercase()),
                None => "closed the plan to all but its members".to_owned(),
            };
            line(plan, "access_set", words)
        }
        Event::StageSet { plan, stage, .. } => line(plan, "stage_set", format!("set the stage to {}", stage.label())),
        Event::Invited { plan, person, role, .. } => {
            let words = format!("invited {} as {}", name(person), role.label().to_lowercase());
            line(plan, "invited", words)
        }
        Event::InvitationAnswered {
            plan, person, reply, ..
        } => {
            let words = match reply {
                Reply::Accepted => format!("{} accepted the invitation", name(person)),
                Reply::Declined => format!("{} declined the invitation", name(person)),
            };
            line(plan, "invitation_answered", words)
        }
        Event::InvitationWithdrawn { plan, person, .. } => line(
            plan,
            "invitation_withdrawn",
            format!("took the invitation of {} back", name(person)),
        ),
        Event::PlanAssigned { plan, to, due, .. } => {
            let until = due.as_deref().map(|due| format!(", due {}", words::day(due)));
            line(
                plan,
                "plan_assigned",
                format!("assigned the plan to {}{}", name(to), until.unwrap_or_default()),
            )
        }
        Event::PlanUnassigned { plan, .. } => {
            line(plan, "plan_unassigned", "took the plan's assignment back".to_owned())
        }
        Event::ContactErased { plan, part, .. } => {
            let words = match part {
                ErasedPart::Contact => "erased what was held about a contact",
                ErasedPart::Personality => "erased the personality notes of a contact",
            };
            line(plan, "contact_erased", words.to_owned())
        }
        Event::PersonAdded { .. }
        | Event::PersonRenamed { .. }
        | Event::LinkIssued { .. }
        | Event::SignedIn { .. }
        | Event::SignedOut { .. }
        | Event::TokenCreated { .. }
        | Event::TeamMade { .. }
        | Event::TeamRenamed { .. }
        | Event::TeamRemoved { .. }
        | Event::TeamMemberSet { .. }
        | Event::TeamMemberRemoved { .. }
        | Event::AdministratorSet { .. }
        | Event::GuestSet { .. }
        | Event::PersonDeactivated { .. }
        | Event::PersonReactivated { .. }
        | Event::TokenMade { .. }
        | Event::TokenRevoked { .. }
        | Event::Exported { .. }
        | Event::WritesDenied { .. }
        | Event::WebhookAdded { .. }
        | Event::WebhookRemoved { .. }
        | Event::CheckpointPublished { .. }
        | Event::SignInsFailed { .. } => None,
    }
}
