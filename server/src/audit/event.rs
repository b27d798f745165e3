//! What an event of the workspace's stream says in the audit. Every event has a line: a new one does not compile before
//! it has.

use domain::event::SecretDigest;
use domain::{ItemId, PersonId, PlanId, SectionId, TimestampMs, WorkspaceEvent};
use journal::Record;
use reports::words::Names;
use workspace::{State, Token};

use super::line::{Line, name};
use crate::told::{then, told_in};

/// The line of an event. `state`: as it was before.
pub(super) fn line(state: &State, record: &Record, author: PersonId, event: &WorkspaceEvent) -> Line {
    let mut line = Line::new(record, author, state);
    (line.kind, line.words) = told(state, author, event);
    line.plan = plan_of(event);
    line.plan_name = line.plan.and_then(|plan| match event {
        WorkspaceEvent::PlanCreated { name, .. } => Some(name.clone()),
        _ => state.plan(plan).map(|plan| plan.name.clone()),
    });
    line.person = person_of(state, event);
    line.person_name = line.person.and_then(|person| match event {
        WorkspaceEvent::PersonAdded { name, .. } => Some(name.clone()),
        _ => name(state, person),
    });
    match event {
        WorkspaceEvent::ContactErased { item, .. } => {
            (line.section, line.item) = (Some(SectionId::People), Some(*item));
        }
        WorkspaceEvent::TokenCreated { digest, .. }
        | WorkspaceEvent::TokenMade { digest, .. }
        | WorkspaceEvent::TokenRevoked { digest, .. } => line.token = Some(digest.to_string()),
        _ => {}
    }
    line
}

/// Whether an event belongs into a plan's audit. `state`: as it was before.
pub(super) fn is_about(state: &State, event: &WorkspaceEvent, plan: PlanId) -> bool {
    let listed = match event {
        WorkspaceEvent::TokenMade { plans, .. } | WorkspaceEvent::WebhookAdded { plans, .. } => plans.as_deref(),
        WorkspaceEvent::TokenRevoked { digest, .. } => token(state, digest).and_then(|token| token.plans.as_deref()),
        _ => None,
    };
    let is_told = || told_in(state, event).iter().any(|(told, _)| *told == plan);
    plan_of(event) == Some(plan) || listed.is_some_and(|plans| plans.contains(&plan)) || is_told()
}

/// Names as of an event.
struct AsOf<'a>(&'a State);

impl Names for AsOf<'_> {
    fn person(&self, person: PersonId) -> Option<String> {
        name(self.0, person)
    }

    fn item(&self, _: ItemId) -> Option<String> {
        None
    }
}

