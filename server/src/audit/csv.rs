//! CSV (RFC 4180) whose cells no spreadsheet takes for a formula. What people typed is in them, and whoever opens the
//! file trusts the sender: `=HYPERLINK(..)` in a name would send the reader's sheet to a stranger.

/// What begins a formula in one spreadsheet or another, full-width forms included.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// A row with its end.
pub(super) fn row(cells: &[impl AsRef<str>]) -> String {
    let mut row = String::new();
    for (n, cell) in cells.iter().enumerate() {
        if n > 0 {
            row.push(',');
        }
        push(&mut row, cell.as_ref());
    }
    row.push_str("\r\n");
    row
}

/// Every cell that is not plain is quoted; an apostrophe makes text of what would be a formula.
fn push(row: &mut String, cell: &str) {
    let guarded = is_formula(cell);
    let quoted = guarded || cell.contains(|c: char| matches!(c, ',' | ';' | '"') || c.is_control());
    if !quoted {
        row.push_str(cell);
        return;
    }
    row.push('"');
    if guarded {
        row.push('\'');
    }
    for c in cell.chars() {
        match c {
            '"' => row.push_str("\"\""),
            // Would end a row for some readers, or the text for others.
            '\0' => {}
            c => row.push(c),
        }
    }
    row.push('"');
}

/// Spreadsheets pass over what is not seen, and over quotes, before they look for a formula.
fn is_formula(cell: &str) -> bool {
    let unseen = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '"' | '\'' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}')
    };
    let begins_unseen = cell.starts_with(['\t', '\r', '\n']);
    begins_unseen || cell.trim_start_matches(unseen).starts_with(FORMULA)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a row as RFC 4180 has it.
    fn read(row: &str) -> Vec<String> {
        let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
        let mut chars = row.strip_suffix("\r\n").expect("a row ends so").chars().peekable();
        while let Some(c) = chars.next() {
            match (c, quoted) {
                ('"', true) if chars.peek() == Some(&'"') => {
                    chars.next();
                    cell.push('"');
                }
                ('"', _) => quoted = !quoted,
                (',', false) => cells.push(std::mem::take(&mut cell)),
                (c, _) => cell.push(c),
            }
        }
        cells.push(cell);
        cells
    }

    #[test]
    fn no_cell_is_a_formula() {
        for typed in [
            "=1+1",
            "+49 30 123",
            "-2",
            "@SUM(A1)",
            "=cmd|' /C calc'!A0",
            "\t=1",
            "\r=1",
            "\n=1",
            "  =1",
            "\u{feff}=1",
            "\u{200b}=1",
            "\"=1\"",
            "'=1",
            "\u{ff1d}1",
            "\tx",
        ] {
            let row = row(&["before", typed, "after"]);
            let cells = read(&row);
            assert_eq!(cells.len(), 3, "{typed:?}: {row:?}");
            assert_eq!(cells[1], format!("'{typed}"), "{typed:?}");
            assert!(
                row.contains(",\"'"),
                "{typed:?}: quoted, so that a semicolon splits nothing"
            );
        }
    }

    #[test]
    fn what_is_no_formula_stays_as_it_was_typed() {
        for typed in [
            "",
            "Ada",
            "a=b",
            "3,5",
            "a;b",
            "\"so\"",
            "line\nline",
            "2026-12-01",
            "\u{1f600}",
        ] {
            assert_eq!(read(&row(&[typed, "x"])), [typed, "x"], "{typed:?}");
        }
    }

    #[test]
    fn a_row_has_as_many_cells_as_it_was_given_whatever_is_typed() {
        let typed = ["a\",=1", "b\r\n=2,\"", ";=3", "\0=4"];
        assert_eq!(read(&row(&typed)).len(), typed.len());
    }
}
