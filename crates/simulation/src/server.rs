//! The server's process: it starts on what the disk has, is told to stop, is killed.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{ActorId, Fact, PersonId, PlanId, Seq};
use journal::{Append, OpenError, Record, SteppedJournal, StreamId};
use plan::Table;
use protocol::{Body, Bye};
use rand::RngExt;

use crate::cache::Models;
use crate::config::Config;
use crate::coverage::Seen;
use crate::directory::Directory;
use crate::rooms::RoomShell;
use crate::rooms::copies::Copy;
use crate::schedule::Event;
use crate::world::World;

/// A disk that does not let the server start is tried again after this time.
const BOOT_AGAIN_MS: i64 = 500;
/// The server is down for so long, at most.
const DOWN_MS: i64 = 4_000;
/// A server that is killed in an append is killed at one of so many operations of the disk.
const APPEND_OPS: usize = 8;
/// How much is read of a stream at once.
const READ_BYTES: usize = 1 << 20;

/// A running server.
pub(crate) struct Server {
    pub(crate) journal: SteppedJournal,
    pub(crate) directory: Directory,
    pub(crate) rooms: BTreeMap<PlanId, RoomShell>,
    pub(crate) models: BTreeMap<PlanId, Models>,
    pub(crate) copies: Vec<Copy>,
}

/// All records of a stream.
pub(crate) fn records(journal: &SteppedJournal, stream: impl Into<StreamId>) -> Vec<Record> {
    let stream = stream.into();
    let mut all: Vec<Record> = Vec::new();
    loop {
        let next = all.last().map_or(Seq(1), |record| record.seq.next());
        let more = journal
            .read(stream, next, READ_BYTES)
            .expect("a whole journal can be read");
        if more.is_empty() {
            return all;
        }
        all.extend(more);
    }
}

/// What a stream folds to, from its first entry on.
pub(crate) struct Fold {
    pub(crate) table: Table,
    pub(crate) facts: Vec<Fact>,
    /// Who wrote with which actor.
    pub(crate) owners: BTreeMap<ActorId, PersonId>,
}

/// Folds a whole stream.
pub(crate) fn fold(records: &[Record]) -> Fold {
    let mut fold = Fold {
        table: Table::new(),
        facts: Vec::new(),
        owners: BTreeMap::new(),
    };
    for record in records {
        let entry = protocol::decode_entry(&record.payload).expect("the journal holds entries");
        let Body::Change { base, bytes, .. } = entry.body else {
            fold.table.skip(record.seq);
            continue;
        };
        let change = plan::precheck(&bytes, &plan::Limits::default())
            .and_then(|checked| plan::decode(&checked))
            .expect("an admitted change can be read");
        let admitted = fold.table.replay(record.seq, base, &change).expect("and fits");
        fold.facts.extend(admitted.facts(record.seq, record.at, entry.author));
        let owner = *fold.owners.entry(change.actor).or_insert(entry.author);
        assert_eq!(owner, entry.author, "entry {} bears another person's mark", record.seq);
    }
    fold
}

impl World {
    /// The server starts, if its disk lets it.
    pub(crate) fn on_boot(&mut self, boot: u64) {
        if self.server.is_some() || boot != self.boot {
            return;
        }
        let disk = Arc::new(self.disk.clone());
        let troubled = self.disk.trouble().is_some();
        let journal = match SteppedJournal::open_on(disk, Config::journal(self.seed)) {
            Ok(journal) => journal,
            Err(OpenError::Io { .. } | OpenError::Full { .. }) if troubled => {
                self.schedule.at(self.now + BOOT_AGAIN_MS, Event::Boot(boot));
                return;
            }
            Err(error) => panic!("the journal does not open: {error}"),
        };
        let workspace = records(&journal, StreamId::WORKSPACE);
        self.server = Some(Server {
            journal,
            directory: Directory::of(&workspace),
            rooms: BTreeMap::new(),
            models: BTreeMap::new(),
            copies: Vec::new(),
        });
        if workspace.is_empty() {
            self.found_workspace();
        }
        self.forget_what_is_gone();
        let Some(server) = &self.server else { return };
        for plan in &self.plans {
            self.told.check(*plan, &records(&server.journal, *plan));
        }
        self.check_workspace();
        self.know_plans();
    }

    /// The server is killed, or its power goes. Of what was under way to the disk, all, nothing or a part is there.
    pub(crate) fn crash(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        self.coverage.one(Seen::Crashes);
        let untold = |(plan, shell): (&PlanId, &RoomShell)| *shell.access() != server.directory.access(*plan);
        if server.rooms.iter().any(untold) {
            self.coverage.one(Seen::CrashesUntold);
        }
        let mut appends: Vec<Append> = server.directory.append_under_way().into_iter().collect();
        self.coverage.add(Seen::CrashesInDecision, appends.len() as u64);
        let rooms = server.rooms.iter_mut();
        appends.extend(rooms.filter_map(|(plan, shell)| shell.append_under_way(*plan)));
        for append in appends {
            self.coverage.one(Seen::CrashesInAppend);
            if self.rng.random_ratio(1, 4) {
                continue;
            }
            self.disk.kill_after(self.rng.random_range(0..APPEND_OPS));
            let answers = server.journal.append(vec![append]);
            if self.disk.is_killed() {
                self.coverage.one(Seen::TornAppends);
                break;
            }
            let saved = answers.iter().filter(|answer| answer.is_ok()).count();
            self.coverage.add(Seen::SavedUntold, saved as u64);
        }
        drop(server);
        self.disk = if self.rng.random_bool(0.5) {
            self.coverage.one(Seen::PowerCuts);
            let image = self.disk.take_image();
            self.disk.cut(&image)
        } else {
            self.disk.restart()
        };
        self.go_down();
    }

    /// The server is told to stop: it takes no more, finishes what is under way, and says so.
    pub(crate) fn stop(&mut self) {
        if self.server.is_none() {
            return;
        }
        self.coverage.one(Seen::Stops);
        for plan in self.plans.clone() {
            self.with_room(plan, |room, now| room.handle_shutdown(now, &Bye::Restarting));
            self.finish_appends(plan);
        }
        self.on_control(self.boot);
        // What the sockets hold goes out.
        for id in 0..self.conns.len() {
            self.on_take(id);
        }
        let Some(server) = self.server.take() else { return };
        server.journal.close();
        self.disk = self.disk.restart();
        self.go_down();
    }

    /// The process is gone; another one comes.
    fn go_down(&mut self) {
        self.boot += 1;
        if self.rng.random_ratio(1, 4) && self.cache.spoil(&mut self.rng) {
            self.coverage.one(Seen::SpoiledCaches);
        }
        self.cut_all();
        let at = self.now + self.some_ms(DOWN_MS);
        self.schedule.at(at, Event::Boot(self.boot));
    }
}
