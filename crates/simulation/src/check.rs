//! What must hold when everything is said: all are equal, and equal to what the journal alone gives.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use domain::seal::SEALED_PREFIX;
use domain::{ActorId, ChangeHash, Fact, PlanId, Right, SectionId, Seq};
use journal::Record;
use plan::{Keyring, Replica, Table};
use protocol::Bye;
use session::{Connection, Session};

use crate::cache::Models;
use crate::coverage::Seen;
use crate::rooms::change;
use crate::server::{Fold, fold, records};
use crate::world::World;

/// A plan as its journal alone gives it.
struct Truth {
    plan: PlanId,
    records: Vec<Record>,
    document: Replica,
    fold: Fold,
}

impl World {
    /// Whether nothing is left to be done or said.
    pub(crate) fn is_settled(&self) -> bool {
        let Some(server) = &self.server else { return false };
        let rooms = server.rooms.values().all(crate::rooms::RoomShell::is_quiet);
        let pages = self.devices.iter().filter_map(|device| {
            let (plan, session) = device.session.as_ref()?;
            let is_half_open = device.conn.is_some_and(|conn| self.conns[conn].is_broken());
            Some((plan, session, device, is_half_open))
        });
        let mut heads = pages.map(|(plan, session, device, is_half_open)| {
            let head = server.journal.head((*plan).into()).map_or(Seq::ZERO, |head| head.seq);
            match server.directory.state.standing_in(*plan, device.person) {
                // What a stage or a role has become is no entry, and may be on its way still.
                Some(standing) => {
                    let is_told = device.forges || session.standing() == Some(standing);
                    is_there(session, head) && is_told && !is_half_open
                }
                None => is_shut_out(session),
            }
        });
        let directory = &server.directory;
        let mut told = server.rooms.iter();
        let all_told = told.all(|(plan, shell)| *shell.access() == directory.access(*plan));
        rooms && directory.is_quiet() && all_told && server.copies.is_empty() && heads.all(|there| there)
    }

    /// Why the world has not come to rest, for a person.
    pub(crate) fn unrest(&self) -> String {
        let pages = self.devices.iter().enumerate().filter_map(|(number, device)| {
            let (_, session) = device.session.as_ref()?;
            Some(format!(
                "device {number}: {:?}, {} unsaved, at {}",
                session.connection(),
                session.unsaved(),
                session.last_seq()
            ))
        });
        let pages: Vec<String> = pages.collect();
        let rooms = self.server.as_ref().map(|server| {
            format!(
                "{:?}",
                server
                    .rooms
                    .values()
                    .map(crate::rooms::RoomShell::is_quiet)
                    .collect::<Vec<_>>()
            )
        });
        format!("{}; quiet rooms: {rooms:?}", pages.join("; "))
    }

    /// See the module.
    pub(crate) fn check(&mut self) {
        let summary = journal::verify_on(&self.disk).expect("the journal is whole");
        assert_eq!(summary.unfinished_bytes, 0, "nothing is torn while the server runs");
        let truths: Vec<Truth> = self.plans.iter().filter_map(|plan| self.truth(*plan)).collect();
        for truth in &truths {
            self.told.check(truth.plan, &truth.records);
            self.check_admitted(truth);
            check_stream(&truth.records);
            let concurrent = check_table(truth, &truth.fold.table);
            self.coverage.add(Seen::ConcurrentCells, concurrent);
            self.coverage.add(Seen::Entries, truth.records.len() as u64);
            self.check_pages(truth);
            self.check_server(truth);
            self.check_snapshot(truth);
        }
        self.check_edits(&truths);
        self.check_workspace();
    }

    fn truth(&self, plan: PlanId) -> Option<Truth> {
        let server = self.server.as_ref()?;
        let records = records(&server.journal, plan);
        if records.is_empty() {
            return None;
        }
        let mut document = Replica::new(ActorId([0xee; 16]));
        let changes: Vec<Bytes> = records.iter().map(|record| change(record).bytes).collect();
        document.apply(&changes).expect("the journal's changes make a document");
        Some(Truth {
            plan,
            document,
            fold: fold(&records),
            records,
        })
    }

