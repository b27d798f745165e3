//! The difference of two texts as one splice, and what a splice does to a caret. All positions are UTF-16 units, as
//! the browser and the document count.

use domain::text_diff::text_splices;

/// One replacement in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Splice {
    /// Where it begins.
    pub(crate) at: u32,
    /// How much is taken out.
    pub(crate) delete: u32,
    /// What is put in.
    pub(crate) insert: String,
}

/// The splice that makes `new` of `old`: what lies between their common beginning and their common end. None where
/// they are equal. A surrogate pair is never cut.
pub(crate) fn between(old: &str, new: &str) -> Option<Splice> {
    if old == new {
        return None;
    }
    let same = |(a, b): &(char, char)| a == b;
    let head: Vec<char> = old.chars().zip(new.chars()).take_while(same).map(|(c, _)| c).collect();
    let head_bytes: usize = head.iter().map(|c| c.len_utf8()).sum();
    let (old_rest, new_rest) = (&old[head_bytes..], &new[head_bytes..]);
    let tail_bytes: usize = old_rest
        .chars()
        .rev()
        .zip(new_rest.chars().rev())
        .take_while(same)
        .map(|(c, _)| c.len_utf8())
        .sum();
    let removed = &old_rest[..old_rest.len() - tail_bytes];
    let inserted = &new_rest[..new_rest.len() - tail_bytes];
    Some(Splice {
        at: units(&old[..head_bytes]),
        delete: units(removed),
        insert: inserted.to_owned(),
    })
}