/// Kind and words.
fn told(state: &State, author: PersonId, event: &WorkspaceEvent) -> (&'static str, String) {
    use WorkspaceEvent as E;
    let whom = |person: &PersonId| name(state, *person).unwrap_or_else(|| "someone".to_owned());
    match event {
        E::PersonAdded { email, name, .. } => ("person_added", format!("added {name} ({email})")),
        E::PersonRenamed { person, name } => ("person_renamed", format!("renamed {} to {name}", whom(person))),
        E::LinkIssued { person, .. } => {
            // Nobody signed in does it otherwise: whoever holds the data folder.
            let how = if author == PersonId::SERVER {
                " on the command line"
            } else {
                ""
            };
            (
                "link_issued",
                format!("issued a sign-in link for {}{how}", whom(person)),
            )
        }
        E::SignedIn { .. } => ("signed_in", "signed in".to_owned()),
        E::SignedOut { .. } => ("signed_out", "signed out".to_owned()),
        E::SignInsFailed { count } => (
            "sign_ins_failed",
            format!("{count} times somebody tried a sign-in link that is not good"),
        ),
        E::TokenCreated { person, name, .. } => (
            "token_made",
            format!(
                "made the token {} for {}, good for everything",
                quoted(name),
                whom(person)
            ),
        ),
        E::TokenMade { .. } => ("token_made", token_made(state, event)),
        E::TokenRevoked { digest, .. } => ("token_revoked", token_revoked(state, digest)),
        E::TeamMade { .. }
        | E::TeamRenamed { .. }
        | E::TeamRemoved { .. }
        | E::TeamMemberSet { .. }
        | E::TeamMemberRemoved { .. } => of_team(state, event),
        E::AdministratorSet {
            person, administrator, ..
        } => {
            let what = if *administrator { "an" } else { "no longer an" };
            (
                "administrator_set",
                format!("made {} {what} administrator", whom(person)),
            )
        }
        E::GuestSet { person, guest, .. } => {
            let what = if *guest { "a" } else { "no longer a" };
            ("guest_set", format!("made {} {what} guest", whom(person)))
        }
        E::PersonDeactivated { person, .. } => ("person_deactivated", format!("deactivated {}", whom(person))),
        E::PersonRemoved { person, .. } => (
            "person_removed",
            format!("took away {}, who had never come", whom(person)),
        ),
        E::PersonReactivated { person, .. } => ("person_reactivated", format!("reactivated {}", whom(person))),
        E::Exported { what, .. } => ("exported", format!("took out: {what}")),
        E::WritesDenied {
            person, count, reason, ..
        } => (
            "writes_denied",
            format!("refused {count} edits of {}: {reason}", whom(person)),
        ),
        E::WebhookAdded { url, kinds, .. } => (
            "webhook_added",
            format!("added a webhook to {url}: {}", kinds.join(", ")),
        ),
        E::WebhookRemoved { .. } => ("webhook_removed", "removed a webhook".to_owned()),
        E::CheckpointPublished { number, to, .. } => {
            ("checkpoint_published", format!("published checkpoint {number} to {to}"))
        }
        E::PlanCreated { .. }
        | E::PlanRenamed { .. }
        | E::PlanArchived { .. }
        | E::PlanRestored { .. }
        | E::RoleGiven { .. }
        | E::RoleTaken { .. }
        | E::AccessSet { .. }
        | E::StageSet { .. }
        | E::Invited { .. }
        | E::InvitationAnswered { .. }
        | E::InvitationWithdrawn { .. }
        | E::PlanAssigned { .. }
        | E::PlanUnassigned { .. }
        | E::ContactErased { .. } => of_plan(state, event),
    }
}

/// The same of an event about a team.
fn of_team(state: &State, event: &WorkspaceEvent) -> (&'static str, String) {
    use WorkspaceEvent as E;
    let whom = |person: &PersonId| name(state, *person).unwrap_or_else(|| "someone".to_owned());
    let team = |team| {
        state
            .team(team)
            .map_or_else(|| "a team".to_owned(), |team| quoted(&team.name))
    };
    match event {
        E::TeamMade { name, .. } => ("team_made", format!("made the team {}", quoted(name))),
        E::TeamRenamed { team: id, name, .. } => ("team_renamed", format!("renamed {} to {}", team(*id), quoted(name))),
        E::TeamRemoved { team: id, .. } => ("team_removed", format!("removed {}", team(*id))),
        E::TeamMemberSet {
            team: id,
            person,
            manager,
            ..
        } => {
            let what = if *manager { "a manager" } else { "a member" };
            (
                "team_member_set",
                format!("made {} {what} of {}", whom(person), team(*id)),
            )
        }
        E::TeamMemberRemoved { team: id, person, .. } => (
            "team_member_removed",
            format!("took {} out of {}", whom(person), team(*id)),
        ),
        _ => of_plan(state, event),
    }
}

/// What the plan's own history says of it, too.
fn of_plan(state: &State, event: &WorkspaceEvent) -> (&'static str, String) {
    let then = plan_of(event).map(|plan| then(state, plan, event));
    let line = reports::control_line(event, &then.unwrap_or_default(), &AsOf(state));
    line.map_or_else(
        || ("plan_event", "did something with the plan".to_owned()),
        |line| (line.event, line.words),
    )
}

fn token_made(state: &State, event: &WorkspaceEvent) -> String {
    let WorkspaceEvent::TokenMade {
        person,
        name: token,
        scopes,
        plans,
        ..
    } = event
    else {
        return String::new();
    };
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    let plans = match plans.as_ref().map(Vec::len) {
        None => "wherever they may".to_owned(),
        Some(1) => "in one plan".to_owned(),
        Some(count) => format!("in {count} plans"),
    };
    let whom = name(state, *person).unwrap_or_else(|| "someone".to_owned());
    format!(
        "made the token {} for {whom}, good for {} {plans}",
        quoted(token),
        scopes.join(", ")
    )
}

