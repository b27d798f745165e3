//! What of a list is shown: words that must occur, and choices per column. It has a spelling for the address, so that
//! a link shows what its sender saw.

use std::collections::{BTreeMap, BTreeSet};

/// Stands for "nothing in it" among a column's choices.
pub(crate) const EMPTY: &str = "none";
/// Most columns that a filter in an address may name: the schema has fewer.
const FILTER_COLUMNS_MAX: usize = 40;

/// A filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Words that must occur somewhere in the row.
    pub(crate) text: String,
    /// By field: the keys of which one must hold.
    pub(crate) any: BTreeMap<String, BTreeSet<String>>,
}

/// What a filter looks at in a row.
pub(crate) trait FilterRow {
    /// The row's words, in lower case.
    fn words(&self) -> String;
    /// What a field holds: the keys of choices, people or items; empty for nothing.
    fn keys(&self, field: &str) -> Vec<String>;
}

impl Filter {
    /// Whether it leaves everything.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.any.is_empty()
    }

    /// Whether the row is shown.
    pub(crate) fn takes(&self, row: &dyn FilterRow) -> bool {
        let by_key = self.any.iter().all(|(field, wanted)| {
            let keys = row.keys(field);
            (keys.is_empty() && wanted.contains(EMPTY)) || keys.iter().any(|key| wanted.contains(key))
        });
        if !by_key {
            return false;
        }
        let wanted = self.text.to_lowercase();
        let mut wanted = wanted.split_whitespace().peekable();
        if wanted.peek().is_none() {
            return true;
        }
        let words = row.words();
        wanted.all(|word| words.contains(word))
    }

    /// Adds a choice of a column, or takes it away.
    pub(crate) fn toggle(&mut self, field: &str, key: &str) {
        let keys = self.any.entry(field.to_owned()).or_default();
        if !keys.remove(key) {
            keys.insert(key.to_owned());
        }
        if keys.is_empty() {
            self.any.remove(field);
        }
    }

    /// The spelling for the address: `stage:propose,qualify;supports:none;~yard`.
    pub(crate) fn spell(&self) -> String {
        let mut parts: Vec<String> = self
            .any
            .iter()
            .map(|(field, keys)| {
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                format!("{field}:{}", keys.join(","))
            })
            .collect();
        if !self.text.trim().is_empty() {
            parts.push(format!("~{}", self.text));
        }
        parts.join(";")
    }

    /// Reads the spelling; what it does not understand is left out.
    pub(crate) fn read(text: &str) -> Self {
        let mut filter = Self::default();
        // The words come last, and may have any mark in them.
        let (columns, words) = match text.split_once('~') {
            Some((columns, words)) => (columns, words),
            None => (text, ""),
        };
        words.clone_into(&mut filter.text);
        for part in columns.split(';').take(FILTER_COLUMNS_MAX) {
            let Some((field, keys)) = part.split_once(':') else {
                continue;
            };
            let keys: BTreeSet<String> = keys
                .split(',')
                .filter(|key| !key.is_empty())
                .map(str::to_owned)
                .collect();
            if !keys.is_empty() {
                filter.any.insert(field.to_owned(), keys);
            }
        }
        filter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row(&'static str, &'static [(&'static str, &'static str)]);

    impl FilterRow for Row {
        fn words(&self) -> String {
            self.0.to_lowercase()
        }

        fn keys(&self, field: &str) -> Vec<String> {
            self.1
                .iter()
                .filter(|(of, _)| *of == field)
                .map(|(_, key)| (*key).to_owned())
                .collect()
        }
    }

    #[track_caller]
    fn check(spelled: &str, row: &Row, expected: bool) {
        assert_eq!(Filter::read(spelled).takes(row), expected, "{spelled}");
    }

    #[test]
    fn a_row_is_shown_when_every_column_and_every_word_agrees() {
        let row = Row("Yard automation, Hamburg", &[("stage", "propose"), ("owner", "p1")]);
        check("", &row, true);
        check("stage:propose", &row, true);
        check("stage:qualify", &row, false);
        check("stage:propose,qualify;owner:p1", &row, true);
        check("stage:propose;owner:p2", &row, false);
        check("supports:none", &row, true);
        check("stage:none", &row, false);
        check("~yard HAM", &row, true);
        check("~yard bremen", &row, false);
    }

    #[test]
    fn the_address_says_the_filter() {
        for text in ["", "stage:propose,qualify;supports:none;~a;b:c", "~yard"] {
            assert_eq!(Filter::read(text).spell(), text);
        }
        assert!(Filter::read("x;y:;:").is_empty() || !Filter::read("x;y:;:").any.contains_key("y"));
    }

    #[test]
    fn a_choice_is_added_and_taken_away() {
        let mut filter = Filter::default();
        filter.toggle("stage", "won");
        filter.toggle("stage", "lost");
        assert_eq!(filter.spell(), "stage:lost,won");
        filter.toggle("stage", "won");
        filter.toggle("stage", "lost");
        assert!(filter.is_empty());
    }
}
