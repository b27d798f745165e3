//! The state of a workspace: a fold of its events.

mod access;
mod people;
mod plans;
mod secrets;
mod teams;

use std::collections::{BTreeMap, BTreeSet};

use domain::event::Scope;
use domain::ids::{TeamId, WebhookId};
use domain::{PersonId, PlanId, Right, TimestampMs, WorkspaceEvent};

pub use access::Access;
pub(crate) use access::covers;
pub use people::{Named, PersonRecord};
pub use plans::{Answer, Assignment, Invitation, Member, PlanRecord};
use secrets::Secrets;
pub use secrets::{Link, Session, Token};
pub use teams::TeamRecord;

/// Another system that is told what happens here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Where it is told.
    pub url: String,
    /// What happens in these plans; nothing: what happens anywhere.
    pub plans: Option<Vec<PlanId>>,
    /// Of what kinds of happenings it is told.
    pub kinds: Vec<String>,
    /// Who wants that.
    pub by: PersonId,
    /// Since when.
    pub since: TimestampMs,
}

/// The whole workspace. Equal histories give equal states.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    people: BTreeMap<PersonId, PersonRecord>,
    by_email: BTreeMap<String, PersonId>,
    /// What they were called who were taken away.
    removed: BTreeMap<PersonId, String>,
    plans: BTreeMap<PlanId, PlanRecord>,
    teams: BTreeMap<TeamId, TeamRecord>,
    secrets: Secrets,
    webhooks: BTreeMap<WebhookId, Webhook>,
}

impl State {
    /// Takes in what happened at `at`. The event was decided when it was stored, so it is not judged again.
    pub fn evolve(&mut self, at: TimestampMs, event: &WorkspaceEvent) {
        let readers = self.readers_before(event);
        self.take_in(at, event);
        let gone = readers
            .into_iter()
            .filter(|(plan, person)| !self.may(*plan, *person, Right::ReadPersonal));
        let plans: BTreeSet<PlanId> = gone.map(|(plan, _)| plan).collect();
        for plan in plans {
            self.with_plan(plan, |one| one.generation += 1);
        }
    }

    #[expect(
        clippy::too_many_lines,
        reason = "it only hands each event on; leaving one out does not compile"
    )]
    fn take_in(&mut self, at: TimestampMs, event: &WorkspaceEvent) {
        use WorkspaceEvent as E;
        match event {
            E::PersonAdded {
                person,
                email,
                name,
                administrator,
            } => self.add_person(at, *person, (email, name), *administrator),
            E::PersonRenamed { person, name } => self.with_person(*person, |one| one.name.clone_from(name)),
            E::LinkIssued {
                person,
                digest,
                expires,
            } => self.secrets.add_link(*digest, *person, *expires),
            E::SignedIn {
                person,
                link,
                session,
                expires,
            } => {
                self.with_person(*person, |one| one.came = true);
                self.secrets.sign_in(*link, *session, *person, *expires);
            }
            E::SignedOut { session } => self.secrets.sign_out(*session),
            E::TokenCreated { person, name, digest } => {
                let token = Token {
                    person: *person,
                    name: name.clone(),
                    scopes: Scope::ALL.to_vec(),
                    plans: None,
                    since: at,
                    expires: None,
                };
                self.add_token(*digest, token);
            }
            E::PlanCreated {
                plan,
                name,
                by,
                copied_from,
            } => self.add_plan(at, *plan, name, *by, *copied_from),
            E::PlanRenamed { plan, name, .. } => self.with_plan(*plan, |one| one.name.clone_from(name)),
            E::PlanArchived { plan, .. } => self.with_plan(*plan, |one| one.archived = true),
            E::PlanRestored { plan, .. } => self.with_plan(*plan, |one| one.archived = false),
            E::RoleGiven { plan, person, role, by } => {
                self.with_plan(*plan, |one| one.give_role(at, *person, *role, *by));
            }
            E::RoleTaken { plan, person, .. } => self.with_plan(*plan, |one| one.take_role(*person)),
            E::AccessSet { plan, everyone, .. } => self.with_plan(*plan, |one| one.everyone = *everyone),
            E::StageSet { plan, stage, .. } => self.with_plan(*plan, |one| one.stage = *stage),
            E::Invited {
                plan,
                person,
                role,
                note,
                by,
            } => {
                let invitation = Invitation {
                    role: *role,
                    note: note.clone(),
                    by: *by,
                    at,
                    answer: None,
                };
                self.with_plan(*plan, |one| _ = one.invitations.insert(*person, invitation));
            }
            E::InvitationAnswered {
                plan,
                person,
                reply,
                note,
                ..
            } => {
                let (reply, note) = (*reply, note.clone());
                self.answer(*plan, *person, Answer { reply, note, at });
            }
            E::InvitationWithdrawn { plan, person, .. } => {
                self.with_plan(*plan, |one| _ = one.invitations.remove(person));
            }
            E::TeamMade { team, name, .. } => self.add_team(*team, name),
            E::TeamRenamed { team, name, .. } => self.with_team(*team, |one| one.name.clone_from(name)),
            E::TeamRemoved { team, .. } => self.remove_team(*team),
            E::TeamMemberSet {
                team, person, manager, ..
            } => self.with_team(*team, |one| _ = one.members.insert(*person, *manager)),
            E::TeamMemberRemoved { team, person, .. } => {
                self.with_team(*team, |one| _ = one.members.remove(person));
            }
            E::PlanAssigned {
                plan,
                to,
                team,
                due,
                by,
            } => {
                let assignment = Assignment {
                    to: *to,
                    team: *team,
                    due: due.clone(),
                    by: *by,
                    at,
                };
                self.with_plan(*plan, |one| one.assignment = Some(assignment));
            }
            E::PlanUnassigned { plan, .. } => self.with_plan(*plan, |one| one.assignment = None),
            E::AdministratorSet {
                person, administrator, ..
            } => self.with_person(*person, |one| one.administrator = *administrator),
            E::GuestSet { person, guest, by } => self.set_guest(*person, *guest, *by),
            E::PersonDeactivated { person, .. } => self.deactivate(at, *person),
            E::PersonRemoved { person, .. } => self.remove_person(*person),
            E::PersonReactivated { person, .. } => self.reactivate(at, *person),
            E::TokenMade {
                person,
                name,
                digest,
                scopes,
                plans,
                expires,
                ..
            } => {
                let token = Token {
                    person: *person,
                    name: name.clone(),
                    scopes: scopes.clone(),
                    plans: plans.clone(),
                    since: at,
                    expires: *expires,
                };
                self.add_token(*digest, token);
            }
            E::TokenRevoked { digest, .. } => self.secrets.revoke_token(*digest),
            E::ContactErased { plan, item, part, .. } => {
                self.with_plan(*plan, |one| _ = one.erased.entry((*item, *part)).or_insert(at));
            }
            E::WebhookAdded {
                webhook,
                url,
                plans,
                kinds,
                by,
            } => {
                let record = Webhook {
                    url: url.clone(),
                    plans: plans.clone(),
                    kinds: kinds.clone(),
                    by: *by,
                    since: at,
                };
                self.webhooks.insert(*webhook, record);
            }
            E::WebhookRemoved { webhook, .. } => _ = self.webhooks.remove(webhook),
            // For the audit alone.
            E::Exported { .. } | E::WritesDenied { .. } | E::CheckpointPublished { .. } | E::SignInsFailed { .. } => {}
        }
    }

    /// The other systems that are told what happens here, by id.
    pub const fn webhooks(&self) -> &BTreeMap<WebhookId, Webhook> {
        &self.webhooks
    }
}
