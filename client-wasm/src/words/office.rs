//! The words of members, invitations, tokens and the workspace's people.

use domain::{Right, Role};

use crate::api::audit::Format;
use crate::api::tokens::Scope;
use crate::office::Shape;

// The team of a plan.
pub(crate) const TEAM: &str = "Team";
pub(crate) const TEAM_READ_ONLY: &str = "The client executive and the facilitators invite and give roles";
pub(crate) const ROLE: &str = "Role";
pub(crate) const YOU: &str = "you";
pub(crate) const REMOVE: &str = "Remove";
pub(crate) const VIA_TEAM: &str = "by their team";
pub(crate) const EVERYONE_ELSE: &str = "Everyone else of this workspace";
pub(crate) const NO_PART_AT_ALL: &str = "No part";
pub(crate) const YOUR_ROLE: &str = "Your role";
pub(crate) const INVITE: &str = "Invite";
pub(crate) const INVITE_TITLE: &str = "Invite to this plan";
pub(crate) const INVITED: &str = "Invited";
pub(crate) const EMAIL: &str = "E-mail address";
pub(crate) const EMAIL_MISSING: &str = "An invitation needs an e-mail address.";
pub(crate) const EMAIL_AND_NAME: &str = "A person needs an e-mail address and a name.";
pub(crate) const NAME_OF_NEW: &str = "Name, if they are new here";
pub(crate) const NOTE_TO_THEM: &str = "A note to them: what it is about, the dates";
pub(crate) const INVITED_HINT: &str = "Nothing is mailed: the plan waits on their list of plans. Who is new here needs a \
    sign-in link from whoever runs the server.";
pub(crate) const CONTACT_READS_NOTHING: &str =
    "A customer contact takes part in person: this role does not open the plan.";
pub(crate) const NO_REPLY: &str = "no reply yet";
pub(crate) const ACCEPTED: &str = "accepted";
pub(crate) const DECLINED: &str = "declined";
pub(crate) const WITHDRAW: &str = "Withdraw";

/// What it means that everyone has a role in a plan, or none.
pub(crate) const fn everyone_means(role: Option<Role>) -> &'static str {
    match role {
        None => "Only those see the plan who are invited or given a role in it.",
        Some(Role::Observer) => "Everyone reads the plan, but nothing personal about the customer's people.",
        Some(_) => "Everyone reads the plan and works in it.",
    }
}

/// How many people there are.
pub(crate) fn people_in_team(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 person".to_owned(),
        count => format!("{count} people"),
    }
}

/// The role of a person, to choose.
pub(crate) fn role_of(name: &str) -> String {
    format!("Role of {name}")
}

/// Asked before somebody's part in a plan ends; they are what everyone is then, if everyone is something.
pub(crate) fn remove_from_team(name: &str, is_mine: bool, everyone: Option<Role>) -> String {
    match (everyone, is_mine) {
        (None, true) => "Leave this plan? You can no longer open it then.".to_owned(),
        (None, false) => format!(
            "Remove {name} from this plan? What they wrote stays, with their name. Their open pages close at once."
        ),
        (Some(role), true) => {
            format!("Leave this plan? You are {role} in it then, as everyone else of this workspace.")
        }
        (Some(role), false) => format!(
            "Remove {name} from this plan? Everyone else of this workspace is {role} in it: {name} is that then, and only \
             a guest is shut out. What they wrote stays, with their name."
        ),
    }
}

/// An invitation went out, to somebody whom the inviter shares a plan with or not.
pub(crate) fn invited(email: &str, is_known: bool) -> String {
    if is_known {
        format!("{email} is invited: the plan waits on their list of plans.")
    } else {
        format!(
            "{email} is invited. Nothing is mailed: tell them, and if they are new here, ask whoever runs the server for a \
             sign-in link (interlock link {email})."
        )
    }
}

