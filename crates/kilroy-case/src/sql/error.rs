//! What is wrong with a statement, and where.

use rusqlite::Error;

use super::{FUNCTIONS, TableInfo};
use crate::CaseError;

/// Why a statement gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqlError {
    /// It makes no sense, or asks for something that may not be done.
    #[error("{message}")]
    Statement {
        /// What is wrong, and what there is instead.
        message: String,
        /// Where.
        place: Option<Place>,
    },
    /// It was interrupted.
    #[error("interrupted")]
    Interrupted,
    /// The case could not be read.
    #[error(transparent)]
    Case(#[from] CaseError),
}

/// A place in a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The line, counted from 1.
    pub number: usize,
    /// The line.
    pub line: String,
    /// Letters in front of it.
    pub letters: usize,
}

impl Place {
    pub(super) fn of(text: &str, at: usize) -> Option<Self> {
        let before = text.get(..at)?;
        let start = before.rfind('\n').map_or(0, |n| n + 1);
        let line = text.get(start..)?.lines().next().unwrap_or_default();
        let number = before.matches('\n').count() + 1;
        Some(Self { number, line: line.to_owned(), letters: text.get(start..at)?.chars().count() })
    }
}

/// An error of SQLite in the statement at a place of a text.
pub(super) fn error(
    error: &Error,
    (text, start): (&str, usize),
    statement: &str,
    tables: &[TableInfo],
) -> SqlError {
    if error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) {
        return SqlError::Interrupted;
    }
    let (message, place) = match error {
        Error::SqlInputError { msg, offset, .. } => {
            let at = usize::try_from(*offset).ok().and_then(|offset| Place::of(text, start + offset));
            (msg.clone(), at)
        }
        Error::SqliteFailure(_, Some(message)) | Error::ModuleError(message) => (message.clone(), None),
        other => (other.to_string(), None),
    };
    if message == "interrupted" {
        return SqlError::Interrupted;
    }
    let help = help(&message, statement, tables);
    SqlError::Statement {
        message: if help.is_empty() { message } else { format!("{message}; {help}") },
        place,
    }
}

/// What there is instead of what there is not.
fn help(message: &str, statement: &str, tables: &[TableInfo]) -> String {
    if message.starts_with("no such table") {
        let names: Vec<&str> = tables.iter().map(|table| table.name).collect();
        return format!("tables are {}", names.join(", "));
    }
    if message.starts_with("no such function") {
        let names: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
        return format!("besides those of SQLite there are {}", names.join(", "));
    }
    if let Some(name) = message.strip_prefix("no such column: ") {
        if name.contains("single-quotes") {
            return String::new();
        }
        let words: Vec<String> =
            statement.split(|c: char| !(c.is_alphanumeric() || c == '_')).map(str::to_lowercase).collect();
        let named = tables.iter().filter(|table| words.iter().any(|word| word == table.name));
        let columns = named.map(|table| {
            let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
            format!("columns of {} are {}", table.name, names.join(", "))
        });
        return columns.collect::<Vec<_>>().join("; ");
    }
    if message == "not authorized"
        || message.contains("prohibited")
        || message.contains("not authorized to use")
    {
        return "a case can be read here, and nothing else: SELECT, WITH, EXPLAIN".to_owned();
    }
    String::new()
}
