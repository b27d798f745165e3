//! Every word that a person reads and that the schema does not hold, in one language, in one place.
//!
//! Short, in the sales team's words, without exclamation. Errors say what happened, what was kept, what to do.

use session::Connection;

use crate::theme::Theme;

pub(crate) const APP: &str = "Interlock";

// Signing in.
pub(crate) const SIGN_IN: &str = "Sign in";
pub(crate) const SIGN_IN_TITLE: &str = "Sign in to Interlock";
pub(crate) const SIGN_IN_HINT: &str = "This link works once.";
pub(crate) const HOW_TO_SIGN_IN: &str =
    "Open the sign-in link that you were sent. Have none? Ask whoever runs Interlock here for a new one.";
pub(crate) const LINK_GONE: &str =
    "This link was used already or has expired. Ask whoever runs Interlock here for a new one.";
pub(crate) const SIGNED_OUT: &str = "You are signed out";
pub(crate) const SIGN_OUT: &str = "Sign out";

// Errors of the whole application.
pub(crate) const NO_SERVER: &str = "The server does not answer as it should";
pub(crate) const UNREACHABLE: &str = "The server cannot be reached. Nothing was changed: try again.";
pub(crate) const TRY_AGAIN: &str = "Try again";
pub(crate) const NO_SUCH_PAGE: &str = "There is no such page";
pub(crate) const RELOAD: &str = "Reload";

/// An answer without words.
pub(crate) fn server_said(status: u16) -> String {
    format!("The server answered with error {status}. Nothing was changed: try again.")
}

/// An answer that is not what it should be.
pub(crate) fn not_understood(why: &str) -> String {
    format!("This page does not understand the server's answer: reload it. ({why})")
}

// The frame.
pub(crate) const SKIP: &str = "Skip to the page";
pub(crate) const WHERE: &str = "Where am I";
pub(crate) const PLANS: &str = "Plans";
pub(crate) const TO_THE_PLANS: &str = "To the plans";
pub(crate) const SECTIONS: &str = "Sections";
pub(crate) const HERE: &str = "Also here";
pub(crate) const SOMEONE: &str = "Someone";
pub(crate) const CLOSE: &str = "Close";
pub(crate) const DISMISS: &str = "Dismiss";
pub(crate) const OVERVIEW: &str = "Overview";
pub(crate) const INTERLOCK: &str = "Interlock";
pub(crate) const HISTORY: &str = "History";
pub(crate) const BEYOND: &str = "Beyond the six sections";
pub(crate) const TOGETHER: &str = "Work together";
pub(crate) const LOOK: &str = "Look";
pub(crate) const OPENING: &str = "Opening the plan";

/// The browser's tab.
pub(crate) fn title(plan: &str) -> String {
    if plan.is_empty() { APP.to_owned() } else { format!("{plan} - {APP}") }
}

/// How many people have the plan open, me among them.
pub(crate) fn here(count: usize) -> String {
    match count {
        1 => "only you".to_owned(),
        count => format!("{count} here"),
    }
}

/// My own menu.
pub(crate) fn my_menu(name: &str) -> String {
    format!("{name}: your menu")
}

/// A look to choose.
pub(crate) const fn theme(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "As the system",
        Theme::Light => "Light",
        Theme::Dark => "Dark",
    }
}

/// How complete something is.
pub(crate) fn complete(percent: u8) -> String {
    format!("{percent} % complete")
}

// Saving.
pub(crate) const UNSAVED: &str = "Some edits are not saved yet.";

/// How it stands with my edits. `since` belongs to the offline state.
pub(crate) fn saved(connection: &Connection, unsaved: usize, since: Option<&str>) -> String {
    let edits = |count: usize| if count == 1 { "1 edit".to_owned() } else { format!("{count} edits") };
    let since = since.unwrap_or_default();
    match (connection, unsaved) {
        (Connection::Online, 0) => "All edits saved".to_owned(),
        (Connection::Online, count) => format!("Saving {}", edits(count)),
        (Connection::Connecting, _) => "Connecting".to_owned(),
        (Connection::CatchingUp, 0) => "Catching up".to_owned(),
        (Connection::CatchingUp, count) => format!("{} waiting, catching up", edits(count)),
        (Connection::Offline { .. }, 0) => format!("Offline since {since}, all edits saved"),
        (Connection::Offline { .. }, count) => format!("{} waiting, offline since {since}", edits(count)),
        (Connection::Ended(_), 0) => "Not connected, all edits saved".to_owned(),
        (Connection::Ended(_), count) => format!("Not connected, {} not saved", edits(count)),
    }
}

