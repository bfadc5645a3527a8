//! Event logs as they are: every record, every field as logged, in a format that other programs read. Nothing here knows
//! what an event means.
//!
//! The way through: [`Filter`] says which records; [`Decoding`] reads files and hands over, in their order, what an
//! [`Encode`] or [`TableRows`] made of the records; a [`Target`] takes the bytes, [`Losses`] what could not be read.

mod count;
mod csv;
mod filter;
mod json;
mod jsonl;
mod losses;
mod number;
mod read;
mod row;
mod table;
mod target;
mod xml;

use kilroy_evtx::RecordRef;

pub(crate) use count::{CountRow, Counting};
pub(crate) use csv::CsvRows;
pub(crate) use filter::Filter;
pub(crate) use jsonl::JsonLines;
pub(crate) use losses::Losses;
pub(crate) use read::{Bytes, Decoding, Step};
pub(crate) use table::{Table, TableRows};
pub(crate) use target::{Content, Target};
pub(crate) use xml::XmlRecords;

/// Turns records into the bytes of a format. What it makes of a record depends on that record only.
pub(crate) trait Encode {
    /// Appends a record.
    fn record(&mut self, record: &RecordRef<'_>, out: &mut Vec<u8>);
}
