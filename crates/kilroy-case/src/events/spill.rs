//! Sorted rows that wait on disk: Arrow's own stream format, lightly compressed.
//!
//! Compressed as one stream rather than buffer by buffer: an event has some 60 columns, most of them nearly empty.

use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::ArrowError;
use kilroy_model::event_schema;
use zstd::stream::raw::CParameter;

use super::block::Block;
use super::picks::{Cut, Picks};
use super::work::Work;
use crate::CaseError;
use crate::aside::{Output, Scratch};

/// What is read back at a time. Small, because many runs are read side by side.
const CUT: Cut = Cut { rows: 1024, bytes: 128 << 10 };

/// Fast; the rows are read once or twice, then thrown away.
const ZSTD_LEVEL: i32 = 1;

/// Reach of the compression as a power of two: it is memory for each run that is open.
const ZSTD_WINDOW: u32 = 17;

type Stream = StreamWriter<zstd::Encoder<'static, BufWriter<Output>>>;

/// Rows that are being written.
pub(super) struct Spill {
    picks: Picks,
    rows: u64,
    stream: Stream,
    // After the stream: the file is closed before it goes.
    scratch: Scratch,
}

/// Rows that were written.
#[derive(Debug)]
pub(super) struct Spilled {
    pub(super) rows: u64,
    scratch: Scratch,
}

/// Reads rows back.
pub(super) struct Unspill {
    left: u64,
    stream: StreamReader<BufReader<zstd::Decoder<'static, BufReader<File>>>>,
    scratch: Scratch,
}

impl Spill {
    pub(super) fn create(work: &Work) -> Result<Self, CaseError> {
        let place = work.shared.root.join(format!("{}.spill", work.id));
        let (scratch, file) = Scratch::create(&place, work.shared.next_file()?)?;
        let failed = |e| CaseError::io("write", scratch.path())(e);
        let mut zstd = zstd::Encoder::new(BufWriter::new(file), ZSTD_LEVEL).map_err(failed)?;
        zstd.set_parameter(CParameter::WindowLog(ZSTD_WINDOW)).map_err(failed)?;
        zstd.include_checksum(true).map_err(failed)?;
        let stream =
            StreamWriter::try_new(zstd, &event_schema()).map_err(CaseError::arrow(scratch.path()))?;
        Ok(Self { picks: Picks::default(), rows: 0, stream, scratch })
    }

    /// Takes the next row.
    pub(super) fn push(&mut self, block: &Arc<Block>, row: usize) -> Result<(), CaseError> {
        self.picks.push(block, row);
        self.rows += 1;
        if self.picks.reach(CUT) { self.flush() } else { Ok(()) }
    }

    /// Writes what waits, so that no block is held any more.
    pub(super) fn flush(&mut self) -> Result<(), CaseError> {
        if self.picks.is_empty() {
            return Ok(());
        }
        let written = self.picks.batch().and_then(|batch| self.stream.write(&batch));
        written.map_err(CaseError::arrow(self.scratch.path()))
    }

    pub(super) fn close(mut self) -> Result<Spilled, CaseError> {
        self.flush()?;
        let Self { rows, stream, scratch, .. } = self;
        let zstd = stream.into_inner().map_err(CaseError::arrow(scratch.path()))?;
        let failed = |e| CaseError::io("write", scratch.path())(e);
        zstd.finish().map_err(failed)?.into_inner().map_err(|e| failed(e.into_error()))?;
        Ok(Spilled { rows, scratch })
    }
}

impl Spilled {
    pub(super) fn read(self) -> Result<Unspill, CaseError> {
        let Self { rows, scratch } = self;
        let failed = |e| CaseError::io("read", scratch.path())(e);
        let file = File::open(scratch.path()).map_err(failed)?;
        let zstd = zstd::Decoder::new(file).map_err(failed)?;
        let stream = StreamReader::try_new_buffered(zstd, None).map_err(CaseError::arrow(scratch.path()))?;
        Ok(Unspill { left: rows, stream, scratch })
    }

    #[cfg(test)]
    pub(super) fn path(&self) -> &std::path::Path {
        self.scratch.path()
    }

    /// All rows must come back: a stream that ends too early does not always say so.
    fn missing(left: u64) -> ArrowError {
        ArrowError::IpcError(format!("{left} events that were laid aside do not come back"))
    }
}

impl Unspill {
    /// Reads to the very end, where the checksum is.
    fn check(&mut self) -> io::Result<()> {
        io::copy(self.stream.get_mut(), &mut io::sink()).map(drop)
    }
}

impl Iterator for Unspill {
    type Item = Result<RecordBatch, CaseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match self.stream.next() {
            None if self.left > 0 => Err(Spilled::missing(std::mem::take(&mut self.left))),
            None => match self.check() {
                Ok(()) => return None,
                Err(error) => Err(error.into()),
            },
            Some(batch) => batch,
        };
        if let Ok(batch) = &batch {
            self.left = self.left.saturating_sub(batch.num_rows() as u64);
        }
        Some(batch.map_err(CaseError::arrow(self.scratch.path())))
    }
}
