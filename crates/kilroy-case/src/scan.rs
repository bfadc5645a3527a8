//! The session engine's reading of the case: few columns, relevant rows, each record once.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use arrow_array::types::UInt32Type;
use arrow_array::{Array, BooleanArray, PrimitiveArray, RecordBatch};
use arrow_schema::ArrowError;
use kilroy_model::{Action, EventUid};
use kilroy_sessions::{SessionEvent, is_relevant};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowFilter,
};
use parquet::schema::types::SchemaDescriptor;

use crate::scan_row::{COLUMNS, Columns, Texts, Wrong, numbers, texts, uid};
use crate::{Case, CaseError, table};

/// Rows that are decoded at a time.
const ROWS_PER_READ: usize = 4096;

impl Case {
    /// Gives the session engine its events: what [`SessionEvent::of`] makes of the events as written, each record once.
    ///
    /// Host by host; within a host no order is promised, but the set of events depends on the records only: the same
    /// records in other files, merged or split, give the same events. If copies of one record differ (an export may drop
    /// the activity), the one that says more is given. Memory: 16 bytes per relevant record of one host, one read of
    /// rows, and those of its records that stand in more than one file.
    pub fn session_events(&self, sink: &mut dyn FnMut(SessionEvent)) -> Result<(), CaseError> {
        let mut texts = Texts::default();
        for files in self.event_files()?.values() {
            let repeated = repeated(files)?;
            let mut best: BTreeMap<EventUid, SessionEvent> = BTreeMap::new();
            for file in files {
                for batch in Rows::relevant(file, COLUMNS)? {
                    let batch = batch?;
                    let columns = Columns::of(&batch).map_err(|what| CaseError::table(file, what))?;
                    for row in 0..batch.num_rows() {
                        let event =
                            columns.event(row, &mut texts).map_err(|what| CaseError::table(file, what))?;
                        let Some(event) = event else { continue };
                        if !repeated.contains(&event.uid) {
                            sink(event);
                        } else if best.get(&event.uid).is_none_or(|known| says_more(&event, known)) {
                            best.insert(event.uid, event);
                        }
                    }
                }
            }
            best.into_values().for_each(&mut *sink);
        }
        Ok(())
    }

    /// The event files of the evidence that the case holds, by host.
    pub(crate) fn event_files(&self) -> Result<BTreeMap<String, Vec<PathBuf>>, CaseError> {
        let rows = self.register_file().with(|db| {
            let mut files = db.prepare("SELECT host, file FROM event_files ORDER BY host, evidence_id")?;
            files
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<Vec<(String, String)>>>()
        })?;
        let mut hosts: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        for (host, file) in rows {
            hosts.entry(host).or_default().push(self.shared.place(&file));
        }
        Ok(hosts)
    }
}

/// The relevant records of one host that stand in its files more than once.
fn repeated(files: &[PathBuf]) -> Result<HashSet<EventUid>, CaseError> {
    let (mut seen, mut repeated) = (HashSet::new(), HashSet::new());
    for file in files {
        for batch in Rows::relevant(file, &["event_uid"])? {
            let batch = batch?;
            let uids = texts(&batch, "event_uid").map_err(|what| CaseError::table(file, what))?;
            for row in 0..batch.num_rows() {
                let uid = uid(uids, row).map_err(|what| CaseError::table(file, what))?;
                if !seen.insert(uid) {
                    repeated.insert(uid);
                }
            }
        }
    }
    Ok(repeated)
}

/// Does one copy of a record say more than the other? Where both say as much, spelling decides, so that the same copies
/// in other files give the same answer.
fn says_more(a: &SessionEvent, b: &SessionEvent) -> bool {
    let rank = |e: &SessionEvent| (e.activity_id.is_none(), format!("{e:?}"));
    a != b && rank(a) < rank(b)
}

/// Rows of one event file, some columns of them, one row group after the other.
pub(crate) struct Rows<'a> {
    file: &'a Path,
    reader: ParquetRecordBatchReader,
}

impl<'a> Rows<'a> {
    /// All rows.
    pub(crate) fn all(file: &'a Path, columns: &[&str]) -> Result<Self, CaseError> {
        Self::open(file, columns, |_| None)
    }

    /// The rows that the engine reads. Only what tells them is decoded for all rows.
    fn relevant(file: &'a Path, columns: &[&str]) -> Result<Self, CaseError> {
        Self::open(file, columns, |schema| {
            let telling = ProjectionMask::columns(schema, ["action", "terminal_session"]);
            let relevant =
                ArrowPredicateFn::new(telling, |batch| wanted(&batch).map_err(ArrowError::SchemaError));
            Some(RowFilter::new(vec![Box::new(relevant)]))
        })
    }

    fn open(
        file: &'a Path,
        columns: &[&str],
        filter: impl FnOnce(&SchemaDescriptor) -> Option<RowFilter>,
    ) -> Result<Self, CaseError> {
        let failed = || CaseError::parquet(file);
        let builder = ParquetRecordBatchReaderBuilder::try_new(table::open(file)?).map_err(failed())?;
        let columns = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        let filter = filter(builder.parquet_schema());
        let builder = builder.with_projection(columns).with_batch_size(ROWS_PER_READ);
        let builder = match filter {
            Some(filter) => builder.with_row_filter(filter),
            None => builder,
        };
        Ok(Self { file, reader: builder.build().map_err(failed())? })
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<RecordBatch, CaseError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.reader.next().map(|batch| batch.map_err(CaseError::arrow(self.file)))
    }
}

/// Which rows `SessionEvent::of` would not turn away. Process starts are the bulk of many logs, and those that name no
/// terminal session are of no use to the engine: they are left out before anything else of them is decoded.
fn wanted(batch: &RecordBatch) -> Result<BooleanArray, Wrong> {
    let sessions: &PrimitiveArray<UInt32Type> = numbers(batch, "terminal_session")?;
    let actions =
        texts(batch, "action")?.iter().map(|name| name.and_then(|name| name.parse::<Action>().ok()));
    let wanted = actions.enumerate().map(|(row, action)| {
        let of_use = |action: Action| action != Action::ProcessStarted || sessions.is_valid(row);
        Some(action.is_some_and(|action| is_relevant(action) && of_use(action)))
    });
    Ok(wanted.collect())
}
