//! What a room's shell does with the disk: appends, keys, history, read models, snapshots.

use domain::{Fact, ItemKey, PlanId, Seq};
use journal::AppendError;
use plan::Keyring;
use plan::snapshot::{Keeper, SnapshotFiles};
use protocol::{Committed, PeerId, SnapshotInfo};
use relay::Room;

use super::change;
use crate::coverage::Seen;
use crate::schedule::Event;
use crate::server::{fold, records};
use crate::world::World;

/// Snapshots that are held for those who are being sent one.
const DOCUMENTS_MAX: usize = 4;
/// A snapshot takes so long, at most.
const SNAPSHOT_MS: i64 = 200;

impl World {
    /// The plan's key store: a disk of its own, that is always well.
    pub(super) fn keys_of(&mut self, plan: PlanId) -> &mut Keyring {
        let schema = self.config.server_schema.clone();
        self.keys.entry(plan).or_insert_with(|| Keyring::new(schema))
    }

    pub(super) fn store_keys(&mut self, plan: PlanId, keys: &[ItemKey]) {
        for key in keys {
            assert!(self.keys_of(plan).add(key), "a key is stored once");
        }
        let now = self.server_now();
        if let Some(room) = self.shell(plan).and_then(|shell| shell.room.as_mut()) {
            room.handle_keys_stored(now);
        }
    }

    pub(crate) fn on_disk(&mut self, plan: PlanId, room: u64) {
        let Some(append) = self
            .this_room(plan, room)
            .and_then(|shell| shell.append_under_way(plan))
        else {
            return;
        };
        let marks = self.some_ms(3) > 0;
        let Some(server) = &mut self.server else { return };
        let was_poisoned = server.journal.is_poisoned();
        let answer = server
            .journal
            .append(vec![append])
            .pop()
            .expect("an answer for each append");
        match answer {
            Ok(committed) => {
                if marks {
                    server.journal.rest();
                }
                let before = self.committed(plan);
                let places: Vec<_> = committed.records.iter().map(|placed| (placed.seq, placed.at)).collect();
                self.with_room(plan, |room, now| room.handle_committed(now, &places));
                self.fold_models(plan, before);
                self.snapshot_if_due(plan);
                self.take_waiting(plan);
            }
            Err(error) => {
                match error {
                    AppendError::Full => self.coverage.one(Seen::FullDisks),
                    AppendError::Poisoned if !was_poisoned => self.coverage.one(Seen::FailedSyncs),
                    AppendError::Poisoned => {}
                    other => panic!("an append that a room makes is taken: {other}"),
                }
                self.with_room(plan, |room, now| room.handle_append_failed(now, &error.to_string()));
            }
        }
    }

    pub(super) fn committed(&mut self, plan: PlanId) -> Seq {
        let room = self.shell(plan).and_then(|shell| shell.room.as_ref());
        room.map_or(Seq::ZERO, Room::committed)
    }

    /// What is under way is done with now: the server stops.
    pub(crate) fn finish_appends(&mut self, plan: PlanId) {
        while let Some(shell) = self.shell(plan).filter(|shell| shell.appending.is_some()) {
            let room = shell.number;
            self.on_disk(plan, room);
        }
    }

    pub(crate) fn on_history(&mut self, plan: PlanId, room: u64, peer: PeerId, from: Seq, bytes_max: usize) {
        let Some(shell) = self.this_room(plan, room) else {
            return;
        };
        shell.reading -= 1;
        let Some(server) = &self.server else { return };
        let records = server.journal.read(plan.into(), from, bytes_max);
        let committed = records
            .expect("a whole journal can be read")
            .into_iter()
            .map(|record| Committed {
                seq: record.seq,
                at: record.at,
                entry: protocol::decode_entry(&record.payload).expect("the journal holds entries"),
            });
        let entries = committed.collect();
        self.with_room(plan, |room, now| room.handle_history(now, peer, entries));
    }

