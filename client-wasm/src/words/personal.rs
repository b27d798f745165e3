//! The words of what is personal about a contact: withheld, erased, to be erased, to be reported.

use plan::Hidden;

use crate::api::contacts::ErasedPart;

pub(crate) const PERSONAL_DATA: &str = "Personal data";
pub(crate) const REPORT_HELD: &str = "Report what is held";
pub(crate) const ERASE_PERSONALITY: &str = "Erase personality notes";
pub(crate) const ERASE_CONTACT: &str = "Erase this contact";
pub(crate) const ERASE_FOR_GOOD: &str = "Erase for good";
pub(crate) const ERASE_STAYS: &str = "What stays: that there was a contact, what it was linked to, who wrote when, and \
    that you erased it. This cannot be undone.";
pub(crate) const ERASE_OLDER: &str =
    "Files that were exported before, and separate copies of the keys, may still hold it.";

/// Why nothing personal is written about a contact that was erased.
pub(crate) const CONTACT_ERASED: &str =
    "This contact was erased for good: nothing personal is written about them any more";
/// Why nothing of the kind is written about a contact whose personality was erased.
pub(crate) const PERSONALITY_ERASED: &str =
    "The personality notes of this contact were erased for good: none are written any more";

/// The word in place of what cannot be read.
pub(crate) const fn hidden(hidden: Hidden) -> &'static str {
    match hidden {
        Hidden::Withheld => "withheld",
        Hidden::Erased => "erased",
    }
}

/// What an item is called whose title cannot be read.
pub(crate) fn hidden_title(one: &str, number: Option<usize>, hidden: Hidden) -> String {
    match number {
        Some(number) => format!("{one} {number}, {}", self::hidden(hidden)),
        None => self::hidden(hidden).to_owned(),
    }
}

/// That a paragraph was changed whose words cannot be read.
pub(crate) fn paragraph_hidden(label: &str, hidden: Hidden) -> String {
    match hidden {
        Hidden::Withheld => format!("{label}: a paragraph changed, withheld"),
        Hidden::Erased => format!("{label}: a paragraph changed, erased since"),
    }
}

/// A sentence of the server's, with words in place of its markers.
pub(crate) fn without_markers(said: &str) -> String {
    let said = said.replace(domain::seal::ERASED, hidden(Hidden::Erased));
    said.replace(domain::seal::WITHHELD, hidden(Hidden::Withheld))
}

/// Why it cannot be read.
pub(crate) const fn why_hidden(hidden: Hidden) -> &'static str {
    match hidden {
        Hidden::Withheld => "Personal data of a contact: your role does not read it",
        Hidden::Erased => "Personal data of a contact: erased for good",
    }
}

/// What a dialog that erases is called.
pub(crate) const fn erase_title(part: ErasedPart) -> &'static str {
    match part {
        ErasedPart::Contact => ERASE_CONTACT,
        ErasedPart::Personality => ERASE_PERSONALITY,
    }
}

/// What is about to become unreadable.
pub(crate) fn erase_question(part: ErasedPart, name: &str) -> String {
    let name = super::named(name);
    match part {
        ErasedPart::Contact => format!(
            "Everything personal about {name} becomes unreadable for good: name, contact details, ratings, notes; here, in \
             the history, in backups to come."
        ),
        ErasedPart::Personality => format!(
            "What was noted about the personality of {name} becomes unreadable for good; here, in the history, in backups \
             to come. Name and contact details stay."
        ),
    }
}

/// It was erased.
pub(crate) const fn erased(part: ErasedPart) -> &'static str {
    match part {
        ErasedPart::Contact => "Erased: nothing personal about this contact can be read any more.",
        ErasedPart::Personality => "Erased: the personality notes cannot be read any more.",
    }
}
