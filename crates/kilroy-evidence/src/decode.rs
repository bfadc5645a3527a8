//! From an evidence file to its events, with an account of what was lost.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use kilroy_evtx::Item;
pub use kilroy_evtx::{Loss, LossKind};
use kilroy_model::{Event, EvidenceId, Timestamp};

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
    /// The one who takes the events could not take one.
    #[error(transparent)]
    Sink(E),
}

/// Reads a file that was hashed and hands its events over, in the order of the file.
///
/// Damage does not stop it: what is unreadable is a loss, with its place. `progress` hears of bytes as the file is read
/// further; together they are the size of the file.
pub fn decode<E>(
    found: &Found,
    digest: &Digest,
    progress: &dyn Fn(u64),
    sink: &mut dyn FnMut(Event) -> Result<(), E>,
) -> Result<Decoded, DecodeError<E>> {
    let format = found
        .kind
        .as_ref()
        .map_err(|kind| ReadError::NotEvidence { shown: found.shown.clone(), kind: kind.clone() })?;
    let unreadable = |e: io::Error| ReadError::unreadable(found, &e);
    let file = File::open(&found.path).map_err(unreadable)?;
    let changed_before = digest.differs(&file.metadata().map_err(unreadable)?);
    let mut metered = Metered { inner: &file, position: 0, furthest: 0, size: digest.size, progress };
    let mut decoded = match format {
        Format::Evtx => evtx(found, digest.id, &mut metered, sink)?,
    };
    metered.complete();
    decoded.changed = changed_before || digest.differs(&file.metadata().map_err(unreadable)?);
    Ok(decoded)
}

/// Reads a file twice, once for its identity and once for its events; `progress` hears of its size twice over.
pub fn read<E>(
    found: &Found,
    progress: &dyn Fn(u64),
    sink: &mut dyn FnMut(Event) -> Result<(), E>,
) -> Result<EvidenceFile, DecodeError<E>> {
    let digest = hash(found, progress)?;
    let decoded = decode(found, &digest, progress, sink)?;
    Ok(EvidenceFile::new(digest, decoded))
}

fn evtx<E>(
    found: &Found,
    id: EvidenceId,
    input: impl Read + Seek,
    sink: &mut dyn FnMut(Event) -> Result<(), E>,
) -> Result<Decoded, DecodeError<E>> {
    let mut normaliser = Normaliser::new(id);
    let mut decoded = Decoded::default();
    let mut refused = None;
    let outcome = kilroy_evtx::read(input, &mut |item| {
        match item {
            Item::Record(record) => {
                let event = normaliser.event(record);
                decoded.saw(event.time);
                if let Err(e) = sink(event) {
                    refused = Some(e);
                    return ControlFlow::Break(());
                }
                decoded.records += 1;
            }
            Item::Loss(loss) => decoded.lost(loss),
        }
        ControlFlow::Continue(())
    });
    if let Some(e) = refused {
        return Err(DecodeError::Sink(e));
    }
    outcome.map_err(|e| ReadError::Unreadable { shown: found.shown.clone(), reason: reason(&e) })?;
    Ok(decoded)
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

/// A file that tells how far it has been read. Readers seek back and forth; only what is new counts.
struct Metered<'a> {
    inner: &'a File,
    position: u64,
    furthest: u64,
    size: u64,
    progress: &'a dyn Fn(u64),
}

impl Metered<'_> {
    fn reached(&mut self, position: u64) {
        // A file that grew must not give more than was promised.
        let position = position.min(self.size);
        if position > self.furthest {
            (self.progress)(position - self.furthest);
            self.furthest = position;
        }
    }

    /// What the reader had no need to look at is done too.
    fn complete(&mut self) {
        self.reached(self.size);
    }
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.position += read as u64;
        self.reached(self.position);
        Ok(read)
    }
}

impl Seek for Metered<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = self.inner.seek(to)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests;
