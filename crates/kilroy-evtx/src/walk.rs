//! Walks through a file, or a part of it, from chunk to chunk.

use std::ops::ControlFlow;

use crate::decode::{Decoder, Found, Settings};
use crate::detail;
use crate::live::{self, Live};
use crate::record::{Loss, LossKind};
use crate::source::{Source, fill};
use crate::view::RecordRef;
use crate::{CHUNK, CHUNK_MAGIC, find, is_zero, u32_at};

/// What a walk meets.
pub(crate) enum Met<'a> {
    Record(&'a RecordRef<'a>),
    Note(Note),
}

/// What it meets beside records. What it means may depend on what came before: see [`Ledger`].
#[derive(Debug)]
pub(crate) enum Note {
    /// A chunk begins.
    Chunk { at: u64 },
    /// Bytes in which nothing was recognised.
    Foreign { start: u64 },
    /// Zeros where a chunk could be.
    Zeros { start: u64 },
    /// A chunk of Windows whose records differ from their checksum: a loss, unless the log was copied while it was written.
    Differs { at: u64 },
    /// Something that is lost, whatever came before.
    Loss(Loss),
}

/// One part of a file.
pub(crate) struct Walk<'w> {
    pub(crate) source: &'w dyn Source,
    /// Where it begins.
    pub(crate) at: u64,
    /// Chunks that begin there or later belong to the next part.
    pub(crate) end: u64,
    /// Chunks may stand anywhere, and most of the rest is something else.
    pub(crate) carve: bool,
}

/// How far a walk came.
pub(crate) struct Walked {
    /// Where the next part begins.
    pub(crate) at: u64,
    /// There is no next part: the file ended, or nobody wants more.
    pub(crate) ended: bool,
}

/// A read that failed.
pub(crate) struct Failed {
    pub(crate) offset: u64,
    pub(crate) source: std::io::Error,
}

/// Enough of the next block to recognise a chunk that begins at the end of this one.
const LOOK_AHEAD: usize = 64;

