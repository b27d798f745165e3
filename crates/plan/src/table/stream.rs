//! The stream's changes and operations: what was admitted, by whom, and what a change's past is.
//!
//! A change's past is everything of the stream up to its `base`, and its actor's own earlier changes. Nothing here
//! stores dependencies: they follow from the bases.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{ActorId, ChangeHash, Seq};
use serde::{Deserialize, Serialize};

use crate::change::OpName;

/// A change by its place among the changes of the stream (control entries are not counted), from 0.
pub(crate) type ChangeIx = u32;
/// An operation by its place among all operations of the stream, from 0.
pub(crate) type OpIx = u32;

/// What is kept of a change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ChangeRecord {
    pub(crate) seq: Seq,
    pub(crate) hash: ChangeHash,
    pub(crate) actor: u32,
    /// How many changes its author had applied.
    pub(crate) base: u32,
    pub(crate) start_op: u32,
    pub(crate) first_op: OpIx,
    /// The greatest operation counter of this change and all before it.
    counter_max: u32,
}

/// What is kept of an operation.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum OpRecord {
    /// Wrote a value.
    Put,
    /// Made the map with this number.
    Map(u32),
    /// Made the text with this number.
    Text(u32),
    /// Inserted a character.
    Insert {
        /// Into this text.
        text: u32,
        /// The character.
        char: char,
        /// 1 + the first change that deleted it, or 0.
        deleted: u32,
    },
    /// Deleted something.
    Delete,
}

/// An actor's last write of a key that others may not have seen yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OwnWrite {
    pub(crate) change: ChangeIx,
    pub(crate) base: u32,
    /// What was live for the actor after it.
    pub(crate) live: Vec<OpIx>,
}

/// What is kept of an actor.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ActorRecord {
    pub(crate) id: ActorId,
    /// Its changes, ascending.
    pub(crate) changes: Vec<ChangeIx>,
    /// The counters that they begin with: what a search for an operation reads, side by side.
    #[serde(skip)]
    starts: Vec<u32>,
    /// Keys it wrote since its base passed its last change. Emptied when it does so again.
    pub(crate) own_writes: BTreeMap<u32, OwnWrite>,
    /// Characters it deleted since then.
    pub(crate) own_deleted: BTreeSet<OpIx>,
}

/// What a change has seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Past {
    /// So many changes of the stream.
    pub(crate) base: u32,
    /// And all of this actor's, if it has any.
    pub(crate) actor: Option<u32>,
}

/// All changes and operations of a stream.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(crate) struct Stream {
    pub(crate) last: Seq,
    pub(crate) changes: Vec<ChangeRecord>,
    pub(crate) actors: Vec<ActorRecord>,
    pub(crate) ops: Vec<OpRecord>,
    /// The heads after 0, 32, 64, ... changes.
    pub(crate) heads: Vec<Vec<ChangeIx>>,
    /// The first eight bytes of a hash -> change. Where two begin alike (someone made them so), the first counts.
    /// How many changes were taken in on trust, and the heads after them: the saved ones before say nothing.
    #[serde(skip)]
    trusted: Option<(u32, Vec<ChangeIx>)>,
    /// What those changes depend on that came later and had not seen all of what was taken in on trust.
    #[serde(skip)]
    late: BTreeMap<ChangeIx, Vec<ChangeIx>>,
    /// The first operation of each change, side by side for a search.
    #[serde(skip)]
    first_ops: Vec<OpIx>,
    #[serde(skip)]
    by_hash: HashMap<[u8; 8], ChangeIx>,
    #[serde(skip)]
    by_actor: HashMap<ActorId, u32>,
}

impl ChangeRecord {
    /// The counter of its last operation, if it has so many and they can be counted.
    pub(crate) fn last_counter(&self, ops: u32) -> Option<u32> {
        self.start_op.checked_add(ops.checked_sub(1)?)
    }

    pub(crate) fn has_counter_max(&self, counter: u32) -> bool {
        self.counter_max == counter
    }
}

impl Stream {
    /// How many changes lie between two saved sets of heads; those between are replayed.
    pub(crate) const HEADS_EVERY: usize = 32;

    /// A number that fits because the stream refuses to grow past it (see [`Stream::has_room`]).
    pub(crate) fn number(count: usize) -> u32 {
        u32::try_from(count).expect("the stream refuses to grow past 32 bits")
    }

    /// Whether so many more operations can be counted.
    pub(crate) fn has_room(&self, ops: usize) -> bool {
        u32::try_from(self.ops.len() + ops).is_ok_and(|total| total < u32::MAX)
    }

    /// How many changes stand at or before a position.
    pub(crate) fn count_up_to(&self, seq: Seq) -> u32 {
        if seq >= self.last {
            return Self::number(self.changes.len());
        }
        Self::number(self.changes.partition_point(|change| change.seq <= seq))
    }

    /// The number of an actor.
    pub(crate) fn actor(&self, id: &ActorId) -> Option<u32> {
        self.by_actor.get(id).copied()
    }

