//! Whether my edits are safe, in words.

use session::Connection;

/// What of mine the server does not have on disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct NotSaved {
    /// Edits that wait, or are on their way.
    pub(crate) edits: usize,
    /// Texts that are no edits, because nothing took them.
    pub(crate) texts: usize,
    /// Edits that were refused: how many, a button beside the words says.
    pub(crate) refused: usize,
}

/// How it stands with my edits. `since` belongs to the offline state.
pub(crate) fn saved(connection: &Connection, not: NotSaved, since: Option<&str>) -> String {
    let edits = counted(not.edits, "edit");
    let since = since.unwrap_or_default();
    match (connection, not.edits) {
        (Connection::Online, 0) => begun_large(&all_saved(not)),
        (Connection::Online, _) => format!("Saving {edits}"),
        (Connection::Connecting, _) => "Connecting".to_owned(),
        (Connection::CatchingUp, 0) => "Catching up".to_owned(),
        (Connection::CatchingUp, _) => format!("{edits} waiting, catching up"),
        (Connection::Offline { .. }, 0) => format!("Offline since {since}, {}", all_saved(not)),
        (Connection::Offline { .. }, _) => format!("{edits} waiting, offline since {since}"),
        (Connection::Ended(_), 0) => format!("Not connected, {}", all_saved(not)),
        (Connection::Ended(_), _) => format!("Not connected, {edits} not saved"),
    }
}

/// Where no edit waits.
fn all_saved(not: NotSaved) -> String {
    match (not.texts, not.refused) {
        (0, 0) => "all edits saved".to_owned(),
        (0, _) => "all other edits saved".to_owned(),
        (texts, _) => format!("{} not saved", counted(texts, "text")),
    }
}

fn counted(count: usize, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}

fn begun_large(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::TimestampMs;
    use protocol::Bye;

    fn said(connection: &Connection, edits: usize, texts: usize, refused: usize) -> String {
        let not = NotSaved { edits, texts, refused };
        saved(connection, not, Some("14:05"))
    }

    fn offline() -> Connection {
        Connection::Offline {
            since: TimestampMs(0),
            retry_at: TimestampMs(0),
        }
    }

    #[test]
    fn the_saved_state_is_said_in_words() {
        for (connection, edits, words) in [
            (Connection::Online, 0, "All edits saved"),
            (Connection::Online, 1, "Saving 1 edit"),
            (offline(), 3, "3 edits waiting, offline since 14:05"),
            (offline(), 0, "Offline since 14:05, all edits saved"),
            (Connection::Ended(Bye::NoAccess), 2, "Not connected, 2 edits not saved"),
        ] {
            assert_eq!(said(&connection, edits, 0, 0), words);
        }
    }

    #[test]
    fn not_all_edits_are_saved_beside_a_text_or_a_refused_edit_that_is_not() {
        let ended = Connection::Ended(Bye::NoAccess);
        assert_eq!(said(&ended, 0, 1, 1), "Not connected, 1 text not saved");
        assert_eq!(said(&ended, 0, 0, 1), "Not connected, all other edits saved");
        assert_eq!(said(&Connection::Online, 0, 2, 0), "2 texts not saved");
        assert_eq!(said(&Connection::Online, 0, 0, 1), "All other edits saved");
        assert_eq!(said(&offline(), 0, 1, 0), "Offline since 14:05, 1 text not saved");
    }
}
