//! The guard of one who receives: a client checks what comes from the stream against the same table as the server,
//! before its document takes it. In a browser a panic inside Automerge could not be caught, and would take the unsaved
//! edits with it.
//!
//! A document that came as a snapshot has no table. The table is folded anew from the document's own changes: a short
//! history at once, a longer one in slices while the page is in use ([`Watch::advance`]), for that takes several times
//! as long as loading the document. What comes meanwhile is decoded and compared with its hash, and checked against the
//! past as soon as that is there. A very long history is never folded: its table would take more memory than a phone has.
//!
//! A document does not tell in which order the stream had its changes. So a change whose author had not yet seen all of
//! the snapshot is checked less strictly: what it names must be there and of the right kind, which is what a document
//! breaks on; what it replaces is taken on trust. All others are checked as the server checks them.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use domain::{ChangeHash, Seq};

use crate::change::{Decoded, decode};
use crate::precheck::{Limits, precheck};
use crate::replica::Replica;
use crate::table::Table;

/// A history of so many changes is folded at once: about 15 ms.
const AT_ONCE_CHANGES_MAX: u64 = 1_000;
/// A longer one than this is not folded: the table takes about 370 bytes a change.
const HISTORY_CHANGES_MAX: u64 = 50_000;
/// Most entries that wait for the history.
const WAITING_MAX: usize = 20_000;

/// An entry that no honest server sends: applying it might break the document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {seq} of this plan does not fit: {why}")]
pub struct Unfit {
    /// Where it stands.
    pub seq: Seq,
    /// What is wrong with it.
    pub why: String,
}

/// Checks what a client receives.
#[derive(Debug, Default)]
pub struct Watch {
    table: Table,
    /// The last entry of the snapshot.
    from: Seq,
    /// The document whose changes are still to be read: a copy, which shows what it was.
    unread: Option<Replica>,
    /// The changes of the snapshot that the table does not have yet, in an order that respects their dependencies.
    history: VecDeque<Bytes>,
    /// Entries that wait for what comes before them.
    waiting: BTreeMap<Seq, Waiting>,
    /// There will be no table: entries are decoded, and no more.
    blind: bool,
}

#[derive(Debug)]
enum Waiting {
    Nothing,
    Change { base: Seq, change: Decoded, own: bool },
}

impl Watch {
    /// Goes on from a document that holds the stream up to `seq`, and nothing else.
    pub fn of(replica: &Replica, seq: Seq) -> Self {
        let count = replica.changes_len();
        let mut watch = Self {
            from: seq,
            blind: count > seq.0 || count > HISTORY_CHANGES_MAX,
            ..Self::default()
        };
        if watch.blind {
            return watch;
        }
        if count <= AT_ONCE_CHANGES_MAX {
            watch.history = replica.changes();
            // Nothing waits yet that could be unfit.
            let _ = watch.advance(watch.history.len());
        } else {
            watch.unread = Some(replica.fork());
        }
        watch
    }

    /// Whether a part of the history is still to be folded.
    pub fn is_behind(&self) -> bool {
        self.unread.is_some() || !self.history.is_empty()
    }

    /// Whether entries are checked against the whole past.
    pub fn is_exact(&self) -> bool {
        !self.blind && !self.is_behind()
    }

    /// Folds some more of the history; at its end, checks what has waited for it.
    pub fn advance(&mut self, changes: usize) -> Result<(), Unfit> {
        if let Some(replica) = self.unread.take() {
            // Long enough for a slice of its own.
            self.history = replica.changes();
            return Ok(());
        }
        for _ in 0..changes {
            let Some(bytes) = self.history.pop_front() else { break };
            let seq = self.table.last().next();
            if read(&bytes).is_ok_and(|change| self.table.trust(seq, &change).is_ok()) {
                continue;
            }
            // The document is what it is: it has loaded. Only there is no table for what comes now.
            self.give_up();
        }
        self.check_waiting()
    }

    /// Another's change came. Not to be applied when it is unfit.
    pub fn receive(&mut self, seq: Seq, base: Seq, hash: &ChangeHash, bytes: &[u8]) -> Result<(), Unfit> {
        let unfit = |why: String| Unfit { seq, why };
        let change = read(bytes).map_err(unfit)?;
        if change.hash != *hash {
            return Err(unfit("it is not the change that it is called".to_owned()));
        }
        self.wait(
            seq,
            Waiting::Change {
                base,
                change,
                own: false,
            },
        )
    }

    /// An own change has this place.
    pub fn acknowledge(&mut self, seq: Seq, base: Seq, bytes: &[u8]) -> Result<(), Unfit> {
        let Ok(change) = read(bytes) else {
            self.give_up();
            return Ok(());
        };
        let own = true;
        self.wait(seq, Waiting::Change { base, change, own })
    }

    /// Something else than a change has this place.
    pub fn skip(&mut self, seq: Seq) -> Result<(), Unfit> {
        self.wait(seq, Waiting::Nothing)
    }

    fn wait(&mut self, seq: Seq, entry: Waiting) -> Result<(), Unfit> {
        if self.blind || seq <= self.table.last() {
            return Ok(());
        }
        self.waiting.insert(seq, entry);
        if self.waiting.len() > WAITING_MAX {
            self.give_up();
        }
        self.check_waiting()
    }

    fn check_waiting(&mut self) -> Result<(), Unfit> {
        if self.is_behind() {
            return Ok(());
        }
        self.table.pass(self.from);
        self.waiting = self.waiting.split_off(&self.table.last().next());
        while let Some(entry) = self.waiting.remove(&self.table.last().next()) {
            let seq = self.table.last().next();
            let Waiting::Change { base, change, own } = entry else {
                self.table.skip(seq);
                continue;
            };
            // Whose author had not seen all of the snapshot: its past is not known here as it was.
            let verdict = if self.table.is_late(base, &change) {
                self.table.trust(seq, &change)
            } else {
                self.table.replay(seq, base, &change).map(drop)
            };
            match verdict {
                Ok(()) => {}
                // The server has taken it, and it is ours: then it is the table that is wrong.
                Err(_) if own => self.give_up(),
                Err(why) => {
                    let why = why.to_string();
                    return Err(Unfit { seq, why });
                }
            }
        }
        Ok(())
    }

    fn give_up(&mut self) {
        *self = Self {
            blind: true,
            ..Self::default()
        };
    }
}

fn read(bytes: &[u8]) -> Result<Decoded, String> {
    let change = precheck(bytes, &Limits::of_journal()).and_then(|checked| decode(&checked));
    change.map_err(|why| why.to_string())
}
