//! Every numbered invariant of ARCHITECTURE.md names the test that holds it, and that test exists.

use std::fs;

use crate::sources::{Source, report, root, with_extension};

const FILE: &str = "ARCHITECTURE.md";

/// How the line with the tests begins; their names follow in backquotes.
const HELD_BY: &str = "Held by:";

/// One invariant: its first line, and the names behind `Held by:`.
#[derive(Debug, PartialEq, Eq)]
struct Invariant {
    title: String,
    tests: Vec<String>,
}

/// Numbered lines and headings below a heading that speaks of invariants.
fn read_invariants(text: &str) -> Vec<Invariant> {
    let mut invariants: Vec<Invariant> = Vec::new();
    let mut section_level = None;
    for line in text.lines() {
        let heading_level = line.chars().take_while(|c| *c == '#').count();
        let words = line.trim_start_matches('#').trim_start();
        if heading_level > 0 && !is_numbered(words) && section_level.is_none_or(|level| heading_level <= level) {
            section_level = words.to_lowercase().contains("invariants").then_some(heading_level);
        } else if section_level.is_some() && is_numbered(words) && !line.starts_with(' ') {
            invariants.push(Invariant {
                title: words.to_owned(),
                tests: Vec::new(),
            });
        } else if let (Some(invariant), Some((_, names))) = (invariants.last_mut(), words.split_once(HELD_BY)) {
            invariant
                .tests
                .extend(names.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    invariants
}

fn is_numbered(line: &str) -> bool {
    line.split_once(". ")
        .is_some_and(|(number, _)| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}

/// A test's name may be written with its path.
fn exists(test: &str, sources: &[Source]) -> bool {
    let name = test.rsplit("::").next().unwrap_or(test);
    // The journal's contract is generic over the engine: `fn name<J: ...>(`.
    let definitions = [format!("fn {name}("), format!("fn {name}<")];
    let defines = |source: &Source| definitions.iter().any(|definition| source.text.contains(definition));
    sources.iter().any(defines)
}

#[test]
fn every_invariant_names_a_test_that_exists() {
    let Ok(text) = fs::read_to_string(root().join(FILE)) else {
        return;
    };
    let invariants = read_invariants(&text);
    let sources = with_extension(&["rs"]);
    let mut broken = Vec::new();
    if invariants.is_empty() {
        broken.push("there are no numbered invariants".to_owned());
    }
    for invariant in &invariants {
        if invariant.tests.is_empty() {
            broken.push(format!("no `{HELD_BY}` line: {}", invariant.title));
        }
        let gone = invariant.tests.iter().filter(|test| !exists(test, &sources));
        broken.extend(gone.map(|test| format!("there is no test {test}: {}", invariant.title)));
    }
    report(&format!("{FILE}: an invariant without a test is a wish."), &broken);
}

#[test]
fn invariants_are_read_with_their_tests() {
    let text = "# A\n1. not one\n## Invariants\nWords.\n1. **First.** Words\n   Held by: `one`, `a::two`.\n\n\
                2. Second\n## Next\n3. not one\n";
    let invariant = |title: &str, tests: &[&str]| Invariant {
        title: title.to_owned(),
        tests: tests.iter().map(|test| (*test).to_owned()).collect(),
    };
    assert_eq!(
        read_invariants(text),
        [
            invariant("1. **First.** Words", &["one", "a::two"]),
            invariant("2. Second", &[])
        ]
    );
}
