//! A copy of a data folder that a server can be started on, while another server writes to it or not: the journal,
//! which is the truth, the settings, and what is signed of the journal. Everything else comes back from the journal.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use anyhow::{Context, Result, bail};
use journal::Summary;

use crate::app::{journal_dir, make_private_folder};
use crate::checkpoints::{KEY_FILE, LOG_FILE, checkpoints_dir};

/// The settings, in the data folder.
const SETTINGS: &str = "interlock.toml";

/// Copies the journal of a data folder, and its settings, into a new folder, and forces them to disk. Says what is in
/// the copied journal, of which every record was checked.
pub fn copy(data: &Path, to: &Path) -> Result<Summary> {
    let (source, target) = (journal_dir(data), journal_dir(to));
    if !source
        .try_exists()
        .with_context(|| format!("cannot look into {}", data.display()))?
    {
        bail!("there is no journal in {}: is this the data folder?", data.display());
    }
    if fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{} is not empty: give a new folder for each backup", to.display());
    }
    make_private_folder(to).with_context(|| format!("cannot make the folder {}", to.display()))?;
    // Before the journal: what is signed must be in the copy.
    copy_checkpoints(data, to)?;
    let summary = journal::backup(&source, &target)?;
    if data.join(SETTINGS).is_file() {
        copy_file(&data.join(SETTINGS), &to.join(SETTINGS))?;
    }
    sync_folder(to).with_context(|| format!("cannot force {} to disk", to.display()))?;
    Ok(summary)
}

/// The key too: without it, nobody goes on signing where the lost server stopped.
fn copy_checkpoints(data: &Path, to: &Path) -> Result<()> {
    let (from, into) = (checkpoints_dir(data), checkpoints_dir(to));
    let files = [KEY_FILE, LOG_FILE].map(|name| (from.join(name), into.join(name)));
    let there: Vec<_> = files.iter().filter(|(file, _)| file.is_file()).collect();
    if there.is_empty() {
        return Ok(());
    }
    make_private_folder(&into).with_context(|| format!("cannot make the folder {}", into.display()))?;
    for (file, copy) in there {
        copy_file(file, copy)?;
    }
    sync_folder(&into).with_context(|| format!("cannot force {} to disk", into.display()))
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let copying = || {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut target = options.open(to)?;
        io::copy(&mut File::open(from)?, &mut target)?;
        target.sync_all()
    };
    copying().with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}
