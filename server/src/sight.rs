//! How much of a plan somebody sees who may read it: what is personal about the customer's people is not for everyone.

use domain::{Cell, Fact, Part, Right, Role, Schema, SectionId};
use reports::PlanState;

/// How much of a plan is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// What is personal about the customer's people, their names among it.
    pub personal: bool,
}

impl Sight {
    /// Everything that is in the plan.
    pub const ALL: Self = Self { personal: true };

    /// What a role sees.
    pub const fn of(role: Role) -> Self {
        Self {
            personal: role.may(Right::ReadPersonal),
        }
    }

    /// Whether a cell is shown.
    pub fn sees(self, _schema: &Schema, cell: &Cell) -> bool {
        self.personal || cell.section != SectionId::People
    }

    /// Whether what happened at a cell is shown.
    pub fn sees_fact(self, schema: &Schema, fact: &Fact) -> bool {
        self.sees(schema, &fact.cell)
    }

    /// Takes out of a state what is not shown.
    pub fn clear(self, schema: &Schema, state: &mut PlanState) {
        if self.personal {
            return;
        }
        let single = domain::ItemId::SINGLE;
        state.retain(|section: SectionId, part: Part, key: &str| {
            // Which item it is makes no difference.
            let cell = Cell {
                section,
                item: single,
                part,
                key: key.to_owned(),
            };
            self.sees(schema, &cell)
        });
    }
}