/// What somebody was invited as, and when.
pub(crate) fn invited_as(role: Role, when: &str) -> String {
    format!("as {role}, {when}")
}

/// What somebody wrote with their answer.
pub(crate) fn replied(note: &str) -> String {
    format!("\u{201c}{note}\u{201d}")
}

// Who owes a plan.
pub(crate) const OWED: &str = "Who owes this plan";
pub(crate) const OWED_BY: &str = "Person";
pub(crate) const NOBODY_OWES_IT: &str = "nobody";
pub(crate) const NOBODY_OWES: &str = "Nobody owes it";
pub(crate) const ASSIGN: &str = "Assign";
pub(crate) const OWNER_MISSING: &str = "Choose who owes the plan.";
pub(crate) const CHOOSE_PERSON: &str = "Choose a person";
pub(crate) const LOOKED_AFTER: &str = "Team that looks after it";
pub(crate) const LOOKED_AFTER_HINT: &str = "The managers of that team read the plan, as sales managers.";
pub(crate) const NO_TEAM: &str = "No team";
pub(crate) const ANOTHER_TEAM: &str = "A team that you are not in";

/// Who owes a plan, until when.
pub(crate) fn owed_by(name: &str, due: Option<&str>) -> String {
    match due {
        Some(due) => format!("{name}, until {due}"),
        None => name.to_owned(),
    }
}

/// The dialog that assigns a plan.
pub(crate) fn assign_title(plan: Option<&str>) -> String {
    plan.map_or_else(|| OWED.to_owned(), |plan| format!("Who owes {plan}"))
}

/// Whose managers look after a plan.
pub(crate) fn looked_after_by(team: Option<&str>) -> String {
    match team {
        Some(team) => format!("The managers of {team} look after it."),
        None => "The managers of a team that you are not in look after it.".to_owned(),
    }
}

// The team builder.
pub(crate) const TEAM_BUILDER: &str = "Is the team complete?";
pub(crate) const FITS: &str = "fits";
pub(crate) const SUITS: &str = "your team's size";

/// So many of a role are missing.
pub(crate) fn missing(count: usize) -> String {
    format!("{count} missing")
}

/// So many more than usual.
pub(crate) fn over_usual(count: usize) -> String {
    format!("{count} over")
}

/// How many of a role are usual.
pub(crate) fn usual((from, to): (usize, usize)) -> String {
    if from == to {
        format!("usually {from}")
    } else {
        format!("usually {from} to {to}")
    }
}

/// A team that is too large for one session.
pub(crate) fn too_many_people(over: usize) -> String {
    format!("{over} more than the 26 who can still work on one plan together: split the session into teams.")
}

/// How a session is put together.
pub(crate) const fn shape(shape: Shape) -> &'static str {
    match shape {
        Shape::Integrated => "Integrated session",
        Shape::Clustered => "Clustered session",
    }
}

/// What that means.
pub(crate) const fn shape_means(shape: Shape) -> &'static str {
    match shape {
        Shape::Integrated => "One team of 10 to 30, all products, one plan.",
        Shape::Clustered => "About 4 teams of 4 to 6 at once, each with a plan for an account of its own.",
    }
}

// Invitations to me.
pub(crate) const YOUR_INVITATIONS: &str = "You are invited";
pub(crate) const ACCEPT: &str = "Accept";
pub(crate) const DECLINE: &str = "Decline";
pub(crate) const YOUR_ANSWER: &str = "A note with your answer";

/// Who invites me to what.
pub(crate) fn invites_you(by: &str, plan: &str, role: Role) -> String {
    let by = if by.is_empty() { "Somebody" } else { by };
    format!("{by} invites you to {plan} as {role}")
}

/// An answer was given to an invitation as something.
pub(crate) fn answered(plan: &str, accepted: bool, role: Role) -> String {
    match accepted {
        true if role.may(Right::Read) => format!("You are in: {plan} is among your plans."),
        true => format!(
            "Accepted: {plan} names you as {role}. As that you take part in person: the plan is not opened to you."
        ),
        false => format!("Declined: {plan}."),
    }
}

