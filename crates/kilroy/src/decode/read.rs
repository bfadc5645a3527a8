//! Reads files, and hands over in their order what was made of their records.
//!
//! A large file is read by all threads at once. Small ones are read side by side, each by one thread: most logs of a
//! machine are smaller than what is worth being shared.

use std::fs::File;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use anyhow::{Error, Result};
use kilroy_evidence::Found;
use kilroy_evtx::{Collect, Loss, Part, ReadError, Reader, RecordRef, SystemRef};

use super::{Encode, Filter};
use crate::side_by_side::side_by_side;

/// A file up to this size is read by one thread; what was made of it waits in memory for its turn.
const SMALL: u64 = 4 << 20;

/// How files are read.
#[derive(Clone, Copy)]
pub(crate) struct Decoding<'d> {
    /// Also what is left over from earlier in the chunks.
    pub(crate) recover: bool,
    /// Chunks anywhere in any file.
    pub(crate) carve: bool,
    /// With each record as XML.
    pub(crate) xml: bool,
    pub(crate) filter: &'d Filter,
    pub(crate) threads: NonZeroUsize,
}

/// Makes that which takes the records of the file of this name.
type Make<'m, C> = dyn Fn(&str) -> C + Sync + 'm;

/// What comes of a file: pieces, then its end.
#[derive(Debug)]
pub(crate) enum Step<T> {
    /// A part of the file.
    Piece {
        /// What was made of its records.
        output: T,
        /// How many they are.
        records: u64,
        /// What of it could not be read.
        losses: Vec<Loss>,
    },
    /// The file ends, or cannot be read any further.
    End(Result<(), ReadError>),
}

impl<T> From<Part<T>> for Step<T> {
    fn from(part: Part<T>) -> Self {
        Self::Piece { output: part.output, records: part.records, losses: part.losses }
    }
}

/// Takes the steps of files.
type Sink<'s, T> = dyn FnMut(&Found, Step<T>) -> Result<()> + 's;

impl Decoding<'_> {
    /// Reads the files one after the other, as far as anybody can tell.
    pub(crate) fn read<C: Collect>(
        &self,
        files: &[&Found],
        make: &Make<'_, C>,
        sink: &mut Sink<'_, C::Output>,
    ) -> Result<()> {
        for group in files.chunk_by(|a, b| a.size <= SMALL && b.size <= SMALL) {
            match group {
                [one] => self.large(one, make, sink)?,
                many => self.small(many, make, sink)?,
            }
        }
        Ok(())
    }

    /// Each file in one of the threads.
    fn small<C: Collect>(
        &self,
        files: &[&Found],
        make: &Make<'_, C>,
        sink: &mut Sink<'_, C::Output>,
    ) -> Result<()> {
        let alone = |file: &&Found| {
            let mut pieces = Vec::new();
            let end = self.file(file, NonZeroUsize::MIN, make, &mut |part| {
                pieces.push(Step::from(part));
                ControlFlow::Continue(())
            });
            (pieces, end)
        };
        side_by_side(files, self.threads.get(), &alone, &mut |file, (pieces, end)| {
            pieces.into_iter().chain([Step::End(end)]).try_for_each(|step| sink(file, step))
        })
    }

    /// All threads on one file.
    fn large<C: Collect>(
        &self,
        file: &Found,
        make: &Make<'_, C>,
        sink: &mut Sink<'_, C::Output>,
    ) -> Result<()> {
        let mut refused: Option<Error> = None;
        let end = self.file(file, self.threads, make, &mut |part| match sink(file, part.into()) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                refused = Some(error);
                ControlFlow::Break(())
            }
        });
        match refused {
            Some(error) => Err(error),
            None => sink(file, Step::End(end)),
        }
    }

    fn file<C: Collect>(
        &self,
        file: &Found,
        threads: NonZeroUsize,
        make: &Make<'_, C>,
        sink: &mut dyn FnMut(Part<C::Output>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let source = File::open(&file.path).map_err(|source| ReadError::Io { offset: 0, source })?;
        let wanted = |system: &SystemRef<'_>| self.filter.takes(system);
        let ids = self.filter.ids();
        let mut reader = Reader::new(&source).recover(self.recover).carve(self.carve).with_xml(self.xml);
        if let Some(ids) = &ids {
            reader = reader.only_ids(ids);
        }
        if !self.filter.is_empty() {
            reader = reader.only(&wanted);
        }
        reader.collect(threads, &|| make(&file.shown), sink)?;
        Ok(())
    }
}

/// Gathers the bytes of one part of a file.
pub(crate) struct Bytes {
    encoder: Box<dyn Encode>,
    out: Vec<u8>,
}

impl Bytes {
    /// As this one writes records.
    pub(crate) fn new(encoder: Box<dyn Encode>) -> Self {
        Self { encoder, out: Vec::new() }
    }
}

impl Collect for Bytes {
    type Output = Vec<u8>;

    fn record(&mut self, record: &RecordRef<'_>) -> ControlFlow<()> {
        self.encoder.record(record, &mut self.out);
        ControlFlow::Continue(())
    }

    fn finish(&mut self) -> Vec<u8> {
        // The next part will need about as much.
        let room = Vec::with_capacity(self.out.len());
        std::mem::replace(&mut self.out, room)
    }
}
