//! Finds evidence: walks what was given and says of every file what it is.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

use crate::content::{Format, NotEvidence, recognise};
use crate::label::labels;
use crate::platform::{resolve, why};

/// A file that was found, or a folder that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it is; to open it, not to show it.
    pub path: PathBuf,
    /// What it is called: the last component of the input and the way from there, with `/`. Letters that are no Unicode
    /// are replaced here, and only here.
    pub shown: String,
    /// Size in bytes when it was found; 0 where that is not known.
    pub size: u64,
    /// Its format, or why it is no evidence.
    pub kind: Result<Format, NotEvidence>,
}

/// Why nothing could be looked for.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// Some inputs do not exist. Nothing was read: a misspelt path must not look like an empty result.
    #[error("no such file or folder: {}", names(paths))]
    Missing {
        /// All inputs that do not exist, as they were given.
        paths: Vec<PathBuf>,
    },
}

fn names(paths: &[PathBuf]) -> String {
    paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// Finds every file in the inputs, folders and all below them, and recognises it by its content.
///
/// Sorted by the path shown, whatever the order of the inputs and of the file system. A file that is reached twice, by
/// overlapping inputs or by a link, is found once. What cannot be read is found too, with the reason, and costs nothing
/// else. Links to folders are followed for inputs only, never below them.
pub fn find(inputs: &[PathBuf]) -> Result<Vec<Found>, FindError> {
    let missing: Vec<PathBuf> = inputs.iter().filter(|i| is_missing(i)).cloned().collect();
    if !missing.is_empty() {
        return Err(FindError::Missing { paths: missing });
    }
    let inputs: Vec<(PathBuf, PathBuf)> = inputs.iter().map(|i| (i.clone(), resolve(i))).collect();
    let mut walk = Walk::default();
    for ((_, real), label) in inputs.iter().zip(labels(&inputs)) {
        walk.input(real.clone(), label);
    }
    Ok(walk.finish())
}

fn is_missing(input: &Path) -> bool {
    input
        .metadata()
        .is_err_and(|e| matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory))
}

/// One thing met on the way, not yet opened.
struct Met {
    path: PathBuf,
    shown: String,
    size: u64,
    /// What it is that keeps it from being opened, if anything does.
    not: Option<NotEvidence>,
    /// The file itself, however it was reached.
    itself: PathBuf,
    /// Reached by a link below an input.
    linked: bool,
}

#[derive(Default)]
struct Walk {
    met: Vec<Met>,
    /// Folders still to be read. A list of our own: a deep tree must not exhaust the stack.
    folders: Vec<(PathBuf, String)>,
}

impl Walk {
    fn input(&mut self, path: PathBuf, label: String) {
        match fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => self.folders.push((path, label)),
            Ok(meta) => self.meet(path.clone(), label, meta.len(), not_a_file(meta.file_type()), path, false),
            Err(e) => self.unreadable(path, label, &e),
        }
        while let Some((folder, shown)) = self.folders.pop() {
            self.folder(&folder, shown);
        }
    }

    fn folder(&mut self, folder: &Path, shown: String) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(e) => return self.unreadable(folder.to_owned(), shown, &e),
        };
        let mut broken = None;
        for entry in entries {
            match entry {
                Ok(entry) => {
                    let name = entry.file_name();
                    let name = name.to_string_lossy();
                    let shown = if shown.is_empty() { name.into_owned() } else { format!("{shown}/{name}") };
                    self.entry(entry.path(), shown, entry.file_type());
                }
                // Kept once: a folder whose listing breaks may go on breaking.
                Err(e) => {
                    broken.get_or_insert(e);
                }
            }
        }
        if let Some(e) = broken {
            self.unreadable(folder.to_owned(), shown, &e);
        }
    }

    fn entry(&mut self, path: PathBuf, shown: String, kind: io::Result<FileType>) {
        match kind {
            Ok(kind) if kind.is_dir() => self.folders.push((path, shown)),
            Ok(kind) if kind.is_symlink() => self.link(path, shown),
            Ok(kind) => match fs::symlink_metadata(&path) {
                Ok(meta) => self.meet(path.clone(), shown, meta.len(), not_a_file(kind), path, false),
                Err(e) => self.unreadable(path, shown, &e),
            },
            Err(e) => self.unreadable(path, shown, &e),
        }
    }

    fn link(&mut self, path: PathBuf, shown: String) {
        match fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => {
                self.meet(path.clone(), shown, 0, Some(NotEvidence::FolderLink), path, false);
            }
            Ok(meta) => {
                let itself = resolve(&path);
                self.meet(path, shown, meta.len(), not_a_file(meta.file_type()), itself, true);
            }
            Err(e) => self.unreadable(path, shown, &e),
        }
    }

    fn unreadable(&mut self, path: PathBuf, shown: String, e: &io::Error) {
        self.meet(path.clone(), shown, 0, Some(NotEvidence::Unreadable(why(e))), path, false);
    }

    fn meet(
        &mut self,
        path: PathBuf,
        shown: String,
        size: u64,
        not: Option<NotEvidence>,
        itself: PathBuf,
        linked: bool,
    ) {
        self.met.push(Met { path, shown, size, not, itself, linked });
    }

    /// Each file once, by its own name rather than by that of a link, and by the longest way rather than a shorter one.
    fn finish(self) -> Vec<Found> {
        let mut met = self.met;
        met.sort_by(|a, b| preference(a).cmp(&preference(b)));
        let mut seen = HashSet::new();
        let mut found: Vec<Found> = met
            .into_iter()
            .filter(|m| seen.insert(m.itself.clone()))
            .map(|m| {
                let kind = m.not.map_or_else(|| recognise(&m.path), Err);
                Found { path: m.path, shown: m.shown, size: m.size, kind }
            })
            .collect();
        found.sort_by(|a, b| (&a.shown, &a.path).cmp(&(&b.shown, &b.path)));
        found
    }
}

/// What is kept of a file that was reached more than once comes first. No two are equal but for the very same way.
fn preference(met: &Met) -> (bool, Reverse<usize>, &str, &Path) {
    (met.linked, Reverse(met.shown.matches('/').count()), &met.shown, &met.path)
}

/// Pipes wait for ever and devices have no end: only files are opened.
fn not_a_file(kind: FileType) -> Option<NotEvidence> {
    (!kind.is_file()).then_some(NotEvidence::NotAFile)
}

#[cfg(test)]
mod tests;
