//! Who is who: the people of the workspace, and whose the actors of the plan are.

use std::collections::BTreeMap;

use domain::{ActorId, PersonId};
use protocol::Person;

use crate::limits::{ACTORS_MAX, PEOPLE_MAX};

#[derive(Debug, Default)]
pub(crate) struct Directory {
    people: BTreeMap<PersonId, Person>,
    actors: BTreeMap<ActorId, PersonId>,
}

impl Directory {
    pub(crate) const fn people(&self) -> &BTreeMap<PersonId, Person> {
        &self.people
    }

    pub(crate) fn person_of(&self, actor: ActorId) -> Option<PersonId> {
        self.actors.get(&actor).copied()
    }

    /// Takes in more; what is beyond the bounds is shown without a name.
    pub(crate) fn learn(&mut self, people: Vec<Person>, actors: impl IntoIterator<Item = (ActorId, PersonId)>) {
        for person in people {
            if self.people.len() < PEOPLE_MAX || self.people.contains_key(&person.id) {
                self.people.insert(person.id, person);
            }
        }
        for (actor, person) in actors {
            if self.actors.len() < ACTORS_MAX || self.actors.contains_key(&actor) {
                self.actors.insert(actor, person);
            }
        }
    }
}
