//! A copy of the journal that can be opened, while a server writes to it or not.
//!
//! Order is what makes it one. The mark of what is durable is copied first: an older mark is always right, a newer one
//! would call the copy's end damaged. Then the end of what is in each segment is found, from the newest to the oldest, and
//! only what is before it is copied. So the copy is the journal up to some moment: what a server writes meanwhile would
//! otherwise leave a hole of zeros with frames behind it. At the worst the copy ends in the middle of a frame that nobody
//! was told of, and that is cut when it is opened.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::app::{journal_dir, make_private_folder};

/// The mark of what is durable, in the journal's folder.
const MARK: &str = "durable";
/// What segments' names end in; they are numbered with leading zeros, so their names are in their order.
const SEGMENT: &str = ".segment";
/// The settings, in the data folder.
const SETTINGS: &str = "interlock.toml";
/// How much is copied at once, in bytes.
const PIECE_BYTES: usize = 1 << 20;
/// Copies the journal of a data folder, and its settings, into a new folder, and forces them to disk.
pub fn copy(data: &Path, to: &Path) -> Result<()> {
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
    make_private_folder(&target).with_context(|| format!("cannot make the folder {}", to.display()))?;
    copy_journal(&source, &target)?;
    if data.join(SETTINGS).is_file() {
        copy_file(&data.join(SETTINGS), &to.join(SETTINGS))?;
    }
    for folder in [target.as_path(), to] {
        sync_folder(folder).with_context(|| format!("cannot force {} to disk", folder.display()))?;
    }
    Ok(())
}

fn copy_journal(source: &Path, target: &Path) -> Result<()> {
    // A journal that was just begun has none.
    if source.join(MARK).is_file() {
        copy_file(&source.join(MARK), &target.join(MARK))?;
    }
    let names = segments(source).with_context(|| format!("cannot list {}", source.display()))?;
    let mut ends = Vec::with_capacity(names.len());
    for name in names.into_iter().rev() {
        let used = File::open(source.join(&name)).and_then(|mut file| used_bytes(&mut file));
        ends.push((used.with_context(|| format!("cannot read {name}"))?, name));
    }
    for (used, name) in ends.into_iter().rev() {
        copy_start(&source.join(&name), &target.join(&name), used)?;
    }
    Ok(())
}

fn segments(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(SEGMENT) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    copy_start(from, to, u64::MAX)
}

/// Copies a file up to some byte. The copy has the file's length: the rest is zeros.
fn copy_start(from: &Path, to: &Path, used: u64) -> Result<()> {
    let copying = || {
        let source = File::open(from)?;
        let len = source.metadata()?.len();
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut target = options.open(to)?;
        io::copy(&mut source.take(used), &mut target)?;
        target.set_len(len)?;
        target.sync_all()
    };
    copying().with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

/// Where the zeros at a file's end begin.
fn used_bytes(file: &mut impl Read) -> io::Result<u64> {
    let mut piece = vec![0; PIECE_BYTES];
    let (mut offset, mut used) = (0, 0);
    loop {
        let count = match file.read(&mut piece) {
            Ok(0) => return Ok(used),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if let Some(last) = piece[..count].iter().rposition(|byte| *byte != 0) {
            used = offset + as_u64(last) + 1;
        }
        offset += as_u64(count);
    }
}

fn as_u64(len: usize) -> u64 {
    u64::try_from(len).expect("a length in memory fits 64 bits")
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zeros_at_a_files_end_are_not_copied() {
        let mut file = vec![0; 3 * PIECE_BYTES];
        assert_eq!(used_bytes(&mut file.as_slice()).ok(), Some(0));
        file[5] = 1;
        file[PIECE_BYTES] = 1;
        let used = used_bytes(&mut file.as_slice()).ok();
        assert_eq!(used, Some(as_u64(PIECE_BYTES) + 1));
        assert_eq!(used_bytes(&mut &[][..]).ok(), Some(0));
    }
}
