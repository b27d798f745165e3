//! The columns of a list: which they are, how wide, and how wide this person likes them.

use std::collections::BTreeMap;

use domain::{Field, Kind, PersonId, Section, SectionId};

use crate::browser;

/// Narrowest column, in pixels.
pub(super) const WIDTH_MIN: u32 = 48;
/// Widest column, in pixels.
pub(super) const WIDTH_MAX: u32 = 900;
/// How far one key press widens a column, in pixels.
pub(super) const WIDTH_STEP: u32 = 16;
/// The width of the column of row numbers, in pixels.
pub(super) const HANDLE_WIDTH: u32 = 46;

/// The columns of a section, in the schema's order.
pub(super) fn of(section: &Section) -> Vec<Field> {
    section.fields.iter().filter(|field| field.column).cloned().collect()
}

/// How wide a column is before anyone has dragged it, in pixels: by its kind and by its longest word.
pub(super) fn usual_width(field: &Field) -> u32 {
    let by_kind = match &field.kind {
        Kind::Line if field.key == "title" => 236,
        Kind::Money | Kind::Date => 112,
        Kind::Whole { .. } | Kind::Flag => 84,
        Kind::Choice(choices) => {
            let longest = choices.iter().map(|choice| text_width(&choice.label)).max();
            CHIP_PX + longest.unwrap_or(0).min(CHIP_WORD_PX_MAX) + if field.own { FACE_PX } else { 0 }
        }
        Kind::Item(_) => 132,
        Kind::Choices(_) | Kind::Sellers | Kind::Items { .. } => 172,
        Kind::Line | Kind::Prose | Kind::Rank => 152,
        Kind::Seller => 64,
    };
    by_kind.max(text_width(&field.label) + HEAD_PX)
}

/// About how wide a word is at the size of a cell, in pixels.
fn text_width(word: &str) -> u32 {
    u32::try_from(word.chars().count()).unwrap_or(0) * 7
}

/// What a chip needs besides its word, in pixels.
const CHIP_PX: u32 = 46;
/// The widest word that a column of chips makes room for, in pixels.
const CHIP_WORD_PX_MAX: u32 = 98;
/// What another's face needs beside a chip, in pixels.
const FACE_PX: u32 = 32;
/// What a column's head needs besides its word, in pixels.
const HEAD_PX: u32 = 26;

/// Whether a column's figures stand at the right.
pub(super) const fn is_figure(field: &Field) -> bool {
    matches!(field.kind, Kind::Money | Kind::Date)
}

/// Where the widths of a list are kept, for each person of this browser.
fn storage_key(person: PersonId, section: SectionId) -> String {
    format!("widths:{person}:{section}")
}

/// The widths that a person has dragged.
pub(super) fn recall(person: PersonId, section: SectionId) -> BTreeMap<String, u32> {
    browser::recall(&storage_key(person, section))
        .map(|text| read(&text))
        .unwrap_or_default()
}

/// Keeps them.
pub(super) fn remember(person: PersonId, section: SectionId, widths: &BTreeMap<String, u32>) {
    browser::remember(&storage_key(person, section), &spell(widths));
}

fn spell(widths: &BTreeMap<String, u32>) -> String {
    let words: Vec<String> = widths.iter().map(|(field, width)| format!("{field}={width}")).collect();
    words.join(" ")
}

fn read(text: &str) -> BTreeMap<String, u32> {
    text.split(' ')
        .filter_map(|word| word.split_once('='))
        .filter_map(|(field, width)| Some((field.to_owned(), width.parse().ok().map(bounded)?)))
        .collect()
}

/// A width within the bounds.
pub(super) fn bounded(width: u32) -> u32 {
    width.clamp(WIDTH_MIN, WIDTH_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_kept_and_what_is_no_width_is_left_out() {
        let widths: BTreeMap<String, u32> = [("amount".to_owned(), 120), ("title".to_owned(), 300)].into();
        assert_eq!(read(&spell(&widths)), widths);
        assert_eq!(read("amount=x title=3 =").get("title"), Some(&WIDTH_MIN));
        assert!(!read("amount=x").contains_key("amount"));
    }
}
