//! Who may be here, and as what.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Author, PersonId, Right, Role, Stage, Standing};

/// Who connects, and how much of what that person may the connection may: an API token is often good for less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visitor {
    /// Whose connection it is.
    pub person: PersonId,
    /// Whether it may write what the person may write.
    pub writes: bool,
    /// Whether it is shown what is personal about the customer's people, if the person is.
    pub reads_personal: bool,
}

impl From<PersonId> for Visitor {
    /// A person who is signed in: all that they may.
    fn from(person: PersonId) -> Self {
        Self {
            person,
            writes: true,
            reads_personal: true,
        }
    }
}

/// What everyone is in the plan, as the workspace says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// The plan's stage.
    pub stage: Stage,
    /// What everyone of the workspace is who is not named.
    pub everyone: Option<Role>,
    /// What these people are.
    pub roles: BTreeMap<PersonId, Role>,
    /// Who has no part in it, whatever everyone has.
    pub without: BTreeSet<PersonId>,
    /// Of the keys that seal what is personal: counted up when somebody who could read that may no more.
    pub generation: u32,
}

impl Access {
    /// A plan in which everyone is this.
    pub fn open(role: Role) -> Self {
        Self {
            everyone: Some(role),
            ..Self::default()
        }
    }

    /// What a person is; None: they may not read the plan.
    pub fn standing(&self, person: PersonId) -> Option<Standing> {
        let role = if person == PersonId::SERVER {
            Some(Role::ClientExecutive)
        } else if self.without.contains(&person) {
            None
        } else {
            self.roles.get(&person).copied().or(self.everyone)
        };
        let role = role.filter(|role| role.may(Right::Read))?;
        Some(Standing {
            role,
            stage: self.stage,
        })
    }

    /// A connection's author; None: it may not read the plan. One that only reads is as an observer's.
    pub fn author(&self, visitor: impl Into<Visitor>) -> Option<Author> {
        let visitor = visitor.into();
        let mut standing = self.standing(visitor.person)?;
        if !visitor.writes {
            standing.role = Role::Observer;
        }
        Some(Author {
            person: visitor.person,
            standing,
        })
    }

    /// Whether a connection is shown what is personal about the customer's people.
    pub fn reads_personal(&self, visitor: Visitor) -> bool {
        let standing = self.standing(visitor.person).filter(|_| visitor.reads_personal);
        standing.is_some_and(|standing| standing.role.may(Right::ReadPersonal))
    }

    /// Whether those who read the plan are told this person's name.
    pub(crate) fn is_shown(&self, person: PersonId) -> bool {
        self.standing(person).is_some()
    }
}
