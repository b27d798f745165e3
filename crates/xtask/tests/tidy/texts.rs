//! Rules about the text of files.

use crate::sources::{Source, report, with_extension};

/// A file is one idea and read in one sitting; more needs a reason that is written in it.
const LINES_MAX: usize = 600;

/// How such a reason begins, in one of the file's first lines.
const REASON: &str = "Long because ";
const REASON_WITHIN_LINES: usize = 20;

const TEXTS: [&str; 9] = ["rs", "toml", "md", "css", "js", "html", "webmanifest", "svg", "yml"];

#[test]
fn a_file_over_600_lines_says_why() {
    let long = |source: &Source| {
        let lines = source.text.lines().count();
        let has_reason = source
            .text
            .lines()
            .take(REASON_WITHIN_LINES)
            .any(|line| line.contains(REASON));
        (lines > LINES_MAX && !has_reason).then(|| format!("{}: {lines} lines", source.path))
    };
    let broken: Vec<String> = with_extension(&["rs", "css", "js"]).iter().filter_map(long).collect();
    report(
        "Split the file by its ideas, or say `Long because ...` in its head.",
        &broken,
    );
}

#[test]
fn lines_end_with_lf_and_nothing_before_it() {
    let mut broken = Vec::new();
    for source in with_extension(&TEXTS) {
        if source.text.contains('\r') {
            broken.push(format!("{}: has carriage returns", source.path));
        }
        if !source.text.is_empty() && !source.text.ends_with('\n') {
            broken.push(format!("{}: the last line has no end", source.path));
        }
        let trailing = source
            .text
            .lines()
            .enumerate()
            .filter(|(_, line)| line.ends_with([' ', '\t']));
        broken.extend(trailing.map(|(index, _)| format!("{}:{}: trailing space", source.path, index + 1)));
    }
    report("Diffs should show what has changed, not how an editor saves.", &broken);
}

#[test]
fn what_is_left_to_do_says_why() {
    // In two parts, so that this file does not break its own rule.
    let words = [concat!("TO", "DO"), concat!("FIX", "ME")];
    let macros = [concat!("to", "do!("), concat!("unimple", "mented!(")];
    let mut broken = Vec::new();
    for source in with_extension(&["rs", "css", "js", "html", "toml"]) {
        for (index, line) in source.text.lines().enumerate() {
            let has_reason = |word: &str| {
                line.split(word)
                    .skip(1)
                    .all(|rest| rest.starts_with('(') && !rest.starts_with("()"))
            };
            if words.iter().any(|word| !has_reason(word)) || macros.iter().any(|word| line.contains(word)) {
                broken.push(format!("{}:{}: {}", source.path, index + 1, line.trim()));
            }
        }
    }
    report("Do it now, or write why not in parentheses behind the word.", &broken);
}

#[test]
fn no_test_is_left_out() {
    let attribute = concat!("#[ig", "nore");
    let mut broken = Vec::new();
    for source in with_extension(&["rs"]) {
        let lines = source
            .text
            .lines()
            .enumerate()
            .filter(|(_, line)| line.contains(attribute));
        broken.extend(lines.map(|(index, _)| format!("{}:{}", source.path, index + 1)));
    }
    report(
        "A test that nobody runs fails unseen; do less of it unless INTERLOCK_LONG is set.",
        &broken,
    );
}