    /// Nothing stands that no room has taken from somebody who might write it.
    fn check_admitted(&self, truth: &Truth) {
        for record in &truth.records {
            let hash = ChangeHash(record.key.0);
            let is_genesis = record.seq == Seq(1);
            assert!(
                is_genesis || self.judge.is_admitted(truth.plan, &hash),
                "entry {} was admitted by nobody",
                record.seq
            );
        }
    }

    fn check_pages(&self, truth: &Truth) {
        for (number, device) in self.devices.iter().enumerate() {
            let Some((_, session)) = device.session.as_ref().filter(|(plan, _)| *plan == truth.plan) else {
                continue;
            };
            device.ledger.check_kept(session);
            let standing = self.standing_in(truth.plan, device.person);
            let Some(standing) = standing else {
                assert!(
                    is_shut_out(session),
                    "device {number} goes on without a part in the plan"
                );
                continue;
            };
            assert!(
                device.forges || session.standing() == Some(standing),
                "device {number} is {standing:?} and was told {:?}",
                session.standing()
            );
            if !standing.role.may(Right::ReadPersonal) && !device.forges {
                check_withheld(number, session, &truth.document);
            }
            let last = truth.records.last().map_or(Seq::ZERO, |record| record.seq);
            assert!(is_there(session, last), "device {number} is not up to date");
            assert_eq!(device.ledger.waiting(), 0, "device {number} has edits that wait");
            assert_eq!(
                session.heads(),
                truth.document.heads(),
                "the document of device {number}"
            );
            for (actor, owner) in &truth.fold.owners {
                let known = session.person_of(*actor);
                assert_eq!(known, Some(*owner), "device {number} must know who wrote as {actor}");
            }
            // Equal heads are equal documents. What a replica knows beside its document is looked at on two devices: on
            // the newest, and on one that has come through everything.
            let chosen = usize::try_from(self.seed).unwrap_or(0) % self.config.devices;
            let reads_all = standing.role.may(Right::ReadPersonal);
            if reads_all && (number == chosen || number >= self.config.devices) {
                check_replica(number, session, &self.opened(truth));
            }
        }
    }

    /// The document as it is read by who has all keys.
    fn opened(&self, truth: &Truth) -> Replica {
        let mut ring = Keyring::new(self.config.schema.clone());
        for key in self.keys.get(&truth.plan).into_iter().flat_map(Keyring::keys) {
            ring.add(&key);
        }
        let mut document = truth.document.fork();
        document.set_keyring(ring);
        document
    }

    /// The room's table, the read models and the facts that were told are what folding anew gives.
    fn check_server(&self, truth: &Truth) {
        let Some(server) = &self.server else { return };
        if let Some(table) = server.rooms.get(&truth.plan).and_then(crate::rooms::RoomShell::table) {
            assert!(
                table.save() == truth.fold.table.save(),
                "a room's table is not what its journal folds to"
            );
        }
        let mut anew = Models::default();
        let last = truth.records.last().map_or(Seq::ZERO, |record| record.seq);
        anew.take(&truth.fold.facts, last);
        if let Some(models) = server.models.get(&truth.plan) {
            let cursor = models.cursor();
            assert!(
                cursor == last && *models == anew,
                "read models folded live differ from those folded anew"
            );
        }
        let mut facts: BTreeMap<Seq, Vec<&Fact>> = BTreeMap::new();
        for fact in &truth.fold.facts {
            facts.entry(fact.seq).or_default().push(fact);
        }
        let told = self.facts.range((truth.plan, Seq::ZERO)..=(truth.plan, last));
        for ((_, seq), told) in told {
            let anew = facts.get(seq).map(Vec::as_slice).unwrap_or_default();
            assert!(told.iter().eq(anew.iter().copied()), "the facts of entry {seq}");
        }
    }

