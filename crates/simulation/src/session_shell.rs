//! What a session needs around it, as the page does it: one connection, one timer, no decisions.

use domain::{Author, ChangeHash, Schema, TimestampMs};
use plan::{Edit, Replica};
use rand::RngExt;
use session::{Config, Event, Output, Session};

use crate::coverage::Seen;
use crate::judge::permits;
use crate::ledger::{Made, Moment, News};
use crate::schedule;
use crate::world::World;

impl World {
    /// Opens a page, if none is open.
    pub(crate) fn open(&mut self, device: usize, plan: usize) {
        let plan = self.plans[plan % self.plans.len()];
        if self.devices[device].session.is_some() {
            return;
        }
        let actor = self.claim_actor(device, plan);
        let at = &mut self.devices[device];
        (at.claimed, at.unsaved) = (Some(actor), 0);
        at.pages += 1;
        let config = Config {
            plan,
            actor,
            schema: self.config.schema.clone(),
            seed: self.seed ^ (device as u64) << 32 ^ at.pages << 48,
            entropy: self.rng.random(),
        };
        at.session = Some((plan, Session::new(config)));
        self.with_session(device, |_, _| ());
    }

    /// Closes a page.
    pub(crate) fn close(&mut self, device: usize) {
        self.drop_at_client(device);
        self.release_actor(device);
        self.devices[device].session = None;
        self.devices[device].timer += 1;
    }

    /// Gives the session of a device one input, and takes all its outputs.
    pub(crate) fn with_session<T>(
        &mut self,
        device: usize,
        input: impl FnOnce(&mut Session, TimestampMs) -> T,
    ) -> Option<T> {
        self.session_input(device, Moment::default(), input)
    }

    /// The same, for an input that makes an edit.
    pub(crate) fn with_edit<T>(
        &mut self,
        device: usize,
        input: impl FnOnce(&mut Session, TimestampMs) -> T,
    ) -> Option<T> {
        let moment = Moment {
            makes: true,
            ..Moment::default()
        };
        self.session_input(device, moment, input)
    }

    fn session_input<T>(
        &mut self,
        device: usize,
        mut moment: Moment,
        input: impl FnOnce(&mut Session, TimestampMs) -> T,
    ) -> Option<T> {
        let now = self.devices[device].clock.read(self.now);
        let (_, session) = self.devices[device].session.as_mut()?;
        let answer = input(session, now);
        let mut changed = moment.makes;
        while let Some((_, session)) = &mut self.devices[device].session {
            let Some(output) = session.poll_output() else { break };
            match output {
                Output::Connect => {
                    self.drop_at_client(device);
                    let plan = self.devices[device].session.as_ref().map(|(plan, _)| *plan)?;
                    self.connect(device, plan);
                }
                Output::Disconnect => self.drop_at_client(device),
                Output::Send(bytes) => {
                    if let Some(conn) = self.devices[device].conn {
                        self.send_up(conn, bytes);
                    }
                }
                Output::Event(event) => {
                    changed |= matches!(event, Event::Unsaved(_) | Event::Rejected | Event::Ready);
                    moment.recovers |= matches!(event, Event::Rejected | Event::Ready);
                    self.page_hears(device, &event);
                }
                Output::Timeout(at) => self.set_timer(device, at),
            }
        }
        let fault = self.devices[device]
            .session
            .as_ref()
            .and_then(|(_, session)| session.fault());
        assert_eq!(fault, None, "device {device} could not use what the server said");
        if changed {
            self.look_at_edits(device, moment);
        }
        Some(answer)
    }

    /// What a page does for the actor that its browser keeps.
    fn page_hears(&mut self, device: usize, event: &Event) {
        match event {
            Event::Unsaved(count) => {
                let before = std::mem::replace(&mut self.devices[device].unsaved, *count);
                if (*count > 0) != (before > 0) {
                    self.mark_actor(device, *count > 0);
                }
            }
            Event::Rejected => self.forget_actor(device),
            _ => {}
        }
    }

    fn set_timer(&mut self, device: usize, at: TimestampMs) {
        let at_device = &mut self.devices[device];
        at_device.timer += 1;
        let token = at_device.timer;
        let wait = at.0.saturating_sub(at_device.clock.read(self.now).0).max(0);
        self.schedule
            .at(self.now + wait, schedule::Event::Wake { device, token });
    }

    pub(crate) fn on_wake(&mut self, device: usize, token: u64) {
        if self.devices[device].timer == token {
            self.with_session(device, Session::handle_timeout);
        }
    }

    /// What became of the edits of a device: none may be lost without a word.
    fn look_at_edits(&mut self, device: usize, moment: Moment) {
        let at = &mut self.devices[device];
        let Some((plan, session)) = &at.session else { return };
        let told = |hash: &domain::ChangeHash| self.told.is_told(*plan, hash);
        let author = author(session);
        let is_restored = self.epoch > 0;
        let schema = &self.config.schema;
        // By the server, or because its page knows by now that it is of no use.
        let denied = |made: &Made| {
            let is_hopeless = author.is_none_or(|author| permits(schema, author, &made.edits).is_err());
            is_hopeless
                || (is_restored && cannot_be_made(session, &made.edits))
                || made.hashes.iter().any(|hash| self.judge.is_denied(hash))
        };
        let news = at.ledger.look(*plan, session, told, denied, moment);
        let News {
            made,
            rejected,
            again,
            named,
        } = news;
        if moment.makes && !at.forges {
            check_honest(author, schema, &named);
        }
        for (hash, edits) in named {
            self.judge.note(hash, edits);
        }
        self.coverage.add(Seen::Edits, made);
        self.coverage.add(Seen::Rejected, rejected);
        self.coverage.add(Seen::ProposedAgain, again);
    }
}

/// Whether the plan, as it is since an old backup was put back, has no place for these edits.
fn cannot_be_made(session: &Session, edits: &[Edit]) -> bool {
    let replica = session.replica().map(Replica::fork);
    replica.is_some_and(|mut replica| replica.edit(TimestampMs(0), edits).is_err())
}

/// Who edits on a page, as far as it was told.
fn author(session: &Session) -> Option<Author> {
    let (person, standing) = session.you().zip(session.standing())?;
    Some(Author { person, standing })
}

/// An honest page makes nothing that its person may not write, as far as it was told.
fn check_honest(author: Option<Author>, schema: &Schema, made: &[(ChangeHash, Vec<Edit>)]) {
    for (_, edits) in made {
        let author = author.expect("who edits knows who they are");
        let allowed = permits(schema, author, edits);
        assert_eq!(allowed, Ok(()), "a page has made {edits:?} for {author:?}");
    }
}
