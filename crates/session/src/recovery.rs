//! After a refusal: back to what was accepted, another actor, and everything again that does not depend on what was
//! refused.
//!
//! Edits are made again on the plan as they found it (what was accepted later is left out until they are made), so that
//! a place in a text means what it meant. Where that cannot be, because another actor goes on from what the one before it
//! has saved behind others' changes, places move past what others wrote. An edit depends on a refused one when it writes the same cell, the same
//! paragraph, or anything of an item that was to be made.

use std::collections::{BTreeSet, VecDeque};

use domain::{ActorId, Cell, ChangeHash, ItemId, Part, SectionId, Seq, TimestampMs};
use plan::{Edit, Replica, ReplicaError, shifted};
use protocol::Reason;
use rand::Rng;

use crate::limits::ACTORS_ANEW_MAX;
use crate::opening::Opening;
use crate::outbox::{Log, Own};
use crate::session::Session;
use crate::types::{Event, RejectedEdit};

/// What the server has refused. Own changes before it may still be under way.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) hash: ChangeHash,
    pub(crate) reason: Reason,
}

impl Session {
    /// Another actor begins: the server takes nothing more of the old one.
    pub(crate) fn begin_actor(&mut self) {
        if let Some(you) = self.you {
            self.directory.learn(Vec::new(), [(self.actor, you)]);
        }
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        self.actor = ActorId(bytes);
    }

    /// Recovers once everything before the refused change is answered, and everything before those answers is here: a
    /// new actor must not build upon what is neither its own nor within its base.
    pub(crate) fn recover_from_refusal(&mut self, now: TimestampMs) {
        let incomplete = self.opening.as_ref().is_some_and(Opening::holds_edits) || self.intake.is_acknowledged_ahead();
        if incomplete {
            return;
        }
        let first = self.outbox.front().map(|own| own.hash);
        if first.is_none() || self.refusal.as_ref().map(|refusal| refusal.hash) != first {
            return;
        }
        if !self.apply_gathered(now) {
            return;
        }
        let Some(refusal) = self.refusal.take() else { return };
        // Nothing is wrong with the edit itself when only its actor was refused before.
        // Nor when another key than the one it was sealed with is the contact's: that one is here now.
        let may_pass = matches!(refusal.reason, Reason::AfterRejected | Reason::Sealed(_));
        let only_the_actor = may_pass && self.actors_anew < ACTORS_ANEW_MAX;
        let (changes, log) = self.outbox.take();
        if matches!(refusal.reason, Reason::Sealed(_)) {
            self.offer_keys_again(changes.iter().flat_map(|own| &own.edits));
        }
        self.begin_actor();
        // A refusal of the edit itself takes it out: what follows it has its own three tries.
        self.actors_anew = if only_the_actor { self.actors_anew + 1 } else { 0 };
        match self.accepted(&changes, &log) {
            Ok(replica) => {
                let refusal = (!only_the_actor).then_some(&refusal);
                self.propose_again(now, replica, changes, log, refusal);
            }
            Err(error) => {
                // Then the plan is fetched anew, and all of them are proposed again on it.
                for own in changes {
                    self.outbox.push(own);
                }
                self.distrusted = true;
                self.fail(now, error.to_string());
            }
        }
        self.tell(Event::Rejected);
    }

    /// The plan as the first of the changes found it.
    fn accepted(&self, changes: &VecDeque<Own>, log: &Log) -> Result<Replica, ReplicaError> {
        let mut without: BTreeSet<ChangeHash> = changes.iter().map(|own| own.hash).collect();
        if log.is_complete() {
            without.extend(log.hashes());
        }
        match &self.replica {
            Some(replica) => replica.without(&without, self.actor),
            None => Ok(self.with_keys(Replica::new(self.actor))),
        }
    }

