//! Who else has the plan open, and how they look: initials and one of five colours.

use domain::{Cell, PersonId};
use protocol::PeerId;
use session::Session;

use super::PlanStore;

/// How many colours people have: `--p1` to `--p5` of the style sheet.
const COLORS: usize = 5;

/// A person who has the plan open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Here {
    /// Who.
    pub(crate) person: PersonId,
    /// Their name.
    pub(crate) name: String,
    /// Two letters of it.
    pub(crate) initials: String,
    /// Which of the colours, from 1.
    pub(crate) color: u8,
}

/// Someone else's hand at a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PeerView {
    /// Which of their pages.
    pub(crate) peer: PeerId,
    /// Who.
    pub(crate) person: PersonId,
    /// Their name.
    pub(crate) name: String,
    /// Two letters of it.
    pub(crate) initials: String,
    /// Which of the colours, from 1.
    pub(crate) color: u8,
    /// What they type, not yet an edit.
    pub(crate) draft: Option<String>,
    /// Their caret in it, in UTF-16 units.
    pub(crate) caret: Option<u32>,
}

impl PlanStore {
    /// Who wrote the value that stands in a cell, once; None where none does, or where nobody is known for it.
    pub(crate) fn peek_author(self, cell: &Cell) -> Option<PersonId> {
        self.link().look(|session| {
            let (_, actor) = session.replica()?.values(cell).into_iter().next()?;
            session.person_of(actor)
        })
    }
}

/// The first letters of the first and the last word of a name.
pub(crate) fn initials(name: &str) -> String {
    let letter = |word: &str| word.chars().next().map(|c| c.to_uppercase().to_string());
    let mut words = name.split_whitespace();
    let first = words.next().and_then(letter).unwrap_or_else(|| "?".to_owned());
    let last = words.next_back().and_then(letter).unwrap_or_default();
    first + &last
}

/// Which colour a person has: by their place among all people, so that the first five differ and nobody's changes.
pub(crate) fn color_of(people: impl Iterator<Item = PersonId>, person: PersonId) -> u8 {
    let place = people.take_while(|&other| other != person).count();
    u8::try_from(place % COLORS + 1).unwrap_or(1)
}

/// Everyone else who has the plan open, once each, in the order of the people.
pub(super) fn everyone_here(session: &Session) -> Vec<Here> {
    let you = session.you();
    let open: std::collections::BTreeSet<PersonId> = session.peers().values().map(|peer| peer.person).collect();
    open.into_iter()
        .filter(|&person| Some(person) != you)
        .map(|person| here(session, person))
        .collect()
}

fn here(session: &Session, person: PersonId) -> Here {
    let name = session
        .people()
        .get(&person)
        .map(|known| known.name.clone())
        .unwrap_or_default();
    Here {
        person,
        initials: initials(&name),
        color: color_of(session.people().keys().copied(), person),
        name,
    }
}

/// A peer as a cell shows them.
pub(super) fn peer_view(session: &Session, peer: PeerId) -> Option<PeerView> {
    let presence = session.peers().get(&peer)?;
    let place = presence.place.as_ref()?;
    let Here {
        person,
        name,
        initials,
        color,
    } = here(session, presence.person);
    Some(PeerView {
        peer,
        person,
        name,
        initials,
        color,
        draft: place.draft.clone(),
        caret: place.caret,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ItemId;

    #[test]
    fn initials_are_of_the_first_and_the_last_name() {
        for (name, letters) in [
            ("Mara Keller", "MK"),
            ("jonas van okafor", "JO"),
            ("Admin", "A"),
            ("", "?"),
            ("ßeta Ünal", "SSÜ"),
        ] {
            assert_eq!(initials(name), letters, "{name}");
        }
    }

    #[test]
    fn the_first_five_people_differ_in_colour() {
        let people: Vec<PersonId> = (0..6)
            .map(|n| PersonId(uuid::Uuid::from_u128(ItemId::SINGLE.0.as_u128() + n)))
            .collect();
        let colors: Vec<u8> = people
            .iter()
            .map(|&person| color_of(people.iter().copied(), person))
            .collect();
        assert_eq!(colors, [1, 2, 3, 4, 5, 1]);
    }
}
