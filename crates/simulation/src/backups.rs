//! Backups, and an old one put back: what was saved after it was made is gone, what pages have not saved is not, and
//! pages that showed what is gone fetch the plan anew.

use std::collections::BTreeMap;

use domain::{PlanId, Seq};
use journal::testing::SimulatedDisk;
use journal::{StreamId, backup_on};
use plan::Keyring;

use crate::cache::Cache;
use crate::coverage::Seen;
use crate::server::records;
use crate::world::World;

/// A copy of the journal, and of the keys beside it.
pub(crate) struct Backup {
    disk: SimulatedDisk,
    keys: BTreeMap<PlanId, Keyring>,
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
            self.backup = Some(Backup { disk, keys });
        }
    }

    /// The server is stopped or killed, its folder moved away, and the backup put in its place.
    pub(crate) fn restore_backup(&mut self, dice: u32) {
        let Some(backup) = &self.backup else { return };
        let (image, keys) = (backup.disk.take_image(), backup.keys.clone());
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
        self.is_restored = true;
    }

    /// The first start from a backup: what it lacks was told once, and is gone.
    pub(crate) fn forget_what_is_gone(&mut self) {
        let Some(server) = self.server.as_ref().filter(|_| self.is_restored) else {
            return;
        };
        let end = |stream: StreamId| {
            let records = records(&server.journal, stream);
            records.last().map_or(Seq::ZERO, |record| record.seq)
        };
        let heads: Vec<(PlanId, Seq)> = self.plans.iter().map(|plan| (*plan, end((*plan).into()))).collect();
        let workspace = end(StreamId::WORKSPACE);
        let mut gone = 0;
        for (plan, head) in heads {
            gone += self.told.forget_after(plan, head);
            self.facts.retain(|(of, seq), _| *of != plan || *seq <= head);
        }
        self.controls.retain(|seq, _| *seq <= workspace);
        self.coverage.add(Seen::GoneWithRestore, gone);
        self.is_restored = false;
    }
}
