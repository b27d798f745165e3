//! What the server answers with.

use std::collections::BTreeMap;

use domain::{ItemId, PersonId, PlanId, Right, Role, Seq, Stage, TimestampMs};
use serde::Deserialize;

/// What the server is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Build {
    /// The script that starts its pages.
    pub(crate) page: Option<String>,
}

/// The person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Me {
    /// Who.
    pub(crate) id: PersonId,
    /// Their name.
    pub(crate) name: String,
    /// Their address.
    pub(crate) email: String,
    /// Whether they run the workspace.
    pub(crate) administrator: bool,
    /// Whether they see only the plans that they are named in, and make none.
    #[serde(default)]
    pub(crate) guest: bool,
    /// The workspace's time zone: days and "overdue" follow it.
    pub(crate) time_zone: String,
    /// What happened to plans of theirs while they could not sign in.
    #[serde(default)]
    pub(crate) notices: Vec<String>,
}

/// A person with their address.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Mail {
    /// Who.
    pub(crate) id: PersonId,
    /// Their name.
    pub(crate) name: String,
    /// Their address.
    pub(crate) email: String,
}

/// A plan in the list of plans.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct PlanSummary {
    /// Which.
    pub(crate) id: PlanId,
    /// Its name.
    pub(crate) name: String,
    /// What I am in it, where the server says so.
    #[serde(default)]
    pub(crate) role: Option<Role>,
    /// Its stage, where the server says so.
    #[serde(default)]
    pub(crate) stage: Option<Stage>,
    /// Whether it was put away.
    #[serde(default)]
    pub(crate) archived: bool,
    /// Who changed it last, and when.
    #[serde(default)]
    pub(crate) last_change: Option<LastChange>,
    /// How many items each section has.
    #[serde(default)]
    pub(crate) items: BTreeMap<String, u64>,
    /// Actions that are neither done nor given up.
    #[serde(default)]
    pub(crate) open_actions: u64,
    /// Those of them whose day has passed.
    #[serde(default)]
    pub(crate) overdue_actions: u64,
    /// The amounts of open opportunities, in minor units by currency.
    #[serde(default)]
    pub(crate) open_amount: BTreeMap<String, i64>,
}

impl PlanSummary {
    /// Whether I have a right in it, as far as the server has said what I am.
    pub(crate) fn may(&self, right: Right) -> bool {
        self.role.is_none_or(|role| role.may(right))
    }
}

/// A plan's last change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct LastChange {
    /// When.
    pub(crate) at: TimestampMs,
    /// By whom.
    pub(crate) by: PersonId,
}

/// The action tracker.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ActionsReport {
    /// The last entry that is in it.
    pub(crate) as_of_seq: Seq,
    /// The workspace's day, by which "overdue" is told.
    pub(crate) today: String,
    /// The actions.
    pub(crate) rows: Vec<ActionRow>,
}

/// One action.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ActionRow {
    /// Which.
    pub(crate) item: ItemId,
    /// What is to be done.
    #[serde(default)]
    pub(crate) title: Option<String>,
    /// By whom.
    #[serde(default)]
    pub(crate) owner: Option<PersonId>,
    /// Until when.
    #[serde(default)]
    pub(crate) due: Option<String>,
    /// Where it stands, with the day taken into account.
    pub(crate) state: ActionState,
    /// What came of it.
    #[serde(default)]
    pub(crate) result: Option<String>,
    /// The items it is for.
    #[serde(default)]
    pub(crate) targets: Vec<String>,
    /// When it was done.
    #[serde(default)]
    pub(crate) done_at: Option<TimestampMs>,
    /// Who did it.
    #[serde(default)]
    pub(crate) done_by: Option<PersonId>,
    /// How its date moved.
    #[serde(default)]
    pub(crate) slipped: Vec<Slip>,
    /// Whether the owner has said yes to this owner and this date.
    #[serde(default)]
    pub(crate) committed: bool,
}

/// Where an action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ActionState {
    /// To be done.
    Open,
    /// To be done soon.
    Due,
    /// Its day has passed.
    Overdue,
    /// Done.
    Done,
    /// Put off.
    Deferred,
    /// Given up.
    Cancelled,
}

/// One move of an action's date.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Slip {
    /// The date before.
    #[serde(default)]
    pub(crate) from: Option<String>,
    /// The date after.
    #[serde(default)]
    pub(crate) to: Option<String>,
    /// When it was moved.
    pub(crate) at: TimestampMs,
    /// By whom.
    pub(crate) by: PersonId,
}
