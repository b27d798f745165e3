//! What is missing, named where it is missing. Only what weighs: an empty cell is no reproach by itself.

use domain::schema::Tone;
use domain::{Field, Kind, SectionId};

/// The least weight in completeness at which an empty field is named a gap.
const GAP_WEIGHT: u8 = 2;

/// The words for an empty field that should not be empty, and how much it matters. None where empty is fine.
pub(crate) fn of(section: SectionId, field: &Field) -> Option<(&'static str, Tone)> {
    if field.weight < GAP_WEIGHT || field.own {
        return None;
    }
    let known = match (section, field.key.as_ref()) {
        (SectionId::Opportunities, "supports") | (SectionId::Drivers, "forces") => ("no initiative", Tone::Bad),
        (SectionId::Opportunities, "next_step") => ("no next step", Tone::Warn),
        (SectionId::Opportunities, "amount") => ("no amount", Tone::Warn),
        (SectionId::People, "responsible") => ("nobody", Tone::Bad),
        (SectionId::Actions, "owner") => ("no owner", Tone::Bad),
        (SectionId::Actions, "due") => ("no date", Tone::Warn),
        _ => match field.kind {
            Kind::Items { .. } | Kind::Item(_) => ("no link", Tone::Warn),
            Kind::Seller => ("nobody", Tone::Warn),
            Kind::Date => ("no date", Tone::Warn),
            _ => return None,
        },
    };
    Some(known)
}

/// The words of a gap for a headline: "2 without an initiative".
pub(crate) fn counted(count: usize, words: &str) -> String {
    let thing = words.strip_prefix("no ").unwrap_or(words);
    if thing == "nobody" {
        return format!("{count} not covered");
    }
    let vowel = thing.starts_with(['a', 'e', 'i', 'o', 'u']);
    let article = if vowel { "an" } else { "a" };
    format!("{count} without {article} {thing}")
}

#[cfg(test)]
mod tests {
    use domain::Schema;

    use super::*;

    #[test]
    fn only_what_weighs_is_a_gap() {
        let schema = Schema::standard();
        let gaps: Vec<&str> = schema
            .section(SectionId::Opportunities)
            .expect("the standard schema has opportunities")
            .fields
            .iter()
            .filter_map(|field| of(SectionId::Opportunities, field))
            .map(|(words, _)| words)
            .collect();
        assert_eq!(gaps, ["no amount", "no initiative", "no next step"]);
    }

    #[test]
    fn gaps_are_counted_in_words() {
        assert_eq!(counted(2, "no initiative"), "2 without an initiative");
        assert_eq!(counted(1, "no date"), "1 without a date");
        assert_eq!(counted(3, "nobody"), "3 not covered");
    }
}
