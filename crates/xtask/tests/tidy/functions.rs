//! A ratchet on long functions: no new ones, and those that are there only get shorter.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

use syn::visit::{self, Visit};
use syn::{Block, Signature};

use crate::sources::{Source, report, root, with_extension};

/// A function that does not fit on a screen is a question.
const LINES_MAX: usize = 70;

/// The functions that are longer nevertheless, with their lengths.
const LIST: &str = "crates/xtask/tests/tidy/long-functions.txt";

/// Set to write the list as it is now.
const UPDATE: &str = "TIDY_UPDATE";

#[test]
fn no_function_over_70_lines_is_new_or_has_grown() {
    let now: BTreeMap<String, usize> = with_extension(&["rs"]).iter().flat_map(long_functions).collect();
    let list = root().join(LIST);
    if std::env::var_os(UPDATE).is_some() {
        let mut text = String::new();
        for (name, lines) in &now {
            writeln!(text, "{lines} {name}").expect("writing to a text does not fail");
        }
        fs::write(&list, text).expect("the list can be written");
    }
    let known = read_list(&fs::read_to_string(&list).expect("the list is there"));
    let mut broken = Vec::new();
    for (name, lines) in &now {
        let known = known.get(name).copied().unwrap_or(LINES_MAX);
        if *lines > known {
            broken.push(format!("{name}: {lines} lines, over {known}"));
        }
    }
    for (name, lines) in &known {
        if now.get(name).is_none_or(|length| length < lines) {
            broken.push(format!(
                "{name}: is shorter than the {lines} lines of the list; thank you"
            ));
        }
    }
    report(
        &format!("Split it; {UPDATE}=1 writes the list anew, and the diff of {LIST} shows what it costs."),
        &broken,
    );
}

fn read_list(text: &str) -> BTreeMap<String, usize> {
    let entry = |line: &str| {
        let (lines, name) = line.split_once(' ')?;
        Some((name.to_owned(), lines.parse().ok()?))
    };
    text.lines()
        .map(|line| entry(line).unwrap_or_else(|| panic!("{LIST} has the line {line:?}")))
        .collect()
}

fn long_functions(source: &Source) -> Vec<(String, usize)> {
    let file = syn::parse_file(&source.text).unwrap_or_else(|error| panic!("{}: {error}", source.path));
    let mut finder = Finder {
        path: &source.path,
        found: BTreeMap::new(),
    };
    finder.visit_file(&file);
    finder
        .found
        .into_iter()
        .filter(|(_, lines)| *lines > LINES_MAX)
        .collect()
}

struct Finder<'a> {
    path: &'a str,
    found: BTreeMap<String, usize>,
}

impl Finder<'_> {
    /// Counts from the line with `fn` to the one with the closing brace: attributes and comments above are free.
    fn see(&mut self, signature: &Signature, block: &Block) {
        let end = block.brace_token.span.close().end();
        let lines = end.line + 1 - signature.fn_token.span.start().line;
        let name = format!("{} {}", self.path, signature.ident);
        let length = self.found.entry(name).or_default();
        *length = lines.max(*length); // two of one name: the longer counts
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.see(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.see(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.see(&function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[test]
fn a_function_of_71_lines_is_found_and_one_of_70_is_not() {
    let function = |name: &str, lines: usize| format!("fn {name}() {{\n{}}}\n", "    let _ = 0;\n".repeat(lines - 2));
    let text = format!("{}mod inner {{ {} }}", function("fits", 70), function("long", 71));
    let found = long_functions(&Source {
        path: "a.rs".to_owned(),
        text,
    });
    assert_eq!(found, [("a.rs long".to_owned(), 71)]);
}
