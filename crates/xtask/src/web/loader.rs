//! The script that loads the parts, after some of them were merged (see [`super::merge`]).

use anyhow::Context;

/// The script when these chunks came into `part`: whoever needs one of them loads that part.
pub(super) fn with_merged(script: &str, part: &str, chunks: &[&str]) -> anyhow::Result<String> {
    let mut script = with_other(script, part, chunks)?;
    let begin = format!("export const __wasm_split_load_{part} = wrapAsyncCb(makeLoad(");
    replace(&mut script, &begin, "]));", |inside| {
        let (load, needs) = inside.rsplit_once('[')?;
        let is_left = |need: &&str| !chunks.iter().any(|chunk| need.strip_prefix("__") == Some(*chunk));
        let needs: Vec<&str> = needs.split(", ").filter(is_left).collect();
        let needs = needs.join(", ");
        Some(format!(
            "const __{part} = makeLoad({load}[{needs}]);\nexport const __wasm_split_load_{part} = wrapAsyncCb(__{part});"
        ))
    })?;
    Ok(script)
}

/// The script when these chunks are in the file of another: whoever needs one of them loads that.
pub(super) fn with_other(script: &str, other: &str, chunks: &[&str]) -> anyhow::Result<String> {
    let mut script = script.to_owned();
    for chunk in chunks {
        let begin = format!("const __{chunk} = makeLoad(");
        replace(&mut script, &begin, "\n, []);", |_| {
            Some(format!("const __{chunk} = () => __{other}();"))
        })?;
    }
    Ok(script)
}

/// The script when a file has another name.
pub(super) fn with_name(script: &str, old: &str, new: &str) -> String {
    script.replace(&format!("\"./{old}\""), &format!("\"./{new}\""))
}

/// Replaces the one passage between these, and them.
fn replace(
    script: &mut String,
    begin: &str,
    end: &str,
    with: impl FnOnce(&str) -> Option<String>,
) -> anyhow::Result<()> {
    let unknown = || format!("the script that loads the parts has no {begin:?} as it is known here");
    let from = script.find(begin).with_context(unknown)?;
    let inside = from + begin.len();
    let length = script[inside..].find(end).with_context(unknown)?;
    let new = with(&script[inside..inside + length]).with_context(unknown)?;
    script.replace_range(from..inside + length + end.len(), &new);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{with_merged, with_name};

    const SCRIPT: &str = r#"
const __chunk_5 = makeLoad(() => fetch("./chunk_5.wasm")
, []);
const __chunk_6 = makeLoad(() => fetch("./chunk_6.wasm")
, []);
export const __wasm_split_load_plan = wrapAsyncCb(makeLoad(() => fetch("./split_plan.wasm")
, [__chunk_5, __chunk_6]));
export const __wasm_split_load_history = wrapAsyncCb(makeLoad(() => fetch("./split_history.wasm")
, [__chunk_5, __chunk_6]));
"#;

    #[test]
    fn who_needs_what_was_merged_loads_the_part_that_it_came_into() {
        let expected = r#"
const __chunk_5 = makeLoad(() => fetch("./chunk_5.wasm")
, []);
const __chunk_6 = () => __plan();
const __plan = makeLoad(() => fetch("./split_plan.wasm")
, [__chunk_5]);
export const __wasm_split_load_plan = wrapAsyncCb(__plan);
export const __wasm_split_load_history = wrapAsyncCb(makeLoad(() => fetch("./split_history.wasm")
, [__chunk_5, __chunk_6]));
"#;
        let merged = with_merged(SCRIPT, "plan", &["chunk_6"]).expect("the script of the test");
        assert_eq!(merged, expected);
        assert!(with_merged(&merged, "plan", &["chunk_6"]).is_err(), "merged twice");
    }

    #[test]
    fn a_file_of_another_name_is_loaded_by_it() {
        assert!(with_name(SCRIPT, "chunk_5.wasm", "other.wasm").contains("fetch(\"./other.wasm\")"));
    }
}