    /// The record of an actor.
    pub(crate) fn actor_record(&self, actor: u32) -> &ActorRecord {
        &self.actors[actor as usize]
    }

    /// The record of a change.
    pub(crate) fn change(&self, change: ChangeIx) -> &ChangeRecord {
        &self.changes[change as usize]
    }

    /// The change with this hash.
    pub(crate) fn find_hash(&self, hash: &ChangeHash) -> Option<&ChangeRecord> {
        self.place_of(hash).map(|change| self.change(change))
    }

    fn place_of(&self, hash: &ChangeHash) -> Option<ChangeIx> {
        let change = *self.by_hash.get(&short(hash))?;
        (self.change(change).hash == *hash).then_some(change)
    }

    /// The last change of an actor.
    pub(crate) fn last_of(&self, actor: u32) -> Option<ChangeIx> {
        self.actor_record(actor).changes.last().copied()
    }

    /// The first operation after so many changes.
    pub(crate) fn first_op_after(&self, changes: u32) -> OpIx {
        match self.changes.get(changes as usize) {
            Some(change) => change.first_op,
            None => Self::number(self.ops.len()),
        }
    }

    /// Finds an operation in a past. Says nothing of its kind.
    pub(crate) fn find(&self, past: Past, name: OpName) -> Option<OpIx> {
        let actor = self.actor(&name.actor)?;
        let record = self.actor_record(actor);
        let at = record.starts.partition_point(|start| *start <= name.counter);
        let change = *record.changes.get(at.checked_sub(1)?)?;
        if change >= past.base && past.actor != Some(actor) {
            return None;
        }
        let record = self.change(change);
        let op = record.first_op.checked_add(name.counter - record.start_op)?;
        (op < self.first_op_after(change + 1)).then_some(op)
    }

    /// The change that an operation belongs to.
    pub(crate) fn change_of(&self, op: OpIx) -> ChangeIx {
        // Mostly it is asked of the change that was just added.
        let after = match self.first_ops.last() {
            Some(last) if *last <= op => self.first_ops.len(),
            _ => self.first_ops.partition_point(|first| *first <= op),
        };
        Self::number(after).saturating_sub(1)
    }

    /// An operation's name.
    pub(crate) fn name(&self, op: OpIx) -> OpName {
        let change = self.change(self.change_of(op));
        OpName {
            counter: change.start_op + (op - change.first_op),
            actor: self.actor_record(change.actor).id,
        }
    }

    /// The counter that a change with this past begins with; nothing if they have run out.
    pub(crate) fn start_op(&self, past: Past) -> Option<u32> {
        let at_base = past.base.checked_sub(1).map_or(0, |last| self.change(last).counter_max);
        at_base.max(self.own_counter(past)).checked_add(1)
    }

    /// The last counter that the actor of a past has used.
    pub(crate) fn own_counter(&self, past: Past) -> u32 {
        let own = past.actor.and_then(|actor| self.last_of(actor));
        own.map_or(0, |change| self.last_counter(change))
    }

    fn last_counter(&self, change: ChangeIx) -> u32 {
        let record = self.change(change);
        record.start_op + (self.first_op_after(change + 1) - record.first_op).saturating_sub(1)
    }

    /// The hashes that a change with this past depends on, ascending: the maximal changes of the past, and the
    /// actor's own last one even where it is not maximal (Automerge lists it always).
    pub(crate) fn deps(&self, past: Past) -> Vec<ChangeHash> {
        let mut heads = self.heads_after(past.base);
        if let Some(own) = past.actor.and_then(|actor| self.last_of(actor)) {
            if own >= past.base {
                self.cover(&mut heads, own);
            }
            if !heads.contains(&own) {
                heads.push(own);
            }
        }
        let mut deps: Vec<ChangeHash> = heads.iter().map(|change| self.change(*change).hash).collect();
        deps.sort_unstable();
        deps
    }

    /// Whether there may be so many maximal changes now. Cheap: most streams have a handful.
    pub(crate) fn may_have_heads(&self, count: usize) -> bool {
        self.heads.last().map_or(0, Vec::len) + Self::HEADS_EVERY >= count
    }

    /// The maximal changes now.
    pub(crate) fn heads_now(&self) -> Vec<ChangeIx> {
        self.heads_after(Self::number(self.changes.len()))
    }

    /// The maximal ones of the first so many changes.
    fn heads_after(&self, changes: u32) -> Vec<ChangeIx> {
        let saved = changes as usize / Self::HEADS_EVERY;
        let from = Self::number(saved * Self::HEADS_EVERY);
        let (from, mut heads) = match &self.trusted {
            Some((trusted, heads)) if *trusted >= from => (*trusted, heads.clone()),
            _ => (from, self.heads.get(saved).cloned().unwrap_or_default()),
        };
        for change in from..changes {
            self.cover(&mut heads, change);
            heads.push(change);
        }
        heads
    }

