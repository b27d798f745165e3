//! The action tracker: what is open, due, overdue and done, by whom, and how often a day was moved.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use domain::value::parse_day;
use domain::{Delta, Fact, ItemId, Part, PersonId, Scalar, SectionId, TimestampMs, commitment};
use serde::{Deserialize, Serialize};

use crate::projection::Projection;

/// An open action is "due" from so many days before its day.
pub const DUE_SOON_DAYS: u64 = 7;
/// Moves of one action's day that are kept; the oldest go first.
const SLIPS_MAX: usize = 100;

/// Where an action stands on a given day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActionState {
    /// To do, with time or without a day.
    Open,
    /// To do within a week.
    Due,
    /// Its day is over.
    Overdue,
    /// Done.
    Done,
    /// Put off.
    Deferred,
    /// Not to be done.
    Cancelled,
}

/// One move of an action's day to a later one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slip {
    /// The day before.
    pub from: String,
    /// The day after.
    pub to: String,
    /// When it was moved.
    pub at: TimestampMs,
    /// By whom.
    pub by: PersonId,
}

/// An action as the tracker knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// What.
    pub title: Option<String>,
    /// Whose, a person's id.
    pub owner: Option<String>,
    /// Until when.
    pub due: Option<String>,
    /// The schema's status.
    pub status: Option<String>,
    /// What came of it.
    pub result: Option<String>,
    /// What it is for: ids of items.
    pub targets: BTreeSet<String>,
    /// When it was done.
    pub done_at: Option<TimestampMs>,
    /// Who said so.
    pub done_by: Option<PersonId>,
    /// How its day was moved to later ones, oldest first.
    pub slipped: Vec<Slip>,
    commitments: BTreeMap<String, String>,
    deleted: bool,
}

/// All actions of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionTracker {
    actions: BTreeMap<ItemId, Action>,
}

impl Action {
    /// Where it stands on `today`.
    pub fn state(&self, today: NaiveDate) -> ActionState {
        match self.status.as_deref() {
            Some("done") => return ActionState::Done,
            Some("deferred") => return ActionState::Deferred,
            Some("cancelled") => return ActionState::Cancelled,
            _ => {}
        }
        let soon = today.checked_add_days(Days::new(DUE_SOON_DAYS));
        match self.due.as_deref().and_then(parse_day) {
            Some(due) if due < today => ActionState::Overdue,
            Some(due) if soon.is_some_and(|soon| due <= soon) => ActionState::Due,
            Some(_) | None => ActionState::Open,
        }
    }

    /// Whether its owner has committed to it as it is now.
    pub fn committed(&self) -> bool {
        let committed = |owner: &String| {
            let as_it_is = commitment(owner.parse().ok()?, self.due.as_deref());
            Some(*self.commitments.get(owner)? == as_it_is)
        };
        self.owner.as_ref().and_then(committed).unwrap_or(false)
    }

    fn set_field(&mut self, fact: &Fact, old: Option<&Scalar>, new: Option<&Scalar>) {
        let text = |value: Option<&Scalar>| value.and_then(Scalar::as_str).map(str::to_owned);
        match fact.cell.key.as_str() {
            "title" => self.title = text(new),
            "owner" => self.owner = text(new),
            "result" => self.result = text(new),
            "deleted" => self.deleted = new == Some(&Scalar::Bool(true)),
            "due" => {
                self.note_slip(fact, text(old), text(new));
                self.due = text(new);
            }
            "status" => {
                self.status = text(new);
                let done = self.status.as_deref() == Some("done");
                // A second "done" on top of the first does not make it later.
                if !done {
                    (self.done_at, self.done_by) = (None, None);
                } else if self.done_at.is_none() {
                    (self.done_at, self.done_by) = (Some(fact.at), Some(fact.author));
                }
            }
            _ => {}
        }
    }

    /// Days are compared as text: in their one spelling they sort as the calendar does.
    fn note_slip(&mut self, fact: &Fact, old: Option<String>, new: Option<String>) {
        let (Some(from), Some(to)) = (old, new) else { return };
        if to <= from {
            return;
        }
        if self.slipped.len() >= SLIPS_MAX {
            self.slipped.remove(0);
        }
        self.slipped.push(Slip {
            from,
            to,
            at: fact.at,
            by: fact.author,
        });
    }

    fn set_target(&mut self, key: &str, new: Option<&Scalar>) {
        let Some(target) = key.strip_prefix("targets:").filter(|target| !target.contains(':')) else {
            return;
        };
        match new {
            Some(_) => self.targets.insert(target.to_owned()),
            None => self.targets.remove(target),
        };
    }

    fn set_own(&mut self, key: &str, new: Option<&Scalar>) {
        let Some((person, "commitment")) = key.split_once(':') else {
            return;
        };
        match new.and_then(Scalar::as_str) {
            Some(said) => self.commitments.insert(person.to_owned(), said.to_owned()),
            None => self.commitments.remove(person),
        };
    }
}

impl ActionTracker {
    /// The actions that are not deleted.
    pub fn actions(&self) -> impl Iterator<Item = (ItemId, &Action)> {
        self.actions
            .iter()
            .filter(|(_, action)| !action.deleted)
            .map(|(id, action)| (*id, action))
    }
}

impl Projection for ActionTracker {
    const NAME: &'static str = "actions";
    const VERSION: u32 = 1;

    fn apply(&mut self, fact: &Fact) {
        if fact.cell.section != SectionId::Actions {
            return;
        }
        let action = self.actions.entry(fact.cell.item).or_default();
        if let Delta::Set { old, new, .. } = &fact.delta {
            match fact.cell.part {
                Part::Fields => action.set_field(fact, old.as_ref(), new.as_ref()),
                Part::Links => action.set_target(&fact.cell.key, new.as_ref()),
                Part::Own => action.set_own(&fact.cell.key, new.as_ref()),
                Part::Prose => {}
            }
        }
    }
}
