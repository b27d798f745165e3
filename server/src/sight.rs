//! How much of a plan somebody sees who may read it: what is personal about the customer's people is not for everyone,
//! and what is sealed is opened for those it is for, at the last moment.

use std::sync::Arc;

use domain::seal::WITHHELD;
use domain::{Cell, Delta, Fact, Right, Role, Scalar, Schema, SectionId};
use reports::PlanState;

/// How every stored value begins that is not what it says: sealed, or a marker of what cannot be opened.
const SEALED: &str = "sealed:";

/// How much of a plan is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// What is personal about the customer's people, their names among it.
    pub personal: bool,
}

/// What a stored value says to a reader. One that is sealed is opened, or has a marker in its place.
pub type Opener = Arc<dyn Fn(&Cell, &Scalar) -> Scalar + Send + Sync>;

/// Whether a value is not what it says: sealed, or a marker of what cannot be opened.
pub fn is_sealed(value: &Scalar) -> bool {
    value.as_str().is_some_and(|text| text.starts_with(SEALED))
}

/// The eyes of a reader: what they see of what is stored.
#[derive(Clone)]
pub struct Eyes {
    schema: Arc<Schema>,
    sight: Sight,
    open: Opener,
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

    /// Whether what stands in a cell is not shown, though it is known that something stands there.
    pub fn withholds(self, schema: &Schema, cell: &Cell) -> bool {
        !self.personal && schema.seal_of(cell).is_some()
    }
}

impl Eyes {
    /// Of somebody who sees so much, to whom stored values say this.
    pub const fn new(schema: Arc<Schema>, sight: Sight, open: Opener) -> Self {
        Self { schema, sight, open }
    }

    /// The schema.
    pub const fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// What a stored value says. Words from before contacts were sealed are withheld like the others.
    pub fn value(&self, cell: &Cell, stored: &Scalar) -> Scalar {
        let said = (self.open)(cell, stored);
        if self.sight.withholds(&self.schema, cell) && !is_sealed(&said) {
            return WITHHELD.into();
        }
        said
    }

    /// A fact as they see it; nothing, if they do not: letters that are typed into a text hold no marker.
    pub fn fact(&self, mut fact: Fact) -> Option<Fact> {
        if matches!(fact.delta, Delta::Text { .. }) && self.sight.withholds(&self.schema, &fact.cell) {
            return None;
        }
        let Fact { cell, delta, .. } = &mut fact;
        if let Delta::Set { old, new, also } = delta {
            for value in old.iter_mut().chain(new).chain(also) {
                *value = self.value(cell, value);
            }
        }
        Some(fact)
    }

    /// A state as they see it.
    pub fn state(&self, state: &mut PlanState) {
        let withholds_in = |section: SectionId| !self.sight.personal && self.schema.has_seals(section);
        state.remove_texts(withholds_in, |cell| self.sight.withholds(&self.schema, cell));
        state.rewrite(
            |section, stored| is_sealed(stored) || withholds_in(section),
            |cell, stored| self.value(cell, stored),
        );
    }
}
