//! How much a browser has to load, and the budget for it.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

use super::files_under;
use super::split::Load;

/// What the first visit may cost on the wire, sign-in and the list of plans: a second on a 5 Mbit/s line.
const FIRST_LOAD_LIMIT_BYTES: u64 = 600_000;

/// What a plan may cost whose address a new browser opens at once: a ratchet, half a per cent above what was reached, to be
/// lowered with every step. What took bytes and what gave them back is in ARCHITECTURE.md, "The size of the first load".
const PLAN_LIMIT_BYTES: u64 = 889_000;

/// The letters that few names need: a browser loads them when one does (`unicode-range` in the style sheet).
const RARE_LETTERS: &str = "inter-ext";

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
    /// The modules of WebAssembly, together.
    wasm: Size,
    /// What the page loads before it can be used.
    first_load: Size,
    /// The same and the parts that an open plan needs.
    plan: Size,
}

impl Sizes {
    /// Measures what a browser loads: everything but licences and the like.
    pub(super) fn measure(dist: &Path) -> anyhow::Result<Self> {
        let mut sizes = Self {
            wasm: Size::default(),
            first_load: Size::default(),
            plan: Size::default(),
        };
        for path in files_under(dist)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let extension = path.extension().unwrap_or_default().to_string_lossy();
            if matches!(&*extension, "br" | "gz" | "txt") || name.starts_with(RARE_LETTERS) {
                continue;
            }
            let size = size(&path)?;
            let load = Load::of(&name);
            if load != Load::Page {
                sizes.plan += size;
            }
            if load == Load::First {
                sizes.first_load += size;
            }
            if extension == "wasm" {
                sizes.wasm += size;
            }
        }
        Ok(sizes)
    }

    /// One line each for the modules and for what two visits load.
    pub(crate) fn print(&self) {
        let lines = [
            ("wasm", self.wasm),
            ("first load", self.first_load),
            ("first load of an open plan", self.plan),
        ];
        for (what, size) in lines {
            println!("{what}: {} bytes, gzip {}, brotli {}", size.raw, size.gzip, size.brotli);
        }
    }

    /// An error when a visit loads more than it may.
    pub(crate) fn check_budget(&self) -> anyhow::Result<()> {
        let limits = [
            ("the first load", self.first_load, FIRST_LOAD_LIMIT_BYTES),
            ("the first load of an open plan", self.plan, PLAN_LIMIT_BYTES),
        ];
        for (what, Size { brotli, .. }, limit) in limits {
            if brotli > limit {
                bail!("{what} is {brotli} bytes (brotli), over the limit of {limit}");
            }
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
