//! Plans as of any entry: saved states every so many facts, and the facts after the nearest one.
//!
//! A saved state costs as much to read as a plan is large, and a fact after it a microsecond or two. The rest between
//! two states grows with the history, so that a plan has at most [`STATES_MAX`] of them.

use std::ops::Bound;

use domain::{Fact, PlanId, Seq, TimestampMs};
use reports::{Folded, HistoryKey, PlanState};

use super::store::{Store, StoreError, Writes, read_fact};

/// Facts between two saved states of a young plan.
const EVERY_FACTS: u64 = 256;
/// Most saved states of a plan. One more, and every second of them goes.
const STATES_MAX: usize = 64;
/// Rests between states double when a plan would have more states than these.
const STATES_WANTED: u64 = 48;
const STATE: u8 = b'p';

impl Store {
    /// A plan as of an entry.
    pub(crate) fn as_of(&self, plan: PlanId, seq: Seq) -> Result<Folded<PlanState>, StoreError> {
        self.fold_on(plan, self.saved_state(plan, seq)?, seq)
    }

    /// A plan as of an entry, from an earlier state of it.
    pub(crate) fn fold_on(
        &self,
        plan: PlanId,
        mut folded: Folded<PlanState>,
        seq: Seq,
    ) -> Result<Folded<PlanState>, StoreError> {
        let facts = self.facts(plan, folded.cursor().next(), seq);
        let facts = facts.collect::<Result<Vec<Fact>, StoreError>>()?;
        folded.take(&facts, seq);
        Ok(folded)
    }

    /// The newest saved state that does not go beyond an entry, or that of an empty plan.
    pub(crate) fn saved_state(&self, plan: PlanId, seq: Seq) -> Result<Folded<PlanState>, StoreError> {
        let found = self
            .db
            .range(state_key(plan, Seq::ZERO)..=state_key(plan, seq))
            .next_back();
        match found.transpose().map_err(|error| error.to_string())? {
            Some((_, bytes)) => Folded::load(&bytes).map_err(|error| error.to_string()),
            None => Ok(Folded::default()),
        }
    }

    /// The facts of the entries from one to another, both among them.
    fn facts(&self, plan: PlanId, from: Seq, to: Seq) -> impl Iterator<Item = Result<Fact, StoreError>> + use<> {
        let range = (
            Bound::Included(HistoryKey::first_of(plan, from).bytes()),
            Bound::Excluded(HistoryKey::first_of(plan, to.next()).bytes()),
        );
        let facts = self.db.range::<Vec<u8>, _>(range);
        facts.map(|found| read_fact(&found.map_err(|error| error.to_string())?.1))
    }

    /// Saves states of a plan whose facts up to `upto` are all there. Gives after how many more facts the next is due.
    pub(crate) fn save_states(&self, plan: PlanId, upto: Seq) -> Result<u64, StoreError> {
        let mut folded = self.saved_state(plan, upto)?;
        let mut saved = folded.state().facts();
        let mut entry: Vec<Fact> = Vec::new();
        for fact in self.facts(plan, folded.cursor().next(), upto) {
            let fact = fact?;
            // An entry's facts are taken together: no state stands in the middle of one.
            if let Some(last) = entry.first().map(|first| first.seq).filter(|last| *last != fact.seq) {
                folded.take(&entry, last);
                entry.clear();
                saved = self.save_state_if_due(plan, &folded, saved)?;
            }
            entry.push(fact);
        }
        if let Some(last) = entry.first().map(|first| first.seq) {
            folded.take(&entry, last);
            saved = self.save_state_if_due(plan, &folded, saved)?;
        }
        let facts = folded.state().facts();
        Ok((saved + rest_between(facts)).saturating_sub(facts).max(1))
    }

    fn save_state_if_due(&self, plan: PlanId, folded: &Folded<PlanState>, saved: u64) -> Result<u64, StoreError> {
        let facts = folded.state().facts();
        if facts - saved < rest_between(facts) {
            return Ok(saved);
        }
        let mut writes = Writes::default();
        writes.insert(state_key(plan, folded.cursor()), folded.save());
        let keys = self.db.scan_prefix(state_prefix(plan)).keys();
        let keys = keys.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        if keys.len() >= STATES_MAX {
            keys.iter().step_by(2).for_each(|key| writes.remove(key));
        }
        self.write(writes)?;
        Ok(facts)
    }

    /// How many states of a plan are saved.
    #[cfg(test)]
    pub(crate) fn states(&self, plan: PlanId) -> usize {
        self.db.scan_prefix(state_prefix(plan)).count()
    }

    /// The last entry that had happened at a time, up to `head`. Entries' times never go back.
    pub(crate) fn entry_at(&self, plan: PlanId, at: TimestampMs, head: Seq) -> Result<Seq, StoreError> {
        let (mut happened, mut later) = (Seq::ZERO, head.next());
        while happened.next() < later {
            let middle = Seq(happened.0 + (later.0 - happened.0) / 2);
            match self.facts(plan, middle, head).next().transpose()? {
                Some(fact) if fact.at <= at => happened = fact.seq,
                _ => later = middle,
            }
        }
        Ok(happened)
    }

    /// When the last entry with any facts happened, up to one.
    pub(crate) fn time_before(&self, plan: PlanId, seq: Seq) -> Result<Option<TimestampMs>, StoreError> {
        let range = HistoryKey::prefix(plan)..HistoryKey::first_of(plan, seq.next()).bytes();
        let last = self
            .db
            .range(range)
            .next_back()
            .transpose()
            .map_err(|error| error.to_string())?;
        let fact = last.map(|(_, bytes)| read_fact(&bytes)).transpose()?;
        Ok(fact.map(|fact| fact.at))
    }

    /// When an entry happened. An entry without facts has the time of the next that has any.
    pub(crate) fn time_of(&self, plan: PlanId, seq: Seq, head: Seq) -> Result<Option<TimestampMs>, StoreError> {
        let fact = self.facts(plan, seq, head).next().transpose()?;
        Ok(fact.map(|fact| fact.at))
    }
}

/// How many facts lie between two saved states of a plan with so many.
fn rest_between(facts: u64) -> u64 {
    let mut rest = EVERY_FACTS;
    while facts / rest > STATES_WANTED {
        rest *= 2;
    }
    rest
}

fn state_prefix(plan: PlanId) -> Vec<u8> {
    [&[STATE][..], plan.0.as_bytes()].concat()
}

fn state_key(plan: PlanId, seq: Seq) -> Vec<u8> {
    [&state_prefix(plan)[..], &seq.0.to_be_bytes()].concat()
}
