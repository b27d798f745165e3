//! Every word that a person reads and that the schema does not hold, in one language, in one place.
//!
//! Short, in the sales team's words, without exclamation. Errors say what happened, what was kept, what to do.

mod item;
mod list;
mod office;
mod personal;
pub(crate) mod safe;
mod saved;
mod standing;

use domain::SectionId;
use protocol::Bye;

pub(crate) use item::*;
pub(crate) use list::*;
pub(crate) use office::*;
pub(crate) use personal::*;
pub(crate) use saved::*;
pub(crate) use standing::*;

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
pub(crate) const BROKEN: &str = "This page has a fault and stopped. What was saved is saved: reload to go on.";
pub(crate) const RELOAD: &str = "Reload";
/// The program's second part did not come.
pub(crate) const NOT_LOADED: &str = "This plan's page did not load";
pub(crate) const NOT_LOADED_WHY: &str =
    "The network may be away, or the server may have a newer version. Nothing of the plan is lost: reload to go on.";

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
pub(crate) const COMING: &str = "On its way";

/// The browser's tab.
pub(crate) fn title(plan: &str) -> String {
    if plan.is_empty() {
        APP.to_owned()
    } else {
        format!("{plan} - {APP}")
    }
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
pub(crate) const LEAVE_UNSAVED: &str = "Some edits are not saved yet, and are lost when you leave this plan. Leave it?";

pub(crate) const EXPORT: &str = "Export unsaved edits";

/// Why the server ended the connection, and what was kept.
pub(crate) fn ended(bye: &Bye, unsaved: usize) -> String {
    let why = if *bye == Bye::NoSuchPlan {
        PLAN_GONE.to_owned()
    } else {
        let said = bye.to_string();
        let mut letters = said.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string());
        first.unwrap_or_default() + letters.as_str()
    };
    match unsaved {
        0 => format!("{why}."),
        _ => format!("{why}. What is not saved stands only on this page: export it before you leave."),
    }
}

const PLAN_GONE: &str = "This plan was archived, or does not exist here, or you have no part in it. Once it is restored in the list of plans, this page goes on by itself";

/// The server cannot save edits now.
pub(crate) fn unavailable(why: &str) -> String {
    format!(
        "The server cannot save edits now: {why}. Yours wait on this page and are saved as soon as it can. Tell whoever runs \
         Interlock here."
    )
}

/// The server's pages are of another build than this one.
pub(crate) fn newer_build(unsaved: usize) -> &'static str {
    match unsaved {
        0 => "There is a newer version of this page: reload it when it suits you.",
        _ => "There is a newer version of this page: reload it once your edits are saved.",
    }
}

/// The plan's bytes could not be read here.
pub(crate) fn fault(why: &str) -> String {
    format!("This plan could not be read here and is fetched again. Your edits are kept. ({why})")
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
    (
        "N",
        "New row, from a title, an amount or a day (elsewhere it begins a word)",
    ),
    ("Alt+N", "New row, from every cell"),
    ("Space", "Open the item beside the list"),
    ("Alt+H", "The history of the cell: who wrote what, and when"),
    ("Shift+↓", "Select a block of cells"),
    ("Ctrl+C Ctrl+V", "Copy and paste cells, as in a spreadsheet"),
    ("Ctrl+D", "Fill the block with its first row"),
    ("Alt+↑ Alt+↓", "Move the row"),
    ("Alt+T Alt+K", "Take what another also wrote; keep what stands"),
    ("Ctrl+Enter", "In a text: another paragraph"),
    ("Ctrl+Del", "Delete the rows of the block"),
    ("Ctrl+Z Ctrl+Shift+Z", "Undo and redo your own edits"),
    ("/", "Find"),
    ("?", "These keys"),
];

pub(crate) const FIELDS: &str = "Fields";

// Counting.

/// So many items.
pub(crate) fn count(count: usize) -> String {
    match count {
        0 => String::new(),
        count => count.to_string(),
    }
}

/// Open opportunities and what they are worth.
pub(crate) fn open_count(count: usize, sums: &str) -> String {
    match (count, sums) {
        (0, _) => String::new(),
        (count, "") => format!("{count} open"),
        (count, sums) => format!("{count} open, {sums}"),
    }
}

/// The same, where the page does not say what is counted.
pub(crate) fn open_opportunities(count: usize, sums: &str) -> String {
    match (count, sums) {
        (0, _) => "No open opportunity".to_owned(),
        (1, "") => "1 open opportunity".to_owned(),
        (1, sums) => format!("1 open opportunity, {sums}"),
        (count, "") => format!("{count} open opportunities"),
        (count, sums) => format!("{count} open opportunities, {sums}"),
    }
}

/// A word with how many it stands for.
pub(crate) fn with_count(word: &str, count: usize) -> String {
    format!("{word} {count}")
}

