//! Writing events: one file per evidence file and host, sorted.
//!
//! # Memory
//!
//! A writer holds the events of *its* evidence file as Arrow columns until [`EventWriter::finish`]; measured: 1.6 KB for
//! an event with 24 fields, so 160 MB for a log of 100,000 of them. While it writes, 2,048 rows at a time are copied. The
//! bound is the largest evidence file times the number of threads, not the case; spilling to disk will lower it.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError};

use arrow_array::RecordBatch;
use arrow_cmp::make_comparator;
use arrow_schema::{ArrowError, SortOptions};
use arrow_select::interleave::interleave_record_batch;
use kilroy_model::{Event, EvidenceId, Timestamp, event_batch, event_schema, host_key};

use crate::CaseError;
use crate::case::{EVENTS, Shared};
use crate::safe_name::safe_name;
use crate::table::TableWriter;

/// Events that are turned into columns at a time: an `Event` takes more room than its columns do.
const EVENTS_PER_BATCH: usize = 2048;

/// Rows that are put in order and handed to the Parquet writer at a time.
const ROWS_PER_WRITE: usize = 2048;

/// An event file in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventFile {
    /// Host key.
    pub(crate) host: String,
    /// Below the case, with `/`.
    pub(crate) file: String,
    pub(crate) bytes: u64,
    pub(crate) events: u64,
    pub(crate) first: Option<Timestamp>,
    pub(crate) last: Option<Timestamp>,
}

/// What a writer wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Events.
    pub events: u64,
    /// Hosts they are of, lower-cased, sorted; one file each.
    pub hosts: Vec<String>,
}

/// Takes the events of one evidence file in any order and writes them sorted by time (none first), channel, record ID
/// and uid, one Parquet file per host.
///
/// Nothing is in the case until [`finish`](Self::finish), and nothing counts until [`Case::register`](crate::Case::register).
#[derive(Debug)]
pub struct EventWriter {
    shared: Arc<Shared>,
    id: EvidenceId,
    waiting: Vec<Event>,
    batches: Vec<RecordBatch>,
    rows: Vec<RowRef>,
    hosts: Hosts,
    channels: Channels,
}

/// Where a row is and what it is sorted by.
#[derive(Debug, Clone, Copy)]
struct RowRef {
    host: u32,
    /// While events come in the number of the channel; its rank once they are sorted.
    channel: u32,
    /// As in the column: nanoseconds, `None` if the column has none.
    time: Option<i64>,
    record_id: u64,
    uid: u128,
    batch: u32,
    row: u32,
}

impl RowRef {
    fn key(&self) -> (u32, Option<i64>, u32, u64, u128) {
        (self.host, self.time, self.channel, self.record_id, self.uid)
    }
}

impl EventWriter {
    pub(crate) fn new(shared: Arc<Shared>, id: EvidenceId) -> Self {
        Self {
            shared,
            id,
            waiting: Vec::new(),
            batches: Vec::new(),
            rows: Vec::new(),
            hosts: Hosts::default(),
            channels: Channels::default(),
        }
    }

    /// Takes one event.
    pub fn push(&mut self, event: Event) -> Result<(), CaseError> {
        self.rows.push(RowRef {
            host: self.hosts.number(&event.origin.host),
            channel: self.channels.number(&event.origin.channel),
            time: event.time.and_then(Timestamp::nanos),
            record_id: event.identity.record_id,
            uid: event.identity.uid.0,
            batch: index(self.batches.len()),
            row: index(self.waiting.len()),
        });
        self.waiting.push(event);
        if self.waiting.len() == EVENTS_PER_BATCH { self.convert() } else { Ok(()) }
    }

    /// Turns what waits into columns.
    fn convert(&mut self) -> Result<(), CaseError> {
        if !self.waiting.is_empty() {
            let batch = event_batch(&self.waiting).map_err(|e| self.failed(e))?;
            self.batches.push(batch);
            self.waiting.clear();
        }
        Ok(())
    }

    /// Sorts and writes everything. The files are in place afterwards; the register follows with
    /// [`Case::register`](crate::Case::register).
    pub fn finish(mut self) -> Result<Written, CaseError> {
        self.shared.may_write()?;
        self.convert()?;
        self.waiting = Vec::new();
        self.sort()?;
        let mut files = Vec::new();
        for rows in self.rows.chunk_by(|a, b| a.host == b.host) {
            files.push(self.write_host(rows)?);
        }
        files.sort_by(|a, b| a.host.cmp(&b.host));
        let written = Written {
            events: files.iter().map(|f| f.events).sum(),
            hosts: files.iter().map(|f| f.host.clone()).collect(),
        };
        self.shared.finished.lock().unwrap_or_else(PoisonError::into_inner).insert(self.id, files);
        Ok(written)
    }

