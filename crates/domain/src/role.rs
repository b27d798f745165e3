//! What a person is in a plan, and what that lets them do: one table of roles and rights, one of sections and stages.
//!
//! Whoever adds a role, a right, a section or a stage is led here by the compiler: nothing has a default.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::PersonId;
use crate::place::SectionId;

/// What a person is in one plan. A person may be something else in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Owns the plan; responsible for the customer.
    ClientExecutive,
    /// Prepares and runs the session, merges the pre-work.
    Facilitator,
    /// Sells to the account.
    Seller,
    /// A senior person with high-level contacts.
    Political,
    /// Consultant, project manager, subject-matter expert or technician.
    Expert,
    /// Manages the account managers whose plans these are.
    SalesManager,
    /// Somebody inside the company, or a partner, who looks on.
    Observer,
    /// A sponsor at the customer: sees nothing but what is published for them.
    CustomerContact,
}

/// Where a plan stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The team fills the sections in, for about six weeks.
    #[default]
    PreWork,
    /// The session, one or two days.
    Workshop,
    /// Actions and their results, from then on.
    Execution,
}

/// Something that a role may do in a plan, or may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Read the plan, live, its whole history and its reports.
    Read,
    /// Read what is personal about the customer's people: their names too.
    ReadPersonal,
    /// Take the plan out as a file.
    Export,
    /// Write in the sections that are the team's.
    EditContent,
    /// Write what the leads alone write: their fields, and their sections while a stage gives these to them.
    EditLed,
    /// Set objectives and how they are to be reached.
    SetObjectives,
    /// Make entries of one's own: ratings, votes, commitments.
    OwnEntries,
    /// Comment where one may read.
    Comment,
    /// Rename the plan and make a copy of it.
    Rename,
    /// Put the plan away and bring it back.
    Archive,
    /// Say at which stage the plan is.
    SetStage,
    /// Invite people, give roles and take them.
    ManageMembers,
    /// Make what is held about one of the customer's people unreadable for good, and report all that is held.
    ErasePersonal,
    /// Read who did what, who signed in, who took what out.
    ReadAudit,
    /// Publish a version for the customer.
    Publish,
    /// Sign the plan off.
    SignOff,
}

/// Who writes in a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writers {
    /// Everyone with [`Right::EditContent`].
    Team,
    /// They, and those with [`Right::SetObjectives`].
    TeamAndManagers,
    /// Those with [`Right::EditLed`].
    Leads,
}

/// What a person is in a plan just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Standing {
    /// Their role.
    pub role: Role,
    /// The plan's stage.
    pub stage: Stage,
}

/// Who writes: a person, with what they are in the plan just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Author {
    /// Who.
    pub person: PersonId,
    /// What they are.
    pub standing: Standing,
}

impl Author {
    /// A person who may write everything that is not another's own.
    pub const fn executive(person: PersonId) -> Self {
        let standing = Standing {
            role: Role::ClientExecutive,
            stage: Stage::PreWork,
        };
        Self { person, standing }
    }
}

const Y: bool = true;
const N: bool = false;

impl Right {
    /// All rights.
    pub const ALL: [Self; 16] = [
        Self::Read,
        Self::ReadPersonal,
        Self::Export,
        Self::EditContent,
        Self::EditLed,
        Self::SetObjectives,
        Self::OwnEntries,
        Self::Comment,
        Self::Rename,
        Self::Archive,
        Self::SetStage,
        Self::ManageMembers,
        Self::ErasePersonal,
        Self::ReadAudit,
        Self::Publish,
        Self::SignOff,
    ];

