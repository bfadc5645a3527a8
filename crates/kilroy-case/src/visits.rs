//! Access sessions in numbers, as `kilroy_findings::views` counts them: the few columns it takes, all threads, no receipts.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampNanosecondType, UInt32Type};
use arrow_array::{Array, BooleanArray, DictionaryArray, PrimitiveArray, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use kilroy_findings::views::{Name, Names, Visit};
use kilroy_model::{AccessSession, How, Kind, Scope, SessionOutcome, SessionUid, Timestamp};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
};

use crate::made_columns::time;
use crate::query::Rows;
use crate::scan_row::Wrong;
use crate::session_tables::Table;
use crate::table::ROWS_PER_GROUP;
use crate::{Case, CaseError, table};

/// Texts of which there are few: they are read as numbers.
const TEXTS: [&str; 9] = ["computer", "user", "domain", "ip", "client", "kind", "how", "outcome", "scope"];
const OTHERS: [&str; 7] =
    ["session_uid", "background", "prior_failures", "attempt", "start", "end", "end_not_after"];
/// Times of the records of a session.
const RECORD_TIMES: &str = "sources.list.item.time";

/// Which sessions must know the times of their records, though it costs more to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordTimes {
    /// Those without any other time.
    WhereNothingElseTells,
    /// Those whose end nothing bounds, too.
    WhereTheEndIsOpen,
}

impl Case {
    /// Hands on all access sessions in numbers, in the order of the table, and gives back the names that the numbers stand
    /// for. `threads`: how many may read.
    pub fn each_visit(
        &self,
        times: RecordTimes,
        threads: usize,
        sink: &mut dyn FnMut(&Names, &Visit),
    ) -> Result<Names, CaseError> {
        let path = self.made_table(AccessSession::FILE)?;
        let found = ArrowReaderMetadata::load(&table::open(&path)?, ArrowReaderOptions::new())
            .map_err(CaseError::parquet(&path))?;
        let options = ArrowReaderOptions::new().with_schema(Arc::new(with_dictionaries(found.schema())));
        let metadata = ArrowReaderMetadata::try_new(Arc::clone(found.metadata()), options)
            .map_err(CaseError::parquet(&path))?;
        let reading = Reading { path: &path, metadata: &metadata, times };
        let groups = metadata.metadata().num_row_groups();
        let threads = threads.clamp(1, groups.max(1));
        let mut names = Names::default();
        thread::scope(|scope| {
            let mut parts: Vec<Receiver<Result<Part, CaseError>>> = Vec::new();
            for first in 0..threads {
                // Each thread is at most one group ahead of who counts.
                let (into, part) = sync_channel(1);
                let some = (first..groups).step_by(threads);
                scope.spawn(move || reading.hand_on(some, &into));
                parts.push(part);
            }
            for group in 0..groups {
                let part = parts.get(group % threads).and_then(|part| part.recv().ok());
                let Some(part) = part else { break };
                part?.visits(&mut names, sink).map_err(|what| CaseError::table(&path, what))?;
            }
            Ok(names)
        })
    }
}

/// The schema with numbers in the place of texts that recur.
fn with_dictionaries(schema: &Schema) -> Schema {
    let fields = schema.fields().iter().map(|field| {
        if TEXTS.contains(&field.name().as_str()) {
            let numbers = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            Arc::new(Field::new(field.name(), numbers, field.is_nullable()))
        } else {
            Arc::clone(field)
        }
    });
    Schema::new(fields.collect::<Vec<_>>())
}

/// The table, opened.
#[derive(Clone, Copy)]
struct Reading<'a> {
    path: &'a std::path::Path,
    metadata: &'a ArrowReaderMetadata,
    times: RecordTimes,
}

/// One group of rows.
struct Part {
    rows: Vec<RecordBatch>,
    /// Times of the first and the latest record of some rows.
    times: Vec<(usize, Timestamp, Timestamp)>,
}

