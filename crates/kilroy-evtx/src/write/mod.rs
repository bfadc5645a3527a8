//! Writes EVTX files: for tests, demonstrations and measurements with known content.
//!
//! [`template`] says what the XML of an event looks like and which values go where, [`value`] how a value is stored,
//! [`binxml`] how XML and values become bytes, and [`chunk`] keeps the tables of names and templates.

mod binxml;
mod chunk;
mod template;
mod value;

use std::io::{self, Write};

use self::chunk::Chunk;
use self::template::Encoded;
use crate::{FILE_HEADER, FILE_MAGIC, put, stored};

/// One event to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventSpec {
    /// `Provider@Name`.
    pub provider: String,
    /// `Provider@Guid`.
    pub provider_guid: Option<u128>,
    /// `EventID`. Its upper half is written as `Qualifiers`, as old-style sources have it.
    pub event_id: u32,
    /// `Version`.
    pub version: u8,
    /// `Level`.
    pub level: u8,
    /// `Task`.
    pub task: u16,
    /// `Opcode`.
    pub opcode: u8,
    /// `Keywords`.
    pub keywords: u64,
    /// `TimeCreated@SystemTime`: 100 ns since 1601.
    pub time_filetime: u64,
    /// `EventRecordID`, also the record header's.
    pub record_id: u64,
    /// `Correlation@ActivityID`.
    pub activity_id: Option<u128>,
    /// `Execution@ProcessID`.
    pub process_id: u32,
    /// `Execution@ThreadID`.
    pub thread_id: u32,
    /// `Channel`.
    pub channel: String,
    /// `Computer`.
    pub computer: String,
    /// `Security@UserID`, in the form `S-1-5-18`.
    pub user_sid: Option<String>,
    /// What the event carries.
    pub body: Body,
}

/// What an event carries beside `System`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// `EventData` with named `Data` elements.
    EventData(Vec<(String, Value)>),
    /// `EventData` with `Data` elements without names, and maybe a `Binary` element: old-style sources.
    UnnamedData(Vec<Value>, Option<Vec<u8>>),
    /// `UserData` with one inner element.
    UserData {
        /// Name of the inner element, `EventXML` as a rule.
        element: String,
        /// Its namespace.
        namespace: String,
        /// Its children.
        fields: Vec<(String, Value)>,
    },
    /// Neither of them.
    #[default]
    Empty,
}

/// A value with the type under which it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text.
    Str(String),
    /// Unsigned, 8 bits.
    U8(u8),
    /// Unsigned, 16 bits.
    U16(u16),
    /// Unsigned, 32 bits.
    U32(u32),
    /// Unsigned, 64 bits.
    U64(u64),
    /// Signed, 32 bits.
    I32(i32),
    /// Signed, 64 bits.
    I64(i64),
    /// 32 bits, shown as `0x…`.
    HexU32(u32),
    /// 64 bits, shown as `0x…`.
    HexU64(u64),
    /// `true` or `false`.
    Bool(bool),
    /// GUID; the number's digits are the GUID's, in its written order.
    Guid(u128),
    /// SID in the form `S-1-5-21-…`.
    Sid(String),
    /// Time: 100 ns since 1601.
    FileTime(u64),
    /// Bytes, shown as hexadecimal digits.
    Binary(Vec<u8>),
    /// No value.
    Null,
}

/// Why events could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The output failed.
    #[error("cannot write: {0}")]
    Io(#[from] io::Error),
    /// A record does not fit into a chunk of 64 KiB.
    #[error("event {index} (record ID {record_id}) is too large for a chunk of 64 KiB")]
    TooLarge {
        /// Index in what was given.
        index: usize,
        /// Its record ID.
        record_id: u64,
    },
    /// A SID is none.
    #[error("event {index} (record ID {record_id}): {sid:?} is no SID")]
    Sid {
        /// Index in what was given.
        index: usize,
        /// Its record ID.
        record_id: u64,
        /// What was given.
        sid: String,
    },
    /// A name cannot be that of an XML element.
    #[error("event {index} (record ID {record_id}): {name:?} cannot be the name of an element")]
    Name {
        /// Index in what was given.
        index: usize,
        /// Its record ID.
        record_id: u64,
        /// What was given.
        name: String,
    },
}

/// Writes an EVTX file with the events in the given order.
///
/// The file is as Windows leaves one that it closed: every checksum holds, and nothing is marked as unfinished.
pub fn write<W: Write>(mut out: W, events: &[EventSpec]) -> Result<(), WriteError> {
    let chunks = chunks(events)?;
    let next_record_id =
        events.iter().map(|event| event.record_id).max().map_or(1, |id| id.saturating_add(1));
    out.write_all(&file_header(chunks.len() as u64, next_record_id))?;
    for chunk in &chunks {
        out.write_all(chunk)?;
    }
    out.flush()?;
    Ok(())
}

/// The finished chunks.
fn chunks(events: &[EventSpec]) -> Result<Vec<Vec<u8>>, WriteError> {
    let mut chunks = Vec::new();
    let mut chunk = Chunk::new(1);
    for (index, event) in events.iter().enumerate() {
        let failed = |refused: Refused| refused.at(index, event);
        let record = Encoded::new(event).map_err(failed)?;
        if !chunk.push(&record).map_err(failed)? {
            // Full. An empty one has room for everything that fits into one at all.
            let full = std::mem::replace(&mut chunk, Chunk::new(index as u64 + 1));
            let was_empty = full.is_empty();
            if !was_empty {
                chunks.push(full.finish());
            }
            if was_empty || !chunk.push(&record).map_err(failed)? {
                return Err(failed(Refused::TooLarge));
            }
        }
    }
    if !chunk.is_empty() || chunks.is_empty() {
        chunks.push(chunk.finish());
    }
    Ok(chunks)
}

fn file_header(chunks: u64, next_record_id: u64) -> Vec<u8> {
    let mut header = vec![0; FILE_HEADER];
    put(&mut header, 0, FILE_MAGIC);
    put(&mut header, 16, &chunks.saturating_sub(1).to_le_bytes());
    put(&mut header, 24, &next_record_id.to_le_bytes());
    put(&mut header, 32, &128_u32.to_le_bytes());
    // Version 3.1.
    put(&mut header, 36, &1_u16.to_le_bytes());
    put(&mut header, 38, &3_u16.to_le_bytes());
    put(&mut header, 40, &stored(FILE_HEADER)[..2]);
    // The count has 16 bits and wraps in larger files.
    put(&mut header, 42, &chunks.to_le_bytes()[..2]);
    let checksum = crc32fast::hash(&header[..120]);
    put(&mut header, 124, &checksum.to_le_bytes());
    header
}

/// Why one event was refused.
#[derive(Debug)]
enum Refused {
    TooLarge,
    Sid(String),
    Name(String),
}

impl Refused {
    fn at(self, index: usize, event: &EventSpec) -> WriteError {
        let record_id = event.record_id;
        match self {
            Self::TooLarge => WriteError::TooLarge { index, record_id },
            Self::Sid(sid) => WriteError::Sid { index, record_id, sid },
            Self::Name(name) => WriteError::Name { index, record_id, name },
        }
    }
}