    fn sort(&mut self) -> Result<(), CaseError> {
        let ranks = self.channels.ranks();
        for row in &mut self.rows {
            row.channel = ranks[row.channel as usize];
        }
        self.rows.sort_unstable_by_key(RowRef::key);
        // The same record twice in one file (a copied chunk, a carved record): all columns decide, so that the order in
        // which they came does not.
        let mut failed = None;
        for ties in self.rows.chunk_by_mut(|a, b| a.key() == b.key()).filter(|ties| ties.len() > 1) {
            ties.sort_by(|a, b| {
                compare(&self.batches, *a, *b).unwrap_or_else(|e| {
                    failed = Some(e);
                    Ordering::Equal
                })
            });
        }
        failed.map_or(Ok(()), |e| Err(self.failed(e)))
    }

    fn write_host(&self, rows: &[RowRef]) -> Result<EventFile, CaseError> {
        let host = rows.first().map(|row| self.hosts.key(row.host)).unwrap_or_default();
        let file = format!("{EVENTS}/host={}/{}.parquet", safe_name(host), self.id);
        let mut table = TableWriter::create(&self.shared, self.shared.place(&file), event_schema())?;
        for rows in rows.chunks(ROWS_PER_WRITE) {
            table.write(&self.gather(rows).map_err(|e| self.failed(e))?)?;
        }
        let bytes = table.finish()?;
        let mut times = rows.iter().filter_map(|row| row.time).map(Timestamp::from_nanos);
        let first = times.next();
        let last = times.next_back().or(first);
        Ok(EventFile { host: host.to_owned(), file, bytes, events: rows.len() as u64, first, last })
    }

    /// Rows in their order as one batch. Only the batches they are in take part: in a log that is in order already, as
    /// most are, that is one or two of many.
    fn gather(&self, rows: &[RowRef]) -> Result<RecordBatch, ArrowError> {
        let mut places = BTreeMap::new();
        for row in rows {
            places.insert(row.batch, 0);
        }
        let mut parts = Vec::with_capacity(places.len());
        for (batch, place) in &mut places {
            *place = parts.len();
            parts.push(&self.batches[*batch as usize]);
        }
        let picks: Vec<(usize, usize)> =
            rows.iter().map(|row| (places[&row.batch], row.row as usize)).collect();
        interleave_record_batch(&parts, &picks)
    }

    fn failed(&self, error: ArrowError) -> CaseError {
        CaseError::arrow(&self.shared.root.join(EVENTS).join(self.id.to_string()))(error)
    }
}

/// Compares two rows by all their columns.
fn compare(batches: &[RecordBatch], a: RowRef, b: RowRef) -> Result<Ordering, ArrowError> {
    let (left, right) = (&batches[a.batch as usize], &batches[b.batch as usize]);
    for (left, right) in left.columns().iter().zip(right.columns()) {
        let order = make_comparator(left, right, SortOptions::default())?(a.row as usize, b.row as usize);
        if order.is_ne() {
            return Ok(order);
        }
    }
    Ok(Ordering::Equal)
}

/// The hosts of a file, by key: spellings that differ in case are one.
#[derive(Debug, Default)]
struct Hosts {
    by_spelling: HashMap<Arc<str>, u32>,
    by_key: HashMap<String, u32>,
    keys: Vec<String>,
}

impl Hosts {
    fn number(&mut self, spelling: &Arc<str>) -> u32 {
        if let Some(number) = self.by_spelling.get(spelling) {
            return *number;
        }
        let key = host_key(spelling);
        let number = *self.by_key.entry(key).or_insert_with_key(|key| {
            self.keys.push(key.clone());
            index(self.keys.len() - 1)
        });
        self.by_spelling.insert(Arc::clone(spelling), number);
        number
    }

    fn key(&self, number: u32) -> &str {
        &self.keys[number as usize]
    }
}

/// The channels of a file, as logged.
#[derive(Debug, Default)]
struct Channels {
    numbers: HashMap<Arc<str>, u32>,
}

impl Channels {
    fn number(&mut self, channel: &Arc<str>) -> u32 {
        let next = index(self.numbers.len());
        *self.numbers.entry(Arc::clone(channel)).or_insert(next)
    }

    /// For each number its place in the order of the names.
    fn ranks(&self) -> Vec<u32> {
        let mut names: Vec<(&Arc<str>, u32)> =
            self.numbers.iter().map(|(name, number)| (name, *number)).collect();
        names.sort_unstable();
        let mut ranks = vec![0; names.len()];
        for (rank, (_, number)) in names.into_iter().enumerate() {
            ranks[number as usize] = index(rank);
        }
        ranks
    }
}

/// A place in a list, in half the room: no list here can reach four thousand million.
fn index(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