impl Reading<'_> {
    /// Reads groups and hands them on until nobody takes them any more.
    fn hand_on(&self, groups: impl Iterator<Item = usize>, into: &SyncSender<Result<Part, CaseError>>) {
        for group in groups {
            let part = self.part(group);
            let failed = part.is_err();
            if into.send(part).is_err() || failed {
                return;
            }
        }
    }

    fn part(&self, group: usize) -> Result<Part, CaseError> {
        let columns: Vec<&str> = TEXTS.iter().chain(&OTHERS).copied().collect();
        let rows = self.read(group, &columns, None)?;
        let wrong = |what| CaseError::table(self.path, what);
        let mut wanted = Vec::new();
        let mut first = 0;
        for batch in &rows {
            wanted.extend(self.wanted(batch).map_err(wrong)?.map(|row| first + row));
            first += batch.num_rows();
        }
        let mut times = Vec::new();
        if !wanted.is_empty() {
            let some = Rows::of(wanted);
            let mut places = some.iter();
            for batch in self.read(group, &[RECORD_TIMES], Some(&some))? {
                for span in spans(&batch).map_err(wrong)? {
                    let place = places.next();
                    times.extend(place.zip(span).map(|(row, (first, last))| (row, first, last)));
                }
            }
        }
        Ok(Part { rows, times })
    }

    fn read(
        &self,
        group: usize,
        columns: &[&str],
        rows: Option<&Rows>,
    ) -> Result<Vec<RecordBatch>, CaseError> {
        let failed = || CaseError::parquet(self.path);
        let input = table::open(self.path)?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(input, self.metadata.clone())
            .with_row_groups(vec![group])
            .with_batch_size(ROWS_PER_GROUP);
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        let all = usize::try_from(self.metadata.metadata().row_group(group).num_rows()).unwrap_or(0);
        let builder = match rows.and_then(Rows::ranges) {
            Some(ranges) => {
                builder.with_row_selection(RowSelection::from_consecutive_ranges(ranges.iter().cloned(), all))
            }
            None => builder,
        };
        let reader = builder.with_projection(mask).build().map_err(failed())?;
        reader.map(|batch| batch.map_err(CaseError::arrow(self.path))).collect()
    }

    /// The rows whose records are asked for their times.
    fn wanted<'b>(&self, batch: &'b RecordBatch) -> Result<impl Iterator<Item = usize> + use<'b>, Wrong> {
        let column = |name: &str| moments(batch, name);
        let (attempt, start) = (column("attempt")?, column("start")?);
        let (end, bound) = (column("end")?, column("end_not_after")?);
        let open_too = self.times == RecordTimes::WhereTheEndIsOpen;
        Ok((0..batch.num_rows()).filter(move |&row| {
            let no_end = end.is_null(row);
            let timeless = no_end && attempt.is_null(row) && start.is_null(row);
            timeless || (open_too && no_end && bound.is_null(row))
        }))
    }
}

/// The first and the latest time in each list of records.
fn spans(batch: &RecordBatch) -> Result<Vec<Option<(Timestamp, Timestamp)>>, Wrong> {
    let lists = batch.column_by_name("sources").and_then(|column| column.as_list_opt::<i32>());
    let lists = lists.ok_or("it has no column sources of lists")?;
    let span = |list: Option<arrow_array::ArrayRef>| -> Result<Option<(Timestamp, Timestamp)>, Wrong> {
        let Some(list) = list else { return Ok(None) };
        let times = list.as_struct_opt().and_then(|of| of.column_by_name("time").cloned());
        let times = times.ok_or("its sources have no time")?;
        let times = times.as_primitive_opt::<TimestampNanosecondType>().ok_or("times are no times")?;
        let at = |row: usize| Timestamp::from_nanos(times.value(row));
        let latest = (0..times.len()).map(at).max();
        // They are in the order of time as far as clocks allow: the first one counts.
        Ok((!times.is_empty()).then(|| at(0)).zip(latest))
    };
    lists.iter().map(span).collect()
}

fn moments<'b>(
    batch: &'b RecordBatch,
    name: &str,
) -> Result<&'b PrimitiveArray<TimestampNanosecondType>, Wrong> {
    let column = batch.column_by_name(name).filter(|column| *column.data_type() == time());
    let column = column.and_then(|column| column.as_primitive_opt());
    column.ok_or_else(|| format!("it has no column {name} of times"))
}

/// A column of texts that recur, with what each of them means here.
struct Texts<'b, T> {
    keys: &'b PrimitiveArray<Int32Type>,
    meanings: Vec<T>,
}

impl<'b, T: Copy> Texts<'b, T> {
    fn of(
        batch: &'b RecordBatch,
        name: &str,
        mean: impl FnMut(&str) -> Result<T, Wrong>,
    ) -> Result<Self, Wrong> {
        let column = batch.column_by_name(name).and_then(|column| column.as_dictionary_opt::<Int32Type>());
        let column: &DictionaryArray<Int32Type> =
            column.ok_or_else(|| format!("it has no column {name} of texts"))?;
        let texts: &StringArray =
            column.values().as_string_opt::<i32>().ok_or_else(|| format!("{name} is no column of texts"))?;
        let meanings = texts.iter().map(Option::unwrap_or_default).map(mean).collect::<Result<_, _>>()?;
        Ok(Self { keys: column.keys(), meanings })
    }

