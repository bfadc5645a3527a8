//! Records that stand more than once in a case: live log and shadow copy, a forwarded copy, what was recovered from slack.
//!
//! Every file keeps all of its records; each record is shown once, with the file that comes first among those in which it
//! is no recovered one. Which rows are hidden stands in a table of its own, made anew whenever files came in. A case whose
//! table is not of its files (a run was killed) is asked row by row: slower, with the same answer.
//!
//! Files are sorted by time, so copies of a record are found by going through the files of a host side by side. Most files
//! need not be read for that: the bounds of their row groups tell that no two have records of the same log and time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampNanosecondType, UInt64Type};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, UInt64Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use kilroy_model::EventUid;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::statistics::Statistics;
use sha2::{Digest, Sha256};

use super::column::Column;
use super::table::EventFile;
use crate::events::REPEATS;
use crate::scan_row::{Wrong, texts, uid};
use crate::table::{self, TableWriter, digits};
use crate::{Case, CaseError};

/// The table of hidden rows.
pub(crate) const FILE: &str = "repeats.parquet";

/// Which event files the table was made of.
const STAMP: &str = "kilroy.event_files";

/// Rows of each file that are shown with another file, or stand in it twice.
pub(crate) type Hidden = HashMap<PathBuf, Vec<Range<usize>>>;

impl Case {
    /// Finds the records that stand in more than one file, and notes in this or another case which of them are shown.
    pub fn write_repeats(&self, into: &Self) -> Result<(), CaseError> {
        let stamp = self.stamp()?;
        let place = into.shared.root.join(FILE);
        let mut table = TableWriter::create(&into.shared, place.clone(), schema())?;
        table.note(STAMP, stamp);
        for (host, files) in self.event_files()? {
            let hidden = find(&files)?;
            // By the file's name: its evidence.
            let evidence = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            let mut rows: Vec<(String, Range<usize>)> = hidden
                .into_iter()
                .flat_map(|(path, ranges)| {
                    let evidence = evidence(&path).unwrap_or_default();
                    ranges.into_iter().map(move |range| (evidence.clone(), range))
                })
                .collect();
            rows.sort_unstable_by(|a, b| (&a.0, a.1.start).cmp(&(&b.0, b.1.start)));
            for some in rows.chunks(8192) {
                table.write(&batch(&host, some).map_err(CaseError::arrow(&place))?)?;
            }
        }
        table.finish()?;
        Ok(())
    }

    /// Rows that are not shown.
    pub(crate) fn hidden_rows(&self) -> Result<Hidden, CaseError> {
        let place = self.shared.root.join(FILE);
        let known = if place.exists() { read(&place, &self.stamp()?)? } else { None };
        let files = self.event_files()?;
        let Some(known) = known else {
            let found = files.values().map(|files| find(files)).collect::<Result<Vec<_>, _>>()?;
            return Ok(found.into_iter().flatten().collect());
        };
        let mut hidden = Hidden::new();
        for (host, files) in files {
            for file in files {
                let evidence = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
                if let Some(ranges) = evidence.and_then(|e| known.get(&(host.clone(), e))) {
                    hidden.insert(file, ranges.clone());
                }
            }
        }
        Ok(hidden)
    }

    /// Which event files the case holds.
    fn stamp(&self) -> Result<String, CaseError> {
        let lines = self.register_file().with(|db| {
            let mut files = db.prepare("SELECT file, bytes FROM event_files ORDER BY file")?;
            files
                .query_map([], |row| Ok(format!("{} {}\n", row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?
                .collect::<rusqlite::Result<Vec<String>>>()
        })?;
        let hash = Sha256::digest(lines.concat().as_bytes());
        Ok(digits(&hash))
    }
}

pub(crate) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("host", DataType::Utf8, false),
        Field::new("evidence_id", DataType::Utf8, false),
        Field::new("first_row", DataType::UInt64, false),
        Field::new("rows", DataType::UInt64, false),
    ]))
}

fn batch(host: &str, rows: &[(String, Range<usize>)]) -> Result<RecordBatch, arrow_schema::ArrowError> {
    let hosts: StringArray = rows.iter().map(|_| Some(host)).collect();
    let evidence: StringArray = rows.iter().map(|(evidence, _)| Some(evidence.as_str())).collect();
    let first: UInt64Array = rows.iter().map(|(_, range)| range.start as u64).collect();
    let count: UInt64Array = rows.iter().map(|(_, range)| range.len() as u64).collect();
    let columns: Vec<ArrayRef> = vec![Arc::new(hosts), Arc::new(evidence), Arc::new(first), Arc::new(count)];
    RecordBatch::try_new(schema(), columns)
}

/// By host and evidence.
type Known = HashMap<(String, String), Vec<Range<usize>>>;

