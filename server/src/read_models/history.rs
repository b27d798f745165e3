//! Pages of a plan's history.

use domain::{Fact, ItemId, PlanId, SectionId, Seq};
use serde::Serialize;

/// Most facts of a page, one entry's that would be cut in two aside.
pub const PAGE_FACTS_MAX: usize = 500;
/// Most facts that are looked at for one page.
pub(crate) const SCAN_FACTS_MAX: usize = 50_000;

/// Which facts are wanted.
#[derive(Debug, Clone)]
pub struct HistoryQuery {
    /// Of this plan.
    pub plan: PlanId,
    /// Of this section.
    pub section: Option<SectionId>,
    /// Of this item; needs the section.
    pub item: Option<ItemId>,
    /// Of this cell, as it is displayed.
    pub cell: Option<String>,
    /// Older than this entry.
    pub before: Option<Seq>,
    /// About how many.
    pub limit: usize,
}

impl HistoryQuery {
    pub(crate) fn wants(&self, fact: &Fact) -> bool {
        self.section.is_none_or(|section| fact.cell.section == section)
            && self.item.is_none_or(|item| fact.cell.item == item)
            && self.cell.as_ref().is_none_or(|cell| fact.cell.to_string() == *cell)
    }
}

/// A page of history, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryPage {
    /// The facts. All facts of an entry that fit the query are on one page.
    pub facts: Vec<Fact>,
    /// Ask for what is before this entry to read on; nothing: this was all.
    pub next: Option<Seq>,
}