    fn get(&self, row: usize) -> Option<T> {
        if self.keys.is_null(row) {
            return None;
        }
        usize::try_from(self.keys.value(row)).ok().and_then(|key| self.meanings.get(key)).copied()
    }

    fn must(&self, row: usize) -> Result<T, Wrong> {
        self.get(row).ok_or_else(|| "a column that must have a value has none".into())
    }
}

/// One of the names that there are.
fn one_of<T: Copy>(all: &'static [T], name: fn(T) -> &'static str) -> impl Fn(&str) -> Result<T, Wrong> {
    move |text| {
        all.iter().copied().find(|one| name(*one) == text).ok_or_else(|| format!("it has a word {text:?}"))
    }
}

impl Part {
    /// Hands on the rows.
    fn visits(&self, names: &mut Names, sink: &mut dyn FnMut(&Names, &Visit)) -> Result<(), Wrong> {
        let mut times = self.times.iter().peekable();
        let mut place = 0;
        for batch in &self.rows {
            let columns = Columns::of(batch, names)?;
            for row in 0..batch.num_rows() {
                let known = times.next_if(|(known, ..)| *known == place);
                sink(names, &columns.visit(row, known.map(|(_, first, last)| (*first, *last)))?);
                place += 1;
            }
        }
        Ok(())
    }
}

struct Columns<'b> {
    session_uid: &'b StringArray,
    background: &'b BooleanArray,
    prior_failures: &'b PrimitiveArray<UInt32Type>,
    computer: Texts<'b, Name>,
    user: Texts<'b, Name>,
    domain: Texts<'b, Name>,
    ip: Texts<'b, Name>,
    client: Texts<'b, Name>,
    kind: Texts<'b, Kind>,
    how: Texts<'b, How>,
    outcome: Texts<'b, SessionOutcome>,
    scope: Texts<'b, Scope>,
    /// `attempt`, `start`, `end`, `end_not_after`.
    times: [&'b PrimitiveArray<TimestampNanosecondType>; 4],
}

impl<'b> Columns<'b> {
    fn of(batch: &'b RecordBatch, names: &mut Names) -> Result<Self, Wrong> {
        let mut named = |column: &str| Texts::of(batch, column, |text| Ok(names.name(text)));
        let (computer, user, domain) = (named("computer")?, named("user")?, named("domain")?);
        let (ip, client) = (named("ip")?, named("client")?);
        let column = |name: &str| batch.column_by_name(name);
        Ok(Self {
            session_uid: column("session_uid")
                .and_then(|column| column.as_string_opt())
                .ok_or("it has no column session_uid of texts")?,
            background: column("background")
                .and_then(|column| column.as_boolean_opt())
                .ok_or("it has no column background")?,
            prior_failures: column("prior_failures")
                .and_then(|column| column.as_primitive_opt())
                .ok_or("it has no column prior_failures")?,
            computer,
            user,
            domain,
            ip,
            client,
            kind: Texts::of(batch, "kind", one_of(Kind::ALL, Kind::name))?,
            how: Texts::of(batch, "how", one_of(How::ALL, How::name))?,
            outcome: Texts::of(batch, "outcome", one_of(SessionOutcome::ALL, SessionOutcome::name))?,
            scope: Texts::of(batch, "scope", one_of(Scope::ALL, Scope::name))?,
            times: [
                moments(batch, "attempt")?,
                moments(batch, "start")?,
                moments(batch, "end")?,
                moments(batch, "end_not_after")?,
            ],
        })
    }

    fn visit(&self, row: usize, records: Option<(Timestamp, Timestamp)>) -> Result<Visit, Wrong> {
        let [attempt, start, end, end_not_after] =
            self.times.map(|times| times.is_valid(row).then(|| Timestamp::from_nanos(times.value(row))));
        Ok(Visit {
            session_uid: SessionUid::from_str(self.session_uid.value(row))
                .map_err(|_| "a session_uid is none")?,
            host: self.computer.must(row)?,
            user: self.user.get(row),
            domain: self.domain.get(row),
            ip: self.ip.get(row),
            client: self.client.get(row),
            kind: self.kind.must(row)?,
            how: self.how.must(row)?,
            outcome: self.outcome.must(row)?,
            background: self.background.value(row),
            scope: self.scope.must(row)?,
            prior_failures: self.prior_failures.value(row),
            attempt,
            start,
            end,
            end_not_after,
            records,
        })
    }
}
