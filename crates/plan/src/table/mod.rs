//! The table: what the guard needs to know of a plan, without its document.
//!
//! It holds the admitted changes in the order of the stream, what is live in every cell now and at every earlier base,
//! and the characters of every paragraph. A few microseconds a change, however long the history.

mod author;
mod fold;
mod guard;
mod keys;
mod read;
mod save;
mod sound;
mod stream;
mod texts;

use std::borrow::Cow;

use domain::{ActorId, Author, ChangeHash, PersonId, Seq, TimestampMs};
use serde::{Deserialize, Serialize};

pub use author::Authored;
pub use save::TableError;

use self::fold::Fold;
pub use self::guard::Rules;
use self::guard::{Guard, Policy};
use self::keys::Keys;
use self::stream::{NewChange, Past, Stream};
use self::texts::TextRecord;
use crate::admit::{Admitted, Refusal};
use crate::change::Decoded;
use crate::genesis::genesis;
use crate::precheck::TIME_MS_MAX;

/// A plan as the guard knows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Table {
    stream: Stream,
    keys: Keys,
    texts: Vec<TextRecord>,
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

impl Table {
    /// A plan before its genesis.
    pub fn new() -> Self {
        Self {
            stream: Stream::default(),
            keys: Keys::new(),
            texts: Vec::new(),
        }
    }

    /// The last position that the table knows of.
    pub fn last(&self) -> Seq {
        self.stream.last
    }

    /// Notes that something other than a change took a position.
    ///
    /// # Panics
    /// If a position was left out: the caller gives them in order.
    pub fn skip(&mut self, seq: Seq) {
        assert_eq!(seq, self.last().next(), "the stream's positions come in order");
        self.stream.last = seq;
    }

    /// Where a change stands, if it was admitted.
    pub fn position(&self, hash: &ChangeHash) -> Option<Seq> {
        self.stream.find_hash(hash).map(|change| change.seq)
    }

    /// Takes in a change without knowing its place in the stream, after everything that it depends on: one of a
    /// document's, which has been admitted once, and of which the document does not tell the order. What it names must
    /// be there and of the right kind; what it replaces is taken on trust.
    pub(crate) fn trust(&mut self, seq: Seq, change: &Decoded) -> Result<(), Refusal> {
        let stream = &self.stream;
        let past = Past {
            base: Stream::number(stream.changes.len()),
            actor: stream.actor(&change.actor),
        };
        let follows = change.seq == self.owner_changes(&change.actor) + 1
            && change.deps.iter().all(|dep| stream.find_hash(dep).is_some())
            && stream.own_counter(past) < change.start_op
            && stream.has_room(change.ops.len())
            && u32::try_from(change.ops.len()).is_ok_and(|ops| change.start_op.checked_add(ops).is_some());
        if !follows || stream.changes.is_empty() != (change.hash == genesis().hash) || change.ops.is_empty() {
            return inconsistent("a change that follows nothing");
        }
        let (keys, maps, texts) = (self.keys.keys.len(), self.keys.maps.len(), self.texts.len());
        let parts = (&self.stream, &mut self.keys, &mut self.texts);
        let checked = Guard::new(parts, &change.content, past, None).trust().check();
        let checked = checked.inspect_err(|_| {
            self.texts.truncate(texts);
            self.keys.truncate(keys, maps);
        })?;
        let early = self.stream.trusted() as usize == self.stream.changes.len();
        let heads = early.then(|| self.stream.heads_with(&change.deps));
        if !early {
            self.stream.note_late(&change.deps);
        }
        let new = NewChange {
            seq,
            hash: change.hash,
            actor: change.actor,
            // Its place among the others says nothing of what it has seen; its characters find theirs among all.
            base: 0,
            start_op: change.start_op,
            first_op: Stream::number(self.stream.ops.len()),
        };
        Fold::new(&mut self.stream, &mut self.keys, &mut self.texts).apply(new, checked);
        if let Some(heads) = heads {
            self.stream.set_trusted(heads);
        }
        Ok(())
    }

    /// Whether the past of a change is not known as it was: its base lies within what was taken in on trust, or it
    /// builds upon an own change like that which its base does not cover yet.
    pub(crate) fn is_late(&self, base: Seq, change: &Decoded) -> bool {
        let base = self.stream.count_up_to(base);
        base < self.stream.trusted() || self.stream.has_late_after(base, &change.actor)
    }

    /// Everything up to a position is there, whatever it was.
    pub(crate) fn pass(&mut self, seq: Seq) {
        self.stream.last = self.stream.last.max(seq);
    }

