//! Which life of the data folder it is: a number that pages are told, and that a backup does not have.
//!
//! A page that comes again says how far it is, and is sent what came after. After an old backup was put back, the same
//! positions hold other entries: once the plan has grown past what the page has, nothing in the positions says so. But a
//! folder without this number gets a new one, and a page of another number fetches the plan anew.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use journal::{Journal, StreamId};

use crate::secret::random_bytes;

/// Its file in the data folder.
const FILE: &str = "epoch";

/// The folder's number. It is new while its journal has no entry.
pub fn of(data: &Path, journal: &impl Journal) -> io::Result<u32> {
    of_folder(data, journal.head(StreamId::WORKSPACE).is_none())
}

/// A new folder begins with 0; one that lacks its number was put back from a backup.
fn of_folder(data: &Path, is_new: bool) -> io::Result<u32> {
    let path = data.join(FILE);
    match fs::read(&path) {
        Ok(bytes) => {
            let text = str::from_utf8(&bytes).ok();
            if let Some(epoch) = text.and_then(|text| text.trim().parse().ok()) {
                return Ok(epoch);
            }
            tracing::warn!("the folder's number cannot be read: pages fetch their plans anew");
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let epoch = if is_new {
        0
    } else {
        u32::from_le_bytes(random_bytes()).max(1)
    };
    let new = data.join(format!("{FILE}.new"));
    let mut file = File::create(&new)?;
    writeln!(file, "{epoch}")?;
    file.sync_all()?;
    fs::rename(&new, &path)?;
    #[cfg(unix)]
    File::open(data)?.sync_all()?;
    Ok(epoch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_number_and_one_without_it_gets_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let number = |is_new| of_folder(folder.path(), is_new).expect("a number");
        assert_eq!(number(true), 0);
        assert_eq!(number(false), 0, "it is kept");
        fs::remove_file(folder.path().join(FILE)).expect("it is there");
        let put_back = number(false);
        assert_ne!(put_back, 0);
        assert_eq!(number(false), put_back);
        for spoiled in [&b"spoiled"[..], b"\xff\xfe"] {
            let before = number(false);
            fs::write(folder.path().join(FILE), spoiled).expect("is written");
            assert_ne!(number(false), before);
        }
    }
}
