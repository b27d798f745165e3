//! `cargo xtask build`: the release binaries, with the web application inside.

use crate::commands::setup;
use crate::web::{self, Variant};
use crate::{paths, process};

/// Builds `interlock` and `interlock-bench`; fails when the first load is over its budget.
pub(crate) fn run() -> anyhow::Result<()> {
    setup::wasm_target()?;
    let sizes = web::build(Variant::Release)?;
    sizes.print();
    sizes.check_budget()?;
    process::run(&mut process::cargo([
        "build",
        "--release",
        "-p",
        "interlock",
        "-p",
        "interlock-bench",
    ]))?;
    for name in ["interlock", "interlock-bench"] {
        println!("{}", paths::binary("release", name).display());
    }
    Ok(())
}
