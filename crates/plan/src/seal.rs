//! Sealing and opening what is personal about a contact.
//!
//! A sealed value opens nowhere but in its own cell, under the key with which it was sealed; who has which keys is in a
//! [`Keyring`].

mod key_maker;
mod ring;
mod value;

use domain::Scalar;
use domain::seal::{ERASED, WITHHELD};

pub use self::key_maker::KeyMaker;
pub use self::ring::Keyring;
pub(crate) use self::value::Salt;

/// Why a sealed value cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// The reader does not have the key, or it is not the value's.
    Withheld,
    /// The key was destroyed.
    Erased,
}

impl Hidden {
    /// The word that stands in place of the value.
    pub const fn marker(self) -> &'static str {
        match self {
            Self::Withheld => WITHHELD,
            Self::Erased => ERASED,
        }
    }
}

/// A value as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// The words.
    Plain(Scalar),
    /// Sealed, and it stays so.
    Hidden(Hidden),
}

impl Opened {
    /// The words, if they can be read.
    pub fn plain(self) -> Option<Scalar> {
        match self {
            Self::Plain(value) => Some(value),
            Self::Hidden(_) => None,
        }
    }
}

/// Why a value cannot be sealed, or why a sealed one is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// What is personal is taken sealed only.
    #[error("'{0}' is personal: it is only taken sealed")]
    Plain(String),
    /// Nobody has given a key for it.
    #[error("there is no key for this contact here")]
    NoKey,
    /// The contact was erased, with all of its keys.
    #[error("this contact was erased: what is personal about them is not written any more")]
    Erased,
    /// Only what was noted about the contact's personality was erased.
    #[error("what was noted about the personality of this contact was erased: it is not written any more")]
    PersonalityErased,
    /// A text from before contacts were sealed.
    #[error("this paragraph was written before contacts were sealed: copy it into a new one, then remove it")]
    Old,
    /// It was sealed with another key, for another cell, or is damaged.
    #[error("this value was sealed with another key or for another place")]
    Broken,
}

#[cfg(test)]
mod tests;