impl Walk<'_> {
    pub(crate) fn run(
        mut self,
        decoder: &mut Decoder<'_>,
        settings: &Settings<'_>,
        sink: &mut dyn FnMut(Met<'_>) -> ControlFlow<()>,
    ) -> Result<Walked, Failed> {
        let mut block = vec![0; CHUNK + LOOK_AHEAD];
        while self.at < self.end {
            let read = fill(self.source, &mut block, self.at)
                .map_err(|source| Failed { offset: self.at, source })?;
            let Some(bytes) = block.get(..read).filter(|bytes| !bytes.is_empty()) else {
                return Ok(Walked { at: self.at, ended: true });
            };
            let (step, flow) = if self.carve {
                self.carved(bytes, decoder, settings, sink)
            } else {
                self.block(bytes, decoder, settings, sink)
            };
            self.at += step as u64;
            if flow.is_break() {
                return Ok(Walked { at: self.at, ended: true });
            }
        }
        Ok(Walked { at: self.at, ended: false })
    }

    /// Handles what stands at the walk's place, and says how far to go on. `bytes` has a bit of the next block.
    fn block(
        &self,
        bytes: &[u8],
        decoder: &mut Decoder<'_>,
        settings: &Settings<'_>,
        sink: &mut dyn FnMut(Met<'_>) -> ControlFlow<()>,
    ) -> (usize, ControlFlow<()>) {
        let here = bytes.get(..CHUNK).unwrap_or(bytes);
        let has_magic = here.starts_with(CHUNK_MAGIC);
        if !has_magic && is_zero(here) {
            return (here.len(), sink(Met::Note(Note::Zeros { start: self.at })));
        }
        // Bytes were cut out or put in: the next chunk does not stand where it should. A chunk that is as it was written
        // has no other inside.
        let proven = has_magic && live::is_proven(here);
        let next = if proven { None } else { next_chunk(bytes) };
        let here = next.and_then(|next| bytes.get(..next)).unwrap_or(here);
        let live = live::find(here);
        if !has_magic && live.spans.is_empty() {
            return (here.len(), sink(Met::Note(Note::Foreign { start: self.at })));
        }
        let state = State { live: &live, proven, is_cut: next.is_some() };
        (here.len(), self.chunk(here, &state, decoder, settings, sink))
    }

    /// The same where chunks may stand anywhere.
    fn carved(
        &self,
        bytes: &[u8],
        decoder: &mut Decoder<'_>,
        settings: &Settings<'_>,
        sink: &mut dyn FnMut(Met<'_>) -> ControlFlow<()>,
    ) -> (usize, ControlFlow<()>) {
        let here = bytes.get(..CHUNK).unwrap_or(bytes);
        if !(here.starts_with(CHUNK_MAGIC) && has_header(here)) {
            return (next_chunk(bytes).unwrap_or(here.len()), ControlFlow::Continue(()));
        }
        let proven = live::is_proven(here);
        let next = if proven { None } else { next_chunk(bytes) };
        let here = next.and_then(|next| bytes.get(..next)).unwrap_or(here);
        let state = State { live: &live::find(here), proven, is_cut: next.is_some() };
        (here.len(), self.chunk(here, &state, decoder, settings, sink))
    }

    fn chunk(
        &self,
        block: &[u8],
        state: &State<'_>,
        decoder: &mut Decoder<'_>,
        settings: &Settings<'_>,
        sink: &mut dyn FnMut(Met<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let at = self.at;
        let State { live, proven, is_cut } = *state;
        let lost = |offset, kind, detail| Met::Note(Note::Loss(Loss { offset, kind, detail }));
        sink(Met::Note(Note::Chunk { at }))?;
        if !block.starts_with(CHUNK_MAGIC) {
            sink(lost(at, LossKind::ChunkMagic, detail::magic_damaged()))?;
        }
        let beyond = live.spans.iter().filter(|span| span.beyond).count();
        if beyond > 0 {
            sink(lost(at, LossKind::ChunkHeader, detail::records_beyond(beyond)))?;
        }
        let mut losses = 0;
        decoder.chunk(block, at, live, settings, &mut |found| match found {
            Found::Record(record) => sink(Met::Record(record)),
            Found::Loss(loss) => {
                losses += 1;
                sink(Met::Note(Note::Loss(loss)))
            }
        })?;
        if losses == 0 && !proven && block.len() == CHUNK {
            if live.spans.is_empty() && !live::has_end(block) {
                sink(lost(at, LossKind::ChunkHeader, detail::chunk_emptied()))?;
            } else if live::is_checksum_wrong(block) {
                sink(lost(at, LossKind::Checksum, detail::checksum_differs()))?;
            } else if live::is_checksum_another(block) {
                sink(Met::Note(Note::Differs { at }))?;
            }
        }
        if block.len() < CHUNK {
            let detail = if is_cut { detail::chunk_covered } else { detail::chunk_cut };
            sink(lost(at + block.len() as u64, LossKind::Truncated, detail(block.len(), CHUNK)))?;
        }
        ControlFlow::Continue(())
    }
}

/// What is known of a chunk before it is decoded.
struct State<'s> {
    live: &'s Live,
    /// Its checksums hold.
    proven: bool,
    /// It ends early because the next one begins.
    is_cut: bool,
}

/// Where a chunk begins within a block, other than at its begin and its end.
fn next_chunk(bytes: &[u8]) -> Option<usize> {
    let mut from = 1;
    loop {
        from = find(bytes, CHUNK_MAGIC, from)?;
        if from >= CHUNK {
            return None;
        }
        if bytes.get(from..).is_some_and(has_header) {
            return Some(from);
        }
        from += 1;
    }
}

/// The magic alone may stand in a record's text. The header's own size is always 128.
fn has_header(chunk: &[u8]) -> bool {
    u32_at(chunk, 40) == Some(128)
}

/// Makes losses of what walks meet, in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// The file begins as a log does.
    pub(crate) has_header: bool,
    /// Its header is sound, and says that Windows had finished with the log.
    pub(crate) is_closed: bool,
    /// Chunks so far.
    pub(crate) chunks: u64,
    /// Chunks may stand anywhere: what is between them is no loss.
    carve: bool,
    /// What has stood since the last chunk, in the order of the file.
    gaps: Vec<Gap>,
    /// Where the file ends by its header at the earliest.
    counted: Option<Counted>,
}

/// A stretch without chunks.
#[derive(Debug, Clone, Copy)]
struct Gap {
    start: u64,
    /// Where the next one begins; none if there is none yet.
    end: Option<u64>,
    /// Free space, unless another chunk comes or is counted on.
    zeros: bool,
}

/// What the file's header says of its length.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted {
    /// How many chunks there are. A log that is being written may have more.
    pub(crate) chunks: u64,
    /// Where the first one begins.
    pub(crate) from: u64,
}

