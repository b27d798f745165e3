//! Cuts the compiled client into what loads at once and what loads when a page first needs it.
//!
//! The cuts are the functions that the client marks with `wasm_split`: what only they reach goes into their part.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::fs;

use anyhow::{Context, anyhow};
use wasm_encoder::reencode::{self, Reencode};
use wasmparser::{CustomSectionReader, Parser};

use super::{Files, Variant, fresh_folder, loader, merge};

/// The script that loads the parts; the bound script imports it from beside itself.
const LOADER: &str = "parts.js";

/// What the name of a part begins with, among the files of [`split`], and of what several parts share.
const LATER: [&str; 2] = ["split_", CHUNK];
const CHUNK: &str = "chunk_";
/// The same of what an open plan needs. The other parts come when one of their pages is opened.
const OF_PLAN: [&str; 2] = ["split_plan", CHUNK];

/// The part of an open plan, and the parts whose pages are only shown inside one: what they share with it is merged into it.
const PLAN: &str = "plan";
const INSIDE_PLAN: [&str; 2] = ["history", "more"];

/// When a browser loads a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Load {
    /// On the first visit.
    First,
    /// When a plan is opened.
    Plan,
    /// When some other page is.
    Page,
}

impl Load {
    /// When the file of this name is loaded.
    pub(super) fn of(name: &str) -> Self {
        if OF_PLAN.iter().any(|begin| name.starts_with(begin)) {
            Self::Plan
        } else if LATER.iter().any(|begin| name.starts_with(begin)) {
            Self::Page
        } else {
            Self::First
        }
    }
}

/// Gives back the module that loads at once, still to be bound, and adds the loader and the later parts to `files`.
pub(super) fn split(compiled: &[u8], variant: Variant, files: &mut Files) -> anyhow::Result<Vec<u8>> {
    let folder = fresh_folder("split")?;
    let main = folder.join("main.wasm");
    let link_name = format!("./{LOADER}");
    let mut options = wasm_split_cli_support::Options::new(compiled);
    options.output_dir = &folder;
    options.main_out_path = &main;
    options.link_name = &link_name;
    options.main_module = "./client.js";
    let parts = wasm_split_cli_support::transform(options).map_err(|error| anyhow!("wasm-split: {error:#}"))?;

    let mut script = fs::read_to_string(folder.join(LOADER))?;
    for part in &parts.split_modules {
        let name = part.file_name().context("a part has a name")?;
        let name = name.to_str().context("names of parts are plain")?.to_owned();
        let bytes = fs::read(part)?;
        files.insert(name, packed(&bytes, variant)?);
    }
    merge_into_plan(&parts.prefetch_map, files, &mut script)?;
    files.insert(LOADER.to_owned(), script.into_bytes());
    fs::read(&main).context("no main module")
}

/// Merges into the plan's part what only it and the parts inside of it need, and into one file what it shares with the
/// others; what it does not need is named so.
fn merge_into_plan(needs: &HashMap<String, Vec<String>>, files: &mut Files, script: &mut String) -> anyhow::Result<()> {
    let is_needed_by = |part: &str, chunk: &String| needs.get(part).is_some_and(|needs| needs.contains(chunk));
    let is_only_inside = |chunk: &String| {
        let mut others = needs.keys().filter(|part| *part != PLAN && is_needed_by(part, chunk));
        others.all(|part| INSIDE_PLAN.contains(&part.as_str()))
    };
    let chunks: BTreeSet<&String> = needs
        .values()
        .flatten()
        .filter(|name| name.starts_with(CHUNK))
        .collect();
    let (of_plan, of_others): (Vec<&String>, Vec<&String>) =
        chunks.into_iter().partition(|chunk| is_needed_by(PLAN, chunk));
    let (inside, shared): (Vec<&String>, Vec<&String>) = of_plan.into_iter().partition(|chunk| is_only_inside(chunk));

    for chunk in of_others {
        let (old, new) = (format!("{chunk}.wasm"), format!("split_{chunk}.wasm"));
        *script = loader::with_name(script, &old, &new);
        let bytes = files.remove(&old).context("a chunk has a file")?;
        files.insert(new, bytes);
    }
    let inside: Vec<&str> = inside.into_iter().map(String::as_str).collect();
    merge(files, &inside, "split_plan")?;
    *script = loader::with_merged(script, PLAN, &inside)?;
    let shared: Vec<&str> = shared.into_iter().map(String::as_str).collect();
    if let [first, others @ ..] = &shared[..] {
        merge(files, others, first)?;
        *script = loader::with_other(script, first, others)?;
    }
    // The others by themselves: their functions get the order that packs best.
    let whole = ["split_plan", shared.first().copied().unwrap_or_default()];
    let others: Vec<String> = files
        .keys()
        .filter_map(|name| name.strip_suffix(".wasm"))
        .filter(|name| !whole.contains(name))
        .map(str::to_owned)
        .collect();
    others.iter().try_for_each(|name| merge(files, &[], name))
}

/// Merges the files of these parts into that of another.
fn merge(files: &mut Files, from: &[&str], into: &str) -> anyhow::Result<()> {
    let names = from.iter().copied().chain([into]);
    let parts: Vec<Vec<u8>> = names
        .map(|name| files.remove(&format!("{name}.wasm")).context("a part has a file"))
        .collect::<Result<_, _>>()?;
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    files.insert(format!("{into}.wasm"), merge::merged(&parts)?);
    Ok(())
}

/// The module written anew: the linker leaves room for relocation in every number, a sixth of the code.
fn packed(part: &[u8], variant: Variant) -> anyhow::Result<Vec<u8>> {
    let mut module = wasm_encoder::Module::new();
    Shipped { variant }
        .parse_core_module(&mut module, Parser::new(0), part)
        .map_err(|error| anyhow!("a part of the client: {error}"))?;
    Ok(module.finish())
}

/// What is shipped of a module: everything but the names, which only help who looks for a fault.
struct Shipped {
    variant: Variant,
}

impl Reencode for Shipped {
    type Error = Infallible;

    fn parse_custom_section(
        &mut self,
        module: &mut wasm_encoder::Module,
        section: CustomSectionReader<'_>,
    ) -> Result<(), reencode::Error<Self::Error>> {
        match self.variant {
            Variant::Release => Ok(()),
            Variant::Dev => reencode::utils::parse_custom_section(self, module, section),
        }
    }
}
