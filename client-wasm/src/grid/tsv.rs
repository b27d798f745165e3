//! Blocks of cells as a spreadsheet's clipboard has them: tabs between cells, lines between rows, and quotes around
//! a cell that has a tab, a line break or a quote in it.

/// Most rows and columns that one paste may have: a bound on what a clipboard can do to a plan.
pub(crate) const PASTE_ROWS_MAX: usize = 500;
/// See [`PASTE_ROWS_MAX`].
pub(crate) const PASTE_COLUMNS_MAX: usize = 60;

/// Writes a block.
pub(crate) fn write(rows: &[Vec<String>]) -> String {
    let mut out = String::new();
    for row in rows {
        for (index, cell) in row.iter().enumerate() {
            if index > 0 {
                out.push('\t');
            }
            if cell.contains(['\t', '\n', '\r', '"']) {
                out.push('"');
                out.push_str(&cell.replace('"', "\"\""));
                out.push('"');
            } else {
                out.push_str(cell);
            }
        }
        out.push('\n');
    }
    // A single cell pasted into a text should not bring a line break with it.
    if rows.len() == 1 {
        out.pop();
    }
    out
}

/// Reads a block; what lies beyond the bounds is counted, not taken.
pub(crate) fn read(text: &str) -> Block {
    let mut block = Block::default();
    let mut row = Vec::new();
    let mut rest = text;
    loop {
        let (cell, after, end) = cell(rest);
        if row.len() < PASTE_COLUMNS_MAX {
            row.push(cell);
        } else {
            block.beyond += 1;
        }
        if end != End::Cell {
            let empty = end == End::Text && row.len() == 1 && row[0].is_empty();
            if !empty {
                block.push(std::mem::take(&mut row));
            }
        }
        if end == End::Text {
            return block;
        }
        rest = after;
    }
}

/// What was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Block {
    /// The cells by row; rows may differ in length.
    pub(crate) rows: Vec<Vec<String>>,
    /// How many cells lay beyond the bounds.
    pub(crate) beyond: usize,
}

impl Block {
    fn push(&mut self, row: Vec<String>) {
        if self.rows.len() < PASTE_ROWS_MAX {
            self.rows.push(row);
        } else {
            self.beyond += row.len();
        }
    }
}

/// What ends a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Cell,
    Row,
    Text,
}

/// The first cell of a text, what comes after it, and what ended it.
fn cell(text: &str) -> (String, &str, End) {
    if let Some(quoted) = text.strip_prefix('"')
        && let Some((cell, after)) = quoted_cell(quoted)
    {
        return ended(cell, after);
    }
    let at = text.find(['\t', '\n', '\r']).unwrap_or(text.len());
    ended(text[..at].to_owned(), &text[at..])
}

/// The rest of a quoted cell; None where the quote never closes before a cell's end (then it is only a quote).
fn quoted_cell(text: &str) -> Option<(String, &str)> {
    let mut cell = String::new();
    let mut rest = text;
    loop {
        let at = rest.find('"')?;
        cell.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                cell.push('"');
                rest = after;
            }
            None if rest.is_empty() || rest.starts_with(['\t', '\n', '\r']) => return Some((cell, rest)),
            None => return None,
        }
    }
}

fn ended(cell: String, rest: &str) -> (String, &str, End) {
    if let Some(after) = rest.strip_prefix('\t') {
        return (cell, after, End::Cell);
    }
    let after = rest
        .strip_prefix("\r\n")
        .or_else(|| rest.strip_prefix('\n'))
        .or_else(|| rest.strip_prefix('\r'));
    match after {
        Some(after) => (cell, after, End::Row),
        None => (cell, "", End::Text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter()
            .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
            .collect()
    }

    #[test]
    fn what_is_written_reads_back() {
        for rows in [
            block(&[&["a"]]),
            block(&[&["a", "b"], &["c", ""]]),
            block(&[&["two\nlines", "a \"word\""], &["tab\there", "x"]]),
            block(&[&["", ""], &["", "x"]]),
            block(&[&["\"", "5\" pipe"]]),
        ] {
            assert_eq!(read(&write(&rows)).rows, rows);
        }
    }

    #[test]
    fn a_spreadsheets_clipboard_is_understood() {
        assert_eq!(read("a\tb\r\nc\td\r\n").rows, block(&[&["a", "b"], &["c", "d"]]));
        assert_eq!(read("\"a\"\"b\"\tc").rows, block(&[&["a\"b", "c"]]));
        assert_eq!(
            read("5\" pipe\tx\n\"open\ty").rows,
            block(&[&["5\" pipe", "x"], &["\"open", "y"]])
        );
        assert_eq!(read("a\n\nb").rows, block(&[&["a"], &[""], &["b"]]));
        assert_eq!(read("").rows, block(&[]));
    }

    #[test]
    fn what_lies_beyond_the_bounds_is_counted() {
        let rows = PASTE_ROWS_MAX + 3;
        let read = read(&"x\n".repeat(rows));
        assert_eq!((read.rows.len(), read.beyond), (PASTE_ROWS_MAX, 3));
    }
}
