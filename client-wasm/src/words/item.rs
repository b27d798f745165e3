//! The words of one item: its fields and their editors, its notes, its actions, its drawer.

// The drawer.
pub(crate) const ITEM: &str = "Item";
pub(crate) const COPY_LINK: &str = "Copy link";
pub(crate) const DELETE: &str = "Delete";
pub(crate) const WAS_DELETED: &str = "This was deleted. What it says is kept.";
pub(crate) const BRING_BACK: &str = "Bring it back";
pub(crate) const CHANGED: &str = "Changed";
pub(crate) const GROUP_QUALIFICATION: &str = "Qualification";
pub(crate) const GROUP_STRATEGY: &str = "Strategy";
pub(crate) const GROUP_PERSONALITY: &str = "What they are like";
pub(crate) const GROUP_VIEWS: &str = "As each of us sees it";
pub(crate) const GROUP_SOURCE: &str = "Source";

/// The history cannot be read.
pub(crate) fn no_history_now(why: &str) -> String {
    format!("The history cannot be read now: {why}")
}

/// When an edit was made that came later than that: `at` on the author's own clock.
pub(crate) fn made_offline(at: &str) -> String {
    format!("made offline about {at}")
}

// Its actions.
pub(crate) const ACTIONS: &str = "Actions";
pub(crate) const NO_NEXT_ACTION: &str = "No next action.";
pub(crate) const ADD_ACTION: &str = "Add action";
pub(crate) const NEW_ACTION: &str = "New action";
pub(crate) const NEW_ACTION_HINT: &str = "What is to be done; Enter adds it";
pub(crate) const IS_DONE: &str = "done";
pub(crate) const COMMITTED: &str = "committed";
pub(crate) const NOT_COMMITTED_BY_OWNER: &str = "not committed by its owner";
pub(crate) const COMMIT_HINT: &str = " your yes to this action and its date";

/// An action whose day is past.
pub(crate) fn overdue_since(day: &str) -> String {
    format!("overdue since {day}")
}

/// An action that its owner has not said yes to.
pub(crate) fn due_uncommitted(day: &str) -> String {
    format!("not committed, due {day}")
}

/// An action with its day.
pub(crate) fn due_on(day: &str) -> String {
    format!("due {day}")
}

// Values.
pub(crate) const YES: &str = "Yes";
pub(crate) const NO: &str = "No";
pub(crate) const GONE: &str = "gone";
pub(crate) const DAY_PAST: &str = "past";
pub(crate) const DAY_SOON: &str = "soon";

/// The strength of a link, in full.
pub(crate) fn strength_of_three(strength: i64) -> String {
    format!("strength {strength} of 3")
}

/// Several of us say different things of the same.
pub(crate) fn seen_differently(count: usize) -> String {
    match count {
        2 => "two of us see this differently".to_owned(),
        count => format!("{count} of us do not see this alike"),
    }
}

// Editors.
pub(crate) const NOTHING_CALLED_SO: &str = "Nothing is called so.";
pub(crate) const FIND_OR_ADD: &str = "find or add";
pub(crate) const MANY_KEYS: &str = "Enter adds or removes, Tab is done";
pub(crate) const MANY_STRENGTH_KEYS: &str = "Enter adds or removes, 1 to 3 set the strength, Tab is done";

/// A row that makes an item of this name.
pub(crate) fn new_called(one: &str, name: &str) -> String {
    format!("New {}: {name}", one.to_lowercase())
}

// Paragraphs.
pub(crate) const WRITE_HERE: &str = "Write here";
pub(crate) const ADD_PARAGRAPH: &str = "Add a paragraph";
pub(crate) const PARAGRAPH_KEPT: &str =
    "Someone deleted this paragraph while you wrote in it. It is back, with what you wrote.";

/// Someone else at a cell or paragraph.
pub(crate) fn at_cell(name: &str, is_typing: bool) -> String {
    if is_typing {
        format!("{name} is typing here")
    } else {
        format!("{name} is here")
    }
}

/// A text is longer than its field takes.
pub(crate) fn line_too_long(chars: usize, max: usize) -> String {
    format!("{chars} characters: one line takes {max}")
}

/// A text from the clipboard would make a paragraph too long.
pub(crate) fn paste_too_long(chars: usize, max: usize) -> String {
    format!("Not pasted: {chars} characters, and a paragraph takes {max}. The text is still in the clipboard.")
}

// Notes at a cell.
pub(crate) const NOT_TAKEN: &str = "Not taken: ";
pub(crate) const NOT_SAVED: &str = "Not saved: ";
pub(crate) const RETRY: &str = "Retry";
pub(crate) const DROP_IT: &str = "Drop it";
/// A link that was to be taken away.
pub(crate) const FEWER_LINKS: &str = "a link less";
pub(crate) const TAKE: &str = "Take";
pub(crate) const NO_CLIPBOARD: &str = "This browser does not let the page copy: select the text and copy it yourself";
/// The key that takes what another also wrote.
pub(crate) const TAKE_KEY: &str = "Alt+T";
/// The key that keeps what stands.
pub(crate) const KEEP_KEY: &str = "Alt+K";

/// Someone wrote at the same time.
pub(crate) fn also_wrote(who: &str, what: &str) -> String {
    format!("{who} also wrote {what}")
}

/// Someone wrote while an editor of the same field is open here.
pub(crate) fn wrote_meanwhile(who: &str, what: &str) -> String {
    format!("{who} wrote {what} meanwhile. ")
}
/// What the keys of that editor do about it.
pub(crate) const MEANWHILE_KEYS: &str = "Enter writes yours over it, Esc keeps it.";

/// Keeps what stands.
pub(crate) fn keep(what: &str) -> String {
    format!("Keep {what}")
}

/// Takes what another wrote.
pub(crate) fn take(what: &str) -> String {
    format!("{TAKE} {what}")
}
