//! How much of a plan's content its reader sees.

use domain::{Cell, Scalar, Schema};
use plan::{Hidden, Keyring, Opened};

/// A value as the reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// As it is.
    Plain(Scalar),
    /// Not for this reader.
    Withheld,
    /// Nobody can read it any more.
    Erased,
}

/// What opens a plan's values for one reader.
#[derive(Debug, Clone)]
pub struct Lens {
    /// Whether the reader may see what is personal about the customer's people.
    pub personal: bool,
    /// The keys of the plan's contacts, as far as the reader may have them.
    pub keyring: Keyring,
}

impl Lens {
    /// A value as the reader sees it.
    pub fn open(&self, schema: &Schema, cell: &Cell, value: &Scalar) -> Shown {
        match self.keyring.open(cell, value) {
            Opened::Hidden(Hidden::Erased) => Shown::Erased,
            Opened::Hidden(Hidden::Withheld) => Shown::Withheld,
            // From before contacts were sealed.
            Opened::Plain(_) if !self.personal && schema.seal_of(cell).is_some() => Shown::Withheld,
            Opened::Plain(words) => Shown::Plain(words),
        }
    }
}
