//! What history and time travel say.

use domain::Seq;

use crate::api::contacts::ErasedPart;

pub(crate) const PAST_IS_READ: &str = "This is the past: it can be read, not edited";
pub(crate) const TIMES: &str = "Look at the plan as it was";
pub(crate) const NOW: &str = "Now";
pub(crate) const AS_OF: &str = "As of";
pub(super) const AS_IT_IS: &str = "The plan as it is now";
pub(super) const READ_ONLY: &str = "read only";
pub(super) const BACK_TO_NOW: &str = "Back to now";
pub(super) const CLOSE_TIMES: &str = "Close the timeline";
pub(super) const SLIDER: &str = "Moment in the life of the plan";
pub(super) const SLIDER_HINT: &str =
    "Drag, or use the arrow keys: ← → by change, Page Up and Page Down by day, Home and End.";
pub(super) const WROTE_LAST: &str = "wrote last, in";
pub(super) const BEFORE_ALL: &str = "before the first change";
pub(super) const NOTHING_YET: &str = "Nothing had been written yet.";
pub(crate) const ON_ITS_WAY: &str = "Opening the plan as it was";
pub(super) const EARLIER_CHANGE: &str = "One change earlier";
pub(super) const LATER_CHANGE: &str = "One change later";
pub(super) const EARLIER_DAY: &str = "The day before";
pub(super) const LATER_DAY: &str = "The day after";
pub(super) const COMPARE: &str = "What changed";
pub(super) const COMPARED_FROM: &str = "From";
pub(super) const COMPARED_TO: &str = "to";
pub(super) const KEEP_AS_END: &str = "Compare with another moment";
pub(super) const COMPARE_WITH_NOW: &str = "Compare with now";
pub(super) const MOVE_NOW: &str = "This moment is held. Move the slider to the other one.";
pub(super) const SAME: &str = "Nothing is different.";
pub(super) const NOT_ALL: &str = "There are more changes than are listed here.";
pub(super) const ADDED: &str = "added";
pub(super) const DELETED: &str = "deleted";
pub(super) const RESTORED: &str = "brought back";
pub(super) const SINCE_THEN: &str = "Since then";
pub(super) const AS_TODAY: &str = "It stands today as it stood then.";
pub(super) const NOT_YET: &str = "This entry did not exist yet.";
pub(super) const PUT_BACK: &str = "Put back";
pub(super) const PUT_ALL_BACK: &str = "Put all of it back";
pub(super) const CONFIRM_PUT_BACK: &str = "Put this back?";
pub(super) const IS_NEW_EDIT: &str = "It becomes an edit of yours, made now. The history keeps both.";
pub(super) const NOW_IS: &str = "Now";
pub(super) const WILL_BE: &str = "Back to";
pub(super) const EMPTY: &str = "empty";
pub(super) const IS_THERE: &str = "in the plan";
pub(super) const IS_DELETED: &str = "deleted";
pub(super) const WAS_PUT_BACK: &str = "Put back";
pub(super) const SEE_THEN: &str = "See the plan then";
pub(super) const OF_FIELD: &str = "Only this field";
pub(super) const SEARCH: &str = "Search what changed";
pub(super) const KINDS: &str = "Kind";
pub(super) const ALL_KINDS: &str = "All";
pub(super) const EDITS: &str = "Edits";
pub(super) const EVENTS: &str = "Roles and stages";
pub(super) const ERASED: &str = "Erased";
pub(super) const NOTHING_ERASED: &str = "Nothing was erased.";
pub(super) const NO_FILTER: &str = "Show all";
pub(super) const NOTHING_FOUND: &str = "No change fits this.";
pub(super) const LOOKED_SO_FAR: &str = "Nothing found so far: look further back";
pub(crate) const ITEM_HISTORY: &str = "History";

/// Which change of how many: for screen readers.
pub(super) fn change_of(moment: &str, seq: u64, head: u64) -> String {
    format!("{moment}, change {seq} of {head}")
}

/// What was erased; whose follows.
pub(super) const fn erased_of(part: ErasedPart) -> &'static str {
    match part {
        ErasedPart::Contact => "erased everything personal about",
        ErasedPart::Personality => "erased the personality notes of",
    }
}

/// A moment by its words; before the first change no clock had struck.
pub(crate) fn moment_of(seq: Seq, moment: &str) -> String {
    if seq == Seq::ZERO {
        BEFORE_ALL.to_owned()
    } else {
        moment.to_owned()
    }
}

/// The mark of a bucket.
pub(super) fn edits(count: u64) -> String {
    match count {
        1 => "1 change".to_owned(),
        count => format!("{count} changes"),
    }
}

/// Who did something that is told of another.
pub(super) fn by(who: &str, what: &str) -> String {
    format!("{who} {what}")
}

/// What stands in a chip that narrows the history.
pub(super) fn only(what: &str) -> String {
    format!("Only {what}")
}

/// A field of an item.
pub(super) fn field_of(label: &str, title: &str) -> String {
    format!("{label} of {title}")
}

/// An item is in the plan again, and so many of its fields are as they were.
pub(super) fn brought_back(title: &str, others: usize) -> String {
    format!("Back in the plan: {title}{}", and_fields(others))
}

/// An item is deleted, as it was then.
pub(super) fn deleted_again(title: &str, others: usize) -> String {
    format!("Deleted again: {title}{}", and_fields(others))
}

fn and_fields(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => ", and 1 field of it as it was".to_owned(),
        count => format!(", and {count} fields of it as they were"),
    }
}

/// What was brought back, in a message.
pub(super) fn put_back(title: &str, count: usize) -> String {
    match count {
        1 => format!("{WAS_PUT_BACK}: 1 field of {title}"),
        count => format!("{WAS_PUT_BACK}: {count} fields of {title}"),
    }
}
