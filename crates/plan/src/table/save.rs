//! The table as bytes. A cache: what does not load is made again from the journal.

use super::Table;

/// The form of the bytes. Another number: made again from the journal, never read half.
const VERSION: u8 = 2;

/// Bytes that are no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Of another version of the program.
    #[error("a table of another version")]
    Version,
    /// Not a table.
    #[error("not a table: {0}")]
    Unreadable(String),
    /// A table with something in it that is not there.
    #[error("a damaged table: {0}")]
    Damaged(&'static str),
}

impl Table {
    /// The bytes. The caller keeps a hash beside them.
    ///
    /// # Panics
    /// Never: there is nothing in a table that postcard cannot write.
    pub fn save(&self) -> Vec<u8> {
        postcard::to_extend(self, vec![VERSION]).expect("plain numbers, texts and lists")
    }

    /// Reads what [`Table::save`] wrote. Other bytes are refused; or, if they hold together, they make a table that is
    /// wrong: the caller compares the hash.
    pub fn load(bytes: &[u8]) -> Result<Self, TableError> {
        let Some((&VERSION, body)) = bytes.split_first() else {
            return Err(TableError::Version);
        };
        let unreadable = |error: postcard::Error| TableError::Unreadable(error.to_string());
        let (mut table, rest): (Self, _) = postcard::take_from_bytes(body).map_err(unreadable)?;
        if !rest.is_empty() {
            return Err(TableError::Damaged("bytes after its end"));
        }
        table.check_sound().map_err(TableError::Damaged)?;
        table.stream.index();
        Ok(table)
    }
}
