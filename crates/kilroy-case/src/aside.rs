//! Files that appear whole or not at all: written aside, then renamed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::CaseError;

/// How a file that is being written is called. Such a file left behind belongs to a run that was killed.
pub(crate) const PREFIX: &str = ".tmp-";

/// A file that is being written. All that the case writes but the register goes through here, so that tests can let each
/// single step fail ([`fault`]).
#[derive(Debug)]
pub(crate) struct Output {
    file: File,
}

impl Output {
    pub(crate) fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        step().inspect_err(|_| _ = self.file.write(&bytes[..bytes.len() / 2]))?;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// One step that may fail.
#[cfg(not(test))]
#[allow(clippy::unnecessary_wraps, reason = "in tests it fails")]
fn step() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
use fault::step;

/// A file that is only needed for a while: dropped, it is gone.
#[derive(Debug)]
pub(crate) struct Scratch {
    path: PathBuf,
    placed: bool,
}

impl Scratch {
    /// A file beside `place` and named after it; `number` tells writers of one run apart.
    pub(crate) fn create(place: &Path, number: u64) -> Result<(Self, Output), CaseError> {
        let folder = place.parent().unwrap_or(Path::new(""));
        fs::create_dir_all(folder).map_err(CaseError::io("make the folder", folder))?;
        let mut name = std::ffi::OsString::from(format!("{PREFIX}{number}-"));
        name.push(place.file_name().unwrap_or_default());
        let path = folder.join(name);
        let file = step().and_then(|()| File::create(&path)).map_err(CaseError::io("write", &path))?;
        Ok((Self { path, placed: false }, Output { file }))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.placed {
            // If this fails, the next run tidies up.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A file that takes its place only when it is complete; dropped before that, it is gone.
#[derive(Debug)]
pub(crate) struct NewFile {
    aside: Scratch,
    place: PathBuf,
}

impl NewFile {
    /// A file for `place`; `number` tells writers of one run apart.
    pub(crate) fn create(place: &Path, number: u64) -> Result<(Self, Output), CaseError> {
        let (aside, file) = Scratch::create(place, number)?;
        Ok((Self { aside, place: place.to_owned() }, file))
    }

    /// Puts the finished file in its place.
    ///
    /// The file must be closed before (Windows), and its bytes are on disk before its name is, so that even a
    /// power cut cannot leave a name without content.
    pub(crate) fn place(mut self, file: Output) -> Result<(), CaseError> {
        step().and_then(|()| file.file.sync_all()).map_err(CaseError::io("write", self.aside.path()))?;
        drop(file);
        step()
            .and_then(|()| rename(self.aside.path(), &self.place))
            .map_err(CaseError::io("replace", &self.place))?;
        self.aside.placed = true;
        Ok(())
    }

    /// Leaves the file aside, to be read there for a while.
    pub(crate) fn leave(self) -> Scratch {
        self.aside
    }
}

/// Renames; on Windows with some patience, because virus scanners hold new files for a moment.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let mut wait = Duration::from_millis(10);
    loop {
        match fs::rename(from, to) {
            Err(e)
                if cfg!(windows)
                    && e.kind() == io::ErrorKind::PermissionDenied
                    && wait < Duration::from_secs(1) =>
            {
                std::thread::sleep(wait);
                wait *= 2;
            }
            result => return result,
        }
    }
}

/// Makes the names of a folder last, even through a power cut. Systems that cannot do this need not.
pub(crate) fn settle(folder: &Path) {
    if cfg!(unix) {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
}

/// Lets a step of this thread fail, as a full disk would.
#[cfg(test)]
pub(crate) mod fault {
    use std::cell::Cell;
    use std::io;

    thread_local! {
        static LEFT: Cell<Option<u64>> = const { Cell::new(None) };
    }

    /// So many steps go well, and all after them fail, until [`none`].
    pub(crate) fn after(steps: u64) {
        LEFT.set(Some(steps));
    }

    pub(crate) fn none() {
        LEFT.set(None);
    }

    pub(super) fn step() -> io::Result<()> {
        match LEFT.get() {
            Some(0) => Err(io::ErrorKind::StorageFull.into()),
            left => {
                LEFT.set(left.map(|left| left - 1));
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("a/table");
        let (new, mut file) = NewFile::create(&place, 1).unwrap();
        file.write_all(b"old").unwrap();
        new.place(file).unwrap();

        let (new, mut file) = NewFile::create(&place, 2).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        drop(new);
        assert_eq!(fs::read(&place).unwrap(), b"old");

        let (new, mut file) = NewFile::create(&place, 3).unwrap();
        file.write_all(b"new").unwrap();
        new.place(file).unwrap();
        assert_eq!(fs::read(&place).unwrap(), b"new");
        assert_eq!(names(place.parent().unwrap()), ["table"]);
    }
}
