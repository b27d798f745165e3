//! Where a value stands in a plan.
//!
//! A plan's document is `root -> section -> item -> field`. Every item, whatever its section, is made with the same
//! three maps beside its plain fields, so that a new field of any kind is one line of schema and no map is ever made
//! lazily (two people who make the same map at once would lose one of the two):
//!
//! | part     | keys                                                                 | holds                                  |
//! | -------- | -------------------------------------------------------------------- | -------------------------------------- |
//! | `fields` | `<field>` (directly in the item's map)                               | one scalar                             |
//! | `links`  | `<field>:<target>`, `<field>:<target>:note`                          | links, and choices of which several may hold |
//! | `own`    | `<person>:<field>`                                                   | what belongs to a person: ratings, votes, commitments |
//! | `prose`  | `<field>:<paragraph>` (text), `<field>:<paragraph>:rank`, `:deleted` | paragraphs                             |

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::{ItemId, ParagraphId, PersonId};

/// The sections of a plan's document. A new one comes by an upgrade change that only the server authors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SectionId {
    /// The account itself: one item.
    Profile,
    /// Section 1: the customer's business initiatives.
    Initiatives,
    /// Section 2: what forces the customer to change.
    Drivers,
    /// Section 3: the opportunity list.
    Opportunities,
    /// Section 5: people at the customer, their stance and who covers them.
    People,
    /// Section 6: who does what until when.
    Actions,
    /// The customer's systems, ours and others'.
    Landscape,
    /// What we want to reach with this account.
    Objectives,
    /// How an objective is to be reached.
    Strategies,
    /// What is to be validated with the customer.
    Validation,
    /// Calls of the pre-work with their findings.
    Calls,
    /// The planning session: one item.
    Workshop,
    /// The session's agenda.
    Agenda,
    /// Decisions of the session, and its parking lot.
    Decisions,
}

impl SectionId {
    /// All sections, in the order of the document's genesis.
    pub const ALL: [Self; 14] = [
        Self::Profile,
        Self::Initiatives,
        Self::Drivers,
        Self::Opportunities,
        Self::People,
        Self::Actions,
        Self::Landscape,
        Self::Objectives,
        Self::Strategies,
        Self::Validation,
        Self::Calls,
        Self::Workshop,
        Self::Agenda,
        Self::Decisions,
    ];

    /// The section's key in the document and in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Initiatives => "initiatives",
            Self::Drivers => "drivers",
            Self::Opportunities => "opportunities",
            Self::People => "people",
            Self::Actions => "actions",
            Self::Landscape => "landscape",
            Self::Objectives => "objectives",
            Self::Strategies => "strategies",
            Self::Validation => "validation",
            Self::Calls => "calls",
            Self::Workshop => "workshop",
            Self::Agenda => "agenda",
            Self::Decisions => "decisions",
        }
    }

    /// Whether the section has exactly one item, [`ItemId::SINGLE`], made by the genesis change.
    pub const fn is_single(self) -> bool {
        matches!(self, Self::Profile | Self::Workshop)
    }
}

impl fmt::Display for SectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No section has this key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a section of a plan")]
pub struct UnknownSection(pub String);

impl FromStr for SectionId {
    type Err = UnknownSection;

    fn from_str(text: &str) -> Result<Self, UnknownSection> {
        Self::ALL
            .into_iter()
            .find(|section| section.as_str() == text)
            .ok_or_else(|| UnknownSection(text.to_owned()))
    }
}

/// Which of an item's maps a key stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The item's own map.
    Fields,
    /// Links to other items, and sets of choices.
    Links,
    /// What belongs to one person each.
    Own,
    /// Paragraphs.
    Prose,
}

impl Part {
    /// The maps that are made with every item, in the order in which they are made.
    pub const MAPS: [Self; 3] = [Self::Links, Self::Own, Self::Prose];

    /// The key of this part's map inside the item's map; nothing for [`Part::Fields`], which is that map.
    pub const fn map_key(self) -> Option<&'static str> {
        match self {
            Self::Fields => None,
            Self::Links => Some("links"),
            Self::Own => Some("own"),
            Self::Prose => Some("prose"),
        }
    }
}

/// One key of one item: the unit that a person edits and that the guard allows or refuses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cell {
    /// The section.
    pub section: SectionId,
    /// The item in it.
    pub item: ItemId,
    /// Which of the item's maps.
    pub part: Part,
    /// The key in that map.
    pub key: String,
}

impl Cell {
    /// A plain field.
    pub fn field(section: SectionId, item: ItemId, field: &str) -> Self {
        Self {
            section,
            item,
            part: Part::Fields,
            key: field.to_owned(),
        }
    }

