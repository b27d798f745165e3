//! The words of a section's list: its head, its filter, what becomes of a paste.

pub(crate) const ROW: &str = "Row";
pub(crate) const FILTER: &str = "Filter";
pub(crate) const NEW: &str = "New";
pub(crate) const LIST_HINT: &str = "Arrows move, Enter edits, N adds a row (Alt+N from every cell), Space opens the item, Ctrl+Z undoes your own edits.";
pub(crate) const SORTED_NOT_MOVED: &str =
    "The list is sorted by a column: take the sort away (click its head) to arrange rows by hand";
pub(crate) const SHOW_THESE: &str = "Show these";
pub(crate) const FILTER_LIST: &str = "Filter this list";
pub(crate) const FILTER_WORDS: &str = "Words";
pub(crate) const FILTER_WORDS_LABEL: &str = "Words that must occur";
pub(crate) const FILTER_AWAY: &str = "Take this filter away";
pub(crate) const SHOW_ALL: &str = "Show all";
pub(crate) const NOTHING: &str = "nothing";

/// What the button of an empty section does.
pub(crate) fn add_first(one: &str) -> String {
    format!("Add the first {}", one.to_lowercase())
}

/// A button that leads to a page.
pub(crate) fn to_page(title: &str) -> String {
    format!("To {title}")
}

/// What a row's number does.
pub(crate) fn row_handle(title: &str) -> String {
    format!("{title}: click opens, drag moves")
}

/// The edge of a column's head.
pub(crate) fn width_of(label: &str) -> String {
    format!("Width of {label}")
}

/// How much of a list is shown.
pub(crate) fn shown_of(shown: usize, all: usize) -> String {
    if shown == all {
        format!("{all} in all")
    } else {
        format!("{shown} of {all} shown")
    }
}

/// Several rows were deleted.
pub(crate) fn deleted_rows(count: usize) -> String {
    format!("Deleted {count} rows.")
}

/// A row that another deleted while something was written in it.
pub(crate) fn deleted_meanwhile(title: &str) -> String {
    format!(
        "{} was deleted while you wrote in it. What you wrote is kept with it.",
        super::named(title)
    )
}

/// What became of a paste.
pub(crate) struct Pasted {
    /// Cells that took their text.
    pub(crate) taken: usize,
    /// Rows that were made.
    pub(crate) made: usize,
    /// Cells whose text is kept beside them.
    pub(crate) not_taken: usize,
    /// Cells beyond the list.
    pub(crate) beyond: usize,
}

/// What became of a paste, in words.
pub(crate) fn pasted(pasted: &Pasted) -> String {
    let mut said = vec![format!("Pasted {}.", counted(pasted.taken, "cell"))];
    if pasted.made > 0 {
        said.push(format!("{} new.", counted(pasted.made, "row")));
    }
    if pasted.not_taken > 0 {
        said.push(format!(
            "{} could not be read: the text is kept at each, marked red, with the reason.",
            counted(pasted.not_taken, "cell")
        ));
    }
    if pasted.beyond > 0 {
        said.push(format!(
            "{} lay beyond the list and were left out.",
            counted(pasted.beyond, "cell")
        ));
    }
    said.join(" ")
}

fn counted(count: usize, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paste_is_told_by_what_became_of_its_cells() {
        let all_taken = Pasted {
            taken: 1,
            made: 0,
            not_taken: 0,
            beyond: 0,
        };
        assert_eq!(pasted(&all_taken), "Pasted 1 cell.");
        let some = Pasted {
            taken: 5,
            made: 2,
            not_taken: 1,
            beyond: 3,
        };
        assert_eq!(
            pasted(&some),
            "Pasted 5 cells. 2 rows new. 1 cell could not be read: the text is kept at each, marked red, with the \
             reason. 3 cells lay beyond the list and were left out."
        );
    }
}
