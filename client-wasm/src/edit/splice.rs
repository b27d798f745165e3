//! The difference of two texts as one splice, and what a splice does to a caret. All positions are UTF-16 units, as
//! the browser and the document count.

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

/// Makes the text with the splice in it; None where the splice lies outside of the text.
pub(crate) fn applied(text: &str, splice: &Splice) -> Option<String> {
    let begin = byte_at(text, splice.at)?;
    let end = byte_at(text, splice.at.checked_add(splice.delete)?)?;
    let mut out = String::with_capacity(text.len() + splice.insert.len());
    out.push_str(&text[..begin]);
    out.push_str(&splice.insert);
    out.push_str(&text[end..]);
    Some(out)
}

/// The byte that a UTF-16 position is; None inside a surrogate pair or behind the end.
pub(crate) fn byte_at(text: &str, at: u32) -> Option<usize> {
    let mut unit = 0;
    for (byte, c) in text.char_indices() {
        if unit == at {
            return Some(byte);
        }
        unit += u32::try_from(c.len_utf16()).ok()?;
    }
    (unit == at).then_some(text.len())
}

/// What I am typing, carried over what another person did to the text meanwhile: my difference from `base`, moved
/// and put into `theirs`. Where both changed the same place, both stay: mine behind theirs.
pub(crate) fn rebased(base: &str, mine: &str, theirs: &str) -> (String, Option<Splice>) {
    let Some(their) = between(base, theirs) else {
        return (mine.to_owned(), None);
    };
    let Some(my) = between(base, mine) else {
        return (theirs.to_owned(), Some(their));
    };
    let at = moved(my.at, &their);
    let end = moved(my.at + my.delete, &their).max(at);
    let carried = Splice {
        at,
        delete: end - at,
        insert: my.insert.clone(),
    };
    let text = applied(theirs, &carried).unwrap_or_else(|| theirs.to_owned());
    // How their splice looks in my text: only its place is needed, for the caret.
    let shown = between(mine, &text);
    (text, shown)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn what_two_people_type_at_once_both_stays() {
        let rebase = |base: &str, mine: &str, theirs: &str| rebased(base, mine, theirs).0;
        assert_eq!(rebase("ab", "abX", "Yab"), "YabX");
        assert_eq!(rebase("ab", "Xab", "abY"), "XabY");
        assert_eq!(rebase("one two", "one 2", "1 two"), "1 2");
        assert_eq!(rebase("ab", "ab", "abY"), "abY");
        assert_eq!(rebase("ab", "abX", "ab"), "abX");
        let both = rebase("ab", "aXb", "aYb");
        assert!(both.contains('X') && both.contains('Y'), "{both}");
    }
}
