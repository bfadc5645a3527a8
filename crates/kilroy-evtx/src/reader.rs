//! Reads a log: in one thread, or in several at once.

use std::io;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use crate::decode::{Decoder, Settings};
use crate::detail;
use crate::graft::Grafts;
use crate::ids::EventIds;
use crate::parallel;
use crate::record::{Item, Loss, LossKind};
use crate::source::{Source, fill};
use crate::view::{RecordRef, SystemRef};
use crate::walk::{Counted, Failed, Ledger, Met, Walk};
use crate::{FILE_HEADER, FILE_MAGIC, u16_at, u32_at};

/// What reading a file came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Chunks that were found.
    pub chunks: u64,
    /// Records that were given.
    pub records: u64,
    /// Losses that were given.
    pub losses: u64,
    /// Bytes of the file up to which it was read.
    pub bytes: u64,
}

/// Why a file could not be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The input failed.
    #[error("cannot read at offset {offset}: {source}")]
    Io {
        /// Offset in the file.
        offset: u64,
        /// What failed.
        source: io::Error,
    },
    /// There is neither the header of an event log nor a chunk of one.
    #[error("this is no Windows event log (EVTX): neither its header nor any of its chunks is there")]
    NotEvtx,
}

impl From<Failed> for ReadError {
    fn from(failed: Failed) -> Self {
        Self::Io { offset: failed.offset, source: failed.source }
    }
}

/// Whether a file that begins like this is an EVTX file.
pub fn is_evtx(first_bytes: &[u8]) -> bool {
    first_bytes.starts_with(FILE_MAGIC)
}

/// What a log gives, in the order of the file.
#[derive(Debug)]
pub enum Entry<'a> {
    /// A record.
    Record(&'a RecordRef<'a>),
    /// Something that could not be read.
    Loss(Loss),
}

/// Takes the records of one part of a file after the other, in one of several threads.
pub trait Collect {
    /// What it makes of a part.
    type Output: Send;

    /// Takes the next record of the part.
    fn record(&mut self, record: &RecordRef<'_>) -> ControlFlow<()>;

    /// The part ends.
    fn finish(&mut self) -> Self::Output;
}

/// What was made of one part of a file.
#[derive(Debug)]
pub struct Part<T> {
    /// What the [`Collect`] made of its records.
    pub output: T,
    /// Its records.
    pub records: u64,
    /// What of it could not be read.
    pub losses: Vec<Loss>,
    /// Offset in the file where it ends.
    pub end: u64,
}

/// Reads an event log.
///
/// Damage does not stop it. It holds a chunk (64 KiB) per thread, whatever the size of the file, and what a [`Collect`]
/// makes of some parts of two megabytes.
///
/// Numbers of names ([`crate::NameId`]) mean the same in all records that one thread reads: those of one call of
/// [`Reader::for_each`], or those that one [`Collect`] gets.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use kilroy_evtx::{Body, Entry, EventSpec, Reader, Value};
///
/// let body = Body::EventData(vec![("TargetLogonId".to_owned(), Value::HexU64(0x3e7))]);
/// let event = EventSpec { event_id: 4624, channel: "Security".to_owned(), body, ..EventSpec::default() };
/// let mut file = Vec::new();
/// kilroy_evtx::write(&mut file, &[event])?;
///
/// let mut logons = Vec::new();
/// let summary = Reader::new(&file).only(&|system| system.event_id == 4624).for_each(&mut |entry| {
///     if let Entry::Record(record) = entry {
///         logons.extend(record.fields().filter_map(|field| field.value.as_u64()));
///     }
///     ControlFlow::Continue(())
/// })?;
/// assert_eq!((logons, summary.records), (vec![0x3e7], 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Reader<'s> {
    pub(crate) source: &'s dyn Source,
    pub(crate) settings: Settings<'s>,
    pub(crate) carve: bool,
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("recover", &self.settings.recover)
            .field("carve", &self.carve)
            .finish_non_exhaustive()
    }
}

impl<'s> Reader<'s> {
    /// Reads the live records of a log.
    pub fn new(source: &'s dyn Source) -> Self {
        let settings = Settings { ids: None, wanted: None, slow: false, xml: false, recover: false };
        Self { source, settings, carve: false }
    }

    /// Gives only records with these event IDs. Of the others nothing else is decoded.
    #[must_use]
    pub fn only_ids(mut self, ids: &'s EventIds) -> Self {
        self.settings.ids = Some(ids);
        self
    }