    /// The matrix: which roles have the right, in the order of [`Role::ALL`].
    #[rustfmt::skip]
    #[expect(clippy::match_same_arms, reason = "a table: a row for each right")]
    const fn roles(self) -> [bool; Role::ALL.len()] {
        match self {
            //                     exec fac sell pol exp mgr obs cust
            Self::Read          => [Y,  Y,  Y,   Y,  Y,  Y,  Y,  N],
            Self::ReadPersonal  => [Y,  Y,  Y,   Y,  Y,  Y,  N,  N],
            Self::Export        => [Y,  Y,  Y,   Y,  Y,  Y,  N,  N],
            Self::EditContent   => [Y,  Y,  Y,   Y,  Y,  N,  N,  N],
            Self::EditLed       => [Y,  Y,  N,   N,  N,  N,  N,  N],
            Self::SetObjectives => [Y,  Y,  Y,   Y,  Y,  Y,  N,  N],
            Self::OwnEntries    => [Y,  Y,  Y,   Y,  Y,  N,  N,  N],
            Self::Comment       => [Y,  Y,  Y,   Y,  Y,  Y,  N,  N],
            Self::Rename        => [Y,  Y,  N,   N,  N,  N,  N,  N],
            Self::Archive       => [Y,  N,  N,   N,  N,  N,  N,  N],
            Self::SetStage      => [Y,  Y,  N,   N,  N,  N,  N,  N],
            Self::ManageMembers => [Y,  Y,  N,   N,  N,  N,  N,  N],
            Self::ErasePersonal => [Y,  N,  N,   N,  N,  N,  N,  N],
            Self::ReadAudit     => [Y,  Y,  N,   N,  N,  Y,  N,  N],
            Self::Publish       => [Y,  N,  N,   N,  N,  N,  N,  N],
            Self::SignOff       => [Y,  N,  N,   N,  N,  N,  N,  N],
        }
    }

    /// What it is, in words for the documentation and for who assigns roles.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Read => "read the plan, its history and reports",
            Self::ReadPersonal => "read what is personal about the customer's people",
            Self::Export => "take the plan out as a file",
            Self::EditContent => "write in the team's sections",
            Self::EditLed => "write in the leads' sections and fields",
            Self::SetObjectives => "set objectives and strategies",
            Self::OwnEntries => "rate, vote, commit",
            Self::Comment => "comment",
            Self::Rename => "rename and duplicate the plan",
            Self::Archive => "archive and restore the plan",
            Self::SetStage => "set the stage",
            Self::ManageMembers => "invite people, give and take roles",
            Self::ErasePersonal => "erase a contact, report what is held about one",
            Self::ReadAudit => "read the audit",
            Self::Publish => "publish a customer version",
            Self::SignOff => "sign the plan off",
        }
    }
}

/// Who writes in a section at each stage, in the order of [`Stage::ALL`]. Own entries are not meant: whoever may make
/// them makes them at every stage.
#[rustfmt::skip]
const fn writers_by_stage(section: SectionId) -> [Writers; Stage::ALL.len()] {
    use Writers::{Leads, Team, TeamAndManagers};
    match section {
        //                            pre-work         workshop         execution
        SectionId::Profile
        | SectionId::Initiatives
        | SectionId::Drivers
        | SectionId::Opportunities
        | SectionId::People
        | SectionId::Actions
        | SectionId::Landscape
        | SectionId::Validation
        | SectionId::Calls        => [Team,            Team,            Team],
        SectionId::Objectives
        | SectionId::Strategies   => [TeamAndManagers, TeamAndManagers, TeamAndManagers],
        SectionId::Workshop
        | SectionId::Agenda       => [Leads,           Leads,           Leads],
        // What was decided in the session is the session's: the team writes it then, and nobody but the leads later.
        SectionId::Decisions      => [Leads,           Team,            Leads],
    }
}

