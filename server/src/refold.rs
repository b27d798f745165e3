//! Reading a plan's stream again: entries to facts, with a table of its own.

use domain::{Fact, PersonId, Seq};
use journal::Record;
use plan::Table;
use plan::snapshot::JournalChange;
use protocol::{Body, Committed, Entry};

/// An entry that cannot be folded: a fault of ours, or a journal of another program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {seq} cannot be read: {why}")]
pub struct FoldError {
    /// Which.
    pub seq: Seq,
    /// Why.
    pub why: String,
}

impl FoldError {
    fn at(seq: Seq, why: &impl ToString) -> Self {
        Self {
            seq,
            why: why.to_string(),
        }
    }
}

/// A record as an entry.
pub fn entry(record: &Record) -> Result<Entry, FoldError> {
    protocol::decode_entry(&record.payload).map_err(|error| FoldError::at(record.seq, &error))
}

/// A record as it is sent.
pub fn committed(record: &Record) -> Result<Committed, FoldError> {
    Ok(Committed {
        seq: record.seq,
        at: record.at,
        entry: entry(record)?,
    })
}

/// A record as a change, if it is one.
pub fn change(record: &Record) -> Result<Option<JournalChange>, FoldError> {
    let Entry { author, body, .. } = entry(record)?;
    let Body::Change { base, bytes, .. } = body else {
        return Ok(None);
    };
    Ok(Some(JournalChange {
        seq: record.seq,
        at: record.at,
        author,
        base,
        bytes,
    }))
}

/// Facts from records, in order from the first on.
#[derive(Debug)]
pub struct Refold {
    table: Table,
}

impl Default for Refold {
    fn default() -> Self {
        Self { table: Table::new() }
    }
}

impl Refold {
    /// From the table of a snapshot.
    pub const fn from_table(table: Table) -> Self {
        Self { table }
    }

    /// The last record taken.
    pub fn last(&self) -> Seq {
        self.table.last()
    }

    /// Takes the next record; answers with what it did.
    pub fn take(&mut self, record: &Record) -> Result<Vec<Fact>, FoldError> {
        let Some(change) = change(record)? else {
            self.table.skip(record.seq);
            return Ok(Vec::new());
        };
        self.replay(&change)
    }

    fn replay(&mut self, change: &JournalChange) -> Result<Vec<Fact>, FoldError> {
        let JournalChange {
            seq,
            at,
            author,
            base,
            bytes,
        } = change;
        let decoded = plan::precheck(bytes, &plan::Limits::of_journal())
            .and_then(|checked| plan::decode(&checked))
            .map_err(|error| FoldError::at(*seq, &error))?;
        let admitted = self
            .table
            .replay(*seq, *base, &decoded)
            .map_err(|error| FoldError::at(*seq, &error))?;
        let author: PersonId = *author;
        Ok(admitted.facts(*seq, *at, author))
    }
}
