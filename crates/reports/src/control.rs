//! What happened to a plan beside its content: who takes part and who came to read it, its stage, its name, whether it is
//! put away.

use domain::event::{ErasedPart, Reply};
use domain::{ItemId, PersonId, PlanId, WorkspaceEvent};
use serde::{Deserialize, Serialize};

use crate::words::{self, Names};

/// How many people one line names; the others are counted.
const NAMED_MAX: usize = 5;

/// A control event as a line of a plan's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlLine {
    /// What kind of event it is, for programs.
    pub event: &'static str,
    /// What happened, in words that follow its author's name.
    pub words: String,
    /// The contact that it was about.
    pub contact: Option<ItemId>,
}

/// What was so when an event happened, as far as the event means more by it to a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Then {
    /// What the team was called that looked after the plan, or was to.
    pub team: Option<String>,
    /// Who managed it, and read the plan by that.
    pub managers: Vec<PersonId>,
    /// Who had made the invitation that was answered.
    pub inviter: Option<PersonId>,
    /// The client executives who could not sign in when somebody who has no such right in the plan named another one.
    pub shut_out: Vec<PersonId>,
}

/// Who is told of an event in a plan's history.
#[derive(Clone, Copy)]
enum Audience {
    /// Who reads the plan.
    Readers,
    /// Who may invite to it: who was asked and has not come is nobody else's to know.
    Inviters,
}

/// Which plan an event is about, where it is about one.
pub const fn control_plan(event: &WorkspaceEvent) -> Option<PlanId> {
    match told_to(event) {
        Some((plan, _)) => Some(plan),
        None => None,
    }
}

/// Whether an event is told only to those who may invite.
pub const fn is_for_inviters(event: &WorkspaceEvent) -> bool {
    matches!(told_to(event), Some((_, Audience::Inviters)))
}

