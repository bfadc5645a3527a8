//! SQL over a case: SQLite's own, read-only, with the case's tables as they lie on disk.
//!
//! `events` and the session tables are virtual tables: SQLite asks them for rows, and only what a query uses is read. What a
//! `WHERE` says of the columns of `events` goes down to the scan ([`crate::query`]), which leaves out files, groups of rows
//! and rows; SQLite asks again where its own comparison is stricter. The tables of the register are copied.
//!
//! ```no_run
//! # use std::ops::ControlFlow;
//! use kilroy_case::Case;
//! use kilroy_case::sql::{Cell, Parameters, Rows, Sql};
//!
//! struct Print;
//!
//! impl Rows for Print {
//!     fn columns(&mut self, names: &[String]) -> ControlFlow<()> {
//!         println!("{}", names.join(" "));
//!         ControlFlow::Continue(())
//!     }
//!
//!     fn row(&mut self, cells: &[Cell<'_>]) -> ControlFlow<()> {
//!         println!("{cells:?}");
//!         ControlFlow::Continue(())
//!     }
//! }
//!
//! let case = Case::open("case".as_ref())?;
//! let mut sql = Sql::open(&case, 2)?;
//! sql.run("SELECT user, count(*) FROM events GROUP BY user", &Parameters::default(), &mut Print)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ahead;
mod bridge;
mod cells;
mod condition;
mod counts;
mod error;
mod estimate;
mod events;
mod fields;
mod functions;
mod groups;
mod guard;
mod json;
mod plan;
mod register_tables;
mod session_table;
mod statements;
mod tables;
mod time_text;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, InterruptHandle, Statement};

pub use error::{Place, SqlError};
pub use functions::{FUNCTIONS, FunctionInfo};
pub use statements::{Parameters, Statements, statements};
pub use tables::{ColumnInfo, TableInfo};

use self::register_tables::Seen;
use crate::{Case, CaseError};

/// SQL over a case.
pub struct Sql {
    case: Arc<Case>,
    db: Connection,
    interrupted: Arc<AtomicBool>,
    tables: Vec<TableInfo>,
    /// What the register was like when it was copied.
    seen: Option<Seen>,
}

/// Stops what runs, from any thread.
pub struct Interrupt {
    handle: InterruptHandle,
    interrupted: Arc<AtomicBool>,
}

