//! The session engine's reading of the case: few columns, relevant rows, each record once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{Array, BooleanArray, PrimitiveArray, RecordBatch};
use arrow_schema::ArrowError;
use kilroy_model::{Action, EventUid};
use kilroy_sessions::{Rename, SessionEvent, is_relevant};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder, RowFilter,
};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;
use parquet::schema::types::SchemaDescriptor;

use crate::query::repeats::{Suspect, half, repeated, suspects};
use crate::query::table::with_dictionaries;
use crate::query::{Check, Column, Expr, Filter};
use crate::scan_row::{COLUMNS, Columns, DICTIONARIES, Texts, Words, Wrong, numbers, text, texts, uid};
use crate::{Case, CaseError, table};

/// Rows that are decoded at a time.
const ROWS_PER_READ: usize = 4096;

/// The events of a case as the session engine reads them.
#[derive(Debug)]
pub struct SessionEvents {
    /// By host key.
    hosts: BTreeMap<String, Vec<PathBuf>>,
}

impl SessionEvents {
    /// Gives the session engine the events of some hosts: what [`SessionEvent::of`] makes of the events as written, each
    /// record once.
    ///
    /// Host by host; within a host no order is promised, but the set of events depends on the records only: the same
    /// records in other files, merged or split, give the same events. If copies of one record differ (an export may drop
    /// the activity), the one that says more is given. Memory: 8 bytes per relevant record of one host, one read of
    /// rows, and those of its records that stand in more than one file.
    pub fn of<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
        sink: &mut dyn FnMut(SessionEvent),
    ) -> Result<(), CaseError> {
        let mut texts = Texts::default();
        for files in names.into_iter().filter_map(|name| self.hosts.get(name)) {
            of_host(files, &mut texts, sink)?;
        }
        Ok(())
    }

    /// The names of all hosts.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.hosts.keys().map(String::as_str)
    }

    /// The files with events of some hosts.
    pub(crate) fn files<'s, 'n>(
        &'s self,
        names: impl IntoIterator<Item = &'n str>,
    ) -> impl Iterator<Item = &'s PathBuf> {
        names.into_iter().filter_map(|name| self.hosts.get(name)).flatten()
    }
}

fn renames_in(batch: &RecordBatch, renames: &mut Vec<Rename>) -> Result<(), Wrong> {
    let hosts: Words<'_, ()> = Words::of(batch, "host")?;
    let actions: Words<'_, ()> = Words::of(batch, "action")?;
    let (old, new) = (texts(batch, "old_value")?, texts(batch, "new_value")?);
    for row in 0..batch.num_rows() {
        let says = (hosts.text(row), text(old, row), text(new, row));
        if actions.text(row) == Some(Action::HostRenamed.name())
            && let (Some(host), Some(old), Some(new)) = says
        {
            renames.push(Rename::new(old, new, host));
        }
    }
    Ok(())
}

fn of_host(
    files: &[PathBuf],
    texts: &mut Texts,
    sink: &mut dyn FnMut(SessionEvent),
) -> Result<(), CaseError> {
    let repeated = repeated_in(files)?;
    let mut best: BTreeMap<EventUid, SessionEvent> = BTreeMap::new();
    for file in files {
        for batch in Rows::relevant(file, COLUMNS, None)? {
            let batch = batch?;
            let mut columns = Columns::of(&batch, texts).map_err(|what| CaseError::table(file, what))?;
            for row in 0..batch.num_rows() {
                let event = columns.event(row, texts).map_err(|what| CaseError::table(file, what))?;
                let Some(event) = event else { continue };
                if repeated.binary_search(&half(event.uid)).is_err() {
                    sink(event);
                } else if best.get(&event.uid).is_none_or(|known| says_more(&event, known)) {
                    best.insert(event.uid, event);
                }
            }
            columns.done(texts);
        }
    }
    best.into_values().for_each(&mut *sink);
    Ok(())
}

impl Case {
    /// The events of the case as they are now, for the session engine.
    pub fn session_source(&self) -> Result<SessionEvents, CaseError> {
        Ok(SessionEvents { hosts: self.event_files()? })
    }

    /// All of them: see [`SessionEvents::of`].
    pub fn session_events(&self, sink: &mut dyn FnMut(SessionEvent)) -> Result<(), CaseError> {
        let source = self.session_source()?;
        source.of(source.hosts(), sink)
    }

