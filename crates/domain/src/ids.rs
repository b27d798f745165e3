//! Names of things: every id is a type of its own, so that one cannot stand in for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An id that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not an id: expected a UUID such as 0193a1c0-0000-7000-8000-000000000001")]
pub struct IdError(pub String);

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            /// Reads the canonical spelling only (lower case, hyphenated): an id has one spelling, because it is part
            /// of keys in the document.
            fn from_str(text: &str) -> Result<Self, IdError> {
                let id = Uuid::try_parse(text).map_err(|_| IdError(text.to_owned()))?;
                let mut spelled = Uuid::encode_buffer();
                if id.hyphenated().encode_lower(&mut spelled) == text {
                    Ok(Self(id))
                } else {
                    Err(IdError(text.to_owned()))
                }
            }
        }
    };
}

uuid_id!(
    /// An account plan. Its stream in the journal has the same id.
    PlanId
);
uuid_id!(
    /// An item of a section: an initiative, an opportunity, a contact, an action. UUIDv7.
    ItemId
);
uuid_id!(
    /// A person who signs in here: a seller, a manager, an administrator. (People at the customer are items.)
    PersonId
);
uuid_id!(
    /// A paragraph of prose. UUIDv7.
    ParagraphId
);
uuid_id!(
    /// A team of people, whose managers look after its plans.
    TeamId
);
uuid_id!(
    /// Another system that is told what happens here.
    WebhookId
);

impl PersonId {
    /// The server itself: the author of a plan's genesis.
    pub const SERVER: Self = Self(Uuid::nil());
}

impl ItemId {
    /// The one item of a section that has just one (the profile, the workshop); made by the genesis change.
    pub const SINGLE: Self = Self(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001));
}

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub [u8; $len]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }
    };
}

byte_id!(
    /// The author of changes inside a plan's document: one per person, device and plan.
    ActorId, 16
);
byte_id!(
    /// SHA-256 of a change, as Automerge computes it: the change's name everywhere.
    ChangeHash, 32
);

impl ActorId {
    /// How the actors begin under which the server writes for people: eight bytes that no random actor begins with.
    const OF_SERVER: [u8; 8] = *b"ilserver";

    /// An actor under which the server writes for a person. No page may write under one: whoever is first to submit with
    /// an actor owns it, and this one is the same for ever, so that anybody can work it out.
    pub fn of_server(whose: [u8; 8]) -> Self {
        let mut actor = [0; 16];
        let (mark, rest) = actor.split_at_mut(Self::OF_SERVER.len());
        mark.copy_from_slice(&Self::OF_SERVER);
        rest.copy_from_slice(&whose);
        Self(actor)
    }

    /// Whether only the server may write under this actor.
    pub fn is_of_server(&self) -> bool {
        self.0.starts_with(&Self::OF_SERVER)
    }
}

/// Position in a stream, gap-free from 1. `Seq(0)` is "before the first entry".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Seq(pub u64);

impl Seq {
    /// Before the first entry of a stream.
    pub const ZERO: Self = Self(0);

    /// The position after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z, by the server's clock unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct TimestampMs(pub i64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let id = "0193a1c0-0000-7000-8000-00000000000a";
        assert_eq!(id.parse::<ItemId>().map(|id| id.to_string()), Ok(id.to_owned()));
        for other in [
            "0193A1C0-0000-7000-8000-00000000000A",
            "0193a1c000007000800000000000000a",
            "",
            "x",
        ] {
            assert_eq!(other.parse::<ItemId>(), Err(IdError(other.to_owned())));
        }
    }
}
