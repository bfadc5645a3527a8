//! From an evidence file to its events, with an account of what was lost.

use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use kilroy_evtx::{Collect, Entry, Part, Reader, RecordRef, Source};
pub use kilroy_evtx::{Loss, LossKind};
use kilroy_model::{Event, EventColumns, EvidenceId, Timestamp};

use crate::content::Format;
use crate::digest::{Digest, ReadError, hash};
use crate::find::Found;
use crate::normalise::Normaliser;
use crate::platform::why;

/// How many losses of one file are kept with offset and reason. All are counted.
pub const LOSSES_KEPT: usize = 1_000;

/// What became of decoding one file.
#[derive(Debug, Default)]
pub struct Decoded {
    /// Events that were handed over.
    pub records: u64,
    /// How many pieces could not be read.
    pub losses_total: u64,
    /// The first [`LOSSES_KEPT`] of them.
    pub losses: Vec<Loss>,
    /// Earliest time of an event.
    pub first: Option<Timestamp>,
    /// Latest time of an event.
    pub last: Option<Timestamp>,
    /// The file was written to after it was hashed: the hash is not that of these events. A copy of the file should be
    /// read instead.
    pub changed: bool,
}

/// What there is to say of an evidence file that was read from begin to end.
#[derive(Debug)]
pub struct EvidenceFile {
    /// Identity within the case.
    pub id: EvidenceId,
    /// SHA-256 of the content, in small hexadecimal digits.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
    /// Events that were handed over.
    pub records: u64,
    /// How many pieces could not be read.
    pub losses_total: u64,
    /// The first [`LOSSES_KEPT`] of them.
    pub losses: Vec<Loss>,
    /// Earliest time of an event.
    pub first: Option<Timestamp>,
    /// Latest time of an event.
    pub last: Option<Timestamp>,
    /// The file was written to while it was read; see [`Decoded::changed`].
    pub changed: bool,
}

impl EvidenceFile {
    /// From the two readings of a file.
    pub fn new(digest: Digest, decoded: Decoded) -> Self {
        let Digest { id, sha256, size, modified: _ } = digest;
        let Decoded { records, losses_total, losses, first, last, changed } = decoded;
        Self { id, sha256, size, records, losses_total, losses, first, last, changed }
    }
}

/// Why decoding stopped.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError<E> {
    /// The file could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The events are no table. This is a bug.
    #[error("the events cannot be put into columns: {0}")]
    Columns(ArrowError),
    /// The one who takes the events could not take one.
    #[error(transparent)]
    Sink(E),
}

/// Reads a file that was hashed, in so many threads, and hands its events over in the order of the file: batches of
/// [`kilroy_model::event_schema`], the same with any number of threads.
///
/// Damage does not stop it: what is unreadable is a loss, with its place. `progress` hears of bytes as the file is read
/// further; together they are the size of the file.
pub fn decode<E>(
    found: &Found,
    digest: &Digest,
    threads: NonZeroUsize,
    progress: &(dyn Fn(u64) + Sync),
    sink: &mut dyn FnMut(RecordBatch) -> Result<(), E>,
) -> Result<Decoded, DecodeError<E>> {
    opened(found, digest, progress, |input| batches(found, digest, threads, input, sink))
}

fn batches<E>(
    found: &Found,
    digest: &Digest,
    threads: NonZeroUsize,
    input: &dyn Source,
    sink: &mut dyn FnMut(RecordBatch) -> Result<(), E>,
) -> Result<Decoded, DecodeError<E>> {
    let mut decoded = Decoded::default();
    let mut refused = None;
    let make = || Batcher::new(digest.id);
    let outcome = Reader::new(input).collect(threads, &make, &mut |part: Part<Batch>| {
        decoded.records += part.records;
        part.losses.into_iter().for_each(|loss| decoded.lost(loss));
        let Batch { events, first, last } = part.output;
        first.into_iter().chain(last).for_each(|time| decoded.saw(Some(time)));
        match events.map_err(DecodeError::Columns).and_then(|e| sink(e).map_err(DecodeError::Sink)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(e) => {
                refused = Some(e);
                ControlFlow::Break(())
            }
        }
    });
    finished(found, decoded, refused, outcome)
}

/// Reads a file twice, once for its identity and once for its events, and hands them over one by one. `progress` hears of
/// its size twice over.
pub fn read<E>(
    found: &Found,
    progress: &(dyn Fn(u64) + Sync),
    sink: &mut dyn FnMut(Event) -> Result<(), E>,
) -> Result<EvidenceFile, DecodeError<E>> {
    let digest = hash(found, progress)?;
    let decoded = opened(found, &digest, progress, |input| {
        let mut normaliser = Normaliser::new(digest.id);
        let mut decoded = Decoded::default();
        let mut refused = None;
        let outcome = Reader::new(input).for_each(&mut |entry| {
            match entry {
                Entry::Record(record) => {
                    let event = normaliser.copy(record);
                    decoded.saw(event.time);
                    if let Err(e) = sink(event) {
                        refused = Some(DecodeError::Sink(e));
                        return ControlFlow::Break(());
                    }
                    decoded.records += 1;
                }
                Entry::Loss(loss) => decoded.lost(loss),
            }
            ControlFlow::Continue(())
        });
        finished(found, decoded, refused, outcome)
    })?;
    Ok(EvidenceFile::new(digest, decoded))
}