    /// Makes the changes again on `replica`, which takes the place of the page's; sorts out what is refused.
    pub(crate) fn propose_again(
        &mut self,
        now: TimestampMs,
        mut replica: Replica,
        changes: VecDeque<Own>,
        log: Log,
        refusal: Option<&Refusal>,
    ) {
        let head = self.intake.applied();
        let mut reached = if log.is_complete() { Seq::ZERO } else { head };
        let mut refused = Refused::default();
        let mut touched = BTreeSet::new();
        for own in changes {
            touched.extend(own.cells.iter().cloned());
            if let Some(reason) = refused.reason(&own, refusal) {
                self.reject(&mut refused, own, reason);
                continue;
            }
            let base = own.base.max(log.accepted_own()).min(head).max(reached);
            self.make_lost_keys(&mut replica, &own.edits);
            let accepted = replica.apply(&log.between(reached, base));
            reached = base;
            let edits = if base == own.base && log.is_complete() {
                own.edits.clone()
            } else {
                self.as_meant(&own, &replica)
            };
            match accepted.map(|_| replica.edit(own.at, &edits)) {
                Ok(Ok(Some(change))) => {
                    touched.extend(change.touched.iter().cloned());
                    self.undo.replace(&own.hash, Some((change.hash, change.inverse)));
                    self.outbox.push(Own {
                        hash: change.hash,
                        bytes: change.bytes,
                        base,
                        at: own.at,
                        edits,
                        cells: change.touched,
                    });
                }
                Ok(Ok(None)) => self.undo.replace(&own.hash, None),
                Ok(Err(error)) => self.reject(&mut refused, own, Reason::Denied(error.to_string())),
                Err(error) => self.reject(&mut refused, own, Reason::Malformed(error.to_string())),
            }
        }
        let rest = replica.apply(&log.between(reached, head));
        for (seq, hash, bytes) in log.into_entries() {
            self.outbox.note(seq, hash, &bytes);
        }
        self.replica = Some(replica);
        self.tell_touched(touched);
        if let Err(error) = rest {
            self.distrusted = true;
            self.fail(now, error.to_string());
        }
    }

    /// A change's edits where they mean in a plan what they meant in the page's: others wrote in the same texts before they
    /// are made again.
    fn as_meant(&self, own: &Own, replica: &Replica) -> Vec<Edit> {
        shifted(&own.edits, |cell| {
            let found = self.replica.as_ref()?.text_before(&own.hash, cell)?;
            Some((found, replica.text(cell)?))
        })
    }

    fn reject(&mut self, refused: &mut Refused, own: Own, reason: Reason) {
        refused.add(&own);
        self.undo.replace(&own.hash, None);
        self.rejected.push(RejectedEdit {
            edits: own.edits,
            reason,
            cells: own.cells.into_iter().collect(),
            at: own.at,
        });
        self.tell(Event::Rejected);
    }
}

/// What was refused so far.
#[derive(Debug, Default)]
struct Refused {
    cells: BTreeSet<Cell>,
    items: BTreeSet<(SectionId, ItemId)>,
}

impl Refused {
    /// Why a change cannot be proposed again.
    fn reason(&self, own: &Own, refusal: Option<&Refusal>) -> Option<Reason> {
        if let Some(refusal) = refusal.filter(|refusal| refusal.hash == own.hash) {
            return Some(refusal.reason.clone());
        }
        let depends = own
            .cells
            .iter()
            .any(|cell| self.items.contains(&(cell.section, cell.item)) || self.cells.contains(&whole(cell)));
        depends.then_some(Reason::AfterRejected)
    }

    fn add(&mut self, own: &Own) {
        self.cells.extend(own.cells.iter().map(whole));
        for edit in &own.edits {
            if let Edit::MakeItem { section, item, .. } = edit {
                self.items.insert((*section, *item));
            }
        }
    }
}

/// What stands or falls together: a paragraph with its rank, a link with its note; else the cell.
fn whole(cell: &Cell) -> Cell {
    let parts = match cell.part {
        Part::Fields | Part::Own => return cell.clone(),
        Part::Links | Part::Prose => 2,
    };
    let key: Vec<&str> = cell.key.split(':').take(parts).collect();
    Cell {
        key: key.join(":"),
        ..cell.clone()
    }
}
