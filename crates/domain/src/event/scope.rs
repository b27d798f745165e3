//! What an API token may be used for: a token never may more than the person it acts for, and often less.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::role::Right;

/// A part of what a person may do. Stored form: variants are only ever added, at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read plans, and take them out as files.
    Read,
    /// Read what is personal about the customer's people.
    Personal,
    /// Write in plans.
    Write,
    /// Members, stages, names and the like: all that is decided about a plan and the workspace.
    Manage,
    /// Read the audit.
    Audit,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 5] = [Self::Read, Self::Personal, Self::Write, Self::Manage, Self::Audit];

    /// The scope that a token needs for a right.
    pub const fn of(right: Right) -> Self {
        match right {
            Right::Read | Right::Export => Self::Read,
            Right::ReadPersonal => Self::Personal,
            Right::EditContent | Right::EditLed | Right::SetObjectives | Right::OwnEntries | Right::Comment => {
                Self::Write
            }
            Right::Rename
            | Right::Archive
            | Right::SetStage
            | Right::ManageMembers
            | Right::ErasePersonal
            | Right::Publish
            | Right::SignOff => Self::Manage,
            Right::ReadAudit => Self::Audit,
        }
    }

    /// Its key, in addresses and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Personal => "personal",
            Self::Write => "write",
            Self::Manage => "manage",
            Self::Audit => "audit",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No scope has this key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no scope of a token: expected read, personal, write, manage or audit")]
pub struct UnknownScope(String);

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let scope = Self::ALL.into_iter().find(|scope| scope.as_str() == text);
        scope.ok_or_else(|| UnknownScope(text.to_owned()))
    }
}