/// Which plan an event is about, and to whom it is told there.
const fn told_to(event: &WorkspaceEvent) -> Option<(PlanId, Audience)> {
    use WorkspaceEvent as Event;
    match event {
        Event::PlanCreated { plan, .. }
        | Event::PlanRenamed { plan, .. }
        | Event::PlanArchived { plan, .. }
        | Event::PlanRestored { plan, .. }
        | Event::AccessSet { plan, .. }
        | Event::StageSet { plan, .. }
        | Event::PlanAssigned { plan, .. }
        | Event::PlanUnassigned { plan, .. }
        | Event::ContactErased { plan, .. }
        | Event::RoleGiven { plan, .. }
        | Event::RoleTaken { plan, .. } => Some((*plan, Audience::Readers)),
        Event::Invited { plan, .. } | Event::InvitationWithdrawn { plan, .. } => Some((*plan, Audience::Inviters)),
        Event::InvitationAnswered { plan, reply, .. } => {
            let audience = match reply {
                Reply::Accepted => Audience::Readers,
                Reply::Declined => Audience::Inviters,
            };
            Some((*plan, audience))
        }
        Event::PersonAdded { .. }
        | Event::PersonRenamed { .. }
        | Event::PersonRemoved { .. }
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

/// An event as a line of the history of a plan that it belongs into. What only the audit shows (who took something out,
/// whose edits were refused, where something is sent) is none.
pub fn control_line(event: &WorkspaceEvent, then: &Then, names: &dyn Names) -> Option<ControlLine> {
    let said = plan_words(event)
        .or_else(|| people_words(event, then, names))
        .or_else(|| reader_words(event, then, names));
    let contact = match event {
        WorkspaceEvent::ContactErased { item, .. } => Some(*item),
        _ => None,
    };
    said.map(|(event, words)| ControlLine { event, words, contact })
}

/// A kind of event, for programs, and what happened, in words that follow its author's name.
type Said = (&'static str, String);

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
fn people_words(event: &WorkspaceEvent, then: &Then, names: &dyn Names) -> Option<Said> {
    use WorkspaceEvent as Event;
    let name = |person: &PersonId| name_of(names, *person);
    Some(match event {
        Event::RoleGiven { person, role, .. } => {
            let words = format!("made {} {}", name(person), role.label().to_lowercase());
            ("role_given", words + &in_place_of(then, names))
        }
        Event::RoleTaken { person, by, .. } if person == by => ("role_taken", "left the plan".to_owned()),
        Event::RoleTaken { person, .. } => ("role_taken", format!("took {}'s role away", name(person))),
        Event::Invited { person, role, .. } => (
            "invited",
            format!("invited {} as {}", name(person), role.label().to_lowercase()),
        ),
        Event::InvitationAnswered { reply, .. } => {
            let what = match reply {
                Reply::Accepted => "accepted",
                Reply::Declined => "declined",
            };
            let whose = then
                .inviter
                .map_or_else(|| "the".to_owned(), |by| name_of(names, by) + "'s");
            ("invitation_answered", format!("{what} {whose} invitation"))
        }
        Event::InvitationWithdrawn { person, .. } => (
            "invitation_withdrawn",
            format!("took the invitation of {} back", name(person)),
        ),
        Event::PlanAssigned { to, due, .. } => {
            let until = due.as_deref().map(|due| format!(", due {}", words::day(due)));
            let words = format!("assigned the plan to {}{}", name(to), until.unwrap_or_default());
            ("plan_assigned", words + &and_to_team(then, names))
        }
        _ => return None,
    })
}

/// What happened elsewhere and says who reads or owns the plan from then on.
fn reader_words(event: &WorkspaceEvent, then: &Then, names: &dyn Names) -> Option<Said> {
    use WorkspaceEvent as Event;
    let name = |person: &PersonId| name_of(names, *person);
    let team = || quoted(then.team.as_deref().unwrap_or("?"));
    Some(match event {
        Event::TeamMemberSet {
            person, manager: true, ..
        } => (
            "team_manager_set",
            format!(
                "made {} a manager of the team {}, which looks after this plan: they read it from then on",
                name(person),
                team()
            ),
        ),
        Event::TeamMemberSet { person, .. } => (
            "team_manager_taken",
            format!(
                "made {} no longer a manager of the team {}, which looks after this plan: they do not read it by that",
                name(person),
                team()
            ),
        ),
        Event::TeamMemberRemoved { person, .. } => (
            "team_manager_taken",
            format!(
                "took {} out of the team {}, which looks after this plan: they do not read it by that",
                name(person),
                team()
            ),
        ),
        Event::TeamRemoved { .. } => (
            "team_removed",
            format!(
                "removed the team {}, which looked after this plan: nobody reads it by that",
                team()
            ),
        ),
        Event::PersonDeactivated { person, .. } => (
            "executive_shut_out",
            format!("shut {}, client executive here, out of the workspace", name(person)),
        ),
        Event::PersonReactivated { person, .. } => (
            "executive_let_in",
            format!("let {}, client executive here, into the workspace again", name(person)),
        ),
        _ => return None,
    })
}

/// Why somebody without a right in the plan could name a client executive.
fn in_place_of(then: &Then, names: &dyn Names) -> String {
    if then.shut_out.is_empty() {
        return String::new();
    }
    let were = if then.shut_out.len() == 1 { "was" } else { "were" };
    let gone = all_of(&then.shut_out, names);
    format!(", running the workspace, while {gone} {were} shut out of it")
}

/// To which team a plan is assigned too, and who reads it by that.
fn and_to_team(then: &Then, names: &dyn Names) -> String {
    let Some(team) = &then.team else { return String::new() };
    let who = match then.managers.len() {
        0 => "which nobody manages".to_owned(),
        1 => format!("whose manager {} reads it from then on", all_of(&then.managers, names)),
        _ => format!("whose managers {} read it from then on", all_of(&then.managers, names)),
    };
    format!(", and to the team {}, {who}", quoted(team))
}

fn all_of(people: &[PersonId], names: &dyn Names) -> String {
    let mut called: Vec<String> = people
        .iter()
        .take(NAMED_MAX)
        .map(|person| name_of(names, *person))
        .collect();
    let others = people.len().saturating_sub(NAMED_MAX);
    if others > 0 {
        called.push(format!("{others} more"));
    }
    match called.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => called.join(""),
    }
}

fn name_of(names: &dyn Names, person: PersonId) -> String {
    names.person(person).unwrap_or_else(|| "someone".to_owned())
}

fn quoted(name: &str) -> String {
    format!("\u{201c}{name}\u{201d}")
}

#[cfg(test)]
mod tests {
    use domain::ids::TeamId;
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
            let line = control_line(&event, &Then::default(), &Fake).expect("it belongs into the plan's history");
            assert_eq!(line.words, expected);
            assert_eq!(control_plan(&event), Some(plan));
        }
        let item = ItemId(Uuid::from_u128(4));
        let part = ErasedPart::Personality;
        let erased = WorkspaceEvent::ContactErased { plan, item, part, by };
        let line = control_line(&erased, &Then::default(), &Fake).expect("it belongs into the plan's history");
        assert_eq!(line.contact, Some(item), "whose it was can be looked up");
        let denied = WorkspaceEvent::WritesDenied {
            plan,
            person,
            count: 1,
            reason: String::new(),
        };
        assert_eq!(
            control_line(&denied, &Then::default(), &Fake),
            None,
            "the audit's alone"
        );
    }

    #[test]
    fn who_comes_to_read_a_plan_by_a_team_is_named() {
        let (plan, by) = (PlanId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(2)));
        let (person, team) = (PersonId(Uuid::from_u128(3)), TeamId(Uuid::from_u128(5)));
        let said = |event: &WorkspaceEvent, managers: usize| {
            let then = Then {
                team: Some("North".to_owned()),
                managers: vec![person; managers],
                ..Then::default()
            };
            control_line(event, &then, &Fake).expect("it is told").words
        };
        let assigned = WorkspaceEvent::PlanAssigned {
            plan,
            to: person,
            team: Some(team),
            due: None,
            by,
        };
        let begins = "assigned the plan to Bob, and to the team \u{201c}North\u{201d}, ";
        for (managers, ends) in [
            (0, "which nobody manages"),
            (1, "whose manager Bob reads it from then on"),
            (2, "whose managers Bob and Bob read it from then on"),
            (
                7,
                "whose managers Bob, Bob, Bob, Bob, Bob and 2 more read it from then on",
            ),
        ] {
            assert_eq!(said(&assigned, managers), format!("{begins}{ends}"));
        }
        let manager = true;
        let set = WorkspaceEvent::TeamMemberSet {
            team,
            person,
            manager,
            by,
        };
        assert!(said(&set, 1).ends_with("they read it from then on"));
    }

    #[test]
    fn an_executive_named_while_others_are_shut_out_is_said_to_be_so() {
        let (plan, by) = (PlanId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(2)));
        let person = PersonId(Uuid::from_u128(3));
        let role = Role::ClientExecutive;
        let given = WorkspaceEvent::RoleGiven { plan, person, role, by };
        let then = Then {
            shut_out: vec![person],
            ..Then::default()
        };
        let line = control_line(&given, &then, &Fake).expect("it is told");
        assert_eq!(
            line.words,
            "made Bob client executive, running the workspace, while Bob was shut out of it"
        );
    }

    #[test]
    fn an_answer_names_whose_invitation_it_was_and_who_was_asked_in_vain_is_for_inviters() {
        let (plan, person) = (PlanId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(3)));
        let answered = |reply| WorkspaceEvent::InvitationAnswered {
            plan,
            person,
            reply,
            note: String::new(),
            by: person,
        };
        let then = Then {
            inviter: Some(person),
            ..Then::default()
        };
        let line = control_line(&answered(Reply::Declined), &then, &Fake).expect("it is told");
        assert_eq!(line.words, "declined Bob's invitation");
        assert!(is_for_inviters(&answered(Reply::Declined)));
        assert!(!is_for_inviters(&answered(Reply::Accepted)));
    }
}
