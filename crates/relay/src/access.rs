//! Who may be here, and as what.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Author, PersonId, Right, Role, Stage, Standing};

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

    /// A person who writes; None: they may not read the plan.
    pub fn author(&self, person: PersonId) -> Option<Author> {
        let standing = self.standing(person)?;
        Some(Author { person, standing })
    }
}