/// A value of a result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Real(f64),
    /// A text.
    Text(&'a str),
    /// Bytes; also a text that is no UTF-8.
    Bytes(&'a [u8]),
}

/// Takes what statements give.
pub trait Rows {
    /// A statement begins to answer: the names of its columns.
    fn columns(&mut self, names: &[String]) -> ControlFlow<()>;

    /// A row.
    fn row(&mut self, cells: &[Cell<'_>]) -> ControlFlow<()>;

    /// The statement has no more rows.
    fn done(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl Sql {
    /// Opens a case for questions in SQL. `threads`: how many may work on a count; a scan has one of its own.
    pub fn open(case: &Case, threads: usize) -> Result<Self, SqlError> {
        let case = Arc::new(Case { shared: Arc::clone(&case.shared) });
        let interrupted = Arc::new(AtomicBool::new(false));
        let failed = |source| SqlError::from(failed(&case, source));
        let mut db = Connection::open_in_memory().map_err(failed)?;
        functions::add(&db).map_err(failed)?;
        let tables = tables::add(&db, &case, &interrupted, threads)?;
        guard::close(&mut db).map_err(failed)?;
        Ok(Self { case, db, interrupted, tables, seen: None })
    }

    /// The tables that there are.
    pub fn tables(&self) -> &[TableInfo] {
        &self.tables
    }

    /// Something that stops what runs.
    pub fn interrupt(&self) -> Interrupt {
        Interrupt { handle: self.db.get_interrupt_handle(), interrupted: Arc::clone(&self.interrupted) }
    }

    /// Runs the statements of a text, one after the other, until one fails or nobody wants more rows.
    pub fn run(&mut self, text: &str, parameters: &Parameters, rows: &mut dyn Rows) -> Result<(), SqlError> {
        self.interrupted.store(false, Ordering::Relaxed);
        self.refresh()?;
        for (start, statement) in statements(text).all {
            let wrong = |error: rusqlite::Error| error::error(&error, (text, start), statement, &self.tables);
            let mut prepared = self.db.prepare(statement).map_err(wrong)?;
            if !prepared.readonly() || prepared.column_count() == 0 {
                let message = "a case can be read here, and nothing else: SELECT, WITH, EXPLAIN".to_owned();
                return Err(SqlError::Statement { message, place: error::Place::of(text, start) });
            }
            bind(&mut prepared, parameters, (text, start), statement)?;
            if answer(&mut prepared, rows).map_err(wrong)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Copies the register again if it changed: somebody may write notes meanwhile.
    fn refresh(&mut self) -> Result<(), SqlError> {
        let seen = register_tables::seen(&self.case)?;
        if self.seen == Some(seen) {
            return Ok(());
        }
        let case = Arc::clone(&self.case);
        let failed = |source| failed(&case, source);
        guard::unlock(&mut self.db).map_err(failed)?;
        let copied = register_tables::TABLES.iter().try_for_each(|table| table.copy(&case, &self.db));
        guard::lock(&mut self.db).map_err(failed)?;
        copied?;
        self.seen = Some(seen);
        Ok(())
    }
}

fn failed(case: &Case, source: rusqlite::Error) -> CaseError {
    CaseError::Register { path: case.path().join(crate::register::FILE), source }
}

fn bind(
    prepared: &mut Statement<'_>,
    parameters: &Parameters,
    (text, start): (&str, usize),
    statement: &str,
) -> Result<(), SqlError> {
    for number in 1..=prepared.parameter_count() {
        let name = prepared.parameter_name(number).unwrap_or("?").to_owned();
        let place = || error::Place::of(text, start + statement.find(&name).unwrap_or(0));
        let Some(value) = parameters.get(&name) else {
            let bare = name.trim_start_matches([':', '@', '$', '?']);
            let message = if bare.is_empty() || name.starts_with('?') {
                "a parameter needs a name, like :user".to_owned()
            } else {
                format!("{name} has no value; give it one with --param {bare}=VALUE")
            };
            return Err(SqlError::Statement { message, place: place() });
        };
        // A number that would look another way as a number is a text.
        let bound = match (value.parse::<i64>(), value.parse::<f64>()) {
            (Ok(whole), _) if whole.to_string() == value => prepared.raw_bind_parameter(number, whole),
            (_, Ok(real)) if real.to_string() == value => prepared.raw_bind_parameter(number, real),
            _ => prepared.raw_bind_parameter(number, value),
        };
        bound.map_err(|error| SqlError::Statement { message: error.to_string(), place: place() })?;
    }
    Ok(())
}

fn answer(prepared: &mut Statement<'_>, rows: &mut dyn Rows) -> rusqlite::Result<ControlFlow<()>> {
    let names: Vec<String> = prepared.column_names().map(str::to_owned).collect();
    if rows.columns(&names).is_break() {
        return Ok(ControlFlow::Break(()));
    }
    let mut found = prepared.raw_query();
    while let Some(row) = found.next()? {
        let cells =
            (0..names.len()).map(|n| row.get_ref(n).map(Cell::from)).collect::<rusqlite::Result<Vec<_>>>()?;
        if rows.row(&cells).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(rows.done())
}

impl<'a> From<ValueRef<'a>> for Cell<'a> {
    fn from(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Real(number),
            ValueRef::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => Self::Text(text),
                Err(_) => Self::Bytes(text),
            },
            ValueRef::Blob(bytes) => Self::Bytes(bytes),
        }
    }
}

impl Interrupt {
    /// Stops what runs now.
    pub fn interrupt(&self) {
        self.interrupted.store(true, Ordering::Relaxed);
        self.handle.interrupt();
    }
}

impl std::fmt::Debug for Sql {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sql").field("case", &self.case.path()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Interrupt").finish_non_exhaustive()
    }
}
