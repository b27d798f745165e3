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
///
/// What is bound refers to itself in circles, so no file of it can hold the others' hashes: they share a folder that does.
pub(super) fn assemble(bound: Files, sources: Files) -> anyhow::Result<Files> {
    let mut names = Names::default();
    let mut dist: Files = names
        .give_folder("client", bound)
        .into_iter()
        .map(|(name, bytes)| (format!("assets/{name}"), bytes))
        .collect();
    let mut sources: Vec<(String, Vec<u8>)> = sources.into_iter().collect();
    sources.sort_by_key(|(name, _)| order(name));
    for (name, bytes) in sources {
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
        "js" => 2,
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

    /// The page that names these.
    fn index(font: &str, part: &str) -> String {
        let bound = files(&[
            ("client.js", "import './snippets/a-1/inline0.js'"),
            ("client.wasm", "wasm"),
            ("split_plan.wasm", part),
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
        let script = dist.keys().find(|name| name.ends_with("/client.js"));
        let folder = script
            .and_then(|name| name.strip_suffix("/client.js"))
            .expect("the script is there");
        assert!(
            dist.contains_key(&format!("{folder}/snippets/a-1/inline0.js")),
            "what the script imports lies beside it"
        );
        String::from_utf8(dist["index.html"].clone()).expect("it was text")
    }

    #[test]
    fn a_changed_font_changes_the_address_of_the_style_that_uses_it() {
        assert_ne!(index("one", "part"), index("two", "part"));
        assert_eq!(index("one", "part"), index("one", "part"));
    }

    #[test]
    fn a_changed_part_changes_the_address_of_the_script_that_loads_it() {
        assert_ne!(index("one", "part"), index("one", "another"));
    }
}
