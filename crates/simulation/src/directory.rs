//! The workspace of the world: who takes part in which plan and as what. Commands are decided and stored as on the real
//! server, one after the other, in a stream of the same journal; the rooms hear of it a little later.

use std::collections::{BTreeMap, VecDeque};

use domain::{PersonId, PlanId, Right, Seq, Standing, TimestampMs, WorkspaceEvent};
use journal::{Append, AppendError, Key, NewRecord, Record, StreamId};
use protocol::{Body, Entry, Person};
use rand::RngExt;
use relay::Access;
use session::Connection;
use workspace::{Command, State, decide};

use crate::client::person;
use crate::coverage::Seen;
use crate::schedule::Event;
use crate::server::records;
use crate::world::World;

/// A room hears of a change of the workspace after so many milliseconds, at most: its task has other things to do.
const TELL_MS: i64 = 20;
/// Commands that wait to be decided, at most.
const WISHES_MAX: usize = 16;

/// The workspace's stream, live.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    pub(crate) state: State,
    last: Seq,
    wishes: VecDeque<Command>,
    /// What was decided and is on its way to the disk.
    deciding: Option<(Vec<WorkspaceEvent>, Append)>,
}

impl Directory {
    /// Folds the stream.
    pub(crate) fn of(records: &[Record]) -> Self {
        let mut directory = Self::default();
        for record in records {
            directory.state.evolve(record.at, &event_of(record));
            directory.last = record.seq;
        }
        directory
    }

    /// Whether nothing waits to be decided or stored.
    pub(crate) fn is_quiet(&self) -> bool {
        self.wishes.is_empty() && self.deciding.is_none()
    }

    /// What is on its way to the disk, as the journal takes it.
    pub(crate) fn append_under_way(&mut self) -> Option<Append> {
        self.deciding.take().map(|(_, append)| append)
    }

    /// What a plan's room is told.
    pub(crate) fn access(&self, plan: PlanId) -> Access {
        let Some(access) = self.state.access(plan) else {
            return Access::default();
        };
        Access {
            stage: access.stage,
            everyone: access.everyone,
            roles: access.roles,
            without: access.without,
            generation: access.generation,
        }
    }

    fn append(&self, now: TimestampMs, events: &[WorkspaceEvent], mut name: impl FnMut() -> [u8; 32]) -> Append {
        let records = events.iter().map(|event| NewRecord {
            key: Key(name()),
            at: now,
            payload: protocol::encode_entry(&Entry {
                epoch: 0,
                author: PersonId::SERVER,
                body: Body::Workspace(event.clone()),
            }),
        });
        Append {
            stream: StreamId::WORKSPACE,
            expect: Some(self.last),
            records: records.collect(),
        }
    }

    fn evolve(&mut self, events: &[WorkspaceEvent], committed: &journal::Committed) {
        for (event, placed) in events.iter().zip(&committed.records) {
            self.state.evolve(placed.at, event);
            self.last = placed.seq;
        }
    }
}

fn event_of(record: &Record) -> WorkspaceEvent {
    let entry = protocol::decode_entry(&record.payload).expect("the journal holds entries");
    let Body::Workspace(event) = entry.body else {
        panic!("the workspace's stream has control events only");
    };
    event
}

/// The people of the workspace, as rooms name them.
pub(crate) fn people(count: usize) -> Vec<Person> {
    let someone = |number| Person {
        id: person(number),
        name: name_of(number),
    };
    (0..count).map(someone).collect()
}

fn name_of(number: usize) -> String {
    format!("Person {number}")
}

impl World {
    /// The workspace as the running server has it.
    pub(crate) fn directory(&self) -> Option<&Directory> {
        self.server.as_ref().map(|server| &server.directory)
    }

    /// What a person is in a plan; None: they may not read it, or no server is there to say.
    pub(crate) fn standing_in(&self, plan: PlanId, person: PersonId) -> Option<Standing> {
        self.directory()?.state.standing_in(plan, person)
    }

    /// The first start of all: people and the first plan.
    pub(crate) fn found_workspace(&mut self) {
        let now = self.server_now();
        let mut commands: Vec<Command> = (0..self.config.people)
            .map(|number| Command::AddPerson {
                person: person(number),
                email: format!("p{number}@example.com"),
                name: name_of(number),
                administrator: number == 0,
                by: PersonId::SERVER,
            })
            .collect();
        let plan = self.plans[0];
        commands.push(Command::CreatePlan {
            plan,
            name: "The plan".to_owned(),
            by: person(0),
            copied_from: None,
            everyone: self.config.everyone,
        });
        let roles = self.config.roles.iter().enumerate();
        commands.extend(roles.filter_map(|(number, role)| {
            Some(Command::GiveRole {
                plan,
                person: person(number),
                role: (*role)?,
                by: PersonId::SERVER,
            })
        }));
        for command in commands {
            let Some(server) = &mut self.server else { return };
            let events = decide(&server.directory.state, now, command).expect("nobody has refused anything yet");
            if events.is_empty() {
                continue;
            }
            let append = server.directory.append(now, &events, || self.rng.random());
            let stored = server.journal.append(vec![append]).pop();
            let stored = stored.expect("an answer for each append").expect("the disk is well");
            server.directory.evolve(&events, &stored);
        }
    }

    /// Somebody wants something of the workspace.
    pub(crate) fn command(&mut self, command: Command) {
        let Some(server) = &mut self.server else { return };
        if server.directory.wishes.len() < WISHES_MAX {
            server.directory.wishes.push_back(command);
            self.decide_next();
        }
    }

