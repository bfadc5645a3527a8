//! From the files of `catalog/` to Rust tables. Used by the build script and by the tests of the checks.
//!
//! Every problem names its file and entry, and all are reported at once.

mod codes;
mod events;
mod generate;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs;
use std::path::Path;

/// A file of the catalog: its path below `catalog/`, with `/`, and its text.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Something wrong in the catalog, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) file: String,
    /// Event or code; empty if it is about the whole file.
    pub(crate) entry: String,
    pub(crate) what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One line each: cargo shows no more of a message.
        let what = self.what.trim().replace('\n', " | ");
        write!(f, "catalog/{}: ", self.file)?;
        if !self.entry.is_empty() {
            write!(f, "{}: ", self.entry)?;
        }
        f.write_str(&what)
    }
}

/// Reads and checks all files and writes the tables.
pub(crate) fn pack(catalog: &Path) -> Result<String, Vec<Problem>> {
    let mut problems = Vec::new();
    let events = read(catalog, "events", &mut problems);
    let codes = read(catalog, "codes", &mut problems);
    if problems.is_empty() { pack_sources(&events, &codes) } else { Err(problems) }
}

/// The same, from texts.
pub(crate) fn pack_sources(events: &[Source], codes: &[Source]) -> Result<String, Vec<Problem>> {
    let mut problems = Vec::new();
    let entries = events::check(events, &mut problems);
    let tables = codes::check(codes, &mut problems);
    if problems.is_empty() { Ok(generate::tables(&entries, &tables)) } else { Err(problems) }
}

/// All TOML files of a folder and the folders in it, sorted by path.
fn read(catalog: &Path, folder: &str, problems: &mut Vec<Problem>) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let mut problem = |file: &str, what: &dyn fmt::Display| {
            problems.push(Problem { file: file.to_owned(), entry: String::new(), what: what.to_string() });
        };
        let entries = match fs::read_dir(catalog.join(&folder)) {
            Ok(entries) => entries,
            Err(error) => {
                problem(&folder, &error);
                continue;
            }
        };
        for entry in entries {
            let (entry, kind) = match entry.and_then(|e| e.file_type().map(|kind| (e, kind))) {
                Ok(entry) => entry,
                Err(error) => {
                    problem(&folder, &error);
                    continue;
                }
            };
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if kind.is_dir() {
                folders.push(path);
            } else if entry.path().extension().is_some_and(|e| e == "toml") {
                match fs::read_to_string(entry.path()) {
                    Ok(text) => sources.push(Source { path, text }),
                    Err(error) => problem(&path, &error),
                }
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

/// The last part of a path, without its `.toml`.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".toml").unwrap_or(name)
}
