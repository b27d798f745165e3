//! The table as bytes. A cache: what does not load is made again from the journal.

use super::Table;

/// The form of the bytes. Another number: made again from the journal, never read half.
const VERSION: u8 = 1;

/// Bytes that are no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Of another version of the program.
    #[error("a table of another version")]
    Version,
    /// Not a table.
    #[error("not a table: {0}")]
    Unreadable(String),
}

impl Table {
    /// The bytes. The caller keeps a hash beside them.
    ///
    /// # Panics
    /// Never: there is nothing in a table that postcard cannot write.
    pub fn save(&self) -> Vec<u8> {
        postcard::to_extend(self, vec![VERSION]).expect("plain numbers, texts and lists")
    }

    /// Reads what [`Table::save`] wrote. The caller has compared the hash: other bytes are refused or make a table
    /// that is wrong.
    pub fn load(bytes: &[u8]) -> Result<Self, TableError> {
        let Some((&VERSION, body)) = bytes.split_first() else {
            return Err(TableError::Version);
        };
        let mut table: Self = postcard::from_bytes(body).map_err(|error| TableError::Unreadable(error.to_string()))?;
        table.stream.index();
        Ok(table)
    }
}