    /// A link of `field` to a target (an item's id, a person's id, or a choice).
    pub fn link(section: SectionId, item: ItemId, field: &str, target: &str) -> Self {
        Self {
            section,
            item,
            part: Part::Links,
            key: format!("{field}:{target}"),
        }
    }

    /// The note of a link.
    pub fn link_note(section: SectionId, item: ItemId, field: &str, target: &str) -> Self {
        Self {
            section,
            item,
            part: Part::Links,
            key: format!("{field}:{target}:note"),
        }
    }

    /// What `person` says in `field`.
    pub fn own(section: SectionId, item: ItemId, person: PersonId, field: &str) -> Self {
        Self {
            section,
            item,
            part: Part::Own,
            key: format!("{person}:{field}"),
        }
    }

    /// A paragraph's text.
    pub fn paragraph(section: SectionId, item: ItemId, field: &str, paragraph: ParagraphId) -> Self {
        Self {
            section,
            item,
            part: Part::Prose,
            key: format!("{field}:{paragraph}"),
        }
    }

    /// Another key that begins with this one, such as a paragraph's `rank` or a link's `note`.
    #[must_use]
    pub fn with_suffix(&self, suffix: &str) -> Self {
        Self {
            key: format!("{}:{suffix}", self.key),
            ..self.clone()
        }
    }

    /// The schema's field that this key belongs to.
    pub fn field_key(&self) -> &str {
        match self.part {
            Part::Fields => &self.key,
            Part::Links | Part::Prose => self.key.split(':').next().unwrap_or_default(),
            Part::Own => self.key.split_once(':').map_or("", |(_, field)| field),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part.map_key() {
            None => write!(f, "{}/{}/{}", self.section, self.item, self.key),
            Some(map) => write!(f, "{}/{}/{map}/{}", self.section, self.item, self.key),
        }
    }
}

/// A cell that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no cell: write it as section/item/key, or as section/item/part/key in an item's links, own or prose")]
pub struct CellError(pub String);

impl FromStr for Cell {
    type Err = CellError;

    /// Reads what [`fmt::Display`] writes.
    fn from_str(text: &str) -> Result<Self, CellError> {
        let read = || {
            let (section, rest) = text.split_once('/')?;
            let (item, rest) = rest.split_once('/')?;
            let parts = Part::MAPS.into_iter();
            let mut in_map =
                parts.filter_map(|part| Some((part, rest.strip_prefix(part.map_key()?)?.strip_prefix('/')?)));
            let (part, key) = in_map.next_back().unwrap_or((Part::Fields, rest));
            Some(Self {
                section: section.parse().ok()?,
                item: item.parse().ok()?,
                part,
                key: Some(key)
                    .filter(|key| !key.is_empty() && !key.contains('/'))?
                    .to_owned(),
            })
        };
        read().ok_or_else(|| CellError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_reads_back_from_its_key() {
        for section in SectionId::ALL {
            assert_eq!(section.as_str().parse(), Ok(section));
        }
        assert!("interlock".parse::<SectionId>().is_err());
    }

    #[test]
    fn every_cell_reads_back_and_nothing_else_does() {
        for part in [Part::Fields, Part::Links, Part::Own, Part::Prose] {
            let cell = Cell {
                section: SectionId::Actions,
                item: ItemId::SINGLE,
                part,
                key: "owners:a".to_owned(),
            };
            assert_eq!(cell.to_string().parse(), Ok(cell));
        }
        let item = ItemId::SINGLE;
        let others = ["notes", "x", "", "actions/x/title"].map(str::to_owned);
        let longer = ["", "/", "/elsewhere/title", "/links/"].map(|rest| format!("actions/{item}{rest}"));
        for text in others.into_iter().chain(longer) {
            assert_eq!(text.parse::<Cell>(), Err(CellError(text)));
        }
    }

    #[test]
    fn a_cell_names_its_field() {
        let (section, item) = (SectionId::Opportunities, ItemId::SINGLE);
        assert_eq!(Cell::field(section, item, "amount").field_key(), "amount");
        assert_eq!(
            Cell::link(section, item, "supports", "x")
                .with_suffix("note")
                .field_key(),
            "supports"
        );
        assert_eq!(Cell::own(section, item, PersonId::SERVER, "vote").field_key(), "vote");
        assert_eq!(
            Cell::paragraph(section, item, "notes", ParagraphId(ItemId::SINGLE.0)).field_key(),
            "notes"
        );
    }
}
