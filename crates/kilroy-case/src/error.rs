//! What can go wrong with a case, in words that name the file and say what to do.

use std::path::{Path, PathBuf};

use arrow_schema::ArrowError;
use parquet::errors::ParquetError;

/// Why a case could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// The folder does not exist.
    #[error("there is no case at {}: make one with `kilroy analyze PATH… -o {}`", shown(.path), shown(.path))]
    NoSuchCase {
        /// The folder asked for.
        path: PathBuf,
    },
    /// Something is there, but it is no case.
    #[error("{} is no Kilroy case: {why}", shown(.path))]
    NotACase {
        /// The folder or file asked for.
        path: PathBuf,
        /// How that shows.
        why: String,
    },
    /// A new case would be mixed up with files that are there already.
    #[error("{} is not empty and no Kilroy case: name an empty or a new folder for the case", shown(.path))]
    NotEmpty {
        /// The folder asked for.
        path: PathBuf,
    },
    /// A newer Kilroy made the case.
    #[error(
        "{} was written by a newer Kilroy (register version {found}; this program knows {known}): use that version",
        shown(.path)
    )]
    Newer {
        /// The register.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// Another run is writing.
    #[error("another run of Kilroy is writing to the case {}: wait until it is done, then try again", shown(.path))]
    Locked {
        /// The case.
        path: PathBuf,
    },
    /// The case was opened for reading.
    #[error("the case {} was opened for reading only: nothing can be written to it", shown(.path))]
    ReadOnly {
        /// The case.
        path: PathBuf,
    },
    /// A table has not been made yet.
    #[error("{} does not exist yet: the analysis did not finish; run `kilroy analyze` on the evidence again", shown(.path))]
    NotAnalysed {
        /// The table.
        path: PathBuf,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {doing} {}: {source}", shown(.path))]
    Io {
        /// What was tried: `write`, `rename`, `list`.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The register did not answer.
    #[error("the register {}", of_register(.path, .source))]
    Register {
        /// `case.db`.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// A table could not be read or written.
    #[error("the table {}: {source}; if it is damaged, delete it and run `kilroy analyze` on the evidence again", shown(.path))]
    Table {
        /// The Parquet file.
        path: PathBuf,
        /// What the Parquet or Arrow library said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl CaseError {
    /// For `map_err` on file operations.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }

    /// For `map_err` on Parquet operations.
    pub(crate) fn parquet(path: &Path) -> impl FnOnce(ParquetError) -> Self {
        let path = path.to_owned();
        move |source| match source {
            // The disk or the system is at fault, not the table.
            ParquetError::External(source) => match source.downcast::<std::io::Error>() {
                Ok(source) => Self::Io { doing: "read or write", path, source: *source },
                Err(source) => Self::Table { path, source },
            },
            source => Self::Table { path, source: Box::new(source) },
        }
    }

    /// For `map_err` on Arrow operations.
    pub(crate) fn arrow(path: &Path) -> impl FnOnce(ArrowError) -> Self {
        let path = path.to_owned();
        move |source| match source {
            // The disk is at fault, not the table.
            ArrowError::IoError(_, source) => Self::Io { doing: "read or write", path, source },
            source => Self::Table { path, source: Box::new(source) },
        }
    }

    /// A table that does not say what it should.
    pub(crate) fn table(path: &Path, what: String) -> Self {
        Self::Table { path: path.to_owned(), source: what.into() }
    }
}

/// The register, and what is wrong with it. Where it is damaged, the case cannot be mended by another run.
fn of_register(path: &Path, source: &rusqlite::Error) -> String {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    let path = shown(path);
    match source.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => format!(
            "{path} is damaged: run `kilroy analyze` on the evidence again, into a new folder; what people have noted in \
             this case is lost with it, unless a copy of the file is left"
        ),
        _ => format!("{path}: {source}"),
    }
}

/// A path as Kilroy shows it: with `/` everywhere.
pub(crate) fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    if cfg!(windows) { text.replace('\\', "/") } else { text }
}
