//! How complete a plan is: what of a section's weighted fields is filled. Pure; the weights are the schema's.

use crate::schema::{Field, Section};

/// Filled weight of whole weight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// The weight of what is there.
    pub filled: u32,
    /// The weight of everything that counts.
    pub whole: u32,
}

impl Score {
    /// In percent, rounded down: 100 means that nothing is missing.
    pub fn percent(self) -> u8 {
        let percent = (self.filled * 100).checked_div(self.whole).unwrap_or(0);
        u8::try_from(percent.min(100)).unwrap_or(100)
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            filled: self.filled + other.filled,
            whole: self.whole + other.whole,
        }
    }
}

/// What one item of a section reaches.
pub fn item(section: &Section, is_filled: impl Fn(&Field) -> bool) -> Score {
    section
        .fields
        .iter()
        .filter(|field| field.weight > 0)
        .map(|field| {
            let whole = u32::from(field.weight);
            Score {
                filled: if is_filled(field) { whole } else { 0 },
                whole,
            }
        })
        .fold(Score::default(), Score::and)
}

/// What a section reaches with these items; one without any counts as one item with nothing filled. Nothing, when no
/// field of the section counts.
pub fn section(section: &Section, items: impl IntoIterator<Item = Score>) -> Option<Score> {
    let empty = item(section, |_| false);
    if empty.whole == 0 {
        return None;
    }
    Some(items.into_iter().reduce(Score::and).unwrap_or(empty))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::SectionId;
    use crate::schema::Schema;

    fn drivers() -> Section {
        let schema = Schema::standard();
        schema.section(SectionId::Drivers).expect("it has drivers").clone()
    }

    #[test]
    fn a_heavier_field_counts_more() {
        let drivers = drivers();
        let title = item(&drivers, |field| field.key == "title");
        let forces = item(&drivers, |field| field.key == "forces");
        assert_eq!(title.whole, forces.whole);
        assert_eq!((title.filled, forces.filled), (1, 2));
    }

    #[test]
    fn everything_filled_is_a_hundred_percent_and_nothing_is_zero() {
        let drivers = drivers();
        assert_eq!(item(&drivers, |_| true).percent(), 100);
        assert_eq!(item(&drivers, |_| false).percent(), 0);
        assert_eq!(Score::default().percent(), 0);
    }

    #[test]
    fn an_empty_section_is_not_complete() {
        let score = section(&drivers(), []).expect("drivers count");
        assert_eq!(score.percent(), 0);
    }

    #[test]
    fn a_section_is_the_sum_of_its_items() {
        let drivers = drivers();
        let items = [item(&drivers, |_| true), item(&drivers, |_| false)];
        assert_eq!(section(&drivers, items).map(Score::percent), Some(50));
    }

    #[test]
    fn a_section_without_weights_has_no_score() {
        let schema = Schema::standard();
        let agenda = schema.section(SectionId::Agenda).expect("it has an agenda");
        assert_eq!(section(agenda, []), None);
    }
}
