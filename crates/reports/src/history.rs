//! The order in which a history is kept: keys of an ordered store, newest last.

use domain::{Fact, ItemId, PlanId, SectionId, Seq};

/// Where a fact stands in its plan's history: the `n`th of its entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HistoryKey {
    /// The plan.
    pub plan: PlanId,
    /// The entry.
    pub seq: Seq,
    /// Which of the entry's facts.
    pub n: u32,
}

/// Where a fact stands in the history of its item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemKey {
    /// The item's section.
    pub section: SectionId,
    /// The item.
    pub item: ItemId,
    /// The fact.
    pub at: HistoryKey,
}

/// Tags of the two orders in one key space.
const BY_PLAN: u8 = b'h';
const BY_ITEM: u8 = b'i';

impl HistoryKey {
    /// The keys of an entry group's facts, in order. Facts must be in the order of their entries.
    pub fn of_all(plan: PlanId, facts: &[Fact]) -> impl Iterator<Item = (Self, &Fact)> {
        let mut last = (Seq::ZERO, 0);
        facts.iter().map(move |fact| {
            let n = if fact.seq == last.0 { last.1 + 1 } else { 0 };
            last = (fact.seq, n);
            (Self { plan, seq: fact.seq, n }, fact)
        })
    }

    /// The place of an entry's first fact.
    pub const fn first_of(plan: PlanId, seq: Seq) -> Self {
        Self { plan, seq, n: 0 }
    }

    /// Its bytes: they sort as the history does.
    pub fn bytes(&self) -> Vec<u8> {
        [Self::prefix(self.plan), self.place()].concat()
    }

    /// What all keys of a plan begin with.
    pub fn prefix(plan: PlanId) -> Vec<u8> {
        [&[BY_PLAN][..], plan.0.as_bytes()].concat()
    }

    fn place(&self) -> Vec<u8> {
        [&self.seq.0.to_be_bytes()[..], &self.n.to_be_bytes()].concat()
    }

    /// Reads the end of a key of either order.
    pub fn read_place(plan: PlanId, key: &[u8]) -> Option<Self> {
        let (rest, n) = key.split_last_chunk::<4>()?;
        let (_, seq) = rest.split_last_chunk::<8>()?;
        Some(Self {
            plan,
            seq: Seq(u64::from_be_bytes(*seq)),
            n: u32::from_be_bytes(*n),
        })
    }
}

impl ItemKey {
    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        [Self::prefix(self.at.plan, self.section, self.item), self.at.place()].concat()
    }

    /// What all keys of an item begin with.
    pub fn prefix(plan: PlanId, section: SectionId, item: ItemId) -> Vec<u8> {
        let section = section.as_str().as_bytes();
        [&[BY_ITEM][..], plan.0.as_bytes(), section, &[0], item.0.as_bytes()].concat()
    }

    /// What all item keys of a plan begin with.
    pub fn plan_prefix(plan: PlanId) -> Vec<u8> {
        [&[BY_ITEM][..], plan.0.as_bytes()].concat()
    }
}
