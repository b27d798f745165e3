//! Who may be told an audit just now: each folds a whole plan, so there are few places, and a person has one of them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::PersonId;

use crate::problem::ApiError;

/// Audits that are told at once.
const PLACES: usize = 4;

/// The places, and who has one.
#[derive(Debug, Clone, Default)]
pub struct Places {
    readers: Arc<Mutex<BTreeSet<PersonId>>>,
}

/// A place; dropping it gives it back.
#[derive(Debug)]
pub struct Place {
    places: Places,
    reader: PersonId,
}

impl Places {
    /// Takes a place for somebody who has none.
    pub fn take(&self, reader: PersonId) -> Result<Place, ApiError> {
        let mut readers = self.readers();
        let busy = |who: &str| Err(ApiError::Unavailable(format!("{who} just now: try again shortly")));
        if readers.contains(&reader) {
            return busy("you read an audit already");
        }
        if readers.len() >= PLACES {
            return busy("others read the audit");
        }
        readers.insert(reader);
        Ok(Place {
            places: self.clone(),
            reader,
        })
    }

    fn readers(&self) -> MutexGuard<'_, BTreeSet<PersonId>> {
        // Nothing that can panic runs under this lock.
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.readers().remove(&self.reader);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_person_has_one_place_and_gives_it_back() {
        let places = Places::default();
        let person = |number| PersonId(Uuid::from_u128(number));
        let first = places.take(person(1)).expect("there is place");
        assert!(places.take(person(1)).is_err(), "one is enough for a person");
        let rest: Vec<Place> = (2..=4)
            .map(|number| places.take(person(number)).expect("place"))
            .collect();
        assert!(places.take(person(5)).is_err(), "no more are told at once");
        drop(first);
        assert!(places.take(person(5)).is_ok());
        drop(rest);
        assert!(places.readers().is_empty());
    }
}
