//! What a row of edits did to a text, all together: what was taken out and what was put in, with some words around.
//!
//! A fact tells of a text only the splice, not what stood around it. The text as it is now, wound back splice by
//! splice, gives that; where it does not fit (the facts at hand are not all of them), the surroundings are left out.

use domain::text_diff::text_splices;

use crate::api::past::Piece;

/// How much of what stayed is shown beside what changed, in characters.
const CONTEXT: usize = 48;

/// One edit of a text, in UTF-16 units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Splice {
    at: usize,
    old: Vec<u16>,
    new: Vec<u16>,
}

impl Splice {
    /// The edit of a fact.
    pub(crate) fn new(at: u32, old: &str, new: &str) -> Self {
        Self {
            at: usize::try_from(at).unwrap_or(usize::MAX),
            old: units(old),
            new: units(new),
        }
    }

    /// The text before this edit, from the text after it; None where the edit is not of this text.
    pub(crate) fn wound_back(&self, after: &[u16]) -> Option<Vec<u16>> {
        let end = self.at.checked_add(self.new.len())?;
        if after.get(self.at..end)? != self.new {
            return None;
        }
        Some([after.get(..self.at)?, &self.old, after.get(end..)?].concat())
    }
}

/// A text in the units that edits count in.
pub(crate) fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// A part of the text between before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Kept(usize),
    Gone(Vec<u16>),
    New(Vec<u16>),
}

impl Part {
    /// How long it is in the text after.
    fn len(&self) -> usize {
        match self {
            Self::Kept(len) => *len,
            Self::Gone(_) => 0,
            Self::New(text) => text.len(),
        }
    }

    /// Its first `at` units and the rest.
    fn cut(self, at: usize) -> (Self, Self) {
        match self {
            Self::Kept(len) => (Self::Kept(at), Self::Kept(len - at)),
            Self::New(mut text) => {
                let rest = text.split_off(at);
                (Self::New(text), Self::New(rest))
            }
            Self::Gone(_) => (self, Self::Kept(0)),
        }
    }
}

/// What edits, oldest first, did all together; `after` is the text behind the last of them, where it is known.
pub(crate) fn together(splices: &[Splice], after: Option<&[u16]>) -> Vec<Piece> {
    // Longer than any paragraph: what stands behind is kept.
    let mut parts = vec![Part::Kept(usize::MAX / 2)];
    for splice in splices {
        parts = applied(parts, splice);
    }
    shown(&refined(parts), after)
}

/// What stayed within what was replaced at once is told as kept: who types at both ends of a text leaves its middle.
fn refined(parts: Vec<Part>) -> Vec<Part> {
    let mut out = Vec::new();
    let mut parts = parts.into_iter().peekable();
    while let Some(part) = parts.next() {
        match (part, parts.peek()) {
            (Part::Gone(gone), Some(Part::New(new))) => {
                word_by_word(&gone, new, &mut out);
                parts.next();
            }
            (part, _) => out.push(part),
        }
    }
    joined(out)
}

fn word_by_word(gone: &[u16], new: &[u16], out: &mut Vec<Part>) {
    let mut at = 0;
    for splice in text_splices(&String::from_utf16_lossy(gone), &String::from_utf16_lossy(new)) {
        let begins = usize::try_from(splice.at).unwrap_or(usize::MAX);
        let come = units(&splice.come);
        out.push(Part::Kept(begins.saturating_sub(at)));
        at = begins.saturating_add(come.len());
        out.extend([Part::Gone(units(&splice.gone)), Part::New(come)]);
    }
    out.push(Part::Kept(new.len().saturating_sub(at)));
}

fn applied(parts: Vec<Part>, splice: &Splice) -> Vec<Part> {
    let (head, rest) = split(parts, splice.at);
    let (taken, tail) = split(rest, splice.old.len());
    let mut out = head;
    let mut from = 0;
    for part in taken {
        let len = part.len();
        match part {
            Part::Kept(_) => out.push(Part::Gone(splice.old[from..from + len].to_vec())),
            Part::Gone(_) => out.push(part),
            Part::New(_) => {}
        }
        from += len;
    }
    out.push(Part::New(splice.new.clone()));
    out.extend(tail);
    joined(out)
}

