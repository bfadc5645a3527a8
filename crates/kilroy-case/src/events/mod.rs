//! Writing events: one file per evidence file and host, sorted.
//!
//! Rows come in any order, mostly in theirs: one host, rising time. They pass through these hands:
//!
//! ```text
//! write(batch) → Window     sorted in memory; the lower half of each host's rows goes on when it is full
//!                  ├─ Direct    continues the file that stays, as long as no row comes too late for it
//!                  └─ Runs      everything else, laid aside as sorted runs (Spill)
//! finish()     → merge      runs, window and, if rows came late, the direct file → HostFile, host after host
//! ```
//!
//! Where rows come in order nothing is written twice; a log that wrapped, a clock that stepped back or forwarded events of many
//! hosts cost one more pass through disk. The file depends on the sorted rows only, not on the way they took.
//!
//! # Memory
//!
//! It does not grow with the evidence, but for about 2 KB for each thousand events: what Parquet must know of its row groups to
//! close the file. A name and a number for each host come on top. Measured (`examples/writer_speed`, events of 1.3 KB as
//! columns; the whole process, of which 15 MB are not the writer's): 72 MB for a million events in order, 89 MB for ten
//! million, 79 MB for four million of a log that wrapped, 48 MB for 1,000 hosts, 90 MB for a million events in no order at all.

mod block;
mod direct;
mod format;
mod host_file;
mod hosts;
mod logs;
mod merge;
mod order;
mod picks;
mod runs;
mod spill;
#[cfg(test)]
mod tests;
mod window;
mod work;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError};

use arrow_array::RecordBatch;
use kilroy_model::{Event, EvidenceId, Timestamp, event_batch};

use self::direct::Direct;
use self::format::Layout;
use self::host_file::HostFiles;
pub(crate) use self::host_file::REPEATS;
use self::hosts::Hosts;
pub(crate) use self::logs::logs_noted;
use self::merge::merge;
use self::order::{At, Order};
use self::runs::Runs;
use self::window::{Row, Window};
use self::work::{Limits, Work};
use crate::CaseError;
use crate::case::Shared;

/// Events that are turned into columns at a time: an `Event` takes more room than its columns do.
const EVENTS_PER_BATCH: usize = 1024;

/// An event file in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventFile {
    /// Host key.
    pub(crate) host: String,
    /// Below the case, with `/`.
    pub(crate) file: String,
    pub(crate) bytes: u64,
    /// Of its bytes, in hexadecimal.
    pub(crate) sha256: String,
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
/// What is laid aside on the way is gone when the writer is dropped or, after a kill, when the case is next opened for writing.
pub struct EventWriter {
    work: Work,
    waiting: Vec<Event>,
    hosts: Hosts,
    window: Window,
    direct: Option<Direct>,
    runs: Runs,
    /// An error came between: what was in hand then is lost, and no file may be made of the rest.
    broken: bool,
}

impl EventWriter {
    pub(crate) fn new(shared: Arc<Shared>, id: EvidenceId) -> Self {
        Self::with(Work { shared, id, limits: Limits::default(), layout: Layout::default() })
    }

    pub(crate) fn within(shared: Arc<Shared>, id: EvidenceId, window: usize) -> Self {
        let limits = Limits { window, ..Limits::default() };
        Self::with(Work { shared, id, limits, layout: Layout::default() })
    }

    fn with(work: Work) -> Self {
        Self {
            work,
            waiting: Vec::new(),
            hosts: Hosts::default(),
            window: Window::default(),
            direct: None,
            runs: Runs::default(),
            broken: false,
        }
    }

    /// Takes one event.
    pub fn push(&mut self, event: Event) -> Result<(), CaseError> {
        self.waiting.push(event);
        if self.waiting.len() == EVENTS_PER_BATCH { self.convert() } else { Ok(()) }
    }

