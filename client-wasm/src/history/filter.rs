//! What of a plan's history is shown, as the address spells it: `item:opportunities/<id> field:amount crane`. Pure.

use std::fmt;
use std::str::FromStr;

use domain::{ItemId, PersonId, SectionId, TimestampMs};

use crate::api::past::Asked;

/// Which kinds of changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kinds {
    /// All.
    #[default]
    All,
    /// What was written.
    Edits,
    /// What happened to the plan as a whole.
    Events,
    /// What was erased.
    Erased,
}

impl Kinds {
    /// The word that the address knows; none for all. The server's history knows the first two.
    pub(super) const fn word(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Edits => Some("edits"),
            Self::Events => Some("control"),
            Self::Erased => Some("erased"),
        }
    }

    /// Reads the word.
    pub(super) fn parse(word: &str) -> Self {
        match word {
            "edits" => Self::Edits,
            "control" => Self::Events,
            "erased" => Self::Erased,
            _ => Self::All,
        }
    }
}

/// What is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// Of one section.
    pub(super) section: Option<SectionId>,
    /// Of one item of that section.
    pub(super) item: Option<ItemId>,
    /// Of one field, by its key.
    pub(super) field: Option<String>,
    /// Of one person.
    pub(super) person: Option<PersonId>,
    /// Of a kind.
    pub(super) kinds: Kinds,
    /// With these words.
    pub(super) text: String,
}

impl Filter {
    /// Reads an address's filter. What it does not understand is searched for.
    pub(super) fn parse(spelled: &str) -> Self {
        let mut filter = Self::default();
        let mut words = Vec::new();
        for word in spelled.split_whitespace() {
            if filter.take(word).is_none() {
                words.push(word);
            }
        }
        filter.text = words.join(" ");
        filter
    }

    fn take(&mut self, word: &str) -> Option<()> {
        let (key, value) = word.split_once(':')?;
        match key {
            "section" => self.section = Some(SectionId::from_str(value).ok()?),
            "item" => {
                let (section, item) = value.split_once('/')?;
                let place = (section.parse().ok()?, item.parse().ok()?);
                (self.section, self.item) = (Some(place.0), Some(place.1));
            }
            "field" => self.field = Some(value.to_owned()),
            "person" => self.person = Some(PersonId::from_str(value).ok()?),
            "kind" => self.kinds = Some(Kinds::parse(value)).filter(|kinds| *kinds != Kinds::All)?,
            _ => return None,
        }
        Some(())
    }

    /// The history of one item.
    pub(crate) fn of_item(section: SectionId, item: ItemId) -> Self {
        Self {
            section: Some(section),
            item: Some(item),
            ..Self::default()
        }
    }

    /// What the server is asked for; until when, while a past is looked at.
    pub(super) fn asked(&self, to: Option<TimestampMs>) -> Asked {
        Asked {
            section: self.section,
            item: self.item,
            field: self.field.clone(),
            person: self.person,
            kind: self.kinds.word(),
            text: self.text.clone(),
            to,
        }
    }

    /// Whether all edits of a text are in it, if any are: only then its words can be wound back.
    pub(super) fn has_whole_texts(&self) -> bool {
        self.person.is_none() && self.text.is_empty()
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match (self.section, self.item) {
            (Some(section), Some(item)) => Some(format!("item:{section}/{item}")),
            (Some(section), None) => Some(format!("section:{section}")),
            (None, _) => None,
        };
        let words = [
            place,
            self.field.as_ref().map(|field| format!("field:{field}")),
            self.person.map(|person| format!("person:{person}")),
            self.kinds.word().map(|word| format!("kind:{word}")),
            (!self.text.is_empty()).then(|| self.text.clone()),
        ];
        let words: Vec<String> = words.into_iter().flatten().collect();
        f.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::directory::fake::{item, person};

    #[test]
    fn what_is_spelled_reads_back() {
        let filters = [
            Filter::default(),
            Filter::of_item(SectionId::Opportunities, item(11)),
            Filter {
                section: Some(SectionId::People),
                field: Some("stance".to_owned()),
                person: Some(person(1)),
                kinds: Kinds::Edits,
                text: "asks: for a visit".to_owned(),
                ..Filter::default()
            },
            Filter {
                kinds: Kinds::Events,
                ..Filter::default()
            },
            Filter {
                kinds: Kinds::Erased,
                ..Filter::default()
            },
        ];
        for filter in filters {
            assert_eq!(Filter::parse(&filter.to_string()), filter, "{filter}");
        }
    }

    #[test]
    fn what_is_no_filter_is_searched_for() {
        let filter = Filter::parse("item:x person:nobody at 10:30 section:moon kind:");
        assert_eq!(filter.text, "item:x person:nobody at 10:30 section:moon kind:");
        assert_eq!(
            Filter {
                text: String::new(),
                ..filter
            },
            Filter::default()
        );
    }
}
