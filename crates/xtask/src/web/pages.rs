//! From the client's outputs and the files of client-wasm/assets to the content of dist.

use std::fs;
use std::path::Path;

use anyhow::Context;

use super::Files;
use super::names::Names;

/// The page; the only file with a fixed name, since its address is what a person types.
const INDEX: &str = "index.html";

/// Reads the folder of sources, which is flat.
pub(super) fn read_sources(folder: &Path) -> anyhow::Result<Files> {
    let mut files = Files::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.insert(
                entry.file_name().to_string_lossy().into_owned(),
                fs::read(entry.path())?,
            );
        }
    }
    Ok(files)
}

/// Gives every file its name and rewrites the references, those that are referred to first.
pub(super) fn assemble(bound: Files, sources: Files) -> anyhow::Result<Files> {
    let (snippets, bound): (Files, Files) = bound.into_iter().partition(|(name, _)| name.starts_with("snippets/"));
    let mut all: Vec<(String, Vec<u8>)> = bound.into_iter().chain(sources).collect();
    all.sort_by_key(|(name, _)| order(name));

    let mut names = Names::default();
    let mut dist: Files = snippets
        .into_iter()
        .map(|(name, bytes)| (format!("assets/{name}"), bytes))
        .collect();
    for (name, bytes) in all {
        let bytes = if is_rewritten(&name) {
            let text = String::from_utf8(bytes).with_context(|| format!("{name} is not text"))?;
            names.rewrite(&name, &text)?.into_bytes()
        } else {
            bytes
        };
        if name == INDEX {
            dist.insert(name, bytes);
        } else {
            dist.insert(format!("assets/{}", names.give(&name, &bytes)), bytes);
        }
    }
    Ok(dist)
}

/// What is referred to comes before what refers to it.
fn order(name: &str) -> u8 {
    match extension(name) {
        "html" => 3,
        "js" if name != "client.js" => 2,
        "css" | "webmanifest" => 1,
        _ => 0,
    }
}

fn is_rewritten(name: &str) -> bool {
    order(name) > 0
}

fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

#[cfg(test)]
mod tests {
    use super::{Files, assemble};

    fn files(list: &[(&str, &str)]) -> Files {
        list.iter()
            .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
            .collect()
    }

    fn index(font: &str) -> String {
        let bound = files(&[
            ("client.js", "glue"),
            ("client.wasm", "wasm"),
            ("snippets/a-1/inline0.js", "x"),
        ]);
        let sources = files(&[
            ("boot.js", "import '/assets/client.js'; '/assets/client.wasm'"),
            ("font.woff2", font),
            (
                "index.html",
                "<script src=/assets/boot.js></script><link href=/assets/style.css>",
            ),
            ("style.css", "url(/assets/font.woff2)"),
        ]);
        let dist = assemble(bound, sources).expect("every reference is there");
        assert!(
            dist.contains_key("assets/snippets/a-1/inline0.js"),
            "snippets keep their names"
        );
        String::from_utf8(dist["index.html"].clone()).expect("it was text")
    }

    #[test]
    fn a_changed_font_changes_the_address_of_the_style_that_uses_it() {
        assert_ne!(index("one"), index("two"));
        assert_eq!(index("one"), index("one"));
    }
}
