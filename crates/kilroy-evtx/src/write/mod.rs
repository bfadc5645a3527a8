//! Writes EVTX files: for tests, demonstrations and measurements with known content.
//!
//! An event is told as an [`EventSpec`]; [`write()`] makes a file of a list of them, [`LogWriter`] one of any length, with
//! one chunk in memory. [`LogOptions`] and [`Finish`] make what Windows leaves behind in real life: logs that were
//! copied while in use, that went round, that have free space or older records behind the newer ones.
//! [`Layout`] says how events become binary XML; real logs have all of them.
//!
//! # What an EVTX file is
//!
//! A header of 4 KiB and chunks of 64 KiB. A chunk has a header of 512 bytes and records; what records share (names and
//! templates) stands in the record that needed it first, and the chunk's tables lead to it. A record is `2a 2a 00 00`,
//! its size (4 bytes), its ID (8), its time (8: 100 ns since 1601), binary XML, and its size again; it begins at a
//! multiple of eight.
//!
//! Binary XML is [MS-EVEN6] 2.2.12. A template is XML with places for values; a record has the template's place in the
//! chunk, and the values: a count (4 bytes), for each its size (2), its type (1) and a zero, then their bytes. All numbers
//! have their low byte first; sizes and offsets are in bytes; lengths of texts in UTF-16 units. In templates every
//! element begins with the index of the value on which it depends (`ffff`: none); in plain binary XML it does not.
//!
//! The file's header, the chunk's and the tables are not in Microsoft's specification. They are as Joachim Metz's
//! *Windows XML Event Log (EVTX) format* (libevtx) and the logs of Windows themselves have them.
//!
//! # Errors
//!
//! [`WriteError`]: an event that does not fit into a chunk, SIDs and names that are none, and the output's own. They say
//! which event it was. [`LogWriter::push`] can go on behind a refused one.
//!
//! # Where what is
//!
//! `event` and `value` have the types. `shape`, `windows` and `body` tell the XML of an event, piece by piece (`visit`);
//! `gather` collects its values and recognises the template, `markup` writes binary XML. `record` puts that together,
//! `chunk` keeps the tables, `log` the file. `encode` says how values are stored, `text` how they read.
//!
//! [MS-EVEN6]: https://learn.microsoft.com/openspecs/windows_protocols/ms-even6/

mod body;
mod chunk;
mod encode;
mod error;
mod event;
mod gather;
mod log;
mod markup;
mod record;
mod shape;
mod text;
mod value;
mod visit;
mod windows;

use std::io::{Cursor, Write};

pub use self::error::WriteError;
pub use self::event::{Body, EventSpec, Layout, Rendering, XmlContent, XmlElement};
pub use self::log::{Finish, LogOptions, LogWriter};
pub use self::value::{Array, Real, SysTime, Value};

/// Writes an EVTX file with the events in the given order.
///
/// The file is as Windows leaves one that it closed: every checksum holds, and nothing is marked as unfinished. All of it
/// is in memory first, so that nothing is written if an event is refused; [`LogWriter`] needs one chunk.
pub fn write<W: Write>(mut out: W, events: &[EventSpec]) -> Result<(), WriteError> {
    let mut log = LogWriter::new(Cursor::new(Vec::new()))?;
    for event in events {
        log.push(event)?;
    }
    out.write_all(log.finish()?.get_ref())?;
    out.flush()?;
    Ok(())
}