/// Who writes in a section at a stage.
pub const fn writers(section: SectionId, stage: Stage) -> Writers {
    writers_by_stage(section)[stage as usize]
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 8] = [
        Self::ClientExecutive,
        Self::Facilitator,
        Self::Seller,
        Self::Political,
        Self::Expert,
        Self::SalesManager,
        Self::Observer,
        Self::CustomerContact,
    ];

    /// Whether the role has a right.
    pub const fn may(self, right: Right) -> bool {
        right.roles()[self as usize]
    }

    /// Whether the role writes anything of a plan's content: all of it, or comments alone.
    pub const fn writes(self) -> bool {
        self.may(Right::EditContent) || self.may(Right::Comment)
    }

    /// Its key, in addresses and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientExecutive => "client_executive",
            Self::Facilitator => "facilitator",
            Self::Seller => "seller",
            Self::Political => "political",
            Self::Expert => "expert",
            Self::SalesManager => "sales_manager",
            Self::Observer => "observer",
            Self::CustomerContact => "customer_contact",
        }
    }

    /// Its name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::ClientExecutive => "Client executive",
            Self::Facilitator => "Facilitator",
            Self::Seller => "Seller",
            Self::Political => "Political",
            Self::Expert => "Expert",
            Self::SalesManager => "Sales manager",
            Self::Observer => "Observer",
            Self::CustomerContact => "Customer contact",
        }
    }
}

impl Stage {
    /// All stages, in their order.
    pub const ALL: [Self; 3] = [Self::PreWork, Self::Workshop, Self::Execution];

    /// Its key, in addresses and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PreWork => "pre_work",
            Self::Workshop => "workshop",
            Self::Execution => "execution",
        }
    }

    /// Its name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::PreWork => "Pre-work",
            Self::Workshop => "Workshop",
            Self::Execution => "Execution",
        }
    }
}

impl Standing {
    /// Whether a person of this standing writes in a section. Fields may ask for more, and own entries are another right.
    pub const fn writes_in(self, section: SectionId) -> bool {
        match writers(section, self.stage) {
            Writers::Team => self.role.may(Right::EditContent),
            Writers::TeamAndManagers => self.role.may(Right::EditContent) || self.role.may(Right::SetObjectives),
            Writers::Leads => self.role.may(Right::EditLed),
        }
    }
}

/// No role or stage has this key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no {1}")]
pub struct UnknownWord(String, &'static str);

impl FromStr for Role {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let role = Self::ALL.into_iter().find(|role| role.as_str() == text);
        role.ok_or_else(|| UnknownWord(text.to_owned(), "role"))
    }
}

impl FromStr for Stage {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let stage = Self::ALL.into_iter().find(|stage| stage.as_str() == text);
        stage.ok_or_else(|| UnknownWord(text.to_owned(), "stage of a plan"))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_each_list_is_the_order_of_its_table() {
        for (index, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!(role as usize, index);
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        for (index, stage) in Stage::ALL.into_iter().enumerate() {
            assert_eq!(stage as usize, index);
            assert_eq!(stage.as_str().parse(), Ok(stage));
        }
        for (index, right) in Right::ALL.into_iter().enumerate() {
            assert_eq!(right as usize, index);
        }
    }

    #[test]
    fn nobody_writes_what_they_may_not_read() {
        for role in Role::ALL {
            let writes = Stage::ALL.into_iter().any(|stage| {
                let standing = Standing { role, stage };
                SectionId::ALL.into_iter().any(|section| standing.writes_in(section))
            });
            assert!(!writes || role.may(Right::Read), "{role}");
            assert!(!role.may(Right::ReadPersonal) || role.may(Right::Read), "{role}");
        }
    }

    #[test]
    fn the_team_writes_decisions_during_the_workshop_only() {
        let seller = |stage| Standing {
            role: Role::Seller,
            stage,
        };
        assert!(seller(Stage::Workshop).writes_in(SectionId::Decisions));
        assert!(!seller(Stage::PreWork).writes_in(SectionId::Decisions));
        assert!(!seller(Stage::Execution).writes_in(SectionId::Decisions));
        assert!(seller(Stage::Execution).writes_in(SectionId::Actions));
    }
}
