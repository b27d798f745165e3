//! Which key does what while a cell has the focus and is not being edited.

/// A key as the browser reports it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Key<'a> {
    /// `KeyboardEvent.key`.
    pub(crate) name: &'a str,
    /// `KeyboardEvent.code`: where the key is, because Alt writes other letters on some keyboards.
    pub(crate) code: &'a str,
    /// Control, or command on a Mac.
    pub(crate) ctrl: bool,
    /// Shift.
    pub(crate) shift: bool,
    /// Alt.
    pub(crate) alt: bool,
}

/// Where the focus goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// By rows and columns; stops at the edges.
    By {
        /// Rows, down.
        rows: isize,
        /// Columns, to the right.
        columns: isize,
    },
    /// To the row's first cell.
    RowStart,
    /// To the row's last cell.
    RowEnd,
    /// To the first cell of all.
    Start,
    /// To the last cell of all.
    End,
    /// To the column's first row.
    Top,
    /// To the column's last row.
    Bottom,
    /// One page up.
    PageUp,
    /// One page down.
    PageDown,
    /// To the next cell, at the row's end to the next row's first.
    Next,
    /// To the cell before.
    Previous,
}

/// What a key asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// Move the focus.
    Go(Step),
    /// Move the focus and keep the block's other corner.
    Extend(Step),
    /// Edit what stands there.
    Edit,
    /// Edit, beginning with this character.
    Type(String),
    /// Empty the block's cells.
    Clear,
    /// Give up the block.
    Escape,
    /// A new item behind this one.
    New,
    /// The same, unless words stand here: then it is their first letter.
    NewOrType(String),
    /// Where another also wrote: take that, or keep what stands.
    Decide(bool),
    /// Open the item in the drawer.
    Open,
    /// What changed in this cell, and who did it.
    History,
    /// Take back my last edit.
    Undo,
    /// Make it again.
    Redo,
    /// Select the whole list.
    SelectAll,
    /// Move the row.
    MoveRow(isize),
    /// Delete the block's rows.
    DeleteRows,
    /// Fill the block with its first row.
    FillDown,
}

/// What the key asks for; None leaves it to the browser and the page (copy, cut and paste come as events of their
/// own).
pub(crate) fn command(key: &Key<'_>) -> Option<Command> {
    use Command as C;
    let by = |rows, columns| Step::By { rows, columns };
    if key.ctrl && !key.alt {
        return with_ctrl(key);
    }
    if key.alt {
        return match (key.name, key.code) {
            ("ArrowUp", _) => Some(C::MoveRow(-1)),
            ("ArrowDown", _) => Some(C::MoveRow(1)),
            (_, "KeyN") => Some(C::New),
            (_, "KeyH") => Some(C::History),
            (_, "KeyT") => Some(C::Decide(true)),
            (_, "KeyK") => Some(C::Decide(false)),
            _ => None,
        };
    }
    let step = match key.name {
        "ArrowUp" => Some(by(-1, 0)),
        "ArrowDown" => Some(by(1, 0)),
        "ArrowLeft" => Some(by(0, -1)),
        "ArrowRight" => Some(by(0, 1)),
        "Home" => Some(Step::RowStart),
        "End" => Some(Step::RowEnd),
        "PageUp" => Some(Step::PageUp),
        "PageDown" => Some(Step::PageDown),
        _ => None,
    };
    if let Some(step) = step {
        return Some(if key.shift { C::Extend(step) } else { C::Go(step) });
    }
    match key.name {
        "Tab" => Some(C::Go(if key.shift { Step::Previous } else { Step::Next })),
        "Enter" | "F2" => Some(C::Edit),
        "Escape" => Some(C::Escape),
        "Delete" | "Backspace" => Some(C::Clear),
        " " if !key.shift => Some(C::Open),
        "n" | "N" if !key.shift => Some(C::NewOrType(key.name.to_owned())),
        // The page's own keys.
        "/" | "?" => None,
        text if text.chars().count() == 1 && text != " " => Some(C::Type(text.to_owned())),
        _ => None,
    }
}