    fn decide_next(&mut self) {
        let now = self.server_now();
        while let Some(server) = self
            .server
            .as_mut()
            .filter(|server| server.directory.deciding.is_none())
        {
            let Some(command) = server.directory.wishes.pop_front() else {
                return;
            };
            match decide(&server.directory.state, now, command) {
                Ok(events) if events.is_empty() => {}
                Ok(events) => {
                    let append = server.directory.append(now, &events, || self.rng.random());
                    server.directory.deciding = Some((events, append));
                    let at = self.disk_done();
                    self.schedule.at(at, Event::Control(self.boot));
                }
                Err(_) => self.coverage.one(Seen::CommandsRefused),
            }
        }
    }

    /// The append of what was decided is done with.
    pub(crate) fn on_control(&mut self, boot: u64) {
        let Some(server) = self.server.as_mut().filter(|_| boot == self.boot) else {
            return;
        };
        let Some((events, append)) = server.directory.deciding.take() else {
            return;
        };
        let keys: Vec<Key> = append.records.iter().map(|record| record.key).collect();
        match server
            .journal
            .append(vec![append])
            .pop()
            .expect("an answer for each append")
        {
            Ok(committed) => {
                let before = server.directory.state.clone();
                server.directory.evolve(&events, &committed);
                let places = committed.records.iter().map(|placed| placed.seq).zip(keys);
                self.controls.extend(places);
                self.note_changes(&before);
                self.tell_rooms();
                for event in events {
                    self.note_event(&event);
                }
            }
            Err(AppendError::Full | AppendError::Poisoned) => self.coverage.one(Seen::CommandsUnsaved),
            Err(other) => panic!("what the workspace decides is taken: {other}"),
        }
        self.decide_next();
    }

    fn note_event(&mut self, event: &WorkspaceEvent) {
        match event {
            WorkspaceEvent::StageSet { .. } => self.coverage.one(Seen::StagesSet),
            WorkspaceEvent::PlanCreated {
                plan,
                copied_from: Some(source),
                by,
                ..
            } => {
                self.know_plans();
                self.copy_plan(*source, *plan, *by);
            }
            _ => {}
        }
    }

    /// Plans that the workspace has and nobody here knew of.
    pub(crate) fn know_plans(&mut self) {
        let all = self
            .directory()
            .into_iter()
            .flat_map(|directory| directory.state.plans().keys());
        let new: Vec<PlanId> = all.filter(|plan| !self.plans.contains(plan)).copied().collect();
        self.plans.extend(new);
    }

    /// What a change of the workspace met.
    fn note_changes(&mut self, before: &State) {
        let mut met = Vec::new();
        for device in &self.devices {
            let Some((plan, session)) = &device.session else {
                continue;
            };
            let (was, is) = (
                before.standing_in(*plan, device.person),
                self.standing_in(*plan, device.person),
            );
            if was == is {
                continue;
            }
            met.push(Seen::StandingsChanged);
            if session.unsaved() > 0 {
                met.push(Seen::ChangedUnderEdits);
            }
            match (
                session.connection(),
                device.conn.map(|conn| self.conns[conn].is_broken()),
            ) {
                (Connection::CatchingUp, _) => met.push(Seen::ChangedInOpening),
                (Connection::Offline { .. } | Connection::Connecting, _) => met.push(Seen::ChangedOffline),
                (Connection::Online, Some(true)) => met.push(Seen::ChangedHalfOpen),
                _ => {}
            }
            let server = self.server.as_ref();
            let room = server.and_then(|server| server.rooms.get(plan));
            if room.is_some_and(crate::rooms::RoomShell::is_appending) {
                met.push(Seen::ChangedInAppend);
            }
            match (was, is) {
                (Some(_), None) => met.push(Seen::ShutOut),
                (None, Some(_)) => met.push(Seen::LetIn),
                (Some(was), Some(is)) if was.role.may(Right::EditContent) && !is.role.may(Right::EditContent) => {
                    met.push(Seen::Demoted);
                }
                _ => {}
            }
        }
        for seen in met {
            self.coverage.one(seen);
        }
    }

    /// Every room hears of it, each when its task gets to it.
    fn tell_rooms(&mut self) {
        let rooms = self.server.iter().flat_map(|server| &server.rooms);
        let rooms: Vec<(PlanId, u64)> = rooms.map(|(plan, shell)| (*plan, shell.number())).collect();
        for (plan, room) in rooms {
            let at = self.now + self.some_ms(TELL_MS);
            self.schedule.at(at, Event::Access { plan, room });
        }
    }

    /// All that anybody was told of the workspace is in its stream, and the state is what the stream folds to.
    pub(crate) fn check_workspace(&self) {
        let Some(server) = &self.server else { return };
        let records = records(&server.journal, StreamId::WORKSPACE);
        let there: BTreeMap<Seq, Key> = records.iter().map(|record| (record.seq, record.key)).collect();
        for (seq, key) in &self.controls {
            assert_eq!(there.get(seq), Some(key), "control event {seq} was told and is gone");
        }
        let anew = Directory::of(&records);
        assert!(
            anew.state == server.directory.state,
            "the workspace folded live differs from the one folded anew"
        );
        for (plan, shell) in &server.rooms {
            assert_eq!(shell.access(), &anew.access(*plan), "who may be in a room");
        }
    }
}
