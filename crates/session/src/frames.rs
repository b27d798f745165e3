//! What a frame of the server does.

use domain::{Standing, TimestampMs};
use protocol::{Acked, Body, Bye, Committed, PROTOCOL, Reason, Rejected, ServerFrame, Welcome, decode_server};

use crate::intake::{Gap, Gathered};
use crate::opening::Opening;
use crate::recovery::Refusal;
use crate::session::{Phase, Session};
use crate::timers::Timer;
use crate::types::{Connection, Event};

impl Session {
    /// One frame came.
    pub fn handle_frame(&mut self, now: TimestampMs, bytes: &[u8]) {
        self.heed_clock(now);
        if matches!(self.phase, Phase::Down | Phase::Over | Phase::Opening) {
            return; // of a connection that was given up
        }
        match decode_server(bytes) {
            Ok(frame) => self.on_frame(now, frame),
            Err(error) => self.fail(now, error.to_string()),
        }
        self.settle(now);
    }

    fn on_frame(&mut self, now: TimestampMs, frame: ServerFrame) {
        if let ServerFrame::Bye(bye) = frame {
            return self.on_bye(now, bye);
        }
        if (self.phase == Phase::Greeting) != matches!(frame, ServerFrame::Welcome(_)) {
            return self.fail(now, "a frame out of order".to_owned());
        }
        match frame {
            ServerFrame::Welcome(welcome) => self.on_welcome(now, welcome),
            ServerFrame::Snapshot { offset, bytes } => self.on_snapshot(now, offset, &bytes),
            ServerFrame::Entries(entries) => self.on_entries(now, entries),
            ServerFrame::Ack(acked) => self.on_ack(now, &acked),
            ServerFrame::Reject(rejected) => self.on_reject(now, rejected),
            ServerFrame::Presence(news) => {
                let changed = self.presence.heard(news);
                self.tell_peers(changed);
            }
            ServerFrame::People { people, actors } => {
                self.directory.learn(people, actors);
                self.tell(Event::People);
            }
            ServerFrame::Standing(standing) => self.stand(standing),
            ServerFrame::Keys(keys) => self.on_keys(&keys),
            ServerFrame::Erased(names) => self.on_erased(&names),
            ServerFrame::Generation(generation) => self.on_generation(generation),
            ServerFrame::Bye(_) => {}
        }
    }

    /// What the server says cannot be used: gives the connection up and tries again.
    pub(crate) fn fail(&mut self, now: TimestampMs, why: String) {
        self.fault = Some(why);
        self.break_off(now);
    }

    fn on_bye(&mut self, now: TimestampMs, bye: Bye) {
        match bye {
            Bye::OtherProtocol { .. } | Bye::NoSuchPlan | Bye::SignedOut | Bye::TooManyOpen | Bye::NoAccess => {
                self.end(bye);
            }
            Bye::Restarting | Bye::BadFrame(_) | Bye::TooMuch | Bye::Fault => self.break_off(now),
        }
    }

    fn on_welcome(&mut self, now: TimestampMs, welcome: Welcome) {
        if welcome.protocol != PROTOCOL {
            return self.end(Bye::OtherProtocol {
                server: welcome.protocol,
            });
        }
        self.timers.stop(Timer::Welcome);
        self.you = Some(welcome.you);
        self.stand(welcome.standing);
        self.directory.learn(welcome.people, welcome.actors);
        self.tell(Event::People);
        let gone = self.presence.begin(welcome.peer);
        self.tell_peers(gone);
        self.phase = Phase::CatchingUp;
        self.show(Connection::CatchingUp);

        let other_past = welcome.epoch != self.epoch || welcome.head < self.have();
        let renews = self.replica.is_none() || self.distrusted || other_past;
        match Opening::new(welcome.head, welcome.snapshot, renews) {
            Ok(opening) => self.open(now, opening, welcome.epoch),
            Err(why) => self.fail(now, why),
        }
    }

    fn stand(&mut self, standing: Standing) {
        self.heed_standing(standing);
        if self.standing.replace(standing) != Some(standing) {
            self.tell(Event::Standing);
        }
    }

    fn on_entries(&mut self, now: TimestampMs, entries: Vec<Committed>) {
        if self.awaits_snapshot() {
            return self.fail(now, "entries before the end of the snapshot".to_owned());
        }
        for entry in entries {
            if let Err(why) = self.take_entry(entry) {
                return self.fail(now, why);
            }
            if self.intake.is_full() {
                self.apply_gathered(now);
            }
        }
        self.heard_of_stream(now);
    }

    fn take_entry(&mut self, committed: Committed) -> Result<(), String> {
        let before = self.intake.applied();
        let seq = committed.seq;
        let new = self.intake.entry(seq);
        let new = new.map_err(|Gap| "entries are missing".to_owned())?;
        let Body::Change { hash, bytes, base } = committed.entry.body else {
            return self.guard(|watch| watch.skip(seq));
        };
        let own = self.outbox.acknowledge(&hash, seq, before).is_some();
        // Of a change that is not new the guard knows from its acknowledgement.
        match (new, own) {
            (false, _) => {}
            (true, true) => self.guard(|watch| watch.acknowledge(seq, base, &bytes))?,
            (true, false) => self.guard(|watch| watch.receive(seq, base, &hash, &bytes))?,
        }
        if own {
            self.note_saved();
        }
        // A plan that is fetched anew needs own changes too: its replica does not have them.
        if new && (!own || self.opening.as_ref().is_some_and(Opening::renews)) {
            self.outbox.note(seq, hash, &bytes);
            let change = Gathered { seq, hash, bytes };
            self.intake.gather(before, change);
        }
        Ok(())
    }

    fn on_ack(&mut self, now: TimestampMs, acked: &[Acked]) {
        let renews = self.opening.as_ref().is_some_and(Opening::renews);
        for ack in acked {
            let applied = self.intake.applied();
            let Some(own) = self.outbox.acknowledge(&ack.hash, ack.seq, applied) else {
                continue;
            };
            self.note_saved();
            // Of a plan that is fetched anew every entry comes.
            if renews {
                continue;
            }
            if let Err(why) = self.guard(|watch| watch.acknowledge(ack.seq, own.base, &own.bytes)) {
                return self.fail(now, why);
            }
            if self.intake.acknowledged(ack.seq, own.bytes).is_err() {
                return self.fail(now, "acknowledgements far ahead of the entries".to_owned());
            }
        }
        self.heard_of_stream(now);
    }

    fn on_reject(&mut self, now: TimestampMs, rejected: Rejected) {
        // Once one is refused, so is all that follows it: nothing new in that.
        if self.refusal.is_some() || !self.outbox.is_sent(&rejected.hash) {
            return;
        }
        if let Reason::Unavailable(why) = rejected.reason {
            self.pause(now, why);
        } else {
            self.refusal = Some(Refusal {
                hash: rejected.hash,
                reason: rejected.reason,
            });
        }
        self.heard_of_stream(now);
    }

    /// Own changes were answered, or entries came.
    fn heard_of_stream(&mut self, now: TimestampMs) {
        self.expect_word(now);
        self.finish_opening(now);
        self.recover_from_refusal(now);
    }
}
