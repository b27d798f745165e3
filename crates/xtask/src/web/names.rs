//! Names that hold their content's hash, and the references to them.

use std::collections::BTreeMap;

use anyhow::bail;

use super::Files;

/// How the sources refer to each other: `/assets/NAME`.
pub(super) const PREFIX: &str = "/assets/";

/// Hexadecimal digits of the hash in a name: 48 bits, plenty for a few dozen files.
const HASH_DIGITS: usize = 12;

/// From a source's name to the name that it is served under.
#[derive(Default)]
pub(super) struct Names(BTreeMap<String, String>);

impl Names {
    /// Gives a file its name: `style.css` becomes `style-0123456789ab.css`.
    pub(super) fn give(&mut self, name: &str, bytes: &[u8]) -> String {
        let hash = blake3::hash(bytes).to_hex();
        let digits = &hash[..HASH_DIGITS];
        let hashed = match name.rsplit_once('.') {
            Some((stem, extension)) => format!("{stem}-{digits}.{extension}"),
            None => format!("{name}-{digits}"),
        };
        self.0.insert(name.to_owned(), hashed.clone());
        hashed
    }

    /// Gives files that refer to each other one folder, named after the content of all; returns them with their names in it.
    pub(super) fn give_folder(&mut self, name: &str, files: Files) -> Files {
        let mut hasher = blake3::Hasher::new();
        for (file, bytes) in &files {
            // The length in front, so that two parts cannot pass for two others.
            for part in [file.as_bytes(), bytes] {
                hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
            }
        }
        let folder = format!("{name}-{}", &hasher.finalize().to_hex()[..HASH_DIGITS]);
        let place = |(file, bytes)| {
            let placed = format!("{folder}/{file}");
            self.0.insert(file, placed.clone());
            (placed, bytes)
        };
        files.into_iter().map(place).collect()
    }

    /// Rewrites every `/assets/NAME` of a text; a name that is not there is an error, not a dead link.
    pub(super) fn rewrite(&self, file: &str, text: &str) -> anyhow::Result<String> {
        let mut parts = text.split(PREFIX);
        let mut rewritten = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|c: char| !is_name_char(c)).unwrap_or(part.len());
            let end = part[..end].trim_end_matches('.').len(); // a full stop after a name ends a sentence
            let (name, rest) = part.split_at(end);
            let Some(hashed) = self.0.get(name) else {
                bail!("client-wasm/assets/{file} refers to {PREFIX}{name}, which is not there (or refers back)");
            };
            rewritten.extend([PREFIX, hashed, rest]);
        }
        Ok(rewritten)
    }
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn a_reference_gets_the_hash_of_the_content() {
        let mut names = Names::default();
        let hashed = names.give("font.woff2", b"bytes");
        let css = names.rewrite("style.css", r#"src: url("/assets/font.woff2") format"#);
        assert_eq!(
            css.expect("the name is known"),
            format!(r#"src: url("/assets/{hashed}") format"#)
        );
        assert_ne!(
            hashed,
            names.give("font.woff2", b"other bytes"),
            "other content must have another name"
        );
    }

    #[test]
    fn a_reference_to_nothing_is_an_error() {
        let error = Names::default()
            .rewrite("style.css", "url(/assets/gone.png)")
            .expect_err("nothing is there");
        assert!(error.to_string().contains("gone.png"), "{error}");
    }
}
