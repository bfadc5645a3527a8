//! The session tables: what the engine made of the events, as Parquet with native lists, structs and times.
//!
//! The schema of each table is spelled out, so that an empty table has all columns and no row decides on a type.
//! Times are nanoseconds in UTC. One that is outside the years 1677 to 2262 has no such number: it becomes null, as in
//! the event table; where a record's own time must stand it becomes the nearest that can be written. (Event times come
//! from the event table and are always inside.)

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, make_builder};
use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow_schema::{ArrowError, DataType, FieldRef, Schema, SchemaRef};
use kilroy_model::{AccessSession, Boot, LogCoverage, LogonSession, Reason, Source, TerminalSession};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::made_columns::{fit, fit_own, list, may, must, record, time};
use crate::session_writer::Growing;
use crate::table;
use crate::{Case, CaseError};

/// Sessions that are turned into columns at a time: they carry their whole receipt.
pub(crate) const ROWS_PER_BATCH: usize = 1024;

impl Case {
    /// Writes the access sessions, in the order given.
    pub fn write_access_sessions(&self, sessions: &[AccessSession]) -> Result<(), CaseError> {
        self.write_table(sessions)
    }

    /// Reads the access sessions.
    pub fn access_sessions(&self) -> Result<Vec<AccessSession>, CaseError> {
        self.read_table()
    }

    /// Writes the logon sessions, in the order given.
    pub fn write_logon_sessions(&self, sessions: &[LogonSession]) -> Result<(), CaseError> {
        self.write_table(sessions)
    }

    /// Reads the logon sessions.
    pub fn logon_sessions(&self) -> Result<Vec<LogonSession>, CaseError> {
        self.read_table()
    }

    /// Writes the terminal sessions, in the order given.
    pub fn write_terminal_sessions(&self, sessions: &[TerminalSession]) -> Result<(), CaseError> {
        self.write_table(sessions)
    }

    /// Reads the terminal sessions.
    pub fn terminal_sessions(&self) -> Result<Vec<TerminalSession>, CaseError> {
        self.read_table()
    }

    /// Writes the boots, in the order given.
    pub fn write_boots(&self, boots: &[Boot]) -> Result<(), CaseError> {
        self.write_table(boots)
    }

    /// Reads the boots.
    pub fn boots(&self) -> Result<Vec<Boot>, CaseError> {
        self.read_table()
    }

    /// Writes how far the logs reach, in the order given.
    pub fn write_log_coverage(&self, logs: &[LogCoverage]) -> Result<(), CaseError> {
        self.write_table(logs)
    }

    /// Hands on how far the logs reach, in the order of the table.
    pub fn each_log_coverage(&self, sink: &mut dyn FnMut(LogCoverage)) -> Result<(), CaseError> {
        self.each_row(&[], sink)
    }

    /// The same without `spans`, `backward`, `clears`, `clock_changes`, `stops` and `absences`, which are empty then.
    pub fn each_log_reach(&self, sink: &mut dyn FnMut(LogCoverage)) -> Result<(), CaseError> {
        self.each_row(&["spans", "backward", "clears", "clock_changes", "stops", "absences"], sink)
    }

    /// Hands on the access sessions one by one, in the order of the table, without what proves them in detail: `links`,
    /// `turned_down` and `proofs` are empty.
    pub fn each_access_session(&self, sink: &mut dyn FnMut(AccessSession)) -> Result<(), CaseError> {
        self.each_row(&["links", "turned_down", "proofs"], sink)
    }

    /// The same without their `sources`: for who looks at all of them and wants no record of any.
    pub fn each_access_session_in_brief(&self, sink: &mut dyn FnMut(AccessSession)) -> Result<(), CaseError> {
        self.each_row(&["links", "turned_down", "proofs", "sources"], sink)
    }

