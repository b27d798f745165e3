//! Which commands a workspace agrees to, and what then happened.

mod audit;
mod invitations;
mod members;
mod people;
mod plans;
mod refused;
mod rights;
mod secrets;
mod teams;
mod webhooks;
mod words;

use domain::{TimestampMs, WorkspaceEvent};

pub use invitations::holds as invitation_holds;
pub use refused::Refused;
pub use words::check_name;

use crate::command::Command;
use crate::state::State;

use invitations::{Asked, Says};
use people::Newcomer;
use plans::{Duty, NewPlan};
use secrets::NewToken;
use webhooks::NewWebhook;

/// What happens when `command` is given at `now`: events to append, or nothing where it is so already.
#[expect(
    clippy::too_many_lines,
    reason = "it only hands each command to its rule; leaving one out does not compile"
)]
pub fn decide(state: &State, now: TimestampMs, command: Command) -> Result<Vec<WorkspaceEvent>, Refused> {
    use Command as C;
    match command {
        C::AddPerson {
            person,
            email,
            name,
            administrator,
            by,
        } => {
            rights::administrator(state, by)?;
            let (email, name) = (&email, &name);
            let newcomer = Newcomer {
                person,
                email,
                name,
                administrator,
            };
            people::add(state, &newcomer).map(|event| vec![event])
        }
        C::RenamePerson { person, name } => people::rename(state, person, &name),
        C::SetAdministrator {
            person,
            administrator,
            by,
        } => people::set_administrator(state, person, administrator, by),
        C::SetGuest { person, guest, by } => people::set_guest(state, person, guest, by),
        C::DeactivatePerson { person, by } => people::deactivate(state, person, by),
        C::ReactivatePerson { person, by } => people::reactivate(state, person, by),
        C::RemovePerson { person, by } => people::remove(state, person, by),
        C::IssueLink {
            email,
            newcomer,
            digest,
        } => secrets::issue_link(state, now, &email, newcomer, digest),
        C::SignIn { link, session } => secrets::sign_in(state, now, link, session),
        C::SignOut { session } => secrets::sign_out(state, now, session),
        C::MakeToken {
            person,
            name,
            digest,
            scopes,
            plans,
            expires,
            by,
        } => {
            let name = &name;
            let new = NewToken {
                person,
                name,
                digest,
                scopes,
                plans,
                expires,
            };
            secrets::make_token(state, now, new, by)
        }
        C::RevokeToken { digest, by } => secrets::revoke_token(state, digest, by),
        C::CreatePlan {
            plan,
            name,
            by,
            copied_from,
            everyone,
        } => {
            let name = &name;
            let new = NewPlan {
                plan,
                name,
                by,
                copied_from,
                everyone,
            };
            plans::create(state, &new)
        }
        C::RenamePlan { plan, name, by } => plans::rename(state, plan, &name, by),
        C::ArchivePlan { plan, by } => plans::archive(state, plan, by),
        C::RestorePlan { plan, by } => plans::restore(state, plan, by),
        C::SetStage { plan, stage, by } => plans::set_stage(state, plan, stage, by),
        C::SetAccess { plan, everyone, by } => plans::set_access(state, plan, everyone, by),
        C::GiveRole { plan, person, role, by } => members::give(state, plan, person, role, by),
        C::TakeRole { plan, person, by } => members::take(state, plan, person, by),
        C::Invite {
            plan,
            email,
            name,
            newcomer,
            role,
            note,
            by,
        } => {
            let newcomer = Newcomer {
                person: newcomer,
                email: &email,
                name: &name,
                administrator: false,
            };
            let note = &note;
            invitations::invite(state, plan, &Asked { newcomer, role, note }, by)
        }
        C::AnswerInvitation {
            plan,
            person,
            reply,
            note,
            by,
        } => invitations::answer(state, plan, person, &Says { reply, note: &note }, by),
        C::WithdrawInvitation { plan, person, by } => invitations::withdraw(state, plan, person, by),
        C::MakeTeam { team, name, by } => teams::make(state, team, &name, by),
        C::RenameTeam { team, name, by } => teams::rename(state, team, &name, by),
        C::RemoveTeam { team, by } => teams::remove(state, team, by),
        C::SetTeamMember {
            team,
            person,
            manager,
            by,
        } => teams::set_member(state, team, person, manager, by),
        C::RemoveTeamMember { team, person, by } => teams::remove_member(state, team, person, by),
        C::AssignPlan {
            plan,
            to,
            team,
            due,
            by,
        } => {
            let due = due.as_deref();
            plans::assign(state, plan, &Duty { to, team, due }, by)
        }
        C::UnassignPlan { plan, by } => plans::unassign(state, plan, by),
        C::NoteExport { plan, what, by } => audit::export(state, plan, &what, by),
        C::NoteDenied {
            plan,
            person,
            count,
            reason,
        } => audit::denied(state, plan, person, count, &reason),
        C::NoteFailedSignIns { count } => Ok(vec![WorkspaceEvent::SignInsFailed { count }]),
        C::NoteCheckpoint { number, hash, to } => Ok(vec![WorkspaceEvent::CheckpointPublished { number, hash, to }]),
        C::EraseContact { plan, item, part, by } => audit::erase(state, plan, item, part, by),
        C::AddWebhook {
            webhook,
            url,
            plans,
            kinds,
            by,
        } => {
            let url = &url;
            let new = NewWebhook {
                webhook,
                url,
                plans,
                kinds,
            };
            webhooks::add(state, new, by)
        }
        C::RemoveWebhook { webhook, by } => webhooks::remove(state, webhook, by),
    }
}
