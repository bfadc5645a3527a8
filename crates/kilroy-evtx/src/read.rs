//! Walks a file from chunk to chunk.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use crate::chunk::{self, Place};
use crate::graft::Templates;
use crate::live::{self, Live};
use crate::record::{Item, Loss, LossKind};
use crate::{CHUNK, CHUNK_MAGIC, FILE_HEADER, FILE_MAGIC, find, is_zero, u32_at};

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

/// Whether a file that begins like this is an EVTX file.
pub fn is_evtx(first_bytes: &[u8]) -> bool {
    first_bytes.starts_with(FILE_MAGIC)
}

/// Reads an event log and gives its records and losses in the order of the file.
///
/// Damage does not stop it; one chunk is in memory at a time. It ends early when `sink` says so.
pub fn read<R: Read + Seek>(
    input: R,
    sink: &mut dyn FnMut(Item) -> ControlFlow<()>,
) -> Result<Summary, ReadError> {
    let mut summary = Summary::default();
    let mut counting = |item: Item| {
        match item {
            Item::Record(_) => summary.records += 1,
            Item::Loss(_) => summary.losses += 1,
        }
        sink(item)
    };
    let mut walk = FileWalk {
        input,
        at: 0,
        chunks: 0,
        has_header: false,
        foreign: None,
        zeroes: None,
        templates: Templates::default(),
        sink: &mut counting,
    };
    // Whether the sink had enough makes no difference to the summary.
    if walk.header()?.is_continue() {
        let _ = walk.chunks()?;
    }
    let (chunks, bytes) = (walk.chunks, walk.at);
    if !walk.has_header && chunks == 0 {
        return Err(ReadError::NotEvtx);
    }
    summary.chunks = chunks;
    summary.bytes = bytes;
    Ok(summary)
}

/// Bytes in which nothing was recognised, up to where the walk is.
#[derive(Clone, Copy)]
struct Foreign {
    start: u64,
}

struct FileWalk<'s, R> {
    input: R,
    at: u64,
    chunks: u64,
    has_header: bool,
    foreign: Option<Foreign>,
    /// Where zeroes began that nothing has followed yet: free space, unless another chunk comes.
    zeroes: Option<u64>,
    templates: Templates,
    sink: &'s mut dyn FnMut(Item) -> ControlFlow<()>,
}