/// How long a text is.
pub(crate) fn units(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

/// Where a caret stands after a splice that someone else made: it moves with the text around it.
pub(crate) fn moved(caret: u32, splice: &Splice) -> u32 {
    if caret <= splice.at {
        return caret;
    }
    let end = splice.at.saturating_add(splice.delete);
    let inserted = units(&splice.insert);
    if caret >= end {
        return (caret - splice.delete).saturating_add(inserted);
    }
    splice.at.saturating_add(inserted)
}

/// Where a caret stands after several splices that someone else made, one after the other.
pub(crate) fn carried(caret: u32, splices: &[Splice]) -> u32 {
    splices.iter().fold(caret, moved)
}

/// The splices that make `new` of `old`, word by word, one after the other.
fn all_between(old: &str, new: &str) -> Vec<Splice> {
    let splices = text_splices(old, new).into_iter();
    splices
        .map(|splice| Splice {
            at: splice.at,
            delete: units(&splice.gone),
            insert: splice.come,
        })
        .collect()
}

/// What I am typing, carried over what another person did to the text meanwhile: my changes of `base`, moved and put into
/// `theirs`, and how theirs look in my text, for the caret. What either of us took out goes, what either of us put in
/// stays, mine beside theirs.
pub(crate) fn rebased(base: &str, mine: &str, theirs: &str) -> (String, Vec<Splice>) {
    if base == theirs {
        return (mine.to_owned(), Vec::new());
    }
    let text = merged(base, &all_between(base, mine), theirs);
    let shown = all_between(mine, &text);
    (text, shown)
}

/// `theirs` with my splices of `base` in it.
fn merged(base: &str, mine: &[Splice], theirs: &str) -> String {
    let length = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
    let their = all_between(base, theirs);
    // Which unit of the base each unit of theirs is; none for what they put in.
    let mut origins: Vec<Option<usize>> = (0..length(units(base))).map(Some).collect();
    for splice in &their {
        let at = length(splice.at);
        let come = vec![None; length(units(&splice.insert))];
        origins.splice(at..at + length(splice.delete), come);
    }
    let mut gone = std::collections::BTreeSet::new();
    let mut puts: Vec<(usize, &str)> = Vec::new();
    let mut ahead = 0_i64;
    for splice in mine {
        let begin = u32::try_from(i64::from(splice.at) - ahead).unwrap_or(0);
        gone.extend((begin..begin + splice.delete).map(length));
        puts.push((length(carried(begin, &their)), &splice.insert));
        ahead += i64::from(units(&splice.insert)) - i64::from(splice.delete);
    }
    let mut out = Vec::new();
    let mut puts = puts.into_iter().peekable();
    let theirs: Vec<u16> = theirs.encode_utf16().collect();
    for at in 0..=theirs.len() {
        while let Some((_, put)) = puts.next_if(|(place, _)| *place <= at) {
            out.extend(put.encode_utf16());
        }
        let is_gone = origins
            .get(at)
            .copied()
            .flatten()
            .is_some_and(|origin| gone.contains(&origin));
        out.extend(theirs.get(at).filter(|_| !is_gone));
    }
    String::from_utf16_lossy(&out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes the text with the splice in it; None where the splice lies outside of the text.
    fn applied(text: &str, splice: &Splice) -> Option<String> {
        let begin = byte_at(text, splice.at)?;
        let end = byte_at(text, splice.at.checked_add(splice.delete)?)?;
        let mut out = String::with_capacity(text.len() + splice.insert.len());
        out.push_str(&text[..begin]);
        out.push_str(&splice.insert);
        out.push_str(&text[end..]);
        Some(out)
    }

    /// The byte that a UTF-16 position is; None inside a surrogate pair or behind the end.
    fn byte_at(text: &str, at: u32) -> Option<usize> {
        let mut unit = 0;
        for (byte, c) in text.char_indices() {
            if unit == at {
                return Some(byte);
            }
            unit += u32::try_from(c.len_utf16()).ok()?;
        }
        (unit == at).then_some(text.len())
    }

    #[test]
    fn the_difference_makes_one_text_of_the_other() {
        let texts = [
            "",
            "a",
            "abc",
            "abXc",
            "xbc",
            "ab",
            "aaaa",
            "aaa",
            "Grüße 🚢 an Bord",
            "Grüße 🚀 an Bord",
            "🚢🚢",
            "🚢",
        ];
        for old in texts {
            for new in texts {
                match between(old, new) {
                    None => assert_eq!(old, new),
                    Some(splice) => assert_eq!(applied(old, &splice).as_deref(), Some(new), "{old} -> {new}"),
                }
            }
        }
    }

    #[test]
    fn positions_are_utf16_units_and_pairs_stay_whole() {
        let splice = between("🚢 x", "🚀 x").expect("a difference");
        assert_eq!((splice.at, splice.delete, splice.insert.as_str()), (0, 2, "🚀"));
        let splice = between("🚢a", "🚢b").expect("a difference");
        assert_eq!((splice.at, splice.delete), (2, 1));
        assert_eq!(byte_at("🚢a", 1), None);
    }

    #[test]
    fn a_caret_moves_with_its_text() {
        let insert = |at: u32, delete: u32, text: &str| Splice {
            at,
            delete,
            insert: text.to_owned(),
        };
        assert_eq!(moved(5, &insert(2, 0, "xyz")), 8);
        assert_eq!(moved(5, &insert(5, 0, "xyz")), 5);
        assert_eq!(moved(5, &insert(6, 0, "xyz")), 5);
        assert_eq!(moved(5, &insert(0, 3, "")), 2);
        assert_eq!(moved(5, &insert(4, 3, "z")), 5);
    }

    #[test]
    fn a_caret_stays_between_its_letters_whatever_is_done_around_it() {
        let (text, shifts) = rebased(
            "NEW: It takes years. Yes.",
            "NEW: It really takes years. Yes.",
            "It takes years.",
        );
        let behind = |text: &str| units(&text[..text.find(" takes").expect("it stays")]);
        assert_eq!(carried(behind("NEW: It really takes"), &shifts), behind(&text));
    }

    #[test]
    fn what_two_people_type_at_once_both_stays() {
        let rebase = |base: &str, mine: &str, theirs: &str| rebased(base, mine, theirs).0;
        assert_eq!(rebase("ab", "abX", "Yab"), "YabX");
        assert_eq!(rebase("ab", "Xab", "abY"), "XabY");
        assert_eq!(rebase("one two", "one 2", "1 two"), "1 2");
        assert_eq!(rebase("ab", "ab", "abY"), "abY");
        assert_eq!(rebase("ab", "abX", "ab"), "abX");
        // At both ends of what the other writes in, and what either takes out.
        assert_eq!(
            rebase(
                "NEW: It takes years. Yes.",
                "NEW: It really takes years. Yes.",
                "It takes years."
            ),
            "It really takes years."
        );
        assert_eq!(rebase("a b c", "X a b c Y", "a b and c"), "X a b and c Y");
        assert_eq!(rebase("a long b", "a b", "a long b, c"), "a b, c");
        assert_eq!(rebase("🚢 and 🚢", "🚢 or 🚢", "🚀 and 🚢"), "🚀 or 🚢");
        let both = rebase("ab", "aXb", "aYb");
        assert!(both.contains('X') && both.contains('Y'), "{both}");
    }
}
