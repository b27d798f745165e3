//! Given what happened, when somebody asks, then this happens.

use domain::event::SecretDigest;
use domain::{PersonId, PlanId, Role, TimestampMs, WorkspaceEvent};
use uuid::Uuid;

use crate::{Command, LINK_LIFETIME_MS, Refused, State, decide};

mod audit;
mod generations;
mod invitations;
mod members;
mod people;
mod plans;
mod random;
mod sign_in;
mod teams;
mod tokens;

const ADA: PersonId = PersonId(Uuid::from_u128(1));
const BOB: PersonId = PersonId(Uuid::from_u128(2));
const CYD: PersonId = PersonId(Uuid::from_u128(3));
const DEE: PersonId = PersonId(Uuid::from_u128(4));
const PLAN: PlanId = PlanId(Uuid::from_u128(10));
const COPY: PlanId = PlanId(Uuid::from_u128(11));
const NOW: TimestampMs = TimestampMs(1_800_000_000_000);

fn digest(n: u8) -> SecretDigest {
    SecretDigest([n; 32])
}

fn added(person: PersonId, email: &str, administrator: bool) -> WorkspaceEvent {
    WorkspaceEvent::PersonAdded {
        person,
        email: email.to_owned(),
        name: "Somebody".to_owned(),
        administrator,
    }
}

fn plan_made(plan: PlanId) -> WorkspaceEvent {
    WorkspaceEvent::PlanCreated {
        plan,
        name: "Sonnenberg".to_owned(),
        by: ADA,
        copied_from: None,
    }
}

fn link(person: PersonId, n: u8, at: TimestampMs) -> WorkspaceEvent {
    WorkspaceEvent::LinkIssued {
        person,
        digest: digest(n),
        expires: TimestampMs(at.0 + LINK_LIFETIME_MS),
    }
}

fn given(events: &[WorkspaceEvent]) -> State {
    let mut state = State::default();
    for event in events {
        state.evolve(NOW, event);
    }
    state
}

#[track_caller]
fn check(before: &[WorkspaceEvent], command: Command, then: &Result<Vec<WorkspaceEvent>, Refused>) {
    assert_eq!(&decide(&given(before), NOW, command), then);
}

fn role(person: PersonId, role: Role) -> WorkspaceEvent {
    WorkspaceEvent::RoleGiven {
        plan: PLAN,
        person,
        role,
        by: ADA,
    }
}

fn access(plan: PlanId, everyone: Option<Role>) -> WorkspaceEvent {
    WorkspaceEvent::AccessSet {
        plan,
        everyone,
        by: ADA,
    }
}

/// Ada runs the workspace and made the plan, Bob is its facilitator, Cyd sells, Dee has no part in it.
fn a_team() -> Vec<WorkspaceEvent> {
    vec![
        added(ADA, "ada@example.com", true),
        added(BOB, "bob@example.com", false),
        added(CYD, "cyd@example.com", false),
        added(DEE, "dee@example.com", false),
        plan_made(PLAN),
        access(PLAN, None),
        role(BOB, Role::Facilitator),
        role(CYD, Role::Seller),
    ]
}

fn and(before: Vec<WorkspaceEvent>, then: impl IntoIterator<Item = WorkspaceEvent>) -> Vec<WorkspaceEvent> {
    before.into_iter().chain(then).collect()
}

/// The command happens, as this one event.
#[track_caller]
fn gives(before: &[WorkspaceEvent], command: Command, event: WorkspaceEvent) {
    check(before, command, &Ok(vec![event]));
}

#[track_caller]
fn refuses(before: &[WorkspaceEvent], command: Command, refused: Refused) {
    check(before, command, &Err(refused));
}

/// It is so already.
#[track_caller]
fn changes_nothing(before: &[WorkspaceEvent], command: Command) {
    check(before, command, &Ok(vec![]));
}