    pub(crate) fn on_piece(
        &mut self,
        plan: PlanId,
        room: u64,
        peer: PeerId,
        info: &SnapshotInfo,
        offset: u64,
        bytes_max: usize,
    ) {
        let Some(shell) = self.this_room(plan, room) else {
            return;
        };
        shell.reading -= 1;
        // One that is not held any more is answered with nothing.
        let document = shell.documents.get(&info.seq).cloned().unwrap_or_default();
        let from = usize::try_from(offset).expect("small").min(document.len());
        let piece = document.slice(from..document.len().min(from + bytes_max));
        self.with_room(plan, |room, now| room.handle_snapshot_bytes(now, peer, offset, piece));
    }

    // Read models and snapshots.

    pub(super) fn note_facts(&mut self, plan: PlanId, facts: Vec<Fact>) {
        for fact in &facts {
            self.facts.entry((plan, fact.seq)).or_default().push(fact.clone());
        }
        if let Some(shell) = self.shell(plan) {
            shell.facts.extend(facts);
        }
    }

    /// The read models take what was committed; where something is missing, they are folded from the journal.
    pub(super) fn fold_models(&mut self, plan: PlanId, before: Seq) {
        let saves = self.some_ms(4) == 0;
        let Some(server) = &mut self.server else { return };
        let Some(shell) = server.rooms.get_mut(&plan) else {
            return;
        };
        let facts = std::mem::take(&mut shell.facts);
        let upto = shell.room.as_ref().map_or(Seq::ZERO, Room::committed);
        let on_disk = || self.cache.models(plan);
        let models = server.models.entry(plan).or_insert_with(on_disk);
        if models.cursor() == before {
            models.take(&facts, upto);
        } else {
            let anew = fold(&records(&server.journal, plan));
            models.take(&anew.facts, upto);
        }
        if saves {
            self.cache.save_models(plan, models);
        }
    }

    pub(super) fn snapshot_if_due(&mut self, plan: PlanId) {
        let entries = self.config.snapshot_entries;
        let Some(shell) = self.shell(plan) else { return };
        let committed = shell.room.as_ref().map_or(Seq::ZERO, Room::committed);
        if committed.0.saturating_sub(shell.snapshot.0.0) >= entries {
            self.take_snapshot(plan);
        }
    }

    /// A snapshot is to be taken, unless one is.
    pub(crate) fn take_snapshot(&mut self, plan: PlanId) {
        let at = self.now + self.some_ms(SNAPSHOT_MS);
        let boot = self.boot;
        let Some(shell) = self.shell(plan) else { return };
        if shell.begun().is_some() && !std::mem::replace(&mut shell.snapshot.1, true) {
            self.schedule.at(at, Event::Snapshot { plan, boot });
        }
    }

    pub(crate) fn on_snapshot(&mut self, plan: PlanId, boot: u64) {
        let Some(server) = self.server.as_ref().filter(|_| boot == self.boot) else {
            return;
        };
        let records = records(&server.journal, plan);
        let head = records.last().map_or(Seq::ZERO, |record| record.seq);
        let mut keeper: Keeper = self.cache.keeper(plan, head);
        for record in records
            .iter()
            .skip_while(|record| record.seq <= keeper.last())
            .cloned()
            .collect::<Vec<_>>()
        {
            keeper
                .push(change(&record))
                .expect("the document takes what the journal has");
        }
        let files = keeper.take().expect("a document can be saved and read back");
        self.cache.write_files(plan, &files);
        let at = self.now + self.some_ms(SNAPSHOT_MS);
        let files = Box::new(files);
        self.schedule.at(at, Event::Manifest { plan, boot, files });
    }

    pub(crate) fn on_manifest(&mut self, plan: PlanId, boot: u64, files: &SnapshotFiles) {
        if boot != self.boot {
            return;
        }
        self.cache.write_manifest(plan, &files.manifest);
        self.coverage.one(Seen::Snapshots);
        let info = SnapshotInfo {
            seq: files.manifest.seq,
            len: files.manifest.document_len,
        };
        let Some(shell) = self.shell(plan) else { return };
        shell.snapshot = (info.seq, false);
        shell.documents.insert(info.seq, files.document.clone());
        if shell.documents.len() > DOCUMENTS_MAX {
            shell.documents.pop_first();
        }
        self.with_room(plan, |room, _| room.handle_snapshot_taken(info));
    }
}