/// Opens a file, has it read, and looks whether it was the one that was hashed.
fn opened<E>(
    found: &Found,
    digest: &Digest,
    progress: &(dyn Fn(u64) + Sync),
    read: impl FnOnce(&dyn Source) -> Result<Decoded, DecodeError<E>>,
) -> Result<Decoded, DecodeError<E>> {
    let format = found
        .kind
        .as_ref()
        .map_err(|kind| ReadError::NotEvidence { shown: found.shown.clone(), kind: kind.clone() })?;
    let unreadable = |e: io::Error| ReadError::unreadable(found, &e);
    let file = File::open(&found.path).map_err(unreadable)?;
    let changed_before = digest.differs(&file.metadata().map_err(unreadable)?);
    let metered = Metered { inner: &file, furthest: AtomicU64::new(0), size: digest.size, progress };
    let mut decoded = match format {
        Format::Evtx => read(&metered)?,
    };
    metered.complete();
    decoded.changed = changed_before || digest.differs(&file.metadata().map_err(unreadable)?);
    Ok(decoded)
}

fn finished<E>(
    found: &Found,
    decoded: Decoded,
    refused: Option<DecodeError<E>>,
    outcome: Result<kilroy_evtx::Summary, kilroy_evtx::ReadError>,
) -> Result<Decoded, DecodeError<E>> {
    if let Some(e) = refused {
        return Err(e);
    }
    outcome.map_err(|e| ReadError::Unreadable { shown: found.shown.clone(), reason: reason(&e) })?;
    Ok(decoded)
}

/// Makes batches of the events of each part of a file.
struct Batcher {
    normaliser: Normaliser,
    columns: EventColumns,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    failed: Option<ArrowError>,
}

/// The events of one part.
struct Batch {
    events: Result<RecordBatch, ArrowError>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl Batcher {
    fn new(evidence: EvidenceId) -> Self {
        let (normaliser, columns) = (Normaliser::new(evidence), EventColumns::default());
        Self { normaliser, columns, first: None, last: None, failed: None }
    }
}

impl Collect for Batcher {
    type Output = Batch;

    fn record(&mut self, record: &RecordRef<'_>) -> ControlFlow<()> {
        let Self { normaliser, columns, first, last, failed } = self;
        normaliser.event(record, |event, fields| {
            if let Some(time) = event.time {
                *first = Some(first.map_or(time, |first| first.min(time)));
                *last = Some(last.map_or(time, |last| last.max(time)));
            }
            match columns.append(event, fields.names, fields.own, fields.more()) {
                Ok(()) => ControlFlow::Continue(()),
                Err(e) => {
                    *failed = Some(e);
                    ControlFlow::Break(())
                }
            }
        })
    }

    fn finish(&mut self) -> Batch {
        let events = self.failed.take().map_or_else(|| self.columns.finish(), Err);
        Batch { events, first: self.first.take(), last: self.last.take() }
    }
}

/// Why a log could not be read to its end. What was read of it before has been handed over.
fn reason(error: &kilroy_evtx::ReadError) -> String {
    match error {
        kilroy_evtx::ReadError::Io { offset, source } => format!("at offset {offset}: {}", why(source)),
        other => other.to_string(),
    }
}

impl Decoded {
    fn saw(&mut self, time: Option<Timestamp>) {
        let Some(time) = time else { return };
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = Some(self.last.map_or(time, |last| last.max(time)));
    }

    fn lost(&mut self, loss: Loss) {
        self.losses_total += 1;
        if self.losses.len() < LOSSES_KEPT {
            self.losses.push(loss);
        }
    }
}

/// A file that tells how far it has been read. Readers may go back; only what is new counts.
struct Metered<'a> {
    inner: &'a File,
    furthest: AtomicU64,
    size: u64,
    progress: &'a (dyn Fn(u64) + Sync),
}

impl Metered<'_> {
    fn reached(&self, position: u64) {
        // A file that grew must not give more than was promised.
        let position = position.min(self.size);
        let before = self.furthest.fetch_max(position, Ordering::Relaxed);
        if position > before {
            (self.progress)(position - before);
        }
    }

    /// What the reader had no need to look at is done too.
    fn complete(&self) {
        self.reached(self.size);
    }
}

impl Source for Metered<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let read = self.inner.read_at(buffer, offset)?;
        self.reached(offset + read as u64);
        Ok(read)
    }

    fn size(&self) -> io::Result<u64> {
        self.inner.size()
    }
}

#[cfg(test)]
mod tests;