    /// Turns what waits into columns.
    fn convert(&mut self) -> Result<(), CaseError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let batch = event_batch(&self.waiting).map_err(|e| self.work.failed(e))?;
        self.waiting.clear();
        self.write(batch)
    }

    /// Takes a batch of [`event_schema`](kilroy_model::event_schema): some hundred to some thousand events, best in the order of
    /// the log.
    ///
    /// After an error the writer is of no use any more.
    pub fn write(&mut self, batch: RecordBatch) -> Result<(), CaseError> {
        let taken = self.take(batch);
        self.broken |= taken.is_err();
        taken
    }

    fn take(&mut self, batch: RecordBatch) -> Result<(), CaseError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        self.hosts.learn(block::texts(&batch, "host").map_err(|what| self.work.wrong(what))?);
        self.window.add(self.work.block(batch, &self.hosts)?);
        if self.window.is_full(&self.work) { self.relieve() } else { Ok(()) }
    }

    /// Writes the lower half of each host's rows; the upper half stays, for rows that come a little late.
    fn relieve(&mut self) -> Result<(), CaseError> {
        self.work.shared.may_write()?;
        let mut order = Order::default();
        let rows = self.window.sorted(&self.work, &mut order)?;
        let direct = match &mut self.direct {
            Some(direct) => direct,
            new => new.insert(Direct::create(&self.work, &self.hosts, busiest(&rows))?),
        };
        let (mut aside, mut kept): (Vec<At<'_>>, Vec<Row>) = (Vec::new(), Vec::new());
        for of_host in rows.chunk_by(|a, b| a.host == b.host) {
            let mut lower: Vec<At<'_>> =
                of_host[..of_host.len().div_ceil(2)].iter().map(|row| self.window.at(*row)).collect();
            if of_host[0].host == direct.host() {
                let late = direct.late(&mut order, &lower);
                let end = late + self.work.layout.batch.whole(&lower[late..]);
                direct.add(&self.work, &self.hosts, &lower[late..end])?;
                kept.extend(&of_host[end..]);
                lower.truncate(late);
            } else {
                kept.extend(&of_host[lower.len()..]);
            }
            aside.append(&mut lower);
        }
        order.done().map_err(|e| self.work.failed(e))?;
        self.runs.add(&self.work, &self.hosts, &mut order, &aside)?;
        self.window.keep(kept, &self.work, &self.hosts)
    }

    /// Writes what is left and puts all files in their places; the register follows with
    /// [`Case::register`](crate::Case::register).
    pub fn finish(mut self) -> Result<Written, CaseError> {
        self.work.shared.may_write()?;
        self.convert()?;
        if self.broken {
            return Err(self.work.wrong("events could not be written, and then more were".to_owned()));
        }
        let (shared, id) = (Arc::clone(&self.work.shared), self.work.id);
        let mut files = self.files()?;
        files.sort_by(|a, b| a.host.cmp(&b.host));
        let written = Written {
            events: files.iter().map(|f| f.events).sum(),
            hosts: files.iter().map(|f| f.host.clone()).collect(),
        };
        shared.finished.lock().unwrap_or_else(PoisonError::into_inner).insert(id, files);
        Ok(written)
    }

    fn files(self) -> Result<Vec<EventFile>, CaseError> {
        let Self { work, hosts, mut window, direct, mut runs, .. } = self;
        let mut order = Order::default();
        let mut rows = window.sorted(&work, &mut order)?;
        let mut done = Vec::new();
        let mut unsorted = None;
        if let Some(mut direct) = direct {
            let own: Vec<At<'_>> =
                rows.iter().filter(|row| row.host == direct.host()).map(|row| window.at(*row)).collect();
            let late = direct.late(&mut order, &own);
            if !direct.is_late() {
                direct.add(&work, &hosts, &own[late..])?;
                let host = direct.host();
                rows.retain(|row| row.host != host);
            }
            if direct.is_late() {
                unsorted = Some(direct.into_file());
            } else {
                done.push(direct.into_file().place(&work)?);
            }
        }
        let sources = if runs.is_empty() && unsorted.is_none() {
            vec![window.into_source(rows, &work)]
        } else {
            // Laid aside as well: what is merged needs the memory.
            let rest: Vec<At<'_>> = rows.iter().map(|row| window.at(*row)).collect();
            runs.add(&work, &hosts, &mut order, &rest)?;
            drop(rest);
            drop(window);
            let mut sources = runs.sources(&work, &hosts, &mut order)?;
            if let Some(file) = unsorted {
                sources.push(file.read(&work)?);
            }
            sources
        };
        let mut files = HostFiles { work: &work, hosts: &hosts, open: None, done };
        merge(sources, &work, &hosts, &mut order, &mut files)?;
        files.finish()
    }
}

impl fmt::Debug for EventWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventWriter").field("work", &self.work).finish_non_exhaustive()
    }
}

/// The host that most of the rows are of.
fn busiest(rows: &[Row]) -> u32 {
    let mut counts: HashMap<u32, usize> = HashMap::new();
    for row in rows {
        *counts.entry(row.host).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(host, count)| (*count, std::cmp::Reverse(*host)))
        .map_or(0, |(host, _)| host)
}