/// The parts that make the first `at` units of the text, and the others.
fn split(parts: Vec<Part>, at: usize) -> (Vec<Part>, Vec<Part>) {
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    let mut left = at;
    for part in parts {
        if left == 0 {
            tail.push(part);
        } else if part.len() <= left {
            left -= part.len();
            head.push(part);
        } else {
            let (first, rest) = part.cut(left);
            left = 0;
            head.push(first);
            tail.push(rest);
        }
    }
    (head, tail)
}

/// Neighbours of one kind as one; between what is kept, what is gone stands before what is new.
fn joined(parts: Vec<Part>) -> Vec<Part> {
    let mut out = Vec::new();
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Part::Gone(text) => gone.extend(text),
            Part::New(text) => new.extend(text),
            Part::Kept(0) => {}
            Part::Kept(len) => {
                flush(&mut out, &mut gone, &mut new);
                match out.last_mut() {
                    Some(Part::Kept(before)) => *before += len,
                    _ => out.push(Part::Kept(len)),
                }
            }
        }
    }
    flush(&mut out, &mut gone, &mut new);
    out
}

fn flush(out: &mut Vec<Part>, gone: &mut Vec<u16>, new: &mut Vec<u16>) {
    let (gone, new) = (std::mem::take(gone), std::mem::take(new));
    let head = gone.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = gone[head..]
        .iter()
        .rev()
        .zip(new[head..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let parts = [
        Part::Kept(head),
        Part::Gone(gone[head..gone.len() - tail].to_vec()),
        Part::New(new[head..new.len() - tail].to_vec()),
        Part::Kept(tail),
    ];
    for part in parts {
        match (out.last_mut(), part) {
            (_, Part::Kept(0)) => {}
            (Some(Part::Kept(before)), Part::Kept(len)) => *before += len,
            (_, Part::Gone(text) | Part::New(text)) if text.is_empty() => {}
            (_, part) => out.push(part),
        }
    }
}

fn shown(parts: &[Part], after: Option<&[u16]>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at: usize = 0;
    for part in parts {
        let len = part.len();
        match part {
            Part::Gone(text) => pieces.push(Piece::Gone(String::from_utf16_lossy(text))),
            Part::New(text) => pieces.push(Piece::New(String::from_utf16_lossy(text))),
            Part::Kept(_) => {
                let kept = after.map(|after| &after[at.min(after.len())..at.saturating_add(len).min(after.len())]);
                pieces.push(Piece::Same(kept.map_or_else(String::new, String::from_utf16_lossy)));
            }
        }
        at = at.saturating_add(len);
    }
    if after.is_some() {
        whole_words(&mut pieces);
    }
    shortened(pieces, after.is_some())
}

/// A word that was changed in the middle is told as a word for a word.
fn whole_words(pieces: &mut [Piece]) {
    for at in 1..pieces.len().saturating_sub(2) {
        let Some(
            [
                Piece::Same(before),
                Piece::Gone(gone),
                Piece::New(new),
                Piece::Same(behind),
            ],
        ) = pieces.get_mut(at - 1..at + 3)
        else {
            continue;
        };
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if is_word(gone.chars().next()) || is_word(new.chars().next()) {
            let word = before.trim_end_matches(char::is_alphanumeric).len();
            let begin = before.split_off(word);
            gone.insert_str(0, &begin);
            new.insert_str(0, &begin);
        }
        if is_word(gone.chars().next_back()) || is_word(new.chars().next_back()) {
            let rest = behind.trim_start_matches(char::is_alphanumeric).len();
            let rest = behind.split_off(behind.len() - rest);
            gone.push_str(behind);
            new.push_str(behind);
            *behind = rest;
        }
    }
}

/// What stayed, as far as it stands beside a change.
fn shortened(pieces: Vec<Piece>, is_known: bool) -> Vec<Piece> {
    let last = pieces.len().saturating_sub(1);
    if last == 0 {
        return Vec::new(); // nothing was changed
    }
    let mut shown = Vec::new();
    for (n, piece) in pieces.into_iter().enumerate() {
        let piece = match piece {
            Piece::Same(text) if is_known => Piece::Same(around(&text, n == 0, n == last)),
            Piece::Same(_) if n == last => continue,
            Piece::Same(_) => Piece::Same("… ".to_owned()),
            changed => changed,
        };
        if piece != Piece::Same(String::new()) {
            shown.push(piece);
        }
    }
    shown
}

/// What is shown of a text that stayed: its end before a change, its beginning behind one.
fn around(kept: &str, is_first: bool, is_last: bool) -> String {
    let (before, behind) = (!is_last, !is_first);
    let room = CONTEXT * (usize::from(before) + usize::from(behind));
    let len = kept.chars().count();
    if len <= room {
        return kept.to_owned();
    }
    let head: String = kept.chars().take(if behind { CONTEXT } else { 0 }).collect();
    let tail: String = kept.chars().skip(if before { len - CONTEXT } else { len }).collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Applies edits to a text, and says what they did all together: `[-gone-]`, `{+new+}`.
    #[track_caller]
    fn check(start: &str, edits: &[(u32, &str, &str)], expected: &str) {
        let splices: Vec<Splice> = edits.iter().map(|(at, old, new)| Splice::new(*at, old, new)).collect();
        let mut text = units(start);
        for splice in &splices {
            assert_eq!(
                &text[splice.at..splice.at + splice.old.len()],
                splice.old,
                "the edits of the test fit"
            );
            text.splice(splice.at..splice.at + splice.old.len(), splice.new.iter().copied());
        }
        assert_eq!(written(&together(&splices, Some(&text))), expected);
        let back = splices
            .iter()
            .rev()
            .try_fold(text, |text, splice| splice.wound_back(&text));
        assert_eq!(back, Some(units(start)), "wound back");
    }

    fn written(pieces: &[Piece]) -> String {
        pieces
            .iter()
            .map(|piece| match piece {
                Piece::Same(text) => text.clone(),
                Piece::Gone(text) => format!("[-{text}-]"),
                Piece::New(text) => format!("{{+{text}+}}"),
            })
            .collect()
    }

    #[test]
    fn typing_in_steps_is_one_piece() {
        check(
            "Ms. Brandt asks.",
            &[(15, "", " f"), (17, "", "or"), (19, "", " a visit")],
            "Ms. Brandt asks{+ for a visit+}.",
        );
    }

    #[test]
    fn what_was_typed_and_taken_back_is_not_told() {
        check("one two", &[(3, "", " and"), (3, " and", "")], "");
        check("one two", &[(0, "one", ""), (0, "", "one")], "");
    }

    #[test]
    fn words_that_are_replaced_stand_before_the_new_ones() {
        check(
            "He is a sceptic of 🚢 it.",
            &[(8, "sceptic", "supporter"), (18, "of 🚢 ", "of ")],
            "He is a [-sceptic-]{+supporter+} of [-🚢 -]it.",
        );
    }

    #[test]
    fn a_word_changed_in_the_middle_is_told_as_a_word_for_a_word() {
        check("the 12 drivers", &[(5, "2", "8")], "the [-12-]{+18+} drivers");
        check("a visit", &[(7, "", "s")], "a visit{+s+}");
    }

    #[test]
    fn a_span_over_new_and_old_takes_out_only_what_was_there() {
        check("ab cd ef", &[(3, "", "XYZ "), (3, "XYZ cd", "-")], "ab [-cd-]{+-+} ef");
    }

    #[test]
    fn the_middle_of_a_text_that_was_typed_around_stays() {
        let old = "It takes three years.";
        let new = "NEW: It takes three long years, they say.";
        check(
            old,
            &[(0, old, new)],
            "{+NEW: +}It takes three {+long +}years{+, they say+}.",
        );
    }

    #[test]
    fn far_surroundings_are_left_out_and_unknown_ones_are_dots() {
        let long = "x".repeat(100);
        let start = format!("{long}{long}");
        let splice = Splice::new(100, "", "NEW");
        let after = units(&format!("{long}NEW{long}"));
        let near = "x".repeat(CONTEXT);
        let told = written(&together(std::slice::from_ref(&splice), Some(&after)));
        assert_eq!(told, format!("…{near}{{+NEW+}}{near}…"));
        assert_eq!(written(&together(std::slice::from_ref(&splice), None)), "… {+NEW+}");
        assert_eq!(splice.wound_back(&units(&start)), None, "an edit of another text");
    }
}
