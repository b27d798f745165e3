//! What anybody was told is saved: it must be on disk at that moment, and for ever after, at the same place.

use std::collections::{BTreeMap, BTreeSet};

use domain::{ChangeHash, PlanId, Seq};
use journal::{Record, SteppedJournal};
use protocol::{Body, ServerFrame};

/// Every acknowledgement and every entry that left a room.
#[derive(Debug, Default)]
pub(crate) struct Told {
    places: BTreeMap<(PlanId, Seq), ChangeHash>,
    hashes: BTreeMap<(PlanId, ChangeHash), Seq>,
    /// What was told, and is gone since an old backup was put back.
    gone: BTreeSet<(PlanId, ChangeHash)>,
}

impl Told {
    /// A frame leaves a room.
    pub(crate) fn hear(&mut self, plan: PlanId, frame: &ServerFrame, journal: &SteppedJournal) {
        match frame {
            ServerFrame::Ack(acked) => {
                for ack in acked {
                    self.tell(plan, ack.seq, ack.hash, journal);
                }
            }
            ServerFrame::Entries(entries) => {
                for entry in entries {
                    if let Body::Change { hash, .. } = &entry.entry.body {
                        self.tell(plan, entry.seq, *hash, journal);
                    }
                }
            }
            ServerFrame::Welcome(welcome) => {
                let head = journal.head(plan.into()).map_or(Seq::ZERO, |head| head.seq);
                assert!(
                    welcome.head <= head,
                    "Welcome names {} and the journal ends at {head}",
                    welcome.head
                );
            }
            _ => {}
        }
    }

    fn tell(&mut self, plan: PlanId, seq: Seq, hash: ChangeHash, journal: &SteppedJournal) {
        if let Some(before) = self.places.get(&(plan, seq)) {
            assert_eq!(*before, hash, "entry {seq} was told to be another one before");
            return;
        }
        let there = journal.read(plan.into(), seq, 1).expect("a whole journal can be read");
        let key = there.first().map(|record| (record.seq, record.key.0));
        assert_eq!(key, Some((seq, hash.0)), "entry {seq} was told before it was on disk");
        self.places.insert((plan, seq), hash);
        if let Some(before) = self.hashes.insert((plan, hash), seq) {
            assert_eq!(before, seq, "a change was told at two places");
        }
    }

    /// Whether anybody was told that the change is saved.
    pub(crate) fn is_told(&self, plan: PlanId, hash: &ChangeHash) -> bool {
        self.hashes.contains_key(&(plan, *hash)) || self.is_gone(plan, hash)
    }

    /// Whether it was told once, and is gone since an old backup was put back.
    pub(crate) fn is_gone(&self, plan: PlanId, hash: &ChangeHash) -> bool {
        self.gone.contains(&(plan, *hash))
    }

    /// The last entry of a plan that anybody was told.
    pub(crate) fn last(&self, plan: PlanId) -> Seq {
        let of_plan = self.places.range((plan, Seq::ZERO)..=(plan, Seq(u64::MAX)));
        of_plan.last().map_or(Seq::ZERO, |((_, seq), _)| *seq)
    }

    /// An old backup was put back, made when the plan was told up to an entry, and in which these are all of it. How much
    /// of what was told after that is gone.
    pub(crate) fn forget_what_differs(&mut self, plan: PlanId, until: Seq, records: &[Record]) -> u64 {
        let there: BTreeMap<Seq, [u8; 32]> = records.iter().map(|record| (record.seq, record.key.0)).collect();
        let after = (plan, until.next())..=(plan, Seq(u64::MAX));
        let differs = |(_, seq): &(PlanId, Seq), hash: &mut ChangeHash| there.get(seq) != Some(&hash.0);
        let gone = self.places.extract_if(after, differs);
        let gone: Vec<ChangeHash> = gone.map(|(_, hash)| hash).collect();
        for hash in &gone {
            self.hashes.remove(&(plan, *hash));
            self.gone.insert((plan, *hash));
        }
        gone.len() as u64
    }

    /// All that was told of a plan is in these records, which are all of its stream.
    pub(crate) fn check(&self, plan: PlanId, records: &[Record]) {
        let from = (plan, Seq::ZERO);
        let told = self.places.range(from..).take_while(|((of, _), _)| *of == plan);
        for ((_, seq), hash) in told {
            let index = usize::try_from(seq.0 - 1).expect("small");
            let key = records.get(index).map(|record| (record.seq, record.key.0));
            assert_eq!(key, Some((*seq, hash.0)), "entry {seq} was told and is gone");
        }
    }
}
