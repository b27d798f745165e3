//! Whether a change may enter the plan, and what has entered but is not on disk yet.
//!
//! Order: precheck, decode, owner of the actor, duplicate, earlier refusals, then the guard and the policy against the
//! table. The table advances here, so that changes sent one after the other are checked against each other; nobody sees
//! a change before [`Admission::commit`] says that the journal has it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use domain::{ActorId, Author, ChangeHash, Denied, PersonId, Schema, Seq, TimestampMs};
use plan::edit::Edit;
use plan::{Admitted, Decoded, Keyring, Refusal, Rules, Table};
use protocol::{Acked, Body, Entry, PeerId, Reason, Rejected, Submitted, encode_entry};
use sha2::{Digest, Sha256};

use crate::limits::{CHANGE_BYTES_MAX, COMMIT_TIMES_MAX, INTERRUPTED_ACTORS_MAX, Limits};
use crate::output::NewEntry;
use crate::refused::{Refused, reason_of};

/// Why the server's own edits on behalf of a person were not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The edits do not fit the plan.
    #[error(transparent)]
    Edit(#[from] plan::edit::EditError),
    /// The room refused the change.
    #[error("{0}")]
    Refused(#[from] Reason),
    /// Too much is waiting for the disk.
    #[error("too many edits are waiting for the disk: try again shortly")]
    TooMuch,
}

/// Who waits to hear that a change is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asker {
    Peer(PeerId),
    /// [`crate::Room::submit_as`].
    Server,
}

/// What became of a submitted change.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It waits for the disk: the asker hears of it at the commit.
    Waits {
        hash: ChangeHash,
        /// False when the asker was waiting for this very change already.
        anew: bool,
    },
    /// It was on disk already.
    Saved(Acked),
    Refused(Refused),
}

/// A change that was admitted and is not on disk yet.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) hash: ChangeHash,
    pub(crate) seq: Seq,
    pub(crate) entry: Entry,
    /// Bytes of the change.
    pub(crate) len: usize,
    pub(crate) admitted: Admitted,
    /// The first is its author; others sent the same change again.
    pub(crate) askers: Vec<Asker>,
    /// This change is its actor's first: others must learn whose the actor is.
    pub(crate) new_actor: Option<ActorId>,
}

/// The table, what is under way to the disk, and who owns which actor.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) table: Table,
    schema: Arc<Schema>,
    pub(crate) keyring: Keyring,
    epoch: u32,
    owners: BTreeMap<ActorId, PersonId>,
    actors_of: BTreeMap<PersonId, usize>,
    rejected: Actors,
    /// Actors of whom something was refused because it could not be saved then, and who have not gone on since.
    interrupted: Actors,
    committed: Seq,
    /// Times of the last commits, the newest at the end.
    times: VecDeque<TimestampMs>,
    last_at: TimestampMs,
    /// In the order of their positions, from `committed` on without a gap.
    pending: VecDeque<Pending>,
    /// How many of `pending` are in the append under way.
    appending: usize,
    pending_bytes: usize,
}

impl Admission {
    pub(crate) fn new(
        table: Table,
        schema: Arc<Schema>,
        keyring: Keyring,
        epoch: u32,
        last_at: TimestampMs,
        mut owners: BTreeMap<ActorId, PersonId>,
        rejected_actors_max: usize,
    ) -> Self {
        // Nobody may write as the genesis's actor, even before it is in the journal.
        owners.insert(plan::genesis().actor, PersonId::SERVER);
        let mut actors_of = BTreeMap::new();
        for person in owners.values() {
            *actors_of.entry(*person).or_insert(0) += 1;
        }
        Self {
            committed: table.last(),
            table,
            schema,
            keyring,
            epoch,
            owners,
            actors_of,
            rejected: Actors::new(rejected_actors_max),
            interrupted: Actors::new(INTERRUPTED_ACTORS_MAX),
            times: VecDeque::new(),
            last_at,
            pending: VecDeque::new(),
            appending: 0,
            pending_bytes: 0,
        }
    }