    /// Takes out of the heads what this change has seen.
    fn cover(&self, heads: &mut Vec<ChangeIx>, by: ChangeIx) {
        let (seen, by) = (self.late.get(&by), self.change(by));
        heads.retain(|head| {
            *head >= by.base && self.change(*head).actor != by.actor && seen.is_none_or(|seen| !seen.contains(head))
        });
    }

    /// Adds a change whose operations have been added already, from `first_op`.
    pub(crate) fn push(&mut self, change: NewChange) -> ChangeIx {
        let actor = self.intern(change.actor);
        let ix = Self::number(self.changes.len());
        let before = self.changes.last().map_or(0, |last| last.counter_max);
        let ops = Self::number(self.ops.len()) - change.first_op;
        self.changes.push(ChangeRecord {
            seq: change.seq,
            hash: change.hash,
            actor,
            base: change.base,
            start_op: change.start_op,
            first_op: change.first_op,
            counter_max: before.max(change.start_op + ops.saturating_sub(1)),
        });
        self.first_ops.push(change.first_op);
        let record = &mut self.actors[actor as usize];
        if record.changes.last().is_some_and(|last| *last < change.base) {
            record.own_writes.clear();
            record.own_deleted.clear();
        }
        record.changes.push(ix);
        record.starts.push(change.start_op);
        self.by_hash.entry(short(&change.hash)).or_insert(ix);
        self.last = change.seq;
        if self.changes.len().is_multiple_of(Self::HEADS_EVERY) {
            let heads = self.heads_after_last_saved();
            self.heads.push(heads);
        }
        ix
    }

    /// How many changes were taken in on trust.
    pub(crate) fn trusted(&self) -> u32 {
        self.trusted.as_ref().map_or(0, |(trusted, _)| *trusted)
    }

    /// The heads after a next change with these dependencies.
    pub(crate) fn heads_with(&self, deps: &[ChangeHash]) -> Vec<ChangeIx> {
        let heads = self.heads_now().into_iter();
        let mut heads: Vec<ChangeIx> = heads.filter(|head| !deps.contains(&self.change(*head).hash)).collect();
        heads.push(Self::number(self.changes.len()));
        heads
    }

    /// Says what the heads are now: all so far was taken in on trust.
    pub(crate) fn set_trusted(&mut self, heads: Vec<ChangeIx>) {
        self.trusted = Some((Self::number(self.changes.len()), heads));
    }

    /// Whether an actor has a late change behind a base.
    pub(crate) fn has_late_after(&self, base: u32, actor: &ActorId) -> bool {
        let actor = self.actor(actor);
        let mut late = self.late.range(base..);
        late.any(|(change, _)| Some(self.change(*change).actor) == actor)
    }

    /// Notes what the next change depends on, since its base does not say it.
    pub(crate) fn note_late(&mut self, deps: &[ChangeHash]) {
        let places = deps.iter().filter_map(|dep| self.place_of(dep)).collect();
        self.late.insert(Self::number(self.changes.len()), places);
    }

    fn heads_after_last_saved(&mut self) -> Vec<ChangeIx> {
        if self.heads.is_empty() {
            self.heads.push(Vec::new());
        }
        let from = (self.heads.len() - 1) * Self::HEADS_EVERY;
        let (from, mut heads) = match &self.trusted {
            Some((trusted, heads)) if *trusted as usize >= from => (*trusted as usize, heads.clone()),
            _ => (from, self.heads.last().cloned().unwrap_or_default()),
        };
        for change in from..self.changes.len() {
            let change = Self::number(change);
            self.cover(&mut heads, change);
            heads.push(change);
        }
        heads
    }

    fn intern(&mut self, id: ActorId) -> u32 {
        if let Some(actor) = self.actor(&id) {
            return actor;
        }
        let actor = Self::number(self.actors.len());
        self.actors.push(ActorRecord {
            id,
            changes: Vec::new(),
            starts: Vec::new(),
            own_writes: BTreeMap::new(),
            own_deleted: BTreeSet::new(),
        });
        self.by_actor.insert(id, actor);
        actor
    }

    /// Makes the indexes that are not saved.
    pub(crate) fn index(&mut self) {
        self.by_actor = (0..).zip(&self.actors).map(|(ix, actor)| (actor.id, ix)).collect();
        for actor in &mut self.actors {
            let starts = actor
                .changes
                .iter()
                .map(|change| self.changes[*change as usize].start_op);
            actor.starts = starts.collect();
        }
        self.first_ops = self.changes.iter().map(|change| change.first_op).collect();
        self.by_hash = HashMap::with_capacity(self.changes.len());
        for (ix, change) in (0..).zip(&self.changes) {
            self.by_hash.entry(short(&change.hash)).or_insert(ix);
        }
    }
}

/// A change that the guard has found right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewChange {
    pub(crate) seq: Seq,
    pub(crate) hash: ChangeHash,
    pub(crate) actor: ActorId,
    pub(crate) base: u32,
    pub(crate) start_op: u32,
    pub(crate) first_op: OpIx,
}

fn short(hash: &ChangeHash) -> [u8; 8] {
    let mut short = [0; 8];
    short.copy_from_slice(&hash.0[..8]);
    short
}