// Tokens.
pub(crate) const TOKENS: &str = "API tokens";
pub(crate) const TOKENS_HINT: &str = "What programs may do in your name. A token never may more than you.";
pub(crate) const NO_TOKENS: &str =
    "No token yet. A program that reads or writes your plans over the API signs in with one.";
pub(crate) const ALL_TOKENS: &str = "API tokens of everybody";
pub(crate) const ALL_TOKENS_HINT: &str = "What programs may do in whose name. A token that is revoked ends at once.";
pub(crate) const NOBODY_HAS_TOKENS: &str = "Nobody has a token.";
pub(crate) const TOKEN: &str = "Token";
pub(crate) const EVERYTHING: &str = "everything";
pub(crate) const LAST_USED: &str = "Last used";
pub(crate) const NOT_USED: &str = "not lately";
pub(crate) const NOT_USED_WHY: &str = "Not since the server was started: what came before is not kept.";
pub(crate) const NEW_TOKEN: &str = "New token";
pub(crate) const TOKEN_FOR: &str = "What it is for";
pub(crate) const TOKEN_MAY: &str = "It may";
pub(crate) const IN_PLANS: &str = "In";
pub(crate) const ALL_MY_PLANS: &str = "All plans I can open";
const ALL_THEIR_PLANS: &str = "All plans they can open";
pub(crate) const SOME_PLANS: &str = "Some of them";
pub(crate) const UNTIL: &str = "Until";
pub(crate) const NEVER: &str = "without end";
pub(crate) const REVOKE: &str = "Revoke";
pub(crate) const SECRET_ONCE: &str = "This is the token. It is shown only now: copy it to where the program finds it.";
pub(crate) const TOKEN_NAME_MISSING: &str = "Say what the token is for.";
pub(crate) const SCOPE_MISSING: &str = "Choose what the token may do.";
pub(crate) const TOKEN_PLAN_MISSING: &str = "Choose at least one plan.";

/// What a token may do.
pub(crate) const fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "read",
        Scope::Personal => "read what is personal about contacts",
        Scope::Write => "write",
        Scope::Manage => "manage members and stages",
        Scope::Audit => "read the audit",
    }
}

/// How long a token is good for.
pub(crate) fn for_days(days: i64) -> String {
    match days {
        0 => NEVER.to_owned(),
        365 => "a year".to_owned(),
        days => format!("{days} days"),
    }
}

/// That a token is for no plan in particular.
pub(crate) const fn all_plans(is_mine: bool) -> &'static str {
    if is_mine { ALL_MY_PLANS } else { ALL_THEIR_PLANS }
}

/// A token whose time is over.
pub(crate) fn token_over(when: &str) -> String {
    format!("over, {when}")
}

/// Asked before a token of somebody's ends.
pub(crate) fn revoke_token_of(name: &str, person: &str) -> String {
    format!("Revoke the token {name} of {person}? Programs that use it stop at once.")
}

/// Asked before a token ends.
pub(crate) fn revoke_token(name: &str) -> String {
    format!("Revoke the token {name}? Programs that use it stop at once.")
}

// The audit.
pub(crate) const AUDIT: &str = "Audit";
pub(crate) const AUDIT_HINT: &str = "Who signed in, gave roles, made tokens, took something out, erased: all of it since \
    the workspace began. That you take it out stands in it, too.";
pub(crate) const PLAN_AUDIT_HINT: &str = "Who decided what about this plan, and every change in it, without what is \
    personal about contacts. That you take it out stands in it, too.";

/// The link that takes the audit out.
pub(crate) const fn audit_as(format: Format) -> &'static str {
    match format {
        Format::Csv => "Take out as CSV",
        Format::JsonLines => "Take out as JSON lines",
    }
}