impl Counted {
    fn end(self) -> u64 {
        self.from + self.chunks * CHUNK as u64
    }
}

impl Ledger {
    pub(crate) fn new(carve: bool) -> Self {
        Self { carve, ..Self::default() }
    }

    /// Enters what was met. Gives the losses that it means.
    pub(crate) fn enter(&mut self, note: Note, losses: &mut Vec<Loss>) {
        match note {
            Note::Loss(loss) => losses.push(loss),
            Note::Differs { at } if self.is_closed => {
                losses.push(Loss {
                    offset: at,
                    kind: LossKind::Checksum,
                    detail: detail::checksum_differs(),
                });
            }
            Note::Differs { .. } => {}
            Note::Zeros { start } => self.gap(start, true),
            Note::Foreign { start } => self.gap(start, false),
            Note::Chunk { at } => self.chunk(at, losses),
        }
    }

    /// Goes by what the file's header says of its length.
    pub(crate) fn count_on(&mut self, counted: Counted) {
        self.counted = Some(counted);
    }

    fn gap(&mut self, start: u64, zeros: bool) {
        match self.gaps.last_mut() {
            Some(last) if last.zeros == zeros => {}
            last => {
                if let Some(last) = last {
                    last.end = Some(start);
                }
                self.gaps.push(Gap { start, end: None, zeros });
            }
        }
    }

    /// The file ends here.
    pub(crate) fn end(&mut self, at: u64, losses: &mut Vec<Loss>) {
        let counted = self.counted.filter(|counted| counted.chunks > 0);
        self.end_gaps(at, counted.map_or(0, Counted::end), losses);
        let Some(counted) = counted else { return };
        let there = at.saturating_sub(counted.from).div_ceil(CHUNK as u64);
        if there < counted.chunks {
            let detail = detail::chunks_missing(there, counted.chunks);
            losses.push(Loss { offset: at, kind: LossKind::Truncated, detail });
        }
    }

    /// A chunk, or the end of the file, follows. Zeros are a loss up to `known`: behind it there need have been nothing.
    fn end_gaps(&mut self, at: u64, known: u64, losses: &mut Vec<Loss>) {
        // Nothing is lost from a file that has shown no sign of a log yet.
        if !self.has_header && self.chunks == 0 {
            return;
        }
        for Gap { start, end, zeros } in self.gaps.drain(..) {
            let end = end.unwrap_or(at);
            let detail = match zeros {
                true if start < known => detail::zeroes(end.min(known) - start),
                true => continue,
                false => detail::no_chunk(end - start),
            };
            losses.push(Loss { offset: start, kind: LossKind::Chunk, detail });
        }
    }

    fn chunk(&mut self, at: u64, losses: &mut Vec<Loss>) {
        let is_first = self.chunks == 0;
        self.chunks += 1;
        if self.carve {
            return;
        }
        if is_first && !self.has_header {
            losses.push(Loss { offset: 0, kind: LossKind::Header, detail: detail::header_damaged() });
        }
        let known = if self.has_header || !is_first { at } else { 0 };
        self.end_gaps(at, known, losses);
    }
}
