//! Which crate may know which: dependencies point one way, and the cores do no I/O.

use std::fs;

use crate::sources::{Source, report, root, with_extension};

const LIBRARIES: &[&str] = &[
    "domain",
    "plan",
    "protocol",
    "journal",
    "workspace",
    "relay",
    "session",
    "reports",
    "export",
];

/// Our own crates that a crate may depend on. Tests (dev-dependencies) may know more.
const ALLOWED: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("plan", &["domain"]),
    ("protocol", &["domain"]),
    ("journal", &["domain"]),
    ("workspace", &["domain"]),
    ("reports", &["domain"]),
    ("relay", &["domain", "plan", "protocol"]),
    ("session", &["domain", "plan", "protocol"]),
    ("export", &["domain", "plan", "reports"]),
    ("simulation", LIBRARIES),
    ("interlock-fuzz", LIBRARIES),
    ("interlock-bench", LIBRARIES),
    ("interlock", LIBRARIES),
    ("client-wasm", &["domain", "plan", "protocol", "session", "reports"]),
    ("xtask", &[]),
    ("e2e", &["domain"]),
];

/// Given `now`, randomness and bytes; they touch nothing themselves.
const CORES: [&str; 8] = [
    "domain",
    "plan",
    "protocol",
    "relay",
    "session",
    "workspace",
    "reports",
    "export",
];

/// Crates that touch the outside: files, network, clocks, threads, the browser.
const OUTSIDE: [&str; 13] = [
    "axum",
    "fs4",
    "js-sys",
    "leptos",
    "reqwest",
    "rustix",
    "sled",
    "tokio",
    "tokio-tungstenite",
    "tracing-subscriber",
    "wasm-bindgen",
    "web-sys",
    "tempfile",
];

/// Named by one crate only, so that one crate has to change when they do.
const OWNED: [(&str, &str); 3] = [("automerge", "plan"), ("hexane", "plan"), ("sled", "interlock")];

struct Manifest {
    path: String,
    name: String,
    dependencies: Vec<String>,
    dev_dependencies: Vec<String>,
    has_workspace_lints: bool,
}

fn manifests() -> Vec<Manifest> {
    let is_crate = |source: &Source| source.path.ends_with("/Cargo.toml");
    with_extension(&["toml"])
        .iter()
        .filter(|source| is_crate(source))
        .map(read_manifest)
        .collect()
}

fn read_manifest(source: &Source) -> Manifest {
    let table: toml::Table = source
        .text
        .parse()
        .unwrap_or_else(|error| panic!("{}: {error}", source.path));
    let names = |table: &toml::Table, key: &str| -> Vec<String> {
        table
            .get(key)
            .and_then(toml::Value::as_table)
            .map(|entries| entries.keys().cloned().collect())
            .unwrap_or_default()
    };
    let mut dependencies = names(&table, "dependencies");
    dependencies.extend(names(&table, "build-dependencies"));
    let platforms = table
        .get("target")
        .and_then(toml::Value::as_table)
        .cloned()
        .unwrap_or_default();
    for platform in platforms.values().filter_map(toml::Value::as_table) {
        dependencies.extend(names(platform, "dependencies"));
    }
    Manifest {
        path: source.path.clone(),
        name: table["package"]["name"]
            .as_str()
            .expect("a package has a name")
            .to_owned(),
        dependencies,
        dev_dependencies: names(&table, "dev-dependencies"),
        has_workspace_lints: table.get("lints").and_then(|lints| lints.get("workspace")).is_some(),
    }
}

#[test]
fn dependencies_point_one_way() {
    let ours: Vec<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
    let mut broken = Vec::new();
    for manifest in manifests() {
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == manifest.name) else {
            broken.push(format!(
                "{}: decide here what {} may depend on",
                manifest.path, manifest.name
            ));
            continue;
        };
        let wrong = manifest
            .dependencies
            .iter()
            .filter(|name| ours.contains(&name.as_str()) && !allowed.contains(&name.as_str()));
        broken.extend(wrong.map(|name| format!("{}: {} must not know {name}", manifest.path, manifest.name)));
    }
    report(
        "A core that knows its shell cannot be tested or replaced without it.",
        &broken,
    );
}

#[test]
fn cores_depend_on_nothing_that_touches_the_outside() {
    let mut broken = Vec::new();
    for manifest in manifests()
        .iter()
        .filter(|manifest| CORES.contains(&manifest.name.as_str()))
    {
        let wrong = manifest
            .dependencies
            .iter()
            .filter(|name| OUTSIDE.contains(&name.as_str()));
        broken.extend(wrong.map(|name| format!("{}: {name}", manifest.path)));
    }
    report(
        "The cores run in plain unit tests, with any clock, natively and in the browser.",
        &broken,
    );
}

#[test]
fn every_core_has_the_lints_that_ban_clocks_and_chance() {
    let shared = fs::read_to_string(root().join("crates/clippy-core.toml")).expect("the shared file is there");
    let has_them = |path: &str| {
        let folder = path.trim_end_matches("Cargo.toml");
        fs::read_to_string(root().join(folder).join("clippy.toml")).is_ok_and(|text| text == shared)
    };
    let cores = manifests()
        .into_iter()
        .filter(|manifest| CORES.contains(&manifest.name.as_str()));
    let broken: Vec<String> = cores
        .map(|manifest| manifest.path)
        .filter(|path| !has_them(path))
        .collect();
    report(
        "Link to it: `ln -s ../clippy-core.toml clippy.toml` in the crate's folder.",
        &broken,
    );
}

#[test]
fn only_plan_names_automerge() {
    let mut broken = Vec::new();
    for manifest in manifests() {
        for name in manifest.dependencies.iter().chain(&manifest.dev_dependencies) {
            if let Some((_, owner)) = OWNED.iter().find(|(owned, _)| owned == name)
                && *owner != manifest.name
            {
                broken.push(format!("{}: {name} belongs to {owner}", manifest.path));
            }
        }
    }
    report("What is behind one crate can be replaced in one crate.", &broken);
}

#[test]
fn every_crate_has_the_lints_of_the_workspace() {
    let without = manifests().into_iter().filter(|manifest| !manifest.has_workspace_lints);
    let broken: Vec<String> = without.map(|manifest| manifest.path).collect();
    report("`[lints] workspace = true` is missing.", &broken);
}
