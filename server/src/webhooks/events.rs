//! What another system is told: that something happened, where, and by whom; never the words. Those are read through the
//! API, with the rights of who reads them. So nothing that its maker may not read can leave, and nothing personal at all.

use domain::{PersonId, PlanId, Seq, TimestampMs, WorkspaceEvent};
use journal::Record;
use protocol::Body;
use reports::control_plan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What happens, as a webhook asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum EventKind {
    /// Somebody changed what stands in a plan.
    #[serde(rename = "plan.edited")]
    PlanEdited,
    /// Something happened to a plan itself: who takes part, its stage, its name.
    #[serde(rename = "plan.control")]
    PlanControl,
    /// Something happened to the workspace: people, teams, tokens. Only for administrators.
    #[serde(rename = "workspace.control")]
    WorkspaceControl,
    /// Somebody tried out whether the webhook works.
    #[serde(rename = "ping")]
    Ping,
}

impl EventKind {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PlanEdited => "plan.edited",
            Self::PlanControl => "plan.control",
            Self::WorkspaceControl => "workspace.control",
            Self::Ping => "ping",
        }
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// Its kind.
    pub kind: EventKind,
    /// In which plan.
    #[schema(value_type = Option<Uuid>, required)]
    pub plan: Option<PlanId>,
    /// The entry of the plan's stream, or of the workspace's where it is a control event: each comes at least once.
    #[schema(value_type = u64)]
    pub seq: Seq,
    /// When, in milliseconds since 1970.
    #[schema(value_type = i64)]
    pub at: TimestampMs,
    /// Who.
    #[schema(value_type = Uuid)]
    pub by: PersonId,
    /// What kind of control event it is: `RoleGiven`, `StageSet`.
    #[schema(required)]
    pub what: Option<String>,
}

/// What an entry of a stream tells, if it tells anything.
pub(super) fn event_of(plan: Option<PlanId>, record: &Record) -> Option<Event> {
    let entry = protocol::decode_entry(&record.payload).ok()?;
    let (kind, plan, what) = match &entry.body {
        // The first entry of a plan is the server's.
        Body::Change { .. } if entry.author == PersonId::SERVER => return None,
        Body::Change { .. } => (EventKind::PlanEdited, plan, None),
        Body::Workspace(event) => {
            let plan = control_plan(event);
            let kind = if plan.is_some() {
                EventKind::PlanControl
            } else {
                EventKind::WorkspaceControl
            };
            (kind, plan, Some(name_of(event)))
        }
    };
    Some(Event {
        kind,
        plan,
        seq: record.seq,
        at: record.at,
        by: entry.author,
        what,
    })
}

/// The event's name, without anything of what it says.
fn name_of(event: &WorkspaceEvent) -> String {
    let text = format!("{event:?}");
    let is_name = |c: &char| c.is_ascii_alphanumeric();
    text.chars().take_while(is_name).collect()
}
