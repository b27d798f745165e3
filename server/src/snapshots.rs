//! Snapshot files on disk: written whole or not at all, read only if they are what their manifest says.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use domain::{PlanId, Seq};
use journal::Journal;
use plan::snapshot::{Keeper, MANIFEST_NAME, Manifest, Resume, SnapshotFiles};

use crate::app::make_private_folder;

/// Longest manifest that is read, in bytes: a few lines; the heads of a document are few.
const MANIFEST_BYTES_MAX: u64 = 1 << 20;

/// The snapshots of all plans.
#[derive(Debug, Clone)]
pub struct Snapshots {
    dir: PathBuf,
}

impl Snapshots {
    /// In a data folder.
    pub fn new(data: &Path) -> Self {
        Self {
            dir: data.join("snapshots"),
        }
    }

    fn folder(&self, plan: PlanId) -> PathBuf {
        self.dir.join(plan.to_string())
    }

    /// The plan's snapshot, if it has one that is not beyond `upto` and whose past is this journal's.
    pub async fn known(&self, journal: &impl Journal, plan: PlanId, upto: Seq) -> Option<Manifest> {
        let manifest = self.manifest(plan, upto)?;
        let records = journal.read(plan.into(), manifest.seq, 1).await.ok()?;
        let past = records.first().map(|record| record.chain.to_string());
        // Of an empty plan there is no past that could be another.
        if past.as_ref().is_none_or(|past| *past == manifest.past) {
            return Some(manifest);
        }
        tracing::warn!(%plan, seq = %manifest.seq, "a snapshot is of another journal, or of a past that was undone: it is \
            made anew");
        None
    }

    /// The plan's snapshot, if it has one that is not beyond `upto`.
    pub fn manifest(&self, plan: PlanId, upto: Seq) -> Option<Manifest> {
        let path = self.folder(plan).join(MANIFEST_NAME);
        let len = fs::metadata(&path).ok()?.len();
        let text = (len <= MANIFEST_BYTES_MAX).then(|| fs::read_to_string(&path).ok())??;
        // Ahead of the journal: an older backup of the journal was put back.
        Manifest::parse(&text).filter(|manifest| manifest.seq <= upto)
    }

    /// What a room resumes from. None: the files are not those of the manifest.
    pub fn resume(&self, plan: PlanId, manifest: &Manifest) -> Option<Resume> {
        let folder = self.folder(plan);
        let resume = fs::read(folder.join(manifest.resume_name())).ok()?;
        // The document is what newcomers are sent: one that has rotted would keep all of them out.
        let document = fs::read(folder.join(manifest.document_name())).ok()?;
        if !manifest.matches(&document, &resume) {
            tracing::warn!(%plan, seq = %manifest.seq, "a snapshot does not match its manifest: it is made anew");
            return None;
        }
        match Resume::load(&resume) {
            Ok(resume) => Some(resume),
            Err(error) => {
                tracing::warn!(%plan, %error, "a snapshot cannot be used: it is made anew");
                None
            }
        }
    }

    /// The document alone. None: it is not the manifest's.
    pub fn document(&self, plan: PlanId, manifest: &Manifest) -> Option<Vec<u8>> {
        let document = fs::read(self.folder(plan).join(manifest.document_name())).ok()?;
        manifest.matches_document(&document).then_some(document)
    }

    /// The document's keeper as of the snapshot, or before the first entry.
    pub fn keeper(&self, plan: PlanId, manifest: Option<&Manifest>) -> Keeper {
        let open = || {
            let manifest = manifest?;
            let folder = self.folder(plan);
            let document = fs::read(folder.join(manifest.document_name())).ok()?;
            let resume = fs::read(folder.join(manifest.resume_name())).ok()?;
            match Keeper::open(manifest, &document, &resume) {
                Ok(keeper) => Some(keeper),
                Err(error) => {
                    tracing::warn!(%plan, %error, "a snapshot cannot be used: it is made anew");
                    None
                }
            }
        };
        open().unwrap_or_default()
    }

    /// Writes a snapshot: each file whole under its name, the manifest last; then what it replaces goes.
    pub fn write(&self, plan: PlanId, files: &SnapshotFiles) -> io::Result<()> {
        let folder = self.folder(plan);
        // The data folder itself may be open to others: its maker decides.
        make_private_folder(&self.dir)?;
        make_private_folder(&folder)?;
        let manifest = &files.manifest;
        write_whole(&folder, &manifest.document_name(), &files.document)?;
        write_whole(&folder, &manifest.resume_name(), &files.resume)?;
        // The names must be on disk before a manifest that relies on them.
        sync_folder(&folder)?;
        write_whole(&folder, MANIFEST_NAME, manifest.to_string().as_bytes())?;
        sync_folder(&folder)?;
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_name().to_str().is_some_and(|name| manifest.is_stale(name)) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Forgets a plan's snapshot.
    pub fn discard(&self, plan: PlanId) {
        if let Err(error) = fs::remove_dir_all(self.folder(plan)) {
            tracing::debug!(%plan, %error, "there was no snapshot to forget");
        }
    }

    /// The document of a snapshot, held open: it can be read to its end even when a newer one replaces it.
    pub fn open_document(&self, plan: PlanId, manifest: &Manifest) -> io::Result<File> {
        File::open(self.folder(plan).join(manifest.document_name()))
    }
}

/// A file from its beginning to its end, which is there: wherever its handle stands, and whoever reads it too.
pub fn read_all(file: &File, len: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(len).map_err(io::Error::other)?];
    read_exact_at(file, &mut bytes)?;
    Ok(bytes)
}

#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, 0)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut buffer: &mut [u8]) -> io::Result<()> {
    use std::os::windows::fs::FileExt;
    let mut at = 0;
    while !buffer.is_empty() {
        let count = file.seek_read(buffer, at)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer = &mut buffer[count..];
        at = at.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
    Ok(())
}

fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let new = folder.join(format!("{name}.tmp"));
    let mut file = File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, folder.join(name))
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn nobody_is_sent_a_document_that_has_rotted() {
        let data = tempfile::tempdir().expect("a folder");
        let (snapshots, plan) = (Snapshots::new(data.path()), PlanId(Uuid::from_u128(7)));
        let files = Keeper::new().take().expect("an empty plan has a snapshot");
        snapshots.write(plan, &files).expect("is written");
        assert!(snapshots.resume(plan, &files.manifest).is_some());
        let path = snapshots.folder(plan).join(files.manifest.document_name());
        let mut bytes = fs::read(&path).expect("is there");
        bytes[files.document.len() / 2] ^= 1;
        fs::write(&path, bytes).expect("is written");
        assert!(snapshots.resume(plan, &files.manifest).is_none());
    }
}