    /// Hands on the logon sessions one by one, in the order of the table, without their `sources`.
    pub fn each_logon_session(&self, sink: &mut dyn FnMut(LogonSession)) -> Result<(), CaseError> {
        self.each_row(&["sources"], sink)
    }

    /// Hands on the terminal sessions one by one, in the order of the table, without their `sources`.
    pub fn each_terminal_session(&self, sink: &mut dyn FnMut(TerminalSession)) -> Result<(), CaseError> {
        self.each_row(&["sources"], sink)
    }

    pub(crate) fn write_table<T: Table>(&self, rows: &[T]) -> Result<(), CaseError> {
        let mut table = Growing::create(self)?;
        for row in rows {
            table.push(row.clone())?;
        }
        table.finish()
    }

    pub(crate) fn read_table<T: Table>(&self) -> Result<Vec<T>, CaseError> {
        let mut rows = Vec::new();
        self.each_row(&[], &mut |row| rows.push(row))?;
        Ok(rows)
    }

    /// Reads a table batch by batch. Lists that are left out are not read, and empty.
    pub(crate) fn each_row<T: Table>(
        &self,
        left_out: &[&str],
        sink: &mut dyn FnMut(T),
    ) -> Result<(), CaseError> {
        let path = self.made_table(T::FILE)?;
        let file = table::open(&path)?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(CaseError::parquet(&path))?;
        let schema = builder.schema();
        let kept: Vec<usize> = (0..schema.fields().len())
            .filter(|&n| !left_out.contains(&schema.field(n).name().as_str()))
            .collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), kept);
        let reader = builder
            .with_projection(mask)
            .with_batch_size(ROWS_PER_BATCH)
            .build()
            .map_err(CaseError::parquet(&path))?;
        for batch in reader {
            let batch =
                batch.and_then(|batch| with_empty::<T>(batch, left_out)).map_err(CaseError::arrow(&path))?;
            let mut some: Vec<T> = serde_arrow::from_record_batch(&batch)
                .map_err(|e| CaseError::Table { path: path.clone(), source: Box::new(e) })?;
            T::restore(&mut some, &batch);
            some.into_iter().for_each(&mut *sink);
        }
        Ok(())
    }
}

