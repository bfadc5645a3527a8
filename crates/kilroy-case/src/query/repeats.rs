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
use std::rc::Rc;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampNanosecondType, UInt64Type};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, UInt64Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use kilroy_model::EventUid;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::statistics::Statistics;
use sha2::{Digest, Sha256};

use super::chain::{Span, chains, whole};
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

/// Files, or chains of them, that are gone through side by side; of more the records are looked up by their identity, which
/// takes some memory for each.
const TOGETHER: usize = 32;

/// The hidden rows of one host's files, which come in the order of their evidence.
fn find(files: &[PathBuf]) -> Result<Hidden, CaseError> {
    let suspects = suspects(files)?;
    let mut hidden: BTreeMap<usize, Vec<Range<usize>>> = BTreeMap::new();
    let mut hide = |file: usize, row: usize| hidden.entry(file).or_default().push(row..row + 1);
    let chains = chains(&suspects.iter().map(|s| s.span).collect::<Vec<_>>());
    if chains.len() <= TOGETHER {
        let source = |chain: Vec<usize>| {
            let of_file = |place: usize| suspects[place].rows(files);
            Source { rows: Box::new(chain.into_iter().flat_map(of_file)), next: None }
        };
        side_by_side(chains.into_iter().map(source).collect(), &mut hide)?;
    } else {
        by_identity(files, &suspects, &mut hide)?;
    }
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
    Ok(hidden.into_iter().map(|(file, ranges)| (files[file].clone(), sorted(ranges))).collect())
}

/// Goes through one file after the other, twice: which records stand more than once, and where.
fn by_identity(
    files: &[PathBuf],
    suspects: &[Suspect],
    hide: &mut dyn FnMut(usize, usize),
) -> Result<(), CaseError> {
    let all = || suspects.iter().flat_map(|suspect| suspect.rows(files));
    let repeated = repeated(all().map(|row| Ok(half(row?.uid))).collect::<Result<_, CaseError>>()?);
    let mut same = Vec::new();
    for row in all() {
        let row = row?;
        if repeated.binary_search(&half(row.uid)).is_ok() {
            same.push(row.copy());
        }
    }
    hide_copies(&mut same, hide);
    Ok(())
}

/// Half of an identity, to look for copies by. Two records may share one by chance: that costs a look at both, and nothing else.
pub(crate) fn half(uid: EventUid) -> u64 {
    u64::try_from(uid.0 >> 64).unwrap_or(0)
}

/// Those that are there more than once, sorted.
pub(crate) fn repeated(mut halves: Vec<u64>) -> Vec<u64> {
    halves.sort_unstable();
    let mut repeated: Vec<u64> = halves.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]).collect();
    repeated.dedup();
    repeated
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
    fn of(open: &EventFile, file: usize, group: usize) -> Self {
        let metadata = open.group(group);
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

/// A file that may have a record of another file, or one twice.
pub(crate) struct Suspect {
    /// Its place among the files.
    pub(crate) file: usize,
    /// The groups of rows that may, sorted.
    pub(crate) groups: Vec<usize>,
    /// When their rows are.
    span: Option<Span>,
}

impl Suspect {
    /// The rows of the groups, in their order. The file is opened when the first is asked for.
    fn rows<'a>(&'a self, files: &'a [PathBuf]) -> Box<dyn Iterator<Item = Result<Row, CaseError>> + 'a> {
        match EventFile::open(files[self.file].clone()) {
            Ok(open) => Box::new(rows(Rc::new(open), self)),
            Err(error) => Box::new(std::iter::once(Err(error))),
        }
    }
}

/// The row groups of each file that may have a record of another file, or twice. One file is open at a time.
pub(crate) fn suspects(files: &[PathBuf]) -> Result<Vec<Suspect>, CaseError> {
    let mut outlines: Vec<Outline> = Vec::new();
    let mut repeats = Vec::with_capacity(files.len());
    for (file, path) in files.iter().enumerate() {
        let open = EventFile::open(path.clone())?;
        repeats.push(open.notes(REPEATS));
        outlines.extend((0..open.groups()).map(|group| Outline::of(&open, file, group)));
    }
    outlines.sort_by_key(|outline| outline.time.map_or(i64::MIN, |(first, _)| first));
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut add = |place: usize| found.entry(outlines[place].file).or_default().push(place);
    for (n, one) in outlines.iter().enumerate() {
        if repeats[one.file] {
            add(n);
        }
        for (place, other) in outlines.iter().enumerate().skip(n + 1) {
            let ends = one.time.is_some_and(|(_, last)| other.time.is_some_and(|(first, _)| first > last));
            if ends {
                break;
            }
            if one.file != other.file && one.may_share(other) {
                add(n);
                add(place);
            }
        }
    }
    let suspect = |(file, mut places): (usize, Vec<usize>)| {
        places.sort_unstable_by_key(|place| outlines[*place].group);
        places.dedup();
        let groups = places.iter().map(|place| outlines[*place].group).collect();
        let span = whole(places.iter().map(|place| outlines[*place].time));
        Suspect { file, groups, span }
    };
    Ok(found.into_iter().map(suspect).collect())
}

/// A row, as far as it tells copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    time: Option<i64>,
    uid: EventUid,
    recovered: bool,
    file: usize,
    place: usize,
}

/// Uid, whether it was recovered, file, row: of one uid the first is shown.
type Copy = (EventUid, bool, usize, usize);

impl Row {
    fn copy(self) -> Copy {
        (self.uid, self.recovered, self.file, self.place)
    }
}

/// The rows of some groups of a file, in their order.
fn rows(open: Rc<EventFile>, of: &Suspect) -> impl Iterator<Item = Result<Row, CaseError>> + '_ {
    of.groups.iter().flat_map(move |&group| {
        let read = || {
            let columns: Vec<Column> =
                ["time", "event_uid", "recovered"].into_iter().filter_map(Column::named).collect();
            let mut at = open.rows(group).start;
            let mut rows = Vec::new();
            for batch in open.read(group, &columns, None)? {
                let batch = batch?;
                let more =
                    of_batch(&batch, of.file, at).map_err(|what| CaseError::table(&open.path, what))?;
                at += batch.num_rows();
                rows.extend(more);
            }
            Ok(rows)
        };
        match read() {
            Ok(rows) => rows.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        }
    })
}

fn of_batch(batch: &RecordBatch, file: usize, first: usize) -> Result<Vec<Row>, Wrong> {
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
                file,
                place: first + row,
            })
        })
        .collect()
}

/// Files of a chain on their way.
struct Source<'f> {
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
    // Rows of one time.
    let mut same: Vec<Copy> = Vec::new();
    let mut time = None;
    while let Some(Reverse((next, n))) = heap.pop() {
        if next != time {
            hide_copies(&mut same, hide);
            same.clear();
            time = next;
        }
        let source = &mut sources[n];
        while source.next.is_some_and(|row| row.time == time) {
            same.extend(source.advance()?.map(Row::copy));
        }
        heap.extend(source.next.map(|row| Reverse((row.time, n))));
    }
    hide_copies(&mut same, hide);
    Ok(())
}

/// Tells of each row that is another one's copy.
fn hide_copies(rows: &mut [Copy], hide: &mut dyn FnMut(usize, usize)) {
    rows.sort_unstable();
    for two in rows.windows(2).filter(|two| two[0].0 == two[1].0) {
        hide(two[1].2, two[1].3);
    }
}
