//! The file with all checkpoints, a line of JSON each: read line by line, appended durably.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::form::{Checkpoint, Unreadable};
use super::{CheckpointError, LOG_FILE, Signed};
use crate::app::make_private_folder;

/// Longest line, in bytes: a checkpoint that names as many streams as one may has less.
const LINE_BYTES_MAX: u64 = 2 << 20;

/// A place between two lines of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Lines before it.
    line: u64,
    /// Bytes before it.
    byte: u64,
}

/// The checkpoints of a file, one after the other. Lines without words are passed over.
pub(super) struct Lines<R> {
    from: R,
    file: PathBuf,
    /// Where the last line that was read ends, if it is whole.
    place: Place,
    /// Whether a last line without an end is one that is being written.
    grows: bool,
}

/// Reads a file of checkpoints. `grows`: a server may be appending to it.
pub(super) fn read_lines(file: &Path, grows: bool) -> Result<Lines<BufReader<File>>, CheckpointError> {
    let opened = File::open(file).map_err(CheckpointError::io(format!("cannot read {}", file.display())))?;
    Ok(Lines {
        grows,
        ..Lines::new(BufReader::new(opened), file)
    })
}

/// Reads on in a file that a server may be appending to, from a place where it was read to before.
pub(super) fn read_on(file: &Path, from: Place) -> Result<Lines<BufReader<File>>, CheckpointError> {
    let mut lines = read_lines(file, true)?;
    let failed = || CheckpointError::io(format!("cannot read {}", file.display()));
    let len = lines.from.get_ref().metadata().map_err(failed())?.len();
    // Another file is there, from a backup perhaps: it is read from its beginning.
    let from = if from.byte <= len { from } else { Place::default() };
    lines.from.seek(SeekFrom::Start(from.byte)).map_err(failed())?;
    lines.place = from;
    Ok(lines)
}

impl<R: BufRead> Lines<R> {
    /// Behind the last line that was read.
    pub(super) const fn place(&self) -> Place {
        self.place
    }

    fn new(from: R, file: &Path) -> Self {
        Self {
            from,
            file: file.to_owned(),
            place: Place::default(),
            grows: false,
        }
    }

    /// The next line with its end, and whether it has one. None: the file's end.
    fn line(&mut self) -> Result<Option<(String, bool)>, CheckpointError> {
        let what = || format!("cannot read {}", self.file.display());
        let mut bytes = Vec::new();
        let reading = self.from.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes);
        reading.map_err(CheckpointError::io(what()))?;
        if bytes.is_empty() {
            return Ok(None);
        }
        self.place.line += 1;
        let ends = bytes.last() == Some(&b'\n');
        if !ends && bytes.len() as u64 == LINE_BYTES_MAX {
            return Err(self.wrong(Unreadable::TooLong));
        }
        if ends {
            self.place.byte += bytes.len() as u64;
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some((text, ends))),
            Err(_) => Err(self.wrong(Unreadable::Malformed("not text".to_owned()))),
        }
    }

    fn wrong(&self, why: Unreadable) -> CheckpointError {
        CheckpointError::Line {
            file: self.file.clone(),
            line: self.place.line,
            why,
        }
    }

    fn parse(&self, text: &str) -> Result<Checkpoint, CheckpointError> {
        Checkpoint::read(text).map_err(|why| self.wrong(why))
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Checkpoint, CheckpointError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.line() {
                Ok(None) => return None,
                Ok(Some((_, false))) if self.grows => return None,
                Ok(Some((text, _))) if text.trim().is_empty() => {}
                Ok(Some((text, _))) => return Some(self.parse(&text)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// The file that the server appends to. After an append that failed it is opened anew.
pub(super) struct Log {
    file: File,
    path: PathBuf,
    /// Where it ends.
    end: u64,
    last: Option<Checkpoint>,
}

impl Log {
    /// Opens the file of a folder, made if it is not there, and folds what it has. A last line without an end was torn
    /// when the power went: nobody was told of it, and it is cut.
    pub(super) fn open(dir: &Path) -> Result<(Self, Signed), CheckpointError> {
        let path = dir.join(LOG_FILE);
        let failed = || CheckpointError::io(format!("cannot open {}", path.display()));
        make_private_folder(dir).map_err(failed())?;
        let is_new = !path.exists();
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let file = options.open(&path).map_err(failed())?;
        if is_new {
            sync_folder(dir).map_err(failed())?;
        }
        let mut signed = Signed::default();
        let (mut last, mut words) = (None, String::new());
        let mut lines = Lines::new(BufReader::new(&file), &path);
        while let Some((text, ends)) = lines.line()? {
            if !ends {
                tracing::warn!(file = %path.display(), "cutting a checkpoint that was never told");
                break;
            }
            if !text.trim().is_empty() {
                let checkpoint = lines.parse(&text)?;
                signed.take(&checkpoint)?;
                last = Some(checkpoint);
            }
            words = text;
        }
        let end = lines.place.byte;
        file.set_len(end).map_err(failed())?;
        let mut log = Self {
            file,
            path: path.clone(),
            end: end - words.len() as u64,
            last,
        };
        // Written again: what a sync that failed has given up reads as if it were on disk.
        log.write(&words).map_err(failed())?;
        Ok((log, signed))
    }

    /// The last one.
    pub(super) const fn last(&self) -> Option<&Checkpoint> {
        self.last.as_ref()
    }

    /// Appends one; returns when it is on disk.
    pub(super) fn append(&mut self, checkpoint: Checkpoint) -> Result<(), CheckpointError> {
        let line = format!("{}\n", checkpoint.line());
        let written = self.write(&line);
        written.map_err(CheckpointError::io(format!("cannot write {}", self.path.display())))?;
        self.last = Some(checkpoint);
        Ok(())
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(line.as_bytes())?;
        self.file.sync_data()?;
        self.end += line.len() as u64;
        Ok(())
    }
}

#[cfg(unix)]
fn sync_folder(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = include_str!("golden.jsonl");

    fn numbers(file: &Path, from: Place) -> (Vec<u64>, Place) {
        let mut lines = read_on(file, from).expect("it is read");
        let all = lines.by_ref().map(|line| line.expect("a checkpoint").statement.number);
        (all.collect(), lines.place())
    }

    #[test]
    fn what_was_read_is_not_read_again_and_another_file_is_read_from_its_beginning() {
        let dir = tempfile::tempdir().expect("a folder for the test");
        let file = dir.path().join("log");
        let first = LINES.lines().next().expect("there is one");
        std::fs::write(&file, format!("{first}\n{}", &first[..9])).expect("it is written");
        let (one, place) = numbers(&file, Place::default());
        assert_eq!(one.len(), 1, "one is still being written");
        let place = Place { line: 1, ..place };
        assert_eq!(numbers(&file, place).0, Vec::<u64>::new());
        std::fs::write(&file, format!("{first}\n{first}\n")).expect("it is written");
        assert_eq!(numbers(&file, place).0.len(), 1, "the new one alone");
        std::fs::write(&file, "\n").expect("it is written");
        assert_eq!(numbers(&file, place), (Vec::new(), Place { line: 1, byte: 1 }));
    }
}
