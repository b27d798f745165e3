//! `cargo xtask web`: the web application, in dist/.

use crate::web::{self, Variant};

/// Which of the two builds.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Compile fast instead of small, for work on the client.
    #[arg(long)]
    dev: bool,
}

/// Builds the web application and prints its size.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let variant = if options.dev { Variant::Dev } else { Variant::Release };
    web::build(variant)?.print();
    Ok(())
}