/// The table, if it is of these files.
fn read(place: &Path, stamp: &str) -> Result<Option<Known>, CaseError> {
    let file: File = table::open(place)?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(CaseError::parquet(place))?;
    let notes = reader.metadata().file_metadata().key_value_metadata();
    let found =
        notes.into_iter().flatten().find(|note| note.key == STAMP).and_then(|note| note.value.as_deref());
    if found != Some(stamp) {
        return Ok(None);
    }
    let mut known = Known::new();
    for batch in reader.build().map_err(CaseError::parquet(place))? {
        let batch = batch.map_err(CaseError::arrow(place))?;
        enter(&batch, &mut known).map_err(|what| CaseError::table(place, what))?;
    }
    Ok(Some(known))
}

fn enter(batch: &RecordBatch, known: &mut Known) -> Result<(), Wrong> {
    let (hosts, evidence) = (texts(batch, "host")?, texts(batch, "evidence_id")?);
    let number = |name: &str| -> Result<&UInt64Array, Wrong> {
        batch
            .column_by_name(name)
            .and_then(|column| column.as_primitive_opt::<UInt64Type>())
            .ok_or_else(|| format!("no column {name}"))
    };
    let (first, rows) = (number("first_row")?, number("rows")?);
    for row in 0..batch.num_rows() {
        let place = |number: u64| usize::try_from(number).map_err(|_| "a row number is too large".to_owned());
        let start = place(first.value(row))?;
        let end = start.saturating_add(place(rows.value(row))?);
        let key = (hosts.value(row).to_owned(), evidence.value(row).to_owned());
        known.entry(key).or_default().push(start..end);
    }
    Ok(())
}

/// The hidden rows of one host's files, which come in the order of their evidence.
fn find(files: &[PathBuf]) -> Result<Hidden, CaseError> {
    let files = files.iter().map(|path| EventFile::open(path.clone())).collect::<Result<Vec<_>, _>>()?;
    let mut hidden: BTreeMap<usize, Vec<Range<usize>>> = BTreeMap::new();
    let mut sources = Vec::new();
    for (file, groups) in suspects(&files) {
        sources.push(Source { file, rows: Box::new(rows(&files[file], groups)), next: None });
    }
    side_by_side(sources, &mut |file, row| {
        let ranges = hidden.entry(file).or_default();
        ranges.push(row..row + 1);
    })?;
    let sorted = |mut ranges: Vec<Range<usize>>| {
        ranges.sort_unstable_by_key(|range| range.start);
        let mut merged: Vec<Range<usize>> = Vec::new();
        for range in ranges {
            match merged.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => merged.push(range),
            }
        }
        merged
    };
    Ok(hidden.into_iter().map(|(file, ranges)| (files[file].path.clone(), sorted(ranges))).collect())
}

/// What the bounds of a row group say.
struct Outline {
    file: usize,
    group: usize,
    time: Option<(i64, i64)>,
    channel: Option<(Vec<u8>, Vec<u8>)>,
    record_id: Option<(u64, u64)>,
}

impl Outline {
    fn of(files: &[EventFile], file: usize, group: usize) -> Self {
        let metadata = files[file].group(group);
        let statistics = |name: &str| {
            let chunk = metadata.columns().iter().find(|chunk| chunk.column_path().string() == name);
            chunk.and_then(|chunk| chunk.statistics())
        };
        let all = |statistics: &&Statistics| statistics.null_count_opt() == Some(0);
        let time = match statistics("time").filter(all) {
            Some(Statistics::Int64(known)) => known.min_opt().copied().zip(known.max_opt().copied()),
            _ => None,
        };
        let record_id = match statistics("record_id").filter(all) {
            Some(Statistics::Int64(known)) => {
                let unsigned = |n: &i64| u64::from_ne_bytes(n.to_ne_bytes());
                known.min_opt().map(unsigned).zip(known.max_opt().map(unsigned))
            }
            _ => None,
        };
        let channel = match statistics("channel").filter(all) {
            Some(Statistics::ByteArray(known)) if known.max_is_exact() && known.min_is_exact() => {
                let bytes = |b: &parquet::data_type::ByteArray| b.data().to_vec();
                known.min_opt().map(bytes).zip(known.max_opt().map(bytes))
            }
            _ => None,
        };
        Self { file, group, time, channel, record_id }
    }

    /// Whether they may have a record in common. What is not known may be anything.
    fn may_share(&self, other: &Self) -> bool {
        overlap(self.time.as_ref(), other.time.as_ref())
            && overlap(self.record_id.as_ref(), other.record_id.as_ref())
            && overlap(self.channel.as_ref(), other.channel.as_ref())
    }
}

fn overlap<T: PartialOrd>(a: Option<&(T, T)>, b: Option<&(T, T)>) -> bool {
    match (a, b) {
        (Some((a_first, a_last)), Some((b_first, b_last))) => a_first <= b_last && b_first <= a_last,
        _ => true,
    }
}

