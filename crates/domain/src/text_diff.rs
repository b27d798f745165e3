//! What is different between two texts, word by word, and the replacements that make one of the other.

use serde::{Deserialize, Serialize};

/// Pairs of words that are compared at most; what is longer is shown as replaced as a whole. A note's paragraph of 2,000
/// characters has some 700 words and spaces.
const PAIRS_MAX: usize = 4_000_000;

/// A piece of the difference between two texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiffPiece {
    /// In both.
    Same(String),
    /// In the earlier one only.
    Gone(String),
    /// In the later one only.
    New(String),
}

/// The pieces that lead from one text to the other, in their order. Equal texts are one piece, two empty ones none.
pub fn text_diff(from: &str, to: &str) -> Vec<DiffPiece> {
    let (from, to) = (tokens(from), tokens(to));
    let front = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let (from_rest, to_rest) = (&from[front..], &to[front..]);
    let back = from_rest.iter().rev().zip(to_rest.iter().rev());
    let back = back.take_while(|(one, other)| one == other).count();
    let (from_middle, to_middle) = (&from_rest[..from_rest.len() - back], &to_rest[..to_rest.len() - back]);

    let mut pieces = Pieces::default();
    pieces.all(&from[..front], DiffPiece::Same);
    if from_middle.len().saturating_mul(to_middle.len()) > PAIRS_MAX {
        pieces.all(from_middle, DiffPiece::Gone);
        pieces.all(to_middle, DiffPiece::New);
    } else {
        middle(from_middle, to_middle, &mut pieces);
    }
    pieces.all(&from_rest[from_rest.len() - back..], DiffPiece::Same);
    pieces.done
}

/// One replacement in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextSplice {
    /// Where, in UTF-16 units of the text as it is by then.
    pub at: u32,
    /// What goes.
    pub gone: String,
    /// What comes.
    pub come: String,
}

/// The replacements that make one text of the other, one after the other. What stays is not touched: who writes there
/// meanwhile loses nothing.
pub fn text_splices(from: &str, to: &str) -> Vec<TextSplice> {
    let mut splices = Vec::new();
    let mut open: Option<TextSplice> = None;
    // Space alone between two changes is changed with them: two words for two others are one replacement.
    let mut space = String::new();
    let mut at = 0;
    for piece in text_diff(from, to) {
        let (gone, come) = match piece {
            DiffPiece::Same(text) if open.is_some() && text.trim().is_empty() => {
                space.push_str(&text);
                continue;
            }
            DiffPiece::Same(text) => {
                if let Some(done) = open.take() {
                    at += utf16_units(&done.come);
                    splices.push(done);
                }
                at += utf16_units(&text);
                continue;
            }
            DiffPiece::Gone(text) => (text, String::new()),
            DiffPiece::New(text) => (String::new(), text),
        };
        let splice = open.get_or_insert(TextSplice {
            at,
            gone: String::new(),
            come: String::new(),
        });
        splice.gone.extend([space.as_str(), &gone]);
        splice.come.extend([space.as_str(), &come]);
        space.clear();
    }
    splices.extend(open);
    for splice in &mut splices {
        splice.trim();
    }
    splices
}

impl TextSplice {
    /// Leaves out the letters that the words that go and those that come begin and end with.
    fn trim(&mut self) {
        let same = |(one, other): &(char, char)| one == other;
        let front = self.gone.chars().zip(self.come.chars()).take_while(same);
        let front: usize = front.map(|(char, _)| char.len_utf8()).sum();
        let (gone, come) = (&self.gone[front..], &self.come[front..]);
        let back = gone.chars().rev().zip(come.chars().rev()).take_while(same);
        let back: usize = back.map(|(char, _)| char.len_utf8()).sum();
        self.at += utf16_units(&self.gone[..front]);
        self.gone = gone[..gone.len() - back].to_owned();
        self.come = come[..come.len() - back].to_owned();
    }
}

