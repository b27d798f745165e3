//! Every flag of the programs is in the documentation.

use syn::visit::{self, Visit};
use syn::{Attribute, Field, LitStr, Token};

use crate::sources::{Source, report, with_extension};

/// The folders of the programs that people and scripts run.
const PROGRAMS: [&str; 2] = ["server/src/", "crates/bench/src/"];

#[test]
fn every_flag_is_documented() {
    let documentation: String = with_extension(&["md"]).into_iter().map(|source| source.text).collect();
    let mut broken = Vec::new();
    for source in with_extension(&["rs"]) {
        if PROGRAMS.iter().any(|folder| source.path.starts_with(folder)) {
            let missing = flags(&source)
                .into_iter()
                .filter(|flag| !mentions(&documentation, flag));
            broken.extend(missing.map(|flag| format!("{}: {flag}", source.path)));
        }
    }
    report(
        "A flag that is not in any .md file is known to its author only.",
        &broken,
    );
}

/// Whether the text has the flag itself, not only a longer one.
fn mentions(text: &str, flag: &str) -> bool {
    let mut rests = text.split(flag).skip(1);
    rests.any(|rest| !rest.starts_with(|c: char| c == '-' || c.is_ascii_alphanumeric()))
}

fn flags(source: &Source) -> Vec<String> {
    let file = syn::parse_file(&source.text).unwrap_or_else(|error| panic!("{}: {error}", source.path));
    let mut finder = Finder::default();
    finder.visit_file(&file);
    finder.flags
}

#[derive(Default)]
struct Finder {
    flags: Vec<String>,
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_field(&mut self, field: &'ast Field) {
        if let Some(ident) = &field.ident {
            let default = ident.to_string().replace('_', "-");
            let names = field
                .attrs
                .iter()
                .filter_map(|attribute| long_name(attribute, &default));
            self.flags.extend(names.map(|name| format!("--{name}")));
        }
        visit::visit_field(self, field);
    }
}

/// The flag's name in `#[arg(long)]` or `#[arg(long = "name")]`.
fn long_name(attribute: &Attribute, default: &str) -> Option<String> {
    if !attribute.path().is_ident("arg") {
        return None;
    }
    let mut name = None;
    // What else the attribute says is skipped by the error: `long` comes first here, as everywhere in this code base.
    let _ = attribute.parse_nested_meta(|meta| {
        if meta.path.is_ident("long") {
            let given = meta.input.peek(Token![=]).then(|| meta.value()?.parse::<LitStr>());
            name = Some(
                given
                    .transpose()?
                    .map_or_else(|| default.to_owned(), |given| given.value()),
            );
        }
        Ok(())
    });
    name
}

#[test]
fn flags_are_found_by_their_names() {
    let text = "struct A { #[arg(long, env = \"X\")] time_zone: String, #[arg(long = \"as\")] who: String, #[arg(short)] b: u8 }";
    let source = Source {
        path: "a.rs".to_owned(),
        text: text.to_owned(),
    };
    assert_eq!(flags(&source), ["--time-zone", "--as"]);
    assert!(mentions("use `--as EMAIL`", "--as") && !mentions("use --as-of", "--as"));
}