/// Puts empty lists in the place of columns that were not read.
fn with_empty<T: Table>(batch: RecordBatch, left_out: &[&str]) -> Result<RecordBatch, ArrowError> {
    if left_out.is_empty() {
        return Ok(batch);
    }
    let mut fields: Vec<FieldRef> = batch.schema().fields().iter().cloned().collect();
    let mut columns = batch.columns().to_vec();
    for field in T::columns().into_iter().filter(|f| left_out.contains(&f.name().as_str())) {
        let DataType::List(item) = field.data_type() else { continue };
        let mut empty = ListBuilder::new(make_builder(item.data_type(), 0)).with_field(Arc::clone(item));
        for _ in 0..batch.num_rows() {
            empty.append(true);
        }
        columns.push(Arc::new(empty.finish()));
        fields.push(field);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// A type of row that has a table of its own.
pub(crate) trait Table: Serialize + DeserializeOwned + Clone {
    /// The table's file.
    const FILE: &'static str;

    /// The columns that are the fields of the type.
    fn columns() -> Vec<FieldRef>;

    /// Makes every time one that can be written.
    fn fit(&mut self);

    /// The field and values of a further column that the fields alone do not give.
    fn extra_columns() -> Vec<FieldRef> {
        Vec::new()
    }

    /// The values of [`Self::extra_columns`].
    fn extra(_rows: &[Self]) -> Vec<ArrayRef> {
        Vec::new()
    }

    /// Puts back what [`Self::extra`] wrote.
    fn restore(_rows: &mut [Self], _batch: &RecordBatch) {}

    fn schema() -> SchemaRef {
        Arc::new(Schema::new(Self::columns().into_iter().chain(Self::extra_columns()).collect::<Vec<_>>()))
    }
}

/// Tells a reason that is a number from a code that looks like one.
const REASON_NUMBER: &str = "reason_number";

impl Table for AccessSession {
    const FILE: &'static str = "sessions.parquet";

    fn columns() -> Vec<FieldRef> {
        vec![
            must("session_uid", DataType::Utf8),
            must("computer", DataType::Utf8),
            may("user", DataType::Utf8),
            may("domain", DataType::Utf8),
            may("sid", DataType::Utf8),
            must("kind", DataType::Utf8),
            must("how", DataType::Utf8),
            must("outcome", DataType::Utf8),
            must("background", DataType::Boolean),
            may("ip", DataType::Utf8),
            may("port", DataType::UInt16),
            may("client", DataType::Utf8),
            may("resource", DataType::Utf8),
            must("scope", DataType::Utf8),
            may("attempt", time()),
            may("start", time()),
            may("end", time()),
            must("end_kind", DataType::Utf8),
            may("end_not_after", time()),
            may("reason", DataType::Utf8),
            may("reason_text", DataType::Utf8),
            may("status", DataType::Utf8),
            may("status_text", DataType::Utf8),
            must("logon_ids", list(DataType::Utf8)),
            must("linked_logon_ids", list(DataType::Utf8)),
            may("session_id", DataType::UInt32),
            may("line", DataType::Utf8),
            may("activity_id", DataType::Utf8),
            must(
                "authentication",
                record(vec![
                    may("package", DataType::Utf8),
                    may("logon_process", DataType::Utf8),
                    may("lm_package", DataType::Utf8),
                    may("nla", DataType::Boolean),
                    may("elevated", DataType::Boolean),
                    may("restricted_admin", DataType::Boolean),
                    may("credential_guard", DataType::Boolean),
                ]),
            ),
            must("prior_failures", DataType::UInt32),
            must("grade", DataType::Utf8),
            sources(),
            must(
                "missing",
                list(record(vec![
                    must("log", DataType::Utf8),
                    must("event_id", DataType::UInt32),
                    must("why", DataType::Utf8),
                ])),
            ),
            must(
                "links",
                list(record(vec![
                    must("from", DataType::Utf8),
                    must("to", DataType::Utf8),
                    must("rule", DataType::Utf8),
                    must("value", DataType::Utf8),
                ])),
            ),
            must(
                "turned_down",
                list(record(vec![
                    must("event_uid", DataType::Utf8),
                    must("log", DataType::Utf8),
                    must("event_id", DataType::UInt32),
                    must("record_id", DataType::UInt64),
                    must("why", DataType::Utf8),
                ])),
            ),
            must(
                "proofs",
                list(record(vec![
                    must("field", DataType::Utf8),
                    must("value", DataType::Utf8),
                    must("proven_by", list(DataType::Utf8)),
                    must(
                        "contradictions",
                        list(record(vec![must("event_uid", DataType::Utf8), must("value", DataType::Utf8)])),
                    ),
                ])),
            ),
        ]
    }

    fn fit(&mut self) {
        for time in [&mut self.attempt, &mut self.start, &mut self.end, &mut self.end_not_after] {
            fit(time);
        }
        fit_sources(&mut self.sources);
    }

    fn extra_columns() -> Vec<FieldRef> {
        vec![may(REASON_NUMBER, DataType::UInt32)]
    }

    fn extra(rows: &[Self]) -> Vec<ArrayRef> {
        let numbers = rows.iter().map(|row| match row.reason {
            Some(Reason::Number(number)) => Some(number),
            _ => None,
        });
        vec![Arc::new(numbers.collect::<UInt32Array>())]
    }

    fn restore(rows: &mut [Self], batch: &RecordBatch) {
        let Some(numbers) =
            batch.column_by_name(REASON_NUMBER).and_then(|c| c.as_primitive_opt::<UInt32Type>())
        else {
            return;
        };
        for (at, row) in rows.iter_mut().enumerate() {
            if numbers.is_valid(at) {
                row.reason = Some(Reason::Number(numbers.value(at)));
            }
        }
    }
}

impl Table for LogonSession {
    const FILE: &'static str = "logon_sessions.parquet";

    fn columns() -> Vec<FieldRef> {
        vec![
            must("computer", DataType::Utf8),
            may("boot", time()),
            must("logon_id", DataType::Utf8),
            may("user", DataType::Utf8),
            may("domain", DataType::Utf8),
            may("sid", DataType::Utf8),
            may("logon_type", DataType::UInt8),
            must("kind", DataType::Utf8),
            may("ip", DataType::Utf8),
            may("port", DataType::UInt16),
            may("workstation", DataType::Utf8),
            may("linked_logon_id", DataType::Utf8),
            may("elevated", DataType::Boolean),
            may("authentication", DataType::Utf8),
            may("process", DataType::Utf8),
            may("start", time()),
            may("end", time()),
            must("end_kind", DataType::Utf8),
            may("end_not_after", time()),
            may("session_uid", DataType::Utf8),
            sources(),
        ]
    }

    fn fit(&mut self) {
        for time in [&mut self.boot, &mut self.start, &mut self.end, &mut self.end_not_after] {
            fit(time);
        }
        fit_sources(&mut self.sources);
    }
}

impl Table for TerminalSession {
    const FILE: &'static str = "terminal_sessions.parquet";

    fn columns() -> Vec<FieldRef> {
        let connection = record(vec![
            must("how", DataType::Utf8),
            may("address", DataType::Utf8),
            may("start", time()),
            may("end", time()),
            must("end_kind", DataType::Utf8),
            may("reason", DataType::UInt32),
            may("activity_id", DataType::Utf8),
            may("session_uid", DataType::Utf8),
        ]);
        vec![
            must("computer", DataType::Utf8),
            may("boot", time()),
            must("session_id", DataType::UInt32),
            may("user", DataType::Utf8),
            may("domain", DataType::Utf8),
            may("start", time()),
            may("shell_start", time()),
            may("end", time()),
            must("end_kind", DataType::Utf8),
            may("end_not_after", time()),
            must("connections", list(connection)),
            sources(),
        ]
    }

    fn fit(&mut self) {
        for time in
            [&mut self.boot, &mut self.start, &mut self.shell_start, &mut self.end, &mut self.end_not_after]
        {
            fit(time);
        }
        for connection in &mut self.connections {
            fit(&mut connection.start);
            fit(&mut connection.end);
        }
        fit_sources(&mut self.sources);
    }
}

impl Table for Boot {
    const FILE: &'static str = "boots.parquet";

    fn columns() -> Vec<FieldRef> {
        vec![
            must("computer", DataType::Utf8),
            may("start", time()),
            must("end_kind", DataType::Utf8),
            may("end_not_after", time()),
            must(
                "stretches",
                list(record(vec![
                    must("log", DataType::Utf8),
                    must("from_record_id", DataType::UInt64),
                    must("to_record_id", DataType::UInt64),
                    must("from", time()),
                    must("to", time()),
                    must("shift", DataType::Int64),
                ])),
            ),
        ]
    }

    fn fit(&mut self) {
        fit(&mut self.start);
        fit(&mut self.end_not_after);
        for stretch in &mut self.stretches {
            fit_own(&mut stretch.from);
            fit_own(&mut stretch.to);
        }
    }
}

impl Table for LogCoverage {
    const FILE: &'static str = "coverage.parquet";

    fn columns() -> Vec<FieldRef> {
        let noted = || {
            vec![
                must("time", time()),
                must("event_uid", DataType::Utf8),
                must("event_id", DataType::UInt32),
                must("record_id", DataType::UInt64),
            ]
        };
        let with = |more: Vec<FieldRef>| list(record(noted().into_iter().chain(more).collect()));
        vec![
            must("computer", DataType::Utf8),
            must("names", list(DataType::Utf8)),
            must("log", DataType::Utf8),
            must("state", DataType::Utf8),
            must("records", DataType::UInt64),
            must("event_ids", list(DataType::UInt32)),
            may("first", time()),
            may("last", time()),
            may("first_record_id", DataType::UInt64),
            may("last_record_id", DataType::UInt64),
            may("begins", DataType::Utf8),
            may("hours_kept", DataType::UInt32),
            must("lost", DataType::UInt64),
            must("gaps_total", DataType::UInt64),
            must(
                "gaps",
                list(record(vec![
                    must("why", DataType::Utf8),
                    must("from", time()),
                    must("to", time()),
                    may("from_record_id", DataType::UInt64),
                    may("to_record_id", DataType::UInt64),
                    may("lost", DataType::UInt64),
                    must("kept", DataType::UInt64),
                    must("holes", DataType::UInt64),
                ])),
            ),
            must("spans_total", DataType::UInt64),
            must(
                "spans",
                list(record(vec![
                    must("from", time()),
                    must("to", time()),
                    must("from_record_id", DataType::UInt64),
                    must("to_record_id", DataType::UInt64),
                    must("records", DataType::UInt64),
                ])),
            ),
            must("backward_total", DataType::UInt64),
            must(
                "backward",
                list(record(vec![
                    must("before_record_id", DataType::UInt64),
                    must("before", time()),
                    must("after_record_id", DataType::UInt64),
                    must("after", time()),
                ])),
            ),
            must("clears_total", DataType::UInt64),
            must(
                "clears",
                with(vec![
                    must("noted_in", DataType::Utf8),
                    may("user", DataType::Utf8),
                    may("logon_id", DataType::Utf8),
                    may("session_uid", DataType::Utf8),
                ]),
            ),
            must("clock_changes_total", DataType::UInt64),
            must(
                "clock_changes",
                with(vec![
                    may("old", time()),
                    may("new", time()),
                    may("user", DataType::Utf8),
                    may("image", DataType::Utf8),
                ]),
            ),
            must("stops_total", DataType::UInt64),
            must("stops", with(vec![may("resumed", time())])),
            must(
                "absences",
                list(record(vec![
                    must("event_id", DataType::UInt32),
                    must("present", DataType::UInt64),
                    must("absent", DataType::UInt64),
                    must("sessions", list(DataType::Utf8)),
                ])),
            ),
        ]
    }

    fn fit(&mut self) {
        fit(&mut self.first);
        fit(&mut self.last);
        for time in self.gaps.iter_mut().flat_map(|gap| [&mut gap.from, &mut gap.to]) {
            fit_own(time);
        }
        for time in self.spans.iter_mut().flat_map(|span| [&mut span.from, &mut span.to]) {
            fit_own(time);
        }
        for time in self.backward.iter_mut().flat_map(|fall| [&mut fall.before, &mut fall.after]) {
            fit_own(time);
        }
        self.clears.iter_mut().for_each(|clear| fit_own(&mut clear.time));
        for change in &mut self.clock_changes {
            fit_own(&mut change.time);
            fit(&mut change.old);
            fit(&mut change.new);
        }
        for stop in &mut self.stops {
            fit_own(&mut stop.time);
            fit(&mut stop.resumed);
        }
    }
}

fn sources() -> FieldRef {
    must(
        "sources",
        list(record(vec![
            must("event_uid", DataType::Utf8),
            must("log", DataType::Utf8),
            must("event_id", DataType::UInt32),
            must("record_id", DataType::UInt64),
            must("time", time()),
            must("role", DataType::Utf8),
            must("link", DataType::Utf8),
        ])),
    )
}

fn fit_sources(sources: &mut [Source]) {
    for source in sources {
        fit_own(&mut source.time);
    }
}