/// How long a text is, as documents count.
pub fn utf16_units(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

/// How many words came and how many went.
pub fn word_counts(pieces: &[DiffPiece]) -> (usize, usize) {
    let words = |text: &str| text.split_whitespace().count();
    pieces.iter().fold((0, 0), |(came, went), piece| match piece {
        DiffPiece::Same(_) => (came, went),
        DiffPiece::New(text) => (came + words(text), went),
        DiffPiece::Gone(text) => (came, went + words(text)),
    })
}

/// Words, runs of white space, and every other character by itself.
fn tokens(text: &str) -> Vec<&str> {
    let kind = |char: char| match char {
        _ if char.is_alphanumeric() => 0,
        _ if char.is_whitespace() => 1,
        _ => 2,
    };
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match kind(first) {
            2 => first.len_utf8(),
            same => rest.find(|char| kind(char) != same).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(end);
        tokens.push(token);
        rest = after;
    }
    tokens
}

/// The longest common sequence, worked out from the end so that it is read from the front.
fn middle(from: &[&str], to: &[&str], pieces: &mut Pieces) {
    let width = to.len() + 1;
    let mut common = vec![0_u16; (from.len() + 1) * width];
    for (row, one) in from.iter().enumerate().rev() {
        for (column, other) in to.iter().enumerate().rev() {
            let at = row * width + column;
            common[at] = if one == other {
                common[at + width + 1].saturating_add(1)
            } else {
                common[at + width].max(common[at + 1])
            };
        }
    }
    let (mut row, mut column) = (0, 0);
    while row < from.len() && column < to.len() {
        let at = row * width + column;
        if from[row] == to[column] {
            pieces.one(from[row], DiffPiece::Same);
            (row, column) = (row + 1, column + 1);
        } else if common[at + width] >= common[at + 1] {
            pieces.one(from[row], DiffPiece::Gone);
            row += 1;
        } else {
            pieces.one(to[column], DiffPiece::New);
            column += 1;
        }
    }
    pieces.all(&from[row..], DiffPiece::Gone);
    pieces.all(&to[column..], DiffPiece::New);
}

/// Pieces under way: neighbours of one kind are one piece.
#[derive(Default)]
struct Pieces {
    done: Vec<DiffPiece>,
}

impl Pieces {
    fn one(&mut self, token: &str, make: fn(String) -> DiffPiece) {
        let new = make(token.to_owned());
        match (self.done.last_mut(), &new) {
            (Some(DiffPiece::Same(text)), DiffPiece::Same(_))
            | (Some(DiffPiece::Gone(text)), DiffPiece::Gone(_))
            | (Some(DiffPiece::New(text)), DiffPiece::New(_)) => text.push_str(token),
            _ => self.done.push(new),
        }
    }

    fn all(&mut self, tokens: &[&str], make: fn(String) -> DiffPiece) {
        for token in tokens {
            self.one(token, make);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(from: &str, to: &str) -> String {
        let piece = |piece: &DiffPiece| match piece {
            DiffPiece::Same(text) => text.clone(),
            DiffPiece::Gone(text) => format!("[-{text}-]"),
            DiffPiece::New(text) => format!("[+{text}+]"),
        };
        text_diff(from, to).iter().map(piece).collect()
    }

    #[test]
    fn a_changed_word_is_shown_as_a_word() {
        assert_eq!(
            said("The old yard is full.", "The new yard is full."),
            "The [-old-][+new+] yard is full."
        );
        assert_eq!(said("Call Anna", "Call Anna, today"), "Call Anna[+, today+]");
        assert_eq!(said("one two three", "two three"), "[-one -]two three");
        assert_eq!(said("same", "same"), "same");
        assert_eq!(said("", ""), "");
        assert_eq!(said("Größe 😀", "Größe"), "Größe[- 😀-]");
    }

    #[test]
    fn what_is_too_long_to_compare_is_replaced_as_a_whole() {
        let text = |word: &str| format!("{word} ").repeat(1_500);
        let pieces = text_diff(&text("one"), &text("two"));
        assert!(
            matches!(&pieces[..], [DiffPiece::Gone(_), DiffPiece::New(_), DiffPiece::Same(_)]),
            "{pieces:?}"
        );
    }

    #[test]
    fn words_that_come_and_go_are_counted() {
        assert_eq!(word_counts(&text_diff("a b c", "a d e c")), (2, 1));
    }

    #[test]
    fn what_stays_between_two_changes_is_not_touched() {
        let splice = |at, gone: &str, come: &str| TextSplice {
            at,
            gone: gone.to_owned(),
            come: come.to_owned(),
        };
        assert_eq!(
            text_splices(
                "NEW START: it takes three years 🚢 to build.",
                "It takes a day 🚢 to build."
            ),
            [splice(0, "NEW START: i", "I"), splice(9, "three years", "a day")]
        );
        assert_eq!(text_splices("by 12 May", "by 18 May"), [splice(4, "2", "8")]);
        assert_eq!(text_splices("same", "same"), []);
    }

    proptest! {
        #[test]
        fn the_replacements_make_one_text_of_the_other(from in "[ab .ü🚢]{0,40}", to in "[ab .ü🚢]{0,40}") {
            let mut text: Vec<u16> = from.encode_utf16().collect();
            for splice in text_splices(&from, &to) {
                let at = usize::try_from(splice.at).expect("a short text");
                let gone: Vec<u16> = splice.gone.encode_utf16().collect();
                prop_assert_eq!(&text[at..at + gone.len()], &gone);
                text.splice(at..at + gone.len(), splice.come.encode_utf16());
            }
            prop_assert_eq!(String::from_utf16_lossy(&text), to);
        }

        #[test]
        fn the_pieces_hold_both_texts(from in "[ab .ü]{0,40}", to in "[ab .ü]{0,40}") {
            let pieces = text_diff(&from, &to);
            let side = |leave_out: fn(&DiffPiece) -> bool| -> String {
                let kept = pieces.iter().filter(|piece| !leave_out(piece));
                kept.map(|piece| match piece {
                    DiffPiece::Same(text) | DiffPiece::Gone(text) | DiffPiece::New(text) => text.as_str(),
                }).collect()
            };
            prop_assert_eq!(side(|piece| matches!(piece, DiffPiece::New(_))), from);
            prop_assert_eq!(side(|piece| matches!(piece, DiffPiece::Gone(_))), to);
        }
    }
}