    /// What the events say of machines that were given another name.
    pub fn renames(&self, threads: usize) -> Result<Vec<Rename>, CaseError> {
        const EVENT_LOG_RENAMED: u64 = 6011;
        let wanted = Column::named("event_id")
            .map(|column| Expr::Test(column, Check::Numbers(vec![(EVENT_LOG_RENAMED, EVENT_LOG_RENAMED)])));
        let filter = wanted.into_iter().fold(Filter::default(), Filter::and);
        let names = ["host", "action", "old_value", "new_value"];
        let columns: Vec<Column> = names.into_iter().filter_map(Column::named).collect();
        let mut renames = Vec::new();
        for batch in self.scan(&filter, threads)?.batches(&columns) {
            renames_in(&batch?, &mut renames).map_err(|what| CaseError::table(&self.shared.root, what))?;
        }
        renames.sort_unstable();
        renames.dedup();
        Ok(renames)
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

/// Halves of the uids of the relevant records of one host that stand in its files more than once, sorted.
///
/// Only row groups are read that may have a record in common, as far as their bounds tell: mostly none.
fn repeated_in(files: &[PathBuf]) -> Result<Vec<u64>, CaseError> {
    let mut halves = Vec::new();
    for Suspect { file, groups, .. } in suspects(files)? {
        let file = &files[file];
        for batch in Rows::relevant(file, &["event_uid"], Some(&groups))? {
            let batch = batch?;
            let uids = texts(&batch, "event_uid").map_err(|what| CaseError::table(file, what))?;
            for row in 0..batch.num_rows() {
                halves.push(half(uid(uids, row).map_err(|what| CaseError::table(file, what))?));
            }
        }
    }
    Ok(repeated(halves))
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
        Self::open(file, columns, |_, _| true, |_| None)
    }

    /// The rows that the engine reads. Only what tells them is decoded for all rows, and nothing of row groups that have
    /// none.
    /// `only`: of these row groups.
    fn relevant(file: &'a Path, columns: &[&str], only: Option<&[usize]>) -> Result<Self, CaseError> {
        let asked = |place: usize| only.is_none_or(|only| only.binary_search(&place).is_ok());
        Self::open(
            file,
            columns,
            |place, group| asked(place) && may_be_relevant(group),
            |schema| {
                let telling = ProjectionMask::columns(schema, ["action", "terminal_session"]);
                let relevant =
                    ArrowPredicateFn::new(telling, |batch| wanted(&batch).map_err(ArrowError::SchemaError));
                Some(RowFilter::new(vec![Box::new(relevant)]))
            },
        )
    }

    fn open(
        file: &'a Path,
        columns: &[&str],
        group: impl Fn(usize, &RowGroupMetaData) -> bool,
        filter: impl FnOnce(&SchemaDescriptor) -> Option<RowFilter>,
    ) -> Result<Self, CaseError> {
        let failed = || CaseError::parquet(file);
        let input = table::open(file)?;
        let found = ArrowReaderMetadata::load(&input, ArrowReaderOptions::new()).map_err(failed())?;
        let schema = with_dictionaries(found.schema(), |name| DICTIONARIES.contains(&name));
        let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
        let metadata =
            ArrowReaderMetadata::try_new(Arc::clone(found.metadata()), options).map_err(failed())?;
        let groups = groups(metadata.metadata(), group);
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(input, metadata);
        let columns = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        let filter = filter(builder.parquet_schema());
        let builder = builder.with_projection(columns).with_row_groups(groups).with_batch_size(ROWS_PER_READ);
        let builder = match filter {
            Some(filter) => builder.with_row_filter(filter),
            None => builder,
        };
        Ok(Self { file, reader: builder.build().map_err(failed())? })
    }
}

/// The row groups that are like this.
fn groups(file: &ParquetMetaData, group: impl Fn(usize, &RowGroupMetaData) -> bool) -> Vec<usize> {
    file.row_groups().iter().enumerate().filter(|(at, g)| group(*at, g)).map(|(at, _)| at).collect()
}

/// Can a row group hold a row for the engine, as far as its statistics tell?
fn may_be_relevant(group: &RowGroupMetaData) -> bool {
    let actions = group.columns().iter().find(|c| c.column_path().string() == "action");
    let Some(Statistics::ByteArray(known)) = actions.and_then(|c| c.statistics()) else { return true };
    let (Some(first), Some(last)) = (known.min_opt(), known.max_opt()) else {
        // No limits: either no action at all, or no word on it.
        let rows = u64::try_from(group.num_rows()).ok();
        return known.null_count_opt().is_none() || known.null_count_opt() != rows;
    };
    // Long values may be cut: the limits still hold.
    let inside = |name: &str| first.data() <= name.as_bytes() && name.as_bytes() <= last.data();
    Action::ALL.iter().any(|action| is_relevant(*action) && inside(action.name()))
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
    let mut actions: Words<'_, Option<Action>> = Words::of(batch, "action")?;
    let mut wanted = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let relevant = |name: &str| name.parse::<Action>().ok().filter(|action| is_relevant(*action));
        let action = actions.get(row, |name| Ok::<_, Wrong>(relevant(name)))?.copied().flatten();
        wanted.push(action.is_some_and(|a| a != Action::ProcessStarted || sessions.is_valid(row)));
    }
    Ok(wanted.into())
}
