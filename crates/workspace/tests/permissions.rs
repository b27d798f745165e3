//! The tables of `docs/permissions.md` are made from those in the code, between marks in the text; this fails when they
//! are stale. `UPDATE_EXPECT=1` writes them anew.

use std::fs;
use std::path::Path;

use domain::event::Scope;
use domain::role::{Writers, writers};
use domain::schema::{Field, Who};
use domain::{Part, Right, Role, Schema, Stage};
use expect_test::expect_file;

type Row = Vec<String>;

/// A table as the file has it: columns of equal width, so that it can be read as it is.
fn table(titles: &[&str], body: &[Row]) -> String {
    let titles: Row = titles.iter().map(|title| (*title).to_owned()).collect();
    let columns = titles.len();
    let width = |column: usize| {
        let cells = body.iter().chain([&titles]).map(|row| row[column].chars().count());
        cells.max().unwrap_or(0).max(3)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let rule: Row = widths.iter().map(|width| "-".repeat(*width)).collect();
    let line = |row: &Row| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!(" {cell:width$} |"));
        format!("|{}\n", cells.collect::<String>())
    };
    [&titles, &rule].into_iter().chain(body).map(line).collect()
}

fn rights_by_role() -> String {
    let roles = Role::ALL.map(Role::label);
    let titles = [&["may"], &roles[..], &["scope of a token"]].concat();
    let row = |right: Right| {
        let marks = Role::ALL.map(|role| if role.may(right) { "yes" } else { "" }.to_owned());
        let ends = [right.words().to_owned(), Scope::of(right).to_string()];
        [&ends[..1], &marks, &ends[1..]].concat()
    };
    let rows: Vec<Row> = Right::ALL.into_iter().map(row).collect();
    table(&titles, &rows)
}

fn writers_by_section() -> String {
    let stages = Stage::ALL.map(Stage::label);
    let titles = [&["section"], &stages[..]].concat();
    let schema = Schema::standard();
    let rows = schema.sections.iter().map(|section| {
        let who = Stage::ALL.map(|stage| who_writes(writers(section.id, stage)).to_owned());
        [&[section.title.to_string()], &who[..]].concat()
    });
    table(&titles, &rows.collect::<Vec<Row>>())
}

const fn who_writes(writers: Writers) -> &'static str {
    match writers {
        Writers::Team => "team",
        Writers::TeamAndManagers => "team, managers",
        Writers::Leads => "leads",
    }
}

/// Who the words of the table above stand for.
fn groups() -> String {
    let row = |word: &str, is_one: &dyn Fn(Role) -> bool| {
        let roles: Vec<&str> = Role::ALL
            .into_iter()
            .filter(|role| is_one(*role))
            .map(Role::label)
            .collect();
        vec![word.to_owned(), roles.join(", ")]
    };
    let rows = [
        row("leads", &|role| role.may(Right::EditLed)),
        row("team", &|role| role.may(Right::EditContent)),
        row("managers", &|role| {
            role.may(Right::SetObjectives) && !role.may(Right::EditContent)
        }),
    ];
    table(&["word", "roles"], &rows)
}

/// Fields that not everyone writes who writes in the section, or not everyone reads who reads the plan.
fn fields_apart() -> String {
    let schema = Schema::standard();
    let all = schema
        .sections
        .iter()
        .flat_map(|section| section.fields.iter().map(move |field| (section, field)));
    let rows = all.filter_map(|(section, field)| {
        let why = why_apart(field);
        (!why.is_empty()).then(|| vec![section.title.to_string(), field.label.to_string(), why.join("; ")])
    });
    table(&["section", "field", "how"], &rows.collect::<Vec<Row>>())
}

fn why_apart(field: &Field) -> Vec<&'static str> {
    let who = match field.who {
        // Every section has comments: the text says who writes them.
        Who::Team | Who::Commenters => None,
        Who::Leads => Some("written by the leads"),
        Who::Server => Some("written by the server"),
    };
    let own = field.own.then_some("each person's own entry");
    let personal = field.sealed.map(|_| match field.part() {
        Part::Links => "personal: the notes are sealed, who is linked is not",
        Part::Fields | Part::Own | Part::Prose => "personal: sealed",
    });
    [who, own, personal].into_iter().flatten().collect()
}

/// The text with each table put anew between its marks.
fn renewed(text: &str) -> String {
    let tables = [
        ("rights", rights_by_role()),
        ("sections", writers_by_section()),
        ("groups", groups()),
        ("fields", fields_apart()),
    ];
    tables.iter().fold(text.to_owned(), |text, (name, table)| {
        let begin = format!("<!-- {name}: made by crates/workspace/tests/permissions.rs -->\n");
        let end = format!("<!-- {name} end -->\n");
        let (before, rest) = text.split_once(&begin).expect("the text marks where the table begins");
        let (_, after) = rest.split_once(&end).expect("the text marks where the table ends");
        format!("{before}{begin}\n{table}\n{end}{after}")
    })
}

#[test]
fn the_documentation_of_permissions_is_what_the_tables_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/permissions.md");
    let text = fs::read_to_string(path).expect("the documentation is there");
    expect_file!["../../../docs/permissions.md"].assert_eq(&renewed(&text));
}