/// The row groups of each file that may have a record of another file, or twice.
pub(crate) fn suspects(files: &[EventFile]) -> BTreeMap<usize, Vec<usize>> {
    let mut outlines: Vec<Outline> = files
        .iter()
        .enumerate()
        .flat_map(|(file, open)| (0..open.groups()).map(move |group| Outline::of(files, file, group)))
        .collect();
    outlines.sort_by_key(|outline| outline.time.map_or(i64::MIN, |(first, _)| first));
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut add = |outline: &Outline| found.entry(outline.file).or_default().push(outline.group);
    for (n, one) in outlines.iter().enumerate() {
        if files[one.file].notes(REPEATS) {
            add(one);
        }
        for other in &outlines[n + 1..] {
            let ends = one.time.is_some_and(|(_, last)| other.time.is_some_and(|(first, _)| first > last));
            if ends {
                break;
            }
            if one.file != other.file && one.may_share(other) {
                add(one);
                add(other);
            }
        }
    }
    for groups in found.values_mut() {
        groups.sort_unstable();
        groups.dedup();
    }
    found
}

/// A row, as far as it tells copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    time: Option<i64>,
    uid: EventUid,
    recovered: bool,
    place: usize,
}

/// The rows of some groups of a file, in their order.
fn rows(file: &EventFile, groups: Vec<usize>) -> impl Iterator<Item = Result<Row, CaseError>> + '_ {
    groups.into_iter().flat_map(move |group| {
        let start = file.rows(group).start;
        let columns: Vec<Column> =
            ["time", "event_uid", "recovered"].into_iter().filter_map(Column::named).collect();
        let batches: Box<dyn Iterator<Item = Result<RecordBatch, CaseError>>> =
            match file.read(group, &columns, None) {
                Ok(batches) => Box::new(batches),
                Err(error) => Box::new(std::iter::once(Err(error))),
            };
        let mut at = start;
        batches.flat_map(move |batch| {
            let rows = batch.and_then(|batch| {
                let rows = of_batch(&batch, at).map_err(|what| CaseError::table(&file.path, what))?;
                at += batch.num_rows();
                Ok(rows)
            });
            match rows {
                Ok(rows) => rows.into_iter().map(Ok).collect::<Vec<_>>(),
                Err(error) => vec![Err(error)],
            }
        })
    })
}

fn of_batch(batch: &RecordBatch, first: usize) -> Result<Vec<Row>, Wrong> {
    let uids = texts(batch, "event_uid")?;
    let times = batch
        .column_by_name("time")
        .and_then(|column| column.as_primitive_opt::<TimestampNanosecondType>())
        .ok_or("no column time")?;
    let recovered = batch
        .column_by_name("recovered")
        .and_then(|column| column.as_boolean_opt())
        .ok_or("no column recovered")?;
    (0..batch.num_rows())
        .map(|row| {
            Ok(Row {
                time: times.is_valid(row).then(|| times.value(row)),
                uid: uid(uids, row)?,
                recovered: recovered.is_valid(row) && recovered.value(row),
                place: first + row,
            })
        })
        .collect()
}

/// A file on its way.
struct Source<'f> {
    file: usize,
    rows: Box<dyn Iterator<Item = Result<Row, CaseError>> + 'f>,
    next: Option<Row>,
}

impl Source<'_> {
    fn advance(&mut self) -> Result<Option<Row>, CaseError> {
        let now = self.next.take();
        self.next = self.rows.next().transpose()?;
        Ok(now)
    }
}

/// Goes through files side by side, and tells of each row that is another one's copy.
fn side_by_side(mut sources: Vec<Source<'_>>, hide: &mut dyn FnMut(usize, usize)) -> Result<(), CaseError> {
    let mut heap = BinaryHeap::new();
    for (n, source) in sources.iter_mut().enumerate() {
        source.advance()?;
        heap.extend(source.next.map(|row| Reverse((row.time, n))));
    }
    // Rows of one time: uid, whether it was recovered, file, row. The first of a uid is shown.
    let mut same: Vec<(EventUid, bool, usize, usize)> = Vec::new();
    let mut time = None;
    let mut close = |same: &mut Vec<(EventUid, bool, usize, usize)>| {
        if same.len() > 1 {
            same.sort_unstable();
            for two in same.windows(2).filter(|two| two[0].0 == two[1].0) {
                hide(two[1].2, two[1].3);
            }
        }
        same.clear();
    };
    while let Some(Reverse((next, n))) = heap.pop() {
        if next != time {
            close(&mut same);
            time = next;
        }
        let source = &mut sources[n];
        while source.next.is_some_and(|row| row.time == time) {
            if let Some(row) = source.advance()? {
                same.push((row.uid, row.recovered, source.file, row.place));
            }
        }
        heap.extend(source.next.map(|row| Reverse((row.time, n))));
    }
    close(&mut same);
    Ok(())
}
