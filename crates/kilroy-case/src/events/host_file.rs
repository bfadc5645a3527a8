//! The event file of one host, as it stays.

use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use kilroy_model::{Timestamp, event_schema};

use super::EventFile;
use super::block::Block;
use super::format;
use super::hosts::Hosts;
use super::logs::{LOGS, Logs};
use super::merge::{Sink, Source};
use super::picks::Picks;
use super::work::Work;
use crate::CaseError;
use crate::table::{self, Finished, TableWriter};

/// Noted in a file in which some record stands twice.
pub(crate) const REPEATS: &str = "kilroy.repeats";

/// Rows read back at a time.
const ROWS_PER_READ: usize = 256;

/// Takes the rows of one host in their order. The same rows are the same bytes.
pub(super) struct HostFile {
    pub(super) host: u32,
    file: EventFile,
    picks: Picks,
    table: TableWriter,
    last: Option<(Arc<Block>, usize)>,
    /// Some record stands in the file twice.
    repeats: bool,
    logs: Logs,
}

impl HostFile {
    pub(super) fn create(work: &Work, hosts: &Hosts, host: u32) -> Result<Self, CaseError> {
        let key = hosts.key(host);
        let file = EventFile {
            host: key.to_owned(),
            file: work.file(key),
            bytes: 0,
            sha256: String::new(),
            events: 0,
            first: None,
            last: None,
        };
        let table = TableWriter::with(
            &work.shared,
            work.shared.place(&file.file),
            event_schema(),
            format::properties,
        )?;
        Ok(Self {
            host,
            file,
            picks: Picks::default(),
            table,
            last: None,
            repeats: false,
            logs: Logs::default(),
        })
    }

    /// Takes the next row.
    pub(super) fn push(&mut self, work: &Work, block: &Arc<Block>, row: usize) -> Result<(), CaseError> {
        let same = |(last, at): &(Arc<Block>, usize)| {
            last.time(*at) == block.time(row) && last.rest_of_key(*at) == block.rest_of_key(row)
        };
        self.repeats = self.repeats || self.last.as_ref().is_some_and(same);
        self.last = Some((Arc::clone(block), row));
        self.logs.add(block, row);
        self.picks.push(block, row);
        self.file.events += 1;
        // Rows are sorted by time.
        if let Some(time) = block.time(row).map(Timestamp::from_nanos) {
            self.file.first.get_or_insert(time);
            self.file.last = Some(time);
        }
        if self.picks.reach(work.layout.batch) { self.write(work) } else { Ok(()) }
    }

    fn write(&mut self, work: &Work) -> Result<(), CaseError> {
        if self.picks.is_empty() {
            return Ok(());
        }
        self.table.write(&self.picks.batch().map_err(|e| work.failed(e))?)?;
        let (rows, bytes) = self.table.group();
        let end = work.layout.group;
        if rows >= end.rows || bytes >= end.bytes { self.table.end_group() } else { Ok(()) }
    }

    /// Puts the file in its place.
    pub(super) fn place(mut self, work: &Work) -> Result<EventFile, CaseError> {
        self.write(work)?;
        if self.repeats {
            self.table.note(REPEATS, "true".to_owned());
        }
        self.table.note(LOGS, self.logs.note().map_err(|e| work.wrong(e.to_string()))?);
        let Finished { bytes, sha256 } = self.table.finish()?;
        Ok(EventFile { bytes, sha256, ..self.file })
    }

    /// The rows of the file, for another one to take. This one goes.
    pub(super) fn read(mut self, work: &Work) -> Result<Source, CaseError> {
        self.write(work)?;
        let scratch = self.table.unplaced()?;
        let rows = rows(scratch.path())?;
        Ok(Box::new(rows.map(move |batch| batch.map_err(CaseError::arrow(scratch.path())))))
    }
}

fn rows(
    path: &Path,
) -> Result<impl Iterator<Item = Result<RecordBatch, arrow_schema::ArrowError>> + use<>, CaseError> {
    table::reader(path)?.with_batch_size(ROWS_PER_READ).build().map_err(CaseError::parquet(path))
}

/// Takes the rows of all hosts, host after host: one file is open at a time.
pub(super) struct HostFiles<'a> {
    pub(super) work: &'a Work,
    pub(super) hosts: &'a Hosts,
    pub(super) open: Option<HostFile>,
    pub(super) done: Vec<EventFile>,
}

impl HostFiles<'_> {
    pub(super) fn finish(mut self) -> Result<Vec<EventFile>, CaseError> {
        self.next()?;
        Ok(self.done)
    }

    fn next(&mut self) -> Result<(), CaseError> {
        if let Some(file) = self.open.take() {
            self.done.push(file.place(self.work)?);
        }
        Ok(())
    }
}

impl Sink for HostFiles<'_> {
    fn take(&mut self, block: &Arc<Block>, row: usize) -> Result<(), CaseError> {
        let host = block.host(row);
        if let Some(open) = self.open.as_mut().filter(|open| open.host == host) {
            return open.push(self.work, block, row);
        }
        self.next()?;
        let new = HostFile::create(self.work, self.hosts, host)?;
        self.open.insert(new).push(self.work, block, row)
    }
}
