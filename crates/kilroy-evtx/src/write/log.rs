//! Writes a log chunk by chunk.
//!
//! The file's header is 4096 bytes, of which 128 are used (libevtx, as for the [chunk](super::chunk)):
//!
//! | offset | size | what |
//! |---|---|---|
//! | 0 | 8 | `ElfFile\0` |
//! | 8, 16 | 8 each | index in the file of the oldest and of the newest chunk |
//! | 24 | 8 | the next record ID |
//! | 32 | 4 | 128, the size of what is used |
//! | 36, 38 | 2 each | version: minor (1; 2 since Windows 10 2004), major (3) |
//! | 40 | 2 | 4096, the size of all of it |
//! | 42 | 2 | count of chunks |
//! | 120 | 4 | flags: 1 not closed, 2 full, 4 without checksums |
//! | 124 | 4 | CRC-32 of 0 to 120 |

use std::io::{Seek, SeekFrom, Write};

use super::chunk::{Chunk, Header};
use super::error::{Refused, WriteError};
use super::event::EventSpec;
use super::record::Encoded;
use crate::{CHUNK, FILE_HEADER, FILE_MAGIC, put, stored};

/// How a log is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Finish {
    /// As Windows leaves one that it closed: every number and every checksum holds.
    #[default]
    Clean,
    /// As it is while Windows writes it (copied from a running machine): the file's header says so, and knows nothing of
    /// the last chunk. The last chunk's numbers hold; its checksums are older than its records.
    Dirty,
    /// The same, and the last chunk's header knows of the first half of its records only.
    Torn,
    /// Closed, and with no room for more: nothing may be overwritten.
    Full,
}

/// What a log is like beside its events.
///
/// ```
/// # use kilroy_evtx::{Finish, LogOptions};
/// // A log of 1 MiB and a bit that goes round, as it is while Windows writes it.
/// let options = LogOptions { chunks: Some(16), finish: Finish::Dirty, ..LogOptions::default() };
/// # assert!(!options.keep_slack);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// How it is left.
    pub finish: Finish,
    /// The most chunks that it may have: a new one overwrites the oldest then, so that the log begins somewhere in the
    /// middle of the file. None, or 0: it grows.
    pub chunks: Option<u16>,
    /// Leaves what an overwritten chunk has behind the free space of the new one: older records, whole and cut, whose
    /// templates may be gone. Windows does that. Otherwise there are zeros.
    pub keep_slack: bool,
    /// Empty chunks behind the last one: Windows enlarges a log before it needs the space.
    pub free_chunks: u32,
    /// Flags of every chunk. Windows sets 1 even in logs that it closed; some readers then do not look at the checksums.
    pub chunk_flags: u32,
    /// The version is 3 and this: 1, or 2 since Windows 10 2004.
    pub minor_version: u16,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            finish: Finish::Clean,
            chunks: None,
            keep_slack: false,
            free_chunks: 0,
            chunk_flags: 0,
            minor_version: 1,
        }
    }
}

/// Writes a log event by event. One chunk is in memory at a time.
///
/// Until it is [finished](Self::finish), the file is that of a log in use.
///
/// ```
/// # use std::io::Cursor;
/// # use kilroy_evtx::{EventSpec, LogWriter};
/// # fn main() -> Result<(), kilroy_evtx::WriteError> {
/// let mut log = LogWriter::new(Cursor::new(Vec::new()))?;
/// for record_id in 1..=1000 {
///     log.push(&EventSpec { record_id, event_id: 21, ..EventSpec::default() })?;
/// }
/// let file = log.finish()?.into_inner();
/// # assert_eq!((file.len() - 4096) % 65_536, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct LogWriter<W> {
    out: W,
    options: LogOptions,
    /// Where the log starts in the output.
    start: u64,
    /// Where the output is, from there.
    at: u64,
    chunk: Chunk,
    /// The next event begins a chunk.
    ended: bool,
    /// How many chunks were written, overwritten ones too.
    written: u64,
    /// How many events were given.
    events: usize,
    next_record_id: u64,
}

impl<W: Write + Seek> LogWriter<W> {
    /// A log that grows and will be closed.
    pub fn new(out: W) -> Result<Self, WriteError> {
        Self::with_options(out, LogOptions::default())
    }

    /// A log of another kind. It starts where the output is.
    pub fn with_options(mut out: W, options: LogOptions) -> Result<Self, WriteError> {
        let start = out.stream_position()?;
        let chunk = Chunk::new();
        let mut log = Self {
            out,
            options,
            start,
            at: 0,
            chunk,
            ended: false,
            written: 0,
            events: 0,
            next_record_id: 1,
        };
        log.header(0, 1, DIRTY)?;
        Ok(log)
    }

