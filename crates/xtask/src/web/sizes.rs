//! How much a browser has to load, and the budget for it.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

/// What the first visit is to cost on the wire: a second on a 5 Mbit/s line.
const FIRST_LOAD_GOAL_BYTES: u64 = 600_000;

/// What it may cost until the goal is reached: a ratchet, to be lowered with every step and never raised. Where the bytes
/// are, and what would take them away, is in ARCHITECTURE.md, "The size of the first load".
const FIRST_LOAD_LIMIT_BYTES: u64 = 785_000;

/// Bytes of one file as it is, and as the two compressed copies (the file itself where there is none).
#[derive(Default, Clone, Copy)]
struct Size {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

impl std::ops::AddAssign for Size {
    fn add_assign(&mut self, other: Self) {
        self.raw += other.raw;
        self.gzip += other.gzip;
        self.brotli += other.brotli;
    }
}

/// The sizes of dist.
pub(crate) struct Sizes {
    wasm: Size,
    first_load: Size,
}

impl Sizes {
    /// Measures what the page loads before it can be used: everything but licences and the like.
    pub(super) fn measure(dist: &Path) -> anyhow::Result<Self> {
        let mut sizes = Self {
            wasm: Size::default(),
            first_load: size(&dist.join("index.html"))?,
        };
        let assets = dist.join("assets");
        for entry in fs::read_dir(&assets).context("dist has no assets")? {
            let path = entry?.path();
            let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() || matches!(extension.as_str(), "br" | "gz" | "txt") {
                continue;
            }
            let size = size(&path)?;
            sizes.first_load += size;
            if extension == "wasm" {
                sizes.wasm += size;
            }
        }
        Ok(sizes)
    }

    /// One line each for the wasm file and the first load.
    pub(crate) fn print(&self) {
        for (what, size) in [("wasm", self.wasm), ("first load", self.first_load)] {
            println!("{what}: {} bytes, gzip {}, brotli {}", size.raw, size.gzip, size.brotli);
        }
        if let Some(over) = self.first_load.brotli.checked_sub(FIRST_LOAD_GOAL_BYTES + 1) {
            println!(
                "first load: {} bytes (brotli) over the goal of {FIRST_LOAD_GOAL_BYTES}",
                over + 1
            );
        }
    }

    /// An error when the first load is over what it may cost today.
    pub(crate) fn check_budget(&self) -> anyhow::Result<()> {
        let brotli = self.first_load.brotli;
        if brotli > FIRST_LOAD_LIMIT_BYTES {
            bail!("the first load is {brotli} bytes (brotli), over the limit of {FIRST_LOAD_LIMIT_BYTES}");
        }
        Ok(())
    }
}

fn size(path: &Path) -> anyhow::Result<Size> {
    let raw = fs::metadata(path)
        .with_context(|| format!("cannot read {}", path.display()))?
        .len();
    let packed = |extension: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(extension);
        fs::metadata(name).map_or(raw, |copy| copy.len())
    };
    Ok(Size {
        raw,
        gzip: packed(".gz"),
        brotli: packed(".br"),
    })
}
