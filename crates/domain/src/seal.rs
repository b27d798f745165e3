//! Sealed values: what is personal about a contact stands in the document as ciphertext under a key of the contact's
//! own. Who may read is given the key; who destroys the key erases the words, and the log stays as it is.
//!
//! Only the names are here; sealing and opening is `plan::Keyring`'s.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::ItemId;

/// How a sealed value begins; the number is the form's.
pub const SEALED_PREFIX: &str = "sealed:2:";
/// The form of before keys had generations. It is read, and not written any more.
pub const SEALED_PREFIX_1: &str = "sealed:1:";
/// Stands in place of a value that the reader may not see.
pub const WITHHELD: &str = "sealed:withheld";
/// Stands in place of a value whose key was destroyed.
pub const ERASED: &str = "sealed:erased";

/// Whether a text is a sealed value.
pub fn is_sealed(text: &str) -> bool {
    text.starts_with(SEALED_PREFIX) || text.starts_with(SEALED_PREFIX_1)
}

/// Most keys of one plan: two for each contact, for some ten thousands of contacts and of keys that came after others.
pub const KEYS_MAX: usize = 100_000;

/// What a value is sealed with: an item has one key for each, so that one can be erased without the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Seal {
    /// Who the contact is: name, position, where it is known from.
    Contact,
    /// What we think of them: stance, orientation, pains, notes about the person.
    Personality,
}

impl Seal {
    /// All seals.
    pub const ALL: [Self; 2] = [Self::Contact, Self::Personality];

    /// Its key, in addresses and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Personality => "personality",
        }
    }
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A key. Its bytes are shown to nobody: not in logs, not in panics.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key(pub [u8; 32]);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// What a key belongs to.
pub type KeyName = (ItemId, Seal);

/// Which of the keys that belong to the same: the last is its generation.
///
/// A plan's generation is counted up when somebody who could read what is personal may no more. What is written from then
/// on is sealed with a key of that generation, which they are not given. Keys of generation 0 are those of who did not know
/// which it is, or was not to: such a contact gets another key with the next words of somebody who does.
pub type KeyId = (ItemId, Seal, u32);

/// A key with what it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemKey {
    /// The contact.
    pub item: ItemId,
    /// Which of its seals.
    pub seal: Seal,
    /// Which of the seal's keys.
    pub generation: u32,
    /// The key.
    pub key: Key,
}

impl ItemKey {
    /// What it belongs to.
    pub const fn name(&self) -> KeyName {
        (self.item, self.seal)
    }

    /// Which it is of those that belong to that.
    pub const fn id(&self) -> KeyId {
        (self.item, self.seal, self.generation)
    }
}