/// How many more there are than are shown.
pub(crate) fn and_more(count: usize) -> String {
    format!("and {count} more")
}

// The list of plans.
pub(crate) const NEW_PLAN: &str = "New plan";
pub(crate) const RENAME_PLAN: &str = "Rename the plan";
pub(crate) const DUPLICATE_PLAN: &str = "Duplicate the plan";
pub(crate) const CREATE: &str = "Create";
pub(crate) const RENAME: &str = "Rename";
pub(crate) const DUPLICATE: &str = "Duplicate";
pub(crate) const ARCHIVE: &str = "Archive";
pub(crate) const RESTORE: &str = "Restore";
pub(crate) const CANCEL: &str = "Cancel";
pub(crate) const NAME: &str = "Name";
pub(crate) const NAME_HINT: &str = "The account, such as Nordwind Logistics";
pub(crate) const NAME_MISSING: &str = "A plan needs a name.";
pub(crate) const ACTIVE: &str = "Active";
pub(crate) const ARCHIVED: &str = "Archived";
pub(crate) const WHICH_PLANS: &str = "Which plans";
pub(crate) const ACCOUNT: &str = "Account";
pub(crate) const OPEN_AMOUNT: &str = "Open amount";
pub(crate) const OPEN_ACTIONS: &str = "Open actions";
pub(crate) const LAST_CHANGE: &str = "Last change";
pub(crate) const WHAT_TO_DO: &str = "What to do";
pub(crate) const NO_PLANS: &str = "No plan yet";
pub(crate) const NO_PLANS_HINT: &str = "A plan holds one account: what the customer wants to reach, what we offer for it, who decides, who does what until when.";
pub(crate) const FIRST_PLAN: &str = "Begin the first plan";
pub(crate) const NOTHING_ARCHIVED: &str = "No plan is archived.";

/// The name that a copy begins with.
pub(crate) fn copy_of(name: &str) -> String {
    format!("{name} (copy)")
}

/// A button's full name: what it does, and to which.
pub(crate) fn of(verb: &str, name: &str) -> String {
    format!("{verb} {name}")
}

/// A plan was put away.
pub(crate) fn archived(name: &str) -> String {
    format!("Archived {name}.")
}

/// A plan was brought back.
pub(crate) fn restored(name: &str) -> String {
    format!("Restored {name}.")
}

/// Overdue actions over all plans.
pub(crate) fn overdue_in_all(count: u64) -> String {
    match count {
        0 => String::new(),
        1 => "1 action overdue".to_owned(),
        count => format!("{count} actions overdue"),
    }
}

// Overview.
pub(crate) const GOAL: &str = "Goal";
pub(crate) const NO_GOAL: &str = "No goal yet: write in the profile what we want to be for this customer in 18 months.";
pub(crate) const WRITE_GOAL: &str = "Write the goal";
pub(crate) const OBJECTIVES: &str = "Objectives";
pub(crate) const NO_OBJECTIVES: &str = "No objective yet: what do we want to reach, in figures and until when?";
pub(crate) const TOP_OPPORTUNITIES: &str = "Top opportunities";
pub(crate) const NO_OPPORTUNITIES: &str = "No open opportunity.";
pub(crate) const KEY_PEOPLE: &str = "Key people";
pub(crate) const NO_PEOPLE: &str = "Nobody is marked as buyer, decision maker, champion or blocker.";
pub(crate) const NEXT_ACTIONS: &str = "Next actions";
pub(crate) const NO_NEXT_ACTIONS: &str = "Nothing is to be done: agree on the next step.";
pub(crate) const OPEN_PAGE: &str = "Open";

// Interlock.
pub(crate) const INTERLOCK_HINT: &str = "What we sell should serve what the customer wants to reach.";
pub(crate) const INTERLOCK_CAPTION: &str =
    "Initiatives with the opportunities that serve them and the drivers that force them";
pub(crate) const INTERLOCK_EMPTY: &str = "The interlock shows which opportunity serves which of the customer's initiatives. Begin with initiatives and opportunities.";
pub(crate) const INITIATIVE: &str = "Initiative";
pub(crate) const SERVED_BY: &str = "Served by";
pub(crate) const FORCED_BY: &str = "Forced by";
pub(crate) const AMOUNT_BEHIND: &str = "Amount behind";
pub(crate) const NO_OPPORTUNITY: &str = "no opportunity";
pub(crate) const NO_DRIVER: &str = "no driver";
pub(crate) const GAPS: &str = "Gaps";
pub(crate) const NO_GAPS: &str = "No gaps.";
pub(crate) const UNSERVED: &str = "an initiative we offer nothing for";
pub(crate) const IDLE: &str = "a driver that forces no initiative";
pub(crate) const GAP_UNSUPPORTED: &str = "no initiative";
pub(crate) const GAP_UNSERVED: &str = "no opportunity";
pub(crate) const GAP_IDLE: &str = "forces nothing";
pub(crate) const GAP_UNCOVERED: &str = "nobody covers";
pub(crate) const LINK: &str = "Link";
pub(crate) const ADD: &str = "Add";
pub(crate) const LINK_HINT: &str = "Choose the initiative by the strength of the link.";
pub(crate) const NO_INITIATIVES: &str = "There is no initiative yet.";