fn token_revoked(state: &State, digest: &SecretDigest) -> String {
    let Some(token) = token(state, digest) else {
        return "revoked a token".to_owned();
    };
    let whom = name(state, token.person).unwrap_or_else(|| "someone".to_owned());
    format!("revoked the token {} of {whom}", quoted(&token.name))
}

/// A token, also one whose time is over.
fn token<'a>(state: &'a State, digest: &SecretDigest) -> Option<&'a Token> {
    state.token(digest, TimestampMs(i64::MIN))
}

fn quoted(name: &str) -> String {
    format!("\u{201c}{name}\u{201d}")
}

/// The plan that an event is about.
const fn plan_of(event: &WorkspaceEvent) -> Option<PlanId> {
    use WorkspaceEvent as E;
    match event {
        E::PlanCreated { plan, .. }
        | E::PlanRenamed { plan, .. }
        | E::PlanArchived { plan, .. }
        | E::PlanRestored { plan, .. }
        | E::RoleGiven { plan, .. }
        | E::RoleTaken { plan, .. }
        | E::AccessSet { plan, .. }
        | E::StageSet { plan, .. }
        | E::Invited { plan, .. }
        | E::InvitationAnswered { plan, .. }
        | E::InvitationWithdrawn { plan, .. }
        | E::PlanAssigned { plan, .. }
        | E::PlanUnassigned { plan, .. }
        | E::WritesDenied { plan, .. }
        | E::ContactErased { plan, .. } => Some(*plan),
        E::Exported { plan, .. } => *plan,
        E::PersonAdded { .. }
        | E::PersonRenamed { .. }
        | E::LinkIssued { .. }
        | E::SignedIn { .. }
        | E::SignedOut { .. }
        | E::SignInsFailed { .. }
        | E::TokenCreated { .. }
        | E::TokenMade { .. }
        | E::TokenRevoked { .. }
        | E::TeamMade { .. }
        | E::TeamRenamed { .. }
        | E::TeamRemoved { .. }
        | E::TeamMemberSet { .. }
        | E::TeamMemberRemoved { .. }
        | E::AdministratorSet { .. }
        | E::GuestSet { .. }
        | E::PersonDeactivated { .. }
        | E::PersonReactivated { .. }
        | E::PersonRemoved { .. }
        | E::WebhookAdded { .. }
        | E::WebhookRemoved { .. }
        | E::CheckpointPublished { .. } => None,
    }
}

/// The person that an event is about.
fn person_of(state: &State, event: &WorkspaceEvent) -> Option<PersonId> {
    use WorkspaceEvent as E;
    match event {
        E::PersonAdded { person, .. }
        | E::PersonRenamed { person, .. }
        | E::LinkIssued { person, .. }
        | E::SignedIn { person, .. }
        | E::TokenCreated { person, .. }
        | E::TokenMade { person, .. }
        | E::TeamMemberSet { person, .. }
        | E::TeamMemberRemoved { person, .. }
        | E::AdministratorSet { person, .. }
        | E::GuestSet { person, .. }
        | E::PersonDeactivated { person, .. }
        | E::PersonReactivated { person, .. }
        | E::PersonRemoved { person, .. }
        | E::RoleGiven { person, .. }
        | E::RoleTaken { person, .. }
        | E::Invited { person, .. }
        | E::InvitationAnswered { person, .. }
        | E::InvitationWithdrawn { person, .. }
        | E::PlanAssigned { to: person, .. }
        | E::WritesDenied { person, .. } => Some(*person),
        E::TokenRevoked { digest, .. } => token(state, digest).map(|token| token.person),
        E::SignedOut { .. }
        | E::SignInsFailed { .. }
        | E::TeamMade { .. }
        | E::TeamRenamed { .. }
        | E::TeamRemoved { .. }
        | E::PlanCreated { .. }
        | E::PlanRenamed { .. }
        | E::PlanArchived { .. }
        | E::PlanRestored { .. }
        | E::AccessSet { .. }
        | E::StageSet { .. }
        | E::PlanUnassigned { .. }
        | E::Exported { .. }
        | E::ContactErased { .. }
        | E::WebhookAdded { .. }
        | E::WebhookRemoved { .. }
        | E::CheckpointPublished { .. } => None,
    }
}