fn with_ctrl(key: &Key<'_>) -> Option<Command> {
    use Command as C;
    let step = match key.name {
        "ArrowUp" => Some(Step::Top),
        "ArrowDown" => Some(Step::Bottom),
        "ArrowLeft" => Some(Step::RowStart),
        "ArrowRight" => Some(Step::RowEnd),
        "Home" => Some(Step::Start),
        "End" => Some(Step::End),
        _ => None,
    };
    if let Some(step) = step {
        return Some(if key.shift { C::Extend(step) } else { C::Go(step) });
    }
    match key.name {
        "z" | "Z" if key.shift => Some(C::Redo),
        "z" => Some(C::Undo),
        "y" => Some(C::Redo),
        "a" => Some(C::SelectAll),
        "d" => Some(C::FillDown),
        "Delete" | "Backspace" | "-" => Some(C::DeleteRows),
        _ => None,
    }
}

/// Where a step leads in a list of `rows` and `columns`, with `page` rows to a page. The list has at least one cell.
pub(crate) fn led(at: (usize, usize), step: Step, rows: usize, columns: usize, page: usize) -> (usize, usize) {
    let (row, column) = at;
    let (last_row, last_column) = (rows.saturating_sub(1), columns.saturating_sub(1));
    let moved = |from: usize, by: isize, last: usize| from.saturating_add_signed(by).min(last);
    match step {
        Step::By { rows, columns } => (moved(row, rows, last_row), moved(column, columns, last_column)),
        Step::RowStart => (row, 0),
        Step::RowEnd => (row, last_column),
        Step::Start => (0, 0),
        Step::End => (last_row, last_column),
        Step::Top => (0, column),
        Step::Bottom => (last_row, column),
        Step::PageUp => (row.saturating_sub(page), column),
        Step::PageDown => ((row + page).min(last_row), column),
        Step::Next if column < last_column => (row, column + 1),
        Step::Next if row < last_row => (row + 1, 0),
        Step::Previous if column > 0 => (row, column - 1),
        Step::Previous if row > 0 => (row - 1, last_column),
        Step::Next | Step::Previous => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(spelled: &str, expected: Option<Command>) {
        let mut words: Vec<&str> = spelled.split('+').collect();
        let name = words.pop().expect("a key");
        let code = format!("Key{}", name.to_uppercase());
        let key = Key {
            name,
            code: &code,
            ctrl: words.contains(&"ctrl"),
            shift: words.contains(&"shift"),
            alt: words.contains(&"alt"),
        };
        assert_eq!(command(&key), expected, "{spelled}");
    }

    #[test]
    fn keys_do_what_the_help_says() {
        let down = Step::By { rows: 1, columns: 0 };
        check("ArrowDown", Some(Command::Go(down)));
        check("shift+ArrowDown", Some(Command::Extend(down)));
        check("ctrl+ArrowDown", Some(Command::Go(Step::Bottom)));
        check("alt+ArrowDown", Some(Command::MoveRow(1)));
        check("Enter", Some(Command::Edit));
        check("F2", Some(Command::Edit));
        check("x", Some(Command::Type("x".to_owned())));
        check("n", Some(Command::NewOrType("n".to_owned())));
        check("alt+n", Some(Command::New));
        check("alt+h", Some(Command::History));
        check("alt+t", Some(Command::Decide(true)));
        check("alt+k", Some(Command::Decide(false)));
        check("shift+N", Some(Command::Type("N".to_owned())));
        check(" ", Some(Command::Open));
        check("Delete", Some(Command::Clear));
        check("shift+Tab", Some(Command::Go(Step::Previous)));
        check("ctrl+z", Some(Command::Undo));
        check("ctrl+shift+Z", Some(Command::Redo));
        check("ctrl+d", Some(Command::FillDown));
        for left in ["/", "?", "ctrl+c", "ctrl+v", "Shift", "F5", "alt+x"] {
            check(left, None);
        }
    }

    #[test]
    fn steps_stop_at_the_edges() {
        let to = |at, step| led(at, step, 20, 7, 10);
        assert_eq!(to((0, 0), Step::By { rows: -1, columns: 0 }), (0, 0));
        assert_eq!(to((19, 6), Step::By { rows: 1, columns: 1 }), (19, 6));
        assert_eq!(to((3, 2), Step::End), (19, 6));
        assert_eq!(to((15, 2), Step::PageDown), (19, 2));
        assert_eq!(to((15, 2), Step::PageUp), (5, 2));
        assert_eq!(to((3, 6), Step::Next), (4, 0));
        assert_eq!(to((4, 0), Step::Previous), (3, 6));
        assert_eq!(to((19, 6), Step::Next), (19, 6));
    }
}