    /// How many changes an actor has made; 0 for one that is not known.
    pub fn owner_changes(&self, actor: &ActorId) -> u64 {
        let actor = self.stream.actor(actor);
        actor.map_or(0, |actor| self.stream.actor_record(actor).changes.len() as u64)
    }

    /// Admits a change at position `seq` if it fits the past that it claims, and if its author may write what it
    /// writes. What is refused leaves no trace.
    pub fn admit<'r>(
        &mut self,
        rules: impl Into<Rules<'r>>,
        author: Author,
        seq: Seq,
        base: Seq,
        change: &Decoded,
    ) -> Result<Admitted, Refusal> {
        let first = self.stream.changes.is_empty();
        if first && author.person != PersonId::SERVER {
            return inconsistent("only the server begins a plan");
        }
        // The genesis makes what the policy's paths stand on: its bytes are fixed, there is nothing to allow.
        let rules = rules.into();
        let policy = (!first).then_some(Policy { rules, author });
        self.take(policy, seq, base, change)
    }

    /// Takes in a change that the journal holds: it was admitted once, so who wrote it and the limits of size (which
    /// may have been others then) are not asked again.
    pub fn replay(&mut self, seq: Seq, base: Seq, change: &Decoded) -> Result<Admitted, Refusal> {
        self.take(None, seq, base, change)
    }

    fn take(&mut self, policy: Option<Policy<'_>>, seq: Seq, base: Seq, change: &Decoded) -> Result<Admitted, Refusal> {
        let past = self.check_header(seq, base, change)?;
        let (keys, maps, texts) = (self.keys.keys.len(), self.keys.maps.len(), self.texts.len());
        let parts = (&self.stream, &mut self.keys, &mut self.texts);
        let checked = Guard::new(parts, &change.content, past, policy).check();
        let checked = checked.inspect_err(|_| {
            self.texts.truncate(texts);
            self.keys.truncate(keys, maps);
        })?;
        let new = NewChange {
            seq,
            hash: change.hash,
            actor: change.actor,
            base: past.base,
            start_op: change.start_op,
            first_op: Stream::number(self.stream.ops.len()),
        };
        Ok(Admitted {
            deltas: Fold::new(&mut self.stream, &mut self.keys, &mut self.texts).apply(new, checked),
            claimed: TimestampMs(change.time),
        })
    }

    /// Everything but the operations. Gives the change's past.
    fn check_header(&self, seq: Seq, base: Seq, change: &Decoded) -> Result<Past, Refusal> {
        let stream = &self.stream;
        let actor = stream.actor(&change.actor);
        let own = actor.map_or(&[][..], |actor| &stream.actor_record(actor).changes);
        let place = change
            .seq
            .checked_sub(1)
            .and_then(|before| usize::try_from(before).ok());
        match place.and_then(|place| own.get(place)).map(|ix| stream.change(*ix)) {
            Some(there) if there.hash == change.hash => return Err(Refusal::Duplicate { seq: there.seq }),
            Some(_) => return inconsistent("another change of this actor has this number"),
            None if place != Some(own.len()) => return inconsistent("a change of this actor is missing before it"),
            None => {}
        }
        if stream.changes.is_empty() != (change.hash == genesis().hash) {
            return inconsistent("a plan begins with the genesis change, once");
        }
        if change.actor == genesis().actor && actor.is_some() {
            return inconsistent("the genesis actor writes only once");
        }
        if seq != self.last().next() || base > self.last() {
            return inconsistent("a position that is not in the stream");
        }
        let past = Past {
            base: stream.count_up_to(base),
            actor,
        };
        if own.last().is_some_and(|last| stream.change(*last).base > past.base) {
            return inconsistent("an actor does not forget what it has seen");
        }
        let room = u32::try_from(change.ops.len()).is_ok_and(|ops| change.start_op.checked_add(ops).is_some());
        if change.ops.is_empty() || !room || !stream.has_room(change.ops.len()) {
            return inconsistent("no operations, or more than can be counted");
        }
        if !(0..=TIME_MS_MAX).contains(&change.time) {
            return inconsistent("a time out of range");
        }
        if stream.start_op(past) != Some(change.start_op) {
            return inconsistent("its operations do not follow those that it has seen");
        }
        let mut deps = change.deps.clone();
        deps.sort_unstable();
        if deps != stream.deps(past) {
            return inconsistent("its dependencies are not what it has seen");
        }
        Ok(past)
    }
}

fn inconsistent<T>(why: &'static str) -> Result<T, Refusal> {
    Err(Refusal::Inconsistent(Cow::Borrowed(why)))
}