/// An opportunity that nothing of the customer's stands behind.
pub(crate) fn unsupported(amount: Option<String>) -> String {
    match amount {
        Some(amount) => format!("{amount} with no initiative behind it"),
        None => "no initiative behind it".to_owned(),
    }
}

/// How much of the open amount the customer's plans support.
pub(crate) fn supported(percent: u8) -> String {
    format!("The customer's own plans support {percent} % of the open amount.")
}

/// How many gaps a section has.
pub(crate) fn gaps_of(section: SectionId, count: usize) -> String {
    match section {
        SectionId::Initiatives => format!("{count} without an opportunity"),
        _ => format!("{count} without an initiative"),
    }
}

/// What a link dialog is for.
pub(crate) fn link_of(title: &str) -> String {
    format!("Link {} to an initiative", named(title))
}

/// A button that links.
pub(crate) fn link_with(title: &str, strength: i64) -> String {
    format!("{}, strength {strength}", named(title))
}

/// A link was made.
pub(crate) fn linked_now(title: &str) -> String {
    format!("Linked {}.", named(title))
}

/// A button that begins an opportunity.
pub(crate) fn add_opportunity_for(title: &str) -> String {
    format!("Add an opportunity for {}", named(title))
}

/// The strength of a link, read aloud.
pub(crate) fn strength(strength: i64) -> String {
    format!("strength {strength}")
}

// Actions.
pub(crate) const VIEWS: &str = "Views";
pub(crate) const AS_LIST: &str = "List";
pub(crate) const AS_TRACKER: &str = "Tracker";
pub(crate) const TRACKER: &str = "Action tracker";
pub(crate) const WHICH_ACTIONS: &str = "Which actions";
pub(crate) const ALL: &str = "All";
pub(crate) const OPEN: &str = "Open";
pub(crate) const DUE: &str = "Due";
pub(crate) const OVERDUE: &str = "Overdue";
pub(crate) const DONE: &str = "Done";
pub(crate) const DEFERRED: &str = "deferred";
pub(crate) const CANCELLED: &str = "cancelled";
pub(crate) const NO_DATE: &str = "no date";
pub(crate) const NOBODY: &str = "Nobody";
pub(crate) const NOT_COMMITTED: &str = "not committed";
pub(crate) const COMMIT: &str = "Commit";
pub(crate) const RESULT_HINT: &str = "What came of it?";

/// A box to tick.
pub(crate) fn mark_done(title: &str) -> String {
    format!("Done: {title}")
}

/// The field for what came of an action.
pub(crate) fn result_of(title: &str) -> String {
    format!("What came of {title}?")
}

/// An action was done.
pub(crate) fn marked_done(title: &str) -> String {
    format!("Done: {}.", named(title))
}

/// An action is to be done again.
pub(crate) fn marked_open(title: &str) -> String {
    format!("Open again: {}.", named(title))
}

/// How often an action's date moved.
pub(crate) fn slipped(count: usize) -> String {
    match count {
        1 => "moved once".to_owned(),
        count => format!("moved {count} times"),
    }
}

/// No action is in the chosen state.
pub(crate) fn no_actions(which: &str) -> String {
    format!("No actions here: {}.", which.to_lowercase())
}

// History.
pub(crate) const HISTORY_HINT: &str = "What changed, who did it, and when.";
pub(crate) const NO_HISTORY: &str = "Nothing has changed here.";
pub(crate) const MORE: &str = "Earlier";
pub(crate) const SECTION: &str = "Section";
pub(crate) const PERSON: &str = "Person";
pub(crate) const ALL_SECTIONS: &str = "All sections";
pub(crate) const EVERYONE: &str = "Everyone";
pub(crate) const THE_SERVER: &str = "Interlock";
pub(crate) const ADDED: &str = "added";
pub(crate) const DELETED: &str = "deleted";
pub(crate) const RESTORED: &str = "brought back";
pub(crate) const EMPTIED: &str = " emptied";
pub(crate) const PARAGRAPH_DELETED: &str = "paragraph deleted";
pub(crate) const PARAGRAPH_RESTORED: &str = "paragraph brought back";
pub(crate) const TO: &str = " to";

/// A link with its strength.
pub(crate) fn linked(name: &str, strength: i64) -> String {
    format!("{name} (strength {strength})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_title_has_a_word() {
        assert_eq!(deleted(" "), "Deleted untitled.");
    }
}