    /// Gives only records of whose `System` part this is true. It is asked before anything else of a record is decoded.
    #[must_use]
    pub fn only(mut self, wanted: &'s (dyn Fn(&SystemRef<'_>) -> bool + Sync)) -> Self {
        self.settings.wanted = Some(wanted);
        self
    }

    /// Gives also whole records in slack space, marked as recovered: what is left over from an earlier pass over a chunk.
    #[must_use]
    pub fn recover(mut self, yes: bool) -> Self {
        self.settings.recover = yes;
        self
    }

    /// Looks for chunks anywhere in the file: a disk image, a memory dump, unallocated space.
    #[must_use]
    pub fn carve(mut self, yes: bool) -> Self {
        self.carve = yes;
        self
    }

    /// Gives every record with its XML, as Windows renders it ([`RecordRef::xml`]). Characters that XML cannot carry are
    /// `_` there, and in the fields too. This is slow.
    #[must_use]
    pub fn with_xml(mut self, yes: bool) -> Self {
        self.settings.xml = yes;
        self
    }

    /// Reads every record through the rendering of the `evtx` crate, as those are read that the fast way refuses. The
    /// result is the same. For comparison.
    #[must_use]
    pub fn slow(mut self, yes: bool) -> Self {
        self.settings.slow = yes;
        self
    }

    /// Gives records and losses in the order of the file. It ends early when `visit` says so.
    pub fn for_each(
        &self,
        visit: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
    ) -> Result<Summary, ReadError> {
        let grafts = Grafts::new(self.source);
        let mut decoder = Decoder::new(&grafts);
        let mut summary = Summary::default();
        let mut start = self.start()?;
        let mut losses = std::mem::take(&mut start.losses);
        let mut tell = |losses: &mut Vec<Loss>, visit: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>| {
            losses.drain(..).try_for_each(|loss| {
                summary.losses += 1;
                visit(Entry::Loss(loss))
            })
        };
        let mut flow = tell(&mut losses, visit);
        let mut at = start.at;
        if flow.is_continue() {
            let walk = Walk { source: self.source, at, end: u64::MAX, carve: self.carve };
            let ledger = &mut start.ledger;
            let walked = walk.run(&mut decoder, &self.settings, &mut |met| {
                flow = match met {
                    Met::Record(record) => {
                        summary.records += 1;
                        visit(Entry::Record(record))
                    }
                    Met::Note(note) => {
                        ledger.enter(note, &mut losses);
                        losses.drain(..).try_for_each(|loss| {
                            summary.losses += 1;
                            visit(Entry::Loss(loss))
                        })
                    }
                };
                flow
            })?;
            at = walked.at;
        }
        if flow.is_continue() {
            start.ledger.end(at, &mut losses);
            for loss in losses.drain(..) {
                summary.losses += 1;
                if visit(Entry::Loss(loss)).is_break() {
                    break;
                }
            }
        }
        self.summary(summary, &start.ledger, at)
    }

    /// Reads parts of the file in so many threads at once, and gives what was made of them in the order of the file.
    ///
    /// What a [`Collect`] makes of a part must depend on that part only: then the result is the same with any number of
    /// threads. It ends early when `sink` or a [`Collect`] says so.
    pub fn collect<C: Collect>(
        &self,
        threads: NonZeroUsize,
        make: &(dyn Fn() -> C + Sync),
        sink: &mut dyn FnMut(Part<C::Output>) -> ControlFlow<()>,
    ) -> Result<Summary, ReadError> {
        parallel::collect(self, threads, make, sink)
    }

    /// What the begin of the file says. Counts are often wrong in its header, being those of when the log was last put
    /// down: there may be more chunks than it says, but not fewer.
    pub(crate) fn start(&self) -> Result<Start, ReadError> {
        let ledger = Ledger::new(self.carve);
        let mut start = Start { at: 0, ledger, losses: Vec::new() };
        if self.carve {
            return Ok(start);
        }
        let mut header = vec![0; FILE_HEADER];
        let read = fill(self.source, &mut header, 0).map_err(|source| ReadError::Io { offset: 0, source })?;
        start.at = read as u64;
        start.ledger.has_header = header.get(..read).is_some_and(is_evtx);
        if start.ledger.has_header && read < FILE_HEADER {
            let detail = detail::header_cut(read, FILE_HEADER);
            start.losses.push(Loss { offset: start.at, kind: LossKind::Truncated, detail });
        } else if start.ledger.has_header
            && let Some(chunks) = counted_chunks(&header)
        {
            start.ledger.count_on(Counted { chunks, from: start.at });
            start.ledger.is_closed = u32_at(&header, 120).is_some_and(|flags| flags & 1 == 0);
        }
        Ok(start)
    }

    /// What it came to. A file without any sign of a log is none, unless chunks were looked for in anything.
    pub(crate) fn summary(
        &self,
        counted: Summary,
        ledger: &Ledger,
        bytes: u64,
    ) -> Result<Summary, ReadError> {
        if !ledger.has_header && ledger.chunks == 0 && !self.carve {
            return Err(ReadError::NotEvtx);
        }
        Ok(Summary { chunks: ledger.chunks, bytes, ..counted })
    }
}

/// How many chunks a sound header counts. The number wraps in files of more than 4 GB.
fn counted_chunks(header: &[u8]) -> Option<u64> {
    let sound = u32_at(header, 124) == Some(crc32fast::hash(header.get(..120)?));
    sound.then(|| u16_at(header, 42)).flatten().map(u64::from)
}

/// Where the chunks begin, and what is known by then.
pub(crate) struct Start {
    pub(crate) at: u64,
    pub(crate) ledger: Ledger,
    pub(crate) losses: Vec<Loss>,
}

/// Reads an event log and gives copies of its records, and its losses, in the order of the file.
///
/// Damage does not stop it; one chunk is in memory at a time. It ends early when `sink` says so. [`Reader`] can do more,
/// and gives records without copying them.
pub fn read(
    source: &dyn Source,
    sink: &mut dyn FnMut(Item) -> ControlFlow<()>,
) -> Result<Summary, ReadError> {
    Reader::new(source).for_each(&mut |entry| {
        sink(match entry {
            Entry::Record(record) => Item::Record(record.to_record()),
            Entry::Loss(loss) => Item::Loss(loss),
        })
    })
}
