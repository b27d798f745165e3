//! What a server keeps on disk beside the journal, and may lose: snapshots and read models.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::{Fact, PlanId, Seq};
use plan::snapshot::{Keeper, MANIFEST_NAME, Manifest, Resume, SnapshotFiles};
use rand::{Rng, RngExt};
use reports::{ActionTracker, Folded, PlanSummary};

/// The read models of one plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Models {
    summary: Folded<PlanSummary>,
    actions: Folded<ActionTracker>,
}

impl Models {
    /// The last entry in them.
    pub(crate) fn cursor(&self) -> Seq {
        self.summary.cursor().min(self.actions.cursor())
    }

    /// Takes in the facts up to an entry.
    pub(crate) fn take(&mut self, facts: &[Fact], upto: Seq) {
        self.summary.take(facts, upto);
        self.actions.take(facts, upto);
    }
}

/// Files that may be lost or spoiled: everything in them comes back from the journal.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    folders: BTreeMap<PlanId, BTreeMap<String, Vec<u8>>>,
    models: BTreeMap<PlanId, (Vec<u8>, Vec<u8>)>,
}

impl Cache {
    fn file(&self, plan: PlanId, name: &str) -> Option<&Vec<u8>> {
        self.folders.get(&plan)?.get(name)
    }

    /// The newest snapshot that the journal, which ends at `head`, knows of.
    pub(crate) fn manifest(&self, plan: PlanId, head: Seq) -> Option<Manifest> {
        let text = String::from_utf8(self.file(plan, MANIFEST_NAME)?.clone()).ok()?;
        Manifest::parse(&text).filter(|manifest| manifest.seq <= head)
    }

    /// What a room resumes from.
    pub(crate) fn resume(&self, plan: PlanId, head: Seq) -> Option<(Manifest, Resume)> {
        let manifest = self.manifest(plan, head)?;
        let document = self.file(plan, &manifest.document_name())?;
        let bytes = self.file(plan, &manifest.resume_name())?;
        let resume = manifest.matches(document, bytes).then(|| Resume::load(bytes).ok())??;
        Some((manifest, resume))
    }

    /// The document's keeper as of the snapshot, or before the first entry.
    pub(crate) fn keeper(&self, plan: PlanId, head: Seq) -> Keeper {
        let open = || {
            let manifest = self.manifest(plan, head)?;
            let document = self.file(plan, &manifest.document_name())?;
            let resume = self.file(plan, &manifest.resume_name())?;
            Keeper::open(&manifest, document, resume).ok()
        };
        open().unwrap_or_default()
    }

    /// The document that a snapshot's clients are sent.
    pub(crate) fn document(&self, plan: PlanId, manifest: &Manifest) -> Option<Bytes> {
        let document = self.file(plan, &manifest.document_name())?;
        Some(Bytes::copy_from_slice(document))
    }

    /// The two files of a snapshot; nothing relies on them before its manifest is there.
    pub(crate) fn write_files(&mut self, plan: PlanId, files: &SnapshotFiles) {
        let folder = self.folders.entry(plan).or_default();
        folder.insert(files.manifest.document_name(), files.document.to_vec());
        folder.insert(files.manifest.resume_name(), files.resume.to_vec());
    }

    /// The manifest; what it replaces goes.
    pub(crate) fn write_manifest(&mut self, plan: PlanId, manifest: &Manifest) {
        let folder = self.folders.entry(plan).or_default();
        folder.insert(MANIFEST_NAME.to_owned(), manifest.to_string().into_bytes());
        folder.retain(|name, _| !manifest.is_stale(name));
    }

    /// The read models as they were saved last.
    pub(crate) fn models(&self, plan: PlanId) -> Models {
        let load = || {
            let (summary, actions) = self.models.get(&plan)?;
            let summary = Folded::load(summary).ok()?;
            let actions = Folded::load(actions).ok()?;
            (summary.cursor() == actions.cursor()).then_some(Models { summary, actions })
        };
        load().unwrap_or_default()
    }

    /// Saves read models.
    pub(crate) fn save_models(&mut self, plan: PlanId, models: &Models) {
        self.models.insert(plan, (models.summary.save(), models.actions.save()));
    }

    /// Loses or spoils something. Whether there was anything. (Read models on disk have their own checksums, in sled:
    /// of them, only whole ones are lost.)
    pub(crate) fn spoil(&mut self, rng: &mut impl Rng) -> bool {
        let plans: Vec<PlanId> = self.folders.keys().chain(self.models.keys()).copied().collect();
        if plans.is_empty() {
            return false;
        }
        let plan = plans[rng.random_range(0..plans.len())];
        if rng.random_ratio(1, 3) {
            return self.models.remove(&plan).is_some();
        }
        let Some(folder) = self.folders.get_mut(&plan).filter(|folder| !folder.is_empty()) else {
            return false;
        };
        let names: Vec<String> = folder.keys().cloned().collect();
        let name = &names[rng.random_range(0..names.len())];
        if rng.random_bool(0.5) {
            return folder.remove(name).is_some();
        }
        let Some(bytes) = folder.get_mut(name).filter(|bytes| !bytes.is_empty()) else {
            return false;
        };
        let at = rng.random_range(0..bytes.len());
        bytes[at] ^= 1 << rng.random_range(0..8);
        true
    }
}