impl<R: Read + Seek> FileWalk<'_, R> {
    /// Looks for the header of an event log. Nothing else in it is of use: its counts are often wrong.
    fn header(&mut self) -> Result<ControlFlow<()>, ReadError> {
        let mut header = vec![0; FILE_HEADER];
        let read = self.fill(&mut header)?;
        self.at = read as u64;
        self.has_header = header.get(..read).is_some_and(is_evtx);
        if self.has_header && read < FILE_HEADER {
            let detail = format!("the file ends after {read} of its header's {FILE_HEADER} bytes");
            return Ok(self.lose(self.at, LossKind::Truncated, detail));
        }
        Ok(ControlFlow::Continue(()))
    }

    fn chunks(&mut self) -> Result<ControlFlow<()>, ReadError> {
        let mut block = vec![0; CHUNK + LOOK_AHEAD];
        loop {
            let read = self.fill(&mut block)?;
            let Some(bytes) = block.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            let (step, flow) = self.block(bytes);
            self.at += step as u64;
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(self.end_foreign())
    }

    /// Handles what stands at the walk's place, and says how far to go on. `bytes` has a bit of the next block.
    fn block(&mut self, bytes: &[u8]) -> (usize, ControlFlow<()>) {
        let here = bytes.get(..CHUNK).unwrap_or(bytes);
        if is_zero(here) {
            let flow = self.end_foreign();
            self.zeroes.get_or_insert(self.at);
            return (here.len(), flow);
        }
        let has_magic = here.starts_with(CHUNK_MAGIC);
        // Bytes were cut out or put in: the next chunk does not stand where it should.
        let next = next_chunk(bytes);
        let here = next.and_then(|next| bytes.get(..next)).unwrap_or(here);
        let live = live::find(here);
        if !has_magic && live.spans.is_empty() {
            self.foreign.get_or_insert(Foreign { start: self.at });
            return (here.len(), ControlFlow::Continue(()));
        }
        (here.len(), self.chunk(here, &live, has_magic, next.is_some()))
    }

    fn chunk(&mut self, block: &[u8], live: &Live, has_magic: bool, is_cut: bool) -> ControlFlow<()> {
        let is_first = self.chunks == 0;
        let place = Place { number: self.chunks, offset: self.at };
        self.chunks += 1;
        if is_first && !self.has_header {
            self.lose(0, LossKind::Header, "the file's header is damaged".to_owned())?;
        }
        self.end_foreign()?;
        if let Some(start) = self.zeroes.take().filter(|_| self.has_header || !is_first) {
            let detail = format!("{} bytes of zeroes stand where chunks were", self.at - start);
            self.lose(start, LossKind::Chunk, detail)?;
        }
        if !has_magic {
            self.lose(self.at, LossKind::ChunkMagic, "the chunk's magic is damaged".to_owned())?;
        }
        if live.spans.iter().any(|span| span.beyond) {
            let count = live.spans.iter().filter(|span| span.beyond).count();
            let detail = format!("the chunk's header does not know of {count} of its records");
            self.lose(self.at, LossKind::ChunkHeader, detail)?;
        }
        let mut losses = 0;
        chunk::decode(block, place, live, &mut self.templates, &mut |item| {
            losses += u32::from(matches!(item, Item::Loss(_)));
            (self.sink)(item)
        })?;
        if losses == 0 && block.len() == CHUNK && live::is_checksum_wrong(block) {
            let detail =
                "the records differ from their checksum: some value is not as it was logged".to_owned();
            self.lose(self.at, LossKind::Checksum, detail)?;
        }
        if block.len() < CHUNK {
            let what = if is_cut { "the next chunk begins" } else { "the file ends" };
            let detail = format!("{what} after {} of this chunk's {CHUNK} bytes", block.len());
            self.lose(self.at + block.len() as u64, LossKind::Truncated, detail)?;
        }
        ControlFlow::Continue(())
    }

    fn end_foreign(&mut self) -> ControlFlow<()> {
        // Nothing is lost from a file that has shown no sign of a log yet.
        if !self.has_header && self.chunks == 0 {
            return ControlFlow::Continue(());
        }
        let Some(Foreign { start }) = self.foreign.take() else { return ControlFlow::Continue(()) };
        let detail = format!("{} bytes are neither a chunk nor empty", self.at - start);
        self.lose(start, LossKind::Chunk, detail)
    }

    fn lose(&mut self, offset: u64, kind: LossKind, detail: String) -> ControlFlow<()> {
        (self.sink)(Item::Loss(Loss { offset, kind, detail }))
    }

    /// Reads at the walk's place as much as there is.
    fn fill(&mut self, block: &mut [u8]) -> Result<usize, ReadError> {
        let failed = |source| ReadError::Io { offset: self.at, source };
        self.input.seek(SeekFrom::Start(self.at)).map_err(failed)?;
        let mut read = 0;
        while let Some(rest) = block.get_mut(read..).filter(|rest| !rest.is_empty()) {
            match self.input.read(rest) {
                Ok(0) => break,
                Ok(n) => read += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(failed(e)),
            }
        }
        Ok(read)
    }
}

/// Enough of the next block to recognise a chunk that begins at the end of this one.
const LOOK_AHEAD: usize = 64;

/// Where a chunk begins within a block, other than at its begin and its end.
fn next_chunk(bytes: &[u8]) -> Option<usize> {
    let mut from = 1;
    loop {
        from = find(bytes, CHUNK_MAGIC, from)?;
        if from >= CHUNK {
            return None;
        }
        // The magic alone may stand in a record's text. The header's own size is always 128.
        if u32_at(bytes, from + 40) == Some(128) {
            return Some(from);
        }
        from += 1;
    }
}
