//! Writing the session tables row by row, while the rows are made.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{FieldRef, SchemaRef};
use kilroy_model::{AccessSession, Boot, LogCoverage, LogonSession, TerminalSession};
use kilroy_sessions::Sink;
use parquet::arrow::ArrowSchemaConverter;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterPropertiesBuilder};

use crate::session_tables::{ROWS_PER_BATCH, Table};
use crate::table::TableWriter;
use crate::{Case, CaseError, table};

impl Case {
    /// A writer for all session tables. The tables that are there stay until [`finish`](SessionWriter::finish).
    pub fn session_writer(&self) -> Result<SessionWriter, CaseError> {
        Ok(SessionWriter {
            access: Growing::create(self)?,
            logon: Growing::create(self)?,
            terminal: Growing::create(self)?,
            boots: Growing::create(self)?,
            coverage: Growing::create(self)?,
            failed: None,
        })
    }
}

/// Takes the rows of the session tables as the engine hands them on, in their order. Memory: of each table some thousand
/// rows, and what of its row group is written already.
pub struct SessionWriter {
    access: Growing<AccessSession>,
    logon: Growing<LogonSession>,
    terminal: Growing<TerminalSession>,
    boots: Growing<Boot>,
    coverage: Growing<LogCoverage>,
    /// The first error. The engine knows nothing of writing, so it is told at the end.
    failed: Option<CaseError>,
}

impl SessionWriter {
    /// The first error so far, if there was one; nothing more is written then.
    pub fn state(&mut self) -> Result<(), CaseError> {
        self.failed.take().map_or(Ok(()), Err)
    }

    /// Writes what is left and puts all tables in their places. An error of any row before is told here.
    pub fn finish(self) -> Result<(), CaseError> {
        let Self { access, logon, terminal, boots, coverage, failed } = self;
        if let Some(failed) = failed {
            return Err(failed);
        }
        access.finish()?;
        logon.finish()?;
        terminal.finish()?;
        boots.finish()?;
        coverage.finish()
    }

    fn note(&mut self, pushed: Result<(), CaseError>) {
        if let Err(e) = pushed {
            self.failed.get_or_insert(e);
        }
    }
}

impl std::fmt::Debug for SessionWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionWriter").field("failed", &self.failed).finish_non_exhaustive()
    }
}

impl Sink for SessionWriter {
    fn access(&mut self, session: AccessSession) {
        if self.failed.is_none() {
            let pushed = self.access.push(session);
            self.note(pushed);
        }
    }

    fn logon(&mut self, session: LogonSession) {
        if self.failed.is_none() {
            let pushed = self.logon.push(session);
            self.note(pushed);
        }
    }

    fn terminal(&mut self, session: TerminalSession) {
        if self.failed.is_none() {
            let pushed = self.terminal.push(session);
            self.note(pushed);
        }
    }

    fn boot(&mut self, boot: Boot) {
        if self.failed.is_none() {
            let pushed = self.boots.push(boot);
            self.note(pushed);
        }
    }

    fn coverage(&mut self, log: LogCoverage) {
        if self.failed.is_none() {
            let pushed = self.coverage.push(log);
            self.note(pushed);
        }
    }
}

/// Identities that no two rows share: a dictionary would hold them all, for nothing.
const DIFFERENT: [&str; 2] = ["session_uid", "sources.list.item.event_uid"];

/// As all tables, but without bounds for what stands in lists: nobody looks for rows by them.
fn properties(schema: &SchemaRef) -> Result<WriterPropertiesBuilder, ParquetError> {
    let columns = ArrowSchemaConverter::new().convert(schema)?;
    let mut properties = table::properties()?;
    for column in columns.columns() {
        if column.path().parts().len() > 1 {
            properties =
                properties.set_column_statistics_enabled(column.path().clone(), EnabledStatistics::None);
        }
        if DIFFERENT.contains(&column.path().string().as_str()) {
            properties = properties.set_column_dictionary_enabled(column.path().clone(), false);
        }
    }
    Ok(properties)
}

/// A table that is being written.
pub(crate) struct Growing<T> {
    path: PathBuf,
    schema: SchemaRef,
    plain: Vec<FieldRef>,
    table: TableWriter,
    waiting: Vec<T>,
}

impl<T: Table> Growing<T> {
    pub(crate) fn create(case: &Case) -> Result<Self, CaseError> {
        case.forget_made()?;
        let path = case.shared.root.join(T::FILE);
        let (schema, plain) = (T::schema(), T::columns());
        let table =
            TableWriter::with(&case.shared, path.clone(), Arc::clone(&schema), || properties(&schema))?;
        Ok(Self { path, schema, plain, table, waiting: Vec::new() })
    }

    pub(crate) fn push(&mut self, row: T) -> Result<(), CaseError> {
        self.waiting.push(row);
        if self.waiting.len() == ROWS_PER_BATCH { self.write() } else { Ok(()) }
    }

    /// Turns what waits into columns.
    fn write(&mut self) -> Result<(), CaseError> {
        let rows = &mut self.waiting;
        rows.iter_mut().for_each(T::fit);
        let batch = serde_arrow::to_record_batch(&self.plain, rows)
            .map_err(|e| CaseError::Table { path: self.path.clone(), source: Box::new(e) })?;
        let columns = batch.columns().iter().cloned().chain(T::extra(rows)).collect();
        let batch =
            RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(CaseError::arrow(&self.path))?;
        rows.clear();
        self.table.write(&batch)
    }

    pub(crate) fn finish(mut self) -> Result<(), CaseError> {
        if !self.waiting.is_empty() {
            self.write()?;
        }
        self.table.finish()?;
        Ok(())
    }
}
