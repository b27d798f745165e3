//! Backups, and an old one put back: what was saved after it was made is gone, what pages have not saved is not, and
//! pages that showed what is gone fetch the plan anew.

use std::collections::BTreeMap;

use domain::{Fact, PlanId, Seq};
use journal::testing::SimulatedDisk;
use journal::{Key, StreamId, backup_on};
use plan::Keyring;

use crate::cache::Cache;
use crate::coverage::Seen;
use crate::server::{fold, records};
use crate::world::World;

/// A copy of the journal, and of the keys beside it.
pub(crate) struct Backup {
    disk: SimulatedDisk,
    keys: BTreeMap<PlanId, Keyring>,
    told: Until,
}

/// What had been told of each stream when a backup was made: so much must be in it. What else is in it nobody was told:
/// written, and not yet synced; if that failed, others came to stand in its place.
#[derive(Debug, Clone)]
pub(crate) struct Until {
    plans: BTreeMap<PlanId, Seq>,
    workspace: Seq,
}

impl World {
    /// Makes a copy of the journal while the server runs; the one before is thrown away.
    pub(crate) fn make_backup(&mut self) {
        if self.server.is_none() {
            return;
        }
        let keys = self.keys.clone();
        let disk = SimulatedDisk::new(self.seed ^ 0xbac0_0000);
        if backup_on(&self.disk, &disk).is_ok() {
            self.coverage.one(Seen::Backups);
            let plans = self.plans.iter().map(|plan| (*plan, self.told.last(*plan)));
            let told = Until {
                plans: plans.collect(),
                workspace: self.controls.last_key_value().map_or(Seq::ZERO, |(seq, _)| *seq),
            };
            self.backup = Some(Backup { disk, keys, told });
        }
    }

    /// The server is stopped or killed, its folder moved away, and the backup put in its place.
    pub(crate) fn restore_backup(&mut self, dice: u32) {
        let Some(backup) = &self.backup else { return };
        let (image, keys, told) = (backup.disk.take_image(), backup.keys.clone(), backup.told.clone());
        if dice.is_multiple_of(2) {
            self.crash();
        } else {
            self.stop();
        }
        if self.server.is_some() {
            return;
        }
        self.coverage.one(Seen::Restores);
        self.disk = SimulatedDisk::from_image(&image, self.seed ^ self.boot);
        self.cache = Cache::default();
        if !dice.is_multiple_of(3) {
            self.keys = keys;
        }
        self.epoch += 1;
        self.restored = Some(told);
    }

    /// The first start from a backup: what it lacks was told once, and is gone.
    pub(crate) fn forget_what_is_gone(&mut self) {
        let Some(server) = &self.server else { return };
        let Some(until) = self.restored.take() else { return };
        let mut gone = 0;
        for plan in self.plans.iter().copied() {
            // Of a plan that was made later nothing is in it.
            let until = until.plans.get(&plan).copied().unwrap_or(Seq::ZERO);
            let records = records(&server.journal, plan);
            gone += self.told.forget_what_differs(plan, until, &records);
            let mut there: BTreeMap<Seq, Vec<Fact>> = BTreeMap::new();
            for fact in fold(&records).facts {
                there.entry(fact.seq).or_default().push(fact);
            }
            self.facts
                .retain(|(of, seq), told| *of != plan || *seq <= until || there.get(seq) == Some(told));
        }
        let records = records(&server.journal, StreamId::WORKSPACE);
        let there: BTreeMap<Seq, Key> = records.iter().map(|record| (record.seq, record.key)).collect();
        self.controls
            .retain(|seq, key| *seq <= until.workspace || there.get(seq) == Some(key));
        self.coverage.add(Seen::GoneWithRestore, gone);
    }
}
