//! One line of the list of plans: what is in it, who changed it last.

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::NaiveDate;
use domain::value::parse_day;
use domain::{Delta, Fact, ItemId, Money, Part, PersonId, Scalar, SectionId, TimestampMs};
use serde::{Deserialize, Serialize};

use crate::projection::Projection;

/// Who changed a plan last, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastChange {
    /// When.
    pub at: TimestampMs,
    /// Who.
    pub by: PersonId,
}

/// What the list of plans says about one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanSummary {
    items: BTreeMap<SectionId, BTreeMap<ItemId, Entry>>,
    last_change: Option<LastChange>,
}

/// The few fields of an item that the summary needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    deleted: bool,
    /// An action's status, an opportunity's stage.
    state: Option<String>,
    due: Option<String>,
    amount: Option<String>,
}

impl Projection for PlanSummary {
    const NAME: &'static str = "summary";
    const VERSION: u32 = 1;

    fn apply(&mut self, fact: &Fact) {
        // The genesis is the server's: a plan that nobody has touched has no last change.
        if fact.author != PersonId::SERVER {
            self.last_change = Some(LastChange {
                at: fact.at,
                by: fact.author,
            });
        }
        let cell = &fact.cell;
        if cell.section.is_single() {
            return;
        }
        match &fact.delta {
            Delta::ItemMade => {
                self.items
                    .entry(cell.section)
                    .or_default()
                    .entry(cell.item)
                    .or_default();
            }
            Delta::Set { new, .. } if cell.part == Part::Fields => {
                let items = self.items.entry(cell.section).or_default();
                items
                    .entry(cell.item)
                    .or_default()
                    .set(cell.section, &cell.key, new.as_ref());
            }
            Delta::Set { .. } | Delta::ParagraphMade | Delta::Text { .. } => {}
        }
    }
}

impl Entry {
    fn set(&mut self, section: SectionId, key: &str, new: Option<&Scalar>) {
        let text = || new.and_then(Scalar::as_str).map(str::to_owned);
        match (section, key) {
            (_, "deleted") => self.deleted = new == Some(&Scalar::Bool(true)),
            (SectionId::Actions, "status") | (SectionId::Opportunities, "stage") => self.state = text(),
            (SectionId::Actions, "due") => self.due = text(),
            (SectionId::Opportunities, "amount") => self.amount = text(),
            _ => {}
        }
    }
}

impl PlanSummary {
    /// Who changed the plan last.
    pub const fn last_change(&self) -> Option<LastChange> {
        self.last_change
    }

    /// How many items each section has, deleted ones apart. Sections of one item are not counted.
    pub fn counts(&self) -> BTreeMap<SectionId, usize> {
        let counts = SectionId::ALL.into_iter().filter(|section| !section.is_single());
        counts.map(|section| (section, self.alive(section).count())).collect()
    }

    fn alive(&self, section: SectionId) -> impl Iterator<Item = &Entry> {
        self.items
            .get(&section)
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter(|entry| !entry.deleted)
    }

    fn open(&self) -> impl Iterator<Item = &Entry> {
        let ended = |state: &str| matches!(state, "done" | "cancelled" | "deferred");
        self.alive(SectionId::Actions)
            .filter(move |entry| !entry.state.as_deref().is_some_and(ended))
    }

    /// Actions that are neither done, deferred nor cancelled.
    pub fn open_actions(&self) -> usize {
        self.open().count()
    }

    /// Open actions whose day is over.
    pub fn overdue_actions(&self, today: NaiveDate) -> usize {
        let past = |entry: &&Entry| entry.due.as_deref().and_then(parse_day).is_some_and(|due| due < today);
        self.open().filter(past).count()
    }

    /// The sum of the amounts of opportunities that are still to be won, in minor units by currency.
    pub fn open_amount(&self) -> BTreeMap<&'static str, i64> {
        let mut sums: BTreeMap<&'static str, i64> = BTreeMap::new();
        let ended = |state: &str| matches!(state, "won" | "lost" | "deferred");
        for entry in self.alive(SectionId::Opportunities) {
            if entry.state.as_deref().is_some_and(ended) {
                continue;
            }
            let amount = entry.amount.as_deref().map(Money::from_str);
            if let Some(Ok(money)) = amount {
                let sum = sums.entry(money.currency.code()).or_default();
                // An amount comes from a person: absurd ones stop at the greatest number instead of turning over.
                *sum = sum.saturating_add(money.minor);
            }
        }
        sums
    }
}
