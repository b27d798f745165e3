//! Names of people and items, as reading and writing of values need them.

use domain::{ItemId, PersonId, SectionId};

/// Who and what has which name. The page's store is one; tests have a small one of their own.
pub(crate) trait Directory {
    /// Everyone in the workspace.
    fn people(&self) -> Vec<(PersonId, String)>;
    /// The items of a section with their titles.
    fn items(&self, section: SectionId) -> Vec<(ItemId, String)>;

    /// A person's name; what to say where nobody has this id.
    fn person_name(&self, id: PersonId) -> String {
        let known = self.people().into_iter().find(|(person, _)| *person == id);
        known.map_or_else(|| UNKNOWN_PERSON.to_owned(), |(_, name)| name)
    }

    /// An item's section and title, in the first of these sections that has it.
    fn item_title(&self, sections: &[SectionId], id: ItemId) -> Option<(SectionId, String)> {
        sections.iter().find_map(|section| {
            let found = self.items(*section).into_iter().find(|(item, _)| *item == id)?;
            Some((*section, found.1))
        })
    }
}

/// What a person is called whom this workspace does not know.
pub(crate) const UNKNOWN_PERSON: &str = "someone";
/// What an item without a title is called.
pub(crate) const UNTITLED: &str = "untitled";

#[cfg(test)]
pub(crate) mod fake {
    use super::*;
    use uuid::Uuid;

    /// Three people and three items.
    pub(crate) struct Fake;

    pub(crate) fn person(number: u128) -> PersonId {
        PersonId(Uuid::from_u128(number))
    }

    pub(crate) fn item(number: u128) -> ItemId {
        ItemId(Uuid::from_u128(number))
    }

    impl Directory for Fake {
        fn people(&self) -> Vec<(PersonId, String)> {
            [(1, "Mara Keller"), (2, "Jonas Okafor"), (3, "Marek Lind")]
                .map(|(id, name)| (person(id), name.to_owned()))
                .to_vec()
        }

        fn items(&self, section: SectionId) -> Vec<(ItemId, String)> {
            match section {
                SectionId::Initiatives => [(11, "Terminal 2030"), (12, "Fresh to 24 h, everywhere"), (13, "Claims")]
                    .map(|(id, title)| (item(id), title.to_owned()))
                    .to_vec(),
                SectionId::People => vec![(item(21), "H. Brandt".to_owned())],
                _ => Vec::new(),
            }
        }
    }
}