    /// A snapshot with its tail is the whole.
    fn check_snapshot(&self, truth: &Truth) {
        let last = truth.records.last().map_or(Seq::ZERO, |record| record.seq);
        let mut keeper = self.cache.keeper(truth.plan, last);
        let from = keeper.last();
        for record in truth.records.iter().skip_while(|record| record.seq <= from) {
            keeper.push(change(record)).expect("the tail fits the snapshot");
        }
        let document = keeper.document().expect("the document takes the tail");
        assert_eq!(
            document.heads(),
            truth.document.heads(),
            "the snapshot at {from} with its tail"
        );
    }

    fn check_edits(&self, truths: &[Truth]) {
        let hashes: BTreeSet<(PlanId, ChangeHash)> = truths
            .iter()
            .flat_map(|truth| {
                truth
                    .records
                    .iter()
                    .map(|record| (truth.plan, ChangeHash(record.key.0)))
            })
            .collect();
        for device in &self.devices {
            let stands = |plan, hash: &ChangeHash| hashes.contains(&(plan, *hash));
            device.ledger.check(stands, |plan, hash| self.told.is_gone(plan, hash));
        }
    }
}

fn is_there(session: &Session, head: Seq) -> bool {
    *session.connection() == Connection::Online && session.unsaved() == 0 && session.last_seq() == head
}

fn is_shut_out(session: &Session) -> bool {
    matches!(session.connection(), Connection::Ended(Bye::NoAccess | Bye::NoSuchPlan))
}

/// Who may not read what is personal has no key to it.
fn check_withheld(number: usize, session: &Session, document: &Replica) {
    let replica = session.replica().expect("an open plan has a document");
    for item in document.items(SectionId::People) {
        for (cell, value) in document.cells(SectionId::People, item) {
            if value.as_str().is_some_and(|text| text.starts_with(SEALED_PREFIX)) {
                let hidden = replica.hidden(&cell);
                assert!(hidden.is_some(), "device {number} reads {cell}");
            }
        }
    }
}

fn check_replica(number: usize, session: &Session, document: &Replica) {
    let replica = session.replica().expect("an open plan has a document");
    for section in SectionId::ALL {
        assert_eq!(replica.items(section), document.items(section), "device {number}");
        for item in document.items(section) {
            let cells = (replica.cells(section, item), document.cells(section, item));
            assert_eq!(cells.0, cells.1, "device {number}");
        }
    }
}

/// No gap, nothing twice, and time does not go back.
fn check_stream(records: &[Record]) {
    let mut keys = BTreeSet::new();
    let mut before = (Seq::ZERO, i64::MIN);
    for record in records {
        assert_eq!(record.seq, before.0.next(), "the stream has a gap");
        assert!(record.at.0 >= before.1, "time goes back at entry {}", record.seq);
        assert!(keys.insert(record.key), "entry {} stands twice", record.seq);
        before = (record.seq, record.at.0);
    }
}

/// What the guard's table says is what the document says. How many cells have several values.
fn check_table(truth: &Truth, table: &Table) -> u64 {
    let document = &truth.document;
    let mut concurrent = 0;
    for section in SectionId::ALL {
        let mut items = document.items(section);
        items.extend(document.deleted_items(section));
        assert_eq!(
            table.items(section).collect::<BTreeSet<_>>(),
            items.iter().copied().collect()
        );
        for item in items {
            let cells = document.cells(section, item);
            let sorted = |mut cells: Vec<_>| {
                cells.sort();
                cells
            };
            assert_eq!(
                sorted(table.cells(section, item)),
                sorted(cells.clone()),
                "{section}/{item}"
            );
            for (cell, _) in cells {
                let values: Vec<_> = document.values(&cell).into_iter().map(|(value, _)| value).collect();
                assert_eq!(table.values(&cell), values, "{cell}");
                concurrent += u64::from(values.len() > 1);
            }
            for paragraph in table.paragraphs(section, item) {
                assert_eq!(table.text(&paragraph), document.text(&paragraph), "{paragraph}");
            }
        }
    }
    concurrent
}