// Refused edits.
pub(crate) const REFUSED_EDITS: &str = "Refused edits";
pub(crate) const REFUSED_HINT: &str =
    "The server did not take these. Nothing of them is in the plan; what you wrote is kept here.";
pub(crate) const NOTHING_REFUSED: &str = "Nothing is waiting here.";
pub(crate) const COPY: &str = "Copy";
pub(crate) const COPIED: &str = "Copied.";
pub(crate) const LET_GO: &str = "Let go";
pub(crate) const CLEARED: &str = "(emptied)";

/// How many edits were refused.
pub(crate) fn refused(count: usize) -> String {
    match count {
        1 => "1 edit refused".to_owned(),
        count => format!("{count} edits refused"),
    }
}

/// A field of an item.
pub(crate) fn place(title: &str, label: &str) -> String {
    format!("{}: {label}", named(title))
}

// Undo.
pub(crate) const UNDO: &str = "Undo";
pub(crate) const NOTHING_TO_UNDO: &str = "Nothing of yours to undo.";
pub(crate) const NOTHING_TO_REDO: &str = "Nothing to redo.";

/// An item was put away.
pub(crate) fn deleted(title: &str) -> String {
    format!("Deleted {}.", named(title))
}

/// Undo would take back what someone else has written since.
pub(crate) fn changed_since(label: &str, who: &str) -> String {
    if who.is_empty() {
        format!("{label} was changed since: not undone.")
    } else {
        format!("{who} has changed {label} since: not undone.")
    }
}

pub(crate) const UNTITLED: &str = "untitled";

/// A title, or what stands for none.
pub(crate) fn named(title: &str) -> &str {
    if title.trim().is_empty() { UNTITLED } else { title }
}

// Find and keys.
pub(crate) const FIND: &str = "Find";
pub(crate) const FIND_HINT: &str = "Find anything in this plan";
pub(crate) const FOUND: &str = "What was found";
pub(crate) const KEYS: &str = "Keys";

/// How many were found.
pub(crate) fn found(count: usize, is_empty: bool) -> String {
    match (is_empty, count) {
        (true, _) => "Type a word of a title. Enter opens it.".to_owned(),
        (false, 0) => "Nothing has these words in its title.".to_owned(),
        (false, 1) => "1 found".to_owned(),
        (false, count) => format!("{count} found"),
    }
}

/// Keys, and what they do. Several keys are separated by a space.
pub(crate) const KEY_TABLE: &[(&str, &str)] = &[
    ("↑ ↓ ← →", "Move between cells"),
    ("Enter", "Edit, then move down"),
    ("Tab", "Next cell"),
    ("Esc", "Leave without a change; close"),
    ("Del", "Empty the cell"),
    ("N", "New row"),
    ("Space", "Open the item beside the list"),
    ("Shift+↓", "Select a block of cells"),
    ("Ctrl+C Ctrl+V", "Copy and paste cells, as in a spreadsheet"),
    ("Alt+↑ Alt+↓", "Move the row"),
    ("Ctrl+Z Ctrl+Shift+Z", "Undo and redo your own edits"),
    ("/", "Find"),
    ("?", "These keys"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use domain::TimestampMs;

    #[test]
    fn the_saved_state_is_said_in_words() {
        let offline = Connection::Offline {
            since: TimestampMs(0),
            retry_at: TimestampMs(0),
        };
        for (connection, unsaved, words) in [
            (&Connection::Online, 0, "All edits saved"),
            (&Connection::Online, 1, "Saving 1 edit"),
            (&offline, 3, "3 edits waiting, offline since 14:05"),
            (&offline, 0, "Offline since 14:05, all edits saved"),
        ] {
            assert_eq!(saved(connection, unsaved, Some("14:05")), words);
        }
    }

    #[test]
    fn a_missing_title_has_a_word() {
        assert_eq!(deleted(" "), "Deleted untitled.");
    }
}