    /// The last entry that is on disk.
    pub(crate) const fn committed(&self) -> Seq {
        self.committed
    }

    pub(crate) const fn pending_bytes(&self) -> usize {
        self.pending_bytes
    }

    /// Nothing waits for the disk: the table says just what the journal has.
    pub(crate) fn is_quiet(&self) -> bool {
        self.pending.is_empty()
    }

    pub(crate) const fn owners(&self) -> &BTreeMap<ActorId, PersonId> {
        &self.owners
    }

    /// Whether a person has written in the plan.
    pub(crate) fn has_author(&self, person: PersonId) -> bool {
        self.actors_of.contains_key(&person)
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Admits a change, or says why not. `unavailable`: changes that are not here yet are refused with this reason.
    pub(crate) fn admit(
        &mut self,
        author: Author,
        asker: Asker,
        submitted: &Submitted,
        unavailable: Option<&str>,
        limits: &Limits,
    ) -> Verdict {
        let change = match read(&submitted.bytes, limits) {
            Ok(change) => change,
            Err(rejected) => return Verdict::Refused(Refused::plainly(rejected.hash, rejected.reason)),
        };
        let refused = |reason| Verdict::Refused(Refused::plainly(change.hash, reason));
        if change.actor.is_of_server() && asker != Asker::Server {
            return refused(Reason::Denied("this edit bears the server's mark".to_owned()));
        }
        if let Err(reason) = self.check_owner(change.actor, author.person, limits) {
            return refused(reason);
        }
        if let Some(seq) = self.table.position(&change.hash) {
            return self.duplicate(change.hash, seq, asker);
        }
        if self.rejected.contains(&change.actor) {
            return refused(Reason::AfterRejected);
        }
        if submitted.base > self.committed && asker != Asker::Server {
            self.rejected.insert(change.actor);
            return refused(Reason::Inconsistent(
                "its base is ahead of what anybody was sent".to_owned(),
            ));
        }
        if let Some(why) = unavailable {
            self.interrupted.insert(change.actor);
            return refused(Reason::Unavailable(why.to_owned()));
        }
        // It was under way when what comes before it was refused for now. It is in order, and only early.
        if self.interrupted.contains(&change.actor) {
            if change.seq > self.table.owner_changes(&change.actor) + 1 {
                return refused(Reason::Unavailable("what comes before it is not saved yet".to_owned()));
            }
            self.interrupted.remove(&change.actor);
        }
        match self.enter(author, Some(asker), submitted, &change) {
            Ok(()) => Verdict::Waits {
                hash: change.hash,
                anew: true,
            },
            Err(Refusal::Duplicate { seq }) => self.duplicate(change.hash, seq, asker),
            Err(refusal) => {
                // The server makes each of its edits anew from the table: none depends on one that was refused.
                if asker != Asker::Server {
                    self.rejected.insert(change.actor);
                }
                Verdict::Refused(Refused::by(change.hash, &refusal))
            }
        }
    }

    /// The genesis, as the first entry of a stream that has none.
    pub(crate) fn admit_genesis(&mut self, limits: &Limits) -> Result<(), String> {
        let submitted = Submitted {
            base: Seq::ZERO,
            bytes: plan::genesis().bytes.clone(),
        };
        let change = read(&submitted.bytes, limits).map_err(|rejected| rejected.reason.to_string())?;
        self.enter(Author::executive(PersonId::SERVER), None, &submitted, &change)
            .map_err(|refusal| reason_of(&refusal).to_string())
    }

    /// Guard and policy, then the change waits for the disk.
    fn enter(
        &mut self,
        author: Author,
        asker: Option<Asker>,
        submitted: &Submitted,
        change: &Decoded,
    ) -> Result<(), Refusal> {
        let seq = self.table.last().next();
        let base = submitted.base;
        let rules = Rules {
            schema: &self.schema,
            keyring: Some(&self.keyring),
        };
        let admitted = self.table.admit(rules, author, seq, base, change)?;
        let person = author.person;
        let new_actor = self.own(change.actor, person);
        let body = Body::Change {
            hash: change.hash,
            base,
            bytes: submitted.bytes.clone(),
        };
        self.pending_bytes += submitted.bytes.len();
        self.pending.push_back(Pending {
            hash: change.hash,
            seq,
            entry: Entry {
                epoch: self.epoch,
                author: person,
                body,
            },
            len: submitted.bytes.len(),
            admitted,
            askers: asker.into_iter().collect(),
            new_actor,
        });
        Ok(())
    }

    /// The first person to submit with an actor owns it.
    fn check_owner(&self, actor: ActorId, person: PersonId, limits: &Limits) -> Result<(), Reason> {
        match self.owners.get(&actor) {
            Some(owner) if *owner == person => Ok(()),
            Some(_) => Err(Reason::Denied("this edit bears another person's mark".to_owned())),
            None if self.actors_of.get(&person).copied().unwrap_or(0) >= limits.actors_per_person_max => {
                Err(Reason::Denied(format!(
                    "you have edited this plan from more than {} devices and pages",
                    limits.actors_per_person_max
                )))
            }
            None => Ok(()),
        }
    }

    fn own(&mut self, actor: ActorId, person: PersonId) -> Option<ActorId> {
        if self.owners.contains_key(&actor) {
            return None;
        }
        self.owners.insert(actor, person);
        *self.actors_of.entry(person).or_insert(0) += 1;
        Some(actor)
    }

    fn duplicate(&mut self, hash: ChangeHash, seq: Seq, asker: Asker) -> Verdict {
        let waits = seq.0.checked_sub(self.committed.0 + 1).and_then(|index| {
            let index = usize::try_from(index).ok()?;
            self.pending.get_mut(index)
        });
        match waits {
            Some(pending) => {
                let anew = !pending.askers.contains(&asker);
                if anew {
                    pending.askers.push(asker);
                }
                Verdict::Waits { hash, anew }
            }
            None => Verdict::Saved(Acked {
                hash,
                seq,
                at: self.time_of(seq),
            }),
        }
    }

    /// When an entry was committed; for one long ago, a time that is not before it.
    fn time_of(&self, seq: Seq) -> TimestampMs {
        let back = self.committed.0.saturating_sub(seq.0);
        let index = usize::try_from(back)
            .ok()
            .and_then(|back| self.times.len().checked_sub(back + 1));
        let time = index.map_or_else(|| self.times.front(), |index| self.times.get(index));
        time.copied().unwrap_or(self.last_at)
    }

    /// Something waits, and no append is under way.
    pub(crate) fn wants_append(&self) -> bool {
        self.appending == 0 && !self.pending.is_empty()
    }

    /// The next group for the journal, when none is under way and something waits. All of it fits into one frame.
    pub(crate) fn next_append(&mut self, now: TimestampMs, limits: &Limits) -> Option<(Seq, Vec<NewEntry>)> {
        if !self.wants_append() {
            return None;
        }
        let at = now.max(self.last_at);
        let mut bytes = 0;
        let mut entries = Vec::new();
        for pending in self.pending.iter().take(limits.group_changes_max) {
            let payload = encode_entry(&pending.entry);
            bytes += payload.len();
            if bytes > limits.group_bytes_max && !entries.is_empty() {
                break;
            }
            entries.push(NewEntry {
                hash: pending.hash,
                at,
                payload,
            });
        }
        self.appending = entries.len();
        Some((self.committed, entries))
    }

    /// The journal has the group under way, at these positions.
    pub(crate) fn commit(&mut self, places: &[(Seq, TimestampMs)]) -> Result<Vec<Pending>, String> {
        if self.appending == 0 || places.len() != self.appending {
            return Err(format!(
                "{} entries were committed and {} were under way",
                places.len(),
                self.appending
            ));
        }
        let expected = self.pending.iter().map(|pending| pending.seq);
        if let Some((found, expected)) = places
            .iter()
            .map(|(seq, _)| *seq)
            .zip(expected)
            .find(|(found, expected)| found != expected)
        {
            return Err(format!(
                "the journal gave position {found} where {expected} was expected"
            ));
        }
        let group: Vec<Pending> = self.pending.drain(..self.appending).collect();
        self.appending = 0;
        self.pending_bytes -= group.iter().map(|pending| pending.len).sum::<usize>();
        for (seq, at) in places {
            self.committed = *seq;
            self.last_at = self.last_at.max(*at);
            self.times.push_back(*at);
        }
        let surplus = self.times.len().saturating_sub(COMMIT_TIMES_MAX);
        self.times.drain(..surplus);
        Ok(group)
    }

    /// The peer is gone: nobody waits for its changes, which are committed all the same.
    pub(crate) fn forget(&mut self, peer: PeerId) {
        for pending in &mut self.pending {
            pending.askers.retain(|asker| *asker != Asker::Peer(peer));
        }
    }

    /// What waits for the disk, in order.
    pub(crate) fn pending(&self) -> impl ExactSizeIterator<Item = &Pending> {
        self.pending.iter()
    }

    pub(crate) fn check_invariants(&self) {
        let mut next = self.committed;
        for pending in &self.pending {
            next = next.next();
            assert_eq!(pending.seq, next, "what waits follows what is on disk without a gap");
        }
        assert_eq!(self.table.last(), next, "the table ends with what waits");
        assert!(self.appending <= self.pending.len());
        let bytes: usize = self.pending.iter().map(|pending| pending.len).sum();
        assert_eq!(self.pending_bytes, bytes);
        assert_eq!(self.actors_of.values().sum::<usize>(), self.owners.len());
    }
}

/// Whether `author` may make an edit, whatever stands there now.
pub fn check_edit(schema: &Schema, author: Author, edit: &Edit) -> Result<(), Denied> {
    match edit {
        Edit::Put { cell, value } => schema.check_scalar(author, cell, Some(value)),
        Edit::Clear { cell } => schema.check_scalar(author, cell, None),
        Edit::Splice { cell, .. } | Edit::MakeParagraph { cell, .. } => schema.check_paragraph(author, cell),
        Edit::MakeItem { section, .. } => schema.check_item(author, *section),
    }
}

/// Precheck and decode: from here on the bytes are a change.
fn read(bytes: &Bytes, limits: &Limits) -> Result<Decoded, Rejected> {
    let rejected = |why: String| Rejected {
        hash: hash_as_sent(bytes),
        reason: Reason::Malformed(why),
    };
    if bytes.len() > CHANGE_BYTES_MAX {
        return Err(rejected(format!("it is longer than {CHANGE_BYTES_MAX} bytes")));
    }
    let prechecked = plan::precheck(bytes, &limits.change).map_err(|why| rejected(why.to_string()))?;
    plan::decode(&prechecked).map_err(|why| rejected(why.to_string()))
}

/// The hash that the sender of an uncompressed change knows it by, whatever the bytes are: SHA-256 of all that follows
/// the checksum.
fn hash_as_sent(bytes: &[u8]) -> ChangeHash {
    const MAGIC_AND_CHECKSUM_BYTES: usize = 8;
    ChangeHash(Sha256::digest(bytes.get(MAGIC_AND_CHECKSUM_BYTES..).unwrap_or_default()).into())
}

/// Actors of whom something was refused, the last so many.
#[derive(Debug)]
struct Actors {
    known: BTreeSet<ActorId>,
    order: VecDeque<ActorId>,
    max: usize,
}

impl Actors {
    const fn new(max: usize) -> Self {
        Self {
            known: BTreeSet::new(),
            order: VecDeque::new(),
            max,
        }
    }

    fn contains(&self, actor: &ActorId) -> bool {
        self.known.contains(actor)
    }

    fn insert(&mut self, actor: ActorId) {
        if !self.known.insert(actor) {
            return;
        }
        self.order.push_back(actor);
        if self.order.len() > self.max
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    fn remove(&mut self, actor: &ActorId) {
        if self.known.remove(actor) {
            self.order.retain(|other| other != actor);
        }
    }
}
