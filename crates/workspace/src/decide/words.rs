//! Names, addresses and other words that people give.

use crate::limits::{EMAIL_CHARS_MAX, NAME_CHARS_MAX, NOTE_CHARS_MAX};

use super::Refused;

/// Whether a person, plan or token may be called so.
pub fn check_name(name: &str) -> Result<(), Refused> {
    checked_name(name).map(|_| ())
}

pub(super) fn checked_name(name: &str) -> Result<String, Refused> {
    let name = name.trim();
    let is_short = name.chars().count() <= NAME_CHARS_MAX;
    let is_seen = name.chars().any(|c| !c.is_whitespace() && !is_invisible(c));
    if is_short && is_seen && !name.chars().any(disturbs_line) {
        Ok(name.to_owned())
    } else {
        Err(Refused::BadName)
    }
}

/// Characters that take no room. Some join emoji or letters, so they may be part of a name, but not all of it.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Characters that break the line or turn the direction of what stands after the name.
fn disturbs_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An address in its one spelling. Only its rough form is checked: whether it takes mail, only mail can tell.
pub(super) fn checked_email(email: &str) -> Result<String, Refused> {
    let lower = email.trim().to_lowercase();
    let formed = lower.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty() && !host.is_empty() && !host.contains('@') && !host.starts_with('.') && !host.ends_with('.')
    });
    let clean = !lower
        .chars()
        .any(|c| c.is_whitespace() || is_invisible(c) || disturbs_line(c) || matches!(c, '<' | '>' | ',' | ';' | '"'));
    if formed && clean && lower.chars().count() <= EMAIL_CHARS_MAX {
        Ok(lower)
    } else {
        Err(Refused::BadEmail(email.chars().take(EMAIL_CHARS_MAX).collect()))
    }
}

/// "ada.lovelace@example.com" is called "Ada Lovelace" until she says otherwise.
pub(super) fn name_of_address(email: &str) -> String {
    let local = email.split('@').next().unwrap_or_default();
    let words: Vec<String> = local
        .split(['.', '_', '-', '+'])
        .filter(|word| !word.is_empty())
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        })
        .collect();
    let name: String = words.join(" ").chars().take(NAME_CHARS_MAX).collect();
    if name.is_empty() {
        email.chars().take(NAME_CHARS_MAX).collect()
    } else {
        name
    }
}

/// Words from one person to another, of several lines perhaps.
pub(super) fn checked_note(note: &str) -> Result<String, Refused> {
    let note = note.trim();
    let is_short = note.chars().count() <= NOTE_CHARS_MAX;
    if is_short && !note.chars().any(|c| c != '\n' && disturbs_line(c)) {
        Ok(note.to_owned())
    } else {
        Err(Refused::BadNote)
    }
}
