//! How much of a plan's content its reader sees.

use domain::{Cell, Scalar, Schema};

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
#[derive(Debug, Clone, Copy)]
pub struct Lens {
    /// Whether the reader may see what is personal about the customer's people.
    pub personal: bool,
}

impl Lens {
    /// A value as the reader sees it.
    pub fn open(&self, _schema: &Schema, cell: &Cell, value: Scalar) -> Shown {
        if cell.section == domain::SectionId::People && !self.personal {
            Shown::Withheld
        } else {
            Shown::Plain(value)
        }
    }
}