// The workspace.
pub(crate) const WORKSPACE: &str = "People and teams";
pub(crate) const PEOPLE: &str = "People";
pub(crate) const ADD_PERSON: &str = "Add a person";
pub(crate) const ADDED_PERSON_HINT: &str = "They sign in with a link that whoever runs the server gives them.";
pub(crate) const ADMINISTRATOR: &str = "Administrator";
pub(crate) const DEACTIVATE: &str = "Deactivate";
pub(crate) const REACTIVATE: &str = "Reactivate";
pub(crate) const DEACTIVATED: &str = "deactivated";
pub(crate) const NEVER_CAME: &str = "never signed in";
pub(crate) const TEAMS: &str = "Teams";
pub(crate) const TEAMS_HINT: &str =
    "Who manages a team reads every plan that is assigned to it. A click on a name makes them its manager.";
pub(crate) const ALL_PLANS_HINT: &str = "Every plan by name. Who runs the workspace assigns plans, and names who owns one \
    whose client executives are all gone; what is in a plan is for those who have a role in it.";
pub(crate) const NAME_OWNER: &str = "Name one";
pub(crate) const GUEST: &str = "Guest";
pub(crate) const GUEST_HINT: &str = "A guest sees the plans that they are named in and no other, and makes none.";
pub(crate) const NEW_ARE_GUESTS: &str = "Who is new here comes as a guest: they see the plans that they are named in and \
    no other.";
pub(crate) const GUESTS_WAIT: &str = "You are a guest here: the plans that somebody invites you to stand here.";
pub(crate) const TEAM_NAME: &str = "Name of the team";
pub(crate) const NEW_TEAM: &str = "New team";
pub(crate) const ADD_MEMBER: &str = "Add somebody";
pub(crate) const MANAGES_TEAM: &str = "Manages the team: a click turns it";

/// Whether a person runs the workspace.
pub(crate) fn is_administrator(name: &str) -> String {
    format!("{name} is an administrator")
}

/// Whether a person is a guest.
pub(crate) fn is_guest(name: &str) -> String {
    format!("{name} is a guest")
}

/// The choice of who owns a plan that nobody owns.
pub(crate) fn name_owner(plan: &str) -> String {
    format!("Client executive of {plan}")
}

/// Asked before a person's way in ends.
pub(crate) fn deactivate(name: &str) -> String {
    format!(
        "Deactivate {name}? They are signed out everywhere, their links and tokens end. Their name stays in histories."
    )
}

/// Asked before a person goes who has never come.
pub(crate) fn remove_person(name: &str) -> String {
    format!("Remove {name} from this workspace? They have never signed in: their invitations and roles go with them.")
}

/// Asked before a team goes.
pub(crate) fn remove_team(name: &str) -> String {
    format!("Remove the team {name}? Its managers lose what they read through it.")
}

/// The choice of who comes into a team.
pub(crate) fn add_to_team(name: &str) -> String {
    format!("Add somebody to {name}")
}

/// One of a team.
pub(crate) fn team_member(name: &str, manager: bool) -> String {
    if manager {
        format!("{name}, manager")
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_is_after_their_part_has_ended_is_said_before() {
        assert!(remove_from_team("Bob", false, None).contains("close at once"));
        let still = remove_from_team("Bob", false, Some(Role::Seller));
        assert!(
            still.contains("Bob is that then") && still.contains("Seller"),
            "{still}"
        );
        assert!(remove_from_team("Bob", true, Some(Role::Observer)).contains("You are Observer"));
    }

    #[test]
    fn who_accepts_a_role_that_opens_no_plan_is_told_so() {
        assert!(answered("Halden", true, Role::Seller).contains("among your plans"));
        assert!(answered("Halden", true, Role::CustomerContact).contains("not opened to you"));
        assert!(answered("Halden", false, Role::CustomerContact).contains("Declined"));
    }
}
