//! What of a file is on the disk for sure, and what may or may not be there when the power goes.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;

use super::chance::{below, chance};

/// The unit in which the system keeps and writes files.
const PAGE_BYTES: usize = 4096;
/// The pieces that reach the disk as a whole or not at all: less than any disk's sector, a sector, a page.
const GRAINS_BYTES: [usize; 3] = [64, 512, PAGE_BYTES];

/// A file: what is read from it, and what is on the disk.
#[derive(Debug, Clone, Default)]
pub(super) struct Platter {
    /// What is read.
    cache: Vec<u8>,
    /// What is on the disk, where it is not in doubt; none: the file was never synced, and anything may be there.
    durable: Option<Vec<u8>>,
    /// The pages in doubt.
    pages: BTreeMap<usize, Page>,
}

/// A page that may be on the disk in one of several forms.
#[derive(Debug, Clone, Default)]
struct Page {
    /// What was written since it was durable, oldest first.
    versions: Vec<Vec<u8>>,
    /// The next sync writes it. A page that a failed sync gave up is not dirty, though it is not on the disk.
    dirty: bool,
}

impl Platter {
    /// A new file of zeros that was never synced.
    pub(super) fn zeroed(bytes: usize) -> Self {
        Self {
            cache: vec![0; bytes],
            ..Self::default()
        }
    }

    /// A file whose bytes are all on the disk.
    pub(super) fn durable(bytes: Vec<u8>) -> Self {
        Self {
            cache: bytes.clone(),
            durable: Some(bytes),
            pages: BTreeMap::new(),
        }
    }

    /// What is read from it.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.cache
    }

    /// Writes into the cache.
    pub(super) fn write(&mut self, bytes: &[u8], offset: usize) {
        let end = offset + bytes.len();
        if bytes.is_empty() {
            return;
        }
        if end > self.cache.len() {
            self.cache.resize(end, 0);
            if let Some(durable) = &mut self.durable {
                durable.resize(end, 0);
            }
        }
        self.cache[offset..end].copy_from_slice(bytes);
        if self.durable.is_some() {
            for page in offset / PAGE_BYTES..=(end - 1) / PAGE_BYTES {
                let now = page_of(&self.cache, page).to_vec();
                let page = self.pages.entry(page).or_default();
                page.versions.push(now);
                page.dirty = true;
            }
        }
    }

    /// A sync that did what it says.
    pub(super) fn sync(&mut self) {
        let Self { cache, durable, pages } = self;
        let Some(durable) = durable else {
            *durable = Some(cache.clone());
            return;
        };
        pages.retain(|page, doubt| {
            if doubt.dirty {
                page_of_mut(durable, *page).copy_from_slice(page_of(cache, *page));
            }
            !doubt.dirty
        });
    }

    /// A sync that failed: the system takes what it could not write for written, and does not try again.
    pub(super) fn sync_failed(&mut self, rng: &mut ChaCha8Rng) {
        if self.durable.is_none() {
            self.durable = Some(image_of_new(&self.cache, self.cache.len(), rng));
            for page in 0..self.cache.len().div_ceil(PAGE_BYTES) {
                let versions = vec![page_of(&self.cache, page).to_vec()];
                self.pages.insert(page, Page { versions, dirty: false });
            }
        }
        for page in self.pages.values_mut() {
            page.dirty = false;
        }
    }

    /// The system may forget pages that it takes for written, and read them from the disk again.
    pub(super) fn evict(&mut self, rng: &mut ChaCha8Rng) {
        let Self { cache, durable, pages } = self;
        let Some(durable) = durable else { return };
        pages.retain(|page, doubt| {
            if doubt.dirty || chance(rng, 0.5) {
                return true;
            }
            let found = doubt.image(page_of(durable, *page), PAGE_BYTES, Fate::Mixed, rng);
            page_of_mut(durable, *page).copy_from_slice(&found);
            page_of_mut(cache, *page).copy_from_slice(&found);
            false
        });
    }

    /// What is on the disk after the power went.
    pub(super) fn image(&self, rng: &mut ChaCha8Rng) -> Vec<u8> {
        let Some(durable) = &self.durable else {
            let bytes = match below(rng, 3) {
                0 => 0,
                1 => below(rng, self.cache.len() + 1),
                _ => self.cache.len(),
            };
            return image_of_new(&self.cache, bytes, rng);
        };
        let grain = GRAINS_BYTES[below(rng, GRAINS_BYTES.len())];
        let fate = Fate::any(rng);
        let mut image = durable.clone();
        for (page, doubt) in &self.pages {
            let found = doubt.image(page_of(durable, *page), grain, fate, rng);
            page_of_mut(&mut image, *page).copy_from_slice(&found);
        }
        image
    }
}

/// What became of the writes that no sync had confirmed.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// All of them reached the disk.
    All,
    /// None did.
    None,
    /// Each piece as it happens.
    Mixed,
}

impl Fate {
    fn any(rng: &mut ChaCha8Rng) -> Self {
        match below(rng, 8) {
            0 => Self::All,
            1 => Self::None,
            _ => Self::Mixed,
        }
    }
}

impl Page {
    /// The page as it is found: each piece of it in any of the forms it had, in whatever order they were written.
    fn image(&self, durable: &[u8], grain: usize, fate: Fate, rng: &mut ChaCha8Rng) -> Vec<u8> {
        let mut image = durable.to_vec();
        for start in (0..image.len()).step_by(grain) {
            let version = match fate {
                Fate::All => self.versions.len(),
                Fate::None => 0,
                Fate::Mixed => below(rng, self.versions.len() + 1),
            };
            let Some(version) = version.checked_sub(1).and_then(|version| self.versions.get(version)) else {
                continue;
            };
            // A version may be from when the file was shorter.
            let end = (start + grain).min(image.len()).min(version.len());
            if start < end {
                image[start..end].copy_from_slice(&version[start..end]);
            }
        }
        image
    }
}

/// A file that was never synced: pages of it may hold what was written, zeros, or what somebody else left there.
fn image_of_new(cache: &[u8], bytes: usize, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut image = cache[..bytes].to_vec();
    for page in image.chunks_mut(PAGE_BYTES) {
        match below(rng, 4) {
            0 => page.fill(0),
            1 => {
                let start = below(rng, 256);
                let noise = (start..).map(|number| number.wrapping_mul(167).to_le_bytes()[0]);
                page.iter_mut().zip(noise).for_each(|(byte, noise)| *byte = noise);
            }
            _ => {}
        }
    }
    image
}

fn page_of(bytes: &[u8], page: usize) -> &[u8] {
    &bytes[page * PAGE_BYTES..bytes.len().min((page + 1) * PAGE_BYTES)]
}

fn page_of_mut(bytes: &mut [u8], page: usize) -> &mut [u8] {
    let end = bytes.len().min((page + 1) * PAGE_BYTES);
    &mut bytes[page * PAGE_BYTES..end]
}
