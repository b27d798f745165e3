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
    /// The contact that it was about.
    pub contact: Option<ItemId>,
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
    match event {
        Event::PlanCreated { plan, .. }
        | Event::PlanRenamed { plan, .. }
        | Event::PlanArchived { plan, .. }
        | Event::PlanRestored { plan, .. }
        | Event::AccessSet { plan, .. }
        | Event::StageSet { plan, .. }
        | Event::PlanUnassigned { plan, .. } => line(*plan, plan_words(event)),
        Event::ContactErased { plan, item, .. } => line(*plan, plan_words(event)).map(|line| ControlLine {
            contact: Some(*item),
            ..line
        }),
        Event::RoleGiven { plan, .. }
        | Event::RoleTaken { plan, .. }
        | Event::Invited { plan, .. }
        | Event::InvitationAnswered { plan, .. }
        | Event::InvitationWithdrawn { plan, .. }
        | Event::PlanAssigned { plan, .. } => line(*plan, people_words(event, names)),
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

/// A kind of event, for programs, and what happened, in words that follow its author's name.
type Said = (&'static str, String);

fn line(plan: PlanId, said: Option<Said>) -> Option<ControlLine> {
    said.map(|(event, words)| ControlLine {
        plan,
        event,
        words,
        contact: None,
    })
}

/// What happened to a plan as a whole.
fn plan_words(event: &WorkspaceEvent) -> Option<Said> {
    use WorkspaceEvent as Event;
    Some(match event {
        Event::PlanCreated { name, copied_from, .. } => {
            let copy = copied_from.map_or("", |_| " as a copy of another");
            ("plan_created", format!("made the plan \u{201c}{name}\u{201d}{copy}"))
        }
        Event::PlanRenamed { name, .. } => ("plan_renamed", format!("renamed the plan to \u{201c}{name}\u{201d}")),
        Event::PlanArchived { .. } => ("plan_archived", "archived the plan".to_owned()),
        Event::PlanRestored { .. } => ("plan_restored", "brought the plan back".to_owned()),
        Event::AccessSet {
            everyone: Some(role), ..
        } => {
            let role = role.label().to_lowercase();
            ("access_set", format!("opened the plan to everyone as {role}"))
        }
        Event::AccessSet { everyone: None, .. } => ("access_set", "closed the plan to all but its members".to_owned()),
        Event::StageSet { stage, .. } => ("stage_set", format!("set the stage to {}", stage.label())),
        Event::PlanUnassigned { .. } => ("plan_unassigned", "took the plan's assignment back".to_owned()),
        Event::ContactErased { part, .. } => {
            let words = match part {
                ErasedPart::Contact => "erased what was held about a contact",
                ErasedPart::Personality => "erased the personality notes of a contact",
            };
            ("contact_erased", words.to_owned())
        }
        _ => return None,
    })
}

/// What happened to those who take part in a plan.
fn people_words(event: &WorkspaceEvent, names: &dyn Names) -> Option<Said> {
    use WorkspaceEvent as Event;
    let name = |person: &PersonId| names.person(*person).unwrap_or_else(|| "someone".to_owned());
    Some(match event {
        Event::RoleGiven { person, role, .. } => (
            "role_given",
            format!("made {} {}", name(person), role.label().to_lowercase()),
        ),
        Event::RoleTaken { person, by, .. } if person == by => ("role_taken", "left the plan".to_owned()),
        Event::RoleTaken { person, .. } => ("role_taken", format!("took {}'s role away", name(person))),
        Event::Invited { person, role, .. } => (
            "invited",
            format!("invited {} as {}", name(person), role.label().to_lowercase()),
        ),
        Event::InvitationAnswered { person, reply, .. } => {
            let what = match reply {
                Reply::Accepted => "accepted",
                Reply::Declined => "declined",
            };
            (
                "invitation_answered",
                format!("{what} the invitation of {}", name(person)),
            )
        }
        Event::InvitationWithdrawn { person, .. } => (
            "invitation_withdrawn",
            format!("took the invitation of {} back", name(person)),
        ),
        Event::PlanAssigned { to, due, .. } => {
            let until = due.as_deref().map(|due| format!(", due {}", words::day(due)));
            let words = format!("assigned the plan to {}{}", name(to), until.unwrap_or_default());
            ("plan_assigned", words)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use domain::{Role, Stage};
    use uuid::Uuid;

    use super::*;

    struct Fake;

    impl Names for Fake {
        fn person(&self, _: PersonId) -> Option<String> {
            Some("Bob".to_owned())
        }

        fn item(&self, _: ItemId) -> Option<String> {
            None
        }
    }

    #[test]
    fn what_happened_to_a_plan_follows_its_authors_name() {
        let (plan, by) = (PlanId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(2)));
        let person = PersonId(Uuid::from_u128(3));
        let role = Role::Facilitator;
        let cases = [
            (
                WorkspaceEvent::RoleGiven { plan, person, role, by },
                "made Bob facilitator",
            ),
            (WorkspaceEvent::RoleTaken { plan, person, by }, "took Bob's role away"),
            (WorkspaceEvent::RoleTaken { plan, person: by, by }, "left the plan"),
            (
                WorkspaceEvent::StageSet {
                    plan,
                    stage: Stage::Workshop,
                    by,
                },
                "set the stage to Workshop",
            ),
            (
                WorkspaceEvent::AccessSet {
                    plan,
                    everyone: None,
                    by,
                },
                "closed the plan to all but its members",
            ),
        ];
        for (event, expected) in cases {
            let line = control_line(&event, &Fake).expect("it belongs into the plan's history");
            assert_eq!((line.plan, line.words.as_str()), (plan, expected));
            assert_eq!(control_plan(&event), Some(plan));
        }
        let item = ItemId(Uuid::from_u128(4));
        let part = ErasedPart::Personality;
        let erased = WorkspaceEvent::ContactErased { plan, item, part, by };
        let line = control_line(&erased, &Fake).expect("it belongs into the plan's history");
        assert_eq!(line.contact, Some(item), "whose it was can be looked up");
        let denied = WorkspaceEvent::WritesDenied {
            plan,
            person,
            count: 1,
            reason: String::new(),
        };
        assert_eq!(control_line(&denied, &Fake), None, "the audit's alone");
    }
}