    /// Adds an event. One that is refused changes nothing, and others may follow.
    pub fn push(&mut self, event: &EventSpec) -> Result<(), WriteError> {
        let index = self.events;
        self.events += 1;
        let refused = |why: Refused| why.at(index, event);
        let record = Encoded::new(event).map_err(refused)?;
        if self.ended || !self.chunk.push(&record).map_err(refused)? {
            // An empty one has room for everything that fits into one at all.
            if self.chunk.is_empty() {
                return Err(refused(Refused::TooLarge));
            }
            self.chunk(Header::Sound)?;
            if !self.chunk.push(&record).map_err(refused)? {
                return Err(refused(Refused::TooLarge));
            }
        }
        self.next_record_id = self.next_record_id.max(record.record_id().saturating_add(1));
        Ok(())
    }

    /// Has the next event begin a chunk, whatever room is left.
    pub fn end_chunk(&mut self) {
        self.ended = !self.chunk.is_empty();
    }

    /// Writes the last chunk and the file's header. Gives back the output, at its end.
    pub fn finish(mut self) -> Result<W, WriteError> {
        let (header, flags) = match self.options.finish {
            Finish::Clean => (Header::Sound, 0),
            Finish::Full => (Header::Sound, FULL),
            Finish::Dirty => (Header::OldChecksums, DIRTY),
            Finish::Torn => (Header::Old, DIRTY),
        };
        let first_id = self.chunk.first_id();
        if !self.chunk.is_empty() || self.written == 0 {
            self.chunk(header)?;
        }
        self.go_to(FILE_HEADER as u64 + self.slots() * CHUNK as u64)?;
        let empty = vec![0; CHUNK];
        for _ in 0..self.options.free_chunks {
            self.write(&empty)?;
        }
        let end = self.at;
        if header == Header::Sound {
            self.header(self.written, self.next_record_id, flags)?;
        } else {
            self.header(self.written - 1, first_id, flags)?;
        }
        self.go_to(end)?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// Writes the chunk and begins the next one.
    fn chunk(&mut self, header: Header) -> Result<(), WriteError> {
        let slot = self.slot(self.written);
        let is_reused = slot < self.slots();
        let free = self.chunk.finish(header, self.options.chunk_flags);
        let length = if is_reused && self.options.keep_slack { free } else { CHUNK };
        self.go_to(FILE_HEADER as u64 + slot * CHUNK as u64)?;
        let bytes = self.chunk.bytes.get(..length).unwrap_or_default();
        self.out.write_all(bytes)?;
        self.at += length as u64;
        self.chunk.renew();
        self.ended = false;
        self.written += 1;
        Ok(())
    }

    /// The most chunks.
    fn most(&self) -> u64 {
        self.options.chunks.filter(|most| *most > 0).map_or(u64::MAX, u64::from)
    }

    /// Where in the file the chunk stands that was written as number `number`, from 0.
    fn slot(&self, number: u64) -> u64 {
        number % self.most()
    }

    /// How many chunks the file has.
    fn slots(&self) -> u64 {
        self.written.min(self.most())
    }

    /// Writes the header of a log in which `written` chunks were written.
    fn header(&mut self, written: u64, next_record_id: u64, flags: u32) -> Result<(), WriteError> {
        // A log that has none yet says that it has one.
        let written = written.max(1);
        let count = written.min(self.most());
        let oldest = if written > count { self.slot(written) } else { 0 };
        let mut header = vec![0; FILE_HEADER];
        put(&mut header, 0, FILE_MAGIC);
        put(&mut header, 8, &oldest.to_le_bytes());
        put(&mut header, 16, &self.slot(written - 1).to_le_bytes());
        put(&mut header, 24, &next_record_id.to_le_bytes());
        put(&mut header, 32, &128_u32.to_le_bytes());
        put(&mut header, 36, &self.options.minor_version.to_le_bytes());
        put(&mut header, 38, &3_u16.to_le_bytes());
        put(&mut header, 40, &stored(FILE_HEADER)[..2]);
        // The count has 16 bits and wraps in larger files.
        put(&mut header, 42, &count.to_le_bytes()[..2]);
        put(&mut header, 120, &flags.to_le_bytes());
        let checksum = crc32fast::hash(header.get(..120).unwrap_or_default());
        put(&mut header, 124, &checksum.to_le_bytes());
        self.go_to(0)?;
        self.write(&header)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        self.out.write_all(bytes)?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Seeks only where it must: that empties the buffer of buffered outputs.
    fn go_to(&mut self, at: u64) -> Result<(), WriteError> {
        if at != self.at {
            self.out.seek(SeekFrom::Start(self.start + at))?;
            self.at = at;
        }
        Ok(())
    }
}

/// Flags of the file.
const DIRTY: u32 = 1;
const FULL: u32 = 2;
